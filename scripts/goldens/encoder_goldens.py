#!/usr/bin/env python3
"""Writes tests/model/goldens/bert with transformers: a small random BERT, and what it and a real encoder compute.

encoder/               a BERT of three layers as a Hugging Face directory, with a vocabulary of sixty words
computed.safetensors   hidden states after the embeddings and each layer, losses and every gradient
minilm.safetensors     the same of all-MiniLM-L6-v2 on real texts, thinned out

Laid out as classifiers.py says, with a linear layer of its own as `head` over both poolings.

Run: encoder_goldens.py [directory of all-MiniLM-L6-v2]
"""

import sys
from pathlib import Path

import torch
from classifiers import FOLDER, VOCABULARY, compute, draw_sequences, mean_features, save, write_random
from transformers import AutoTokenizer, BertConfig, BertModel

BERT = FOLDER / "bert"
TINY = BERT / "encoder"
MINILM = Path(__file__).resolve().parents[2] / ".deps" / "encoders" / "all-MiniLM-L6-v2"

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
    config = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=20,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=28,
        max_position_embeddings=24,
        architectures=["BertModel"],
    )
    write_random(lambda: BertModel(config), 20, TINY)
    (TINY / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    (TINY / "tokenizer_config.json").write_text('{"do_lower_case": true, "tokenizer_class": "BertTokenizer"}\n')


def computed(directory: Path, sequences: list[list[int]], num_labels: int, poolings: list[str]) -> dict:
    model = BertModel.from_pretrained(directory, attn_implementation="eager").double().eval()
    torch.manual_seed(21)
    head = torch.nn.Linear(model.config.hidden_size, num_labels)
    # Small enough that gradients are of the size that training sees, and rounding is well below 1e-7.
    torch.nn.init.normal_(head.weight, 0.0, 0.1)
    torch.nn.init.normal_(head.bias, 0.0, 0.5)
    head = head.double()

    def answer(ids, pooling):
        result = model(ids, output_hidden_states=True)
        hidden = result.last_hidden_state
        return result.hidden_states, head(model.pooler(hidden) if pooling == "native" else mean_features(hidden))

    parameters = dict(model.named_parameters()) | {f"classifier.{name}": p for name, p in head.named_parameters()}
    return compute(sequences, head, poolings, parameters, answer)


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


def main() -> None:
    write_tiny_bert()
    save(computed(TINY, draw_sequences(22), 3, ["mean", "native"]), BERT / "computed.safetensors")

    minilm = Path(sys.argv[1]) if len(sys.argv) > 1 else MINILM
    tokenizer = AutoTokenizer.from_pretrained(minilm)
    ids = [tokenizer(text)["input_ids"] for text in REAL_TEXTS]
    save(thinned(computed(minilm, ids, 4, ["mean"])), BERT / "minilm.safetensors")


if __name__ == "__main__":
    main()
