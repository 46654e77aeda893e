"""LoRA adapters between this program and peft, in both directions: equal hidden states and logits."""

import csv
import json
import warnings

import numpy as np
import pytest
import torch
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from sentence_transformers import SentenceTransformer
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DistilBertConfig,
    DistilBertForSequenceClassification,
)

TOLERANCE = 1e-5
TEXTS = {
    "card_lost": ["I left my card in a taxi", "someone stole my debit card", "My wallet is gone, and the card with it!"],
    "top_up": ["how do I add money to my account", "the top up has not arrived", "put £50 on my account"],
    "transfer": ["my transfer is still pending", "send money to a friend abroad", "cancel the transfer I just made"],
}
QUESTIONS = ["where is my card", "TOP-UP failed!!!", "x", "I sent money to my landlord " * 20]


@pytest.fixture(scope="module")
def adapt(run, encoder_dir, tmp_path_factory):
    """adapt(head) trains adapters under that head and returns the run's directory; once for each."""
    finished = {}

    def adapt_once(head, source=encoder_dir):
        if (head, source) not in finished:
            directory = tmp_path_factory.mktemp("adapter")
            with (directory / "train.csv").open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["text", "label"])
                writer.writerows([text, label] for label, texts in TEXTS.items() for text in texts)
            config = {
                "encoder": {"path": str(source), "max_length": 24},
                "head": {"type": head},
                "target": {"train": "train.csv", "test": "train.csv", "validation_fraction": 0},
                "transfer": {"policy": "lora", "lora": {"r": 4, "target_modules": ["query", "value", "output"]}},
                "training": {"epochs": 3, "batch_size": 3, "learning_rate": 1e-3, "device": "cpu",
                             "precision": "fp32", "threads": 1},
                "output": {"dir": "run"},
            }  # fmt: skip
            (directory / "config.json").write_text(json.dumps(config))
            run("--config", directory / "config.json", "--quiet")
            finished[head, source] = directory / "run"
        return finished[head, source]

    return adapt_once


def predicted(run, *model):
    lines = run("predict", *model, "--logits", "--device", "cpu", "--threads", 1,
                stdin="".join(json.dumps({"text": text}) + "\n" for text in QUESTIONS)).lines()  # fmt: skip
    return np.array([list(line["logits"].values()) for line in lines])


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE * max(1, np.abs(theirs).max()))


def logits_of(model, tokenizer):
    with torch.no_grad():
        return model.eval()(**tokenizer(QUESTIONS, truncation=True, padding=True, return_tensors="pt")).logits.numpy()


def test_peft_gives_the_hidden_states_of_the_merged_checkpoint(adapt, encoder_dir):
    directory = adapt("mean")
    base = AutoModel.from_pretrained(encoder_dir).double()  # rounding in 32 bits is not what is compared
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # of keys that are missing or left over
        model = PeftModel.from_pretrained(base, directory / "adapter").double().eval()
    merged = AutoModel.from_pretrained(directory / "checkpoint" / "0_Transformer").double().eval()
    tokenizer = AutoTokenizer.from_pretrained(directory / "adapter")
    batch = tokenizer(QUESTIONS, truncation=True, padding=True, return_tensors="pt")
    with torch.no_grad():
        close(merged(**batch).last_hidden_state.numpy(), model(**batch).last_hidden_state.numpy())
        with model.disable_adapter():
            assert (model(**batch).last_hidden_state - merged(**batch).last_hidden_state).abs().max() > 1e-2


def test_sentence_transformers_loads_the_adapter_with_its_head(adapt, run):
    directory = adapt("mean")
    model = SentenceTransformer(str(directory / "adapter"), device="cpu")
    logits = model.encode(QUESTIONS)
    close(predicted(run, "--checkpoint", directory), logits)
    close(predicted(run, "--adapter", directory), logits)


def test_peft_gives_the_logits_under_the_native_head(adapt, run, encoder_dir):
    directory = adapt("native")
    base = AutoModelForSequenceClassification.from_pretrained(encoder_dir, num_labels=len(TEXTS))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model = PeftModel.from_pretrained(base, directory / "adapter")
    logits = logits_of(model, AutoTokenizer.from_pretrained(directory / "adapter"))
    close(predicted(run, "--checkpoint", directory), logits)
    close(predicted(run, "--adapter", directory), logits)


def write_distilbert(directory, encoder_dir):
    """A small random classifier of a family whose modules have other names, with a tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(encoder_dir)
    torch.manual_seed(3)
    config = DistilBertConfig(vocab_size=len(tokenizer), dim=32, n_layers=2, n_heads=4, hidden_dim=48,
                              max_position_embeddings=64, num_labels=len(TEXTS), initializer_range=0.3)  # fmt: skip
    DistilBertForSequenceClassification(config).save_pretrained(directory)
    tokenizer.model_max_length = 24
    tokenizer.save_pretrained(directory)


def test_peft_gives_the_logits_of_distilbert(adapt, run, encoder_dir, tmp_path_factory):
    base_dir = tmp_path_factory.mktemp("distilbert")
    write_distilbert(base_dir, encoder_dir)
    directory = adapt("native", base_dir)
    base = AutoModelForSequenceClassification.from_pretrained(base_dir)
    model = PeftModel.from_pretrained(base, directory / "adapter")
    logits = logits_of(model, AutoTokenizer.from_pretrained(directory / "adapter"))
    close(predicted(run, "--adapter", directory), logits)


@pytest.mark.parametrize("safe", [True, False], ids=["safetensors", "bin"])
@pytest.mark.parametrize("rslora", [False, True], ids=["lora", "rslora"])
@pytest.mark.parametrize("family", ["bert", "distilbert"])
def test_an_adapter_that_peft_wrote(run, encoder_dir, tmp_path, family, rslora, safe):
    base_dir = encoder_dir
    if family == "distilbert":
        base_dir = tmp_path / "base"
        write_distilbert(base_dir, encoder_dir)
    base = AutoModelForSequenceClassification.from_pretrained(base_dir, num_labels=len(TEXTS))
    targets = ["q_lin", "lin2"] if family == "distilbert" else ["query", "key", "output.dense"]
    torch.manual_seed(4)
    config = LoraConfig(task_type=TaskType.SEQ_CLS, r=4, lora_alpha=6, target_modules=targets, use_rslora=rslora,
                        init_lora_weights=False)  # fmt: skip
    model = get_peft_model(base, config)
    model.save_pretrained(tmp_path / "adapter", safe_serialization=safe)
    assert (tmp_path / "adapter" / ("adapter_model.safetensors" if safe else "adapter_model.bin")).exists()
    tokenizer = AutoTokenizer.from_pretrained(base_dir)
    tokenizer.model_max_length = 24
    theirs = logits_of(model, tokenizer)
    ours = predicted(run, "--adapter", tmp_path / "adapter", "--checkpoint", base_dir, "--max-length", 24)
    close(ours, theirs)
    if not rslora:  # the adapter names its base
        close(predicted(run, "--adapter", tmp_path / "adapter", "--max-length", 24), theirs)


def test_evaluate_takes_an_adapter(adapt, run):
    directory = adapt("mean")
    data = directory.parent / "train.csv"
    report = json.loads((directory / "report.json").read_text())
    evaluation = run("evaluate", "--adapter", directory, "--data", data, "--json", "--device", "cpu").json()
    assert abs(evaluation["accuracy"] - report["test"]["accuracy"]) < 1e-9
