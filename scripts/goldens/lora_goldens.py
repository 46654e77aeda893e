#!/usr/bin/env python3
"""Writes tests/model/goldens/bert/lora.safetensors with peft: what the tiny BERT of encoder_goldens.py computes with
adapters.

By PEFT's names without "base_model.model.": the adapters' values, and `gradient.` and the name their gradients for the
sum of the squared last hidden states; `hidden` are those states. In double precision and evaluation mode, each text on
its own; texts laid end to end in `ids`, their sizes in `lengths`.
"""

import torch
from classifiers import WORDS, save
from encoder_goldens import BERT, TINY
from peft import LoraConfig, get_peft_model
from transformers import BertModel

RANK, ALPHA = 3, 7


def main() -> None:
    torch.manual_seed(40)
    sequences = [[2, *torch.randint(5, 5 + len(WORDS), (n,)).tolist(), 3] for n in (1, 6, 11)]
    base = BertModel.from_pretrained(TINY, attn_implementation="eager").double()
    targets = ["query", "value", "attention.output.dense", "intermediate.dense"]
    model = get_peft_model(base, LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets)).double().eval()
    adapters = {n: p for n, p in model.named_parameters() if "lora_" in n}
    with torch.no_grad():
        for parameter in adapters.values():
            parameter.normal_(0.0, 0.3)
    hidden = torch.cat([model(torch.tensor([ids])).last_hidden_state[0] for ids in sequences])
    hidden.square().sum().backward()
    out = {
        "ids": torch.tensor([i for ids in sequences for i in ids]),
        "lengths": torch.tensor([len(ids) for ids in sequences]),
        "hidden": hidden.detach(),
    }
    for name, parameter in adapters.items():
        ours = name.removeprefix("base_model.model.").replace(".default.", ".")
        out[ours] = parameter.detach()
        out[f"gradient.{ours}"] = parameter.grad
    save(out, BERT / "lora.safetensors")


if __name__ == "__main__":
    main()
