#!/usr/bin/env python3
"""Writes a copy of a BERT checkpoint whose upper layers are as they were before any training.

    untuned_encoder.py --encoder DIR --out DIR [--keep 3] [--seed 1]

Layers from number KEEP (from 0) up are drawn anew as transformers initialises them: what tuned the checkpoint on
sentences is forgotten there, and what a source stage teaches such an encoder can be measured.
"""

import argparse
import shutil

import torch
from transformers import AutoModel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--keep", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    pretrained = AutoModel.from_pretrained(options.encoder)
    fresh = AutoModel.from_config(pretrained.config)
    for number, layer in enumerate(fresh.encoder.layer):
        if number >= options.keep:
            pretrained.encoder.layer[number].load_state_dict(layer.state_dict())
    shutil.copytree(options.encoder, options.out, ignore=shutil.ignore_patterns(".*", "*.md"))
    pretrained.save_pretrained(options.out, safe_serialization=True)


if __name__ == "__main__":
    main()
