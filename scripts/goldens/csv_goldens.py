#!/usr/bin/env python3
"""Writes tests/data/goldens/csv.json: what Python's csv module makes of small random delimited texts.

Each case has the text, the separator and either the records (1-based line where each starts, and its fields) or
"error": true. The module runs in strict mode, where it refuses what RFC 4180 does not allow. Empty lines, which it
returns as records without fields, are left out.
"""

import csv
import io
import json
import pathlib
import random

PIECES = ["a", "b", "é", " ", '"', '""', "\n", "\r\n", "\r", ",", "\t", '"a', 'b"', '"a\nb"', '"x""y"', "; "]
FIELDS = ["a", "", "two words", '"a, b"', '"a\tb"', '"say ""hi"""', '"line\r\nbreak"', '"\n"', '""', "5\" screen", "é"]
LINE_ENDS = ["\n", "\r\n", "\r"]


def random_text(rng: random.Random) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 14)))


def random_table(rng: random.Random, separator: str) -> str:
    """Rows of mostly valid fields, with the last line end sometimes missing."""
    text = ""
    for _ in range(rng.randint(1, 4)):
        text += separator.join(rng.choice(FIELDS) for _ in range(rng.randint(1, 3))) + rng.choice(LINE_ENDS)
    return text if rng.random() < 0.5 else text.rstrip("\r\n")


def read(text: str, separator: str) -> dict:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records = []
    line = 1
    try:
        for fields in reader:
            if fields:
                records.append({"line": line, "fields": fields})
            line = reader.line_num + 1
    except csv.Error:
        return {"text": text, "separator": separator, "error": True}
    return {"text": text, "separator": separator, "records": records}


def main() -> None:
    rng = random.Random(4180)
    cases = []
    for index in range(300):
        separator = "\t" if index % 3 == 2 else ","
        text = random_text(rng) if index % 2 == 0 else random_table(rng, separator)
        cases.append(read(text, separator))
    out = pathlib.Path(__file__).resolve().parents[2] / "tests/data/goldens/csv.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    out.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
