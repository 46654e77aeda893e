"""Unigram and BPE with the parts that SentencePiece's models come with, learned here from texts in nine languages: the
same ids from `transfer-tune tokenize` and the tokenizers package for every code point, for random strings, and for all
of those texts."""

import io
import json

import pytest
from tokenizer_cases import KINDS_OF_TEXTS, expect_same_ids, expect_same_ids_of_a_megabyte, texts_of
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

sentencepiece = pytest.importorskip("sentencepiece", reason="pip install -r tests/oracle/requirements.txt")
from sentencepiece import sentencepiece_model_pb2  # noqa: E402 - only where the package is there

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def charsmap(rule):
    """The table of one of SentencePiece's own normalizers."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b c d e"] * 10), model_writer=model, vocab_size=12, hard_vocab_limit=False,
        normalization_rule_name=rule, minloglevel=2,
    )  # fmt: skip
    proto = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue())
    return normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)


def metaspace(scheme="always", split=True):
    return pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)


def framed():
    return processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])


def with_bytes(document):
    """The 256 tokens of bytes, at the end of the vocabulary."""
    model = document["model"]
    model["byte_fallback"] = True
    if model["type"] == "Unigram":
        model["vocab"] += [[token, -12.0] for token in BYTES]
    else:
        model["vocab"].update({token: len(model["vocab"]) + i for i, token in enumerate(BYTES)})


def xlm_roberta():
    normalizer = normalizers.Sequence([charsmap("nmt_nfkc"), normalizers.Replace(Regex(" {2,}"), " ")])
    return models.Unigram(), normalizer, metaspace(), None


def albert():
    steps = [
        normalizers.Replace("``", '"'), normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(),
        normalizers.Lowercase(), charsmap("nfkc_cf"), normalizers.Replace(Regex(" {2,}"), " "),
    ]  # fmt: skip
    words = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace()])
    return models.Unigram(), normalizers.Sequence(steps), words, None


def whole_texts():
    """Texts are not parted, and unknown characters are bytes."""
    normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Strip(left=True, right=True)])
    return models.Unigram(), normalizer, metaspace(split=False), with_bytes


def many_parts():
    words = [
        pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.Punctuation("merged_with_previous"), metaspace("first"),
    ]  # fmt: skip
    return models.Unigram(), normalizers.NFC(), pre_tokenizers.Sequence(words), None


def other_parts():
    words = [
        pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.Punctuation("contiguous"),
        pre_tokenizers.CharDelimiterSplit("a"), pre_tokenizers.Split("e", "merged_with_next"),
        pre_tokenizers.Split(Regex(r"\p{Lu}+"), "isolated", invert=True), metaspace("never"),
    ]  # fmt: skip
    return models.Unigram(), normalizers.Sequence([normalizers.NFD()]), pre_tokenizers.Sequence(words), None


def scripts():
    words = [pre_tokenizers.UnicodeScripts(), pre_tokenizers.FixedLength(7), metaspace("never")]
    return models.Unigram(), normalizers.NFC(), pre_tokenizers.Sequence(words), None


def bytes_written():
    words = pre_tokenizers.Sequence([pre_tokenizers.FixedLength(12), pre_tokenizers.Split("Ġ", "merged_with_next")])
    return models.BPE(unk_token="<unk>"), normalizers.Sequence([normalizers.NFC(), normalizers.ByteLevel()]), words, None


def word_ends():
    """CLIP's way to mark them."""
    normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    words = pre_tokenizers.Sequence([pre_tokenizers.Whitespace()])
    return models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), normalizer, words, None


def word_parts():
    """WordPiece's way to mark them."""
    model = models.BPE(unk_token="<unk>", continuing_subword_prefix="##", fuse_unk=True)
    return model, normalizers.NFKC(), pre_tokenizers.WhitespaceSplit(), None


def llama():
    normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return models.BPE(unk_token="<unk>", fuse_unk=True), normalizer, None, with_bytes


def gemma():
    words = pre_tokenizers.Split(" ", "merged_with_previous")
    return models.BPE(unk_token="<unk>", fuse_unk=True), normalizers.Replace(" ", "▁"), words, with_bytes


def metaspace_bpe():
    return models.BPE(unk_token="<unk>"), normalizers.StripAccents(), metaspace("first"), None


def few_bytes():
    """Most bytes have no token: what they are in is unknown, and waits behind bytes that do."""

    def change(document):
        with_bytes(document)
        for token in BYTES[:0x80] + BYTES[0xC0:0xF0:2]:
            del document["model"]["vocab"][token]
        tokens = sorted(document["model"]["vocab"], key=document["model"]["vocab"].get)
        document["model"]["vocab"] = {token: i for i, token in enumerate(tokens)}

    return models.BPE(unk_token="<unk>"), normalizers.Strip(left=False, right=True), metaspace(), change


KINDS = [
    xlm_roberta, albert, whole_texts, many_parts, other_parts, word_ends, word_parts, llama, gemma, metaspace_bpe,
    few_bytes, scripts, bytes_written,
]  # fmt: skip


def make(kind, texts, directory):
    """Writes a tokenizer.json of `kind`, learned from `texts`; the package's tokenizer of it."""
    model, normalizer, pre_tokenizer, change = kind()
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    # Texts that stay whole teach a model little: it learns from their words.
    whole = pre_tokenizer is None or kind is whole_texts
    tokenizer.pre_tokenizer = metaspace() if whole else pre_tokenizer
    if isinstance(model, models.Unigram):
        trainer = trainers.UnigramTrainer(vocab_size=4_000, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)
    else:
        marks = {
            "continuing_subword_prefix": model.continuing_subword_prefix, "end_of_word_suffix": model.end_of_word_suffix
        }  # fmt: skip
        trainer = trainers.BpeTrainer(
            vocab_size=4_000, special_tokens=SPECIAL, show_progress=False,
            **{key: mark for key, mark in marks.items() if mark},
        )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = framed()
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    tokenizer.add_tokens([AddedToken("weather", single_word=True, normalized=True)])
    document = json.loads(tokenizer.to_str())
    if whole:
        document["pre_tokenizer"] = pre_tokenizer and json.loads(pre_tokenizer.__getstate__())
    if change is not None:
        # Added tokens come behind the vocabulary: they move with its end.
        beyond = len(document["model"]["vocab"])
        change(document)
        for token in document["added_tokens"]:
            if token["id"] >= beyond:
                token["id"] += len(document["model"]["vocab"]) - beyond
    (directory / "tokenizer.json").write_text(json.dumps(document))
    return Tokenizer.from_file(str(directory / "tokenizer.json"))


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__)
def learned(request, xsid, tmp_path_factory):
    directory = tmp_path_factory.mktemp(request.param.__name__)
    return directory, make(request.param, xsid, directory)


@pytest.mark.parametrize("kind", KINDS_OF_TEXTS)
def test_ids_are_those_of_the_package(run, learned, xsid, kind):
    expect_same_ids(run, *learned, texts_of(kind, xsid))


def test_a_megabyte_is_one_text_like_any_other(run, learned, xsid):
    expect_same_ids_of_a_megabyte(run, *learned, xsid)
