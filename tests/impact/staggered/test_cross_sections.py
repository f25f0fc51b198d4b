"""Comparisons of cross-sections: influence functions are derivatives by the weight of each person."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.staggered.cross_sections import cross_sections

GOLDEN = Path(__file__).parents[2] / "golden" / "staggered_adoption"
METHODS = ("regression", "ipw", "doubly_robust", "doubly_robust_improved")


def people(seed, n=160):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    treated = rng.random(n) < 1 / (1 + np.exp(-0.6 * x[:, 1]))
    after = rng.random(n) < 0.5
    y = x[:, 1] * (1 + after) + treated + 2.0 * (treated & after) + rng.normal(size=n)
    return y, (treated, after), x, rng.uniform(0.5, 2, n)


@pytest.mark.parametrize("method", ["regression", "ipw", "doubly_robust"])
def test_influence_is_the_derivative_by_each_weight(method):
    for seed in range(4):
        y, sides, x, w = people(seed)
        _, influence = cross_sections(y, sides, x, w, method)
        for i in range(0, len(y), 11):
            up, down = w.copy(), w.copy()
            up[i] += 1e-5
            down[i] -= 1e-5
            ends = [cross_sections(y, sides, x, one, method)[0] for one in (up, down)]
            slope = (ends[0] - ends[1]) / 2e-5 * len(y)
            assert influence[i] / w[i] == pytest.approx(slope, abs=1e-5)


def test_without_covariates_it_is_the_difference_of_four_means():
    y, (d, t), x, w = people(1)
    value, influence = cross_sections(y, (d, t), x[:, :1], w, "doubly_robust")
    m = {
        (a, b): np.average(y[(d == a) & (t == b)], weights=w[(d == a) & (t == b)])
        for a in (0, 1)
        for b in (0, 1)
    }
    assert value == pytest.approx(m[1, 1] - m[1, 0] - m[0, 1] + m[0, 0])
    assert influence.sum() == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_the_analytic_error_is_the_spread_of_estimates(method):
    values, errors = [], []
    for seed in range(200):
        y, sides, x, _ = people(seed, n=400)
        value, influence = cross_sections(y, sides, x, np.ones(400), method)
        values.append(value)
        errors.append(np.sqrt(influence @ influence) / 400)
    assert np.mean(values) == pytest.approx(2.0, abs=0.1)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


@pytest.mark.parametrize(
    ("method", "key"), [("doubly_robust", "traditional"), ("doubly_robust_improved", "improved")]
)
def test_both_doubly_robust_forms_agree_with_a_peer(method, key):
    rows = pd.read_csv(GOLDEN / "cross_sections.csv")
    rows = rows[rows["start"].isin([0, 3]) & rows["time"].isin([2, 3])]
    expected = json.loads((GOLDEN / "peers.json").read_text(encoding="utf-8"))
    sides = ((rows["start"] == 3).to_numpy(), (rows["time"] == 3).to_numpy())
    x = np.column_stack([np.ones(len(rows)), rows["x"]])
    value, _ = cross_sections(rows["y"].to_numpy(), sides, x, np.ones(len(rows)), method)
    assert value == pytest.approx(expected["one comparison of cross_sections"][key], abs=1e-7)


def test_an_empty_side_is_refused():
    y, (d, t), x, w = people(2)
    with pytest.raises(np.linalg.LinAlgError, match="not seen in both"):
        cross_sections(y, (d, t & ~d), x, w, "ipw")
