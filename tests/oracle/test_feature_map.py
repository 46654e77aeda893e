"""The map of the features against scikit-learn's PCA of what sentence-transformers makes of the same texts."""

import csv
import json

import numpy
import pytest
from sentence_transformers import SentenceTransformer
from sklearn.decomposition import PCA


def features(path, texts):
    return SentenceTransformer(str(path), device="cpu").encode(texts, normalize_embeddings=True).astype(numpy.float64)


def plane(vectors):
    fitted = PCA(n_components=2, svd_solver="full").fit(vectors)
    places = fitted.transform(vectors)
    return places / numpy.linalg.norm(places, axis=1).max(), fitted.explained_variance_ratio_.sum()


def same_neighbour(vectors, labels):
    cosines = vectors @ vectors.T
    numpy.fill_diagonal(cosines, -numpy.inf)
    return (labels[cosines.argmax(axis=1)] == labels).mean()


@pytest.fixture(scope="module")
def mapped(run, configs_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("map") / "run"
    # In fp32, as the packages compute.
    run("--config", configs_dir / "frozen.json", "--set", f"output.dir={out}", "--set", "training.precision=fp32")
    report = json.loads((out / "report.json").read_text())
    with open(configs_dir / "data/banking/test.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return report, [row["text"] for row in rows], [row["intent"] for row in rows]


def test_the_plane_is_that_of_the_first_two_principal_components(mapped, encoder_dir):
    report, texts, intents = mapped
    found = report["feature_map"]
    labels = report["data"]["labels"]
    assert [labels[i] for i in found["labels"]] == intents
    assert found["changed"] is False and found["trained_on"] is False
    vectors = features(encoder_dir, texts)
    expected, explained = plane(vectors)
    assert found["before"]["explained"] == pytest.approx(explained, abs=1e-4)
    assert found["before"]["same_neighbour"] == pytest.approx(same_neighbour(vectors, numpy.array(intents)), abs=1.5 / 288)
    for axis, name in enumerate("xy"):
        places = numpy.array(found["before"][name])
        # A component's sign is a convention.
        assert min(abs(places - expected[:, axis]).max(), abs(places + expected[:, axis]).max()) < 2e-3
    assert found["after"] == found["before"]
