"""How many labels `transfer-tune suggest` saves: texts of a labelled file are labelled round by round, those that the
program asks for beside texts drawn at random, and after each round a frozen run says how good they are.

  suggest_simulation.py TRAIN TEST --encoder DIR --work DIR [--label-column category] [--seeds 3]

TRAIN and TEST are CSV files, or the same CLINC150 JSON twice. Needs nothing but Python and the program.
"""

import argparse
import csv
import json
import random
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def read(path, split, text_column, label_column):
    """(text, label) of every row."""
    if path.suffix == ".json":
        return [tuple(row) for row in json.loads(path.read_text())[split]]
    with open(path, encoding="utf-8", newline="") as file:
        return [(row[text_column], row[label_column]) for row in csv.DictReader(file)]


def write(path, rows, header=("text", "label")):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


class Simulation:
    def __init__(self, arguments):
        self.program = arguments.program
        self.threads = arguments.threads
        self.work = arguments.work
        self.work.mkdir(parents=True, exist_ok=True)
        columns = arguments.text_column, arguments.label_column
        self.truth = dict(reversed(read(arguments.train, "train", *columns)))  # the first of a text counts
        self.labels = len(set(self.truth.values()))
        write(self.work / "test.csv", read(arguments.test, "test", *columns))
        write(self.work / "pool.csv", [(text,) for text in self.truth], ["text"])
        self.config = self.work / "config.json"
        self.config.write_text(
            json.dumps(
                {
                    "encoder": {"path": str(arguments.encoder.resolve())},
                    "target": {"train": "train.csv", "test": "test.csv", "unlabelled": "pool.csv"},
                    "transfer": {"policy": "frozen"},
                    "training": {"threads": self.threads},
                    "evaluation": {"bootstrap_samples": 100, "data_checks": False},
                    "output": {"dir": "run"},
                }
            )
        )

    def call(self, *arguments):
        command = [str(self.program), *arguments, "--config", str(self.config), "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def accuracy(self, texts, seed):
        """Of a frozen run on these texts with their labels; without the pool, so that labels alone make it."""
        write(self.work / "train.csv", [(text, self.truth[text]) for text in texts])
        settings = ["--set", f"training.seed={seed}", "--set", "target.unlabelled=null"]
        return json.loads(self.call("run", "--overwrite", "--json", *settings))["test"]["accuracy"]

    def suggested(self, labelled, count, seed):
        train = self.work / "train.csv"
        train.unlink(missing_ok=True)
        if labelled:
            write(train, [(text, self.truth[text]) for text in labelled])
        out = self.call("suggest", "--count", str(count), "--json", "--set", f"training.seed={seed}",
                        "--set", "target.test=null")
        return [entry["text"] for entry in json.loads(out)]

    def rounds(self, way, budgets, seed):
        """Accuracy by budget."""
        order = list(self.truth)
        random.Random(seed).shuffle(order)
        labelled, found = [], {}
        for budget in budgets:
            wanted = budget * self.labels
            if way == "random":
                labelled = order[:wanted]
            else:
                labelled += self.suggested(labelled, wanted - len(labelled), seed)
            found[budget] = self.accuracy(labelled, seed)
            seen = len({self.truth[text] for text in labelled})
            print(json.dumps({"way": way, "seed": seed, "budget": budget, "texts": len(labelled), "labels_seen": seen,
                              "accuracy": found[budget]}), file=sys.stderr, flush=True)
        return found


def texts_needed(means, accuracy):
    """Texts per label at which `means` (by budget) reach an accuracy, on straight lines between budgets; None: beyond."""
    budgets = sorted(means)
    for low, high in zip(budgets, budgets[1:]):
        if means[low] <= accuracy <= means[high]:
            return low + (high - low) * (accuracy - means[low]) / (means[high] - means[low])
    return None


def table(results, budgets):
    means = {way: {b: statistics.mean(run[b] for run in runs) for b in budgets} for way, runs in results.items()}
    spread = {way: {b: statistics.pstdev([run[b] for run in runs]) for b in budgets} for way, runs in results.items()}
    lines = ["| texts per label | random | suggest | random needs | saved |", "|---:|---:|---:|---:|---:|"]
    for b in budgets:
        cells = [f"{100 * means[way][b]:.1f}% ± {100 * spread[way][b]:.1f}" for way in ("random", "suggest")]
        needed = texts_needed(means["random"], means["suggest"][b])
        saved = [f"{needed:.1f}", f"{100 * (1 - b / needed):.0f}%"] if needed else ["", ""]
        lines.append("| " + " | ".join([str(b), *cells, *saved]) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True, help="a directory for what is written on the way")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/transfer-tune")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--budgets", type=int, nargs="+", default=[1, 2, 3, 5, 10, 20], help="texts per label, on average")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    simulation = Simulation(arguments)
    results = {"random": [], "suggest": []}
    for seed in range(1, arguments.seeds + 1):
        for way, runs in results.items():
            runs.append(simulation.rounds(way, arguments.budgets, seed))
        print(f"after {seed} seeds:\n{table(results, arguments.budgets)}", flush=True)


if __name__ == "__main__":
    main()
