"""Which groups vary in what: sites, areas, crossed groups, memberships, clusters."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.multi.blocks import mixed_groups
from evalkit.impact.bayes.multi.layout import layout_of


def blocks(frame, asked, seen_of):
    made, faults = layout_of(seen_of(frame, asked), asked)
    assert faults == []
    return {(block.name, block.features): block for block in made.blocks}, made


def test_sites_with_both_arms_have_related_levels_and_effects(rows, ask, seen_of):
    """One block of two features; so have areas that hold both arms."""
    made, _ = blocks(rows, ask("score", area="area", crossed=("trust",)), seen_of)
    assert set(made) == {
        ("site", ("level", "effect")),
        ("area", ("level", "effect")),
        ("trust", ("level", "effect")),
    }


def test_whole_sites_have_levels_and_only_the_treated_ones_effects(rows, ask, seen_of):
    """The effect block knows the treated sites alone, and untreated rows have no share in it."""
    frame = rows.assign(on=(rows["site"] < "s06").astype(int))
    made, layout = blocks(frame, ask("score", area="area"), seen_of)
    effect = made["site", ("effect",)]
    assert effect.names == tuple(f"s{i:02d}" for i in range(6))
    np.testing.assert_array_equal(effect.share[:, 0], layout.treated)
    assert ("area", ("level",)) in made
    assert any("cannot be told from its levels" in note for note in layout.notes)


def test_with_time_every_site_changes_in_its_own_way(panel_frame, ask, seen_of):
    """Levels and changes of all sites are related; effects are the treated sites' own."""
    made, _ = blocks(panel_frame, ask("score", time="year", area="area"), seen_of)
    assert ("site", ("level", "late")) in made
    assert len(made["site", ("effect",)].names) == 6
    assert ("area", ("late", "effect")) in made


def test_counts_over_time_vary_between_sites_and_periods(panel_frame, ask, seen_of):
    """Shocks of a site in a year are not taken for chance of single cases."""
    made, _ = blocks(panel_frame, ask("count", time="year", family="poisson"), seen_of)
    assert len(made["site and year", ("level",)].names) == 180


def test_shares_of_several_memberships_add_to_one(rows, ask, seen_of):
    """Given weights are made shares; a blank membership has none."""
    frame = rows.assign(first=rows["trust"], second=np.roll(rows["trust"], 60), w1=3.0, w2=1.0)
    frame.loc[7, "second"] = None
    asked = ask("score", members=("first", "second"), member_weights=("w1", "w2"))
    made, _ = blocks(frame, asked, seen_of)
    block = made["first + second", ("level", "effect")]
    np.testing.assert_allclose(block.share.sum(axis=1), 1)
    assert block.share[7].tolist() == [1.0, 0.0]
    assert block.share[0].tolist() == [0.75, 0.25]


def test_clusters_count_in_each_arm(rows, ask, seen_of):
    """Rooms of five pupils that hold both arms are two groups each."""
    made, _ = blocks(rows, ask("passed", family="bernoulli", cluster="room"), seen_of)
    assert len(made["room", ("level",)].names) == 2 * rows["room"].nunique()


@pytest.mark.parametrize(
    ("treated", "expected"),
    [([0, 1, 0, 0], [True, False]), ([1, 1, 0, 0], [False, False]), ([0, 1, 1, 0], [True, True])],
)
def test_a_mixed_group_holds_both_arms(treated, expected):
    """Two groups of two."""
    made = mixed_groups(np.array([0, 0, 1, 1]), np.array(treated), 2)
    assert made.tolist() == expected
