"""The scores that a run takes before it trains on the target, against the definitions on features that
sentence-transformers computes: LogME by maximising a normal density, H-score by scikit-learn's Ledoit-Wolf, LEEP with
the written source classifier, the proxy A-distance by scikit-learn's logistic regression.
"""

import csv
import json

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import softmax
from sentence_transformers import SentenceTransformer
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

PER_LABEL = 12  # under the sample's limit: every text is used


def rows_of(path, labels):
    kept = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            kept.setdefault(row["intent"], []).append(row["text"])
    return {label: kept[label][:PER_LABEL] for label in sorted(kept)[:labels]}


def write(path, texts):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "intent"])
        writer.writerows([text, label] for label, of_label in texts.items() for text in of_label)


def logme(features, labels):
    n = len(labels)
    values, vectors = np.linalg.eigh(features @ features.T)
    values = np.maximum(values, 0)

    def negative_evidence(parameters, target):
        variances = np.exp(parameters[0]) * values + np.exp(parameters[1])
        return 0.5 * (np.log(2 * np.pi * variances) + (vectors.T @ target) ** 2 / variances).sum()

    evidences = []
    for label in np.unique(labels):
        target = (labels == label).astype(float)
        found = [
            minimize(negative_evidence, start, (target,), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 9999}).fun
            for start in ((0.0, -2.0), (-2.0, -6.0))
        ]  # fmt: skip
        evidences.append(-min(found) / n)
    return np.mean(evidences)


def h_score(features, labels):
    shrunk = LedoitWolf().fit(features)
    means = np.array([features[labels == label].mean(axis=0) for label in labels])
    between = np.cov(means, rowvar=False, bias=True)
    return np.trace(np.linalg.solve(shrunk.covariance_, between)) * (1 - shrunk.shrinkage_)


def leep(probabilities, labels):
    joint = np.array([probabilities[labels == label].sum(axis=0) for label in np.unique(labels)]) / len(labels)
    return np.log(((joint / joint.sum(axis=0))[labels] * probabilities).sum(axis=1)).mean()


@pytest.fixture(scope="module")
def scored(run, encoder_dir, configs_dir, tmp_path_factory):
    place = tmp_path_factory.mktemp("transferability")
    texts = {name: rows_of(configs_dir / f"data/{name}/train.csv", 10) for name in ("banking", "retail")}
    for name, of_domain in texts.items():
        write(place / f"{name}.csv", of_domain)
    config = {
        "encoder": {"path": str(encoder_dir)},
        "source": {"name": "retail", "train": "retail.csv", "label_column": "intent", "keep": 1},
        "target": {"name": "banking", "train": "banking.csv", "label_column": "intent"},
        "transfer": {"policy": "frozen"},
        "training": {"precision": "fp32"},  # as the packages compute
        "output": {"dir": "out"},
    }
    (place / "config.json").write_text(json.dumps(config))
    run("--config", place / "config.json")
    source = json.loads((place / "out/report.json").read_text())["source"]
    features = {}
    pretrained = SentenceTransformer(str(encoder_dir), device="cpu")
    for name, of_domain in texts.items():
        flat = [text for of_label in of_domain.values() for text in of_label]
        labels = np.repeat(np.arange(len(of_domain)), [len(of_label) for of_label in of_domain.values()])
        features[name] = (flat, labels, pretrained.encode(flat, normalize_embeddings=True).astype(float))
    return source, texts, features


def test_scores_of_the_pretrained_encoder(scored):
    source, _, features = scored
    _, labels, vectors = features["banking"]
    scores = source["transferability"]
    assert scores["target_texts"] == len(labels)
    assert scores["logme_without"] == pytest.approx(logme(vectors, labels), abs=1e-4)
    assert scores["h_score_without"] == pytest.approx(h_score(vectors, labels), rel=1e-3)


def test_scores_of_the_source_stage(scored):
    source, _, features = scored
    texts, labels, _ = features["banking"]
    tuned = SentenceTransformer(source["checkpoint"], device="cpu")
    logits = tuned.encode(texts).astype(float)
    assert source["transferability"]["leep"] == pytest.approx(leep(softmax(logits, axis=1), labels), abs=1e-4)
    body = SentenceTransformer(modules=list(tuned)[:-1], device="cpu")  # without the linear layer to the labels
    vectors = body.encode(texts, normalize_embeddings=True).astype(float)
    assert source["transferability"]["logme_with"] == pytest.approx(logme(vectors, labels), abs=1e-4)
    assert source["transferability"]["h_score_with"] == pytest.approx(h_score(vectors, labels), rel=1e-3)


def test_distance_of_the_domains(scored):
    source, _, features = scored
    target, shop = features["banking"][2], features["retail"][2]
    assert len(target) == len(shop)
    vectors, domains = np.vstack([target, shop]), np.repeat([0, 1], len(target))
    errors = [
        (cross_val_predict(LogisticRegression(C=30, max_iter=2000), vectors, domains, cv=StratifiedKFold(5, shuffle=True, random_state=seed)) != domains).mean()
        for seed in range(5)
    ]  # fmt: skip
    scores = source["transferability"]
    # Other folds err on other texts, a few of 240.
    assert min(errors) - 0.02 <= scores["domain_error"] <= max(errors) + 0.02
    assert scores["proxy_a_distance"] == pytest.approx(max(0, 2 * (1 - 2 * scores["domain_error"])))


def test_nearest_labels(scored):
    source, texts, features = scored
    means = {}
    for name, (_, labels, vectors) in features.items():
        sums = np.array([vectors[labels == label].mean(axis=0) for label in np.unique(labels)])
        means[name] = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    cosines = means["banking"] @ means["retail"].T
    retail = list(texts["retail"])
    for row, (label, found) in zip(cosines, zip(texts["banking"], source["transferability"]["nearest_labels"])):
        assert found["label"] == label
        order = np.argsort(-row)[:3]
        assert [near["label"] for near in found["nearest"]] == [retail[i] for i in order]
        assert [near["cosine"] for near in found["nearest"]] == pytest.approx(row[order], abs=1e-4)
