"""Written checkpoints in the hands of public loaders: same logits, label names, frozen and trained parameters."""

import csv
import json
import warnings

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

TOLERANCE = 1e-4
MAX_LENGTH = 24
TEXTS = {
    "card_lost": [
        "I left my card in a taxi",
        "someone stole my debit card yesterday",
        "can't find my bank card anywhere, please block it",
        "My wallet is gone, and the card with it!",
        "lost the card on holiday",
        "card went missing from my bag",
    ],
    "top_up": [
        "how do I add money to my account",
        "the top up has not arrived",
        "Can I top up by bank transfer?",
        "put £50 on my account",
        "adding money doesn't work with my other card",
        "is there a limit for topping up",
    ],
    "überweisung": [
        "my transfer is still pending",
        "send money to a friend abroad",
        "Why was I charged a fee for the transfer?",
        "the transfer went to the wrong person",
        "how long does a transfer take",
        "cancel the transfer I just made",
    ],
}
QUESTIONS = [
    "where is my card",
    "TOP-UP failed!!!",
    "Überweisung nach Zürich — wie lange?",
    "一 two  three\tfour",
    "x",
    "I sent money to my landlord " * 20,
    "supercalifragilisticexpialidocious " * 3,
]


def write_texts(path):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows([text, label] for label, texts in TEXTS.items() for text in texts)


class Adaptation:
    """One finished run: its checkpoint, and what the program itself answers with it."""

    def __init__(self, run, directory):
        self.checkpoint = directory / "run" / "checkpoint"
        lines = run("predict", "--checkpoint", self.checkpoint, "--logits", "--device", "cpu", "--threads", 1,
                    stdin="".join(json.dumps({"text": text}) + "\n" for text in QUESTIONS)).lines()  # fmt: skip
        assert [line["text"] for line in lines] == QUESTIONS
        self.logits = np.array([[line["logits"][label] for label in sorted(TEXTS)] for line in lines])
        self.predictions = [line["prediction"] for line in lines]


@pytest.fixture(scope="module")
def adapt(run, encoder_dir, tmp_path_factory):
    """adapt(head, transfer) runs one epoch on TEXTS; each combination runs once."""
    finished = {}

    def adapt_once(head, transfer, **training):
        key = json.dumps([head, transfer, training])
        if key not in finished:
            directory = tmp_path_factory.mktemp("checkpoint")
            write_texts(directory / "train.csv")
            config = {
                "encoder": {"path": str(encoder_dir), "max_length": MAX_LENGTH},
                "head": head,
                "target": {"name": "cards", "train": "train.csv", "test": "train.csv", "validation_fraction": 0},
                "transfer": transfer,
                "training": {"epochs": 1, "batch_size": 6, "learning_rate": 1e-4, "device": "cpu",
                             "precision": "fp32", "threads": 1, **training},
                "output": {"dir": "run"},
            }  # fmt: skip
            (directory / "config.json").write_text(json.dumps(config))
            run("--config", directory / "config.json", "--quiet")
            finished[key] = Adaptation(run, directory)
        return finished[key]

    return adapt_once


MEAN_HEADS = [{"type": "mean", "normalize": True}, {"type": "mean", "normalize": False}]
FULL = {"policy": "full"}
FROZEN = {"policy": "frozen"}


@pytest.mark.parametrize("transfer", [FULL, FROZEN], ids=lambda transfer: transfer["policy"])
@pytest.mark.parametrize("head", MEAN_HEADS, ids=["normalized", "plain"])
def test_sentence_transformers_gives_the_same_logits(adapt, head, transfer):
    adaptation = adapt(head, transfer)
    model = SentenceTransformer(str(adaptation.checkpoint), device="cpu")
    assert model.max_seq_length == MAX_LENGTH
    logits = model.encode(QUESTIONS)
    assert logits.shape == (len(QUESTIONS), len(TEXTS))
    np.testing.assert_allclose(adaptation.logits, logits, rtol=0, atol=TOLERANCE)


def test_mean_checkpoint_keeps_the_label_names(adapt):
    adaptation = adapt(MEAN_HEADS[0], FROZEN)
    config = json.loads((adaptation.checkpoint / "0_Transformer" / "config.json").read_text())
    assert [config["id2label"][str(i)] for i in range(len(TEXTS))] == sorted(TEXTS)
    best = [sorted(TEXTS)[i] for i in adaptation.logits.argmax(axis=1)]
    assert adaptation.predictions == best


def test_classification_loaders_refuse_a_mean_checkpoint(adapt):
    checkpoint = adapt(MEAN_HEADS[0], FROZEN).checkpoint
    with pytest.raises((OSError, ValueError)):
        AutoModelForSequenceClassification.from_pretrained(checkpoint)


@pytest.mark.parametrize("transfer", [FULL, FROZEN], ids=lambda transfer: transfer["policy"])
def test_native_checkpoint_in_transformers(adapt, transfer):
    adaptation = adapt({"type": "native"}, transfer)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # e.g. of weights that are missing or left over
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            adaptation.checkpoint, output_loading_info=True
        )
    assert not loading["missing_keys"] and not loading["unexpected_keys"] and not loading["mismatched_keys"]
    assert model.dtype == torch.float32
    assert model.config.id2label == dict(enumerate(sorted(TEXTS)))
    tokenizer = AutoTokenizer.from_pretrained(adaptation.checkpoint)
    assert tokenizer.model_max_length == MAX_LENGTH
    batch = tokenizer(QUESTIONS, truncation=True, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model.eval()(**batch).logits.numpy()
    np.testing.assert_allclose(adaptation.logits, logits, rtol=0, atol=TOLERANCE)


def test_native_checkpoint_in_a_pipeline(adapt):
    adaptation = adapt({"type": "native"}, FULL)
    classify = pipeline("text-classification", model=str(adaptation.checkpoint), device="cpu")
    answers = classify(QUESTIONS, truncation=True)
    assert [answer["label"] for answer in answers] == adaptation.predictions
    expected = torch.softmax(torch.tensor(adaptation.logits), dim=1).max(dim=1).values
    np.testing.assert_allclose([answer["score"] for answer in answers], expected, rtol=0, atol=TOLERANCE)


def test_evaluate_agrees_with_the_run(adapt, run):
    adaptation = adapt(MEAN_HEADS[0], FULL)
    report = json.loads((adaptation.checkpoint.parent / "report.json").read_text())
    evaluation = run("evaluate", "--checkpoint", adaptation.checkpoint, "--json", "--device", "cpu", "--data",
                     adaptation.checkpoint.parent.parent / "train.csv").json()  # fmt: skip
    # Half an example of slack would hide nothing: accuracy moves in steps of 1/18.
    assert abs(evaluation["accuracy"] - report["test"]["accuracy"]) < 1e-9


def split_by_change(written, original):
    """Names of the encoder's tensors that training left bit-identical, and of those that it moved."""
    same, moved = set(), set()
    for name, tensor in written.items():
        (same if torch.equal(tensor, original[name]) else moved).add(name)
    return same, moved


@pytest.fixture(scope="module")
def original(encoder_dir):
    tensors = load_file(encoder_dir / "model.safetensors")
    del tensors["embeddings.position_ids"]
    return tensors


def encoder_of(checkpoint):
    """The encoder's tensors of a checkpoint under the original's names, and the names of all others."""
    if (checkpoint / "0_Transformer").is_dir():
        return load_file(checkpoint / "0_Transformer" / "model.safetensors"), set()
    tensors = load_file(checkpoint / "model.safetensors")
    encoder = {name.removeprefix("bert."): tensor for name, tensor in tensors.items() if name.startswith("bert.")}
    return encoder, {name for name in tensors if not name.startswith("bert.")}


@pytest.mark.parametrize("head", [MEAN_HEADS[0], {"type": "native"}], ids=lambda head: head["type"])
def test_frozen_encoder_is_written_back_bit_for_bit(adapt, original, head):
    written, others = encoder_of(adapt(head, FROZEN).checkpoint)
    assert written.keys() == original.keys()
    assert split_by_change(written, original)[1] == set()
    assert others == ({"classifier.weight", "classifier.bias"} if head["type"] == "native" else set())


def is_pooler(name):
    return name.startswith("pooler.")


def test_full_tuning_under_mean_moves_all_but_the_pooler(adapt, original):
    written, _ = encoder_of(adapt(MEAN_HEADS[0], FULL).checkpoint)
    assert written.keys() == original.keys()
    same, moved = split_by_change(written, original)
    assert same == {name for name in original if is_pooler(name)}
    assert moved == {name for name in original if not is_pooler(name)}


def test_full_tuning_under_native_moves_everything(adapt, original):
    written, _ = encoder_of(adapt({"type": "native"}, FULL).checkpoint)
    assert split_by_change(written, original) == (set(), set(original))


def test_top_layers_moves_those_alone(adapt, original):
    written, _ = encoder_of(adapt(MEAN_HEADS[0], {"policy": "top_layers", "layers": 2}).checkpoint)
    _, moved = split_by_change(written, original)
    assert moved == {name for name in original if name.startswith(("encoder.layer.4.", "encoder.layer.5."))}


def test_words_and_positions_that_do_not_occur_stay(adapt, original, encoder_dir):
    """The table is trained on the rows that occur; weight decay alone may touch the others."""
    written, _ = encoder_of(adapt(MEAN_HEADS[0], FULL, weight_decay=0).checkpoint)
    tokenizer = AutoTokenizer.from_pretrained(encoder_dir)
    texts = [text for texts in TEXTS.values() for text in texts]
    ids = {i for row in tokenizer(texts, truncation=True, max_length=MAX_LENGTH)["input_ids"] for i in row}
    name = "embeddings.word_embeddings.weight"
    moved = set((written[name] != original[name]).any(dim=1).nonzero().flatten().tolist())
    assert moved == ids
