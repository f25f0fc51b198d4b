"""Imputation against dense algebra: dummies for everything, weights of every row, their formula."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.panel import NEVER
from evalkit.impact.staggered.averages import covariance
from evalkit.impact.staggered.imputation import group_time, leads
from evalkit.impact.staggered.rows import Choices, NoFitError

CHOICES = Choices(estimator="imputation")


def dense(rows, ahead=0):
    """Effects and conservative variances of each cell by the formulas of the paper."""
    start = rows.cohort[rows.unit]
    off = rows.time < np.where(start < NEVER, start - ahead, NEVER)
    group = rows.unit if rows.followed else np.unique(start, return_inverse=True)[1]
    z = np.column_stack(
        [
            np.eye(int(group.max()) + 1)[group],
            np.eye(rows.periods)[rows.time][:, 1:],
            rows.x,
        ]
    )
    root = np.sqrt(rows.w)
    inverse = np.linalg.pinv((z * rows.w[:, None])[off].T @ z[off], rcond=1e-12, hermitian=True)
    slopes = np.linalg.lstsq(z[off] * root[off, None], rows.y[off] * root[off], rcond=1e-12)[0]
    left = rows.y - z @ slopes
    cluster = rows.cluster[rows.unit]
    made = {}
    for cell in sorted(
        {(int(g), int(t)) for g, t in zip(start[~off], rows.time[~off], strict=True)}
    ):
        inside = (start == cell[0]) & (rows.time == cell[1])
        v = np.where(inside, rows.w, 0.0) / rows.w[inside].sum()
        effect = v @ left
        v0 = -(rows.w * off) * (z @ inverse @ (z.T @ v))
        by = np.array(
            [
                [v[cluster == c].sum(), (v * left)[cluster == c].sum()]
                for c in range(cluster.max() + 1)
            ]
        )
        mean = (by[:, 0] * by[:, 1]).sum() / (by[:, 0] ** 2).sum()
        error = np.where(inside, left - mean, left)
        part = (v + v0) * error
        variance = sum(part[cluster == c].sum() ** 2 for c in range(cluster.max() + 1))
        made[cell] = (effect, np.sqrt(variance))
    return made


@pytest.mark.parametrize("covariates", [0, 2])
@pytest.mark.parametrize("followed", [True, False])
def test_cells_and_errors_agree_with_dense_algebra(make_rows, covariates, followed):
    for seed in range(200):
        rows = make_rows(seed, covariates=covariates, followed=followed)
        found = group_time(rows, CHOICES).cells
        expected = dense(rows)
        spread = covariance(found.influence, rows.cluster)
        for k, cell in enumerate(found.cells):
            effect, error = expected[(cell.group, cell.time)]
            assert found.effects[k] == pytest.approx(effect, abs=1e-8)
            assert np.sqrt(spread[k, k]) == pytest.approx(error, rel=1e-6)


def test_anticipation_keeps_expecting_periods_out_of_the_fit(make_rows):
    rows = make_rows(3)
    found = group_time(rows, Choices(estimator="imputation", anticipation=1)).cells
    expected = dense(rows, ahead=1)
    assert {(c.group, c.time) for c in found.cells} == set(expected)
    for k, cell in enumerate(found.cells):
        assert found.effects[k] == pytest.approx(expected[(cell.group, cell.time)][0], abs=1e-8)
    assert sum(not cell.post for cell in found.cells) == 3


def test_without_never_treated_the_last_periods_cannot_be_foretold(make_rows):
    rows = make_rows(1, never=False, gaps=0.0)
    found = group_time(rows, CHOICES)
    assert max(cell.time for cell in found.cells.cells) == 4
    assert found.lost == 24  # everyone in the last period


def test_leaving_the_own_cluster_out_widens_the_error(make_rows):
    found = group_time(make_rows(5), CHOICES)
    own = np.sqrt((found.cells.influence**2).sum(axis=0))
    assert (np.sqrt((found.without_own**2).sum(axis=0)) > own).all()


def test_a_cell_of_one_cluster_has_no_error_without_its_own(make_rows):
    rows = make_rows(5, units=8)
    found = group_time(rows, CHOICES)
    assert np.isnan(found.without_own).any()
    assert np.isfinite(found.cells.influence).all()


def test_leads_agree_with_dummies_on_untreated_rows(make_rows):
    for seed in range(10):
        rows = make_rows(seed)
        start = rows.cohort[rows.unit]
        off = rows.time < start
        found = leads(rows, CHOICES)
        relative = np.where(start < NEVER, rows.time - start, NEVER)
        z = np.column_stack(
            [
                *(relative == level for level in found.levels),
                np.eye(rows.n_units)[rows.unit],
                np.eye(rows.periods)[rows.time][:, 1:],
            ]
        )[off].astype(float)
        fit = sm.WLS(rows.y[off], z, weights=rows.w[off]).fit(
            cov_type="cluster",
            cov_kwds={"groups": rows.cluster[rows.unit][off], "use_correction": False},
        )
        count = len(found.levels)
        assert found.effects == pytest.approx(fit.params[:count], abs=1e-8)
        errors = np.sqrt(np.diag(covariance(found.influence, rows.cluster)))
        assert errors == pytest.approx(fit.bse[:count], rel=1e-6)


def test_no_period_before_gives_no_leads(make_rows):
    rows = make_rows(2)
    early = rows.keep((rows.cohort == NEVER) | (rows.cohort == 2))
    one = Choices(estimator="imputation", anticipation=1)
    assert leads(early, one) is None


def test_nothing_to_foretell_from_is_said(make_rows):
    rows = make_rows(2, never=False, gaps=0.0)
    only = rows.keep(rows.cohort == 2)
    with pytest.raises(NoFitError, match="foretell"):
        group_time(only, CHOICES)


def test_treated_rows_without_an_untreated_one_of_their_unit_are_refused(make_rows):
    rows = make_rows(2, gaps=0.0)
    start = rows.cohort[rows.unit]
    kept = (rows.time >= start) | (start == NEVER)
    late = replace(
        rows, y=rows.y[kept], x=rows.x[kept], w=rows.w[kept], unit=rows.unit[kept],
        time=rows.time[kept],
    )  # fmt: skip
    with pytest.raises(NoFitError, match="seen untreated before"):
        group_time(late, CHOICES)
