"""The texts that `suggest` takes first, while nothing is labelled, against scikit-learn's k-means of the same features."""

import csv

import numpy
import pytest
from sentence_transformers import SentenceTransformer
from sklearn.cluster import KMeans

COUNT = 12


@pytest.fixture(scope="module")
def suggested(run, configs_dir, tmp_path_factory):
    pool = configs_dir / "data/banking/test.csv"
    out = run("suggest", "--config", configs_dir / "frozen.json", "--pool", pool, "--count", COUNT, "--json",
              "--set", f"target.train={tmp_path_factory.mktemp('suggest') / 'none.csv'}", "--set", "target.test=null",
              "--set", "target.validation=null", "--set", "training.precision=fp32")
    with open(pool, encoding="utf-8") as file:
        return out.json(), [row["text"] for row in csv.DictReader(file)]


def test_they_stand_for_the_pool_as_well_as_the_centres_of_k_means_do(suggested, encoder_dir):
    suggestions, texts = suggested
    encoder = SentenceTransformer(str(encoder_dir), device="cpu")
    vectors = encoder.encode(texts, normalize_embeddings=True).astype(numpy.float64)
    chosen = vectors[[texts.index(entry["text"]) for entry in suggestions]]
    assert len(chosen) == COUNT

    def inertia(centres):
        distances = ((vectors[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        return ((vectors - centre_of(distances.argmin(axis=1))) ** 2).sum()

    def centre_of(clusters):
        return numpy.stack([vectors[clusters == k].mean(axis=0) for k in range(COUNT)])[clusters]

    best = KMeans(COUNT, n_init=10, random_state=1).fit(vectors).inertia_
    # One seeding in place of ten.
    assert best * 0.999 <= inertia(chosen) <= best * 1.06
    sizes = [entry["stands_for"] for entry in suggestions]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == len(set(texts))
