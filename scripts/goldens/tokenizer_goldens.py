"""Writes tests/tokenizer/goldens: small tokenizers, what the tokenizers package makes of texts with them, and hashes of
what it makes of every Unicode code point.

    python scripts/goldens/tokenizer_goldens.py

Needs tokenizers==0.23.3, transformers==5.23.0 and the encoder in .deps/encoders/all-MiniLM-L6-v2 (scripts/setup).
"""

import hashlib
import json
import pathlib
import random
import struct

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizerFast

ROOT = pathlib.Path(__file__).parents[2]
OUTPUT = ROOT / "tests/tokenizer/goldens"
ENCODER = ROOT / ".deps/encoders/all-MiniLM-L6-v2"
BLOCK = 1024

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789éİßσς你好и한"
WORDS = ["play", "un", "hello", "don", "card", "new", "york", "New", "Café", "cafe", "привет", "##ing", "##aff", "##able"]
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[]^_{|}~¿、。"
FRAGMENTS = [
    *SPECIAL, *WORDS, "[CLS]x", "a[SEP]", "[mask]", "##", " ", "  ", "\t", "\r\n", "\u00a0", "\u3000", "\u2028", "\0", "\u200d",
    "\ufffd", "\u0301", "e\u0301\u0323", "\u302e\u0301\u302f", "\U0001d165\u0300\U0001d166", "ΑΣ", "ﬁ", "각", "가", "豈", "Ελλάδα", "Привет",
    "don't", "a" * 20, "a" * 21, "é" * 20, "é" * 21, "New York", "new  york", "<intent>", "<INTENT>", "x<intent>", "😀", "𠀀",
]  # fmt: skip


def random_text(stream):
    parts = []
    for _ in range(stream.choice([0, 1, 2, 4, 8, 16])):
        kind = stream.random()
        if kind < 0.4:
            parts.append(stream.choice(FRAGMENTS))
        elif kind < 0.8:
            parts.append("".join(stream.choices(CHARACTERS, k=stream.randint(1, 6))))
        elif kind < 0.9:
            parts.append(stream.choice(PUNCTUATION))
        else:
            parts.append(chr(stream.choice([*range(0x20, 0xD800), *range(0xE000, 0x10000), 0x1F600, 0xE0001])))
    return "".join(parts)


def vocabulary():
    tokens = [*SPECIAL, *CHARACTERS, *(f"##{c}" for c in CHARACTERS), *WORDS, *PUNCTUATION]
    assert len(set(tokens)) == len(tokens)
    return tokens


def micro_tokenizer_json(directory):
    """An uncased tokenizer with added tokens of every kind, as tokenizer.json."""
    ids = {token: i for i, token in enumerate(vocabulary())}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=20))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    tokenizer.add_special_tokens([*SPECIAL[:4], AddedToken("[MASK]", lstrip=True, normalized=False)])
    tokenizer.add_tokens([AddedToken("<intent>", single_word=True), AddedToken("New York", rstrip=True, normalized=True)])
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "tokenizer.json").write_text(tokenizer.to_str(pretty=True) + "\n")
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: tokenizer.encode(text).ids


def micro_vocab_txt(directory):
    """A cased tokenizer that keeps accents, as vocab.txt and tokenizer_config.json."""
    tokens = vocabulary()
    config = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": False,
        "tokenize_chinese_chars": False,
        "mask_token": "[MASK]",
        "model_max_length": 16,
        "added_tokens_decoder": {
            str(tokens.index("[MASK]")): {"content": "[MASK]", "lstrip": True, "normalized": False, "special": True},
            str(len(tokens)): {"content": "<intent>", "single_word": True, "normalized": True, "special": False},
        },
    }
    flags = {"lstrip": False, "rstrip": False, "single_word": False}
    config["added_tokens_decoder"] = {i: {**flags, **token} for i, token in config["added_tokens_decoder"].items()}
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "vocab.txt").write_text("".join(token + "\n" for token in tokens))
    (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    tokenizer = BertTokenizerFast.from_pretrained(directory, local_files_only=True)
    return lambda text: tokenizer(text)["input_ids"]


def trained_bpe(pre_tokenizer, special, **settings):
    """A byte-level BPE tokenizer of 600 tokens, learned from the texts that the cases are made of."""
    tokenizer = Tokenizer(models.BPE(**settings))
    tokenizer.pre_tokenizer = pre_tokenizer
    stream = random.Random(5)
    texts = [*FRAGMENTS, *(" ".join(stream.choices(WORDS + FRAGMENTS, k=8)) for _ in range(300))]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=600, initial_alphabet=alphabet, special_tokens=special, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def micro_roberta(directory):
    """RoBERTa's parts, the merges written as strings."""
    tokenizer = trained_bpe(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    document = json.loads(tokenizer.to_str())
    document["model"]["merges"] = [" ".join(pair) for pair in document["model"]["merges"]]
    return write_tokenizer(directory, document)


CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def micro_cl100k(directory):
    """cl100k's pattern before the bytes, whole words first, merges as pairs, post-processors in a sequence."""
    parts = [pre_tokenizers.Split(Regex(CL100K), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    tokenizer = trained_bpe(pre_tokenizers.Sequence(parts), ["<|begin|>", "<|pad|>"], ignore_merges=True)
    template = processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", 0)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    tokenizer.enable_padding(pad_id=1, pad_token="<|pad|>")
    document = json.loads(tokenizer.to_str())
    # A word that no merges lead to, but that is a token.
    document["model"]["vocab"]["qzqz"] = len(document["model"]["vocab"])
    return write_tokenizer(directory, document)


def charsmap(entries):
    """A charsmap as SentencePiece packs it; each node of its trie has a block of 256 units to itself."""
    units, blocks, places, texts = [256 << 10] + [0] * 511, {b"": 256}, {b"": 0}, b""
    for key, value in entries.items():
        key = key.encode()
        for length in range(1, len(key) + 1):
            prefix = key[:length]
            if prefix in places:
                continue
            place, block = blocks[prefix[:-1]] ^ prefix[-1], len(units)
            places[prefix], blocks[prefix] = place, block
            units += [0] * 256
            units[place] = (place ^ block) << 10 | prefix[-1]
        units[places[key]] |= 1 << 8
        units[blocks[key]] = 1 << 31 | len(texts)
        texts += value.encode() + b"\0"
    return struct.pack(f"<I{len(units)}I", 4 * len(units), *units) + texts


CHARSMAP = {"\t": " ", "\r": " ", "\n": " ", "\u3000": " ", "A": "a", "\u00e9": "e\u0301", "o\u0308": "\u00f6", "\ufb01": "fi", "\0x": "y"}


def learned(model, normalizer, pre_tokenizer):
    """A model of 500 tokens, learned from the texts that the cases are made of."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    stream = random.Random(6)
    texts = [*FRAGMENTS, *(" ".join(stream.choices(WORDS + FRAGMENTS, k=8)) for _ in range(300))]
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    if isinstance(model, models.Unigram):
        trainer = trainers.UnigramTrainer(vocab_size=500, special_tokens=special, unk_token="<unk>", show_progress=False)
    else:
        trainer = trainers.BpeTrainer(
            vocab_size=500, special_tokens=special, show_progress=False, end_of_word_suffix=model.end_of_word_suffix or ""
        )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.add_special_tokens([AddedToken("[MASK]", lstrip=True, normalized=False)])
    return json.loads(tokenizer.to_str())


def micro_unigram(directory):
    """XLM-R's parts."""
    steps = [normalizers.Precompiled(charsmap(CHARSMAP)), normalizers.Replace(Regex(" {2,}"), " ")]
    return write_tokenizer(
        directory, learned(models.Unigram(), normalizers.Sequence(steps), pre_tokenizers.Metaspace())
    )


def micro_unigram_bytes(directory):
    """ALBERT's normalizers, words parted by kinds, unknown characters as bytes."""
    steps = [
        normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(),
        normalizers.Nmt(), normalizers.Strip(), normalizers.NFC(),
    ]  # fmt: skip
    words = [
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.Punctuation("merged_with_next"), pre_tokenizers.Metaspace(prepend_scheme="first"),
    ]  # fmt: skip
    document = learned(models.Unigram(), normalizers.Sequence(steps), pre_tokenizers.Sequence(words))
    model = document["model"]
    document["added_tokens"][-1]["id"] += 256
    model["byte_fallback"] = True
    model["vocab"] += [[f"<0x{byte:02X}>", -15.25] for byte in range(256)]
    return write_tokenizer(directory, document)


def micro_llama(directory):
    """SentencePiece's BPE: texts whole, unknown characters as bytes."""
    steps = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    document = learned(models.BPE(unk_token="<unk>", fuse_unk=True), normalizers.Sequence(steps), pre_tokenizers.Metaspace())
    model = document["model"]
    document["pre_tokenizer"] = None
    document["added_tokens"][-1]["id"] += 256
    model["byte_fallback"] = True
    model["vocab"].update({f"<0x{byte:02X}>": len(model["vocab"]) + byte for byte in range(256)})
    return write_tokenizer(directory, document)


def micro_word_ends(directory):
    """CLIP's way to mark them."""
    words = pre_tokenizers.Sequence([pre_tokenizers.Whitespace()])
    return write_tokenizer(
        directory, learned(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), normalizers.NFC(), words)
    )


def write_tokenizer(directory, document):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "tokenizer.json").write_text(json.dumps(document, indent=0, ensure_ascii=False) + "\n")
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_padding()
    return lambda text: tokenizer.encode(text).ids


def write_cases(directory, encode, seed):
    stream = random.Random(seed)
    texts = ["", *FRAGMENTS, *(random_text(stream) for _ in range(250))]
    if directory.name in ("roberta", "cl100k"):
        texts += ["qzqz", "it'S we'LL", "a  b \n\n c\r\n", "1234567", "\u180e x", "\u0085y", "x <mask>y", "naïve\u1c89"]
    cases = [json.dumps({"text": text, "ids": encode(text)}) for text in texts]
    (directory / "cases.json").write_text("[\n" + ",\n".join(cases) + "\n]\n")


def word_lines(lowercase, strip_accents):
    """The words of a text, a line each, and an empty line."""
    normalize = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=strip_accents).normalize_str
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    return lambda texts: "".join("".join(w + "\n" for w, _ in split(normalize(text))) + "\n" for text in texts)


def id_lines():
    """The ids of a text with the encoder's tokenizer, a line each."""
    tokenizer = Tokenizer.from_file(str(ENCODER / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda texts: "".join(" ".join(map(str, e.ids)) + "\n" for e in tokenizer.encode_batch(texts))


def form_lines():
    """What each normalizer makes of a text, a line each."""
    every_lead = {chr(c): "x" for c in range(1, 0x80)} | {"\u00a9": "x", "\u0600": "x", "\u0915": "x", "\u1100": "x"}
    parts = [
        normalizers.NFC(), normalizers.NFD(), normalizers.NFKC(), normalizers.NFKD(), normalizers.StripAccents(),
        normalizers.Nmt(), normalizers.Lowercase(), normalizers.Precompiled(charsmap(every_lead)),
    ]  # fmt: skip
    return lambda texts: "".join(part.normalize_str(text) + "\n" for text in texts for part in parts)


def part_lines():
    """The words of a text by each pre-tokenizer, a line each, and empty lines."""
    parts = [
        pre_tokenizers.Whitespace(), pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation(),
        pre_tokenizers.Digits(individual_digits=True),
    ]  # fmt: skip
    return lambda texts: "".join(
        "".join(w + "\n" for w, _ in part.pre_tokenize_str(text)) + "\n" for text in texts for part in parts
    )


def write_code_points(path):
    columns = {
        "uncased": word_lines(True, True),
        "cased": word_lines(False, False),
        "lower": word_lines(True, False),
        "ids": id_lines(),
        "forms": form_lines(),
        "parts": part_lines(),
    }
    lines = [f"# first code point of {BLOCK}, hashes: " + " ".join(columns)]
    for start in range(0, 0x110000, BLOCK):
        block = [chr(c) for c in range(start, start + BLOCK) if not 0xD800 <= c < 0xE000]
        texts = [text for c in block for text in (c, f"a{c}b")]
        hashes = [hashlib.sha256(column(texts).encode()).hexdigest()[:8] for column in columns.values()]
        lines.append(" ".join([f"{start:x}", *hashes]))
    path.write_text("\n".join(lines) + "\n")


def main():
    for name, make, seed in [
        ("tokenizer_json", micro_tokenizer_json, 1),
        ("vocab_txt", micro_vocab_txt, 2),
        ("roberta", micro_roberta, 3),
        ("cl100k", micro_cl100k, 4),
        ("unigram", micro_unigram, 5),
        ("unigram_bytes", micro_unigram_bytes, 6),
        ("llama", micro_llama, 7),
        ("word_ends", micro_word_ends, 8),
    ]:
        write_cases(OUTPUT / name, make(OUTPUT / name), seed)
    write_code_points(OUTPUT / "code_points.txt")


if __name__ == "__main__":
    main()
