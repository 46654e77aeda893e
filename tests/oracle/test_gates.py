"""Quality gates from outside: JUnit XML as Python's parser reads it, McNemar's test as scipy computes it."""

import csv
import json
import random
import xml.etree.ElementTree as ElementTree

import jsonschema
import pytest
from scipy.stats import binomtest

# Labels as a data file may hold them; XML 1.0 cannot write the control characters, a CSV file can.
HOSTILE = ['<card & "fees">', "it's ]]> \x1b[31m\x08", "größe\t🙂 \ufffe"]
WORDS = ["card lost stolen gone please", "add money account fill how", "fee charge cost why please"]


def write_csv(path, count, seed):
    draw = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for i in range(count):
            words = WORDS[i % 3].split() + WORDS[(i + 1) % 3].split()
            writer.writerow([" ".join(draw.choices(words, k=4)), HOSTILE[i % 3]])


@pytest.fixture(scope="module")
def job(encoder_dir, tmp_path_factory):
    directory = tmp_path_factory.mktemp("gates")
    write_csv(directory / "train.csv", 45, seed=1)
    write_csv(directory / "test.csv", 90, seed=2)
    return directory


def config_of(job, encoder_dir, out, **settings):
    config = {
        "encoder": {"path": str(encoder_dir)},
        "target": {"name": "cards <\x1b>", "train": "train.csv", "test": "test.csv", **settings.pop("target", {})},
        "transfer": {"policy": "frozen"},
        "output": {"dir": out},
        **settings,
    }
    path = job / f"{out}.json"
    path.write_text(json.dumps(config))
    return path


def literal(label):
    """A name in a gate's brackets."""
    return '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.fixture(scope="module")
def gated(run, job, encoder_dir):
    """A finished run: a gate a hostile label, alternately passing and failing, and one that names a missing label."""
    gates = [
        f"test.per_class[{literal(label)}].recall{'>=0' if i % 2 == 0 else '>1'}" for i, label in enumerate(HOSTILE)
    ]
    gates.append('test.per_class["\x01<missing>"].recall>=0')
    config = config_of(job, encoder_dir, "first", evaluation={"gates": gates})
    return run("--config", config, code=7)


@pytest.fixture(scope="module")
def report(job, gated):
    return json.loads((job / "first/report.json").read_text(encoding="utf-8"))


def visible(text):
    """`text` as XML can hold it."""
    return "".join("\ufffd" if (c < " " and c not in "\t\n\r") or c in "\ufffe\uffff" else c for c in text)


def test_report_with_gates_satisfies_its_schema(run, report):
    jsonschema.Draft202012Validator(run("config", "report-schema").json()).validate(report)
    assert [gate["passed"] for gate in report["gates"]] == [True, False, True, False]
    by_name = {row["label"]: row["recall"] for row in report["test"]["per_class"]}
    assert [gate["value"] for gate in report["gates"]] == [*(by_name[label] for label in HOSTILE), None]


def check_junit(path, gates):
    root = ElementTree.parse(path).getroot()
    assert root.tag == "testsuites"
    (suite,) = root
    cases = suite.findall("testcase")
    failures = sum(not gate["passed"] for gate in gates)
    assert (suite.get("tests"), suite.get("failures")) == (str(len(gates)), str(failures))
    assert [case.get("name") for case in cases] == [visible(gate["gate"]) for gate in gates]
    for case, gate in zip(cases, gates, strict=True):
        failure = case.find("failure")
        assert (failure is None) == gate["passed"]
        if failure is not None:
            assert failure.get("message") == visible(gate["found"])
            assert failure.text == visible(f"FAIL {gate['gate']}: {gate['found']}")
    return suite


def test_junit_is_xml(job, report):
    suite = check_junit(job / "first/junit.xml", report["gates"])
    assert suite.get("name").endswith("cards <\ufffd>")


def test_evaluate_writes_junit_and_summary_too(run, job, report):
    junit, summary = job / "evaluate.xml", job / "summary.md"
    summary.write_text("before\n")
    done = run(
        "evaluate", "--checkpoint", job / "first", "--data", job / "test.csv", "--json", "--junit", junit,
        "--summary", summary, "--gate", f"test.per_class[{literal(HOSTILE[1])}].recall>=0", "--gate", "test.ece<0",
        code=7,
    )  # fmt: skip
    gates = done.json()["gates"]
    assert [gate["passed"] for gate in gates] == [True, False]
    check_junit(junit, gates)
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n\n## ") and "\x1b" not in text and "<card" not in text


def correct_by_index(job, out):
    lines = (job / out / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    return {line["index"]: line["correct"] for line in map(json.loads, lines)}


@pytest.mark.parametrize("shots", [1, 4])
def test_not_worse_is_mcnemars_exact_test(run, job, encoder_dir, report, shots):
    out = f"second{shots}"
    config = config_of(
        job,
        encoder_dir,
        out,
        target={"shots": shots},
        evaluation={"gates": ["not_worse(test.accuracy)"], "baseline": "first/report.json"},
    )
    run("--config", config, code=None)
    (gate,) = json.loads((job / out / "report.json").read_text(encoding="utf-8"))["gates"]
    before, now = correct_by_index(job, "first"), correct_by_index(job, out)
    assert before.keys() == now.keys()
    right = sum(now[i] and not before[i] for i in now)
    wrong = sum(before[i] and not now[i] for i in now)
    assert right + wrong > 0
    p = binomtest(wrong, right + wrong, 0.5).pvalue
    assert f"of 90 texts, {right} newly right and {wrong} newly wrong" in gate["found"]
    assert gate["found"].endswith("p < 0.001" if p < 0.001 else f"p = {p:.3f}")
    assert gate["passed"] == (wrong <= right or p >= 0.05)
