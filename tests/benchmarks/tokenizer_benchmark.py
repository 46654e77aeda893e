"""How fast the tokenizers package and `transfer-tune tokenize` turn texts into ids, on one thread each.

    python tests/benchmarks/tokenizer_benchmark.py ../shared/data/banking77/train.csv

The program's figure includes its start and writing ids and tokens as JSON; the package's is encoding alone.
"""

import argparse
import csv
import json
import os
import subprocess
import time
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer  # noqa: E402 - reads the variable when it is imported

ROOT = Path(__file__).parents[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=Path, help="every line of every cell is a text")
    parser.add_argument("--encoder", type=Path, nargs="+", default=[ROOT / ".deps/encoders/all-MiniLM-L6-v2"],
                        help="directories with a tokenizer.json, one of each kind to compare")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/transfer-tune")
    parser.add_argument("--repeat", type=int, default=20, help="how many times the texts are taken")
    options = parser.parse_args()
    with options.csv.open(encoding="utf-8", newline="") as file:
        texts = [line for row in csv.reader(file) for cell in row for line in cell.split("\n")] * options.repeat

    for encoder in options.encoder:
        compare(encoder, texts, options.program)


def compare(encoder, texts, program):
    tokenizer = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    start = time.perf_counter()
    expected = tokenizer.encode_batch_fast(texts)
    package = time.perf_counter() - start

    lines = "".join(text + "\n" for text in texts).encode()
    command = [program, "tokenize", "--encoder", encoder, "--threads", "1"]
    start = time.perf_counter()
    done = subprocess.run(command, input=lines, capture_output=True, check=True)
    ours = time.perf_counter() - start

    same = [json.loads(line)["ids"] for line in done.stdout.splitlines()] == [e.ids for e in expected]
    kind = json.loads((encoder / "tokenizer.json").read_text())["model"].get("type", "WordPiece")
    print(f"{kind}: {len(texts)} texts; tokenizers {package:.2f} s, transfer-tune {ours:.2f} s: "
          f"{package / ours:.1f} times as fast; ids {'identical' if same else 'DIFFER'}")


if __name__ == "__main__":
    main()
