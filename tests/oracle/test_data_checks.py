"""Suspected label errors beside cleanlab, model cards in the hands of huggingface_hub, event files in tensorboard's."""

import csv
import json
import random

import jsonschema
import numpy as np
import pytest
import yaml
from huggingface_hub import ModelCard, ModelCardData
from huggingface_hub.repocard_data import model_index_to_eval_results
from sentence_transformers import SentenceTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

HOSTILE = ['"quoted": {x} #1', "line\nbreak\n---\nname: evil", "\u202e\x1b[31m\x85 <script>alert(1)</script>|`", "null"]


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(rows)


def read_rows(path, label_column):
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["text"], row[label_column]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def adapt(run, encoder_dir, tmp_path_factory):
    """adapt(train, test, **settings): runs on rows of text and label; the run's directory."""

    def adapt_once(train, test, name="cards", code=0, **settings):
        directory = tmp_path_factory.mktemp("data_checks")
        write_csv(directory / "train.csv", train)
        write_csv(directory / "test.csv", test)
        config = {
            "encoder": {"path": str(encoder_dir)},
            "target": {"name": name, "train": "train.csv", "test": "test.csv"},
            "transfer": {"policy": "frozen"},
            "training": {"precision": "fp32"},  # as the packages compute
            "output": {"dir": "run"},
            **settings,
        }
        (directory / "config.json").write_text(json.dumps(config))
        run("--config", directory / "config.json", "--quiet", code=code)
        return directory / "run"

    return adapt_once


def report_of(directory):
    return json.loads((directory / "report.json").read_text(encoding="utf-8"))


def suspects_of(directory, kind):
    with (directory / "suspects.jsonl").open(encoding="utf-8") as file:  # splitlines would split at U+0085 too
        return [line for line in map(json.loads, file) if line["kind"] == kind]


# ---------------------------------------------------------------------------------------------------------------------
# Label errors.


def some_of(rows, labels, count):
    """The first `count` rows of each label."""
    kept = {label: 0 for label in labels}
    out = []
    for text, label in rows:
        if kept.get(label, count) < count:
            kept[label] += 1
            out.append((text, label))
    return out


@pytest.fixture(scope="module")
def planted(adapt, shared_data):
    """A run on some of Banking77 with one label in ten made wrong; training rows, which of them were, and test rows."""
    rows = read_rows(shared_data / "banking77/train.csv", "category")
    labels = sorted({label for _, label in rows})[::6]
    rows = some_of(rows, labels, 60)
    test = some_of(read_rows(shared_data / "banking77/test.csv", "category"), labels, 20)
    draw = random.Random(5)
    wrong = set(draw.sample(range(len(rows)), len(rows) // 10))
    rows = [
        (text, draw.choice([other for other in labels if other != label]) if i in wrong else label)
        for i, (text, label) in enumerate(rows)
    ]
    return adapt(rows, test), rows, wrong, test


def cleanlab_issues(rows, encoder_dir):
    """What cleanlab finds, the whole way anew in Python: other folds, another solver. Positions in `rows`."""
    filters = pytest.importorskip("cleanlab.filter")
    names = sorted({label for _, label in rows})
    labels = np.array([names.index(label) for _, label in rows])
    vectors = SentenceTransformer(str(encoder_dir), device="cpu").encode(
        [text for text, _ in rows], normalize_embeddings=True
    )
    vectors -= vectors.mean(axis=0)
    vectors /= np.sqrt((vectors**2).sum(axis=1).mean())
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    probabilities = cross_val_predict(
        LogisticRegression(C=10, max_iter=1000), vectors, labels, cv=folds, method="predict_proba"
    )
    return set(filters.find_label_issues(labels, probabilities, n_jobs=1, return_indices_ranked_by="normalized_margin"))


def listed(directory, rows):
    """Positions in `rows` of the labels that a run says are wrong."""
    errors = suspects_of(directory, "label_error")
    positions = [line["line"] - 2 for line in errors]  # the first record stands on the second line
    assert [rows[i] for i in positions] == [(line["text"], line["label"]) for line in errors]
    scores = [line["score"] for line in errors]
    assert scores == sorted(scores, reverse=True)
    return set(positions)


def precision(found, wrong):
    return len(found & wrong) / len(found)


def test_planted_errors_are_found_with_the_stated_precision(planted, encoder_dir):
    directory, rows, wrong, _ = planted
    ours, theirs = listed(directory, rows), cleanlab_issues(rows, encoder_dir)
    checks = report_of(directory)["data_checks"]
    assert precision(ours, wrong) >= 0.9
    assert precision(ours, wrong) > precision(theirs, wrong)
    assert len(ours & wrong) >= 0.8 * len(theirs & wrong)
    assert len(ours & wrong) / len(wrong) == pytest.approx(checks["label_errors_recall"], abs=0.15)


@pytest.fixture(scope="module")
def few_shots(shared_data):
    """Banking77 at ten texts an intent, and the same with one label in twenty changed; which were."""
    rows = read_rows(shared_data / "banking77/train_10.csv", "category")
    labels = sorted({label for _, label in rows})
    draw = random.Random(3)
    wrong = set(draw.sample(range(len(rows)), len(rows) // 20))
    return rows, wrong, [
        (text, draw.choice([other for other in labels if other != label]) if i in wrong else label)
        for i, (text, label) in enumerate(rows)
    ]


def test_few_texts_with_planted_errors(adapt, few_shots, encoder_dir, shared_data):
    _, wrong, rows = few_shots
    directory = adapt(rows, read_rows(shared_data / "banking77/test.csv", "category")[::40])
    ours, theirs = listed(directory, rows), cleanlab_issues(rows, encoder_dir)
    # Some of Banking77's own labels are wrong, and count as false alarms here.
    assert precision(ours, wrong) >= 0.85
    assert precision(ours, wrong) >= precision(theirs, wrong) + 0.3
    assert len(ours & wrong) >= 0.6 * len(wrong)


def test_few_texts_as_they_are_give_no_false_alarms(adapt, few_shots, encoder_dir, shared_data):
    rows, *_ = few_shots
    directory = adapt(rows, read_rows(shared_data / "banking77/test.csv", "category")[::40])
    assert not listed(directory, rows)
    assert len(cleanlab_issues(rows, encoder_dir)) >= 10
    assert "stands out as wrong" in (directory / "report.md").read_text(encoding="utf-8")


def test_the_starter_texts_are_too_few_to_tell(adapt, configs_dir):
    rows = read_rows(configs_dir / "data/banking/train.csv", "intent")
    rows = some_of(rows, {label for _, label in rows}, 10)
    directory = adapt(rows, read_rows(configs_dir / "data/banking/test.csv", "intent"))
    assert not listed(directory, rows)
    for file in ("report.md", "report.html"):
        assert "Too few texts to tell which labels are wrong" in (directory / file).read_text(encoding="utf-8")


def test_report_lists_the_first_of_them_and_satisfies_its_schema(planted, run):
    directory, *_ = planted
    report = report_of(directory)
    jsonschema.Draft202012Validator(run("config", "report-schema").json()).validate(report)
    checks = report["data_checks"]
    errors = suspects_of(directory, "label_error")
    assert checks["label_errors_found"] == len(errors)
    assert [error["line"] for error in checks["label_errors"]] == [error["line"] for error in errors[:20]]
    assert checks["label_errors_precision"] == pytest.approx(np.mean([error["score"] for error in errors]), abs=1e-9)
    for error in checks["label_errors"]:
        assert error["label_probability"] < 0.2 < error["suggestion_probability"]
        assert 0.8 <= error["score"] <= 1


def test_unlike_texts_and_uniform_intents_are_as_numpy_says(planted, encoder_dir):
    directory, rows, _, test_rows = planted
    checks = report_of(directory)["data_checks"]
    encode = SentenceTransformer(str(encoder_dir), device="cpu").encode
    train = encode([text for text, _ in rows], normalize_embeddings=True)
    test = encode([text for text, _ in test_rows], normalize_embeddings=True)
    own = train @ train.T
    np.fill_diagonal(own, -2)
    usual, found = 1 - own.max(axis=1), 1 - (test @ train.T).max(axis=1)
    assert checks["unlike_limit"] == pytest.approx(np.quantile(usual, 0.99), abs=1e-4)
    assert checks["typical_distance"] == pytest.approx(np.median(usual), abs=1e-4)
    assert checks["unlike_found"] == pytest.approx((found > checks["unlike_limit"]).sum(), abs=1)
    similarities = []
    for name in sorted({label for _, label in rows}):
        own = train[[label == name for _, label in rows]]
        cosines = own @ own.T
        similarities.append(cosines[np.triu_indices(len(own), 1)].mean())
    median = np.median(similarities)
    limit = median + 3 * 1.4826 * np.median(np.abs(similarities - median))
    assert checks["typical_similarity"] == pytest.approx(median, abs=1e-4)
    assert checks["uniform_limit"] == pytest.approx(limit, abs=1e-4)
    assert checks["uniform_found"] == (np.array(similarities) > limit).sum()


# ---------------------------------------------------------------------------------------------------------------------
# Model cards.


def card_of(directory):
    card = ModelCard.load(directory / "checkpoint/README.md")
    assert isinstance(card.data, ModelCardData)
    return card


def texts_about(labels, count, seed):
    draw = random.Random(seed)
    words = "card money transfer balance lost pay abroad top up limit fee".split()
    return [
        (f"{' '.join(draw.sample(words, 3))} number {labels.index(label)}", label) for label in labels for _ in range(count)
    ]


def test_card_holds_the_figures(planted, encoder_dir):
    directory, rows, _, _ = planted
    card, report = card_of(directory), report_of(directory)
    assert card.data.library_name == "sentence-transformers"
    assert card.data.pipeline_tag == "text-classification"
    assert card.data.base_model is None
    raw = yaml.safe_load(card.content.split("---\n")[1])
    name, results = model_index_to_eval_results(raw["model-index"])
    assert name == f"{encoder_dir.name}-cards"
    by_name = {result.metric_name: result for result in results}
    for metric, value in {"Accuracy": "accuracy", "Macro F1": "macro_f1", "Log loss": "log_loss"}.items():
        assert by_name[metric].metric_value == pytest.approx(report["test"][value], abs=1e-6)
        assert (by_name[metric].task_type, by_name[metric].dataset_split) == ("text-classification", "test")
    assert {result.unique_identifier for result in results} == {results[0].unique_identifier}
    low, high = report["test"]["accuracy_ci95"]
    assert f"{100 * low:.1f}% to {100 * high:.1f}%" in card.text
    assert all(label.replace("_", "\\_") in card.text for _, label in rows)


def hostile_config():
    return {"name": HOSTILE[1], "evaluation": {"gates": ["test.accuracy>=0", "data_checks.label_errors_found<=1000"]}}


@pytest.mark.parametrize("head", ["mean", "native"])
def test_hostile_names_stay_inside_their_strings(adapt, head):
    train = texts_about(HOSTILE, 6, 1) + [("the only one\n---\n\u202e of its kind", "single")]
    train += [(HOSTILE[2], HOSTILE[0]), (HOSTILE[2], HOSTILE[1])]  # equal texts with different labels
    directory = adapt(train, texts_about(HOSTILE, 3, 2), head={"type": head}, **hostile_config())
    card = card_of(directory)
    raw = yaml.safe_load(card.content.split("\n---\n")[0])
    assert set(raw) == {"library_name", "pipeline_tag", "tags", "model-index"}
    assert raw["model-index"][0]["results"][0]["dataset"]["name"] == "line[U+000A]break[U+000A]---[U+000A]name: evil"
    for file in ("checkpoint/README.md", "report.md"):
        text = (directory / file).read_text(encoding="utf-8")
        assert not set("\u202e\x1b\x85") & set(text)
        assert "<script" not in text
    report = report_of(directory)
    assert report["data_checks"]["conflicts_found"] == 1
    assert {line["label"] for line in suspects_of(directory, "few_texts")} == {"single"}
    if head == "mean":
        model = SentenceTransformer(str(directory / "checkpoint"), device="cpu")
        assert model.encode(["card lost"]).shape == (1, 5)
    else:
        from transformers import pipeline

        classify = pipeline("text-classification", model=str(directory / "checkpoint"), device="cpu")
        assert classify("card lost", truncation=True)[0]["label"] in {*HOSTILE, "single"}


def test_five_hundred_labels(adapt):
    labels = [f"intent {i}" for i in range(500)]
    directory = adapt(texts_about(labels, 2, 1), texts_about(labels, 1, 2))
    assert len(card_of(directory).data.eval_results) == 4
    checks = report_of(directory)["data_checks"]
    assert checks["checked_labels"] == 1000
    assert checks["few_texts_found"] == 500 and len(checks["few_texts"]) == 20
    assert len(suspects_of(directory, "few_texts")) == 500


# ---------------------------------------------------------------------------------------------------------------------
# TensorBoard.


def test_tensorboard_reads_every_epoch(adapt, configs_dir):
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    directory = adapt(
        read_rows(configs_dir / "data/banking/train.csv", "intent")[::4],
        read_rows(configs_dir / "data/banking/test.csv", "intent")[::4],
        transfer={"policy": "top_layers", "layers": 1},
        training={"epochs": 3, "tensorboard": True},
        source={"train": str(configs_dir / "data/retail/train.csv"), "label_column": "intent", "shots": 3},
    )
    report = report_of(directory)
    events = accumulators.EventAccumulator(str(directory / "tensorboard"))
    events.Reload()

    def series(tag):
        return [(event.step, event.value) for event in events.Scalars(tag)]

    for stage, prefix in ((report["training"], ""), (report["source"]["training"], "source/")):
        for tag, field in {"training/loss": "train_loss", "training/learning_rate": "learning_rate",
                           "training/examples_per_second": "examples_per_second",
                           "validation/accuracy": "validation_accuracy", "validation/macro_f1": "validation_macro_f1",
                           "validation/log_loss": "validation_log_loss"}.items():  # fmt: skip
            expected = [(row["epoch"], row[field]) for row in stage["per_epoch"] if row[field] is not None]
            if not expected:
                assert prefix + tag not in events.Tags()["scalars"]
                continue
            steps, values = zip(*expected)
            assert [step for step, _ in series(prefix + tag)] == list(steps)
            np.testing.assert_allclose([value for _, value in series(prefix + tag)], values, rtol=1e-6)
    assert len(report["training"]["per_epoch"]) >= 3
    last = report["training"]["per_epoch"][-1]["epoch"]
    for figure in ("accuracy", "macro_f1", "log_loss", "ece"):
        ((step, value),) = series(f"test/{figure}")
        assert (step, value) == (last, pytest.approx(report["test"][figure], rel=1e-6))
    times = [event.wall_time for event in events.Scalars("training/loss")]
    assert times == sorted(times) and events.FirstEventTimestamp() <= times[0]
