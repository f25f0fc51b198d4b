"""Which comparison is made, with which sites, and when there is none."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.rows import Columns, read_rows
from evalkit.impact.bayes.sites import site_effects

PANEL = Columns("score", "site", "on", time="year")


def effects_of(frame, columns):
    rows, faults = read_rows(frame, columns)
    assert faults == []
    return site_effects(rows, columns)


def test_a_panel_gives_the_difference_in_differences_of_each_site(panel):
    """By hand: own change less the mean change of the never treated."""
    effects, faults = effects_of(panel, PANEL)
    assert faults == []
    assert effects.kind == "change"
    after = panel[panel["year"] >= 2018].groupby("site")["score"].mean()
    change = after - panel[panel["year"] < 2018].groupby("site")["score"].mean()
    np.testing.assert_allclose(effects.raw.effect, change.iloc[:6] - change.iloc[6:].mean())
    assert effects.raw.sigma == pytest.approx(change.iloc[6:].std(ddof=1))
    assert effects.window == "mean of 2018 to 2020 less mean of 2015 to 2017"
    assert (effects.comparison_sites, effects.rows) == (40, 276)


def test_repeating_the_rows_of_a_panel_changes_nothing(panel):
    """Site means carry the information: duplicated pupils do not make it more certain."""
    once, _ = effects_of(panel, PANEL)
    frame = panel.loc[panel.index.repeat(20)].reset_index(drop=True)
    often, _ = effects_of(frame, PANEL)
    np.testing.assert_allclose(often.raw.effect, once.raw.effect)
    np.testing.assert_allclose(
        often.raw.sigma**2 * often.raw.noise, once.raw.sigma**2 * once.raw.noise
    )
    assert often.raw.df == once.raw.df


def test_sites_that_cannot_be_used_are_left_out_by_name(panel):
    """A site always treated and an untreated one with a gap are named."""
    panel.loc[panel["site"] == "site 02", "on"] = 1
    gap = panel["site"].eq("site 30") & panel["year"].eq(2016)
    effects, _ = effects_of(panel[~gap], PANEL)
    assert len(effects.sites) == 5
    assert effects.comparison_sites == 39
    assert any("never observed before their start (site 02)" in note for note in effects.notes)
    assert any("gaps in the periods compared (site 30)" in note for note in effects.notes)


def test_pupils_in_sites_are_compared_inside_them(pupils):
    """Rows of both arms in a site: the comparison is within."""
    effects, faults = effects_of(pupils, Columns("score", "site", "on", adjust=("pre",)))
    assert faults == []
    assert effects.kind == "within"
    assert len(effects.sites) == 8


def test_clusters_inside_sites_count_once(pupils):
    """Copies of pupils under one cluster name neither shrink nor widen the errors."""
    frame = pupils.assign(room=np.arange(len(pupils)))
    columns = Columns("score", "site", "on", cluster="room")
    once, _ = effects_of(frame, columns)
    often, _ = effects_of(frame.loc[frame.index.repeat(5)].reset_index(drop=True), columns)
    np.testing.assert_allclose(often.raw.noise, once.raw.noise)
    assert often.raw.sigma == pytest.approx(once.raw.sigma)


def test_whole_sites_are_compared_by_their_means(panel):
    """Treatment constant within sites and no time: site means."""
    frame = panel[panel["year"] == 2020]
    effects, _ = effects_of(frame, Columns("score", "site", "on"))
    assert effects.kind == "between"
    means = frame.set_index("site")["score"]
    np.testing.assert_allclose(effects.raw.effect, means.iloc[:6] - means.iloc[6:].mean())


def test_a_baseline_enters_as_it_stood_before_the_start(panel):
    """Adjusting the change for the level before it equals least squares on site means."""
    frame = panel.assign(level=panel["score"])
    effects, _ = effects_of(frame, Columns("score", "site", "on", time="year", adjust=("level",)))
    before = panel[panel["year"] < 2018].groupby("site")["score"].mean().to_numpy()
    change = panel[panel["year"] >= 2018].groupby("site")["score"].mean().to_numpy() - before
    slope, level = np.polyfit(before[6:], change[6:], 1)
    np.testing.assert_allclose(effects.raw.effect, change[:6] - level - slope * before[:6])


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (Columns("score", "site", "on", moderators=("pre",)), "differs between rows of one site"),
        (Columns("score", "site", "on", moderators=("same",)), "the same in every treated site"),
        (Columns("score", "site", "on", time="odd"), "differs between rows of one site in one"),
    ],
)
def test_roles_that_do_not_fit_are_refused(pupils, columns, words):
    """Each says which column and what to do."""
    frame = pupils.assign(same=1.0, odd=1)
    _, faults = effects_of(frame, columns)
    assert any(words in wrong for wrong, _ in faults)


def test_too_few_sites_on_either_side_are_refused(panel):
    """One treated site, or two untreated ones, are not enough."""
    one = panel[~panel["site"].isin([f"site {i:02d}" for i in range(1, 6)])]
    _, faults = effects_of(one, PANEL)
    assert "Only 1 treated site" in faults[0][0]
    _, faults = effects_of(panel[panel["site"] < "site 08"], PANEL)
    assert "Only 2 untreated sites" in faults[0][0]


def test_an_outcome_without_variation_among_the_untreated_is_refused(panel):
    """Nothing to judge chance by."""
    frame = panel.assign(score=panel["on"] * 1.0)
    _, faults = effects_of(frame, PANEL)
    assert "does not vary among untreated rows" in faults[0][0]
