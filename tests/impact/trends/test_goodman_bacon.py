"""The decomposition of two-way estimates."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.trends.goodman_bacon import ALWAYS, decompose, group_means

GOLDEN = Path(__file__).parents[2] / "golden" / "trends"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))["math reform"]


def two_way(y, d, unit, time, w):
    """Coefficient of `d` with a dummy for each unit and period."""
    x = np.column_stack([d, np.eye(unit.max() + 1)[unit], np.eye(time.max() + 1)[time]])
    root = np.sqrt(w)
    return np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0][0]


@pytest.mark.parametrize("seed", range(200))
def test_the_weighted_sum_is_the_two_way_estimate(seed):
    rng = np.random.default_rng(seed)
    units, periods = int(rng.integers(6, 20)), int(rng.integers(3, 9))
    starts = rng.choice([*range(periods), 99], units)
    if len(np.unique(starts)) == 1:
        starts[0] = 1 if starts[0] != 1 else 2
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    d = (time >= starts[unit]).astype(float)
    y, w = rng.normal(size=len(d)), rng.uniform(0.5, 2, units)[unit]
    begins, group = np.unique(starts, return_inverse=True)
    means = group_means(y, w, group[unit], time, (len(begins), periods))
    sizes = np.bincount(group[unit], weights=w) / periods
    found = decompose(means, sizes, begins.tolist())
    if not found:
        assert len(np.unique(d)) == 1 or set(begins) <= {0, 99}
        return
    assert sum(one.weight for one in found) == pytest.approx(1)
    assert min(one.weight for one in found) > 0
    total = sum(one.weight * one.estimate for one in found)
    assert total == pytest.approx(two_way(y, d, unit, time, w), abs=1e-9)
    assert any(one.kind == ALWAYS for one in found) == (
        0 in begins and ((begins > 0) & (begins < periods)).any()
    )


def test_math_reform_agrees_with_bacondecomp():
    rows = pd.read_csv(GOLDEN / "math_reform.csv")
    time = (rows["class"] - rows["class"].min()).to_numpy()
    on = rows[rows["reform_math"] == 1].groupby("state")["class"].min() - rows["class"].min()
    start = rows["state"].map(on).fillna(99).astype(int)
    begins, group = np.unique(start, return_inverse=True)
    means = group_means(
        rows["incearn_ln"].to_numpy(), np.ones(len(rows)), group, time, (len(begins), 20)
    )
    found = pd.DataFrame(decompose(means, np.bincount(group) / 20, begins.tolist()))
    found["part"] = found["weight"] * found["estimate"]
    by_kind = found.groupby("kind")[["weight", "part"]].sum()
    assert by_kind["part"].sum() == pytest.approx(EXPECTED["two_way"], abs=5e-10)
    for kind, weight in EXPECTED["weight"].items():
        assert by_kind.loc[kind, "weight"] == pytest.approx(weight, abs=5e-6)
        average = by_kind.loc[kind, "part"] / by_kind.loc[kind, "weight"]
        assert average == pytest.approx(EXPECTED["estimate"][kind], abs=5e-6)
