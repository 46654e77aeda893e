#!/usr/bin/env python3
"""Writes tests/model/golden/tiny_FAMILY* with transformers: a small random classifier of each family but BERT (which
encoder_goldens.py does), and what it computes.

tiny_FAMILY/              a sequence classifier of three layers as a Hugging Face directory
tiny_FAMILY.safetensors   hidden states after the embeddings and each layer, losses and every gradient

Laid out as encoder_goldens.py says, with the classifier's own linear layer as `head`: in double precision, in evaluation
mode, each text on its own. `native` is the classifier as transformers computes it; `mean` puts its linear layer over the
L2-normalised mean of the last hidden states.
"""

import shutil

import torch
from encoder_goldens import FOLDER, WORDS, save
from transformers import AutoModelForSequenceClassification, DistilBertConfig

LABELS = 3
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]

CONFIGS = {
    "distilbert": DistilBertConfig(
        vocab_size=len(VOCABULARY),
        dim=20,
        n_layers=3,
        n_heads=4,
        hidden_dim=28,
        max_position_embeddings=24,
        num_labels=LABELS,
    ),
}


def write_classifier(config, directory) -> None:
    torch.manual_seed(30)
    model = AutoModelForSequenceClassification.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Wider than a fresh initialisation, so that no part of the network is nearly linear or nearly absent; the
            # last layer's narrower, so that gradients are of the size that training sees.
            norm = "norm" in name.lower() and name.endswith("weight")
            parameter.normal_(1.0 if norm else 0.0, 0.1 if name.startswith("classifier") else 0.3)
    if directory.exists():
        shutil.rmtree(directory)
    model.save_pretrained(directory)


def compute(directory, sequences) -> dict:
    """Hidden states by layer, and by head the logits, the loss and the gradients."""
    model = AutoModelForSequenceClassification.from_pretrained(directory, attn_implementation="eager").double().eval()
    head = model.classifier
    out = {
        "ids": torch.tensor([i for ids in sequences for i in ids]),
        "lengths": torch.tensor([len(ids) for ids in sequences]),
        "labels": torch.tensor([i % LABELS for i in range(len(sequences))]),
        "head.weight": head.weight.detach().clone(),
        "head.bias": head.bias.detach().clone(),
    }
    for pooling in ("mean", "native"):
        model.zero_grad()
        states, logits = [], []
        for ids in sequences:
            result = model(torch.tensor([ids]), output_hidden_states=True)
            states.append(result.hidden_states)
            mean = torch.nn.functional.normalize(result.hidden_states[-1].mean(dim=1), dim=1)
            logits.append(result.logits if pooling == "native" else head(mean))
        for layer in range(len(states[0])):
            out[f"hidden.{layer}"] = torch.cat([state[layer][0] for state in states]).detach()
        loss = torch.nn.functional.cross_entropy(torch.cat(logits), out["labels"])
        loss.backward()
        out[f"{pooling}.logits"] = torch.cat(logits).detach()
        out[f"{pooling}.loss"] = loss.detach()
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                out[f"{pooling}.gradient.{name.removeprefix(model.base_model_prefix + '.')}"] = parameter.grad.clone()
    return out


def main() -> None:
    torch.manual_seed(31)
    sequences = [[2, *torch.randint(5, len(VOCABULARY), (n,)).tolist(), 3] for n in (1, 5, 2, 15, 9)]
    for family, config in CONFIGS.items():
        write_classifier(config, FOLDER / f"tiny_{family}")
        save(compute(FOLDER / f"tiny_{family}", sequences), f"tiny_{family}.safetensors")


if __name__ == "__main__":
    main()
