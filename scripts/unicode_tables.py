#!/usr/bin/env python3
"""Generates src/tokenizer/unicode_tables.cpp from the behaviour of the `tokenizers` package.

    python scripts/unicode_tables.py          # needs: pip install tokenizers==0.23.3; two minutes

The package classifies code points by several Unicode versions at once, so no Unicode library agrees with it on all of
them. Every property is therefore read off by asking the package about every code point.
"""

import itertools
import pathlib
import struct
import unicodedata

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "src/tokenizer/unicode_tables.cpp"
PAGE = 128
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
# The order of the bits of `Character::flags` in src/tokenizer/unicode.hpp.
FLAGS = ["dropped", "whitespace", "cjk", "mark", "punctuation", "word", "decomposes", "lowers", "combining", "numeric", "folds",
         "joins"]  # fmt: skip
# The order of `ClusterClass` there. CR, LF and ZWJ, one code point each, are told apart by the code.
CLUSTER_CLASSES = ["other", "control", "extend", "linked", "linker", "spacing", "prepend", "pictographic", "consonant", "leading",
                   "vowel", "trailing", "open_syllable", "closed_syllable"]  # fmt: skip


def bert_normalizer(**on):
    settings = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**{**settings, **on}).normalize_str


def word_characters():
    """The code points that the package's single-word test of added tokens takes for a part of a word."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.add_tokens([AddedToken("qq", single_word=True, normalized=False)])
    encodings = tokenizer.encode_batch([chr(c) + "qq" for c in CODE_POINTS])
    return {c for c, encoding in zip(CODE_POINTS, encodings) if "qq" not in encoding.tokens}


def combining_classes(nfd):
    """Canonical combining classes, from which pairs of marks the package's NFD swaps."""

    def swaps(first, second):
        return first != second and nfd(first + second) == second + first

    references = {}
    for c in map(chr, CODE_POINTS):
        number = unicodedata.combining(c)
        if number and nfd(c) == c and (swaps("\u0345", c) or swaps(c, "\u0334")):
            references.setdefault(number, c)
    for (low, a), (high, b) in itertools.combinations(sorted(references.items()), 2):
        assert swaps(b, a) and not swaps(a, b), (low, high)
    classes = {}
    for code in CODE_POINTS:
        c = chr(code)
        if nfd(c) != c or not (swaps("\u0345", c) or swaps(c, "\u0334")):
            continue
        equal = [n for n, other in references.items() if not swaps(c, other) and not swaps(other, c)]
        assert len(equal) == 1, hex(code)
        classes[code] = equal[0]
    return classes


def hangul(code):
    """The arithmetic decomposition of a Hangul syllable (Unicode, section 3.12), None for other code points."""
    index = code - 0xAC00
    if not 0 <= index < 11172:
        return None
    parts = [0x1100 + index // 588, 0x1161 + index % 588 // 28] + ([0x11A7 + index % 28] if index % 28 else [])
    return "".join(map(chr, parts))


def lead_byte_charsmap():
    """A charsmap that makes an X of everything: it has every byte that begins a character as a key. A grapheme cluster
    of less than six bytes becomes one X, a longer one an X for each of its characters, which tells where clusters end."""
    base = 256
    units = [0] * 512
    units[0] = base << 10
    leads = [*range(1, 0x80), *range(0xC2, 0xF5)]
    for number, lead in enumerate(leads):
        place = base ^ lead
        block = 512 + 256 * number
        units[place] = (place ^ block) << 10 | 1 << 8 | lead
        units += [1 << 31] + [0] * 255
    return struct.pack(f"<I{len(units)}I", 4 * len(units), *units) + b"X\0"


def cluster_classes():
    """What a code point does where the package looks for the ends of grapheme clusters. Only what decides whether a
    cluster has less than six bytes can be seen there, and only that is asked."""
    clusters = normalizers.Precompiled(lead_byte_charsmap()).normalize_str

    def joined(before, after):
        """True if both are one cluster, of which together they have less than six bytes."""
        assert len((before + after).encode()) < 6
        return clusters(before + after) == "X"

    def joins(before, c, mark=""):
        """True if `c` is in the cluster of `before`, of more than five bytes with it."""
        assert len((before + c).encode()) >= 6
        return clusters(before + c + mark) == "X" * len(before + c + mark)

    def hangul_class(c):
        after_leading, after_vowel = joins("\u0600\u1100", c), joins("\u0600\u1161", c)
        if not after_leading and not after_vowel:
            return None
        if after_vowel:
            return "vowel" if after_leading else "trailing"
        if joins("\u0600" + c, "\u1100"):
            return "leading"
        return "open_syllable" if joins("\u0600" + c, "\u1161") else "closed_syllable"

    def class_of(c):
        size = len(c.encode())
        if joined("a", c):
            if joins("\u0915" + c, "\u0915", "\u0300"):
                return "linker"
            if joins("\u0915" + c + "\u094d", "\u0915", "\u0300"):
                return "linked"
            return "extend" if joins("\U0001f600" + c + "\u200d", "\u00a9", "\u0300") else "spacing"
        # Behind a control, the joiner and the mark are a cluster of less than six bytes.
        if clusters(c + "\u200d\u0300") == "XX":
            return "control"
        if joined(c, "a"):
            return "prepend"
        if c != "\n" and size > 1 and joins(c + "\u200d", "\u00a9", "\u0300"):
            assert joins("\u00a9\u200d", c)
            return "pictographic"
        if size > 2:
            if joins("\u0915\u094d", c, "\u0300" if size == 3 else "") and joins(c + "\u094d", "\u0915", "\u0300"):
                return "consonant"
            if size == 3 or joins("\u0600\u1100", c):
                return hangul_class(c) or "other"
        return "other"

    return {code: class_of(chr(code)) for code in CODE_POINTS if code}


def compositions(nfc, nfd):
    """The pairs of code points that the package's NFC composes, Hangul but for, which composes by arithmetic."""
    pairs = {}
    for code in CODE_POINTS:
        c = chr(code)
        parts = nfd(c)
        if parts == c or hangul(code) is not None or nfc(c) != c:
            continue
        first, second = nfc(parts[:-1]), parts[-1]
        assert len(first) == 1 and nfc(first + second) == c, hex(code)
        pairs[ord(first), ord(second)] = code
    return pairs


def split_kind(split, c):
    pieces = [piece for piece, _ in split("a" + c + "b")]
    kinds = {("a" + c + "b",): "word", ("a", "b"): "whitespace", ("a", c, "b"): "punctuation"}
    return kinds[tuple(pieces)]


def probe():
    clean, cjk = bert_normalizer(clean_text=True), bert_normalizer(handle_chinese_chars=True)
    strip, lower = bert_normalizer(strip_accents=True), bert_normalizer(lowercase=True)
    nfd, nfc, nfkd = (kind().normalize_str for kind in (normalizers.NFD, normalizers.NFC, normalizers.NFKD))
    unmark = normalizers.StripAccents().normalize_str
    digits = pre_tokenizers.Digits(individual_digits=True).pre_tokenize_str
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    words, classes = word_characters(), combining_classes(nfd)
    clusters, pairs = cluster_classes(), compositions(nfc, nfd)
    seconds = {second for _, second in pairs} | set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    characters, decompositions, lowercases, compatible = {}, {}, {}, {}
    for code in CODE_POINTS:
        c = chr(code)
        flags = set()
        kind = split_kind(split, c)
        cleaned = clean(c)
        if not cleaned:
            flags.add("dropped")
        else:
            assert cleaned == (" " if kind == "whitespace" else c), hex(code)
        if kind != "word":
            flags.add(kind)
        if cjk(c) != c:
            assert cjk(c) == f" {c} "
            flags.add("cjk")
        if code in words:
            flags.add("word")
        if nfd(c) != c:
            flags.add("decomposes")
            if hangul(code) is None:
                decompositions[code] = nfd(c)
            else:
                assert hangul(code) == nfd(c)
        elif strip(c) != c:
            assert strip(c) == ""
            flags.add("mark")
        if not unmark(c):
            flags.add("combining")
        if len(digits("a" + c + "b")) == 3:
            flags.add("numeric")
        if nfkd(c) != nfd(c):
            flags.add("folds")
            compatible[code] = nfkd(c)
        if code in seconds:
            flags.add("joins")
        if lower(c) != c:
            flags.add("lowers")
            lowercases[code] = lower(c)
        cluster = CLUSTER_CLASSES.index(clusters.get(code, "control"))
        characters[code] = (sum(1 << FLAGS.index(flag) for flag in flags), classes.get(code, 0), cluster)
    for c in characters:
        ascii_is_plain = c >= 128 or not characters[c][0] & (1 << FLAGS.index("cjk") | 1 << FLAGS.index("decomposes"))
        assert ascii_is_plain, hex(c)
    return characters, {"kDecompositions": decompositions, "kFoldings": compatible, "kLowercases": lowercases}, pairs


def rows(values, width=120):
    """`values` separated by commas, in lines of at most `width` characters."""
    line = ""
    for value in values:
        if len(line) + len(value) + 2 > width:
            yield line
            line = ""
        line += (" " if line else "") + value + ","
    yield line


def array(declaration, values):
    return "\n".join([f"{declaration} = {{", *rows(values), "};", ""])


def mapping_tables(name, mapping, pool):
    entries = []
    for code, text in sorted(mapping.items()):
        entries.append(f"{{0x{code:X}, {len(pool)}, {len(text)}}}")
        pool.extend(map(ord, text))
    return [array(f"constexpr Mapping {name}Entries[]", entries), f"const std::span<const Mapping> {name} = {name}Entries;\n"]


def main():
    characters, mappings, pairs = probe()
    records = sorted(set(characters.values()))
    index_of = {record: i for i, record in enumerate(records)}
    plain = index_of[0, 0, 0]  # surrogates are no characters: nothing asks for them
    indexes = [index_of[characters[c]] if c in characters else plain for c in range(0x110000)]
    pages, page_of = [], []
    for start in range(0, 0x110000, PAGE):
        page = tuple(indexes[start : start + PAGE])
        if page not in pages:
            pages.append(page)
        page_of.append(pages.index(page))
    assert len(records) < 256 and len(pages) < 65536
    pool = []
    parts = [
        "// Generated by scripts/unicode_tables.py from the behaviour of tokenizers "
        f"{tokenizers.__version__}; do not edit.\n"
        "// To regenerate: pip install tokenizers, then python scripts/unicode_tables.py\n"
        "// clang-format off\n"
        '#include "tokenizer/unicode.hpp"\n\n'
        "namespace tt::tokenizer::tables {\n",
        array(f"const Character kCharacters[{len(records)}]", [f"{{{f}, {k}, {cluster}}}" for f, k, cluster in records]),
        array(f"const std::uint16_t kPageOf[{len(page_of)}]", map(str, page_of)),
        array(f"const std::uint8_t kPages[{len(pages) * PAGE}]", [str(i) for page in pages for i in page]),
        *(part for name, mapping in mappings.items() for part in mapping_tables(name, mapping, pool)),
        array("constexpr Composition kCompositionsEntries[]", [f"{{0x{a:X}, 0x{b:X}, 0x{c:X}}}" for (a, b), c in sorted(pairs.items())]),
        "const std::span<const Composition> kCompositions = kCompositionsEntries;\n",
        array(f"const char32_t kMapped[{len(pool)}]", [f"0x{c:X}" for c in pool]),
        "}  // namespace tt::tokenizer::tables\n",
    ]
    assert len(pool) < 65536
    OUTPUT.write_text("\n".join(parts))
    sizes = ", ".join(f"{len(mapping)} {name}" for name, mapping in mappings.items())
    print(f"{OUTPUT}: {len(records)} kinds of character, {len(pages)} pages, {sizes}, {len(pairs)} compositions, "
          f"{OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
