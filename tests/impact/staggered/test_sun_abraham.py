"""Sun and Abraham against a regression with every dummy written out."""

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.panel import NEVER
from evalkit.impact.staggered.averages import covariance
from evalkit.impact.staggered.callaway import group_time as callaway
from evalkit.impact.staggered.fit import averages, fit
from evalkit.impact.staggered.rows import Choices, NoFitError
from evalkit.impact.staggered.sun_abraham import group_time, with_shares

CHOICES = Choices(estimator="sun_abraham")


def written_out(rows, cells):
    """The regression by statsmodels: coefficients, clustered and plain errors of the cells."""
    start = rows.cohort[rows.unit]
    free = [cell for cell in cells if cell.time != cell.base]
    z = np.column_stack(
        [
            *((start == cell.group) & (rows.time == cell.time) for cell in free),
            np.eye(rows.n_units)[rows.unit],
            np.eye(rows.periods)[rows.time][:, 1:],
            rows.x,
        ]
    ).astype(float)
    plain = sm.WLS(rows.y, z, weights=rows.w).fit()
    robust = sm.WLS(rows.y, z, weights=rows.w).fit(
        cov_type="cluster",
        cov_kwds={"groups": rows.cluster[rows.unit], "use_correction": False},
    )
    g, n = rows.n_clusters, len(rows.y)
    k = z.shape[1] - rows.n_units + 1  # effects of units lie inside clusters: not counted
    factor = np.sqrt(g / (g - 1) * (n - 1) / (n - k))
    return [
        {(cell.group, cell.time): one[j] for j, cell in enumerate(free)}
        for one in (plain.params, robust.bse * factor, plain.bse)
    ]


@pytest.mark.parametrize("covariates", [0, 1])
def test_coefficients_and_errors_agree_with_dummies(make_rows, covariates):
    for seed in range(200):
        rows = make_rows(seed, covariates=covariates)
        made = group_time(rows, CHOICES)
        params, robust, plain = written_out(rows, made.cells.cells)
        errors = np.sqrt(np.diag(covariance(made.cells.influence, rows.cluster)))
        alone = np.sqrt(np.diag(made.independent))
        for k, cell in enumerate(made.cells.cells):
            if cell.time == cell.base:
                assert made.cells.effects[k] == errors[k] == 0
                continue
            key = (cell.group, cell.time)
            assert made.cells.effects[k] == pytest.approx(params[key], abs=1e-8)
            assert errors[k] == pytest.approx(robust[key], rel=1e-6)
            assert alone[k] == pytest.approx(plain[key], rel=1e-6)


def test_a_complete_panel_gives_the_group_time_effects_of_callaway_and_santanna(make_rows):
    rows = make_rows(4, gaps=0.0)
    made = group_time(rows, CHOICES).cells
    other = callaway(rows, Choices(base="universal"))
    assert made.cells == other.cells
    assert made.effects == pytest.approx(other.effects)


def test_without_never_treated_the_last_to_start_serve_until_they_do(make_rows):
    rows = make_rows(4, never=False)
    cells = group_time(rows, CHOICES).cells.cells
    assert {cell.group for cell in cells} == {2, 3}
    assert max(cell.time for cell in cells) == 4


def test_cross_sections_use_effects_of_groups(make_rows):
    rows = make_rows(4, followed=False)
    made = group_time(rows, CHOICES).cells
    start = rows.cohort
    for k, cell in enumerate(made.cells):
        ends = [
            [
                np.average(rows.y[pick], weights=rows.w[pick])
                for t in (cell.time, cell.base)
                for pick in [(start == g) & (rows.time == t)]
            ]
            for g in (cell.group, NEVER)
        ]
        gap = (ends[0][0] - ends[0][1]) - (ends[1][0] - ends[1][1])
        assert made.effects[k] == pytest.approx(gap, abs=1e-8)


def test_shares_as_estimates_keep_the_values(make_rows):
    rows = make_rows(6)
    cells = group_time(rows, CHOICES).cells
    fixed, free = averages(cells), averages(with_shares(rows, cells))
    for name, one in fixed.items():
        assert free[name].value == pytest.approx(one.value)
    assert not np.allclose(free["simple"].value_influence, fixed["simple"].value_influence)


def test_plain_errors_of_an_average_are_those_of_its_combination(make_rows):
    rows = make_rows(6)
    found = fit(rows, CHOICES)
    made = group_time(rows, CHOICES)
    post = [cell.post for cell in made.cells.cells]
    weights = made.cells.share * post / made.cells.share[post].sum()
    expected = np.sqrt(weights @ made.independent @ weights)
    assert found.plain.errors["simple"] == pytest.approx(expected)


def test_one_start_only_is_refused(make_rows):
    rows = make_rows(6, never=False)
    with pytest.raises(NoFitError, match="comparison"):
        group_time(rows.keep(rows.cohort == 2), CHOICES)
