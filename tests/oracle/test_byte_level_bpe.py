"""Byte-level BPE, learned here from real texts, through `transfer-tune tokenize` and the tokenizers package: the same
ids for every code point, for random strings, and for all texts of two data sets."""

import json
import shutil

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from conftest import cells
from test_checkpoint import MAX_LENGTH, QUESTIONS, TEXTS, TOLERANCE, Adaptation, write_texts
from tokenizer_cases import KINDS_OF_TEXTS, expect_same_ids, expect_same_ids_of_a_megabyte, texts_of
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, processors, trainers

CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def split_then_bytes(pattern):
    parts = [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]
    return pre_tokenizers.Sequence(parts)


def gpt2():
    return pre_tokenizers.ByteLevel(add_prefix_space=False), processors.ByteLevel(trim_offsets=False), {}


def roberta():
    return pre_tokenizers.ByteLevel(add_prefix_space=True), processors.RobertaProcessing(("</s>", 2), ("<s>", 0)), {}


def cl100k():
    template = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return split_then_bytes(CL100K), processors.Sequence([processors.ByteLevel(), template]), {"ignore_merges": True}


def o200k():
    return split_then_bytes(O200K), processors.ByteLevel(), {}


def whole_texts():
    """Words as long as the text, with an alphabet that lacks most bytes."""
    return pre_tokenizers.ByteLevel(True, use_regex=False), processors.ByteLevel(), {"unk_token": "<unk>", "fuse_unk": True}


@pytest.fixture(scope="module", params=[gpt2, roberta, cl100k, o200k, whole_texts], ids=lambda make: make.__name__)
def trained(request, xsid, tmp_path_factory):
    """A directory with tokenizer.json, and the package's tokenizer of it."""
    pre_tokenizer, post_processor, settings = request.param()
    tokenizer = Tokenizer(models.BPE(**settings))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.post_processor = post_processor
    alphabet = [] if settings.get("unk_token") else sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=6_000, initial_alphabet=alphabet, special_tokens=SPECIAL, show_progress=False
    )
    # Words are the texts for some settings: a part of them makes enough to do there.
    tokenizer.train_from_iterator(xsid if alphabet else xsid[:3_000], trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    tokenizer.add_tokens([AddedToken("weather", single_word=True)])
    directory = tmp_path_factory.mktemp(request.param.__name__)
    document = json.loads(tokenizer.to_str())
    if request.param is roberta:
        document["model"]["merges"] = [" ".join(pair) for pair in document["model"]["merges"]]
    document["padding"] = {
        "strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 1, "pad_type_id": 0,
        "pad_token": "<pad>",
    }  # fmt: skip
    (directory / "tokenizer.json").write_text(json.dumps(document))
    reference = Tokenizer.from_file(str(directory / "tokenizer.json"))
    reference.no_padding()
    return directory, reference


def real_texts(shared_data, xsid):
    return xsid + [text for name in ("train", "test") for text in cells(shared_data / f"banking77/{name}.csv")]


@pytest.mark.parametrize("kind", KINDS_OF_TEXTS)
def test_ids_are_those_of_the_package(run, trained, shared_data, xsid, kind):
    expect_same_ids(run, *trained, texts_of(kind, real_texts(shared_data, xsid)))


def test_a_megabyte_is_one_text_like_any_other(run, trained, xsid):
    expect_same_ids_of_a_megabyte(run, *trained, xsid)


def test_an_encoder_with_such_a_tokenizer_is_adapted_and_gives_the_same_logits_in_python(
    run, trained, encoder_dir, tmp_path
):
    directory, reference = trained
    encoder = shutil.copytree(encoder_dir, tmp_path / "encoder", copy_function=shutil.copyfile)
    for name in ("vocab.txt", "tokenizer_config.json", "special_tokens_map.json"):
        (encoder / name).unlink()
    # As RoBERTa's files are: no one names the padding token.
    document = json.loads((directory / "tokenizer.json").read_text()) | {"padding": None}
    (encoder / "tokenizer.json").write_text(json.dumps(document))
    write_texts(tmp_path / "train.csv")
    config = {
        "encoder": {"path": "encoder", "max_length": MAX_LENGTH},
        "head": {"type": "mean"},
        "target": {"name": "cards", "train": "train.csv", "test": "train.csv", "validation_fraction": 0},
        "transfer": {"policy": "frozen"},
        "training": {"device": "cpu", "precision": "fp32", "threads": 1},
        "output": {"dir": "run"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    run("--config", tmp_path / "config.json", "--quiet")
    adaptation = Adaptation(run, tmp_path)
    model = SentenceTransformer(str(adaptation.checkpoint), device="cpu")
    assert model.tokenizer.pad_token == "<pad>"
    for text in QUESTIONS:
        assert model.tokenizer(text)["input_ids"] == reference.encode(text).ids
    logits = model.encode(QUESTIONS)
    assert logits.shape == (len(QUESTIONS), len(TEXTS))
    np.testing.assert_allclose(adaptation.logits, logits, rtol=0, atol=TOLERANCE)
