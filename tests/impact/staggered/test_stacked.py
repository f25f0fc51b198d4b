"""The stacked estimator against a regression on the stacked rows."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from evalkit.impact.panel import NEVER
from evalkit.impact.staggered.averages import covariance
from evalkit.impact.staggered.callaway import group_time
from evalkit.impact.staggered.fit import fit
from evalkit.impact.staggered.rows import Choices, comparisons, default_window
from evalkit.impact.staggered.stacked import pooled


def stack(rows, before, after):
    """Stacked rows with the weights of the paper, one sub-experiment a start."""
    start, parts = rows.cohort[rows.unit], []
    for group in np.unique(rows.cohort[rows.cohort < NEVER]):
        clean = start > group + after
        if group - before < 0 or group + after >= rows.periods or not clean.any():
            continue
        near = (rows.time >= group - before) & (rows.time <= group + after)
        for side in (start == group, clean):
            pick = near & side
            parts.append(
                pd.DataFrame(
                    {
                        "y": rows.y[pick],
                        "event": rows.time[pick] - group,
                        "treated": float(side is not clean),
                        "sub": group,
                        "cluster": rows.cluster[rows.unit][pick],
                    }
                )
            )
    frame = pd.concat(parts, ignore_index=True)
    at_start = frame[frame["event"] == 0]
    treated, clean = (at_start[at_start["treated"] == d]["sub"].value_counts() for d in (1, 0))
    q = (treated / treated.sum()) / (clean / clean.sum())
    frame["q"] = np.where(frame["treated"] == 1, 1.0, frame["sub"].map(q))
    return frame


@pytest.mark.parametrize("window", [(2, 1), (1, 0), (2, 0), (1, 2)])
def test_it_agrees_with_the_weighted_regression_on_stacked_rows(make_rows, window):
    for seed in range(200):
        rows = make_rows(seed, gaps=0.0, units=36)
        rows.w[:] = 1.0
        choices = Choices(estimator="stacked", window=window)
        found = pooled(rows, choices, group_time(rows, choices).cells)
        frame = stack(rows, *window)
        levels = [level for level in sorted(frame["event"].unique()) if level != -1]
        z = np.column_stack(
            [
                np.ones(len(frame)),
                frame["treated"],
                *(frame["event"] == level for level in levels),
                *((frame["event"] == level) * frame["treated"] for level in levels),
            ]
        ).astype(float)
        result = sm.WLS(frame["y"].to_numpy(), z, weights=frame["q"].to_numpy()).fit(
            cov_type="cluster", cov_kwds={"groups": frame["cluster"].to_numpy()}
        )
        at = [found.levels.tolist().index(level) for level in levels]
        errors = np.sqrt(np.diag(covariance(found.influence, rows.cluster)))
        assert found.effects[at] == pytest.approx(result.params[-len(levels) :], abs=1e-8)
        assert errors[at] == pytest.approx(result.bse[-len(levels) :], rel=1e-6)


def test_comparison_units_stay_untreated_through_the_window():
    starts = np.array([2, 3, 4, NEVER])
    pairs = comparisons(starts, 6, Choices(estimator="stacked", window=(1, 1)))
    pools = {cell.group: pool.tolist() for cell, pool in pairs}
    assert pools == {2: [4, NEVER], 3: [NEVER], 4: [NEVER]}


def test_groups_that_are_not_seen_through_the_window_are_left_out():
    starts = np.array([1, 3, 5, NEVER])
    pairs = comparisons(starts, 6, Choices(estimator="stacked", window=(2, 1)))
    assert {cell.group for cell, _ in pairs} == {3}


@pytest.mark.parametrize(
    ("starts", "anticipation", "expected"),
    [([1, 3, 4, NEVER], 0, (1, 1)), ([2, 3, 5], 0, (2, 1)), ([3, NEVER], 1, (3, 2))],
)
def test_the_window_left_out_is_one_that_all_groups_are_seen_in(starts, anticipation, expected):
    assert default_window(np.array(starts), 6, anticipation) == expected


def test_with_covariates_cells_are_averaged(make_rows):
    rows = make_rows(1, gaps=0.0, units=60, covariates=1)
    choices = Choices(estimator="stacked", window=(1, 1), method="regression")
    found = fit(rows, choices)
    assert not found.others
    assert np.isfinite(found.aggregates["dynamic"].value)
