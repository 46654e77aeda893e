"""Texts with several labels: figures and solved heads against scikit-learn, and the checkpoint in transformers."""

import json
import random

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, average_precision_score, hamming_loss, precision_recall_fscore_support
from sklearn.multiclass import OneVsRestClassifier

WORDS = {
    "card": "card wallet plastic",
    "lost": "lost stolen missing gone",
    "fee": "fee charge cost",
    "transfer": "transfer send wire",
    "when": "when soon days",
}
EXACT = 1e-12


def texts(count, seed):
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        labels = draw.sample(sorted(WORDS), k=draw.choice([0, 1, 1, 2, 3]))
        words = [draw.choice(WORDS[label].split()) for label in labels] + draw.choices("please my the now it".split(), k=3)
        draw.shuffle(words)
        rows.append({"text": " ".join(words), "labels": labels})
    return rows


def adapt(run, encoder_dir, directory, head):
    for name, rows in (("train", texts(120, 1)), ("test", texts(80, 2))):
        if name == "test":
            rows[3]["labels"] = rows[3]["labels"] + ["unheard_of"]
        (directory / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = {
        "encoder": {"path": str(encoder_dir)},
        "head": head,
        "target": {"train": "train.jsonl", "test": "test.jsonl", "label_column": "labels", "label_names": False},
        "transfer": {"policy": "frozen"},
        "training": {"precision": "fp32"},
        "output": {"dir": "run"},
    }
    (directory / "config.json").write_text(json.dumps(config))
    run("--config", directory / "config.json")
    return directory


@pytest.fixture(scope="module")
def finished(run, encoder_dir, tmp_path_factory):
    return adapt(run, encoder_dir, tmp_path_factory.mktemp("sets"), {"C": 30})


def read(directory):
    report = json.loads((directory / "run/report.json").read_text())
    lines = [json.loads(line) for line in (directory / "run/predictions.jsonl").read_text().splitlines()]
    return report, lines


def indicators(sets, labels):
    return np.array([[label in given for label in labels] for given in sets], dtype=int)


def test_figures(finished, run):
    report, lines = read(finished)
    labels = report["data"]["labels"]
    known = labels + ["unheard_of"]
    truths = indicators([line["labels"] for line in lines], known)
    given = indicators([[answer["label"] for answer in line["predictions"]] for line in lines], known)
    test = report["test"]
    assert test["accuracy"] == pytest.approx(accuracy_score(truths, given), abs=EXACT)
    assert [line["correct"] for line in lines] == list((truths == given).all(axis=1))
    precision, recall, f1, _ = precision_recall_fscore_support(truths, given, average="micro")
    assert [test[f"micro_{figure}"] for figure in ("precision", "recall", "f1")] == pytest.approx(
        [precision, recall, f1], abs=EXACT
    )
    own = slice(0, len(labels))
    for average in ("macro", "weighted"):
        expected = precision_recall_fscore_support(truths[:, own], given[:, own], average=average, zero_division=0)[:3]
        found = [test[f"{average}_{figure}"] for figure in ("precision", "recall", "f1")]
        assert found == pytest.approx(expected, abs=EXACT)
    wrong = hamming_loss(truths, given) * len(known) / len(labels)  # of the labels that the classifier knows
    assert test["multi_label"]["hamming_loss"] == pytest.approx(wrong, abs=EXACT)
    answers = run("predict", "--checkpoint", finished / "run", "--logits", "--format", "jsonl",
                  stdin="".join(json.dumps({"text": line["text"]}) + "\n" for line in lines)).lines()  # fmt: skip
    logits = np.array([[answer["logits"][label] for label in labels] for answer in answers])
    ranked = [average_precision_score(truths[:, i], logits[:, i]) for i in range(len(labels))]
    assert test["multi_label"]["mean_average_precision"] == pytest.approx(np.mean(ranked), abs=1e-6)
    assert [row["average_precision"] for row in test["multi_label"]["per_label"]] == pytest.approx(ranked, abs=1e-6)
    thresholds = json.loads((finished / "run/checkpoint/decision.json").read_text())["thresholds"]
    assert thresholds == pytest.approx([row["threshold"] for row in report["thresholds"]["labels"]], abs=EXACT)
    assert [answer["predictions"] for answer in answers] == [
        [pytest.approx(item, abs=1e-5) for item in line["predictions"]] for line in lines
    ]


def test_the_head_is_one_logistic_regression_a_label(finished):
    from sentence_transformers import SentenceTransformer

    report, _ = read(finished)
    labels = report["data"]["labels"]
    model = SentenceTransformer(str(finished / "run/checkpoint"), device="cpu")
    rows = [json.loads(line) for line in (finished / "train.jsonl").read_text().splitlines()]
    found = model.encode([row["text"] for row in rows])
    encoder = SentenceTransformer(modules=list(model)[:-1], device="cpu")
    features = encoder.encode([row["text"] for row in rows])
    truths = indicators([row["labels"] for row in rows], labels)
    expected = OneVsRestClassifier(LogisticRegression(C=30, tol=1e-8, max_iter=2000)).fit(features, truths)
    assert 1 / (1 + np.exp(-found)) == pytest.approx(expected.predict_proba(features), abs=2e-3)


def test_transformers_answers_sets(run, encoder_dir, tmp_path):
    from transformers import pipeline

    adapt(run, encoder_dir, tmp_path, {"type": "native", "C": 30})
    _, lines = read(tmp_path)
    config = json.loads((tmp_path / "run/checkpoint/config.json").read_text())
    assert config["problem_type"] == "multi_label_classification"
    classify = pipeline("text-classification", model=str(tmp_path / "run/checkpoint"), top_k=None, device="cpu")
    some = [line["text"] for line in lines[:10]]
    answers = run("predict", "--checkpoint", tmp_path / "run", "--logits", "--format", "jsonl",
                  stdin="".join(json.dumps({"text": text}) + "\n" for text in some)).lines()  # fmt: skip
    for scores, answer in zip(classify(some), answers):
        for score in scores:
            expected = 1 / (1 + np.exp(-answer["logits"][score["label"]]))
            assert score["score"] == pytest.approx(expected, abs=1e-4)
