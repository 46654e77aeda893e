"""Dense modules of sentence-transformers behind an encoder's pooling: what the head learns from is what `encode` gives,
and a checkpoint that is written answers alike there."""

import csv
import json

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling, Transformer
from test_encoder_files import QUESTIONS, TEXTS
from test_families import CONFIGS, LABELS, MAX_LENGTH, our_logits, save
from transformers import AutoModel

TOLERANCE = 1e-5
# Encoder, pooling, its Dense modules as (width, activation, bias), and whether a Normalize follows.
MODELS = {
    "as distiluse": ("distilbert-gelu", "mean", [(16, torch.nn.Tanh(), True)], False),
    "as LaBSE": ("electra-plain", "cls", [(24, torch.nn.Tanh(), True)], True),
    "several": (
        "roberta", "mean", [(40, torch.nn.GELU(), False), (12, torch.nn.ReLU(), True), (7, torch.nn.Sigmoid(), True)], True,
    ),
    "linear": ("modernbert-cls", "mean", [(9, torch.nn.Identity(), True), (11, torch.nn.SiLU(), True)], False),
}  # fmt: skip


def make(name, path, safe=True):
    family, pooling, dense, normalize = MODELS[name]
    torch.manual_seed(7)
    bare = AutoModel.from_config(CONFIGS[family])
    with torch.no_grad():
        for parameter_name, parameter in bare.named_parameters():
            norm = "norm" in parameter_name.lower() and parameter_name.endswith("weight")
            parameter.copy_(torch.randn_like(parameter) * 0.3 + (1.0 if norm else 0.0))
    modules = [Transformer(str(save(bare, path.parent / f"{path.name}_encoder")), max_seq_length=MAX_LENGTH)]
    modules.append(Pooling(24, pooling_mode=pooling))
    width = 24
    for out, activation, bias in dense:
        modules.append(Dense(width, out, bias=bias, activation_function=activation))
        width = out
    if normalize:
        modules.append(Normalize())
    model = SentenceTransformer(modules=modules, device="cpu")
    model.save(str(path), safe_serialization=safe)
    return model, width


def adapt(run, tmp_path, encoder, policy, head=None):
    with (tmp_path / "train.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *([t, label] for label in TEXTS for t in TEXTS[label])])
    config = {
        "encoder": {"path": str(encoder), "max_length": MAX_LENGTH},
        "head": head or {},
        "target": {"train": "train.csv", "test": "train.csv", "validation_fraction": 0},
        "transfer": {"policy": policy},
        "training": {"precision": "fp32", "threads": 1, "epochs": 2, "batch_size": 4},
        "evaluation": {"data_checks": False, "bootstrap_samples": 100},
        "output": {"dir": "out"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    run("--config", tmp_path / "config.json", "--quiet", "--overwrite")
    return tmp_path / "out"


def dense_of(model):
    return [module for module in model if isinstance(module, Dense)]


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE * max(1, np.abs(theirs).max()))


@pytest.mark.parametrize("safe", [True, False], ids=["safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("name", MODELS)
def test_the_features_are_those_of_encode(run, tmp_path, name, safe):
    model, width = make(name, tmp_path / "encoder", safe)
    out = adapt(run, tmp_path, tmp_path / "encoder", "frozen", {"normalize": MODELS[name][3]})
    assert not json.loads((out / "report.json").read_text())["warnings"]
    adapted = SentenceTransformer(str(out / "checkpoint"), device="cpu")
    head = adapted[-1].linear
    assert head.weight.shape == (len(LABELS), width)
    logits = our_logits(run, out)
    close(logits, model.encode(QUESTIONS) @ head.weight.detach().numpy().T + head.bias.detach().numpy())
    close(logits, adapted.encode(QUESTIONS))
    for before, after in zip(dense_of(model), dense_of(adapted), strict=False):
        assert torch.equal(before.linear.weight, after.linear.weight)
        assert type(before.activation_function) is type(after.activation_function)


@pytest.mark.parametrize("name", MODELS)
def test_what_is_trained_answers_alike(run, tmp_path, name):
    model, _ = make(name, tmp_path / "encoder")
    out = adapt(run, tmp_path, tmp_path / "encoder", "full")
    adapted = SentenceTransformer(str(out / "checkpoint"), device="cpu")
    assert len(dense_of(adapted)) == len(dense_of(model)) + 1
    for before, after in zip(dense_of(model), dense_of(adapted), strict=False):
        assert not torch.equal(before.linear.weight, after.linear.weight)
    close(our_logits(run, out), adapted.encode(QUESTIONS))
    # Without its head, it is an encoder of the same kind again.
    bare = SentenceTransformer(modules=list(adapted)[:-1], device="cpu")
    head = adapted[-1].linear
    close(our_logits(run, out),
          bare.encode(QUESTIONS) @ head.weight.detach().numpy().T + head.bias.detach().numpy())  # fmt: skip


def test_an_adapter_loads_with_them(run, tmp_path):
    make("as LaBSE", tmp_path / "encoder")
    out = adapt(run, tmp_path, tmp_path / "encoder", "lora")
    close(our_logits(run, out), SentenceTransformer(str(out / "adapter"), device="cpu").encode(QUESTIONS))
