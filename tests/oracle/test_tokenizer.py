"""`transfer-tune tokenize` against the tokenizers package: the same ids for real texts, code points, random strings."""

import csv
import json
import shutil

import pytest
from tokenizer_cases import code_point_texts, random_texts
from tokenizers import Tokenizer
from transformers import BertTokenizerFast

def real_texts(shared_data):
    out = set()
    for path in sorted(shared_data.glob("**/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            out.update(cell for row in csv.reader(file) for cell in row)
    clinc = json.loads((shared_data / "clinc150/data_full.json").read_text())
    out.update(text for rows in clinc.values() for text, _ in rows)
    assert len(out) > 40_000
    return sorted(out)


@pytest.fixture(params=["code points", "random", "real"])
def texts(request):
    """Texts without line feeds, which part the program's input; the C++ goldens cover them."""
    if request.param == "real":
        whole = real_texts(request.getfixturevalue("shared_data"))
    else:
        whole = code_point_texts() if request.param == "code points" else random_texts()
    return [line for text in whole for line in text.split("\n")]


def from_tokenizer_json(encoder_dir, _):
    tokenizer = Tokenizer.from_file(str(encoder_dir / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return encoder_dir, tokenizer


def from_vocab_txt(encoder_dir, tmp_path):
    for name in ("vocab.txt", "tokenizer_config.json"):
        shutil.copy(encoder_dir / name, tmp_path)
    return tmp_path, BertTokenizerFast.from_pretrained(tmp_path, local_files_only=True)._tokenizer


@pytest.mark.parametrize("load", [from_tokenizer_json, from_vocab_txt])
def test_ids_and_tokens_are_those_of_the_package(run, encoder_dir, tmp_path, texts, load):
    directory, reference = load(encoder_dir, tmp_path)
    token = {i: name for name, i in reference.get_vocab().items()}
    lines = run("tokenize", "--encoder", directory, stdin="".join(text + "\n" for text in texts)).out.split("\n")[:-1]
    assert len(lines) == len(texts)
    for start in range(0, len(texts), 10_000):
        part = texts[start : start + 10_000]
        for text, expected, line in zip(part, reference.encode_batch_fast(part), lines[start:]):
            found = json.loads(line)
            assert found["ids"] == expected.ids, ascii(text)
            assert found["tokens"] == [token[i] for i in expected.ids], ascii(text)
