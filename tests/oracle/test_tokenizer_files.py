"""Tokenizers without a tokenizer.json: SentencePiece models, learned here, and vocab.json with merges.txt. The same ids
from `transfer-tune tokenize` as from the class of transformers that the files name."""

import csv
import io
import json

import numpy as np
import pytest
import torch
import transformers
from test_encoder_files import QUESTIONS, TEXTS, TOLERANCE, python_logits
from test_families import CONFIGS, MAX_LENGTH, our_logits
from tokenizer_cases import expect_same_ids, random_texts
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoModel, DebertaV2Config

sentencepiece = pytest.importorskip("sentencepiece", reason="pip install -r tests/oracle/requirements.txt")

MASK = {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}
FAIRSEQ = {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1}
ALBERT = {
    "pad_id": 0, "unk_id": 1, "bos_id": 2, "eos_id": 3, "bos_piece": "[CLS]", "eos_piece": "[SEP]",
    "control_symbols": ["[MASK]"], "user_defined_symbols": ["(", ")", "-", "."],
}  # fmt: skip
DEBERTA = {
    "pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]",
    "unk_piece": "[UNK]", "control_symbols": ["[MASK]"],
}  # fmt: skip

# The file, the class, what SentencePiece is told, tokenizer_config.json, and further files.
KINDS = {
    "xlm_roberta": ("sentencepiece.bpe.model", "XLMRobertaTokenizer", FAIRSEQ, {"mask_token": MASK}, {}),
    "xlm_roberta_older": (
        "sentencepiece.bpe.model", "XLMRobertaTokenizer", FAIRSEQ, {},
        {"special_tokens_map.json": {"mask_token": {**MASK, "lstrip": True}}, "added_tokens.json": {"<weather>": 4003}},
    ),
    "camembert": ("sentencepiece.bpe.model", "CamembertTokenizer", FAIRSEQ, {}, {}),
    "albert": ("spiece.model", "AlbertTokenizer", ALBERT, {}, {}),
    "albert_cased": ("spiece.model", "AlbertTokenizer", ALBERT, {"do_lower_case": False, "keep_accents": True}, {}),
    "deberta": ("spm.model", "DebertaV2Tokenizer", DEBERTA, {}, {}),
    "deberta_other": ("spm.model", "DebertaV2Tokenizer", DEBERTA, {"do_lower_case": True, "split_by_punct": True}, {}),
    "roberta": ("vocab.json", "RobertaTokenizer", None, {"mask_token": MASK}, {}),
    "roberta_prefix": (
        "vocab.json", "RobertaTokenizer", None,
        {"add_prefix_space": True, "added_tokens_decoder": {
            "4": {**MASK, "special": True}, "4001": {**MASK, "content": "<weather>", "lstrip": False, "special": False}
        }},
        {},
    ),
}  # fmt: skip


def write_model(path, texts, settings):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(text for text in texts if text.strip()), model_writer=model, vocab_size=4_000,
        normalization_rule_name="nmt_nfkc", minloglevel=2, **settings,
    )  # fmt: skip
    path.write_bytes(model.getvalue())


def write_vocabulary(directory, texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=4_000, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
    )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.model.save(str(directory))


def make(name, texts, directory):
    """Writes the files of a kind; the class of transformers that reads them."""
    file, class_name, settings, config, others = KINDS[name]
    if settings is None:
        write_vocabulary(directory, texts)
    else:
        write_model(directory / file, texts, settings)
    (directory / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": class_name, **config}))
    for other, content in others.items():
        (directory / other).write_text(json.dumps(content))
    return getattr(transformers, class_name).from_pretrained(directory, local_files_only=True)


@pytest.fixture(scope="module", params=KINDS)
def made(request, xsid, tmp_path_factory):
    directory = tmp_path_factory.mktemp(request.param)
    return directory, make(request.param, xsid, directory)._tokenizer


@pytest.mark.parametrize("kind", ["random", "real"])
def test_ids_are_those_of_transformers(run, made, xsid, kind):
    directory, reference = made
    texts = xsid if kind == "real" else random_texts(20_000, seed=17)
    tokens = ["a <mask> b", "x <weather>y", "<s>a</s>", "[CLS] ( a.", "``b''", "<pad><unk>"]
    expect_same_ids(run, directory, reference, texts + tokens)


def test_a_deberta_checkpoint_with_its_sentencepiece_model_alone(run, xsid, tmp_path):
    """As microsoft/deberta-v3-base: no tokenizer.json, no class named, the mask behind the model's pieces."""
    encoder = tmp_path / "encoder"
    torch.manual_seed(9)
    config = CONFIGS["deberta-v3"].to_dict() | {"vocab_size": 4_100}
    AutoModel.from_config(DebertaV2Config.from_dict(config)).save_pretrained(encoder)
    settings = {key: value for key, value in DEBERTA.items() if key != "control_symbols"}
    write_model(encoder / "spm.model", xsid, settings)
    (encoder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False, "vocab_type": "spm"}))
    with (tmp_path / "train.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *([t, label] for label in TEXTS for t in TEXTS[label])])
    run_config = {
        "encoder": {"path": "encoder", "max_length": MAX_LENGTH},
        "target": {"train": "train.csv", "test": "train.csv", "validation_fraction": 0},
        "transfer": {"policy": "full"},
        "training": {"precision": "fp32", "threads": 1, "epochs": 1},
        "evaluation": {"data_checks": False, "bootstrap_samples": 100},
        "output": {"dir": "out"},
    }
    (tmp_path / "config.json").write_text(json.dumps(run_config))
    run("--config", tmp_path / "config.json", "--quiet")
    reference = transformers.AutoTokenizer.from_pretrained(encoder, local_files_only=True)
    expect_same_ids(run, encoder, reference._tokenizer, [*xsid[:500], "a [MASK] b", *QUESTIONS])
    expected = our_logits(run, tmp_path / "out")
    np.testing.assert_allclose(expected, python_logits(tmp_path / "out/checkpoint", "mean", 32), rtol=0, atol=TOLERANCE)
