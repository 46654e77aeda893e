"""Runs every shipped config as it is, but for fewer texts and one epoch, and looks at what it leaves."""

import json

import pytest

from conftest import ROOT


def shortened(path, out):
    return ["--config", str(path), "--set", f"output.dir={out}", "--set", "target.shots=3", "--set", "training.epochs=1"]


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.json")), ids=lambda path: path.name)
def test_it_runs_and_beats_the_majority(run, path, tmp_path):
    config = json.loads(path.read_text())
    train = path.parent / config["target"]["train"]
    encoder = path.parent / config["encoder"]["path"]
    for needed in (train, encoder):
        if not needed.exists():
            pytest.skip(f"{needed} is not there")
    out = tmp_path / "out"
    finished = run(*shortened(path, out))
    assert finished.code == 0, finished.err
    report = json.loads((out / "report.json").read_text())
    assert report["test"]["accuracy"] > report["baselines"]["majority"]["accuracy"]
    assert (report["source"] is not None) == ("source" in config)
    choice = report["training"]["choice"]
    assert report["policy"]["name"] == (choice["chosen"] if choice else config["transfer"]["policy"])
    assert (choice is None) == ("transfer" in config)
    assert len((out / "predictions.jsonl").read_text().splitlines()) == report["test"]["examples"]
    assert (out / "checkpoint").is_dir()
