"""The numeric core against its definitions, statsmodels and linearmodels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.impact.least_squares import (
    WEBB,
    absorb,
    cr1,
    cr2,
    fit,
    independent_columns,
    invert,
    wild_draws,
)
from evalkit.impact.panel import Roles, read_panel
from evalkit.impact.study import with_treatment
from evalkit.impact.two_way import build


def random_panel(seed, *, weighted=False):
    """An unbalanced panel with staggered treatment, a covariate and clusters of one to three units."""
    rng = np.random.default_rng(seed)
    units, periods = int(rng.integers(8, 30)), int(rng.integers(3, 7))
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    start = rng.integers(1, periods + 3, units)
    start[:2] = periods + 5
    start[2] = 1
    frame = pd.DataFrame(
        {
            "unit": unit,
            "time": time,
            "cluster": unit // int(rng.integers(1, 4)),
            "d": (time >= start[unit]).astype(float),
            "x": rng.normal(size=len(unit)) + 0.2 * time,
            "w": rng.uniform(0.5, 2, len(unit)) if weighted else 1.0,
        }
    )
    frame["y"] = (
        rng.normal(size=units)[unit] + frame["d"] + 0.5 * frame["x"] + rng.normal(size=len(unit))
    )
    return frame[rng.random(len(frame)) < 0.9]


def model_of(frame):
    frame = frame[frame.groupby("unit")["time"].transform("size") > 1]
    roles = Roles("y", "unit", "time", "cluster", "w", ("x",), ("d",))
    panel, faults = read_panel(frame, roles)
    assert faults == []
    try:
        return frame, build(with_treatment(panel, panel.own["d"], None), "two_way")
    except DesignError:  # rows were dropped at random until nothing of the treatment was left
        reject()


def dense(frame):
    """Dummy-variable regressors in the weighted scale, treatment first."""
    units = pd.get_dummies(frame["unit"]).to_numpy(float)
    times = pd.get_dummies(frame["time"], drop_first=True).to_numpy(float)
    root = np.sqrt(frame["w"].to_numpy())[:, None]
    x = np.column_stack([frame[["d", "x"]].to_numpy(), times, units])
    return x * root, frame["y"].to_numpy() * root[:, 0]


def inverse_root(matrix):
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    power = np.where(values > 1e-10, 1 / np.sqrt(np.where(values > 1e-10, values, 1)), 0)
    return (vectors * power) @ vectors.T


def cr2_by_definition(x, y, clusters):
    """Bell and McCaffrey (2002) with full matrices: standard error and Satterthwaite df."""
    bread = np.linalg.inv(x.T @ x)
    hat = x @ bread @ x.T
    maker = np.eye(len(x)) - hat
    left = maker @ y
    score, columns = 0.0, []
    for one in np.unique(clusters):
        rows = np.flatnonzero(clusters == one)
        adjusted = inverse_root(np.eye(len(rows)) - hat[np.ix_(rows, rows)]) @ x[rows] @ bread[:, 0]
        score += (adjusted @ left[rows]) ** 2
        columns.append(maker[:, rows] @ adjusted)
    inner = np.array(columns) @ np.array(columns).T
    return np.sqrt(score), np.trace(inner) ** 2 / (inner**2).sum()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.booleans())
def test_estimates_and_cr1_agree_with_dummy_variables(seed, weighted):
    """Unbalanced, weighted, clustered: the same numbers as statsmodels with all its dummies."""
    import statsmodels.api as sm

    frame, model = model_of(random_panel(seed, weighted=weighted))
    fitted = model.fit()
    x, y = dense(frame)
    other = sm.OLS(y, x).fit(
        cov_type="cluster", cov_kwds={"groups": frame["cluster"].to_numpy()}, use_t=True
    )
    assert fitted.beta[0] == pytest.approx(other.params[0], rel=1e-8, abs=1e-10)
    assert np.sqrt(cr1(fitted)[0, 0]) == pytest.approx(other.bse[0], rel=1e-7, abs=1e-10)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.booleans())
def test_cr2_from_small_grams_is_cr2_by_its_definition(seed, weighted):
    frame, model = model_of(random_panel(seed, weighted=weighted))
    expected = cr2_by_definition(*dense(frame), frame["cluster"].to_numpy())
    assert cr2(model.fit()) == pytest.approx(expected, rel=1e-6)


def test_linearmodels_agrees_up_to_its_small_sample_factor():
    from linearmodels.panel import PanelOLS

    frame, model = model_of(random_panel(5))
    indexed = frame.set_index(["unit", "time"])
    other = PanelOLS(indexed["y"], indexed[["d", "x"]], entity_effects=True, time_effects=True).fit(
        cov_type="clustered", clusters=indexed["cluster"], auto_df=False, count_effects=True
    )
    fitted = model.fit()
    g, n = fitted.clusters, fitted.n
    factor = np.sqrt(g / (g - 1) * (n - 1) / n)
    assert fitted.beta[0] == pytest.approx(other.params["d"], rel=1e-9)
    assert np.sqrt(cr1(fitted)[0, 0]) == pytest.approx(other.std_errors["d"] * factor, rel=1e-6)


def test_the_wild_bootstrap_is_that_of_its_definition():
    """Refit by hand for given weights, null imposed, with full matrices."""
    frame, model = model_of(random_panel(11).assign(cluster=lambda rows: rows["unit"]))
    fitted, rng = model.fit(), np.random.default_rng(0)
    assert len(frame) == fitted.n
    draws = wild_draws(fitted, 0, 40, rng)
    x = np.column_stack([model.z, model.others])
    clusters = model.panel.cluster
    g = fitted.clusters
    order = np.argsort(fitted.scores[:, 0])
    weights = np.empty((40, g))
    weights[:, order] = np.random.default_rng(0).choice(WEBB, size=(40, g))
    tested, others = 0.4, x[:, 1:]
    left = model.y - tested * x[:, 0]
    slopes = np.linalg.lstsq(others, left, rcond=None)[0]
    expected = []
    for row in weights:
        y = tested * x[:, 0] + others @ slopes + (left - others @ slopes) * row[clusters]
        beta = np.linalg.lstsq(x, y, rcond=None)[0]
        scores = np.array([x[clusters == k].T @ (y - x @ beta)[clusters == k] for k in range(g)])
        bread = np.linalg.inv(x.T @ x)
        expected.append((beta[0] - tested) ** 2 / (bread @ scores.T @ scores @ bread)[0, 0])
    top = draws.a[:, 0] + tested * draws.a[:, 1]
    below = draws.v[:, 0] + tested * draws.v[:, 1] + tested**2 * draws.v[:, 2]
    assert (top**2 / below).tolist() == pytest.approx(expected, rel=1e-7)


def test_few_clusters_enumerate_every_weight():
    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(5), 6)
    x = np.column_stack([rng.normal(size=30), np.ones(30)])
    draws = wild_draws(fit(x, rng.normal(size=30), clusters, 0), 0, 99, rng)
    assert draws.enumerated
    assert len(draws.a) == 6**5


def test_the_bootstrap_interval_holds_the_values_it_does_not_refuse():
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(15), 8)
    x = np.column_stack([rng.normal(size=120), np.ones(120)])
    draws = wild_draws(fit(x, x[:, 0] + rng.normal(size=120), clusters, 0), 0, 499, rng)
    low, high = (invert(draws, draws.beta, side * draws.std_error, 0.95) for side in (-1, 1))
    assert low < draws.beta < high
    assert draws.p_value(low + 1e-6) > 0.05 >= draws.p_value(low - 1e-3)
    assert draws.p_value(high - 1e-6) > 0.05 >= draws.p_value(high + 1e-3)


def test_a_column_that_effects_explain_is_found():
    groups = np.repeat(np.arange(4), 3)
    raw = np.column_stack([groups * 1e6, np.arange(12.0)])
    left = absorb(raw, groups, np.ones(12))
    norms = np.linalg.norm(raw - raw.mean(axis=0), axis=0)
    assert independent_columns(left, norms).tolist() == [1]
