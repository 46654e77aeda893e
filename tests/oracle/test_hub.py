"""Models by their name on the hub: fetched from a server of the test's own, which fails, stalls, lies and sends on, into
the cache that huggingface_hub keeps."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from huggingface_hub import snapshot_download
from transformers import AutoModel, BertConfig, BertModel

NAME = "org/tiny-bert"
COMMIT = hashlib.sha1(b"commit").hexdigest()
TOKEN = "hf_secretSecretSecret"
WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A small encoder's files, and others that nothing here needs."""
    path = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghij"]
    BertModel(BertConfig(vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                         intermediate_size=32)).save_pretrained(path)  # fmt: skip
    (path / "vocab.txt").write_text("\n".join(words) + "\n")
    (path / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    (path / "tf_model.h5").write_bytes(b"not needed")
    (path / "README.md").write_text("a model")
    return {file.name: file.read_bytes() for file in path.iterdir()}


class Hub:
    """A hub, or the store that it sends large files' readers on to. `odd` maps a path's end to what is done in place of an
    answer: a function of the handler, which returns True when it has answered."""

    def __init__(self, files, store=None):
        self.files = files
        self.store = store
        self.odd = {}
        self.requests = []  # (method, path, headers)
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_HEAD(self):
                hub.answer(self, head=True)

            def do_GET(self):
                hub.answer(self, head=False)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler, head):
        self.requests.append((handler.command, handler.path, dict(handler.headers)))
        for end, act in self.odd.items():
            if handler.path.endswith(end) and act(handler):
                return
        path = handler.path.split("?")[0]
        if path.startswith(f"/api/models/{NAME}"):
            names = [{"rfilename": name} for name in [*self.files, "../../evil/config.json"]]
            send(handler, json.dumps({"id": NAME, "sha": COMMIT, "siblings": names}).encode(), head)
        elif path.split("/")[-1] in self.files and path.startswith((f"/{NAME}/resolve/", "/store/")):
            name = path.split("/")[-1]
            data = self.files[name]
            if not name.endswith((".safetensors", ".bin")):
                git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
                send(handler, data, head, ETag=f'"{git}"', **{"X-Repo-Commit": COMMIT})
            elif self.store:
                handler.send_response(302)
                handler.send_header("X-Linked-Etag", '"%s"' % hashlib.sha256(data).hexdigest())
                handler.send_header("X-Linked-Size", str(len(data)))
                handler.send_header("X-Repo-Commit", COMMIT)
                handler.send_header("Location", f"{self.store.url}/store/{name}?Signature=signed")
                handler.send_header("Content-Length", "0")
                handler.end_headers()
            else:
                send(handler, data, head)
        else:
            handler.send_response(404)
            handler.send_header("X-Error-Code", "RepoNotFound" if NAME not in path else "EntryNotFound")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

    def asked(self, method, end):
        return [r for r in self.requests if r[0] == method and r[1].split("?")[0].endswith(end)]


def send(handler, data, head=False, **headers):
    start = 0
    requested = handler.headers.get("Range")
    if requested:
        start = int(requested.removeprefix("bytes=").removesuffix("-"))
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
    else:
        handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data) - start))
    handler.end_headers()
    if not head:
        handler.wfile.write(data[start:])


def status(code, **headers):
    def act(handler):
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        return True

    return act


def times(count, act):
    """Does `act` the first times, then answers as usual."""
    left = [count]

    def some(handler):
        left[0] -= 1
        return left[0] >= 0 and act(handler)

    return some


@pytest.fixture
def store(files):
    return Hub(files)


@pytest.fixture
def hub(files, store):
    return Hub(files, store)


@pytest.fixture
def cache(tmp_path, monkeypatch, hub):
    for name in ("HF_HOME", "TRANSFORMERS_OFFLINE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "2")
    return tmp_path / "hub"


def blobs(cache):
    return sorted(path.name for path in cache.glob("models--*/blobs/*"))


def fetch(run, code=0, name=NAME):
    return run("inspect", "--encoder", name, "--json", code=code)


def test_what_is_fetched_is_found_by_python(run, cache, files, store, hub):
    inspection = fetch(run).json()
    assert inspection["model_type"] == "bert"
    path = snapshot_download(NAME, cache_dir=cache, local_files_only=True)
    assert Path(path) == cache / "models--org--tiny-bert/snapshots" / COMMIT == Path(inspection["encoder"])
    names = {file.name for file in Path(path).iterdir()}
    assert names == {"config.json", WEIGHTS, "vocab.txt", "tokenizer_config.json"}
    for name in names:
        assert (Path(path) / name).is_symlink()
        assert (Path(path) / name).read_bytes() == files[name]
    AutoModel.from_pretrained(path)
    assert not any(part in request[1] for request in hub.requests for part in ("tf_model", "README", "evil"))
    assert not list(cache.parent.rglob("evil"))
    # It is there now: nothing more is asked, also by its commit.
    before = len(hub.requests)
    fetch(run)
    assert len(hub.requests) == before


def test_what_python_fetched_is_found(run, cache, hub, monkeypatch):
    names = ["config.json", "vocab.txt", "tokenizer_config.json", WEIGHTS]
    # In a process of its own: the library reads its settings when it is imported.
    code = f"from huggingface_hub import hf_hub_download as get\nfor f in {names!r}: print(get({NAME!r}, f))"
    python = subprocess.run([sys.executable, "-c", code], env={**os.environ, "HF_HUB_DISABLE_XET": "1"},
                            capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert python.returncode == 0, python.stderr
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert fetch(run).json()["encoder"] == str(Path(python.stdout.split()[0]).parent)
    # Online it is asked once whether there are modules; what Python has fetched is not fetched again.
    before = len(hub.asked("GET", WEIGHTS))
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    fetch(run)
    fetch(run)
    assert len(hub.asked("GET", WEIGHTS)) == before
    assert len(hub.asked("GET", f"/revision/{COMMIT}")) == 1


def test_a_hub_that_is_gone_does_not_stop_what_is_cached(run, cache, hub, monkeypatch):
    fetch(run)
    for note in cache.rglob(".no_exist/*/modules.json"):
        note.unlink()
    hub.odd["/revision/" + COMMIT] = status(404)
    assert "going on with" in fetch(run).err


def test_the_token_goes_to_the_hub_alone(run, cache, hub, store, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    done = fetch(run)
    assert TOKEN not in done.err + done.out
    assert all(headers.get("Authorization") == f"Bearer {TOKEN}" for _, _, headers in hub.requests)
    assert store.requests
    assert all("Authorization" not in headers for _, _, headers in store.requests)
    assert not any(TOKEN.encode() in file.read_bytes() for file in cache.rglob("*") if file.is_file())


def test_a_failure_that_passes_is_waited_for(run, cache, hub, store):
    hub.odd["/revision/main"] = times(1, status(503))
    hub.odd["/vocab.txt"] = times(1, status(429))
    assert "trying again" in fetch(run).err


def test_what_came_of_a_file_is_kept_and_the_rest_fetched(run, cache, hub, store, files):
    half = len(files[WEIGHTS]) // 2

    def cut(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(files[WEIGHTS])))
        handler.end_headers()
        handler.wfile.write(files[WEIGHTS][:half])
        handler.close_connection = True
        return True

    store.odd["/store/" + WEIGHTS + "?Signature=signed"] = times(1, cut)
    fetch(run)
    assert [headers.get("Range") for _, _, headers in store.asked("GET", WEIGHTS)] == [None, f"bytes={half}-"]
    assert not any(name.endswith(".incomplete") for name in blobs(cache))


def test_a_server_without_parts_sends_it_all_again(run, cache, hub, store, files):
    etag = hashlib.sha256(files[WEIGHTS]).hexdigest()
    partial = cache / "models--org--tiny-bert/blobs" / f"{etag}.incomplete"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"an older version's")

    def whole(handler):
        del handler.headers["Range"]
        send(handler, files[WEIGHTS])
        return True

    store.odd["/store/" + WEIGHTS + "?Signature=signed"] = whole
    fetch(run)
    assert (partial.parent / etag).read_bytes() == files[WEIGHTS]


def test_a_damaged_start_is_fetched_anew(run, cache, hub, store, files):
    etag = hashlib.sha256(files[WEIGHTS]).hexdigest()
    partial = cache / "models--org--tiny-bert/blobs" / f"{etag}.incomplete"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * 100)
    assert "fetching it anew" in fetch(run).err
    assert (partial.parent / etag).read_bytes() == files[WEIGHTS]


@pytest.mark.parametrize("lie", ["other bytes", "too many", "a page"])
@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_bytes_that_are_not_the_files_are_refused(run, cache, hub, store, files, lie, name):
    wrong = {"other bytes": b"\1" * len(files[name]), "too many": files[name] + b"more", "a page": b"<html>"}[lie]

    def act(handler):
        if handler.command == "HEAD":
            return False
        del handler.headers["Range"]
        send(handler, wrong)
        return True

    (store if name == WEIGHTS else hub).odd["?Signature=signed" if name == WEIGHTS else f"/{COMMIT}/{name}"] = act
    error = fetch(run, code=None)
    assert error.code in (4, 5)
    assert name in error.err
    kept = [path for path in cache.glob("models--*/blobs/*") if path.name.endswith(".incomplete")]
    # What is too short may go on; what is wrong does not stay.
    assert not kept or lie == "a page"
    assert not (cache / f"models--org--tiny-bert/snapshots/{COMMIT}/{name}").exists()
    assert not (cache / "models--org--tiny-bert/refs/main").exists()


def test_a_server_that_stalls_is_given_up(run, cache, hub):
    stop = threading.Event()

    def stall(handler):
        stop.wait(20)
        return True

    hub.odd["/revision/main"] = times(1, stall)
    assert "trying again" in fetch(run).err
    stop.set()


def test_redirections_without_end_and_out_of_the_web_are_refused(run, cache, hub):
    hub.odd["/revision/main"] = status(302, Location=f"/api/models/{NAME}/revision/main")
    assert "sent on more than" in fetch(run, code=5).err
    hub.odd["/revision/main"] = status(302, Location="file:///etc/passwd")
    assert "rotocol" in fetch(run, code=5).err


@pytest.mark.parametrize("etag", ['"../../evil"', '""', '"a/b"', '"' + "a" * 200 + '"'])
def test_a_hash_that_is_a_path_is_refused(run, cache, hub, etag):
    hub.odd[f"/{COMMIT}/config.json"] = status(200, ETag=etag)
    assert "ETag" in fetch(run, code=4).err


def test_a_description_that_is_none_is_refused(run, cache, hub):
    for body in (b"<html>", b"{}", b'{"sha": "../../x", "siblings": []}', b'{"sha": 1, "siblings": 2}', b"[" * 1000):
        hub.odd["/revision/main"] = lambda handler, body=body: send(handler, body) is None
        assert fetch(run, code=4).err


def test_who_may_not_read_is_told_why(run, cache, hub):
    assert "no model of that name" in fetch(run, code=4, name="org/other").err
    for code in (401, 403):
        hub.odd["/revision/main"] = status(code)
        assert "gated" in fetch(run, code=4).err


def test_offline_nothing_is_asked(run, cache, hub, monkeypatch):
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setenv(variable, "1")
        assert "HF_HUB_OFFLINE" in fetch(run, code=4).err
    assert not hub.requests


def test_two_at_once_fetch_each_file_once(program, cache, hub, store):
    commands = [subprocess.Popen([program, "inspect", "--encoder", NAME, "--json"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE) for _ in range(3)]  # fmt: skip
    outputs = [command.communicate(timeout=300) for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0], outputs
    fetched = Counter(path for method, path, _ in hub.requests + store.requests if method == "GET")
    assert fetched[f"/store/{WEIGHTS}?Signature=signed"] == 1


@pytest.mark.parametrize("command", ["inspect", "tokenize", "validate", "predict"])
def test_a_terminal_shows_how_far_a_download_is(program, cache, hub, tmp_path, command):
    (tmp_path / "train.csv").write_text("text,label\n" + "".join(f"{w} {w},{'xy'[i % 2]}\n" for i, w in enumerate("abcdefgh")))
    config = {"encoder": {"path": NAME}, "target": {"train": "train.csv"}, "output": {"dir": "out"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    model = {
        "validate": ["--config", tmp_path / "config.json"], "predict": ["--checkpoint", NAME]
    }.get(command, ["--encoder", NAME])  # fmt: skip
    ours, its = os.openpty()
    with subprocess.Popen([program, command, *model], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=its) as process:
        os.close(its)
        shown = b""
        try:
            while part := os.read(ours, 1 << 16):
                shown += part
        except OSError:
            pass  # the other end is closed
        process.communicate(timeout=300)
    os.close(ours)
    assert f"fetch {WEIGHTS}  [" in shown.decode()


def test_a_directory_wins(run, cache, hub, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / NAME
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    fetch(run)
    assert not hub.requests


def test_a_run_by_name_says_which_model_it_was(run, cache, hub, tmp_path):
    (tmp_path / "train.csv").write_text("text,label\n" + "".join(f"{w} {w},{'xy'[i % 2]}\n" for i, w in enumerate("abcdefgh")))
    config = {
        "encoder": {"path": NAME, "revision": "main", "max_length": 16},
        "target": {"train": "train.csv", "test": "train.csv", "validation_fraction": 0},
        "transfer": {"policy": "frozen"},
        "evaluation": {"data_checks": False, "bootstrap_samples": 100},
        "output": {"dir": "out"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    run("--config", tmp_path / "config.json")
    assert f"base_model: \"{NAME}\"" in (tmp_path / "out/checkpoint/README.md").read_text()
    assert json.loads((tmp_path / "out/config.resolved.json").read_text())["encoder"]["path"] == NAME
