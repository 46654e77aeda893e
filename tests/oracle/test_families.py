"""Encoder families beside BERT: small random checkpoints that transformers writes answer alike here and there, and so do
those that the program writes from them, under both heads and with every weight trained."""

import csv
import json
import string

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from test_encoder_files import QUESTIONS, TEXTS, TOLERANCE, python_logits
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AlbertConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    CamembertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    NomicBertConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
    XLMRobertaConfig,
)

LETTERS = [*string.ascii_lowercase, *(f"##{letter}" for letter in string.ascii_lowercase)]
WORDS = [*LETTERS, *string.punctuation, "card", "money", "my", "the", "account", "please"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
ROBERTA_VOCABULARY = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *WORDS]
# A byte-level BPE: its special tokens, the bytes, and a few merges.
BYTE_LEVEL_SIZE = 5 + 256 + 60
MAX_LENGTH = 32
LABELS = sorted(TEXTS)
LIKE_BERT = {
    "vocab_size": len(VOCABULARY), "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3,
    "intermediate_size": 40, "max_position_embeddings": 40,
}  # fmt: skip
LIKE_ROBERTA = LIKE_BERT | {"vocab_size": BYTE_LEVEL_SIZE, "type_vocab_size": 1}
LIKE_MODERNBERT = LIKE_BERT | {
    "vocab_size": BYTE_LEVEL_SIZE, "num_attention_heads": 2, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2,
    "cls_token_id": 0, "sep_token_id": 2,
}  # fmt: skip

# Of each family a few small encoders.
CONFIGS = {
    "albert-shared": AlbertConfig(**LIKE_BERT, embedding_size=16),
    "albert-groups": AlbertConfig(
        **LIKE_BERT | {"num_hidden_layers": 4, "hidden_act": "gelu"}, embedding_size=24, num_hidden_groups=2
    ),
    "camembert": CamembertConfig(**LIKE_ROBERTA),
    "deberta-v3": DebertaV2Config(
        **LIKE_BERT, relative_attention=True, position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True,
        pos_att_type=["p2c", "c2p"], position_biased_input=False,
    ),
    "deberta-v2-own-projections": DebertaV2Config(
        **LIKE_BERT, relative_attention=True, pos_att_type="c2p|p2c", max_relative_positions=6, embedding_size=16,
        type_vocab_size=2, pooler_dropout=0.2, pooler_hidden_act="relu",
    ),
    "deberta-v2-p2c": DebertaV2Config(
        **LIKE_BERT, relative_attention=True, pos_att_type=["p2c"], position_buckets=6, position_biased_input=False,
    ),
    "distilbert-gelu": DistilBertConfig(
        vocab_size=len(VOCABULARY), dim=24, n_layers=2, n_heads=3, hidden_dim=40, max_position_embeddings=40
    ),
    "distilbert-relu-sinusoidal": DistilBertConfig(
        vocab_size=len(VOCABULARY), dim=32, n_layers=3, n_heads=2, hidden_dim=20, max_position_embeddings=MAX_LENGTH,
        activation="relu", sinusoidal_pos_embds=True, seq_classif_dropout=0.0,
    ),
    "electra-projected": ElectraConfig(**LIKE_BERT, embedding_size=16),
    "electra-plain": ElectraConfig(**LIKE_BERT, embedding_size=24, classifier_dropout=0.2),
    "modernbert-cls": ModernBertConfig(**LIKE_MODERNBERT | {"num_hidden_layers": 4}, local_attention=8),
    "modernbert-mean": ModernBertConfig(
        **LIKE_MODERNBERT, classifier_pooling="mean", norm_bias=True, classifier_bias=True, hidden_activation="relu",
        classifier_activation="relu", layer_types=["full_attention"] * 2,
    ),
    "mpnet": MPNetConfig(**LIKE_BERT),
    "nomic_bert": NomicBertConfig(**LIKE_BERT | {"num_attention_heads": 2}),
    "roberta": RobertaConfig(**LIKE_ROBERTA),
    "roberta-shortest": RobertaConfig(**LIKE_ROBERTA | {"max_position_embeddings": MAX_LENGTH + 2}),
    "xlm-roberta": XLMRobertaConfig(**LIKE_ROBERTA),
}  # fmt: skip

# The hidden layer's tensors of a family's head.
DENSE = ["classifier.dense.weight", "classifier.dense.bias"]
HEAD_TENSORS = {
    "albert": ["pooler.weight", "pooler.bias"],
    "deberta-v2": ["pooler.dense.weight", "pooler.dense.bias"],
    "distilbert": ["pre_classifier.weight", "pre_classifier.bias"],
    "modernbert": ["head.dense.weight", "head.norm.weight"],
    "nomic_bert": ["nomic_bert.pooler.dense.weight", "nomic_bert.pooler.dense.bias"],
}
# Whose base models have a pooler that no classifier of theirs reads.
SPARE_POOLER = {"camembert", "mpnet", "roberta", "xlm-roberta"}


def word_pieces(vocabulary):
    unknown = next(token for token in vocabulary if "unk" in token.lower())
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(vocabulary)}, unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def byte_level(special):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=BYTE_LEVEL_SIZE, special_tokens=special, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())  # fmt: skip
    tokenizer.train_from_iterator(QUESTIONS, trainer)
    return tokenizer


def save_tokenizer(family, path):
    """Of the kind that the family's checkpoints have, where the program reads it: WordPiece, else byte-level BPE."""
    if family == "distilbert":
        (path / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
        (path / "tokenizer_config.json").write_text(
            json.dumps({"do_lower_case": True, "tokenizer_class": "DistilBertTokenizer"})
        )
        return
    if family in ("albert", "deberta-v2", "electra", "nomic_bert"):
        tokenizer, special = word_pieces(VOCABULARY), VOCABULARY[:5]
        pad, unknown, first, last, mask = special
    else:
        special = ROBERTA_VOCABULARY[:5]
        tokenizer = word_pieces(ROBERTA_VOCABULARY) if family == "mpnet" else byte_level(special)
        first, pad, last, unknown, mask = special
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(token, tokenizer.token_to_id(token)) for token in (first, last)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, unk_token=unknown, cls_token=first, sep_token=last, mask_token=mask,
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(path)  # fmt: skip


@pytest.fixture(params=CONFIGS)
def model(request):
    """A classifier of random weights, wide enough that every part of it matters."""
    torch.manual_seed(5)
    config = CONFIGS[request.param]
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: i for i, label in enumerate(LABELS)}
    classifier = AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for name, parameter in classifier.named_parameters():
            norm = "norm" in name.lower() and name.endswith("weight")
            parameter.copy_(torch.randn_like(parameter) * 0.3 + (1.0 if norm else 0.0))
    return classifier


def save(model, path):
    """As transformers writes it, with a tokenizer."""
    model.save_pretrained(path)
    save_tokenizer(model.config.model_type, path)
    return path


def our_logits(run, checkpoint):
    lines = run("predict", "--checkpoint", checkpoint, "--logits", "--device", "cpu", "--threads", 1, "--quiet",
                "--precision", "fp32", "--max-length", MAX_LENGTH,
                stdin="".join(json.dumps({"text": text}) + "\n" for text in QUESTIONS)).lines()  # fmt: skip
    return np.array([[line["logits"][label] for label in LABELS] for line in lines])


def test_a_classifier_of_transformers_answers_alike(run, model, tmp_path):
    path = save(model, tmp_path / "classifier")
    tokenizer = AutoTokenizer.from_pretrained(path)
    with torch.no_grad():
        logits = [
            model(**tokenizer(text, return_tensors="pt", truncation=True, max_length=MAX_LENGTH)).logits[0].numpy()
            for text in QUESTIONS
        ]
    np.testing.assert_allclose(our_logits(run, path), np.array(logits), rtol=0, atol=TOLERANCE)


def test_a_classifier_without_its_hidden_layer_is_refused(run, model, tmp_path):
    path = save(model, tmp_path / "classifier")
    family = model.config.model_type
    layer = HEAD_TENSORS.get(family, DENSE)
    tensors = load_file(path / "model.safetensors")
    kept = {name: value for name, value in tensors.items() if not name.endswith(tuple(layer))}
    assert len(kept) < len(tensors)
    save_file(kept, path / "model.safetensors")
    refused = run("predict", "--checkpoint", path, stdin="card\n", code=4)
    assert f"the weights lack {layer[0]}, {layer[1]}" in refused.err


@pytest.mark.parametrize("whole", [False, True], ids=["encoder", "classifier"])
@pytest.mark.parametrize("head", ["mean", "native"])
def test_what_is_trained_from_it_answers_alike_in_python(run, model, tmp_path, head, whole):
    encoder = save(model if whole else model.base_model, tmp_path / "encoder")
    with (tmp_path / "train.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *([t, label] for label in TEXTS for t in TEXTS[label])])
    out = tmp_path / "out"
    config = {
        "encoder": {"path": str(encoder), "max_length": MAX_LENGTH},
        "head": {"type": head},
        "target": {"train": "train.csv", "test": "train.csv", "validation_fraction": 0},
        "transfer": {"policy": "full"},
        "training": {"precision": "fp32", "threads": 1, "epochs": 2, "batch_size": 4},
        "evaluation": {"data_checks": False, "bootstrap_samples": 100},
        "output": {"dir": str(out)},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    run("--config", tmp_path / "config.json", "--quiet")
    expected = our_logits(run, out)
    for batch in (1, 32):
        logits = python_logits(out / "checkpoint", head, batch)
        np.testing.assert_allclose(expected, logits, rtol=0, atol=TOLERANCE, err_msg=f"batches of {batch}")

    bare = head == "mean"
    path = next((out / "checkpoint").glob("**/config.json" if not bare else "*_Transformer/config.json")).parent
    kind = AutoModel if bare else AutoModelForSequenceClassification
    trained, loading = kind.from_pretrained(path, output_loading_info=True)
    spare = {"pooler.dense.weight", "pooler.dense.bias"} if bare and model.config.model_type in SPARE_POOLER else set()
    assert set(loading["missing_keys"]) == spare, loading
    assert not loading["unexpected_keys"] and not loading["mismatched_keys"], loading
    before = dict((model.base_model if bare else model).named_parameters())
    unchanged = [
        name
        for name, parameter in trained.named_parameters()
        if not (bare and name.startswith("pooler.")) and torch.equal(parameter, before[name])
    ]
    assert not unchanged


@pytest.mark.parametrize("name", ["roberta", "mpnet"])
def test_a_pooler_that_nothing_reads_is_kept(run, tmp_path, name):
    torch.manual_seed(6)
    encoder = save(AutoModel.from_config(CONFIGS[name]), tmp_path / "encoder")
    with (tmp_path / "train.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *([t, label] for label in TEXTS for t in TEXTS[label])])
    config = {
        "encoder": {"path": str(encoder), "max_length": MAX_LENGTH},
        "target": {"train": "train.csv", "test": "train.csv", "validation_fraction": 0},
        "transfer": {"policy": "frozen"},
        "evaluation": {"data_checks": False, "bootstrap_samples": 100},
        "output": {"dir": str(tmp_path / "out")},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    run("--config", tmp_path / "config.json", "--quiet")
    written = next((tmp_path / "out/checkpoint").glob("*_Transformer/model.safetensors"))
    before, after = load_file(encoder / "model.safetensors"), load_file(written)
    assert before.keys() == after.keys()
    for tensor in ("pooler.dense.weight", "pooler.dense.bias"):
        assert torch.equal(before[tensor], after[tensor])
