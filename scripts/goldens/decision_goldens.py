"""Writes tests/evaluation/goldens/decision.json: what numpy, scipy and scikit-learn make of small sets of logits and
features: temperature, Brier score, out-of-scope scores, and how well scores separate.

    python scripts/goldens/decision_goldens.py

Values are stored as integers, in sixty-fourths, so that they are the same floats in Python and C++.
"""

import json
import math
import pathlib

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist
from scipy.special import log_softmax, logsumexp, softmax
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score, roc_curve

OUTPUT = pathlib.Path(__file__).parents[2] / "tests/evaluation/goldens/decision.json"
LEAST_SHRINKAGE = 1e-3


def grid(values):
    return np.round(np.asarray(values) * 64) / 64


def stored(values):
    return (values * 64).astype(int).ravel().tolist()


def calibration(rng, name, count, classes, sharpness, skill):
    labels = rng.integers(0, classes, size=count)
    logits = rng.normal(size=(count, classes))
    logits[np.arange(count), labels] += skill
    logits = grid(sharpness * logits)
    rows = np.arange(count)

    def loss(log_temperature):
        return -log_softmax(logits / math.exp(log_temperature), axis=1)[rows, labels].mean()

    found = minimize_scalar(loss, bounds=(math.log(1 / 20), math.log(20)), method="bounded", options={"xatol": 1e-12})
    probabilities = softmax(logits, axis=1)
    return {
        "name": name,
        "classes": classes,
        "labels": labels.tolist(),
        "logits": stored(logits),
        "temperature": math.exp(found.x),
        "brier": brier_score_loss(labels, probabilities, labels=range(classes), scale_by_half=False),
        "max_probability": softmax(logits / 2, axis=1).max(axis=1).tolist(),
        "energy": logsumexp(logits, axis=1).tolist(),
    }


def features(rng, name, count, width, classes, queries, neighbours, noise):
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, size=count - classes)])
    means = rng.normal(size=(classes, width))
    skew = rng.normal(size=(width, width)) / math.sqrt(width)
    texts = grid(means[labels] + noise * rng.normal(size=(count, width)) @ skew)
    asked = grid(rng.normal(size=(queries, width)))
    found = np.stack([texts[labels == c].mean(axis=0) for c in range(classes)])
    centred = texts - found[labels]
    scatter = centred.T @ centred / count
    if np.trace(scatter) > 0:
        _, weight = ledoit_wolf(centred, assume_centered=True)
        weight = max(weight, LEAST_SHRINKAGE)
        scatter = (1 - weight) * scatter + weight * np.trace(scatter) / width * np.eye(width)
    else:
        scatter = np.eye(width)
    distances = cdist(asked, found, "mahalanobis", VI=np.linalg.inv(scatter)) ** 2
    cosines = np.sort(1 - cdist(asked, texts, "cosine"), axis=1)[:, ::-1]
    return {
        "name": name,
        "width": width,
        "labels": labels.tolist(),
        "features": stored(texts),
        "queries": stored(asked),
        "mahalanobis": (-distances.min(axis=1)).tolist(),
        "neighbours": neighbours,
        "knn": cosines[:, min(neighbours, count) - 1].tolist(),
    }


def detection(name, in_scope, out_of_scope):
    in_scope, out_of_scope = grid(in_scope), grid(out_of_scope)
    truth = np.r_[np.zeros(len(in_scope)), np.ones(len(out_of_scope))]
    scores = -np.r_[in_scope, out_of_scope]  # out of scope is the positive class and scores low
    false_positives, recall, _ = roc_curve(truth, scores, drop_intermediate=False)
    return {
        "name": name,
        "in_scope": stored(in_scope),
        "out_of_scope": stored(out_of_scope),
        "auroc": roc_auc_score(truth, scores),
        "aupr": average_precision_score(truth, scores),
        "fpr_at_95_recall": false_positives[np.argmax(recall >= 0.95)],
        "keeping_90": np.quantile(in_scope, 0.1),
    }


def main():
    rng = np.random.default_rng(7)
    goldens = {
        "calibration": [
            calibration(rng, "overconfident", 80, 4, 6.0, 1.0),
            calibration(rng, "underconfident", 80, 5, 0.25, 2.0),
            calibration(rng, "two classes", 60, 2, 2.0, 0.5),
            calibration(rng, "30 classes", 60, 30, 1.0, 3.0),
        ],
        "features": [
            features(rng, "more texts than dimensions", 60, 6, 4, 9, 3, 1.0),
            features(rng, "fewer texts than dimensions", 12, 20, 4, 5, 5, 0.5),
            features(rng, "one text a class", 5, 4, 5, 6, 1, 0.5),
            features(rng, "fewer texts than neighbours", 3, 4, 2, 4, 9, 0.5),
            features(rng, "more texts than are compared at once", 300, 3, 2, 4, 270, 1.0),
        ],
        "detection": [
            detection("overlapping", rng.normal(1, 1, 70), rng.normal(0, 1, 45)),
            detection("apart", rng.normal(9, 1, 30), rng.normal(0, 1, 20)),
            detection("the wrong way round", rng.normal(0, 1, 30), rng.normal(3, 1, 20)),
            detection("many ties", rng.integers(0, 4, 50), rng.integers(-1, 3, 30)),
            detection("all equal", np.ones(5), np.ones(7)),
            detection("one of each", [1.0], [0.0]),
        ],
    }
    OUTPUT.write_text(json.dumps(goldens, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
