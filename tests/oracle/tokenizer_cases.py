"""Texts for the oracle tests of tokenizers, and the comparison of ids that they share."""

import json
import random

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


CODE_POINTS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def code_point_texts():
    return [text for c in CODE_POINTS for text in (c, f"a{c}b")]


def packed_code_points():
    """The first code points alone, and every one, eight a text, between letters and digits and at a word's ends."""
    eight = ("".join(f"a{c}b {c}1{c}  " for c in CODE_POINTS[i : i + 8]) for i in range(0, len(CODE_POINTS), 8))
    return [*CODE_POINTS[:0x3100], *eight]


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


KINDS_OF_TEXTS = ["code points", "random", "real"]


def texts_of(kind, real):
    """Of one of the kinds above; `real` are those of data sets."""
    return {"code points": packed_code_points, "random": lambda: random_texts(50_000, seed=13), "real": lambda: real}[kind]()


def expect_same_ids_of_a_megabyte(run, directory, reference, texts):
    """One text like any other, but for its length."""
    text = " ".join(line.replace("\n", " ") for line in texts)
    text = (text * (1 + 1_000_000 // len(text)))[:1_000_000]
    found = json.loads(run("tokenize", "--encoder", directory, stdin=text + "\n").out)
    assert found["ids"] == reference.encode(text).ids


def expect_same_ids(run, directory, reference, texts):
    """Each line of each text gets the same ids from `transfer-tune tokenize` as from the package's tokenizer."""
    # A carriage return before it is part of a line's end.
    texts = [line.rstrip("\r") for text in texts for line in text.split("\n")]
    lines = run("tokenize", "--encoder", directory, stdin="".join(text + "\n" for text in texts)).out.split("\n")[:-1]
    assert len(lines) == len(texts)
    for start in range(0, len(texts), 10_000):
        part = texts[start : start + 10_000]
        for text, expected, line in zip(part, reference.encode_batch_fast(part), lines[start:]):
            assert json.loads(line)["ids"] == expected.ids, ascii(text)
