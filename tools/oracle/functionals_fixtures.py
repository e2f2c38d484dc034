"""Writes test/fixtures/statistics/functionals.json: functionals of utterances by NumPy.

    pip install numpy
    python tools/oracle/functionals_fixtures.py

Written with NumPy 2.4.6. The test reads the JSON alone.
"""

import json
from pathlib import Path

import numpy as np

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "statistics"
QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]


def functionals(x):
    """[T, F] to [8F + 1]: every statistic of all features, one statistic after the other; last ln(T) / 10."""
    steps = np.abs(np.diff(x, axis=0)).mean(axis=0) if len(x) > 1 else np.zeros(x.shape[1])
    rows = [x.mean(axis=0), x.std(axis=0), *np.quantile(x, QUANTILES, axis=0), steps]
    return np.concatenate([*rows, [np.log(len(x)) / 10]])


def case(name, x):
    x = np.asarray(x, dtype=np.float64)
    return {"name": name, "shape": list(x.shape), "frames": x.ravel().tolist(), "expected": functionals(x).tolist()}


if __name__ == "__main__":
    random = np.random.default_rng(15)
    draw = lambda t, f: np.round(random.normal(0, 2, (t, f)), 3)
    cases = [
        case("one frame", draw(1, 3)),
        case("two frames", draw(2, 3)),
        case("three frames, one feature", draw(3, 1)),
        case("21 frames: the quantiles are order statistics", draw(21, 4)),
        case("ties", np.round(draw(40, 3) / 2)),
        case("a constant feature", np.where(np.arange(3) == 1, 0.7, draw(13, 3))),
        case("57 frames", draw(57, 5)),
        case("far from zero", 1e5 + draw(30, 2)),
    ]
    (FIXTURES / "functionals.json").write_text(json.dumps({"cases": cases}) + "\n")
