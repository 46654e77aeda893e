#!/usr/bin/env python3
"""Writes tests/checkpoint/goldens/reference.safetensors with the safetensors package: small tensors of every type.

The values are 0, 1, 2, … in each tensor, so that the test can tell them without a second file.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "checkpoint" / "goldens"

TYPES = {
    "bool": torch.bool,
    "u8": torch.uint8,
    "i8": torch.int8,
    "i16": torch.int16,
    "i32": torch.int32,
    "i64": torch.int64,
    "u16": torch.uint16,
    "u32": torch.uint32,
    "u64": torch.uint64,
    "f8_e4m3": torch.float8_e4m3fn,
    "f8_e5m2": torch.float8_e5m2,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "f32": torch.float32,
    "f64": torch.float64,
    "c64": torch.complex64,
}


def main() -> None:
    tensors = {name: torch.arange(2 if name == "bool" else 3).to(dtype) for name, dtype in TYPES.items()}
    tensors["scalar"] = torch.tensor(7.0)
    tensors["empty"] = torch.empty(0, 4)
    tensors["matrix"] = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    tensors['awkward "name"\n\u00e9'] = torch.arange(3, dtype=torch.float32)
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file(tensors, FOLDER / "reference.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    main()
