"""What the oracle tests share: the program, the encoder, the data beside the checkout, and a way to run the program.

TRANSFER_TUNE names the program to test; without it, build/release/transfer-tune.
"""

import csv
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@dataclass(frozen=True)
class Finished:
    """A run of the program: exit code, and its two outputs as text."""

    code: int
    out: str
    err: str

    def json(self):
        """The standard output as one JSON document."""
        return json.loads(self.out)

    def lines(self):
        """The standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Caches of earlier runs, perhaps of another program, must not answer for the one under test."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def program() -> Path:
    path = Path(os.environ.get("TRANSFER_TUNE", ROOT / "build/release/transfer-tune")).resolve()
    if not path.is_file():
        pytest.fail(f"no program at {path}: run scripts/test, or name one in TRANSFER_TUNE")
    return path


@pytest.fixture(scope="session")
def encoder_dir() -> Path:
    path = ROOT / ".deps/encoders/all-MiniLM-L6-v2"
    if not path.is_dir():
        pytest.fail(f"no encoder at {path}: run scripts/setup")
    return path


@pytest.fixture(scope="session")
def configs_dir() -> Path:
    return ROOT / "configs"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Banking77, Bitext retail and CLINC150, which the project does not carry: ../shared/data beside the checkout."""
    path = ROOT.parent / "shared/data"
    if not path.is_dir():
        pytest.skip(f"the public data sets are not at {path}")
    return path


def cells(path):
    """Every cell of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


@pytest.fixture(scope="session")
def xsid(shared_data):
    """Texts in nine languages."""
    texts = [text for name in ("valid", "test") for text in cells(shared_data / f"xsid/{name}.csv")]
    assert len(set(texts)) > 5_000
    return texts


@pytest.fixture(scope="session")
def run(program):
    """run(*arguments, stdin="", code=0, timeout=900): runs the program and checks its exit code; None: any code."""

    def run_program(*arguments, stdin="", code=0, timeout=900) -> Finished:
        command = [str(program), *map(str, arguments)]
        done = subprocess.run(command, input=stdin.encode(), capture_output=True, timeout=timeout, check=False)
        finished = Finished(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))
        assert code is None or finished.code == code, (
            f"{' '.join(command)}: exit code {finished.code}, expected {code}\n{finished.err}"
        )
        return finished

    return run_program
