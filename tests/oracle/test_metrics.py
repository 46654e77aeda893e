"""A run's reported figures against scikit-learn on the run's own predictions.jsonl, and its report against its schema."""

import csv
import hashlib
import json
import random

import jsonschema
import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

EXACT = 1e-12
WORDS = {
    "card_lost": "card lost stolen gone missing wallet my please",
    "card_arrival": "card arrive wait delivery post new my when",
    "top_up": "top up add money account fill my how",
    "transfer_fee": "fee charge money transfer cost account when how",
}
BINS = 15


def texts(count, seed):
    """Texts of words that the intents partly share, so that some are answered wrongly."""
    draw = random.Random(seed)
    return [
        {"id": f"{seed}-{i}", "text": " ".join(draw.choices(WORDS[label].split(), k=5)), "label": label,
         "language": draw.choice(["en", "en-GB"])}
        for i, label in enumerate(draw.choices(sorted(WORDS), k=count))
    ]  # fmt: skip


def write_csv(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["id", "text", "label", "language"])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def finished(run, encoder_dir, tmp_path_factory):
    """The directory of a finished run; two test texts have a label that training lacks."""
    directory = tmp_path_factory.mktemp("metrics")
    write_csv(directory / "train.csv", texts(80, seed=1))
    test = texts(60, seed=2)
    test[7]["label"] = test[31]["label"] = "unheard_of"
    write_csv(directory / "test.csv", test)
    config = {
        "encoder": {"path": str(encoder_dir)},
        "target": {"name": "cards", "train": "train.csv", "test": "test.csv", "id_column": "id",
                   "language_column": "language"},
        "transfer": {"policy": "frozen"},
        "evaluation": {"slice_by": ["language"], "bootstrap_samples": 500},
        "output": {"dir": "run"},
    }
    (directory / "config.json").write_text(json.dumps(config))
    run("--config", directory / "config.json")
    return directory


@pytest.fixture(scope="module")
def report(finished):
    return json.loads((finished / "run/report.json").read_text())


@pytest.fixture(scope="module")
def predictions(finished):
    return [json.loads(line) for line in (finished / "run/predictions.jsonl").read_text().splitlines()]


def column(predictions, name):
    return [line[name] for line in predictions]


def averages(labels, answers, average):
    return precision_recall_fscore_support(labels, answers, average=average, zero_division=0)[:3]


def test_predictions_are_the_test_file_in_order(finished, predictions):
    with (finished / "test.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert column(predictions, "index") == list(range(len(rows)))
    for name in ("id", "text", "label"):
        assert column(predictions, name) == [row[name] for row in rows]
    digest = hashlib.sha256((finished / "test.csv").read_bytes()).hexdigest()
    assert set(column(predictions, "data_sha256")) == {digest}


def test_the_run_makes_errors(predictions):
    # Otherwise the comparisons below would say little.
    assert 0.3 < np.mean(column(predictions, "correct")) < 0.97


def test_averages(report, predictions):
    labels, answers = column(predictions, "label"), column(predictions, "prediction")
    test = report["test"]
    assert test["examples"] == len(labels)
    assert test["unknown_labels"] == 2
    assert test["accuracy"] == pytest.approx(accuracy_score(labels, answers), abs=EXACT)
    assert test["accuracy"] == pytest.approx(np.mean(column(predictions, "correct")), abs=EXACT)
    for average in ("micro", "macro", "weighted"):
        reported = [test[f"{average}_{figure}"] for figure in ("precision", "recall", "f1")]
        assert reported == pytest.approx(averages(labels, answers, average), abs=EXACT)


def test_every_label(report, predictions):
    labels, answers = column(predictions, "label"), column(predictions, "prediction")
    names = report["data"]["labels"]
    assert names == sorted(WORDS)
    expected = precision_recall_fscore_support(labels, answers, labels=names, zero_division=np.nan)
    for i, row in enumerate(report["test"]["per_class"]):
        assert row["label"] == names[i]
        reported = [np.nan if row[key] is None else row[key] for key in ("precision", "recall", "f1", "support")]
        assert reported == pytest.approx([figure[i] for figure in expected], abs=EXACT, nan_ok=True)
        assert row["predicted"] == answers.count(names[i])


def test_confusion(report, predictions):
    known = [line for line in predictions if line["label"] in WORDS]
    expected = confusion_matrix(column(known, "label"), column(known, "prediction"), labels=report["data"]["labels"])
    assert report["test"]["confusion"] == expected.tolist()
    names = report["data"]["labels"]
    for pair in report["test"]["confused_pairs"]:
        row = expected[names.index(pair["label"])]
        count = row[names.index(pair["prediction"])]
        assert pair["count"] == count > 0
        assert pair["share"] == pytest.approx(count / row.sum(), abs=EXACT)
        wrong = [line for line in known if (line["label"], line["prediction"]) == (pair["label"], pair["prediction"])]
        wrong.sort(key=lambda line: -line["probability"])
        assert pair["texts"] == column(wrong, "text")[: len(pair["texts"])]


def test_top3(report, predictions):
    hits = [line["label"] in [answer["label"] for answer in line["top3"]] for line in predictions]
    assert report["test"]["top3_accuracy"] == pytest.approx(np.mean(hits), abs=EXACT)
    for line in predictions:
        assert line["top3"][0] == {"label": line["prediction"], "probability": line["probability"]}
        shares = column(line["top3"], "probability")
        assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1 + EXACT


def test_log_loss(report, predictions):
    # scikit-learn's log_loss looks at the probability of the true label alone, clipped.
    share = np.array([line["label_probability"] for line in predictions if line["label_probability"] is not None])
    assert len(share) == len(predictions) - 2
    epsilon = np.finfo(float).eps
    expected = -np.log(np.clip(share, epsilon, 1 - epsilon)).mean()
    assert report["test"]["log_loss"] == pytest.approx(expected, abs=EXACT)


def test_calibration_error(report, predictions):
    confidence = np.array(column(predictions, "probability"))
    correct = np.array(column(predictions, "correct"), dtype=float)
    edges = np.arange(BINS + 1) / BINS
    expected = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            expected += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    assert report["test"]["ece"] == pytest.approx(expected, abs=EXACT)


def test_interval(report, predictions):
    low, high = report["test"]["accuracy_ci95"]
    accuracy, count = report["test"]["accuracy"], len(predictions)
    assert low < accuracy < high
    # Half the width is near 1.96 standard errors of a share.
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(accuracy * (1 - accuracy) / count), rel=0.25)


def test_slices(finished, report, predictions):
    with (finished / "test.csv").open(newline="") as file:
        languages = [row["language"] for row in csv.DictReader(file)]
    (sliced,) = report["test"]["slices"]
    assert sliced["column"] == "language"
    assert column(sliced["values"], "value") == sorted(set(languages))
    for part in sliced["values"]:
        chosen = [line for line, language in zip(predictions, languages) if language == part["value"]]
        labels, answers = column(chosen, "label"), column(chosen, "prediction")
        assert part["count"] == len(chosen)
        assert part["accuracy"] == pytest.approx(accuracy_score(labels, answers), abs=EXACT)
        assert part["macro_f1"] == pytest.approx(averages(labels, answers, "macro")[2], abs=EXACT)


def test_languages(finished, report, predictions):
    languages = report["test"]["languages"]
    with (finished / "train.csv").open(newline="") as file:
        training = [row["language"] for row in csv.DictReader(file)]
    assert column(languages["by_language"], "language") == sorted(set(column(predictions, "language")))
    right = {language: [line["correct"] for line in predictions if line["language"] == language]
             for language in set(column(predictions, "language"))}
    for part in languages["by_language"]:
        chosen = [line for line in predictions if line["language"] == part["language"]]
        labels, answers = column(chosen, "label"), column(chosen, "prediction")
        own, others = right[part["language"]], sum((r for n, r in right.items() if n != part["language"]), [])
        assert part["texts"] == len(chosen)
        assert part["trained_texts"] == training.count(part["language"])
        assert part["accuracy"] == pytest.approx(accuracy_score(labels, answers), abs=EXACT)
        assert part["macro_f1"] == pytest.approx(averages(labels, answers, "macro")[2], abs=EXACT)
        interval = binomtest(sum(own), len(own)).proportion_ci(method="wilson")
        assert part["accuracy_ci95"] == pytest.approx([interval.low, interval.high], abs=1e-9)
        assert part["difference"] == pytest.approx(np.mean(own) - np.mean(others), abs=EXACT)
        table = [[sum(r), len(r) - sum(r)] for r in (own, others)]
        assert part["p"] == pytest.approx(fisher_exact(table)[1], rel=1e-7)
    assert languages["mean"]["accuracy"] == pytest.approx(np.mean([np.mean(r) for r in right.values()]), abs=EXACT)
    assert languages["trained"] == languages["mean"] and languages["zero_shot"] is None


def test_majority_floor(finished, report, predictions):
    with (finished / "train.csv").open(newline="") as file:
        training = [row["label"] for row in csv.DictReader(file)]
    majority = max(sorted(set(training)), key=training.count)
    labels = column(predictions, "label")
    floor = report["baselines"]["majority"]
    assert floor["accuracy"] == pytest.approx(labels.count(majority) / len(labels), abs=EXACT)
    assert floor["macro_f1"] == pytest.approx(averages(labels, [majority] * len(labels), "macro")[2], abs=EXACT)
    assert 0 <= report["baselines"]["nearest_label_name"]["accuracy"] <= 1


def test_evaluate_repeats_the_figures(run, finished, report):
    again = run(
        "evaluate", "--checkpoint", finished / "run/checkpoint", "--data", finished / "test.csv", "--json",
        "--language-column", "language",
    ).json()
    assert again["data_sha256"] == report["test"]["data_sha256"]
    assert again["confusion"] == report["test"]["confusion"]
    for figure in ("accuracy", "macro_f1", "top3_accuracy", "log_loss"):
        assert again[figure] == pytest.approx(report["test"][figure], abs=1e-4)
    for mean in ("mean", "trained"):
        assert again["languages"][mean]["accuracy"] == pytest.approx(report["test"]["languages"][mean]["accuracy"])


def test_predict_takes_languages_from_the_key_that_is_named(run, finished, predictions):
    texts = [{"text": line["text"], "tongue": line["language"]} for line in predictions[:20]]
    asked = "".join(json.dumps(text) + "\n" for text in texts)
    named = run("predict", "--checkpoint", finished / "run", "--language-column", "tongue", stdin=asked)
    assert [line["language"] for line in named.lines()] == column(predictions[:20], "language")
    assert column(named.lines(), "prediction") == column(predictions[:20], "prediction")
    assert "--language-column" not in named.err
    by_default = run("predict", "--checkpoint", finished / "run", stdin=asked.replace("tongue", "language"))
    assert by_default.out == named.out
    other = run("predict", "--checkpoint", finished / "run", "--language-column", "other", stdin=asked)
    assert '--language-column: no text says its language; expected JSON lines with a string as "other"' in other.err


def test_report_satisfies_its_schema(run, report):
    schema = run("config", "report-schema").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(report)
    changed = {**report, "schema_version": report["schema_version"] + 1}
    assert not jsonschema.Draft202012Validator(schema).is_valid(changed)
    assert not jsonschema.Draft202012Validator(schema).is_valid({**report, "surprise": 1})
