#!/usr/bin/env python3
"""How fast each family of encoders is tuned for the work that it is: random encoders whose layers multiply equally much
(six of width 384, as all-MiniLM-L6-v2 has), the same texts, every weight trained.

Run on an idle machine: families.py [--rounds 3] [families to measure, all where none is named]
(in an environment of tests/oracle/requirements.txt; TRANSFER_TUNE names another program than the one built)

Work is that of the layers' linear modules and of attention's two products, forwards once and backwards twice; what a
family does beside them, such as DeBERTa's products with places, makes it slower here, not its work larger.
"""

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import tempfile
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AlbertConfig,
    AutoModel,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    NomicBertConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
)

ROOT = Path(__file__).resolve().parents[2]
WORDS = [f"w{i}" for i in range(2000)]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
HIDDEN, LAYERS, HEADS, INNER, GATED_INNER = 384, 6, 12, 1536, 1024
TEXTS, LABELS, SHORTEST, LONGEST = 600, 20, 6, 24

BASE = {"vocab_size": len(SPECIAL) + len(WORDS), "pad_token_id": 1}
LIKE_BERT = BASE | {
    "hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": INNER,
    "max_position_embeddings": 130,
}  # fmt: skip
GATED = LIKE_BERT | {"intermediate_size": GATED_INNER}
CONFIGS = {
    "bert": BertConfig(**LIKE_BERT),
    "distilbert": DistilBertConfig(
        **BASE, dim=HIDDEN, n_layers=LAYERS, n_heads=HEADS, hidden_dim=INNER, max_position_embeddings=130
    ),
    "roberta": RobertaConfig(**LIKE_BERT),
    "mpnet": MPNetConfig(**LIKE_BERT),
    "electra": ElectraConfig(**LIKE_BERT, embedding_size=128),
    "albert": AlbertConfig(**LIKE_BERT, embedding_size=128, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1),
    "modernbert": ModernBertConfig(
        **GATED, bos_token_id=0, eos_token_id=2, cls_token_id=0, sep_token_id=2, attention_dropout=0.1,
        embedding_dropout=0.1,
    ),
    "nomic_bert": NomicBertConfig(**GATED, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1),
    "deberta-v2": DebertaV2Config(
        **LIKE_BERT, relative_attention=True, position_buckets=32, norm_rel_ebd="layer_norm", share_att_key=True,
        pos_att_type=["p2c", "c2p"], position_biased_input=False,
    ),
}  # fmt: skip


def write_encoder(config, path: Path) -> None:
    torch.manual_seed(1)
    AutoModel.from_config(config).save_pretrained(path)
    tokenizer = Tokenizer(models.WordPiece({t: i for i, t in enumerate([*SPECIAL, *WORDS])}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>",
        mask_token="<mask>",
    ).save_pretrained(path)  # fmt: skip


def write_texts(path: Path) -> list[int]:
    """Returns the texts' numbers of tokens."""
    draw = random.Random(1)
    lengths = [draw.randint(SHORTEST, LONGEST) for _ in range(TEXTS)]
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for i, length in enumerate(lengths):
            rows.writerow([" ".join(draw.choices(WORDS, k=length)), f"label {i % LABELS}"])
    return [length + 2 for length in lengths]


def gigaflops(lengths: list[int]) -> float:
    """Of one epoch."""
    weights = LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER)
    attention = LAYERS * 2 * HIDDEN
    return 3 * 2 * sum(n * weights + n * n * attention for n in lengths) / 1e9


def seconds_of_an_epoch(folder: Path, encoder: Path, threads: int) -> float:
    config = {
        "encoder": {"path": str(encoder)},
        "target": {"train": str(folder / "train.csv"), "test": str(folder / "train.csv"), "validation_fraction": 0},
        "transfer": {"policy": "full"},
        "training": {"epochs": 2, "precision": "fp32", "seed": 1, "threads": threads},
        "evaluation": {"data_checks": False, "bootstrap_samples": 100, "latency": False},
        "output": {"dir": str(folder / "out")},
    }
    (folder / "config.json").write_text(json.dumps(config))
    program = os.environ.get("TRANSFER_TUNE", str(ROOT / "build/release/transfer-tune"))
    subprocess.run(
        [program, "--config", folder / "config.json", "--overwrite", "--quiet", "--no-cache"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_WAIT_POLICY": "passive"},
    )
    epochs = json.loads((folder / "out/report.json").read_text())["training"]["per_epoch"]
    # The first also pays for what libraries prepare once.
    return TEXTS / epochs[-1]["examples_per_second"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    names = arguments.families or list(CONFIGS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lengths = write_texts(folder / "train.csv")
        work = gigaflops(lengths)
        for family in names:
            write_encoder(CONFIGS[family], folder / family)
        seconds = {family: [] for family in names}
        for _ in range(arguments.rounds):
            for family in names:
                seconds[family].append(seconds_of_an_epoch(folder, folder / family, arguments.threads))
    print(f"{work:.0f} GFLOP an epoch; median of {arguments.rounds}, range")
    print("\n| family | seconds an epoch | GFLOP/s |\n|---|---:|---:|")
    for family, values in seconds.items():
        median = statistics.median(values)
        print(f"| {family} | {median:.2f} ({min(values):.2f}–{max(values):.2f}) | {work / median:.0f} |")


if __name__ == "__main__":
    main()
