"""Pooling: published values of metafor, and brute force."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from evalkit.impact.pooling.model import (
    between_variance,
    generalised_q,
    knapp_hartung,
    pool,
    q_profile,
)
from evalkit.impact.pooling.three_level import fit_nested

GOLDEN = Path(__file__).parents[2] / "golden" / "pooled"


def pooled(y, v, estimator="reml"):
    x = np.ones((len(y), 1))
    tau2 = between_variance(y, v, x, estimator)
    return pool(y, v, x, tau2)


def test_teacher_expectancy():
    rows = pd.read_csv(GOLDEN / "raudenbush1985.csv")
    made = pooled(rows["yi"].to_numpy(), rows["vi"].to_numpy())
    assert round(float(made.beta[0]), 4) == 0.0837
    assert round(made.tau2, 4) == 0.0188


def test_bcg_vaccine():
    rows = pd.read_csv(GOLDEN / "bcg.csv")
    treated, control = rows["tpos"] + rows["tneg"], rows["cpos"] + rows["cneg"]
    y = np.log(rows["tpos"] / treated / (rows["cpos"] / control)).to_numpy()
    v = (1 / rows["tpos"] - 1 / treated + 1 / rows["cpos"] - 1 / control).to_numpy()
    made = pooled(y, v)
    assert round(float(made.beta[0]), 4) == -0.7145
    assert round(float(np.sqrt(made.covariance[0, 0])), 4) == 0.1798


def test_schools_in_districts():
    rows = pd.read_csv(GOLDEN / "konstantopoulos2011.csv")
    groups = rows["district"].astype("category").cat.codes.to_numpy().astype(np.intp)
    y, v = rows["yi"].to_numpy(), rows["vi"].to_numpy()
    made = fit_nested(y, v, np.ones((len(y), 1)), groups, restricted=True)
    assert made.converged
    assert round(float(made.beta[0]), 4) == 0.1847
    assert round(float(np.sqrt(made.covariance[0, 0])), 4) == 0.0846


def test_eight_schools_with_knapp_and_hartung():
    y = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    v = np.array([15.0, 10, 16, 11, 9, 11, 10, 18]) ** 2
    made = pooled(y, v)
    assert round(float(made.beta[0]), 4) == 7.6856
    reach = stdtrit(7, 0.975) * np.sqrt(knapp_hartung(made, 7)[0, 0])
    assert made.beta[0] - reach == pytest.approx(-0.2100, abs=5e-4)
    assert made.beta[0] + reach == pytest.approx(15.5813, abs=5e-4)


def test_the_ends_of_q_profile_give_the_quantiles_of_chi_squared():
    from scipy.stats import chi2

    rng = np.random.default_rng(1)
    for _ in range(20):
        v = rng.uniform(0.1, 1, 15)
        y = rng.normal(0, np.sqrt(v + 0.8))
        x = np.ones((15, 1))
        low, high = q_profile(y, v, x, 0.95)
        assert generalised_q(y, v, x, high) == pytest.approx(chi2.ppf(0.025, 14), rel=1e-4)
        if low > 0:
            assert generalised_q(y, v, x, low) == pytest.approx(chi2.ppf(0.975, 14), rel=1e-4)


def test_dersimonian_and_laird_is_the_closed_form():
    rng = np.random.default_rng(2)
    v, y = rng.uniform(0.1, 1, 12), rng.normal(0, 1.5, 12)
    w = 1 / v
    q = (w * (y - (w @ y) / w.sum()) ** 2).sum()
    expected = max(0.0, (q - 11) / (w.sum() - (w**2).sum() / w.sum()))
    assert between_variance(y, v, np.ones((12, 1)), "dl") == pytest.approx(expected)
