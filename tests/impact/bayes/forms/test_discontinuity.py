"""Bayesian regression discontinuity: simulated curves, the Senate, and Head Start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms import discontinuity, gap
from evalkit.impact.bayes.forms.common_priors import Asked
from evalkit.impact.bayes.forms.gap_form import beliefs_in_units
from evalkit.impact.designs import DESIGNS
from evalkit.impact.designs.regression_discontinuity import prepare
from evalkit.impact.discontinuity.bandwidth import select

DESIGN = DESIGNS["regression_discontinuity"]
GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "regression_discontinuity"


def made(seed=0, n=400, jump=1.0, bend=1.0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    y = x + bend * x**2 + jump * (x >= 0) + 0.5 * rng.normal(size=n)
    return pd.DataFrame({"x": x, "y": y})


def run(frame, **more):
    return DESIGN(frame, inference="bayesian", **({"outcome": "y", "running": "x"} | more))


@pytest.fixture(scope="module")
def plain():
    return run(made())


def test_a_known_jump_is_found_and_everything_is_shown(plain):
    assert plain.interval.low < 1 < plain.interval.high
    assert plain.interval.kind == "credible"
    shown = {"posterior", "priors", "prior_posterior", "prior_predictive", "posterior_predictive"}
    assert shown | {"sensitivity", "windows", "plot", "sample"} <= set(plain.table)
    assert plain.check("convergence").verdict == "pass"
    levels = plain.table["posterior"].set_index("quantity")["mean"]
    without = levels["level at the cutoff without treatment"]
    assert levels["level at the cutoff with treatment"] - without == pytest.approx(plain.value)


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_the_outcome_in_another_unit_gives_the_same_standardised_answer(plain, factor):
    other = run(made().assign(y=lambda f: f["y"] * factor))
    assert other.standardised.hedges_g == pytest.approx(plain.standardised.hedges_g, rel=1e-5)
    assert (other.draws > 0).mean() == pytest.approx((plain.draws > 0).mean(), abs=0.002)


def test_the_running_variable_in_another_unit_and_order_changes_nothing(plain):
    frame = made().assign(x=lambda f: f["x"] * 365.0).sample(frac=1, random_state=1)
    assert run(frame).value == pytest.approx(plain.value, rel=1e-4)


def test_a_prior_for_more_bend_makes_the_answer_less_sure():
    straight, bent = (run(made(), priors={"bend": {"sd": sd}}) for sd in (0.01, 3.0))
    assert bent.std_error > 1.15 * straight.std_error
    assert straight.table["priors"].set_index("prior").loc["bend", "source"] == "given"


@pytest.mark.slow
def test_pupils_of_the_same_schools_do_not_count_as_new_schools():
    rng = np.random.default_rng(4)
    schools = pd.DataFrame({"x": rng.uniform(-1, 1, 60), "own": rng.normal(size=60)})
    rows = schools.loc[np.repeat(np.arange(60), 10)].assign(school=np.repeat(np.arange(60), 10))
    rows["y"] = rows["own"] + (rows["x"] >= 0) + 0.3 * rng.normal(size=600)
    alone = run(rows, bandwidth=0.9)
    together = run(rows, bandwidth=0.9, cluster="school")
    twice = run(pd.concat([rows, rows]), bandwidth=0.9, cluster="school")
    assert together.std_error > 2 * alone.std_error
    assert twice.std_error == pytest.approx(together.std_error, rel=0.1)


def test_a_kink_is_found_in_outcome_units_by_units_of_the_running_variable():
    rng = np.random.default_rng(2)
    x = rng.uniform(-50, 50, 900)
    frame = pd.DataFrame({"x": x, "y": 0.02 * x + 0.1 * np.maximum(x, 0) + rng.normal(size=900)})
    found = run(frame, derivative=1, bandwidth=40)
    assert found.interval.low < 0.1 < found.interval.high
    assert found.std_error < 0.1
    assert found.standardised is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"received": "y"}, "`received` has no meaning"),
        ({"priors": {"bends": {"sd": 1}}}, "Did you mean `bend`"),
        ({"priors": {"effect": {"sd": float("inf")}}}, "finite"),
    ],
)
def test_wrong_options_are_refused_with_a_remedy(more, words):
    with pytest.raises(DesignError, match=words) as caught:
        run(made(), **more)
    assert caught.value.do


def test_an_outcome_that_does_not_vary_is_refused():
    frame = made().assign(y=lambda f: (f["x"] >= 0).astype(float))
    with pytest.raises(DesignError, match="does not vary"):
        run(frame, bandwidth=0.5)


def test_the_columns_of_bends_are_integrals_of_the_second_derivative():
    edges = np.array([0.0, 0.3, 1.0])
    at = np.linspace(0, 1, 21)
    second = np.array([2.0, -1.0])
    slope = np.where(at < 0.3, 2 * at, 0.6 - (at - 0.3))
    curve = discontinuity.bend_columns(at, edges) @ second
    assert np.gradient(curve, at)[1:-1] == pytest.approx(slope[1:-1], abs=0.05)
    assert curve[0] == 0


def test_the_senates_incumbents_advantage_is_that_of_the_robust_interval():
    """Robust bias-corrected 7.51, 4.09 to 10.92 (rdrobust 3.0 and 4.0)."""
    frame = pd.read_csv(GOLDEN / "senate.csv")
    found = run(frame, outcome="vote", running="margin")
    assert found.value == pytest.approx(7.4, abs=0.4)
    assert found.interval.low == pytest.approx(4.09, abs=0.7)
    assert found.interval.high == pytest.approx(10.92, abs=0.9)


@pytest.mark.slow
def test_intervals_hold_the_jump_about_as_often_as_they_say(monkeypatch):
    """Of 40 simulated samples 38 are expected; fewer than 34 has a chance below 2 %."""
    for name, value in {"DRAWS": 250, "WARM": 50, "RHAT": 9.0, "ESS": 0.0}.items():
        monkeypatch.setattr(gap, name, value)
    inside = 0
    for seed in range(40):
        plan, _ = prepare(made(seed=500 + seed, n=300), outcome="y", running="x")
        window = select(plan.sample, plan.settings).h
        data = discontinuity.read_data(plan.sample, window, kink=False)
        form = discontinuity.form_of(data)
        beliefs = beliefs_in_units(Asked(None, 0.95, None, seed), form)
        low, high = np.quantile(gap.fit(form, beliefs, seed).effect, [0.025, 0.975])
        inside += low < 1 < high
    assert inside >= 34
