"""Calibration and out-of-scope scores of a run on real texts, against scipy, scikit-learn and sentence-transformers."""

import csv
import json

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp, softmax
from sentence_transformers import SentenceTransformer
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score, roc_curve

# Logits and features come from two implementations of the encoder.
NEAR = 2e-3
SCORES = ("max_probability", "energy", "mahalanobis", "knn")


def read(path, text="text", label="intent"):
    with path.open(newline="") as file:
        return [(row[text], row[label]) for row in csv.DictReader(file)]


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "intent"])
        writer.writerows(rows)


class Run:
    """Banking intents with retail texts out of scope, a frozen encoder, and settings chosen on a validation file."""

    def __init__(self, run, configs_dir, encoder_dir, directory):
        banking = read(configs_dir / "data/banking/train.csv")
        self.texts = {
            "train": [row for i, row in enumerate(banking) if i % 3],
            "validation": [row for i, row in enumerate(banking) if i % 3 == 0],
            "test": read(configs_dir / "data/banking/test.csv"),
            "oos_validation": read(configs_dir / "data/retail/train.csv")[:120],
            "oos_test": read(configs_dir / "data/retail/train.csv")[120:320],
        }
        for name, rows in self.texts.items():
            write(directory / f"{name}.csv", rows)
        config = {
            "encoder": {"path": str(encoder_dir)},
            "target": {"train": "train.csv", "validation": "validation.csv", "test": "test.csv",
                       "label_column": "intent"},
            "transfer": {"policy": "frozen"},
            "training": {"precision": "fp32"},  # as the packages compute
            "evaluation": {"out_of_scope": {"validation": "oos_validation.csv", "test": "oos_test.csv"},
                           "gates": ['out_of_scope.scores["knn"].auroc>=0.7', "calibration.after.ece<=0.2"]},
            "output": {"dir": "run"},
        }  # fmt: skip
        (directory / "config.json").write_text(json.dumps(config))
        run("--config", directory / "config.json")
        self.checkpoint = directory / "run/checkpoint"
        self.report = json.loads((directory / "run/report.json").read_text())
        self.labels = self.report["data"]["labels"]
        self.encoder = SentenceTransformer(str(encoder_dir), device="cpu")
        self.answers = {name: self.ask(run, rows) for name, rows in self.texts.items() if name != "train"}

    def ask(self, run, rows):
        return run("predict", "--checkpoint", self.checkpoint, "--logits", "--reject",
                    stdin="".join(json.dumps({"text": text}) + "\n" for text, _ in rows)).lines()  # fmt: skip

    def logits(self, name):
        return np.array([[line["logits"][label] for label in self.labels] for line in self.answers[name]])

    def ids(self, name):
        return np.array([self.labels.index(label) for _, label in self.texts[name]])

    def features(self, name):
        return self.encoder.encode([text for text, _ in self.texts[name]], normalize_embeddings=True).astype(float)

    def row(self, score):
        return next(row for row in self.report["out_of_scope"]["scores"] if row["score"] == score)


@pytest.fixture(scope="module")
def finished(run, configs_dir, encoder_dir, tmp_path_factory):
    return Run(run, configs_dir, encoder_dir, tmp_path_factory.mktemp("decision"))


@pytest.fixture(scope="module")
def scores(finished):
    """scores[score][set]: every score computed here, from the program's logits and another encoder's features."""
    temperature = finished.report["calibration"]["temperature"]
    train, ids = finished.features("train"), finished.ids("train")
    means = np.stack([train[ids == label].mean(axis=0) for label in range(len(finished.labels))])
    centred = train - means[ids]
    _, weight = ledoit_wolf(centred, assume_centered=True)
    weight = max(weight, 1e-3)
    width = train.shape[1]
    scatter = centred.T @ centred / len(train)
    precision = np.linalg.inv((1 - weight) * scatter + weight * np.trace(scatter) / width * np.eye(width))
    neighbours = int(np.clip(len(train) // len(finished.labels), 1, 5))
    out = {score: {} for score in SCORES}
    for name in finished.answers:
        logits, features = finished.logits(name), finished.features(name)
        away = features[:, None, :] - means[None]
        out["max_probability"][name] = softmax(logits / temperature, axis=1).max(axis=1)
        out["energy"][name] = logsumexp(logits, axis=1)
        out["mahalanobis"][name] = -np.einsum("ncw,wv,ncv->nc", away, precision, away).min(axis=1)
        out["knn"][name] = np.sort(features @ train.T, axis=1)[:, -neighbours]
    return out


def test_temperature(finished):
    logits, ids = finished.logits("validation"), finished.ids("validation")

    def loss(log_temperature):
        return -log_softmax(logits / np.exp(log_temperature), axis=1)[np.arange(len(ids)), ids].mean()

    found = minimize_scalar(loss, bounds=(np.log(1 / 20), np.log(20)), method="bounded", options={"xatol": 1e-10})
    calibration = finished.report["calibration"]
    assert calibration["fitted_on"] == "validation_file"
    assert calibration["texts"] == len(ids)
    assert calibration["temperature"] == pytest.approx(np.exp(found.x), rel=1e-4)
    assert calibration["temperature"] != pytest.approx(1, abs=0.05), "else the figures below would say little"


def test_figures_before_and_after(finished):
    calibration, ids = finished.report["calibration"], finished.ids("test")
    correct = finished.logits("test").argmax(axis=1) == ids
    for temperature, figures in ((1, calibration["before"]), (calibration["temperature"], calibration["after"])):
        probabilities = softmax(finished.logits("test") / temperature, axis=1)
        confidence = probabilities.max(axis=1)
        brier = brier_score_loss(ids, probabilities, labels=range(len(finished.labels)), scale_by_half=False)
        assert figures["brier"] == pytest.approx(brier, abs=1e-5)
        assert figures["log_loss"] == pytest.approx(-np.log(probabilities[np.arange(len(ids)), ids]).mean(), abs=1e-5)
        gaps = 0
        for row in figures["bins"]:
            inside = (confidence > row["low"]) & (confidence <= row["high"])
            assert row["count"] == inside.sum()
            if not inside.any():
                assert row["confidence"] is None and row["accuracy"] is None
                continue
            assert row["confidence"] == pytest.approx(confidence[inside].mean(), abs=1e-5)
            assert row["accuracy"] == pytest.approx(correct[inside].mean(), abs=1e-12)
            gaps += inside.sum() * abs(confidence[inside].mean() - correct[inside].mean())
        assert figures["ece"] == pytest.approx(gaps / len(ids), abs=1e-5)
    assert finished.report["test"]["ece"] == calibration["after"]["ece"]
    assert calibration["after"]["log_loss"] < calibration["before"]["log_loss"]


@pytest.mark.parametrize("score", SCORES)
def test_how_well_scores_separate(finished, scores, score):
    reported = finished.report["out_of_scope"]
    for part, key in (("validation", "validation_auroc"), ("test", "auroc")):
        values = np.r_[scores[score][part], scores[score][f"oos_{part}"]]
        outside = np.r_[np.zeros(len(scores[score][part])), np.ones(len(scores[score][f"oos_{part}"]))]
        assert finished.row(score)[key] == pytest.approx(roc_auc_score(outside, -values), abs=NEAR)
    assert reported["test_in_scope"] == len(scores[score]["test"])
    assert reported["test_out_of_scope"] == len(scores[score]["oos_test"])
    assert finished.row(score)["aupr"] == pytest.approx(average_precision_score(outside, -values), abs=NEAR)
    false_positives, recall, _ = roc_curve(outside, -values, drop_intermediate=False)
    assert finished.row(score)["fpr_at_95_recall"] == pytest.approx(false_positives[np.argmax(recall >= 0.95)], abs=0.01)


@pytest.mark.parametrize("score", SCORES)
def test_the_threshold_is_the_best_on_validation_texts(finished, scores, score):
    in_scope, outside = scores[score]["validation"], scores[score]["oos_validation"]
    correct = finished.logits("validation").argmax(axis=1) == finished.ids("validation")

    def value(threshold):
        return (correct & (in_scope >= threshold)).mean() + (outside < threshold).mean()

    best = max(value(threshold) for threshold in np.r_[in_scope, outside])
    threshold = finished.row(score)["threshold"]
    assert value(threshold) == pytest.approx(best, abs=0.02)
    test = scores[score]["test"]
    right = finished.logits("test").argmax(axis=1) == finished.ids("test")
    assert finished.row(score)["in_scope_kept"] == pytest.approx((test >= threshold).mean(), abs=0.01)
    assert finished.row(score)["in_scope_accuracy"] == pytest.approx(((test >= threshold) & right).mean(), abs=0.01)
    rejected = (scores[score]["oos_test"] < threshold).mean()
    assert finished.row(score)["out_of_scope_recall"] == pytest.approx(rejected, abs=0.01)


def test_the_score_with_the_best_auroc_is_chosen(finished):
    reported = finished.report["out_of_scope"]
    best = max(reported["scores"], key=lambda row: row["validation_auroc"])
    assert reported["score"] == best["score"]
    assert reported["threshold"] == best["threshold"]
    assert reported["validation_in_scope"] == len(finished.texts["validation"])
    assert reported["validation_out_of_scope"] == len(finished.texts["oos_validation"])


def test_histogram(finished, scores):
    reported = finished.report["out_of_scope"]
    bins = reported["histogram"]
    for part, key in (("test", "in_scope"), ("oos_test", "out_of_scope")):
        counts = [row[key] for row in bins]
        assert sum(counts) == len(scores[reported["score"]][part])
        edges = [-np.inf, *[row["high"] for row in bins[:-1]], np.inf]
        expected, _ = np.histogram(scores[reported["score"]][part], bins=edges)
        assert np.abs(np.cumsum(counts) - np.cumsum(expected)).max() <= 2


def test_predict_rejects_what_scores_low(finished, scores):
    reported = finished.report["out_of_scope"]
    for name, lines in finished.answers.items():
        for line, value in zip(lines, scores[reported["score"]][name]):
            assert line["scope_score"] == pytest.approx(value, abs=NEAR * max(1, abs(value)))
            assert line["out_of_scope"] == (line["scope_score"] < reported["threshold"])
            assert line["prediction"] == (None if line["out_of_scope"] else line["top3"][0]["label"])
    rejected = np.mean([line["out_of_scope"] for line in finished.answers["oos_test"]])
    assert rejected == pytest.approx(finished.row(reported["score"])["out_of_scope_recall"], abs=0.006)
    assert rejected > 0.8
    let_through = {line["text"] for line in finished.answers["oos_test"] if not line["out_of_scope"]}
    assert {row["text"] for row in reported["accepted"]} <= let_through
    assert len(reported["accepted"]) == min(20, len(let_through))


def test_probabilities_are_calibrated_unless_told_otherwise(run, finished):
    temperature = finished.report["calibration"]["temperature"]
    logits = finished.logits("test")[:20]
    text = "".join(json.dumps({"text": text}) + "\n" for text, _ in finished.texts["test"][:20])
    for arguments, divisor in (((), temperature), (("--no-calibration",), 1)):
        lines = run("predict", "--checkpoint", finished.checkpoint, *arguments, stdin=text).lines()
        expected = softmax(logits / divisor, axis=1).max(axis=1)
        np.testing.assert_allclose([line["probability"] for line in lines], expected, atol=1e-5)
        assert "scope_score" not in lines[0] and lines[0]["prediction"] is not None


def test_sentence_transformers_loads_the_directory(finished):
    assert (finished.checkpoint / "decision.json").is_file()
    texts = [text for text, _ in finished.texts["test"][:20]]
    loaded = SentenceTransformer(str(finished.checkpoint), device="cpu").encode(texts)
    np.testing.assert_allclose(loaded, finished.logits("test")[:20], atol=1e-3)


def test_a_damaged_decision_is_named(run, finished, tmp_path):
    decision = finished.checkpoint / "decision.json"
    before = decision.read_text()
    try:
        decision.write_text(before.replace('"temperature": ', '"temperature": -'))
        failed = run("predict", "--checkpoint", finished.checkpoint, stdin="hello\n", code=4)
        assert f"{decision}: /temperature: found -" in failed.err
    finally:
        decision.write_text(before)
