"""Writes tests/model/dense.safetensors: what torch makes of a linear layer under each activation that a Dense module of
sentence-transformers may have, and its gradients. Run from anywhere, with tests/oracle/requirements.txt installed."""

from pathlib import Path

import torch
from safetensors.torch import save_file

TARGET = Path(__file__).resolve().parents[2] / "tests/model/dense.safetensors"
ACTIVATIONS = ["Tanh", "Identity", "GELU", "ReLU", "Sigmoid", "SiLU"]


def main():
    torch.manual_seed(1)
    shared = {
        "vectors": torch.randn(3, 6), "weight": torch.randn(4, 6), "bias": torch.randn(4),
        "gradient": torch.randn(3, 4),
    }  # fmt: skip
    out = dict(shared)
    for name in ACTIVATIONS:
        for with_bias in (True, False):
            key = f"{name}.{'bias' if with_bias else 'plain'}"
            linear = torch.nn.Linear(6, 4, bias=with_bias)
            linear.weight.data = shared["weight"].clone()
            if with_bias:
                linear.bias.data = shared["bias"].clone()
            vectors = shared["vectors"].clone().requires_grad_()
            result = getattr(torch.nn, name)()(linear(vectors))
            result.backward(shared["gradient"])
            out[f"{key}.out"] = result.detach()
            out[f"{key}.vectors"] = vectors.grad
            out[f"{key}.weight"] = linear.weight.grad
            if with_bias:
                out[f"{key}.bias"] = linear.bias.grad
    save_file({key: value.contiguous() for key, value in out.items()}, TARGET)


if __name__ == "__main__":
    main()
