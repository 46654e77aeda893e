"""Writes tests/evaluation/goldens/learning_curve.json: power laws as scipy fits them to noisy learning curves.

    python scripts/goldens/learning_curve_goldens.py

Needs numpy and scipy.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import curve_fit

OUTPUT = pathlib.Path(__file__).parents[2] / "tests/evaluation/goldens/learning_curve.json"


def law(labels, a, b, c):
    return a * labels**-b + c


def case(name, labels, errors, with_floor):
    labels, errors = np.array(labels, dtype=float), np.array(errors)
    function = law if with_floor else lambda k, a, b: law(k, a, b, 0)
    bounds = ([0, 0.01, 0], [np.inf, 3, 1]) if with_floor else ([0, 0.01], [np.inf, 3])
    best = None
    for exponent in (0.1, 0.3, 0.6, 1.2):  # starts, against local minima
        start = (errors[0], exponent, 0.01)[: len(bounds[0])]
        found, _ = curve_fit(
            function, labels, errors, start, sigma=errors, bounds=bounds, ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=100000
        )
        squares = float((((function(labels, *found) - errors) / errors) ** 2).sum())
        if best is None or squares < best[0]:
            best = (squares, found)
    a, b, c = (*best[1], 0.0)[:3]
    at = float(labels[-1] * 4)
    return {
        "name": name,
        "labels": labels.tolist(),
        "errors": errors.tolist(),
        "expected": {"b": float(b), "c": float(c), "squares": best[0], "at": at, "error_there": float(law(at, a, b, c))},
    }


def main():
    rng = np.random.default_rng(5)
    labels = [1, 3, 5, 10, 30]

    def noisy(a, b, c, spread, count):
        return law(np.array(labels[:count], dtype=float), a, b, c) * (1 + spread * rng.normal(size=count))

    cases = [
        case("with a floor", labels, noisy(0.5, 0.6, 0.05, 0.02, 5), True),
        case("four points", labels[:4], noisy(0.6, 0.9, 0.1, 0.01, 4), True),
        case("three points, no floor", labels[:3], noisy(0.4, 0.5, 0.0, 0.03, 3), False),
        case("a straight line in the logarithms", labels, noisy(0.45, 0.35, 0.0, 0.0, 5), True),
        case("a curve that bends down", labels, [0.5, 0.36, 0.28, 0.17, 0.06], True),
    ]
    OUTPUT.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
    for c in cases:
        print(c["name"], c["expected"])


if __name__ == "__main__":
    main()
