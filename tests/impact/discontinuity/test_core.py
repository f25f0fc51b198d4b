"""The numeric core against computations written out here."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import linprog

from evalkit.errors import DesignError
from evalkit.impact.discontinuity.bandwidth import SELECTORS, Bandwidths, Settings, select
from evalkit.impact.discontinuity.bins import bin_count, plot_table
from evalkit.impact.discontinuity.density import density_test
from evalkit.impact.discontinuity.discrete import critical_value, worst_bias
from evalkit.impact.discontinuity.local_polynomial import kernel, smoother
from evalkit.impact.discontinuity.local_randomisation import local_randomisation
from evalkit.impact.discontinuity.robust import estimate
from evalkit.impact.discontinuity.sample import Roles, build
from evalkit.impact.discontinuity.variance import neighbour_residuals, satterthwaite
from evalkit.impact.discontinuity.weak import anderson_rubin


def sample(seed, *, n=400, covariates=0, fuzzy=False, clusters=0, weights=False, ties=False):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    x = np.round(x, 2) if ties else x
    z = rng.normal(size=(n, covariates))
    t = ((x >= 0) ^ (rng.uniform(size=n) < 0.2)).astype(float) if fuzzy else (x >= 0) * 1.0
    y = np.sin(2 * x) + t + z.sum(axis=1) + rng.normal(0, 0.5, n)
    columns = np.column_stack([y, *([t] if fuzzy else []), z])
    labels = rng.integers(0, clusters, n).astype(object) if clusters else None
    w = rng.uniform(0.5, 2, n) if weights else np.ones(n)
    return build(Roles("y", "x", 0.0), x, columns, weights=w, clusters=labels, fuzzy=fuzzy)


def regress(made, h, order, *, bandwidth_weights=True):
    """One interacted weighted regression: the coefficient of the side is the jump."""
    on = made.upper.astype(float)
    w = kernel(made.x / h, "triangular") * made.w
    keep = w > 0
    powers = [made.x**k for k in range(1, order + 1)]
    start = 2 if made.fuzzy else 1
    design = np.column_stack(
        [np.ones(made.n), on, *powers, *(p * on for p in powers), made.d[:, start:]]
    )
    assert bandwidth_weights
    return sm.WLS(made.y[keep], design[keep], weights=w[keep]).fit(), keep


@pytest.mark.parametrize("seed", range(200))
def test_the_estimate_is_that_of_one_weighted_regression(seed):
    made = sample(seed, covariates=seed % 3, weights=seed % 2 == 1)
    found = estimate(made, Settings(), Bandwidths((0.6, 0.6), (0.6, 0.6)))
    assert found.value == pytest.approx(regress(made, 0.6, 1)[0].params[1], abs=1e-9)


@pytest.mark.parametrize("seed", range(200))
def test_with_equal_bandwidths_the_correction_is_the_next_degree(seed):
    made = sample(seed, weights=seed % 2 == 1)
    bands = Bandwidths((0.6, 0.6), (0.6, 0.6))
    found = estimate(made, Settings(variance="hc0"), bands)
    fitted, _ = regress(made, 0.6, 2)
    assert found.corrected == pytest.approx(fitted.params[1], abs=1e-9)
    robust = fitted.get_robustcov_results("HC0").bse[1]
    assert found.robust.std_error == pytest.approx(robust, rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_hc_and_clustered_errors_are_those_of_statsmodels(seed):
    made = sample(seed, clusters=15)
    bands = Bandwidths((0.7, 0.7), (0.7, 0.7))
    fitted, keep = regress(made, 0.7, 1)
    found = estimate(made, Settings(variance="cr1"), bands)
    x, n = made.x[keep], int(keep.sum())
    robust = fitted.get_robustcov_results(
        "cluster", groups=made.cluster[keep], use_correction=False
    )
    parts = [one.values[:, 0] for one in found.jump.plain]
    factors = [
        math.sqrt((m - 1) / (m - 2) * g / (g - 1))
        for side in (x < 0, x >= 0)
        for m, g in [(int(side.sum()), len(np.unique(made.cluster[keep][side])))]
    ]
    joined = parts[0] / factors[0] - parts[1] / factors[1]
    assert np.linalg.norm(joined) == pytest.approx(robust.bse[1], rel=1e-9)
    alone = build(made.roles, made.x, made.d, weights=made.w, clusters=None, fuzzy=False)
    for kind in ("HC2", "HC3"):
        found = estimate(alone, Settings(variance=kind.lower()), bands)
        expected = fitted.get_robustcov_results(kind).bse[1]
        assert found.plain.std_error == pytest.approx(expected, rel=1e-9), n


@pytest.mark.parametrize("seed", range(5))
def test_cr2_is_that_of_the_whole_projection(seed):
    made = sample(seed, n=120, clusters=8)
    found = estimate(made, Settings(variance="cr2"), Bandwidths((2.0, 2.0), (2.0, 2.0)))
    variance, working = 0.0, []
    for on in (~made.upper, made.upper):
        x, y, c = made.x[on], made.y[on], made.cluster[on]
        w = kernel(x / 2, "triangular")
        basis = np.vander(x, 2, increasing=True)
        operator = np.linalg.solve(basis.T @ (w[:, None] * basis), (basis * w[:, None]).T)
        left = np.eye(len(x)) - basis @ operator
        rooted = np.sqrt(w)[:, None] * left / np.sqrt(w)
        rows = []
        for g in np.unique(c):
            i = c == g
            values, vectors = np.linalg.eigh(rooted[np.ix_(i, i)])
            half = vectors @ np.diag(values**-0.5) @ vectors.T
            u = np.sqrt(w[i]) * (half @ (operator[0, i] / np.sqrt(w[i])))
            variance += (u @ (left @ y)[i]) ** 2
            rows.append(u @ left[i])
        working.append(np.array(rows) @ np.array(rows).T)
    assert found.plain.std_error == pytest.approx(math.sqrt(variance), rel=1e-8)
    top = sum(np.trace(one) for one in working) ** 2
    assert found.plain.df == pytest.approx(top / sum((one**2).sum() for one in working), rel=1e-8)


@pytest.mark.parametrize("seed", range(30))
def test_neighbours_are_those_of_a_search_row_by_row(seed):
    rng = np.random.default_rng(seed)
    step = 4.0 ** (seed % 3 + 1)  # a power of two: distances have no rounding
    x = np.round(rng.normal(size=40) * step) / step
    y = rng.normal(size=(40, 2))
    found = neighbour_residuals(x, y)
    for i in range(40):
        distance = np.abs(x - x[i])
        others = np.delete(np.arange(40), i)
        third = np.sort(distance[others])[2]
        near = others[distance[others] <= third + 1e-12]
        j = len(near)
        assert found[i] == pytest.approx(math.sqrt(j / (j + 1)) * (y[i] - y[near].mean(axis=0)))


@pytest.mark.parametrize("seed", range(10))
def test_a_fuzzy_estimate_is_the_ratio_of_two_jumps(seed):
    made = sample(seed, fuzzy=True)
    bands = Bandwidths((0.6, 0.6), (0.8, 0.8))
    found = estimate(made, Settings(), bands)
    jumps = [estimate(made.with_outcome(made.d[:, k]), Settings(), bands).value for k in (0, 1)]
    assert found.value == pytest.approx(jumps[0] / jumps[1])


@pytest.mark.parametrize("selector", SELECTORS)
def test_bandwidths_follow_the_unit_of_the_running_variable_only(selector):
    made = sample(3, covariates=1)
    larger = build(
        made.roles, made.x * 50, made.d * 1000, weights=made.w, clusters=None, fuzzy=False
    )
    one, other = (select(s, Settings(selector=selector)) for s in (made, larger))
    assert np.allclose(np.array(other.h) / 50, one.h, rtol=1e-7)
    assert np.allclose(np.array(other.b) / 50, one.b, rtol=1e-7)


@pytest.mark.parametrize("seed", range(5))
def test_the_worst_bias_is_that_of_a_linear_programme(seed):
    """Second derivatives on a fine grid are chosen by a solver so as to make the bias largest."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 1, 12))
    fitted = smoother(x, np.ones(12), 1.0, 1, "triangular")
    w = np.zeros(12)
    w[fitted.rows] = fitted.operator[0]
    t = (np.arange(2000) + 0.5) / 2000
    effect = (w[:, None] * np.maximum(x[:, None] - t, 0)).sum(axis=0) / 2000
    solved = linprog(-effect, bounds=[(-3, 3)] * 2000)
    assert worst_bias(x, w, 3.0) == pytest.approx(-solved.fun, rel=1e-3)


def test_the_critical_value_is_the_normal_one_without_bias():
    assert critical_value(0.0, 0.95) == pytest.approx(1.959964, abs=1e-6)
    assert critical_value(50.0, 0.95) == pytest.approx(51.644854, abs=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_the_anderson_rubin_set_holds_what_the_test_does_not_refuse(seed):
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(2, 2))
    covariance = half @ half.T + 0.1 * np.eye(2)
    y, first = rng.normal(0, 3, 2)
    found = anderson_rubin(y, first, covariance, 1.96)
    grid = np.linspace(-300, 300, 120_001)
    variance = covariance[0, 0] - 2 * grid * covariance[0, 1] + grid**2 * covariance[1, 1]
    inside = (y - grid * first) ** 2 <= 1.96**2 * variance
    if found.shape == "interval":
        assert np.array_equal(inside, (grid >= found.low) & (grid <= found.high))
    elif found.shape == "two rays":
        assert np.array_equal(inside, (grid <= found.gap[0]) | (grid >= found.gap[1]))
    else:
        assert inside.all()


def test_the_density_test_keeps_its_size_and_finds_sorting():
    refused, found = 0, 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        x = rng.normal(0.3, 1, 800)
        refused += density_test(x).p_value < 0.05
        moved = np.where((x < 0) & (x > -0.25) & (rng.uniform(size=800) < 0.7), -x, x)
        found += density_test(moved, (0.6, 0.6)).p_value < 0.05
    assert refused <= 18
    assert found >= 110


def test_local_randomisation_finds_a_shift_and_stops_where_covariates_part():
    rng = np.random.default_rng(1)
    made = sample(4)
    drifting = 4 * made.x + rng.normal(0, 0.3, made.n)
    found = local_randomisation(made, drifting[:, None], seed=1, level=0.95)
    assert found.low < 1.0 < found.high
    assert found.windows[-1][3] < 0.15
    assert local_randomisation(
        made.keep(made.x > -0.01), drifting[:0, None], seed=1, level=0.95
    ) == ("one side has fewer than 10 rows")


def test_bins_mimic_the_variance_and_every_row_is_in_one():
    made = sample(5)
    table = plot_table(made, Settings(), Bandwidths((0.5, 0.5), (0.5, 0.5)), level=0.95)
    for spacing in ("evenly spaced", "quantile"):
        rows = table[table["series"] == f"bins, {spacing}"]
        assert rows["rows"].sum() == made.n
    assert all(2 <= bin_count(side, "quantile") <= 100 for side in made.sides())


def test_a_window_with_too_few_values_is_refused_with_a_remedy():
    with pytest.raises(DesignError, match="wider `bandwidth`"):
        estimate(sample(1), Settings(), Bandwidths((1e-6, 1e-6), (1e-6, 1e-6)))


def test_satterthwaite_counts_equal_clusters():
    assert satterthwaite(np.eye(7)) == pytest.approx(7)
