"""`compare --runs` against scipy and an independent computation, on finished runs made up for the purpose."""

import json
import math
import random

import jsonschema
import numpy as np
import pytest
from scipy.stats import binomtest

EXACT = 1e-9
LABELS = ["a", "b", "<script>|`\u202e\x1b[0m"]


def report_of(correct, seed, sha256, policy="full", seconds=10.0):
    """As much of a report.json as a comparison reads."""
    return {
        "schema_version": 1,
        "encoder": {"weights_sha256": "c0ffee", "random_weights": False},
        "data": {"train": {"sha256": "ab12", "used": 20}, "labels": ["a", "b"], "shots": None},
        "policy": {"name": policy, "trainable_parameters": 1000},
        "training": {"seconds": seconds, "examples": 20},
        "test": {"data_sha256": sha256, "examples": len(correct), "accuracy": float(np.mean(correct)), "macro_f1": 0.5},
        "cross_validation": None,
        "environment": {"seed": seed, "device": "cpu", "precision": "fp32", "threads": 2, "cpu_capability": "AVX2"},
        "timing": {"total_seconds": seconds + 1, "peak_rss_bytes": 2**29, "latency": None},
    }


def write_run(directory, correct, seed=1, sha256="5e55", predictions=True, labels=LABELS, **report):
    directory.mkdir(parents=True)
    correct = [bool(right) for right in correct]
    (directory / "report.json").write_text(json.dumps(report_of(correct, seed, sha256, **report)))
    if predictions:
        lines = [
            {"index": i, "text": f"{i} {labels[-1]}", "label": labels[i % len(labels)], "prediction": "a",
             "correct": right, "probability": 0.5, "top3": [], "data_sha256": sha256}
            for i, right in enumerate(correct)
        ]  # fmt: skip
        (directory / "predictions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return directory


def answers(count, accuracy, rng):
    return rng.random(count) < accuracy


def related(base, changed, accuracy, rng):
    """`base`, with a share `changed` of the answers drawn anew: classifiers mostly err on the same texts."""
    return np.where(rng.random(len(base)) < changed, rng.random(len(base)) < accuracy, base)


def holm(p_values):
    """Of distinct p-values, by definition: the largest, over those not above it, of q × how many are not below q."""
    assert len(set(p_values)) == len(p_values)
    return [max(min(1.0, q * sum(r >= q for r in p_values)) for q in p_values if q <= p) for p in p_values]


def pairs_of(result):
    return {(pair["a"], pair["b"]): pair for pair in result["pairs"]}


@pytest.fixture(scope="module")
def validator(run):
    schema = run("config", "compare-schema").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def compare(run, validator):
    def compare_runs(*runs, **options):
        result = run("compare", "--json", "--runs", *runs, **options).json()
        validator.validate(result)
        return result

    return compare_runs


def test_p_values_are_those_of_scipy(compare, tmp_path):
    rng = np.random.default_rng(7)
    base = answers(900, 0.8, rng)
    arms = {f"arm{i}": related(base, 0.3, accuracy, rng) for i, accuracy in enumerate([0.8, 0.82, 0.7, 0.3])}
    result = compare(*[write_run(tmp_path / name, correct) for name, correct in arms.items()])
    pairs = pairs_of(result)
    assert len(pairs) == 6
    expected = {}
    for (a, b), pair in pairs.items():
        only_a = int(np.sum(arms[a] & ~arms[b]))
        only_b = int(np.sum(arms[b] & ~arms[a]))
        (test,) = pair["tests"]
        assert (test["only_a"], test["only_b"]) == (only_a, only_b)
        expected[a, b] = binomtest(only_a, only_a + only_b, 0.5).pvalue
        assert pair["p_mcnemar"] == pytest.approx(expected[a, b], rel=EXACT)
        assert test["p"] == pair["p_mcnemar"]
        assert pair["difference"] == pytest.approx(arms[a].mean() - arms[b].mean(), abs=EXACT)
    corrected = holm(list(expected.values()))
    assert [pairs[key]["p_holm"] for key in expected] == pytest.approx(corrected, rel=EXACT)
    assert min(corrected) < 0.05 < max(corrected)


def test_seeds_are_tested_one_by_one(compare, tmp_path):
    rng = np.random.default_rng(8)
    base = answers(600, 0.8, rng)
    arms = {
        "a": {seed: related(base, 0.1, 0.95, rng) for seed in (1, 2, 3)},
        "b": {seed: related(base, 0.1, 0.4, rng) for seed in (3, 1, 2)},
    }
    given = [
        f"{name}=" + ",".join(str(write_run(tmp_path / f"{name}{s}", correct, seed=s)) for s, correct in runs.items())
        for name, runs in arms.items()
    ]
    result = compare(*given)
    (pair,) = result["pairs"]
    p_values = []
    for test in pair["tests"]:
        assert test["seed_a"] == test["seed_b"]
        a, b = arms["a"][test["seed_a"]], arms["b"][test["seed_b"]]
        assert (test["only_a"], test["only_b"]) == (np.sum(a & ~b), np.sum(b & ~a))
        p_values.append(binomtest(test["only_a"], test["only_a"] + test["only_b"], 0.5).pvalue)
        assert test["p"] == pytest.approx(p_values[-1], rel=EXACT)
    assert len(p_values) == 3
    assert pair["p_mcnemar"] == pytest.approx(max(p_values), rel=EXACT)
    for arm in result["arms"]:
        shares = [correct.mean() for correct in arms[arm["name"]].values()]
        assert arm["accuracy"]["per_seed"] == pytest.approx(shares, abs=EXACT)
        assert arm["accuracy"]["mean"] == pytest.approx(np.mean(shares), abs=EXACT)
        assert arm["accuracy"]["sd"] == pytest.approx(np.std(shares, ddof=1), abs=EXACT)


def test_the_interval_is_a_bootstrap_over_texts_and_seeds(run, tmp_path):
    rng = np.random.default_rng(9)
    base = answers(300, 0.8, rng)
    a = np.array([related(base, 0.2, share, rng) for share in (0.7, 0.8, 0.95)])
    b = np.array([related(base, 0.2, share, rng) for share in (0.5, 0.6, 0.7)])
    given = [
        f"{name}=" + ",".join(str(write_run(tmp_path / f"{name}{s}", correct, seed=s)) for s, correct in enumerate(runs))
        for name, runs in (("a", a), ("b", b))
    ]
    result = run("compare", "--json", "--bootstrap-samples", "20000", "--runs", *given).json()
    texts = rng.integers(0, 300, (20000, 300))
    seeds = rng.integers(0, 3, (20000, 3))
    gaps = a.astype(float) - b  # the seeds are the same, hence drawn together
    resampled = [gaps[np.ix_(s, t)].mean() for s, t in zip(seeds, texts)]
    expected = np.percentile(resampled, [2.5, 97.5])
    assert result["pairs"][0]["ci95"] == pytest.approx(expected, abs=0.004)
    # Texts alone spread clearly less: seeds must have been drawn too.
    narrow = np.percentile([gaps[:, t].mean() for t in texts], [2.5, 97.5])
    assert np.ptp(narrow) < 0.9 * np.ptp(expected)


def test_unpaired_runs_go_by_newcombe(compare, tmp_path):
    rng = np.random.default_rng(10)
    a, b = answers(120, 0.9, rng), answers(80, 0.6, rng)
    result = compare(write_run(tmp_path / "a", a), write_run(tmp_path / "b", b, sha256="0123"))
    (pair,) = result["pairs"]
    bounds = [binomtest(int(x.sum()), len(x)).proportion_ci(method="wilson") for x in (a, b)]
    gap = a.mean() - b.mean()
    low = gap - math.hypot(a.mean() - bounds[0].low, bounds[1].high - b.mean())
    high = gap + math.hypot(bounds[0].high - a.mean(), b.mean() - bounds[1].low)
    assert pair["ci95"] == pytest.approx([low, high], abs=EXACT)
    assert (pair["paired"], pair["outcome"], pair["p_mcnemar"]) == (False, "not_comparable", None)


@pytest.mark.parametrize("labels", [["only"], [f"label {i} | <b>" for i in range(500)], ["", "\x00", "\ud83d\ude42"]],
                         ids=["one", "500", "hostile"])  # fmt: skip
def test_labels_of_any_number_and_kind(run, compare, tmp_path, labels):
    rng = np.random.default_rng(11)
    a, b = answers(700, 0.9, rng), answers(700, 0.7, rng)
    runs = [write_run(tmp_path / name, correct, labels=labels) for name, correct in (("a", a), ("b", b))]
    (pair,) = compare(*runs)["pairs"]
    assert pair["paired"] and pair["outcome"] == "a_better"
    assert "a beats b by" in run("compare", "--runs", *runs).out


def test_three_texts_are_too_few(compare, tmp_path):
    result = compare(write_run(tmp_path / "a", [1, 1, 1]), write_run(tmp_path / "b", [0, 0, 0]))
    (pair,) = result["pairs"]
    assert (pair["outcome"], pair["p_mcnemar"], pair["p_holm"], pair["ci95"]) == ("too_few", None, None, [None, None])
    assert "too few" in result["verdict"] and "beats" not in result["verdict"]
    assert result["recommended"] is None


def test_a_real_run_satisfies_the_schema(run, validator, encoder_dir, tmp_path):
    draw = random.Random(3)
    words = {"card": "card lost gone stolen my", "fee": "fee cost charge price my"}
    for name, copies in (("train", 12), ("test", 15)):
        rows = [f"{' '.join(draw.choices(words[label].split(), k=4))} {i},{label}" for i in range(copies) for label in words]
        (tmp_path / f"{name}.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    config = {
        "encoder": {"path": str(encoder_dir)},
        "target": {"train": "train.csv", "test": "test.csv"},
        "transfer": {"policy": "frozen"},
        "output": {"dir": "one"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    run("--config", tmp_path / "config.json")
    run("--config", tmp_path / "config.json", "--set", f"output.dir={tmp_path}/two", "--set", "target.shots=1")
    result = run("compare", "--json", "--runs", tmp_path / "one", tmp_path / "two", "--out", tmp_path / "out").json()
    validator.validate(result)
    assert result == json.loads((tmp_path / "out/compare.json").read_text())
    assert all(pair["paired"] for pair in result["pairs"])
    assert not validator.is_valid({**result, "surprise": 1})
    assert not validator.is_valid({**result, "schema_version": 99})
