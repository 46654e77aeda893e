"""The JSON Schema that `config schema` prints, against Python's jsonschema; TRANSFER_TUNE names the program."""

import copy
import json
import os
import pathlib
import subprocess

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MINIMAL = {"encoder": {"path": "e"}, "target": {"train": "t.csv"}, "output": {"dir": "o"}}


def transfer_tune(*arguments):
    program = os.environ.get("TRANSFER_TUNE", ROOT / "build" / "release" / "transfer-tune")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def validator():
    result = transfer_tune("config", "schema")
    assert result.returncode == 0, result.stderr
    schema = json.loads(result.stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.json")), ids=lambda path: path.name)
def test_shipped_configs_are_valid(validator, path):
    validator.validate(json.loads(path.read_text()))


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.json")), ids=lambda path: path.name)
def test_resolved_configs_are_valid(validator, path):
    result = transfer_tune("config", "resolved", "--config", str(path))
    assert result.returncode == 0, result.stderr
    validator.validate(json.loads(result.stdout))


def test_every_default_satisfies_its_own_check(validator):
    def walk(schema):
        for name, setting in schema["properties"].items():
            if "properties" in setting:
                walk(setting)
            elif "default" in setting:
                error = jsonschema.exceptions.best_match(
                    jsonschema.Draft202012Validator(setting).iter_errors(setting["default"]))
                # Settings without a default are null in it whether or not null may be written.
                assert error is None or setting["default"] is None, name

    walk(validator.schema)


def phase(**settings):
    return {"transfer": {"phases": [{"epochs": 1, "train": ["head"], **settings}]}}


# A block that replaces or adds to MINIMAL, and whether the result is a valid config.
CASES = [
    ({}, True),
    ({"source": None}, True),
    ({"training": {"epochs": 3.0}}, True),
    ({"training": {"epochs": 3.5}}, False),
    ({"training": {"epochs": True}}, False),
    ({"training": {"epochs": 0}}, False),
    ({"training": {"epoch": 3}}, False),
    ({"training": {"learning_rate": 0}}, False),
    ({"training": {"class_weights": "balanced"}}, True),
    ({"training": {"class_weights": {"a": 1, "b": 0.5}}}, True),
    ({"training": {"class_weights": {"a": -1}}}, False),
    ({"training": {"seed": 2**53}}, False),
    ({"training": {"device": "cuda:0"}}, True),
    ({"training": {"device": "cuda:"}}, False),
    ({"training": {"precision": "fp16"}}, False),
    ({"head": {"C": "auto", "dropout": None}}, True),
    ({"head": {"C": "Auto"}}, False),
    ({"head": {"normalize": 1}}, False),
    ({"source": {"train": "s.csv"}}, True),
    ({"source": {"checkpoint": "s", "train": None}}, True),
    ({"source": {"train": "s.csv", "layers": 2}}, True),
    ({"source": {"train": "s.csv", "layers": 2, "policy": "top_layers"}}, True),
    ({"source": {"train": "s.csv", "layers": 2, "policy": "frozen"}}, False),
    ({"source": {"train": "s.csv", "training": {"seed": 1}}}, False),
    ({"source": {"train": "s.csv", "keep": 0}}, True),
    ({"source": {"train": "s.csv", "keep": 2}}, False),
    ({"source": {"train": "s.csv", "checkpoint": "s"}}, False),
    ({"source": {}}, False),
    ({"source": {"train": "s.csv", "phases": [{"epochs": 1, "train": ["head"]}], "policy": "full"}}, False),
    ({"source": {"train": "s.csv", "phases": [{"epochs": 1, "train": ["head"]}], "layers": 1}}, False),
    ({"transfer": {}}, False),
    ({"transfer": {"policy": "gradual"}}, True),
    ({"transfer": {"policy": "top_layers"}}, True),
    ({"transfer": {"policy": "top_layers", "layers": "all"}}, True),
    ({"transfer": {"policy": "top_layers", "layers": "some"}}, False),
    ({"transfer": {"policy": "full", "layers": 2}}, False),
    ({"transfer": {"policy": "full", "phases": None}}, True),
    ({"transfer": {"policy": "lora"}}, True),
    ({"transfer": {"policy": "lora", "lora": {"r": 4, "target_modules": ["query", "*.dense"]}}}, True),
    ({"transfer": {"policy": "lora", "lora": {"target_modules": []}}}, False),
    ({"transfer": {"policy": "full", "lora": {}}}, False),
    ({"transfer": {"phases": [{"epochs": 1, "train": ["*.lora_*"]}], "lora": {}}}, True),
    ({"transfer": {"policy": "full", "phases": [{"epochs": 1, "train": ["head"]}]}}, False),
    (phase(), True),
    (phase(train=["layer.0-3", "layer.last-2", "*.bias", "encoder.layer.0.output.dense.weight"]), True),
    (phase(train=[]), False),
    (phase(train=["head", "head"]), False),
    (phase(train=["embedding"]), False),
    (phase(train=["layer.last-0"]), False),
    (phase(epochs=0), False),
    (phase(learning_rate=0.1), True),
    (phase(learning_rate={"head": 0.1, "*": 0.01}), True),
    (phase(learning_rate={"nonsense": 0.1}), False),
    (phase(learning_rate="fast"), False),
    (phase(layer_decay=1.5), False),
    ({"target": {"train": "t.csv", "labels": ["a", "b"]}}, True),
    ({"target": {"train": "t.csv", "labels": ["a", "a"]}}, False),
    ({"target": {"train": "t.csv", "labels": ["a", ""]}}, False),
    ({"target": {"train": "t.csv", "shots": None}}, True),
    ({"target": {"train": "t.csv", "language_column": "lang", "languages": ["en"]}}, True),
    ({"target": {"train": "t.csv", "language_column": "lang", "languages": None}}, True),
    ({"target": {"train": "t.csv", "languages": ["en"]}}, False),
    ({"target": {"train": "t.csv", "language_column": "lang", "languages": []}}, False),
    ({"target": {"label_descriptions": "d.json", "language_column": "lang", "languages": ["en"]}}, False),
    ({"target": {"train": "t.csv", "delimiter": "\t", "encoding": "windows-1254"}}, True),
    ({"target": {"train": "t.csv", "delimiter": ";"}}, True),
    ({"target": {"train": "t.csv", "delimiter": "tab"}}, True),
    ({"target": {"train": "t.csv", "delimiter": ""}}, False),
    ({"target": {"train": "t.csv", "delimiter": '"'}}, False),
    ({"target": {"train": "t.csv", "delimiter": "\n"}}, False),
    ({"target": {"train": "t.csv", "encoding": "utf 8"}}, False),
    ({"output": {"dir": "out", "texts": False}}, True),
    ({"output": {"dir": "out", "texts": "no"}}, False),
    ({"target": {"train": None}}, False),
    ({"target": {"train": ""}}, False),
    ({"target": {}}, False),
    ({"evaluation": {"slice_by": ["language"], "bootstrap_samples": 100}}, True),
    ({"evaluation": {"slice_by": "language"}}, False),
    ({"evaluation": {"gates": ["test.accuracy>=0.9", "not_worse(test.accuracy)"], "baseline": "old.json"}}, True),
    ({"evaluation": {"gates": [], "baseline": None}}, True),
    ({"evaluation": {"gates": "test.accuracy>=0.9"}}, False),
    ({"evaluation": {"gates": ["a>1", "a>1"]}}, False),
    ({"evaluation": {"gates": [0.9]}}, False),
    ({"evaluation": {"baseline": ""}}, False),
    ({"evaluate": {}}, False),
]


@pytest.mark.parametrize(("change", "valid"), CASES, ids=lambda case: json.dumps(case)[:60])
def test_schema_and_program_agree(validator, tmp_path, change, valid):
    config = {**copy.deepcopy(MINIMAL), **change}
    path = tmp_path / "run.json"
    path.write_text(json.dumps(config))
    assert validator.is_valid(config) == valid
    result = transfer_tune("config", "resolved", "--config", str(path))
    assert result.returncode == (0 if valid else 2), result.stderr
    if valid:
        validator.validate(json.loads(result.stdout))
