#!/usr/bin/env python3
"""Writes tests/model/golden with transformers: a small random BERT, and what it and a real encoder compute.

tiny_bert/              a BERT of three layers as a Hugging Face directory, with a vocabulary of sixty words
tiny_bert.safetensors   hidden states after the embeddings and each layer, losses and every gradient
minilm.safetensors      the same of all-MiniLM-L6-v2 on real texts, thinned out

Everything is computed in double precision, so that a test's tolerance is for the code under test alone, and in
evaluation mode, each text on its own. Texts are laid end to end in `ids`, their sizes in `lengths`. The losses are
cross-entropies of a linear layer (`head.weight`, `head.bias`) over two poolings: `mean` (the mean of the last hidden
states, L2-normalised) and `native` (BERT's own pooler).

Run: encoder_goldens.py [directory of all-MiniLM-L6-v2]
"""

import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoTokenizer, BertConfig, BertModel

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "model" / "golden"
TINY = FOLDER / "tiny_bert"
MINILM = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".deps" / "encoders" / "all-MiniLM-L6-v2"

WORDS = """my your card is was lost stolen what balance account send money to a friend transfer please now the i
want need help with payment fee where why not working new order in app can you how do it me cash block
pin change open close rate on off too late ? . , ##s""".split()

REAL_TEXTS = [
    "I am still waiting on my card?",
    "Why was I charged a fee for a transfer, and when do I get it back?",
    "pin blocked!!",
    "Hallo, ma nouvelle carte n'est pas arrivée – what now?",
]

# Every how many values of the real encoder's tensors are kept.
HIDDEN_STRIDE = 7
VECTOR_STRIDE = 5
MATRIX_STRIDE = 2003


def write_tiny_bert() -> None:
    torch.manual_seed(20)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=20,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=28,
        max_position_embeddings=24,
        architectures=["BertModel"],
    )
    model = BertModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Wider than a fresh initialisation, so that no part of the network is nearly linear or nearly absent.
            parameter.normal_(1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.3)
    if TINY.exists():
        shutil.rmtree(TINY)
    model.save_pretrained(TINY)
    (TINY / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    (TINY / "tokenizer_config.json").write_text('{"do_lower_case": true, "tokenizer_class": "BertTokenizer"}\n')


def features(model: BertModel, hidden: torch.Tensor, pooling: str) -> torch.Tensor:
    if pooling == "native":
        return model.pooler(hidden)
    return torch.nn.functional.normalize(hidden.mean(dim=1), dim=1)


def compute(directory: Path, sequences: list[list[int]], num_labels: int, poolings: list[str]) -> dict:
    """Hidden states by layer, and by pooling the loss and the gradients."""
    model = BertModel.from_pretrained(directory, attn_implementation="eager").double().eval()
    torch.manual_seed(21)
    head = torch.nn.Linear(model.config.hidden_size, num_labels)
    # Small enough that gradients are of the size that training sees, and rounding is well below 1e-7.
    torch.nn.init.normal_(head.weight, 0.0, 0.1)
    torch.nn.init.normal_(head.bias, 0.0, 0.5)
    out = {
        "ids": torch.tensor([i for ids in sequences for i in ids]),
        "lengths": torch.tensor([len(ids) for ids in sequences]),
        "labels": torch.tensor([i % num_labels for i in range(len(sequences))]),
        "head.weight": head.weight.detach().clone(),
        "head.bias": head.bias.detach().clone(),
    }
    head = head.double()
    for pooling in poolings:
        model.zero_grad()
        head.zero_grad()
        states, logits = [], []
        for ids in sequences:
            result = model(torch.tensor([ids]), output_hidden_states=True)
            states.append(result.hidden_states)
            logits.append(head(features(model, result.last_hidden_state, pooling)))
        for layer in range(model.config.num_hidden_layers + 1):
            out[f"hidden.{layer}"] = torch.cat([state[layer][0] for state in states]).detach()
        loss = torch.nn.functional.cross_entropy(torch.cat(logits), out["labels"])
        loss.backward()
        out[f"{pooling}.logits"] = torch.cat(logits).detach()
        out[f"{pooling}.loss"] = loss.detach()
        for name, parameter in [*model.named_parameters(), ("classifier.weight", head.weight), ("classifier.bias", head.bias)]:
            if parameter.grad is not None:
                out[f"{pooling}.gradient.{name}"] = parameter.grad.clone()
    return out


def thinned(tensors: dict) -> dict:
    """Flattened gradients and the last hidden states with only every so-manyth value."""
    last = max(name for name in tensors if name.startswith("hidden."))
    out = {}
    for name, value in tensors.items():
        if ".gradient." in name:
            stride = VECTOR_STRIDE if value.dim() == 1 else MATRIX_STRIDE
            out[name] = value.flatten()[::stride].clone()
        elif name == last:
            out["last_hidden"] = value.flatten()[::HIDDEN_STRIDE].clone()
        elif not name.startswith("hidden."):
            out[name] = value
    strides = {"hidden": HIDDEN_STRIDE, "vector": VECTOR_STRIDE, "matrix": MATRIX_STRIDE}
    return out | {f"stride.{name}": torch.tensor(stride) for name, stride in strides.items()}


def save(tensors: dict, name: str) -> None:
    single = {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}
    save_file({key: value.contiguous() for key, value in single.items()}, FOLDER / name, metadata={"format": "pt"})


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_tiny_bert()
    torch.manual_seed(22)
    sequences = [[2, *torch.randint(5, 5 + len(WORDS), (n,)).tolist(), 3] for n in (1, 5, 2, 15, 9)]
    save(compute(TINY, sequences, 3, ["mean", "native"]), "tiny_bert.safetensors")

    tokenizer = AutoTokenizer.from_pretrained(MINILM)
    ids = [tokenizer(text)["input_ids"] for text in REAL_TEXTS]
    save(thinned(compute(MINILM, ids, 4, ["mean"])), "minilm.safetensors")


if __name__ == "__main__":
    main()
