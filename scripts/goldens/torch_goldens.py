"""Writes tests/checkpoint/goldens/torch_*: files of torch.save beside the same tensors as safetensors.

    python scripts/goldens/torch_goldens.py      (needs torch and safetensors)
"""

from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parents[2] / "tests/checkpoint/goldens"


def main():
    torch.manual_seed(1)
    table = torch.randn(6, 5)
    tensors = {
        "F32": table,
        "F32 of a column": table[:, 1],
        "F32 turned": table.t(),
        "F32 from the middle": table[2:4],
        "parameter": torch.nn.Parameter(torch.randn(3)),
        "F16": torch.randn(3, 2).half(),
        "BF16": torch.randn(3, 2).bfloat16(),
        "F64": torch.randn(3, dtype=torch.float64),
        "I64": torch.arange(-2, 3),
        "I32": torch.tensor([-7], dtype=torch.int32),
        "U8": torch.tensor([0, 255], dtype=torch.uint8),
        "BOOL": torch.tensor([True, False]),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 4),
        "é": torch.ones(1),
    }
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()},
              OUT / "torch.safetensors")  # fmt: skip
    state = OrderedDict(tensors)
    state._metadata = OrderedDict({"": {"version": 1}})
    torch.save(state, OUT / "torch_zip.bin")
    torch.save(tensors, OUT / "torch_protocol_4.bin", pickle_protocol=4)
    torch.save(state, OUT / "torch_before_1.6.bin", _use_new_zipfile_serialization=False)
    # Small, for tests that damage each of its bytes.
    torch.save({"w": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2, dtype=torch.uint16)}, OUT / "torch_small.bin")


if __name__ == "__main__":
    main()
