"""Writes tests/fuzz/corpus: small files of every kind that the fuzz targets read, for the fuzzer to change.

    python scripts/goldens/fuzz_seeds.py

Needs torch and safetensors (tests/oracle/requirements.txt). Where a target takes several files, each begins with a line
"@@ NAME" (tests/fuzz/fuzz_target.hpp).
"""

import base64
import io
import json
import pathlib
import shutil
import struct
from collections import OrderedDict

import torch
from safetensors.torch import save

ROOT = pathlib.Path(__file__).parents[2]
CORPUS = ROOT / "tests/fuzz/corpus"


def write(target, name, *pieces):
    """`pieces`: texts or bytes, one after the other; a pair is a file and its content."""
    out = b""
    for piece in pieces:
        if isinstance(piece, tuple):
            file, content = piece
            out += (b"\n" if out else b"") + f"@@ {file}\n".encode()
            piece = content
        if isinstance(piece, (dict, list)):
            piece = json.dumps(piece, ensure_ascii=False, separators=(",", ":"))
        out += piece if isinstance(piece, bytes) else piece.encode()
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(out)


# --- Tokenizers -------------------------------------------------------------------------------------------------------

TEXT = "Hello, [MASK] wörld! It's 12 ﬁsh\u3000你好 <s>"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def added(tokens, **flags):
    defaults = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return [{"id": i, "content": token, **defaults, **flags} for i, token in enumerate(tokens)]


def tokenizer(model, normalizer=None, pre_tokenizer=None, post_processor=None, tokens=()):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added(tokens), "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": None, "model": model}


def sequence(kind, *parts):
    key = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "post_processor": "processors"}[kind]
    return {"type": "Sequence", key: list(parts)}


def charsmap(entries):
    """As tests/tokenizer/charsmap_blob.hpp, for texts of single bytes."""
    units, texts = [0] * 512, b""
    units[0] = 256 << 10
    for key, value in entries:
        place, block = 256 ^ key, len(units)
        units += [0] * 256
        units[place] = (place ^ block) << 10 | key | 1 << 8
        units[block] = 1 << 31 | len(texts)
        texts += value.encode() + b"\0"
    return base64.b64encode(struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + texts).decode()


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    return varint(number << 3) + varint(value)


def sentencepiece(model_type):
    kinds = {"<unk>": 2, "<s>": 3, "</s>": 3, "<0x41>": 6}
    texts = ["<unk>", "<s>", "</s>", "<0x41>", "▁", "a", "b", "ab", "▁a", "▁ab"]
    pieces = b"".join(field(1, field(1, text.encode()) + field(2, -float(i)) + field(3, kinds.get(text, 1)))
                      for i, text in enumerate(texts))
    return pieces + field(2, field(3, model_type) + field(40, 0)) + field(3, field(2, base64.b64decode(charsmap([(66, "b")]))))


def tokenizers():
    bert = {token: i for i, token in enumerate([*SPECIAL, "hello", "##lo", "hel", "w", "##o", "##r", "!", ",", "1", "##2"])}
    template = {"type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                           {"SpecialToken": {"id": "[SEP]", "type_id": 0}}], "pair": [],
                "special_tokens": {t: {"id": t, "ids": [bert[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")}}
    word_piece = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": bert}
    normalizer = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                  "lowercase": True}
    write("tokenizer_json", "word_piece", TEXT,
          ("tokenizer.json", tokenizer(word_piece, normalizer, {"type": "BertPreTokenizer"}, template, SPECIAL)),
          ("tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 512}))
    write("tokenizer_json", "vocab_txt", TEXT, ("vocab.txt", "\n".join(bert) + "\n"),
          ("tokenizer_config.json", {"do_lower_case": False, "added_tokens_decoder": {"4": {"content": "[MASK]", "lstrip": True}}}),
          ("added_tokens.json", {"[NEW]": len(bert)}))

    parts = [{"type": "NFC"}, {"type": "NFKD"}, {"type": "Lowercase"}, {"type": "StripAccents"}, {"type": "Nmt"},
             {"type": "Strip", "strip_left": True, "strip_right": False}, {"type": "Prepend", "prepend": "▁"},
             {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
             {"type": "Replace", "pattern": {"String": "!"}, "content": "?"},
             {"type": "Precompiled", "precompiled_charsmap": charsmap([(65, "a"), (72, "hh")])}]
    splits = [{"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"},
              {"type": "Digits", "individual_digits": True}, {"type": "CharDelimiterSplit", "delimiter": "x"},
              {"type": "UnicodeScripts"}, {"type": "FixedLength", "length": 3},
              {"type": "Split", "pattern": {"String": ","}, "behavior": "MergedWithNext", "invert": False}]
    small = {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "", "max_input_chars_per_word": 9,
             "vocab": {"[PAD]": 0, "[UNK]": 1, "a": 2, "h": 3}}
    write("tokenizer_json", "normalizers", TEXT,
          ("tokenizer.json", tokenizer(small, sequence("normalizer", *parts), {"type": "WhitespaceSplit"})))
    write("tokenizer_json", "pre_tokenizers", TEXT,
          ("tokenizer.json", tokenizer(small, None, sequence("pre_tokenizer", *splits))))

    letters = {t: i for i, t in enumerate(["<s>", "</s>", "<unk>", "<pad>", "Ġ", "h", "e", "l", "o", "he", "ll", "hell", "Ġhe"])}
    merges = ["h e", "l l", "he ll", "Ġ he"]
    roberta = {"type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0], "trim_offsets": True, "add_prefix_space": True}
    bpe = {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": "", "end_of_word_suffix": "",
           "fuse_unk": True, "byte_fallback": False, "vocab": letters, "merges": merges}
    byte_level = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    write("tokenizer_json", "bpe_bytes", "hello hell",
          ("tokenizer.json", tokenizer(bpe, None, byte_level, roberta, ["<s>", "</s>", "<unk>", "<pad>"])))
    regex = r"(?i:'s|'t|'re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    split = {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}
    write("tokenizer_json", "bpe_split", "hello hell  12 it's\n\n",
          ("tokenizer.json", tokenizer(bpe, {"type": "ByteLevel"}, sequence("pre_tokenizer", split, dict(byte_level, use_regex=False)))),
          ("tokenizer_config.json", {"pad_token": "<pad>"}))
    suffixed = dict(bpe, continuing_subword_prefix="##", end_of_word_suffix="</w>", ignore_merges=True,
                    vocab={t: i for i, t in enumerate(["<pad>", "<unk>", "a", "##b", "##b</w>", "ab</w>"])}, merges=[["a", "##b</w>"]])
    write("tokenizer_json", "bpe_words", "ab ab a", ("tokenizer.json", tokenizer(suffixed, None, {"type": "Whitespace"})))
    write("tokenizer_json", "roberta_files", "hello", ("vocab.json", letters), ("merges.txt", "#version: 0.2\n" + "\n".join(merges) + "\n"),
          ("tokenizer_config.json", {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": True}))

    scores = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], ["▁", -2.5], ["a", -3.0], ["▁ab", -4.25], ["b", -3.5], ["<0x41>", -9]]
    unigram = {"type": "Unigram", "unk_id": 3, "vocab": scores, "byte_fallback": False}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}
    write("tokenizer_json", "unigram", "ab aab <s> b",
          ("tokenizer.json", tokenizer(unigram, sequence("normalizer", parts[9], parts[7]), sequence("pre_tokenizer", splits[1], metaspace), roberta
                                       | {"cls": ["<s>", 0], "sep": ["</s>", 2]}, [])))
    for model_type, kind in ((1, "XLMRobertaTokenizer"), (1, "AlbertTokenizer"), (1, "CamembertTokenizer")):
        file = "spiece.model" if kind == "AlbertTokenizer" else "sentencepiece.bpe.model"
        write("tokenizer_json", f"sentencepiece_{kind.lower()}", "ab A b",
              (file, sentencepiece(model_type)), ("tokenizer_config.json", {"tokenizer_class": kind}))
    for kind in range(8):
        write("tokenizer_text", f"kind_{kind}", bytes([48 + kind]), TEXT)


# --- Data, configs, reports -------------------------------------------------------------------------------------------


def data():
    plain, all_columns = "@", "_"
    write("delimited_data", "csv", plain, "T", 'text,label\n"two ""words""",a\r\nmore,b\n')
    write("delimited_data", "csv_columns", all_columns, "T", "text;label;id;weight;language;slice\nx;a;1;0.5;de;s\n")
    write("delimited_data", "excel", plain, "T", "sep=;\ntext;label\nx;a\n")
    write("delimited_data", "tsv", plain, "U", "text\tlabel\nx\ta\n")
    write("delimited_data", "fasttext", plain, "V", "__label__a __label__b hello\n__label__c x\n")
    for name, mark, encoding in (("utf_16", b"\xff\xfe", "utf-16le"), ("western", b"", "windows-1252")):
        write("delimited_data", name, plain, "T", mark + "text,label\ngrün,a\ncafé,b\n".encode(encoding))
    write("delimited_data", "gb18030", plain, "c", "text,label\n你好,a\n".encode("gb18030"))
    record = {"text": "x", "label": "a", "id": 7, "weight": 0.5, "language": "de", "slice": "s"}
    write("json_data", "lines", plain, "0", json.dumps(record), "\n", json.dumps({"text": "y", "label": ["a", "b"]}), "\n")
    write("json_data", "columns", all_columns, "0", json.dumps(record), "\n")
    write("json_data", "records", plain, "1", [record, {"text": "\u2028y", "label": 1}, {"text": "z", "label": True}])
    write("json_data", "clinc", plain, "1", {"train": [["x", "a"]], "oos_train": [["y", "oos"]], "val": []})

    configs = {path.stem: json.loads(path.read_text()) for path in (ROOT / "configs").glob("*.json")}
    for name in ("retail_to_banking", "compare_banking"):
        write("run_config", name, configs[name])
    target = {"train": "train.csv", "test": "test.csv", "text_column": "text", "label_column": "intent"}
    base = {"encoder": {"path": "org/name", "revision": "main"}, "target": target, "output": {"dir": "out"}}
    search = {"method": "random", "trials": 3, "settings": {"training.learning_rate": {"min": 2e-5, "max": 5e-4, "scale": "log"},
                                                           "transfer.policy": ["frozen", "lora"]}}
    write("run_config", "search", base | {"search": search, "evaluation": {"gates": ["test.accuracy >= 0.5"]}})
    phases = [{"train": ["head"], "epochs": 1}, {"train": ["layer.0-1", "head"], "epochs": 2, "learning_rate": {"head": 1e-3, "*": 1e-5}}]
    write("run_config", "phases", base | {"transfer": {"phases": phases}, "training": {"objective": {"type": "supervised_contrastive"}}})

    figures = {"data_sha256": "5e55", "examples": 4, "accuracy": 0.75, "macro_f1": 0.7, "accuracy_ci95": [0.5, 1],
               "per_class": [{"label": "a", "f1": 0.5, "support": 2}], "multi_label": None, "languages": None}
    report = {"schema_version": 7, "test": figures, "cross_validation": None,
              "policy": {"name": "full", "trainable_parameters": 10},
              "training": {"seconds": 1.5, "reused_seconds": 0, "examples": 20},
              "source": {"training": {"seconds": 1, "reused_seconds": 2}},
              "data": {"labels": ["a", "b"], "shots": 10, "train": {"sha256": "ab", "used": 20}},
              "timing": {"total_seconds": 3, "peak_rss_bytes": 5, "latency": None},
              "encoder": {"weights_sha256": "c0", "random_weights": False},
              "environment": {"seed": 7, "device": "cpu", "precision": "fp32", "threads": 2, "cpu_capability": "AVX2"}}
    answer = {"index": 0, "label": "a", "correct": True, "data_sha256": "5e55", "language": "de"}
    write("report", "run", report, ("predictions.jsonl", "".join(json.dumps(answer | {"index": i}) + "\n" for i in range(4))))
    write("report", "answers", json.dumps(answer), "\n", json.dumps({"index": 1, "labels": ["a", "b"], "correct": False, "data_sha256": "5e55"}), "\n")
    write("report", "settings", base | {"training": {"seed": 1}, "source": {"name": "retail", "train": "x.csv"}})
    write("report", "decision", {"temperature": 0.5, "score": "max_probability", "threshold": 0.25, "neighbours": 0, "thresholds": [0.5]})


# --- Checkpoints ------------------------------------------------------------------------------------------------------


def torch_file(tensors, legacy=False):
    out = io.BytesIO()
    torch.save(tensors, out, _use_new_zipfile_serialization=not legacy)
    return out.getvalue()


def checkpoints():
    values = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(4, dtype=torch.float16), "c": torch.tensor([True, False])}
    write("safetensors", "three", save(values, {"format": "pt"}))
    write("safetensors", "empty", save({"none": torch.zeros(0, 3), "bf": torch.ones(1, dtype=torch.bfloat16)}))
    shared = torch.arange(8.0)
    state = OrderedDict(weight=shared, tied=shared, part=shared[2:6:2], other=torch.nn.Parameter(torch.ones(2, 2)))
    state["turned"] = shared.reshape(2, 4).t()
    for legacy in (False, True):
        write("torch_file", "legacy" if legacy else "zip", torch_file(state, legacy))
    write("torch_file", "types", torch_file({"step": 3, "x": torch.ones(1, dtype=torch.float8_e4m3fn), "y": torch.ones(3, dtype=torch.int16)}))

    write("shard_index", "two", {"metadata": {"total_size": 36}, "weight_map": {"x": "a.safetensors", "y": "a.safetensors", "z": "b.safetensors"}})
    write("shard_index", "outside", {"weight_map": {"x": "../c.safetensors"}})

    for config in sorted((ROOT / "tests/model/goldens").glob("*/encoder/config.json")):
        write("encoder_config", config.parts[-3], json.loads(config.read_text()))

    encoder = {"model_type": "bert", "architectures": ["BertForSequenceClassification"], "id2label": {"0": "a", "1": "b"}}
    weights = save({"embeddings": torch.ones(2, 2)})
    write("encoder_directory", "plain", ("config.json", encoder), ("model.safetensors", weights), ("tokenizer_config.json", {"model_max_length": 9}))
    write("encoder_directory", "torch", ("config.json", encoder), ("pytorch_model.bin", torch_file({"x": torch.ones(2)})))
    write("encoder_directory", "shards", ("config.json", encoder), ("model.safetensors.index.json", {"weight_map": {"embeddings": "a.safetensors"}}),
          ("a.safetensors", weights))
    modules = [{"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
               for i, (path, kind) in enumerate((("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense"), ("3_Dense", "Dense")))]
    dense = {"in_features": 2, "out_features": 2, "bias": True, "activation_function": "torch.nn.modules.activation.Tanh"}
    layer = save({"linear.weight": torch.ones(2, 2), "linear.bias": torch.ones(2)})
    identity = dense | {"activation_function": "torch.nn.modules.linear.Identity"}
    write("encoder_directory", "modules", ("config.json", encoder), ("modules.json", modules), ("model.safetensors", weights),
          ("1_Pooling/config.json", {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}),
          ("2_Dense/config.json", dense), ("2_Dense/model.safetensors", layer),
          ("3_Dense/config.json", identity), ("3_Dense/model.safetensors", layer),
          ("config_sentence_transformers.json", {"prompts": {"query": "query: "}, "default_prompt_name": "query"}),
          ("sentence_bert_config.json", {"max_seq_length": 128, "do_lower_case": False}))

    lora = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "lora_dropout": 0.1, "bias": "none", "task_type": "SEQ_CLS",
            "target_modules": ["query"], "modules_to_save": ["classifier"], "base_model_name_or_path": "base", "use_rslora": False}
    matrices = {"base_model.model.q.lora_A.weight": torch.ones(2, 3), "base_model.model.q.lora_B.weight": torch.ones(3, 2)}
    base = [("base/config.json", encoder), ("base/model.safetensors", weights)]
    write("adapter", "safetensors", ("adapter_config.json", lora), ("adapter_model.safetensors", save(matrices)), *base)
    write("adapter", "torch", ("adapter_config.json", lora), ("adapter_model.bin", torch_file(matrices)),
          ("classifier.json", {"id2label": {"0": "a"}, "problem_type": "multi_label_classification"}), *base)


def states():
    def fit(prefix):
        counts = {f"{prefix}{name}.count": torch.tensor([0]) for name in ("first_moments", "second_moments", "starts")}
        return counts | {f"{prefix}counts": torch.tensor([1, 0, 0, 0, 1, 1, 2, 3, 4]),
                         f"{prefix}figures": torch.tensor([0.5, 1, 1], dtype=torch.float64),
                         f"{prefix}rows": torch.ones(9, dtype=torch.float64), f"{prefix}weights.count": torch.tensor([1]),
                         f"{prefix}weights.0": torch.ones(2)}

    best = {"fit.best": torch.tensor([1, 0.5, 1], dtype=torch.float64), "fit.best_weights.count": torch.tensor([0])}
    content = {"format": 1, "number": 3, "part": "", "fit": "target 1", "epoch": 1, "step": 2, "done": ["source 1"],
               "resumed": [{"fit": "source 1", "epoch": 0, "step": 1}], "seconds": 1.5, "identity": "{}"}
    write("saved_state", "whole", ("state.json", content), ("0.safetensors", save(fit("fit.") | best | fit("done.0."))))
    write("saved_state", "damaged", ("0.json", {"sha256": "", "state": content}), ("0.safetensors", save({"x": torch.ones(1)})))


shutil.rmtree(CORPUS, ignore_errors=True)
tokenizers()
data()
checkpoints()
states()
