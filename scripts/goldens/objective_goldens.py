#!/usr/bin/env python3
"""Writes tests/training/goldens/objectives.safetensors: what objectives make of fixed features and logits, by torch's own
losses where it has them, else as their papers or their authors' code state them; in double precision.

labels, features, logits   of TEXTS texts; logits twice, for two passes
class_weights, text_weights, targets
sets                       the labels of texts with several, for binary_cross_entropy, which has no case soft
OBJECTIVE.CASE.loss        and the gradients to .features and .logits, where CASE says what applies: plain; weighted, which
                           is class_weights, text_weights and SMOOTHING; soft, which is that with targets for labels
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "training" / "goldens"

TEXTS, HIDDEN, LABELS = 9, 5, 4
SMOOTHING = 0.1
GAMMA, TEMPERATURE, WEIGHT, ALPHA = 1.5, 0.3, 0.7, 2.0
SUPPORT, ISOTROPY = 2, 0.4


class Case:
    def __init__(self, labels, text_weights=None, class_weights=None, smoothing=0.0, targets=None):
        self.labels = labels
        self.smoothing = smoothing
        self.class_weights = torch.ones(LABELS, dtype=torch.float64) if class_weights is None else class_weights
        self.text_weights = torch.ones(TEXTS, dtype=torch.float64) if text_weights is None else text_weights
        self.targets = F.one_hot(labels, LABELS).double() if targets is None else targets
        self.answers = labels if targets is None else targets
        self.weights = self.text_weights * (self.targets @ self.class_weights)

    def mean(self, losses):
        return (losses * self.weights).sum() / self.weights.sum()

    def cross_entropy(self, logits):
        losses = F.cross_entropy(
            logits, self.answers, weight=self.class_weights, label_smoothing=self.smoothing, reduction="none"
        )
        return (losses * self.text_weights).sum() / self.weights.sum()

    def binary_cross_entropy(self, logits, sets):
        targets = sets * (1 - self.smoothing) + self.smoothing / 2
        losses = F.binary_cross_entropy_with_logits(logits, targets, weight=self.class_weights, reduction="none")
        return (losses.mean(1) * self.text_weights).sum() / self.text_weights.sum()

    def focal(self, features, logits):
        loss = 0.0
        for i in range(TEXTS):
            p = torch.softmax(logits[i], 0)
            for j in range(LABELS):
                target = (1 - self.smoothing) * self.targets[i, j] + self.smoothing / LABELS
                loss -= self.text_weights[i] * self.class_weights[j] * target * (1 - p[j]) ** GAMMA * torch.log(p[j])
        return loss / self.weights.sum()

    def supervised_contrastive(self, features, logits):
        z = F.normalize(features, dim=1)
        used = [i for i in range(TEXTS) if self.text_weights[i] > 0]
        losses = []
        for i in range(TEXTS):
            positives = [j for j in used if j != i and self.labels[j] == self.labels[i]]
            if i not in used or not positives:
                losses.append(torch.zeros((), dtype=torch.float64))
                continue
            others = torch.stack([torch.exp(z[i] @ z[k] / TEMPERATURE) for k in used if k != i]).sum()
            terms = [torch.log(torch.exp(z[i] @ z[j] / TEMPERATURE) / others) for j in positives]
            losses.append(-sum(terms) / len(positives))
        return (1 - WEIGHT) * self.cross_entropy(logits) + WEIGHT * self.mean(torch.stack(losses))

    def prototypical(self, features, logits):
        z = F.normalize(features, dim=1)
        used = [i for i in range(TEXTS) if self.text_weights[i] > 0]
        prototypes, queries = {}, []
        for label in range(LABELS):
            texts = [i for i in used if self.labels[i] == label]
            weights = self.text_weights[texts[:SUPPORT]]
            prototypes[label] = (weights[:, None] * z[texts[:SUPPORT]]).sum(0) / weights.sum()
            queries += texts[SUPPORT:]
        scores = torch.stack(
            [torch.stack([F.cosine_similarity(z[i], p, dim=0) for p in prototypes.values()]) for i in queries]
        )
        losses = F.cross_entropy(scores / TEMPERATURE, self.labels[queries], reduction="none")
        weights = self.text_weights[queries]
        distance = torch.linalg.matrix_norm(torch.corrcoef(features.T) - torch.eye(HIDDEN))
        return (weights * losses).sum() / weights.sum() + ISOTROPY * distance

    def r_drop(self, features, logits):
        first, second = logits[:TEXTS], logits[TEXTS:]
        log_p, log_q = F.log_softmax(first, 1), F.log_softmax(second, 1)
        divergence = F.kl_div(log_p, log_q, log_target=True, reduction="none").sum(1)
        divergence = (divergence + F.kl_div(log_q, log_p, log_target=True, reduction="none").sum(1)) / 2
        cross_entropy = (self.cross_entropy(first) + self.cross_entropy(second)) / 2
        return cross_entropy + ALPHA * self.mean(divergence)


def main() -> None:
    torch.manual_seed(32)
    labels = torch.tensor([0, 1, 2, 0, 1, 3, 1, 0, 2])  # label 3 has one text
    features = torch.randn(TEXTS, HIDDEN)
    logits = 2 * torch.randn(2 * TEXTS, LABELS)
    class_weights = torch.tensor([0.5, 1.0, 3.0, 2.0], dtype=torch.float64)
    text_weights = torch.tensor([1.0, 0.25, 2.0, 0.0, 1.0, 1.5, 3.0, 0.5, 1.0], dtype=torch.float64)
    targets = torch.softmax(2 * torch.randn(TEXTS, LABELS), 1)
    sets = (torch.rand(TEXTS, LABELS) < 0.4).float()
    out = {
        "sets": sets,
        "labels": labels,
        "features": features,
        "logits": logits,
        "class_weights": class_weights,
        "text_weights": text_weights,
        "targets": targets,
    }
    cases = {
        "plain": Case(labels),
        "weighted": Case(labels, text_weights, class_weights, SMOOTHING),
        "soft": Case(labels, text_weights, class_weights, SMOOTHING, targets.double()),
    }
    for name, case in cases.items():
        objectives = {
            "cross_entropy": lambda features, logits: case.cross_entropy(logits),
            "focal": case.focal,
            "supervised_contrastive": case.supervised_contrastive,
            "r_drop": case.r_drop,
            "prototypical": case.prototypical,
        }
        if name != "soft":
            objectives["binary_cross_entropy"] = lambda features, logits: case.binary_cross_entropy(
                logits, sets.double()
            )
        for objective, loss_of in objectives.items():
            inputs = [features.double(), (logits if objective == "r_drop" else logits[:TEXTS]).double()]
            for tensor in inputs:
                tensor.requires_grad_(True)
            loss = loss_of(*inputs)
            gradients = torch.autograd.grad(loss, inputs, allow_unused=True, materialize_grads=True)
            out[f"{objective}.{name}.loss"] = loss.detach().reshape(1)
            out[f"{objective}.{name}.features"] = gradients[0]
            out[f"{objective}.{name}.logits"] = gradients[1]
    FOLDER.mkdir(parents=True, exist_ok=True)
    save_file(out, FOLDER / "objectives.safetensors", metadata={"format": "pt"})


if __name__ == "__main__":
    main()
