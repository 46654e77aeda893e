"""Encoders whose files disagree, or say what the program does not do: the checkpoint that is written answers alike in
transformers and sentence-transformers, one text at a time and in batches."""

import csv
import json
import shutil

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from transformers import pipeline

TOLERANCE = 1e-4
TEXTS = {
    "card": ["My card is LOST", "a stolen card", "block the card NOW", "where is my Card"],
    "money": ["send money abroad", "Top up my account", "WHY was I charged", "my balance, please"],
}
# Of different lengths, so that batches are padded; with capitals, accents, Chinese characters, controls, special tokens.
QUESTIONS = [
    "where is my card",
    "Where Is My CARD",
    "TOP-UP failed!!!",
    "Überweisung nach Zürich — wie lange dauert das denn noch, bitte?",
    "café déjà vu, naïve coöperation",
    "我的卡丢了 please help",
    "一 two  三\tfour",
    "a\u200bb \x07 c\u00a0d",
    "x",
    "pay [MASK] the [SEP] rest <extra> token",
    "a [PAD] and a <pad> token are part of this text",
    "supercalifragilisticexpialidocious " * 2,
    "I sent money to my landlord and it has not arrived " * 4,
] * 3
FILES = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
         "special_tokens_map.json", "modules.json", "1_Pooling", "sentence_bert_config.json",
         "config_sentence_transformers.json"]  # fmt: skip
HEADS = ["mean", "native"]


class Encoder:
    """A copy of the encoder whose files a test changes."""

    def __init__(self, source, path):
        self.path = path
        path.mkdir()
        for name in FILES:
            copy = shutil.copytree if (source / name).is_dir() else shutil.copy
            copy(source / name, path / name)

    def edit(self, name, change):
        """change(document) alters the JSON document of a file; it is created where there is none."""
        file = self.path / name
        document = json.loads(file.read_text()) if file.exists() else {}
        change(document)
        file.write_text(json.dumps(document))

    def set(self, name, **values):
        """Sets keys of a file's JSON object; None removes them."""

        def change(document):
            for key, value in values.items():
                document[key] = value
                if value is None:
                    del document[key]

        self.edit(name, change)

    def normalizer(self, **values):
        self.edit("tokenizer.json", lambda document: document["normalizer"].update(values))


@pytest.fixture
def encoder(encoder_dir, tmp_path):
    return Encoder(encoder_dir, tmp_path / "encoder")


@pytest.fixture
def check(run, tmp_path):
    """check(encoder, head): adapts, and compares the checkpoint's logits in Python with the program's own. Returns the
    report."""

    def adapt_and_compare(encoder, head, **encoder_settings):
        with (tmp_path / "train.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["text", "label"], *([t, label] for label in TEXTS for t in TEXTS[label])])
        out = tmp_path / f"out_{head}"
        config = {
            "encoder": {"path": str(encoder.path), "max_length": 32, **encoder_settings},
            "head": {"type": head},
            "target": {"train": "train.csv", "test": "train.csv", "validation_fraction": 0},
            "transfer": {"policy": "frozen"},
            "training": {"precision": "fp32", "threads": 1},
            "evaluation": {"data_checks": False, "bootstrap_samples": 100},
            "output": {"dir": str(out)},
        }
        (tmp_path / "config.json").write_text(json.dumps(config))
        run("--config", tmp_path / "config.json", "--quiet", "--overwrite")
        lines = run("predict", "--checkpoint", out, "--logits", "--device", "cpu", "--threads", 1, "--quiet",
                    stdin="".join(json.dumps({"text": text}) + "\n" for text in QUESTIONS)).lines()  # fmt: skip
        expected = np.array([[line["logits"][label] for label in sorted(TEXTS)] for line in lines])
        for batch in (1, 32):
            logits = python_logits(out / "checkpoint", head, batch)
            np.testing.assert_allclose(expected, logits, rtol=0, atol=TOLERANCE, err_msg=f"batches of {batch}")
        return json.loads((out / "report.json").read_text())

    return adapt_and_compare


def python_logits(checkpoint, head, batch):
    """As users get them: of SentenceTransformer.encode, or of a text-classification pipeline."""
    if head != "native":
        return SentenceTransformer(str(checkpoint), device="cpu").encode(QUESTIONS, batch_size=batch)
    classify = pipeline("text-classification", model=str(checkpoint), device="cpu", top_k=None)
    answers = classify(QUESTIONS, truncation=True, batch_size=batch, function_to_apply="none")
    return np.array([[scores[label] for label in sorted(TEXTS)]
                     for scores in ({s["label"]: s["score"] for s in answer} for answer in answers)])  # fmt: skip


def warning_about(report, *parts):
    return any(all(part in warning for part in parts) for warning in report["warnings"])


CONFLICTS = {
    "lowercase false beside a lowercasing tokenizer.json": ({}, {"do_lower_case": False}, "do_lower_case"),
    "lowercase true beside a cased tokenizer.json": ({"lowercase": False}, {"do_lower_case": True}, "do_lower_case"),
    "lowercase absent beside a cased tokenizer.json": ({"lowercase": False}, {"do_lower_case": None}, "do_lower_case"),
    "strip_accents false": ({}, {"strip_accents": False}, "strip_accents"),
    "strip_accents absent": ({"strip_accents": False}, {"strip_accents": None}, "strip_accents"),
    "tokenize_chinese_chars false": ({}, {"tokenize_chinese_chars": False}, "tokenize_chinese_chars"),
    "tokenize_chinese_chars absent": (
        {"handle_chinese_chars": False}, {"tokenize_chinese_chars": None}, "tokenize_chinese_chars"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("head", "tokenizer_class"), [("mean", "BertTokenizer"), ("native", None)])
@pytest.mark.parametrize("conflict", CONFLICTS)
def test_a_conflict_about_the_normalizer_is_named_and_settled(encoder, check, conflict, head, tokenizer_class):
    normalizer, config, key = CONFLICTS[conflict]
    encoder.normalizer(**normalizer)
    encoder.set("tokenizer_config.json", **config, tokenizer_class=tokenizer_class)
    assert warning_about(check(encoder, head), f'tokenizer_config.json: "{key}" is', "tokenizer.json has")


@pytest.mark.parametrize("head", HEADS)
def test_a_tokenizer_that_bert_classes_of_python_cannot_express(encoder, check, head):
    def change(document):
        document["normalizer"]["clean_text"] = False
        document["model"]["max_input_chars_per_word"] = 12
        document["added_tokens"].append({"id": 30522 - 1, "content": document_token(document), "special": False,
                                         "normalized": False, "single_word": False, "lstrip": False,
                                         "rstrip": False})  # fmt: skip

    def document_token(document):
        return next(token for token, i in document["model"]["vocab"].items() if i == 30521)

    encoder.edit("tokenizer.json", change)
    check(encoder, head)


@pytest.mark.parametrize("head", HEADS)
def test_without_a_tokenizer_config(encoder, check, head):
    encoder.normalizer(lowercase=False)
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        (encoder.path / name).unlink()
    assert warning_about(check(encoder, head), '"do_lower_case" is not stated')


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("config", [{"do_lower_case": False}, {"do_lower_case": None}, {"strip_accents": False},
                                    {"tokenize_chinese_chars": False}], ids=str)  # fmt: skip
def test_a_vocabulary_with_its_config_alone(encoder, check, config, head):
    (encoder.path / "tokenizer.json").unlink()
    encoder.set("tokenizer_config.json", **config, padding_side="left")
    assert not warning_about(check(encoder, head), "tokenizer_config.json")


# Keys of a tokenizer_config.json that change answers in Python and not here, each with what they would do there.
NEUTRALISED = {
    "padding_side": "left",  # shifts the positions of every text but the longest of a batch
    "truncation_side": "left",  # keeps a long text's end
    "split_special_tokens": True,  # reads "[SEP]" in a text as words
    "additional_special_tokens": ["<extra>"],  # a new token of its own, beyond the table of embeddings
    "added_tokens_decoder": {"30522": {"content": "<extra>", "special": True, "normalized": False, "lstrip": False,
                                       "rstrip": False, "single_word": False}},
    "extra_special_tokens": ["<extra>"],
    "sep_token": "[MASK]",  # other marks around a text
    "cls_token": "<extra>",
    "model_input_names": ["input_ids"],  # no attention mask: padding is read as text
    "tokenizer_class": "DistilBertTokenizer",
    "max_length": 8,
    "stride": 2,
}  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
def test_keys_that_would_change_the_answers_are_not_carried_over(encoder, check, head):
    encoder.set("tokenizer_config.json", **NEUTRALISED)
    assert warning_about(check(encoder, head), "<extra>")


@pytest.mark.parametrize("head", HEADS)
def test_files_of_added_tokens_are_named_and_left_behind(encoder, check, head):
    encoder.set("added_tokens.json", **{"<extra>": 30522})
    encoder.set("special_tokens_map.json", additional_special_tokens=["<extra>"], sep_token="[MASK]")
    report = check(encoder, head)
    assert warning_about(report, "added_tokens.json: adds")
    assert warning_about(report, "special_tokens_map.json: adds")


# Keys of a config.json of which the same holds.
MODEL_KEYS = {
    "torch_dtype": "float16",
    "dtype": "bfloat16",
    "function_to_apply": "sigmoid",
    "task_specific_params": {"text-classification": {"function_to_apply": "sigmoid"}},
    "output_hidden_states": True,
    "output_attentions": True,
    "return_dict": False,
    "problem_type": "multi_label_classification",
    "num_labels": 7,
    "use_cache": False,
    "chunk_size_feed_forward": 4,
    "tokenizer_class": "RobertaTokenizer",
    "architectures": ["BertForMaskedLM"],
    "quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True},
    "auto_map": {"AutoModel": "modeling_other.OtherModel"},
    "id2label": {"0": "other"},
    "pruned_heads": {"0": [0]},
}


@pytest.mark.parametrize("head", HEADS)
def test_keys_of_the_model_config_do_not_change_the_answers(encoder, check, head):
    encoder.set("config.json", **MODEL_KEYS)
    check(encoder, head)


def test_the_lowercasing_of_sentence_transformers_is_named(encoder, check):
    encoder.normalizer(lowercase=False)
    encoder.set("tokenizer_config.json", do_lower_case=False)
    encoder.set("sentence_bert_config.json", do_lower_case=True)
    assert warning_about(check(encoder, "mean"), "sentence_bert_config.json", "do_lower_case")


def test_the_first_tokens_vector_is_followed(encoder, check):
    encoder.set("1_Pooling/config.json", pooling_mode_mean_tokens=False, pooling_mode_cls_token=True)
    report = check(encoder, "auto")
    assert report["head"]["type"] == "cls"
    assert not report["warnings"]
