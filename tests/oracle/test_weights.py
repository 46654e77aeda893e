"""Weights as they lie on the hub: in shards, in 16 and 64 bits, as pytorch_model.bin of any age. A classifier read from them
gives the logits that transformers gives with the same values."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from test_encoder_files import QUESTIONS, TOLERANCE
from test_families import CONFIGS, LABELS, MAX_LENGTH, our_logits, save
from transformers import AutoModelForSequenceClassification, AutoTokenizer

DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "f64": torch.float64}


@pytest.fixture(params=["roberta", "modernbert-cls"])
def model(request):
    torch.manual_seed(8)
    config = CONFIGS[request.param]
    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: i for i, label in enumerate(LABELS)}
    classifier = AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for parameter in classifier.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return classifier


def halves(tensors):
    names = sorted(tensors)
    return [{name: tensors[name] for name in part} for part in (names[::2], names[1::2])]


def shards(tensors, path, stem, ending, write):
    parts = {f"{stem}-{i + 1:05}-of-00002{ending}": part for i, part in enumerate(halves(tensors))}
    for name, part in parts.items():
        write(part, path / name)
    index = {"metadata": {}, "weight_map": {tensor: name for name, part in parts.items() for tensor in part}}
    (path / f"{stem}{ending}.index.json").write_text(json.dumps(index))


def turned(tensors):
    """Views of other storages: matrices turned, and all biases parts of one tensor."""
    out = {name: tensor.t().contiguous().t() if tensor.dim() == 2 else tensor for name, tensor in tensors.items()}
    flat = [name for name, tensor in tensors.items() if tensor.dim() == 1]
    whole = torch.cat([tensors[name] for name in flat])
    start = 0
    for name in flat:
        out[name] = whole[start : start + tensors[name].numel()]
        start += tensors[name].numel()
    return out


LAYOUTS = {
    "safetensors": lambda tensors, path: save_file(tensors, path / "model.safetensors"),
    "safetensors in shards": lambda tensors, path: shards(tensors, path, "model", ".safetensors", save_file),
    "bin": lambda tensors, path: torch.save(tensors, path / "pytorch_model.bin"),
    "bin of a state dict": lambda tensors, path: torch.save(
        {name: torch.nn.Parameter(tensor) for name, tensor in tensors.items()}, path / "pytorch_model.bin"
    ),
    "bin in shards": lambda tensors, path: shards(tensors, path, "pytorch_model", ".bin", torch.save),
    "bin of views": lambda tensors, path: torch.save(turned(tensors), path / "pytorch_model.bin"),
    "bin before 1.6": lambda tensors, path: torch.save(
        tensors, path / "pytorch_model.bin", _use_new_zipfile_serialization=False
    ),
    "bin in protocol 5": lambda tensors, path: torch.save(tensors, path / "pytorch_model.bin", pickle_protocol=5),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_logits_are_those_of_transformers(run, model, tmp_path, layout, dtype):
    path = save(model, tmp_path / "classifier")
    (path / "model.safetensors").unlink()
    tensors = {name: tensor.detach().to(DTYPES[dtype]).clone() for name, tensor in model.state_dict().items()
               if tensor.is_floating_point()}  # fmt: skip
    LAYOUTS[layout](tensors, path)
    model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=False)
    tokenizer = AutoTokenizer.from_pretrained(path)
    with torch.no_grad():
        logits = [
            model(**tokenizer(text, return_tensors="pt", truncation=True, max_length=MAX_LENGTH)).logits[0].numpy()
            for text in QUESTIONS[:13]
        ]
    ours = our_logits(run, path)[: len(logits)]
    np.testing.assert_allclose(ours, np.array(logits), rtol=0, atol=TOLERANCE)


def test_what_would_run_code_is_not_read(run, model, tmp_path):
    class Evil:
        def __reduce__(self):
            return (exec, (f"open({str(tmp_path / 'ran')!r}, 'w').close()",))

    path = save(model, tmp_path / "classifier")
    (path / "model.safetensors").unlink()
    torch.save({"weight": torch.ones(1), "more": Evil()}, path / "pytorch_model.bin")
    assert "__builtin__.exec" in run("predict", "--checkpoint", path, stdin="card\n", code=4).err
    assert not (tmp_path / "ran").exists()
