"""Prompts, as sentence-transformers puts them in front of texts: those that an encoder's files name, those that a config
gives, and what a checkpoint hands on of them."""

import csv
import json

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from test_encoder_files import QUESTIONS, TEXTS, TOLERANCE, Encoder

PROMPTS = {"query": "query: ", "shout": "ÜBER — ", "none": ""}


@pytest.fixture
def encoder(encoder_dir, tmp_path):
    return Encoder(encoder_dir, tmp_path / "encoder")


@pytest.fixture
def adapt(run, tmp_path):
    def adapt_with(encoder, head="mean", **settings):
        with (tmp_path / "train.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["text", "label"], *([t, label] for label in TEXTS for t in TEXTS[label])])
        config = {
            "encoder": {"path": str(encoder.path), "max_length": 24, **settings},
            "head": {"type": head},
            "target": {"train": "train.csv", "test": "train.csv", "validation_fraction": 0},
            "transfer": {"policy": "frozen"},
            "training": {"precision": "fp32", "threads": 1},
            "evaluation": {"data_checks": False, "bootstrap_samples": 100},
            "output": {"dir": "out"},
        }
        (tmp_path / "config.json").write_text(json.dumps(config))
        run("--config", tmp_path / "config.json", "--overwrite")
        return tmp_path / "out", json.loads((tmp_path / "out/report.json").read_text())

    return adapt_with


def predicted(run, out, texts=QUESTIONS):
    lines = run("predict", "--checkpoint", out, "--logits", "--device", "cpu", "--threads", 1, "--quiet",
                stdin="".join(json.dumps({"text": text}) + "\n" for text in texts)).lines()  # fmt: skip
    return np.array([[line["logits"][label] for label in sorted(TEXTS)] for line in lines])


def state(encoder, default):
    encoder.set("config_sentence_transformers.json", prompts=PROMPTS)
    encoder.edit("config_sentence_transformers.json", lambda file: file.update(default_prompt_name=default))


@pytest.mark.parametrize(("default", "given", "used"), [
    (None, None, ""), ("query", None, "query: "), ("shout", None, "ÜBER — "), ("none", None, ""),
    ("query", "passage: ", "passage: "), ("query", "", ""), (None, "query: ", "query: "),
])  # fmt: skip
def test_python_puts_the_same_in_front(run, encoder, adapt, default, given, used):
    state(encoder, default)
    out, report = adapt(encoder, **({} if given is None else {"prompt": given}))
    assert report["encoder"]["prompt"] == used
    model = SentenceTransformer(str(out / "checkpoint"), device="cpu")
    assert (model.prompts.get(model.default_prompt_name) or "") == used
    logits = predicted(run, out)
    np.testing.assert_allclose(logits, model.encode(QUESTIONS), rtol=0, atol=TOLERANCE)
    # And it is a prompt that is put there, not nothing.
    plain = model.encode([used + text for text in QUESTIONS], prompt="")
    np.testing.assert_allclose(logits, plain, rtol=0, atol=TOLERANCE)


def test_an_encoders_default_is_what_it_was_in_python(encoder, adapt, run):
    """The features that the head learns from are those of SentenceTransformer.encode with nothing said."""
    state(encoder, "query")
    out, _ = adapt(encoder)
    original = SentenceTransformer(str(encoder.path), device="cpu")
    adapted = SentenceTransformer(str(out / "checkpoint"), device="cpu")
    dense = adapted[-1]
    features = original.encode(QUESTIONS[:4])
    weight, bias = dense.linear.weight.detach().numpy(), dense.linear.bias.detach().numpy()
    original.max_seq_length = 24
    features = original.encode(QUESTIONS)
    np.testing.assert_allclose(features @ weight.T + bias, predicted(run, out), rtol=0, atol=1e-3)


def test_the_native_head_keeps_it_for_predict_and_warns(run, encoder, adapt):
    out, report = adapt(encoder, head="native", prompt="query: ")
    assert any("native: transformers knows no prompts" in warning for warning in report["warnings"])
    with_prompt = predicted(run, out)
    # The same checkpoint without its prompt, asked with it in the text.
    (out / "checkpoint/config_sentence_transformers.json").unlink()
    np.testing.assert_allclose(with_prompt, predicted(run, out, ["query: " + text for text in QUESTIONS]), atol=TOLERANCE)


def test_prompts_without_a_default_are_named(run, encoder, adapt, tmp_path):
    state(encoder, None)
    adapt(encoder)
    assert "encoder.prompt" in run("--config", tmp_path / "config.json", "--overwrite").err


def test_a_default_that_is_none_is_refused_as_in_python(run, encoder):
    state(encoder, "absent")
    with pytest.raises(ValueError, match="absent"):
        SentenceTransformer(str(encoder.path), device="cpu")
    assert "/default_prompt_name" in run("inspect", "--encoder", encoder.path, code=4).err
