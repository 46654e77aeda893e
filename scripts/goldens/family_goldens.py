#!/usr/bin/env python3
"""Writes tests/model/goldens/FAMILY with transformers: a small random classifier of each family but BERT (which
encoder_goldens.py does), and what it computes.

encoder/               a sequence classifier of three layers as a Hugging Face directory
computed.safetensors   hidden states after the embeddings and each layer, losses and every gradient

Laid out as classifiers.py says, with the classifier's own linear layer as `head`. `native` is the classifier as
transformers computes it; `mean` puts its linear layer over the L2-normalised mean of the last hidden states.
"""

from classifiers import FOLDER, VOCABULARY, compute, draw_sequences, mean_features, save, write_random
from transformers import AutoModelForSequenceClassification, DistilBertConfig

CONFIGS = {
    "distilbert": DistilBertConfig(
        vocab_size=len(VOCABULARY),
        dim=20,
        n_layers=3,
        n_heads=4,
        hidden_dim=28,
        max_position_embeddings=24,
        num_labels=3,
    ),
}


def computed(directory, sequences) -> dict:
    model = AutoModelForSequenceClassification.from_pretrained(directory, attn_implementation="eager").double().eval()
    prefix = model.base_model_prefix + "."

    def answer(ids, pooling):
        result = model(ids, output_hidden_states=True)
        mean = model.classifier(mean_features(result.hidden_states[-1]))
        return result.hidden_states, result.logits if pooling == "native" else mean

    parameters = {name.removeprefix(prefix): parameter for name, parameter in model.named_parameters()}
    return compute(sequences, model.classifier, ["mean", "native"], parameters, answer)


def main() -> None:
    sequences = draw_sequences(31)
    for family, config in CONFIGS.items():
        directory = FOLDER / family / "encoder"
        write_random(lambda: AutoModelForSequenceClassification.from_config(config), 30, directory)
        save(computed(directory, sequences), directory.with_name("computed.safetensors"))


if __name__ == "__main__":
    main()
