"""What is said of every model: decisions with their own margins, and missing outcomes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.bayes.described.model import Setting
from evalkit.impact.bayes.multi.describe import (
    Densities,
    decision_check,
    missing_of,
    quantity,
    size,
    told_of,
)

SETTING = Setting(0.95, None)
DRAWS = np.random.default_rng(0).normal(3, 1, (4, 1500))


def test_a_margin_counts_by_its_size_in_the_wanted_direction():
    """Given as 2 where less is better, it is -2."""
    assert quantity("a", DRAWS, margin=2.0, wanted=-1.0).margin == -2.0
    assert quantity("a", DRAWS, margin=-2.0, wanted=-1.0).margin == -2.0
    assert quantity("a", DRAWS).margin is None


def test_the_value_is_decided_by_the_printed_rule():
    """A rise is help where more is wanted and harm where less is."""
    assert "very likely helped" in decision_check(quantity("a", DRAWS), SETTING).meaning
    assert "harmed" in decision_check(quantity("a", DRAWS, wanted=-1.0), SETTING).meaning


def test_spreads_have_no_decision():
    """They are never below zero."""
    told, checks = told_of([quantity("a", DRAWS), size("b", np.abs(DRAWS))], None, SETTING)
    assert list(told["decision"]["quantity"]) == ["a"]
    assert "power_scaling" not in told
    assert [one.name for one in checks] == ["decision"]


def test_densities_give_power_scaling():
    """A prior that pulls is seen."""
    densities = Densities(-0.5 * DRAWS**2, -0.5 * (DRAWS - 6) ** 2)
    told, checks = told_of([quantity("a", DRAWS)], densities, SETTING)
    assert told["power_scaling"]["prior"][0] > 0.05
    assert checks[1].verdict == "concern"


def arms(treated, untreated):
    rows = [("y", "treated", 100, treated, treated / 100)]
    rows.append(("y", "untreated", 100, untreated, untreated / 100))
    return pd.DataFrame(rows, columns=["outcome", "arm", "rows", "missing", "share_missing"])


def test_no_missing_outcome_gives_no_table():
    """Nothing is said of nothing."""
    assert missing_of(arms(0, 0), {"y": (quantity("y", DRAWS), 10.0)}, SETTING) == ({}, ())


def test_the_shift_that_overturns_is_the_effect_over_the_share_missing():
    """One in ten missing: they must lie ten times the effect below those seen."""
    tables, checks = missing_of(arms(10, 0), {"y": (quantity("y", DRAWS), 10.0)}, SETTING)
    row = tables["missing"].set_index("arm")["shift_for_direction"]
    assert row["treated"] == pytest.approx(-np.median(DRAWS) / 0.1)
    assert np.isinf(row["untreated"])
    assert checks[0].verdict == "concern"  # 10 % in one arm and none in the other
    assert "10 outcomes are missing" in checks[0].meaning


def test_as_many_missing_in_both_arms_and_far_from_overturning_is_information():
    """Six per cent each, three SD away."""
    _, checks = missing_of(arms(6, 6), {"y": (quantity("y", DRAWS), 10.0)}, SETTING)
    assert checks[0].verdict == "information"
