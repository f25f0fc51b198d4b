"""Bayesian single cases: simulated cases whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms import cases, gap
from evalkit.impact.bayes.forms.common_priors import Asked
from evalkit.impact.bayes.forms.gap_form import beliefs_in_units
from evalkit.impact.designs import DESIGNS
from evalkit.impact.designs.single_case import prepare

DESIGN = DESIGNS["single_case"]


def made(seed=2, starts=(6, 9, 12), n=20, effect=3.0, memory=0.3, spread=0.5):
    rng, rows = np.random.default_rng(seed), []
    for k, start in enumerate(starts):
        own, error = effect + spread * rng.normal(), 0.0
        for t in range(n):
            error = memory * error + rng.normal()
            on = t >= start
            rows.append((f"c{k}", t, "B" if on else "A", 10 + k + error + own * on))
    return pd.DataFrame(rows, columns=["case", "t", "phase", "y"])


def run(frame, **more):
    options = {"outcome": "y", "time": "t", "phase": "phase", "case": "case"} | more
    return DESIGN(frame, inference="bayesian", **options)


@pytest.fixture(scope="module")
def plain():
    return run(made(), margin=1.0)


def test_a_known_change_is_found_and_everything_is_shown(plain):
    assert plain.interval.low < 3 < plain.interval.high
    assert plain.interval.kind == "credible"
    shown = {"posterior", "priors", "prior_posterior", "prior_predictive", "posterior_predictive"}
    assert shown | {"sensitivity", "cases", "phases", "series"} <= set(plain.table)
    assert plain.check("convergence").verdict == "pass"
    assert plain.table["cases"]["estimate"].mean() == pytest.approx(plain.value)


def test_a_new_case_is_less_sure_than_the_mean_of_those_studied(plain):
    sd = plain.table["posterior"].set_index("quantity")["sd"]
    assert sd["change of a new case like these"] > 1.3 * plain.std_error


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_the_outcome_in_another_unit_gives_the_same_standardised_answer(plain, factor):
    other = run(made().assign(y=lambda f: f["y"] * factor), margin=factor)
    assert other.standardised.hedges_g == pytest.approx(plain.standardised.hedges_g, rel=1e-6)
    assert (other.draws > 0).mean() == pytest.approx((plain.draws > 0).mean(), abs=0.002)


def test_order_of_rows_changes_nothing(plain):
    other = run(made().sample(frac=1, random_state=3), margin=1.0)
    assert other.value == pytest.approx(plain.value)


def test_one_case_is_less_sure_than_three_and_says_so(plain):
    one = run(made()[lambda f: f["case"] == "c0"], case=None)
    assert one.std_error > 1.2 * plain.std_error
    assert one.check("few cases").verdict == "concern"


def test_a_reversal_tells_a_drift_from_a_change_better_than_one_phase_each():
    rng, n = np.random.default_rng(8), 24
    t = np.arange(n)
    y = 5 + rng.normal(size=n)
    once = pd.DataFrame({"t": t, "phase": np.where(t >= 12, "B", "A"), "y": y + 2 * (t >= 12)})
    back = (t // 6) % 2 == 1
    often = pd.DataFrame({"t": t, "phase": np.where(back, "B", "A"), "y": y + 2 * back})
    assert run(often, case=None).std_error < run(once, case=None).std_error


def test_cases_that_are_alike_are_drawn_together(plain):
    table = plain.table["cases"]
    assert np.ptp(table["estimate"]) < np.ptp(table["raw_estimate"])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"priors": {"spred": {"sd": 1}}}, "Did you mean `spread`"),
        ({"priors": {"drift": {"sd": "wide"}}}, "no number"),
    ],
)
def test_wrong_options_are_refused_with_a_remedy(more, words):
    with pytest.raises(DesignError, match=words) as caught:
        run(made(), **more)
    assert caught.value.do


def test_points_that_never_vary_within_a_phase_are_refused():
    frame = made().assign(y=lambda f: (f["phase"] == "B").astype(float))
    with pytest.raises(DesignError, match="vary within a phase"):
        run(frame)


def test_the_likelihood_is_that_of_correlated_normals_with_gaps_in_time():
    frame = made(starts=(4,), n=9)
    read, _ = prepare(frame[frame["t"] != 5], outcome="y", time="t", phase="phase", case="case")
    data = cases.read_data(read)
    noise, memory = 0.8, 0.45
    at = np.cumsum(data.apart)
    errors = noise**2 * memory ** np.abs(at[:, None] - at[None, :])
    vague, drift = 1e3, cases.SLOTS["drift"].sd
    scales = np.array([vague, vague, drift])
    whole = errors + (data.x * scales**2) @ data.x.T
    exact = stats.multivariate_normal.logpdf(data.y, np.zeros(len(data.y)), whole)
    form = cases.form_of(data)
    beliefs = beliefs_in_units(Asked(None, 0.95, None, 0), form)
    both = np.array([[noise, memory], [1.1, -0.2]])
    made_ = form.given(both, beliefs)
    other = 1.1**2 * (-0.2) ** np.abs(at[:, None] - at[None, :]) + whole - errors
    change = exact - stats.multivariate_normal.logpdf(data.y, np.zeros(len(data.y)), other)
    # the effect's flat prior leaves the effect's own variance to be put back: N(mean; 0, vague)
    flat = made_.loglik - 0.5 * np.log(made_.variance + vague**2)
    assert flat[0] - flat[1] == pytest.approx(change, abs=1e-3)


def test_intervals_hold_the_mean_change_about_as_often_as_they_say(monkeypatch):
    """Of 60 simulated studies 57 are expected; fewer than 52 has a chance below 1 %."""
    for name, value in {"DRAWS": 300, "WARM": 60, "RHAT": 9.0, "ESS": 0.0}.items():
        monkeypatch.setattr(gap, name, value)
    inside = 0
    for seed in range(60):
        frame = made(seed=2000 + seed, spread=0.0)
        read, _ = prepare(frame, outcome="y", time="t", phase="phase", case="case")
        form = cases.form_of(cases.read_data(read))
        beliefs = beliefs_in_units(Asked(None, 0.95, None, seed), form)
        low, high = np.quantile(gap.fit(form, beliefs, seed).effect, [0.025, 0.975])
        inside += low < 3 < high
    assert inside >= 52
