"""The rows of a model: which comparison, which fixed columns, and when there is none."""

from __future__ import annotations

import pytest

from evalkit.impact.bayes.multi.layout import groupings, layout_of


def made(frame, asked, seen_of):
    layout, faults = layout_of(seen_of(frame, asked), asked)
    assert faults == []
    return layout


def test_the_kind_of_comparison_follows_from_the_data(rows, panel_frame, ask, seen_of):
    """Both arms in sites, whole sites, or periods."""
    assert made(rows, ask("score"), seen_of).kind == "within"
    whole = rows.assign(on=(rows["site"] < "s06").astype(int))
    assert made(whole, ask("score"), seen_of).kind == "between"
    assert made(panel_frame, ask("score", time="year"), seen_of).kind == "change"


def test_sites_with_one_arm_are_left_out_by_name(rows, ask, seen_of):
    """The comparison is inside sites."""
    frame = rows.copy()
    frame.loc[frame["site"] == "s04", "on"] = 0
    layout = made(frame, ask("score"), seen_of)
    assert len(layout.studied) == 11
    assert any("(s04)" in note for note in layout.notes)


def test_moderators_multiply_the_treatment_alone(rows, ask, seen_of):
    """Untreated rows have nought there, and the sites' levels have a column of their own."""
    layout = made(rows, ask("score", moderators=("dose",)), seen_of)
    at = layout.roles.index("moderators")
    assert (layout.fixed[layout.treated == 0, at] == 0).all()
    assert "change in effect per SD of dose: level" in layout.names


def test_uneven_shares_under_the_programme_are_adjusted_for(rows, ask, seen_of):
    """Levels of sites that go with their share are no effect (Mundlak)."""
    name = "share of the site's rows under the programme"
    assert name not in made(rows, ask("score"), seen_of).names
    uneven = rows[(rows["on"] == 1) | (rows["pupil"] % 3 > 0) | (rows["site"] < "s06")]
    assert name in made(uneven, ask("score"), seen_of).names


def test_with_time_what_stood_before_may_go_with_another_change(panel_frame, ask, seen_of):
    """A covariate has a level and a change; periods have a column each but the first."""
    frame = panel_frame.assign(pre=panel_frame["site"].str[-2:].astype(float))
    layout = made(frame, ask("score", time="year", adjust=("pre",)), seen_of)
    assert {"pre", "pre: change", "year 2016", "year 2020"} <= set(layout.names)
    assert layout.late.sum() == 90


def test_groupings_a_new_site_may_lie_in_are_those_whose_effects_vary(rows, ask, seen_of):
    """Areas, not clusters."""
    layout = made(rows, ask("passed", family="bernoulli", area="area", cluster="room"), seen_of)
    assert list(groupings(layout)) == ["area"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda f: f.assign(on=((f["year"] == 2018) & (f["site"] < "site 06")).astype(int)),
            "back",
        ),
        (lambda f: f[f["year"] >= 2018], "No period lies before"),
        (lambda f: f[(f["site"] < "site 08")], "Only 2 untreated sites"),
        (lambda f: f[(f["site"] == "site 00") | (f["site"] > "site 05")], "Only 1 treated site"),
    ],
)
def test_panels_without_a_comparison_are_refused(panel_frame, ask, seen_of, change, words):
    """Programmes that stop, no time before, too few sites on either side."""
    asked = ask("score", time="year")
    _, faults = layout_of(seen_of(change(panel_frame), asked), asked)
    assert any(words in wrong for wrong, _ in faults)
