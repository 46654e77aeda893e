#!/usr/bin/env python3
"""Cross-validates the program on NLU++ (Casanueva et al. 2022), whose texts have several intents each.

    nlupp.py --data DIR --domain banking --setting low --encoder DIR [--program FILE] [--set training.epochs=3 …]
             [--descriptions]

DIR holds DOMAIN.jsonl (text, intents, fold 0–9) and intents.json. low: each fold trains in turn and the others are the
test; large: each fold is the test in turn and the others train. Prints micro F1 and macro F1 of every fold, then their mean ±
standard deviation. Python's standard library alone.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def describe(path, data, labels):
    """What those of the intents mean that the training part has."""
    intents = json.loads((data / "intents.json").read_text())
    path.write_text(json.dumps({label: intents[label]["description"] for label in sorted(labels)}))


def measure(options, rows, fold, directory):
    trains = [(row["fold"] == fold) == (options.setting == "low") for row in rows]
    train = [row for row, used in zip(rows, trains) if used]
    write_jsonl(directory / "train.jsonl", train)
    write_jsonl(directory / "test.jsonl", [row for row, used in zip(rows, trains) if not used])
    target = {"train": "train.jsonl", "test": "test.jsonl", "label_column": "intents", "name": options.domain}
    if options.descriptions:
        describe(directory / "descriptions.json", options.data, {name for row in train for name in row["intents"]})
        target["label_descriptions"] = "descriptions.json"
    config = {"encoder": {"path": str(options.encoder.resolve())}, "target": target, "output": {"dir": "run"}}
    (directory / "config.json").write_text(json.dumps(config))
    command = [options.program, "--config", directory / "config.json", "--overwrite", "--quiet"]
    for setting in options.set:
        command += ["--set", setting]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads((directory / "run/report.json").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--domain", choices=["banking", "hotels"], required=True)
    parser.add_argument("--setting", choices=["low", "large"], default="low")
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--program", default="build/release/transfer-tune")
    parser.add_argument("--set", action="append", default=[], help="a setting, as the program's --set takes it")
    parser.add_argument("--descriptions", action="store_true", help="the intents' descriptions are given too")
    options = parser.parse_args()
    lines = (options.data / f"{options.domain}.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines if line]
    found = {"micro_f1": [], "macro_f1": []}
    for fold in sorted({row["fold"] for row in rows}):
        with tempfile.TemporaryDirectory() as directory:
            report = measure(options, rows, fold, Path(directory))
        for figure, values in found.items():
            values.append(report["test"][figure])
        shown = ", ".join(f"{figure} {values[-1]:.3f}" for figure, values in found.items())
        texts = report["training"]["label_texts"]
        choice = report["training"]["choice"]
        print(f"fold {fold}: {shown}; {choice['chosen'] if choice else report['policy']['name']}"
              f"{', label texts' if texts and texts['used'] else ''}", flush=True)  # fmt: skip
    for figure, values in found.items():
        print(f"{options.domain}, {options.setting}: {figure} {statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}")


if __name__ == "__main__":
    main()
