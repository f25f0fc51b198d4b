"""Windows before and after each site's own start."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.grid import as_grid
from evalkit.impact.bayes.rows import Columns, read_rows

COLUMNS = Columns("score", "site", "on", time="year")


def grid_of(frame):
    rows, faults = read_rows(frame, COLUMNS)
    assert faults == []
    return as_grid(rows, rows.site * len(rows.times) + rows.time), rows


def test_one_start_gives_one_window(panel):
    """Mean of three years after less mean of three before; the trend is last less earlier."""
    grid, _ = grid_of(panel)
    windows = grid.windows()
    assert windows.weights.shape == (1, 6)
    np.testing.assert_allclose(windows.weights[0], np.repeat([-1 / 3, 1 / 3], 3))
    np.testing.assert_allclose(windows.early[0], [-0.5, -0.5, 1, 0, 0, 0])
    assert windows.has_trend


def test_sites_with_other_starts_or_gaps_have_their_own_windows(panel):
    """A later start and a missing year each make another window."""
    later = panel["site"].eq("site 00") & panel["year"].eq(2018)
    panel.loc[later, "on"] = 0
    gap = panel["site"].eq("site 01") & panel["year"].eq(2015)
    grid, _ = grid_of(panel[~gap])
    windows = grid.windows()
    assert len(windows.weights) == 3
    np.testing.assert_allclose(windows.weights.sum(axis=1), 0, atol=1e-12)
    assert windows.first_start == 3


def test_one_period_before_the_start_has_no_trend(panel):
    """Nothing to compare before the start."""
    grid, _ = grid_of(panel[panel["year"] >= 2017])
    assert not grid.windows().has_trend


@pytest.mark.parametrize(
    ("years", "words"),
    [([2020], "goes back to 0 in 6 sites, such as `site 00`"), ([], "")],
)
def test_a_programme_that_stops_is_refused(panel, years, words):
    """Treatment that switches off is another design's business."""
    panel.loc[panel["year"].isin(years), "on"] = 0
    grid, rows = grid_of(panel)
    faults = grid.faults(rows, COLUMNS)
    assert (words in faults[0][0]) if words else faults == []


def test_no_period_before_the_start_is_refused(panel):
    """Without a before there is no change."""
    grid, rows = grid_of(panel[panel["year"] >= 2018])
    assert "observed before its start" in grid.faults(rows, COLUMNS)[0][0]
