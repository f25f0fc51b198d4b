"""Several outcomes are counted in joint draws; a gap is judged by whether it narrows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.described import (
    Quantity,
    Setting,
    correlations,
    counts,
    decide,
    gap,
    several,
)

SETTING = Setting(0.95, None)


def test_four_joint_draws_counted_by_hand():
    """Wanted: up, down, up; margins 1, 2, none."""
    table = several(
        [
            Quantity("a", np.array([[2.0, 0.5, -1.0, 2.0]]), margin=1.0),
            Quantity("b", np.array([[-3.0, 1.0, 3.0, -1.0]]), margin=-2.0),
            Quantity("c", np.array([[1.0, 1.0, -1.0, -1.0]])),
        ],
        SETTING,
    ).set_index("how")
    assert list(table.loc["moved as wanted"]) == [3, 0.25, 0.75, 0.75, 0.25, 1.75]
    assert list(table.loc["moved the other way"]) == [3, 0.25, 0.25, 0.75, 0.25, 1.25]
    assert list(table.loc["beyond the margin"]) == [2, 0.25, 0.25, 0.5, 0.5, 0.75]
    assert table.loc["beyond the margin the other way", "expected"] == 0.25
    assert table.loc["within the margin either way", "expected"] == 1.0


def test_counts_add_to_one_and_agree_with_all_and_none(outcomes):
    table, share = several(outcomes, SETTING), counts(outcomes, SETTING)
    assert share["probability"].sum() == pytest.approx(1)
    assert share["probability"].iloc[-1] == pytest.approx(table["all"].iloc[0])
    assert share["probability"].iloc[0] == pytest.approx(table["none"].iloc[0])
    expected = (share["outcomes_moved"] * share["probability"]).sum()
    assert expected == pytest.approx(table["expected"].iloc[0])


def test_correlated_effects_are_not_independent_evidence(z):
    """Twice the same draws: all moved as often as one did, not its square."""
    same = [Quantity("a", 0.5 + z), Quantity("b", 0.5 + z)]
    row = several(same, SETTING).iloc[0]
    assert row["all"] == row["any"] == pytest.approx(0.69, abs=0.01)


def test_units_do_not_matter(outcomes):
    scaled = [
        replace(one, draws=1000 * one.draws, margin=1000 * one.margin)
        if one.name == "absence"
        else one
        for one in outcomes
    ]
    assert several(scaled, SETTING).equals(several(outcomes, SETTING))


def test_correlations_are_those_of_the_draws(outcomes):
    table = correlations(outcomes, SETTING)
    assert len(table) == 3
    draws = np.column_stack([one.draws.ravel() for one in outcomes])
    assert table["correlation"].iloc[0] == pytest.approx(np.corrcoef(draws.T)[0, 1])
    still = [outcomes[0], Quantity("still", np.ones((4, 1000)))]
    assert correlations(still, SETTING)["correlation"].isna().all()


def test_draws_of_different_models_are_refused(z):
    with pytest.raises(DesignError, match="shapes differ: `a`"):
        several([Quantity("a", z), Quantity("b", z[:, :10])], SETTING)


def test_an_outcome_without_a_wanted_direction_is_refused(z):
    with pytest.raises(DesignError, match="No direction is wanted of `b`"):
        several([Quantity("a", z), Quantity("b", z, wanted=0)], SETTING)


@pytest.mark.parametrize("up", [1.0, -1.0])
def test_more_for_those_behind_narrows_the_gap(z, up):
    """Also where less of the outcome is better."""
    setting = Setting(0.95, up * 1.0)
    behind_gains = gap(up * (1 + 0.1 * z), up * (4 + 0.1 * z), "gap", setting)
    assert decide(behind_gains, setting).word == "very likely narrowed by a margin that matters"
    ahead_gains = gap(up * (4 + 0.1 * z), up * (1 + 0.1 * z), "gap", setting)
    assert decide(ahead_gains, setting).word == "very likely widened by a margin that matters"


def test_a_gap_without_margin_or_direction(z):
    assert decide(gap(z, z + 3, "gap", SETTING), SETTING).word == "very likely narrowed"
    neither = gap(z, z + 3, "gap", Setting(0.95, None, wanted=0))
    assert decide(neither, SETTING).word == "very likely fell"
    with pytest.raises(DesignError, match="two groups of `gap`"):
        gap(z, z[:2], "gap", SETTING)
