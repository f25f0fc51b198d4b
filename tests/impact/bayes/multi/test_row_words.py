"""What a row model says of itself, for each family and comparison."""

from __future__ import annotations

import pytest

from evalkit.impact.bayes.multi import row_words
from evalkit.impact.bayes.multi.layout import layout_of


@pytest.mark.parametrize(
    ("outcome", "family", "words"),
    [
        ("score", "normal", "in outcome units"),
        ("passed", "bernoulli", "one percentage point"),
        ("count", "poisson", "change in counts"),
        ("grade", "ordinal", "change in category scores"),
    ],
)
def test_the_estimand_names_measure_contrast_and_aggregation(
    rows, ask, seen_of, outcome, family, words
):
    """Outcome, treatment, sites, averaging."""
    asked = ask(outcome, family=family)
    layout, _ = layout_of(seen_of(rows, asked), asked)
    said = row_words.estimand(layout, asked)
    for part in (words, "`on`", f"`{outcome}`", "12 treated sites", "each site counting the same"):
        assert part in said
    assert len(row_words.assumptions(layout, asked)) == 5


def test_the_estimator_lists_every_grouping(ask):
    """Areas, crossed groups, memberships and noise of each site's own."""
    asked = ask("score", area="area", crossed=("trust",), heteroskedastic=True)
    said = row_words.estimator(asked)
    assert "sites, areas, trust" in said
    assert "noise of each site's own" in said


def test_separation_is_worded_by_how_far_it_goes():
    """None, in single sites, in a whole arm."""
    assert row_words.separation([], 0).verdict == "pass"
    assert row_words.separation([], 2).verdict == "information"
    assert row_words.separation(["treated rows all have the outcome"], 5).verdict == "concern"


def test_only_counts_over_time_leave_the_pre_trend_open(panel_frame, rows, ask, seen_of):
    """Inside sites it does not apply."""
    asked = ask("count", family="poisson", time="year")
    layout, _ = layout_of(seen_of(panel_frame, asked), asked)
    assert "Not tested" in row_words.pre_trend(layout).meaning
    asked = ask("count", family="poisson")
    layout, _ = layout_of(seen_of(rows, asked), asked)
    assert "Does not apply" in row_words.pre_trend(layout).meaning
