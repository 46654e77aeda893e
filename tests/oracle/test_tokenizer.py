"""`transfer-tune tokenize` against the tokenizers package: the same ids for real texts, code points, random strings."""

import csv
import json
import random
import shutil

import pytest
from tokenizers import Tokenizer
from transformers import BertTokenizerFast

LITERALS = [
    "[MASK]", "[CLS]x", "a[SEP]", "[UNK]", "[PAD]", "[mask]", "[MASK ]", "##ing", "[", "\0", "\ufffd", "\u200d", "İ", "ΑΣ", "ß", "ﬁ",
    "\u0344", "\u1e9b\u0323", "e\u0301\u0323", "\u302e\u0301\u302f", "\U0001d165\u0300\U0001d166", "unaffable", "don't",
    "a" * 99, "a" * 100, "b" * 101, "é" * 100, "é" * 101,
]  # fmt: skip
SPACES = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2028"]
SCRIPTS = [
    (0x20, 0x7F), (0x00, 0x20), (0xA0, 0x250), (0x300, 0x370), (0x370, 0x400), (0x400, 0x530), (0x590, 0x700),
    (0x900, 0xF00), (0x1100, 0x1200), (0x1AB0, 0x2100), (0x2100, 0x2C00), (0x3000, 0x3100), (0x3400, 0xA000),
    (0xAC00, 0xD7A4), (0xF900, 0xFB00), (0xFE00, 0x11000), (0x1D100, 0x1D200), (0x1F300, 0x1FA00), (0x20000, 0x2FA20),
    (0xE0000, 0xE0200),
]  # fmt: skip


def code_point_texts():
    points = (chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
    return [text for c in points for text in (c, f"a{c}b")]


def random_part(stream, scripts):
    kind = stream.random()
    if kind < 0.15:
        return stream.choice(LITERALS)
    if kind < 0.25:
        return stream.choice(SPACES) * stream.randint(1, 4)
    if kind < 0.35:
        return "".join(chr(stream.randrange(0x300, 0x370)) for _ in range(stream.randint(1, 6)))
    return "".join(chr(stream.randrange(*stream.choice(scripts))) for _ in range(stream.randint(1, 8)))


def random_texts(count=10_000, seed=7):
    stream = random.Random(seed)
    out = []
    for _ in range(count):
        scripts = stream.sample(SCRIPTS, stream.randint(1, 4))
        out.append("".join(random_part(stream, scripts) for _ in range(stream.choice([0, 1, 2, 4, 8, 16, 30]))))
    return out


def real_texts(shared_data):
    out = set()
    for path in sorted(shared_data.glob("**/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            out.update(cell for row in csv.reader(file) for cell in row)
    clinc = json.loads((shared_data / "clinc150/data_full.json").read_text())
    out.update(text for rows in clinc.values() for text, _ in rows)
    assert len(out) > 40_000
    return sorted(out)


@pytest.fixture(params=["code points", "random", "real"])
def texts(request):
    """Texts without line feeds, which part the program's input; the C++ goldens cover them."""
    if request.param == "real":
        whole = real_texts(request.getfixturevalue("shared_data"))
    else:
        whole = code_point_texts() if request.param == "code points" else random_texts()
    return [line for text in whole for line in text.split("\n")]


def from_tokenizer_json(encoder_dir, _):
    tokenizer = Tokenizer.from_file(str(encoder_dir / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return encoder_dir, tokenizer


def from_vocab_txt(encoder_dir, tmp_path):
    for name in ("vocab.txt", "tokenizer_config.json"):
        shutil.copy(encoder_dir / name, tmp_path)
    return tmp_path, BertTokenizerFast.from_pretrained(tmp_path, local_files_only=True)._tokenizer


@pytest.mark.parametrize("load", [from_tokenizer_json, from_vocab_txt])
def test_ids_and_tokens_are_those_of_the_package(run, encoder_dir, tmp_path, texts, load):
    directory, reference = load(encoder_dir, tmp_path)
    token = {i: name for name, i in reference.get_vocab().items()}
    lines = run("tokenize", "--encoder", directory, stdin="".join(text + "\n" for text in texts)).out.split("\n")[:-1]
    assert len(lines) == len(texts)
    for start in range(0, len(texts), 10_000):
        part = texts[start : start + 10_000]
        for text, expected, line in zip(part, reference.encode_batch_fast(part), lines[start:]):
            found = json.loads(line)
            assert found["ids"] == expected.ids, ascii(text)
            assert found["tokens"] == [token[i] for i in expected.ids], ascii(text)
