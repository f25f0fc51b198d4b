"""Count, in plain loops, what the design must find.

Run from the root of the repository: python tests/golden/single_case/make.py
"""

import itertools
import json
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLES = {
    "baseline and intervention": {"y": [3, 4, 2, 5, 3, 6, 7, 5, 8, 9], "changes": [5]},
    "reversal": {
        "y": [2, 3, 2, 4, 3, 6, 7, 6, 8, 7, 3, 2, 3, 4, 3, 7, 8, 7, 6, 8],
        "changes": [5, 10, 15],
    },
    "rising baseline": {"y": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "changes": [5]},
}
LEAST = 3


def sign(value):
    """Return -1, 0 or 1."""
    return (value > 0) - (value < 0)


def statistic(y, changes):
    """Mean of the second, fourth ... phases less that of the others."""
    on = [sum(i >= c for c in changes) % 2 == 1 for i in range(len(y))]
    treated = [v for v, o in zip(y, on, strict=True) if o]
    others = [v for v, o in zip(y, on, strict=True) if not o]
    return sum(treated) / len(treated) - sum(others) / len(others)


def layouts(n, count):
    """Every way to place the changes with phases of at least LEAST points."""
    for changes in itertools.combinations(range(1, n), count):
        edges = [0, *changes, n]
        if min(b - a for a, b in itertools.pairwise(edges)) >= LEAST:
            yield changes


def expected(example):
    """All that is expected of one example."""
    y, changes = example["y"], example["changes"]
    seen = statistic(y, changes)
    every = [statistic(y, one) for one in layouts(len(y), len(changes))]
    edges = [0, *changes, len(y)]
    phases = [y[a:b] for a, b in itertools.pairwise(edges)]
    pairs = list(zip(phases[::2], phases[1::2], strict=True))
    cross = sum(sign(b - a) for one, two in pairs for a in one for b in two)
    number = sum(len(one) * len(two) for one, two in pairs)
    trend_a, trend_b = (
        sum(sign(b - a) for pair in pairs for a, b in itertools.combinations(pair[i], 2))
        for i in (0, 1)
    )
    inside = [sum(len(pair[i]) * (len(pair[i]) - 1) // 2 for pair in pairs) for i in (0, 1)]
    return {
        "value": seen,
        "p_value": sum(abs(one) >= abs(seen) - 1e-9 for one in every) / len(every),
        "layouts": len(every),
        "nap": 0.5 + 0.5 * cross / number,
        "A vs B": cross / number,
        "A vs B - trend A": (cross - trend_a) / number,
        "A vs B + trend B": (cross + trend_b) / (number + inside[1]),
        "A vs B + trend B - trend A": (cross + trend_b - trend_a) / (number + sum(inside)),
    }


if __name__ == "__main__":
    made = {name: {**one, "expected": expected(one)} for name, one in EXAMPLES.items()}
    (HERE / "expected.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
