"""Writes tests/evaluation/goldens/transferability.json: LogME, H-score, LEEP and nearest labels of small made-up sets.

    python scripts/goldens/transferability_goldens.py

Needs numpy, scipy and scikit-learn. Every score is computed straight from its definition: LogME by maximising the
density of a multivariate normal over prior and noise, where the program turns it into a search along one ratio.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.covariance import LedoitWolf

OUTPUT = pathlib.Path(__file__).parents[2] / "tests/evaluation/goldens/transferability.json"


def logme(features, labels):
    n = len(labels)
    kernel = features @ features.T

    def negative_evidence(parameters, target):
        prior, noise = np.exp(parameters)
        return -multivariate_normal(np.zeros(n), prior * kernel + noise * np.eye(n)).logpdf(target)

    scores = []
    for label in np.unique(labels):
        target = (labels == label).astype(float)
        options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 20000}
        found = [
            minimize(negative_evidence, (prior, noise), (target,), method="Nelder-Mead", options=options).fun
            for prior in (-4, 0)
            for noise in (-4, -1)
        ]
        scores.append(-min(found) / n)
    return float(np.mean(scores))


def h_score(features, labels):
    shrunk = LedoitWolf().fit(features)
    means = np.array([features[labels == label].mean(axis=0) for label in labels])
    between = np.cov(means, rowvar=False, bias=True)
    return float(np.trace(np.linalg.inv(shrunk.covariance_) @ between) * (1 - shrunk.shrinkage_))


def leep(probabilities, labels, classes):
    joint = np.array([probabilities[labels == label].sum(axis=0) for label in range(classes)]) / len(labels)
    given_source = joint / joint.sum(axis=0)
    return float(np.mean([np.log(given_source[label] @ row) for label, row in zip(labels, probabilities)]))


def nearest(target, target_labels, source, source_labels, count):
    def means(features, labels):
        return np.array([features[labels == label].mean(axis=0) for label in np.unique(labels)])

    a, b = means(target, target_labels), means(source, source_labels)
    cosines = a @ b.T / np.linalg.norm(a, axis=1)[:, None] / np.linalg.norm(b, axis=1)
    order = np.argsort(-cosines, axis=1)[:, :count]
    return [[[int(np.unique(source_labels)[j]), float(cosines[i, j])] for j in row] for i, row in enumerate(order)]


def case(rng, name, texts, dimensions, classes, skill, rank=None):
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, texts - classes)])
    centres = rng.normal(size=(classes, dimensions))
    features = skill * centres[labels] + rng.normal(size=(texts, dimensions)) + 0.5
    if rank:
        features = features @ rng.normal(size=(dimensions, rank)) @ rng.normal(size=(rank, dimensions))
    features = features.astype(np.float32).astype(float).round(4)
    weights = rng.integers(1, 30, size=(texts, 5))
    weights[np.arange(texts), labels % 5] += 20
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    source_labels = np.concatenate([np.arange(4), rng.integers(0, 4, 12)])
    source = (rng.normal(size=(4, dimensions))[source_labels] + rng.normal(size=(16, dimensions))).round(4)
    seen = features.astype(np.float32).astype(float)
    return {
        "name": name,
        "classes": classes,
        "labels": labels.tolist(),
        "features": features.tolist(),
        "source_weights": weights.tolist(),
        "source_labels": source_labels.tolist(),
        "source_features": source.tolist(),
        "expected": {
            "logme": logme(seen, labels),
            "h_score": h_score(seen, labels),
            "leep": leep(probabilities, labels, classes),
            "nearest": nearest(seen, labels, source.astype(np.float32).astype(float), source_labels, 2),
        },
    }


def main():
    rng = np.random.default_rng(11)
    cases = [
        case(rng, "more texts than dimensions", 40, 6, 3, 1.0),
        case(rng, "fewer texts than dimensions", 14, 22, 4, 0.4),
        case(rng, "as many texts as dimensions", 12, 12, 2, 0.8),
        case(rng, "features that explain nothing", 50, 4, 2, 0.0),
        case(rng, "features of low rank", 40, 9, 3, 1.0, rank=3),
    ]
    OUTPUT.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
    for c in cases:
        print(c["name"], c["expected"]["logme"], c["expected"]["h_score"], c["expected"]["leep"])


if __name__ == "__main__":
    main()
