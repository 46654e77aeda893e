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
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer, DistilBertConfig

LETTERS = [*string.ascii_lowercase, *(f"##{letter}" for letter in string.ascii_lowercase)]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *string.punctuation,
              "card", "money", "my", "the", "account", "please"]  # fmt: skip
MAX_LENGTH = 32
LABELS = sorted(TEXTS)

# Of each family a few small encoders, the class of its tokenizer, and the hidden layer of its head.
TOKENIZERS = {"distilbert": "DistilBertTokenizer"}
HEAD_LAYERS = {"distilbert": "pre_classifier"}
CONFIGS = {
    "distilbert-gelu": DistilBertConfig(
        vocab_size=len(VOCABULARY), dim=24, n_layers=2, n_heads=3, hidden_dim=40, max_position_embeddings=40
    ),
    "distilbert-relu-sinusoidal": DistilBertConfig(
        vocab_size=len(VOCABULARY), dim=32, n_layers=3, n_heads=2, hidden_dim=20, max_position_embeddings=MAX_LENGTH,
        activation="relu", sinusoidal_pos_embds=True, seq_classif_dropout=0.0,
    ),
}  # fmt: skip


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
    (path / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    (path / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": True, "tokenizer_class": TOKENIZERS[model.config.model_type]})
    )
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
    layer = HEAD_LAYERS[model.config.model_type]
    tensors = load_file(path / "model.safetensors")
    save_file({name: value for name, value in tensors.items() if layer not in name}, path / "model.safetensors")
    refused = run("predict", "--checkpoint", path, stdin="card\n", code=4)
    assert f"the weights lack {layer}.weight, {layer}.bias" in refused.err


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
    assert not any(loading[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), loading
    before = dict((model.base_model if bare else model).named_parameters())
    unchanged = [name for name, parameter in trained.named_parameters() if torch.equal(parameter, before[name])]
    assert not unchanged
