"""The program beside its peers: the same data, epochs, sequence limit and machine, taken in turns.

    python -m venv .venv && .venv/bin/pip install -r tests/benchmarks/requirements.txt
    .venv/bin/python tests/benchmarks/compare_peers.py --rounds 3 --out table.md
    .venv/bin/python tests/benchmarks/compare_peers.py --tasks frozen latency

Writes a Markdown table: whole-process seconds (median, and the range over rounds), how many times faster than the peer,
accuracy and peak memory. Nothing else should run meanwhile. Full tuning takes the Trainer some twenty minutes a round.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LATENCY_TEXTS = 200


@dataclass
class Measured:
    seconds: list = field(default_factory=list)
    accuracy: list = field(default_factory=list)
    megabytes: list = field(default_factory=list)


def timed(command, environment=None):
    """Seconds, peak memory of the process in MB, standard output."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    # Small outputs: neither pipe fills before the other is read.
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {process.returncode}\n{err.decode(errors='replace')[-2000:]}")
    return seconds, usage.ru_maxrss / 1024, out.decode()


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = Path(folder)
        self.data = options.data
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}
        self.runs = 0

    def program(self, *settings, policy, cache=False):
        """One run of the program; settings as --set takes them."""
        self.runs += 1
        out = self.folder / f"run{self.runs}"
        config = self.folder / "config.json"
        config.write_text(
            json.dumps(
                {
                    "encoder": {"path": str(self.options.encoder), "max_length": 128},
                    "target": {
                        "train": str(self.data / "train.csv"),
                        "test": str(self.data / "test.csv"),
                        "label_column": "category",
                    },
                    "transfer": policy,
                    "output": {"dir": str(out)},
                }
            )
        )
        command = [self.options.program, "--config", config, "--quiet"] + ([] if cache else ["--no-cache"])
        for setting in settings:
            command += ["--set", setting]
        seconds, megabytes, _ = timed(command, self.environment)
        report = json.loads((out / "report.json").read_text())
        return seconds, megabytes, report["test"]["accuracy"]

    def peer(self, *arguments):
        command = [sys.executable, ROOT / "tests/benchmarks/peers.py", *arguments, "--encoder", self.options.encoder]
        command += ["--train", self.data / "train.csv", "--test", self.data / "test.csv"]
        seconds, megabytes, out = timed(list(map(str, command)))
        return seconds, megabytes, json.loads(out.splitlines()[-1])["accuracy"]

    def latency(self):
        """Milliseconds that one text takes through a warm `predict`, median."""
        self.program(policy={"policy": "frozen"}, cache=True)
        command = [self.options.program, "predict", "--checkpoint", self.folder / f"run{self.runs}", "--quiet"]
        texts = (self.data / "test.csv").read_text().splitlines()[1 : LATENCY_TEXTS + 1]
        seconds = []
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            for text in texts:
                start = time.perf_counter()
                process.stdin.write(text.encode() + b"\n")
                process.stdin.flush()
                process.stdout.readline()
                seconds.append(time.perf_counter() - start)
            process.stdin.close()
        return 1000 * statistics.median(seconds)

    def peer_latency(self):
        command = [sys.executable, ROOT / "tests/benchmarks/peers.py", "st-lr-latency", "--encoder", self.options.encoder]
        command += ["--train", self.data / "train.csv", "--test", self.data / "test.csv"]
        return json.loads(timed(list(map(str, command)))[2].splitlines()[-1])["milliseconds"]


def tasks(bench):
    """Name: what runs in turns, the program first. Epochs are the peers'; no validation split, as they have none."""
    same_work = "target.validation_fraction=0"
    full = {"policy": "full"}
    native = "head.type=native"
    top = {"policy": "top_layers", "layers": 2}
    return {
        "full": {
            "full tuning, 3 epochs": lambda: bench.program("training.epochs=3", same_work, policy=full),
            "the same, first-token head": lambda: bench.program("training.epochs=3", same_work, native, policy=full),
            "Trainer": lambda: bench.peer("trainer", "--policy", "full"),
            "Trainer, grouped by length": lambda: bench.peer("trainer", "--policy", "full", "--group-by-length"),
        },
        "frozen": {
            "frozen and head": lambda: bench.program(policy={"policy": "frozen"}),
            "the same in 8-bit integers": lambda: bench.program(
                "training.frozen_int8=true", policy={"policy": "frozen"}
            ),
            "sentence-transformers + LR": lambda: bench.peer("st-lr"),
        },
        "second": {
            "a second frozen run, another seed": lambda: bench.program(
                "training.seed=8", policy={"policy": "frozen"}, cache=True
            ),
            "sentence-transformers + LR": lambda: bench.peer("st-lr"),
        },
        "top": {
            "top 2 layers, 5 epochs": lambda: bench.program("training.epochs=5", same_work, policy=top),
            "Trainer, the rest frozen": lambda: bench.peer("trainer", "--policy", "top-2", "--epochs", "5"),
        },
    }


def spread(values, digits):
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def measure(bench, name, contenders, rounds):
    results = {contender: Measured() for contender in contenders}
    if name == "second":
        bench.program(policy={"policy": "frozen"}, cache=True)  # the first run, which leaves the activations
    for number in range(rounds):
        for contender, run in contenders.items():
            seconds, megabytes, accuracy = run()
            print(f"{name} {number + 1}/{rounds}: {contender}: {seconds:.1f} s, {accuracy:.4f}", file=sys.stderr)
            results[contender].seconds.append(seconds)
            results[contender].megabytes.append(megabytes)
            results[contender].accuracy.append(accuracy)
    own = statistics.median(next(iter(results.values())).seconds)
    lines = []
    for position, (contender, result) in enumerate(results.items()):
        ratio = "" if position == 0 else f"{statistics.median(result.seconds) / own:.1f}"
        lines.append(
            f"| {contender} | {spread(result.seconds, 1)} | {ratio} | {spread(result.accuracy, 4)} "
            f"| {max(result.megabytes):.0f} |"
        )
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", default=["frozen", "second", "top", "full", "latency"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data/banking77")
    parser.add_argument("--encoder", type=Path, default=ROOT / ".deps/encoders/all-MiniLM-L6-v2")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/transfer-tune")
    parser.add_argument("--out", type=Path, help="also write the table there")
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"no data at {options.data}: name a folder with train.csv and test.csv (columns text, category)")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, folder)
        lines = [
            f"{options.data.name}, {options.encoder.name}, {platform.machine()}, {os.cpu_count()} cores, "
            f"{options.rounds} rounds; x: the peer's time over the program's (the row above)",
            "",
            "| | seconds | x | accuracy | peak MB |",
            "|---|---:|---:|---:|---:|",
        ]
        known = tasks(bench)
        for name in options.tasks:
            if name == "latency":
                own, peer = bench.latency(), bench.peer_latency()
                lines.append(f"| one text through `predict`, warm | {own / 1000:.4f} | | | |")
                lines.append(f"| sentence-transformers + LR, one text | {peer / 1000:.4f} | {peer / own:.1f} | | |")
            else:
                lines += measure(bench, name, known[name], options.rounds)
    table = "\n".join(lines) + "\n"
    print(table, end="")
    if options.out:
        options.out.write_text(table)


if __name__ == "__main__":
    main()
