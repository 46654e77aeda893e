"""What encoder_goldens.py and family_goldens.py share: small random models, and hidden states, losses and gradients.

Everything is computed in double precision, so that a test's tolerance is for the code under test alone, and in
evaluation mode, each text on its own. Texts are laid end to end in `ids`, their sizes in `lengths`. The losses are
cross-entropies of a linear layer (`head.weight`, `head.bias`) over two poolings: `mean` (the mean of the last hidden
states, L2-normalised) and `native` (the family's own).
"""

import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "model" / "goldens"

WORDS = """my your card is was lost stolen what balance account send money to a friend transfer please now the i
want need help with payment fee where why not working new order in app can you how do it me cash block
pin change open close rate on off too late ? . , ##s""".split()
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]


def draw_sequences(seed: int) -> list[list[int]]:
    """Texts of random words between [CLS] and [SEP]."""
    torch.manual_seed(seed)
    return [[2, *torch.randint(5, len(VOCABULARY), (n,)).tolist(), 3] for n in (1, 5, 2, 15, 9)]


def write_random(make, seed: int, directory: Path) -> None:
    """Writes the model that `make` gives, its parameters drawn, as a Hugging Face directory."""
    torch.manual_seed(seed)
    model = make()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Wider than a fresh initialisation, so that no part of the network is nearly linear or nearly absent; the
            # last layer's narrower, so that gradients are of the size that training sees.
            norm = "norm" in name.lower() and name.endswith("weight")
            parameter.normal_(1.0 if norm else 0.0, 0.1 if name.startswith("classifier") else 0.3)
    if directory.exists():
        shutil.rmtree(directory)
    model.save_pretrained(directory)


def mean_features(hidden: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(hidden.mean(dim=1), dim=1)


def compute(sequences: list[list[int]], head: torch.nn.Linear, poolings: list[str], parameters: dict, answer) -> dict:
    """Hidden states by layer, and by pooling the logits, the loss and the gradients of `parameters`. `answer(ids,
    pooling)` gives one text's hidden states (None: those of another pooling are enough) and logits."""
    num_labels = head.out_features
    out = {
        "ids": torch.tensor([i for ids in sequences for i in ids]),
        "lengths": torch.tensor([len(ids) for ids in sequences]),
        "labels": torch.tensor([i % num_labels for i in range(len(sequences))]),
        "head.weight": head.weight.detach().clone(),
        "head.bias": head.bias.detach().clone(),
    }
    for pooling in poolings:
        for parameter in parameters.values():
            parameter.grad = None
        states, logits = zip(*(answer(torch.tensor([ids]), pooling) for ids in sequences))
        for layer in range(len(states[0] or [])):
            out[f"hidden.{layer}"] = torch.cat([state[layer][0] for state in states]).detach()
        loss = torch.nn.functional.cross_entropy(torch.cat(logits), out["labels"])
        loss.backward()
        out[f"{pooling}.logits"] = torch.cat(logits).detach()
        out[f"{pooling}.loss"] = loss.detach()
        for name, parameter in parameters.items():
            if parameter.grad is not None:
                out[f"{pooling}.gradient.{name}"] = parameter.grad.clone()
    return out


def save(tensors: dict, file: Path) -> None:
    single = {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}
    save_file({key: value.contiguous() for key, value in single.items()}, file, metadata={"format": "pt"})
