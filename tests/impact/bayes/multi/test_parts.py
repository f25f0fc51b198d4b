"""Outcomes and subgroups as parts of one model, and what their residuals belong to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.impact.bayes.multi.parts import group_parts, joint_with, outcome_parts

TWO = ("score", "other")


def test_each_outcome_has_its_own_raw_effects_and_direction(rows, ask, seen_of):
    """By hand: differences of arms inside a site."""
    asked = ask(TWO, higher={"other": False}, domains={"score": "a", "other": "b"})
    parts, faults = outcome_parts(seen_of(rows, asked), asked)
    assert faults == []
    means = rows.groupby(["site", "on"])["other"].mean().unstack()
    np.testing.assert_allclose(parts[1].effects.raw.effect, means[1] - means[0])
    assert [part.wanted for part in parts] == [1.0, -1.0]
    assert parts[1].unit == -parts[1].effects.sd
    assert [part.domain for part in parts] == ["a", "b"]


def test_residuals_of_rows_belong_to_rows(rows, ask, seen_of):
    """A row without the second outcome is matched with none."""
    frame = rows.copy()
    frame.loc[:9, "other"] = np.nan
    asked = ask(TWO)
    parts, _ = outcome_parts(seen_of(frame, asked), asked)
    assert len(parts[0].keys) == len(parts[0].effects.raw.rest) == len(frame)
    assert set(parts[0].keys) - set(parts[1].keys) == set(range(10))


def test_residuals_of_clusters_and_of_sites_belong_to_these(rows, panel_frame, ask, seen_of):
    """A cluster and arm inside sites; an untreated site over time."""
    asked = ask(TWO, cluster="room")
    parts, _ = outcome_parts(seen_of(rows, asked), asked)
    assert len(parts[0].keys) == len(parts[0].effects.raw.rest) == 2 * rows["room"].nunique()
    asked = ask(TWO, time="year")
    parts, _ = outcome_parts(seen_of(panel_frame, asked), asked)
    assert parts[0].keys == tuple(f"site {i:02d}" for i in range(6, 30))


def test_subgroups_share_one_unit_and_no_rows(rows, ask, seen_of):
    """Girls and boys inside sites: no residual in common; a group too small is named."""
    asked = ask("score", by="sex")
    seen = seen_of(rows, asked)
    label = seen.label["sex"]
    groups = [(name, label.code == i) for i, name in enumerate(label.names)]
    few = ("few", seen.row < 3)
    parts, lost = group_parts(seen, asked, [*groups, few])
    assert {part.effects.sd for part in parts} == {parts[0].effects.sd}
    assert not set(parts[0].keys) & set(parts[1].keys)
    assert list(lost) == ["few"]


def test_an_outcome_that_cannot_be_estimated_is_named(rows, ask, seen_of):
    """The fault says which of the outcomes it is about."""
    frame = rows.assign(other=rows["other"].where(rows["site"] == "s00"))
    asked = ask(TWO)
    _, faults = outcome_parts(seen_of(frame, asked), asked)
    assert faults[0][0].startswith("`other`: ")


def test_moderators_are_read_by_site(rows, ask, seen_of):
    """In the order of the sites of the joint problem."""
    asked = ask(TWO, moderators=("dose",))
    seen = seen_of(rows, asked)
    parts, _ = outcome_parts(seen, asked)
    joint, faults = joint_with(seen, asked, parts)
    assert faults == []
    dose = rows.groupby("site")["dose"].first()
    expected = (dose - dose.mean()) / dose.std(ddof=0)
    np.testing.assert_allclose(joint.moderators.standard[:, 0], expected)
    wrong = replace(asked, columns=replace(asked.columns, moderators=("pre",)))
    joint, faults = joint_with(seen_of(rows, wrong), wrong, parts)
    assert joint is None
    assert "differs between rows" in faults[0][0]


@pytest.mark.parametrize("shift", [1000.0, -1e6])
def test_an_offset_of_an_outcome_changes_nothing(rows, ask, seen_of, shift):
    """Raw effects are differences."""
    asked = ask(TWO)
    one, _ = outcome_parts(seen_of(rows, asked), asked)
    frame = rows.assign(score=rows["score"] + shift)
    two, _ = outcome_parts(seen_of(frame, asked), asked)
    np.testing.assert_allclose(two[0].effects.raw.effect, one[0].effects.raw.effect, atol=1e-8)
