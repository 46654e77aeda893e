"""Files as pandas and Python's codecs write them: every text, label and id comes back as it was written."""

import json

import pandas
import pytest

from conftest import ROOT

TEXTS = [
    'Say "hello"; now, please',
    "Où est ma carte – à 5 €?",
    "two\nlines, one | bar",
    "tab\there",
    "señor ¿qué pasa?",
    "plain words",
]


def frame(rounds, numbered=False):
    """A few awkward texts under two labels."""
    rows = [
        {"id": f"t{r}-{i}", "text": f"{text} {r}", "label": i % 2 if numbered else ["alpha", "beta"][i % 2]}
        for r in range(rounds)
        for i, text in enumerate(TEXTS)
    ]
    return pandas.DataFrame(rows)


def csv(**options):
    return lambda data, path: data.to_csv(path, index=False, **options)


def records(**options):
    return lambda data, path: data.to_json(path, orient="records", **options)


WRITERS = {
    "comma": ("csv", csv()),
    "semicolon": ("csv", csv(sep=";")),
    "semicolon-quoted": ("csv", csv(sep=";", quoting=1)),
    "tab": ("tsv", csv(sep="\t")),
    "bar": ("txt", csv(sep="|")),
    "utf-8-sig": ("csv", csv(encoding="utf-8-sig", lineterminator="\r\n")),
    "utf-16": ("csv", csv(encoding="utf-16", sep="\t")),
    "cp1252": ("csv", csv(encoding="cp1252", sep=";")),
    "records": ("json", records()),
    "records-indented": ("json", records(indent=2, force_ascii=False)),
    "lines": ("jsonl", records(lines=True)),
    "lines-in-json": ("json", records(lines=True)),
}


def predictions(run, directory, train, test, **target):
    config = {
        "encoder": {"path": str(ROOT / "tests/model/goldens/bert/encoder"), "max_length": 16},
        "target": {"train": train, "test": test, "id_column": "id", **target},
        "transfer": {"policy": "frozen"},
        "training": {"threads": 1},
        "evaluation": {"data_checks": False, "bootstrap_samples": 100},
        "output": {"dir": "out"},
    }
    (directory / "config.json").write_text(json.dumps(config))
    run("--config", directory / "config.json")
    return [json.loads(line) for line in (directory / "out/predictions.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("name", WRITERS)
def test_what_pandas_writes_is_read_back(run, tmp_path, name):
    suffix, write = WRITERS[name]
    data = frame(3)
    write(data, tmp_path / f"train.{suffix}")
    write(data, tmp_path / f"test.{suffix}")
    answers = predictions(run, tmp_path, f"train.{suffix}", f"test.{suffix}")
    for column in ("id", "text", "label"):
        assert [answer[column] for answer in answers] == list(data[column])


@pytest.mark.parametrize("encoding", ["cp1254", "iso-8859-15", "cp1251", "shift_jis", "utf-32", "gb18030"])
def test_a_named_encoding_is_that_of_python(run, tmp_path, encoding):
    words = {"cp1254": "şimdi kartım", "cp1251": "где моя карта", "shift_jis": "カードはどこ", "gb18030": "我的卡在哪"}
    data = frame(2)[["id", "label"]]
    data["text"] = [f"{words.get(encoding, 'à la carte')} {i}" for i in range(len(data))]
    for name in ("train.csv", "test.csv"):
        csv(encoding=encoding)(data, tmp_path / name)
    answers = predictions(run, tmp_path, "train.csv", "test.csv", encoding=encoding)
    assert [answer["text"] for answer in answers] == list(data["text"])


def test_labels_of_a_column_that_had_a_gap_are_integers(run, tmp_path):
    """pandas makes floats of an integer column with a gap; the gap itself is refused by its line."""
    whole = frame(3, numbered=True)
    gap = whole.copy()
    gap.loc[len(gap)] = {"id": "gap", "text": "nobody knows", "label": None}
    gap = gap.astype({"label": "float64"})
    gap.to_json(tmp_path / "train.jsonl", orient="records", lines=True)
    whole.to_json(tmp_path / "test.json", orient="records")
    (tmp_path / "config.json").write_text(
        json.dumps(
            {
                "encoder": {"path": str(ROOT / "tests/model/goldens/bert/encoder"), "max_length": 16},
                "target": {"train": "train.jsonl"},
                "output": {"dir": "out"},
            }
        )
    )
    refused = run("validate", "--config", tmp_path / "config.json", code=3)
    assert f"train.jsonl:{len(gap)}: the label is null" in refused.err
    gap.dropna().to_json(tmp_path / "train.jsonl", orient="records", lines=True)
    assert '"label":1.0' in (tmp_path / "train.jsonl").read_text()
    answers = predictions(run, tmp_path, "train.jsonl", "test.json")
    assert {answer["prediction"] for answer in answers} <= {"0", "1"}
    assert [answer["label"] for answer in answers] == [str(label) for label in whole["label"]]
