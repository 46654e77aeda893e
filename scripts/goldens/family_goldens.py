#!/usr/bin/env python3
"""Writes tests/model/goldens/FAMILY with transformers: a small random classifier of each family but BERT (which
encoder_goldens.py does), and what it computes.

encoder/               a sequence classifier of three layers as a Hugging Face directory
computed.safetensors   hidden states after the embeddings and each layer, losses and every gradient

Run: family_goldens.py [families to write, all where none is named]

Laid out as classifiers.py says, with the classifier's own linear layer as `head`. `native` is the classifier as
transformers computes it; `mean` puts its linear layer over the L2-normalised mean of the last hidden states.
"""

import sys

import torch
from classifiers import FOLDER, VOCABULARY, compute, draw_sequences, mean_features, save, write_random
from transformers import (
    AlbertConfig,
    AutoModelForSequenceClassification,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    NomicBertConfig,
    RobertaConfig,
)

# Of BERT's shape, with fewer positions than its table has rows where a family counts them from behind its padding.
LIKE_BERT = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 20,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 28,
    "max_position_embeddings": 24,
    "num_labels": 3,
}
CONFIGS = {
    "albert": AlbertConfig(**LIKE_BERT | {"num_hidden_layers": 4}, embedding_size=12, num_hidden_groups=2),
    # Far places share vectors; with that, the longest text has places of every kind.
    "deberta-v2": DebertaV2Config(
        **LIKE_BERT,
        relative_attention=True,
        position_buckets=8,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
    ),
    "distilbert": DistilBertConfig(
        vocab_size=len(VOCABULARY),
        dim=20,
        n_layers=3,
        n_heads=4,
        hidden_dim=28,
        max_position_embeddings=24,
        num_labels=3,
    ),
    "electra": ElectraConfig(**LIKE_BERT, embedding_size=12),
    # The second layer sees four tokens to each side.
    "modernbert": ModernBertConfig(
        **LIKE_BERT | {"num_attention_heads": 2},
        local_attention=8,
        layer_types=["full_attention", "sliding_attention", "full_attention"],
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=3,
        cls_token_id=2,
        sep_token_id=3,
    ),
    "mpnet": MPNetConfig(**LIKE_BERT),
    "nomic_bert": NomicBertConfig(**LIKE_BERT | {"num_attention_heads": 5}),
    "roberta": RobertaConfig(**LIKE_BERT, type_vocab_size=1),
}


def last_layer(model):
    """The linear layer that gives a classifier's logits."""
    return getattr(model.classifier, "out_proj", model.classifier)


# What transformers calls NomicBERT's modules, and what its files do.
IN_FILES = {
    "embeddings.LayerNorm": "emb_ln",
    ".layers.": ".encoder.layers.",
    "self_attn.o_proj": "attn.out_proj",
    "post_attention_layernorm": "norm1",
    "post_mlp_layernorm": "norm2",
    "mlp.up_proj": "mlp.fc11",
    "mlp.gate_proj": "mlp.fc12",
    "mlp.down_proj": "mlp.fc2",
}


def as_in_files(tensors: dict) -> dict:
    out = {}
    for name, value in tensors.items():
        if "self_attn.k_proj" in name or "self_attn.v_proj" in name:
            continue
        if "self_attn.q_proj" in name:
            value = torch.cat([tensors[name.replace("q_proj", f"{part}_proj")] for part in "qkv"])
            name = name.replace("self_attn.q_proj", "attn.Wqkv")
        for ours, theirs in IN_FILES.items():
            name = name.replace(ours, theirs)
        out[name] = value
    return out


def computed(directory, sequences) -> dict:
    model = AutoModelForSequenceClassification.from_pretrained(directory, attn_implementation="eager").double().eval()
    prefix = model.base_model_prefix + "."

    def answer(ids, pooling):
        if pooling == "native":
            return None, model(ids).logits
        result = model.base_model(ids, output_hidden_states=True)
        states = [*result.hidden_states[:-1], result.last_hidden_state]
        return states, last_layer(model)(mean_features(states[-1]))

    parameters = {name.removeprefix(prefix): parameter for name, parameter in model.named_parameters()}
    out = compute(sequences, last_layer(model), ["mean", "native"], parameters, answer)
    return as_in_files(out) if model.config.model_type == "nomic_bert" else out


def main() -> None:
    sequences = draw_sequences(31)
    for family, config in CONFIGS.items():
        if len(sys.argv) > 1 and family not in sys.argv[1:]:
            continue
        directory = FOLDER / family / "encoder"
        write_random(lambda: AutoModelForSequenceClassification.from_config(config), 30, directory)
        save(computed(directory, sequences), directory.with_name("computed.safetensors"))


if __name__ == "__main__":
    main()
