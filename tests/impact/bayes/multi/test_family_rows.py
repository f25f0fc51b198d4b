"""Rows alike are made one, in an order of content, and in any unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.impact.bayes.multi.family_rows import every_row, fewer, units_of
from evalkit.impact.bayes.multi.layout import layout_of


@pytest.fixture
def layout(rows, ask, seen_of):
    asked = ask("passed", family="bernoulli")
    return layout_of(seen_of(rows, asked), asked)[0]


def rows_for(layout, family):
    units = units_of(layout, family)
    every = every_row(layout, family, units)
    return every, fewer(every, family), units


def test_rows_of_a_site_and_arm_become_one(layout):
    """Sums are kept; twelve sites and two arms are left of 480 rows."""
    every, made, _ = rows_for(layout, "bernoulli")
    assert len(made.y) == 24
    assert made.y.sum() == every.y.sum()
    assert made.size.sum() == 480


def test_the_order_of_rows_does_not_matter(rows, ask, seen_of):
    """Rows made one come in an order of content."""
    asked = ask("count", family="negative_binomial")
    made = []
    for frame in (rows, rows.sample(frac=1, random_state=2)):
        layout, _ = layout_of(seen_of(frame, asked), asked)
        made.append(rows_for(layout, "negative_binomial")[1])
    np.testing.assert_array_equal(made[0].y, made[1].y)
    np.testing.assert_array_equal(made[0].weight, made[1].weight)
    assert made[0].weight.sum() == 480


def test_rows_where_nobody_was_tried_tell_nothing(layout):
    """They are left out."""
    every, _, _ = rows_for(replace(layout, size=np.where(layout.site == 3, 0.0, 1.0)), "binomial")
    assert len(fewer(every, "binomial").y) == 22


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_student_t_outcomes_are_sampled_in_the_same_numbers_in_any_unit(layout, rows, factor):
    """To ten digits."""
    score = rows["score"].to_numpy()
    one, two = (replace(layout, y=score * by) for by in (1.0, factor))
    first, _, units = rows_for(one, "student_t")
    second, _, other = rows_for(two, "student_t")
    np.testing.assert_allclose(first.y, second.y, atol=1e-9)
    assert other.scale == pytest.approx(units.scale * factor)
