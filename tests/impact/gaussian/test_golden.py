"""Published mixed-model values, by the Gaussian core; sources stand in tests/golden."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from evalkit.impact.bayes import adapter
from evalkit.impact.gaussian import (
    Fixed,
    Gram,
    Model,
    Noise,
    Varying,
    gram,
    grams,
    hyper,
    marginal,
    sample,
)

from .conftest import MODELS, dense

GOLDEN = Path(__file__).parents[2] / "golden"
EXPECTED = json.loads((GOLDEN / "multilevel" / "reference_expected.json").read_text("utf-8"))
POOLED = json.loads((GOLDEN / "pooled" / "expected.json").read_text("utf-8"))


def flat(columns):
    k = len(columns)
    return Fixed(np.array(columns), np.zeros(k), np.full(k, np.inf))


def bcg():
    """Log risk ratios of tuberculosis in thirteen trials."""
    rows = pd.read_csv(GOLDEN / "pooled" / "bcg.csv")
    treated, control = rows["tpos"] + rows["tneg"], rows["cpos"] + rows["cneg"]
    ratio = np.log((rows["tpos"] / treated) / (rows["cpos"] / control))
    variance = 1 / rows["tpos"] - 1 / treated + 1 / rows["cpos"] - 1 / control
    return studies(pd.DataFrame({"y": ratio, "error": np.sqrt(variance)}))


def meta(file, effect, variance, groups=()):
    rows = pd.read_csv(GOLDEN / "pooled" / file)
    error = np.sqrt(rows[variance]) if variance != "se" else rows[variance]
    return studies(rows.assign(y=rows[effect], error=error), groups)


def studies(rows, groups=()):
    """Known noise; studies and any wider groups vary, standard deviations ~ half-normal(10)."""
    y, n = rows["y"].to_numpy(), len(rows)
    own = [np.eye(n)] + [pd.get_dummies(rows[one]).to_numpy(float) for one in groups]
    x = np.hstack([np.ones((n, 1)), *own])
    at, its = 1, []
    for one in own:
        its.append(Varying(at + np.arange(one.shape[1])[:, None], np.array([10.0])))
        at += one.shape[1]
    known = Noise(1.0, known=rows["error"].to_numpy())
    return Model(grams(x, y, np.arange(n)), (flat([0]),), tuple(its), known)


def exam():
    """School intercepts, from sums a school: the outcome and the test are standardised already."""
    rows = pd.read_csv(GOLDEN / "multilevel" / "exam_schools.csv")
    m = 2 + len(rows)
    xx, xy = np.zeros((m, m)), np.zeros(m)
    for s, one in enumerate(rows.itertuples()):
        at = np.ix_([0, 1, 2 + s], [0, 1, 2 + s])
        xx[at] += np.array([[one.n, one.x, one.n], [one.x, one.xx, one.x], [one.n, one.x, one.n]])
        xy[[0, 1, 2 + s]] += np.array([one.y, one.xy, one.y])
    whole = Gram(xx, xy, float(rows["yy"].sum()), float(rows["n"].sum()))
    schools = Varying(2 + np.arange(len(rows))[:, None], np.array([10.0]))
    return Model((whole,), (flat([0, 1]),), (schools,), Noise(10.0))


SD = 15.0
"""What the infants' scores are divided by."""


def early():
    rows = pd.read_csv(GOLDEN / "multilevel" / "early.csv")
    infant = pd.factorize(rows["id"])[0]
    time, treated = rows["age"].to_numpy() - 1.0, rows["trt"].to_numpy(float)
    each = infant.max() + 1
    x = np.zeros((len(rows), 4 + 2 * each))
    x[:, :4] = np.column_stack([np.ones(len(rows)), treated, time, treated * time])
    x[np.arange(len(rows)), 4 + 2 * infant] = 1.0
    x[np.arange(len(rows)), 5 + 2 * infant] = time
    its = Varying(4 + np.arange(2 * each).reshape(each, 2), np.full(2, 10.0))
    y = rows["cog"].to_numpy() / SD
    return Model((gram(x, y),), (flat([0, 1, 2, 3]),), (its,), Noise(10.0))


def restricted_top(model):
    """Where the likelihood with flat fixed coefficients is highest: REML."""
    p = marginal.problem(model)

    def down(eta):
        it = hyper.unpack(model, eta[None], p.guess)
        return -float((marginal.log_density(p, eta[None]) - it.log_prior - it.jacobian)[0])

    start = np.full(hyper.count(model), -3.0)
    best = minimize(down, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    it = hyper.unpack(model, best.x[None], p.guess)
    _, precision, mean = dense(model, best.x)
    return it, mean, np.sqrt(np.diag(np.linalg.inv(precision)))


def test_eight_schools_agree_with_the_reference_draws():
    expected = EXPECTED["eight_schools"]
    made = sample(MODELS["known noise"], draws=2500, seed=1)
    mu, tau = made.coef[..., 0], made.scales[0][..., 0]
    theta = made.coef[..., 1:] + mu[..., None]
    pairs = [(mu, *expected["mu"]), (tau, *expected["tau"])]
    each = zip(expected["theta"], expected["theta_sd"], strict=True)
    pairs += [(theta[..., k], *one) for k, one in enumerate(each)]
    for draws, mean, sd in pairs:
        reference = sd / np.sqrt(expected["reference_draws"])
        error = np.hypot(adapter.diagnostics(draws).mcse, reference)
        assert abs(draws.mean() - mean) < 3 * error
        assert draws.std() == pytest.approx(sd, rel=0.06)


def published():
    """Model, published REML mean and its error, and variances."""
    expected, calendars = POOLED["bcg"], POOLED["school_calendars"]
    pygmalion, practice = POOLED["teacher_expectancy"], POOLED["practice_facilitation"]["reml"]
    levels = calendars["three_level"]
    return {
        "teacher expectancy": (
            meta("teacher_expectancy.csv", "yi", "vi"),
            (pygmalion["estimate"], pygmalion["std_error"]),
            [pygmalion["tau2"]],
        ),
        "practice facilitation": (
            meta("practice_facilitation.csv", "smd", "se"),
            practice[:2],
            practice[2:],
        ),
        "calendars": (
            meta("school_calendars.csv", "yi", "vi"),
            calendars["reml"][:2],
            calendars["reml"][2:],
        ),
        "calendars, three levels": (
            meta("school_calendars.csv", "yi", "vi", ("district",)),
            levels[:2],
            [levels[3], levels[2]],
        ),
        "bcg": (bcg(), (expected["estimate"], expected["std_error"]), [expected["tau2"]]),
    }


PUBLISHED = published()


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_the_top_of_the_integrated_likelihood_is_the_published_reml(name):
    model, (estimate, error), variances = PUBLISHED[name]
    it, mean, sd = restricted_top(model)
    assert mean[0] == pytest.approx(estimate, abs=1e-4)
    assert sd[0] == pytest.approx(error, abs=1e-4)
    found = [float(scale[0, 0]) ** 2 for scale in it.scales]
    assert found == pytest.approx(variances, abs=1e-4)


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_under_near_flat_priors_the_posterior_mean_is_a_tenth_of_its_sd_from_reml(name):
    model, (estimate, _), _ = PUBLISHED[name]
    assert within_a_tenth(sample(model, seed=1, draws=4000).coef[..., 0], estimate) < 0.1


def test_inner_london_schools_vary_as_published():
    expected = EXPECTED["inner_london_exam"]
    it, mean, _ = restricted_top(exam())
    assert mean[1] == pytest.approx(expected["slope_ml"], abs=5e-4)
    assert it.scales[0][0, 0] ** 2 == pytest.approx(expected["school_variance"], abs=2e-3)
    assert it.noise.sd[0, 0] ** 2 == pytest.approx(expected["residual_variance"], abs=5e-4)


def within_a_tenth(draws, expected):
    return abs(draws.mean() - expected) / draws.std()


def test_inner_london_posterior_is_a_tenth_of_its_sd_from_the_published_slope():
    expected = EXPECTED["inner_london_exam"]
    made = sample(exam(), seed=1, draws=2500)
    assert within_a_tenth(made.coef[..., 1], expected["slope_ml"]) < 0.1
    spread = made.scales[0][..., 0]
    counts, edges = np.histogram(spread, bins=25)
    densest = (edges[counts.argmax()] + edges[counts.argmax() + 1]) / 2
    assert abs(densest - np.sqrt(expected["school_variance"])) < 0.5 * spread.std()


def test_early_intervention_posterior_is_a_tenth_of_its_sd_from_the_published_values():
    made = sample(early(), seed=1, draws=2500)
    for k, expected in enumerate(EXPECTED["early_intervention"]["fixed"]):
        assert within_a_tenth(SD * made.coef[..., k], expected) < 0.1
