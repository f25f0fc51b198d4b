"""Permutation through sums over clusters, against refitting by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.designs.difference_in_differences import prepare
from evalkit.impact.panel import Roles, read_panel
from evalkit.impact.permutation import (
    assign,
    invert_permutation,
    permuted_coefficients,
    possible_assignments,
    two_sided,
)
from evalkit.impact.study import with_treatment
from evalkit.impact.two_way import build, paths_of, products_of


def unbalanced(seed=0, units=12, periods=5):
    rng = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    start = np.array([2, 3, 2, 3] + [99] * (units - 4))
    y, x = rng.normal(size=len(unit)), rng.normal(size=len(unit))
    frame = pd.DataFrame(
        {"unit": unit, "time": time, "y": y, "x": x, "w": rng.uniform(1, 2, len(unit))}
    )
    frame["d"] = (time >= start[unit]).astype(float)
    frame["first"] = np.where(start[unit] < 99, start[unit], 10**6)
    return frame[rng.random(len(frame)) < 0.95].reset_index(drop=True)


def by_hand(frame, d, outcome):
    units = pd.get_dummies(frame["unit"]).to_numpy(float)
    times = pd.get_dummies(frame["time"], drop_first=True).to_numpy(float)
    root = np.sqrt(frame["w"].to_numpy())[:, None]
    x = np.column_stack([d, frame["x"], times, units]) * root
    return np.linalg.lstsq(x, outcome * root[:, 0], rcond=None)[0][0]


def test_permuted_estimates_are_those_of_refitting():
    """Unbalanced, weighted, with a covariate and two starts: same coefficients as least squares."""
    frame = unbalanced()
    panel, _ = read_panel(frame, Roles("y", "unit", "time", None, "w", ("x",), ("d", "first")))
    panel = with_treatment(panel, panel.own["d"], panel.own["first"])
    model, paths = build(panel, "two_way"), paths_of(panel)
    drawn = assign(paths.observed, 30, np.random.default_rng(1), np.arange(12))
    b, a = permuted_coefficients(products_of(model, paths), drawn)
    for k, given in enumerate(drawn.paths):
        start = paths.starts[given]
        d = (frame["time"].to_numpy() >= start[frame["unit"].to_numpy()]).astype(float)
        assert b[k, 0] == pytest.approx(by_hand(frame, d, frame["y"].to_numpy()), rel=1e-7)
        assert a[k, 0] == pytest.approx(
            by_hand(frame, d, frame["d"].to_numpy()), rel=1e-7, abs=1e-9
        )


def test_cross_sections_in_clusters_are_permuted_with_their_group():
    """The group of a cluster moves together with its treatment."""
    rng = np.random.default_rng(4)
    school = np.repeat(np.arange(9), 20)
    year = np.tile(np.repeat([1, 2], 10), 9)
    frame = pd.DataFrame({"school": school, "year": year, "y": rng.normal(size=180)})
    frame["ever"] = (school < 3).astype(int)
    panel, faults = prepare(
        frame, outcome="y", time="year", treated="ever", start=2, cluster="school"
    )
    assert faults == []
    model, paths = build(panel, "time"), paths_of(panel)
    order = np.arange(9)
    drawn = assign(paths.observed, 10, np.random.default_rng(1), order)
    assert drawn.exact
    assert len(drawn.paths) == math.comb(9, 3)
    b, _ = permuted_coefficients(products_of(model, paths), drawn)
    on = np.flatnonzero(paths.starts < 10**6)[0]
    for k in (0, 17, 50):
        ever = (drawn.paths[k] == on)[school].astype(float)
        x = np.column_stack([ever * (year == 2), ever, year == 2, np.ones(180)])
        expected = np.linalg.lstsq(x.astype(float), frame["y"].to_numpy(), rcond=None)[0][0]
        assert b[k, 0] == pytest.approx(expected)


@pytest.mark.parametrize(("observed", "ways"), [([0, 0, 1], 3), ([0, 0, 1, 2], 12), ([1, 1], 1)])
def test_assignments_are_counted(observed, ways):
    assert possible_assignments(np.array(observed)) == ways


def test_every_assignment_is_tried_once_when_they_are_few():
    drawn = assign(np.array([1, 0, 0, 1, 0, 0]), 10, np.random.default_rng(0), np.arange(6))
    assert drawn.exact
    assert len({tuple(row) for row in drawn.paths.tolist()}) == len(drawn.paths) == 15
    assert (drawn.paths.sum(axis=1) == 2).all()


def test_the_interval_holds_exactly_the_effects_not_refused():
    """Ends by order statistics agree with trying effects one by one."""
    rng = np.random.default_rng(3)
    value, a = 1.3, rng.uniform(-0.6, 0.6, 499)
    b = rng.normal(size=499) + value * a
    low, high = invert_permutation(b, a, value, exact=False, level=0.9)

    def p(effect):
        return two_sided(b - effect * a, value - effect, exact=False)

    assert p(low + 1e-6) > 0.1 >= p(low - 1e-6)
    assert p(high - 1e-6) > 0.1 >= p(high + 1e-6)


def test_too_few_assignments_give_no_finite_interval():
    low, high = invert_permutation(np.arange(5.0), np.zeros(5), 4.0, exact=False, level=0.95)
    assert (low, high) == (-math.inf, math.inf)


def test_ties_count_as_far():
    assert two_sided(np.array([1.0, -1.0 - 1e-15, 0.2, 0.1]), 1.0, exact=True) == 0.5
    assert two_sided(np.array([0.0, 0.1]), 1.0, exact=False) == pytest.approx(1 / 3)
