"""Writes tests/evaluation/goldens/metrics.json: what scikit-learn says of small sets of predictions.

    python scripts/goldens/metrics_goldens.py

Needs numpy and scikit-learn. A text's probabilities are stored as small integer weights; probability = weight / sum of
weights, which is the same double in Python and C++.
"""

import json
import math
import pathlib
import warnings

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)

OUTPUT = pathlib.Path(__file__).parents[2] / "tests/evaluation/goldens/metrics.json"
BINS = 15


def lowest_id_top3(probabilities):
    """Ids of the three largest; a stable sort leaves the lowest id first among equals."""
    return np.argsort(-probabilities, axis=1, kind="stable")[:, :3]


def calibration_error(confidence, correct):
    """Guo et al. 2017, equation 3: bins (m/15, (m+1)/15], each weighted by its share of the texts."""
    edges = np.arange(BINS + 1) / BINS
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return total


def expected(labels, probabilities, classes):
    labels = np.array(labels)
    predicted = probabilities.argmax(axis=1)
    correct = labels == predicted
    figures = {"accuracy": accuracy_score(labels, predicted)}
    for average in ("micro", "macro", "weighted"):
        precision, recall, f1, _ = precision_recall_fscore_support(labels, predicted, average=average, zero_division=0)
        figures[average] = {"precision": precision, "recall": recall, "f1": f1}
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=range(classes), zero_division=np.nan
    )
    figures["per_class"] = [list(row) for row in zip(precision, recall, f1, support.astype(float))]
    known = (labels >= 0) & (labels < classes)
    if known.any():
        matrix = confusion_matrix(labels[known], predicted[known], labels=range(classes))
        figures["log_loss"] = (
            log_loss(labels[known], probabilities[known], labels=range(classes)) if classes > 1 else 0.0
        )
    else:
        matrix = np.zeros((classes, classes), dtype=int)
        figures["log_loss"] = math.nan
    figures["confusion"] = [[int(i), int(j), int(matrix[i, j])] for i, j in np.argwhere(matrix)]
    figures["top3_accuracy"] = (lowest_id_top3(probabilities) == labels[:, None]).any(axis=1).mean()
    untied = all(len(set(row)) == len(row) for row in probabilities.tolist())
    if untied and known.all() and classes > 3:
        theirs = top_k_accuracy_score(labels, probabilities, k=3, labels=range(classes))
        assert math.isclose(theirs, figures["top3_accuracy"], abs_tol=1e-15)
    figures["ece"] = calibration_error(probabilities.max(axis=1), correct)
    return figures


def nulls(value):
    """JSON has no NaN."""
    if isinstance(value, dict):
        return {key: nulls(item) for key, item in value.items()}
    if isinstance(value, list):
        return [nulls(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return None if math.isnan(value) else float(value)
    return int(value) if isinstance(value, np.integer) else value


def case(name, labels, weights):
    weights = np.asarray(weights)
    probabilities = weights / weights.sum(axis=1, keepdims=True)
    classes = weights.shape[1]
    return {
        "name": name,
        "num_classes": classes,
        "labels": [int(label) for label in labels],
        "weights": weights.tolist(),
        "expected": nulls(expected(labels, probabilities, classes)),
    }


def random_case(rng, name, count, classes, used, skill):
    """`used` classes occur among the labels; the right class is favoured in a share `skill` of the texts."""
    labels = rng.choice(rng.permutation(classes)[:used], size=count)
    weights = np.stack([rng.permutation(np.arange(1, 4 * classes))[:classes] for _ in range(count)])
    for row, label in zip(weights, labels):
        if rng.random() < skill:
            row[label] = 4 * classes + rng.integers(0, 8 * classes)
    return case(name, labels, weights)


def main():
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(7)
    ties = rng.integers(0, 2, size=(40, 5))
    ties[:, 4] = 1  # no row without weight
    unknown = random_case(rng, "unknown labels", 30, 4, 4, 0.7)
    unknown_labels = [-1 if i % 7 == 0 else 9 if i % 11 == 0 else label for i, label in enumerate(unknown["labels"])]
    cases = [
        random_case(rng, "three classes", 25, 3, 3, 0.6),
        random_case(rng, "twelve classes, always right", 30, 12, 12, 1.0),
        random_case(rng, "labels of four among ten classes", 40, 10, 4, 0.5),
        random_case(rng, "all texts of one class", 20, 6, 1, 0.5),
        random_case(rng, "one text", 1, 4, 1, 0.0),
        random_case(rng, "150 classes", 60, 150, 120, 0.6),
        case("two classes, certain and wrong", [0, 1, 0, 1, 1], [[0, 1], [0, 1], [1, 0], [3, 1], [1, 1]]),
        case("a single class", [0, 0, 0], [[1], [2], [3]]),
        case("ties", rng.integers(0, 5, size=40), ties),
        case("unknown labels", unknown_labels, unknown["weights"]),
        case("nothing but unknown labels", [-1, -1], [[1, 2], [2, 1]]),
        case("confidences on the edges of bins", [0, 1, 0, 1, 0, 2], [[w, 15 - w, 0] for w in (0, 3, 8, 9, 12, 15)]),
    ]
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
