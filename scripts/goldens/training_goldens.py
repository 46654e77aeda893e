#!/usr/bin/env python3
"""Writes tests/training/goldens/training.safetensors: schedules of transformers, AdamW steps of torch, and logistic
regressions of scikit-learn.

schedule.KIND.TOTAL.WARMUP   the factor on the learning rate at each step
adamw.*                      three parameters in three groups, their gradients in STEPS steps ([step, …]), the
                             gradients' norm and the parameters after each step
probe.*                      features, labels, class weights; by C, plain or weighted, the solution's coefficients
"""

import warnings
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "training" / "goldens"

STEPS = 6


def schedules() -> dict:
    makers = {
        "linear": lambda optimizer, total, warmup: transformers.get_linear_schedule_with_warmup(optimizer, warmup, total),
        "cosine": lambda optimizer, total, warmup: transformers.get_cosine_schedule_with_warmup(optimizer, warmup, total),
        "constant": lambda optimizer, total, warmup: transformers.get_constant_schedule_with_warmup(optimizer, warmup),
    }
    out = {}
    for kind, make in makers.items():
        for total, warmup in [(10, 3), (7, 0), (1, 0), (4, 4), (23, 1)]:
            optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
            scheduler = make(optimizer, total, warmup)
            factors = []
            for _ in range(total):
                factors += scheduler.get_last_lr()
                optimizer.step()
                scheduler.step()
            out[f"schedule.{kind}.{total}.{warmup}"] = torch.tensor(factors, dtype=torch.float64)
    return out


def adamw() -> dict:
    """Clipped in some steps and not in others; one parameter has no gradient in one step."""
    torch.manual_seed(30)
    matrix, bias, head = (torch.nn.Parameter(torch.randn(*shape)) for shape in [(3, 5), (5,), (2, 3)])
    groups = [
        {"params": [matrix], "lr": 1e-2, "weight_decay": 0.1},
        {"params": [bias], "lr": 1e-2, "weight_decay": 0.0},
        {"params": [head], "lr": 5e-2, "weight_decay": 0.1},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.8, 0.95), eps=1e-6)
    rates = [group["lr"] for group in groups]
    named = {"matrix": matrix, "bias": bias, "head": head}
    out = {f"adamw.{name}.start": value.detach().clone() for name, value in named.items()}
    gradients = {name: [] for name in named}
    values = {name: [] for name in named}
    norms = []
    for step in range(STEPS):
        for name, value in named.items():
            value.grad = torch.randn_like(value) * (2.0 if step % 2 else 0.05)
            gradients[name].append(value.grad.clone())
        norms.append(torch.nn.utils.clip_grad_norm_(named.values(), 1.0).item())
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate * (1.0 - step / STEPS)
        optimizer.step()
        for name, value in named.items():
            values[name].append(value.detach().clone())
    out["adamw.norms"] = torch.tensor(norms, dtype=torch.float64)
    for name in named:
        out[f"adamw.{name}.gradients"] = torch.stack(gradients[name])
        out[f"adamw.{name}.values"] = torch.stack(values[name])
    return out


def probes() -> dict:
    rng = np.random.default_rng(31)
    labels = np.repeat(np.arange(4), [25, 20, 10, 5])
    centres = rng.normal(size=(4, 9))
    features = (centres[labels] + 1.2 * rng.normal(size=(len(labels), 9))).astype(np.float32)
    weights = np.array([0.5, 1.0, 2.0, 4.0])
    out = {
        "probe.features": torch.from_numpy(features),
        "probe.labels": torch.from_numpy(labels),
        "probe.class_weights": torch.from_numpy(weights),
    }
    for C in (0.03, 1, 100):
        for kind, class_weight in {"plain": None, "weighted": dict(enumerate(weights))}.items():
            model = LogisticRegression(C=C, tol=1e-10, max_iter=100000, class_weight=class_weight)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(features.astype(np.float64), labels)
            out[f"probe.{kind}.{C}.weight"] = torch.from_numpy(model.coef_.copy(order="C"))
            out[f"probe.{kind}.{C}.bias"] = torch.from_numpy(model.intercept_)
    return out


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file(schedules() | adamw() | probes(), FOLDER / "training.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    main()
