"""Layouts of phases are counted right, and statistics agree with loops."""

import itertools

import numpy as np
import pytest

from evalkit.impact.cases import assignment


def every(points, phases, least):
    for changes in itertools.combinations(range(1, points), phases - 1):
        edges = [0, *changes, points]
        if min(b - a for a, b in itertools.pairwise(edges)) >= least:
            yield changes


@pytest.mark.parametrize(
    ("points", "phases", "least"), [(10, 2, 3), (16, 4, 3), (15, 3, 4), (12, 4, 3), (9, 2, 1)]
)
def test_every_layout_is_there_once(points, phases, least):
    wanted = sorted(every(points, phases, least))
    found, exact = assignment.layouts(points, wanted[-1], least, np.random.default_rng(0))
    assert exact
    assert sorted(map(tuple, found.changes.tolist())) == wanted
    assert tuple(found.changes[found.observed]) == wanted[-1]
    assert assignment.possible_changes(points, phases, least) == len(wanted)


def test_statistics_agree_with_loops():
    y = np.random.default_rng(0).normal(size=18)
    changes = np.array(list(every(18, 4, 3)))
    means = assignment.mean_difference(y, changes)
    steps = assignment.immediate_change(y, changes, 3)
    for i in range(0, len(changes), 17):
        phases = np.split(y, changes[i])
        treated = np.concatenate(phases[1::2])
        others = np.concatenate(phases[::2])
        assert means[i] == pytest.approx(treated.mean() - others.mean())
        jumps = [b[:3].mean() - a[-3:].mean() for a, b in itertools.pairwise(phases)]
        assert steps[i] == pytest.approx((jumps[0] - jumps[1] + jumps[2]) / 3)


def test_too_many_layouts_are_drawn_evenly():
    found, exact = assignment.layouts(200, (50, 100, 150), 3, np.random.default_rng(0))
    assert not exact
    edges = np.concatenate(
        [np.zeros((len(found.changes), 1)), found.changes, np.full((len(found.changes), 1), 200)],
        axis=1,
    )
    lengths = np.diff(edges, axis=1)
    assert lengths.min() >= 3
    np.testing.assert_allclose(lengths.mean(axis=0), 50, atol=1.5)


def test_combinations_over_cases_are_all_there():
    parts = [(np.array([0.0, 1.0]), np.ones(2)), (np.array([0.0, 2.0, 4.0]), np.ones(3))]
    made = assignment.combine(parts, 6, np.random.default_rng(0), exact=True)
    assert sorted(made.b.tolist()) == [0, 0.5, 1, 1.5, 2, 2.5]


def test_cases_that_start_together_make_fewer_orders():
    table = [(np.arange(3.0), np.ones(3))] * 3
    made = assignment.exchange(table, [4, 4, 6], np.random.default_rng(0))
    assert made.possible == 3
    assert len(made.b) == 6
