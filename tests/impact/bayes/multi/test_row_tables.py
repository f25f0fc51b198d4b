"""Tables of a row model: raw differences, spreads by their names, units."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.multi.layout import layout_of
from evalkit.impact.bayes.multi.row_tables import is_scaled, site_table
from evalkit.impact.bayes.multi.rowwise import SiteDraws


@pytest.mark.parametrize(
    ("outcome", "family", "scaled"),
    [("score", "normal", True), ("score", "student_t", True), ("count", "poisson", False)],
)
def test_lines_are_in_the_outcomes_units_and_links_are_not(ask, outcome, family, scaled):
    """Which decides whether a margin or an SD applies to the predictor."""
    assert is_scaled(ask(outcome, family=family)) is scaled


def test_raw_estimates_are_plain_differences_of_a_sites_arms(rows, ask, seen_of):
    """By hand, and blank where a site has one arm."""
    asked = ask("passed", family="bernoulli")
    layout, _ = layout_of(seen_of(rows, asked), asked)
    draws = np.zeros((2, 3, 12))
    table = site_table(layout, SiteDraws(draws, draws, None), 0.95)
    means = rows.groupby(["site", "on"])["passed"].mean().unstack()
    np.testing.assert_allclose(table["raw_estimate"], means[1] - means[0])
    whole = rows.assign(on=(rows["site"] < "s06").astype(int))
    layout, _ = layout_of(seen_of(whole, asked), asked)
    few = np.zeros((2, 3, 6))
    assert site_table(layout, SiteDraws(few, few, None), 0.95)["raw_estimate"].isna().all()
