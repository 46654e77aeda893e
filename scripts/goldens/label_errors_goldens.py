"""Writes tests/evaluation/goldens/label_errors.json: what cleanlab finds in small sets of noisy labels.

    python scripts/goldens/label_errors_goldens.py

Needs numpy and cleanlab. A text's probabilities are stored as small integer weights; probability = weight / sum of
weights, which is the same double in Python and C++.
"""

import json
import pathlib
import warnings

import numpy as np

OUTPUT = pathlib.Path(__file__).parents[2] / "tests/evaluation/goldens/label_errors.json"


def stable_argsort(values, *arguments, **options):
    """numpy's default sort orders ties as the processor at hand does."""
    return np.asarray(values).argsort(*arguments, **{"kind": "stable", **options})


def expected(labels, probabilities):
    """cleanlab's thresholds, confident joint, and the texts found, by label quality (the lowest first)."""
    from cleanlab.count import compute_confident_joint, get_confident_thresholds
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_normalized_margin_for_each_label

    labels = np.asarray(labels)
    original, np.argsort = np.argsort, stable_argsort
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes with a single text
            joint = compute_confident_joint(labels, probabilities)
            found = find_label_issues(labels, probabilities, n_jobs=1, return_indices_ranked_by="normalized_margin")
    finally:
        np.argsort = original
    return {
        "thresholds": get_confident_thresholds(labels, probabilities).tolist(),
        "joint": joint.tolist(),
        "issues": [int(i) for i in found],
        "scores": (1 - get_normalized_margin_for_each_label(labels, probabilities)[found]).tolist(),
        "suggestions": [int(k) for k in probabilities[found].argmax(axis=1)],
    }


def noisy(seed, texts, classes, noise, sharpness, without=()):
    """Labels of which a share is wrong, and the weights of a fair classifier that knows the true ones."""
    draw = np.random.default_rng(seed)
    true = draw.integers(classes, size=texts)
    given = np.where(draw.random(texts) < noise, (true + draw.integers(1, classes, size=texts)) % classes, true)
    for label in without:
        given[given == label] = (label + 1) % classes
    logits = draw.normal(size=(texts, classes)) + sharpness * np.eye(classes)[true]
    return given, np.maximum((10000 * np.exp(logits - logits.max(axis=1, keepdims=True))).astype(int), 1)


CASES = {
    "two classes": noisy(1, 60, 2, 0.2, 3),
    "five classes": noisy(2, 120, 5, 0.15, 4),
    "hard to tell": noisy(3, 120, 6, 0.3, 1),
    "a class without texts": noisy(4, 100, 5, 0.1, 3, without=[2]),
    "more classes than texts of each": noisy(5, 40, 25, 0.3, 3),
    "no noise": noisy(6, 80, 4, 0.0, 9),
    "no idea": noisy(7, 60, 4, 0.5, 0),
}


def main():
    cases = []
    for name, (labels, weights) in CASES.items():
        probabilities = weights / weights.sum(axis=1, keepdims=True)
        cases.append(
            {
                "name": name,
                "num_classes": weights.shape[1],
                "labels": labels.tolist(),
                "weights": weights.tolist(),
                **expected(labels, probabilities),
            }
        )
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    OUTPUT.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
