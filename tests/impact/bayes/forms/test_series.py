"""Bayesian interrupted time series: simulated series whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms import gap, series
from evalkit.impact.bayes.forms.common_priors import Asked
from evalkit.impact.bayes.forms.gap_form import beliefs_in_units
from evalkit.impact.designs import DESIGNS
from evalkit.impact.series.read import Roles, read_series

DESIGN = DESIGNS["interrupted_time_series"]


def made(seed, n=60, start=40, effect=3.0, memory=0.4, *, control=False):
    rng = np.random.default_rng(seed)
    error = np.zeros(n)
    for i in range(1, n):
        error[i] = memory * error[i - 1] + rng.normal()
    t = np.arange(n)
    frame = pd.DataFrame({"t": t, "y": 10 + 0.1 * t + error + effect * (t >= start)})
    if control:
        shared = np.cumsum(rng.normal(size=n))
        frame["y"] += shared
        frame["c"] = 50 + shared + 0.3 * rng.normal(size=n)
    return frame


def run(frame, **more):
    options = {"outcome": "y", "time": "t", "start": 40, "inference": "bayesian"} | more
    return DESIGN(frame, **options)


@pytest.fixture(scope="module")
def plain():
    return run(made(1), margin=1.0)


def test_a_known_change_is_found_and_everything_is_shown(plain):
    assert plain.interval.low < 3 < plain.interval.high
    assert plain.interval.kind == "credible"
    assert plain.p_value is None
    shown = {"posterior", "priors", "prior_posterior", "prior_predictive", "posterior_predictive"}
    assert shown | {"sensitivity", "power_scaling", "periods"} <= set(plain.table)
    assert plain.check("convergence").verdict == "pass"
    assert plain.native.posterior["difference"].shape[-1] == 20


def test_periods_add_up_to_the_average_and_the_sum(plain):
    periods = plain.table["periods"]
    assert periods["difference"].mean() == pytest.approx(plain.value)
    assert periods["sum"].iloc[-1] == pytest.approx(20 * plain.value)
    assert (periods["observed"] - periods["expected"]).to_numpy() == pytest.approx(
        periods["difference"].to_numpy()
    )


@pytest.mark.parametrize("factor", [1000.0, 0.001])
@pytest.mark.parametrize("estimator", ["segmented", "structural"])
def test_the_outcome_in_another_unit_gives_the_same_standardised_answer(factor, estimator):
    one = run(made(1), estimator=estimator)
    other = run(made(1).assign(y=lambda f: f["y"] * factor), estimator=estimator)
    assert other.standardised.hedges_g == pytest.approx(one.standardised.hedges_g, rel=1e-6)
    assert (other.draws > 0).mean() == pytest.approx((one.draws > 0).mean(), abs=0.002)
    assert other.interval.low == pytest.approx(one.interval.low * factor, rel=1e-6)


def test_rows_in_another_order_and_an_offset_change_nothing(plain):
    frame = made(1).sample(frac=1, random_state=0)
    other = run(frame.assign(y=frame["y"] + 1e6), margin=1.0)
    assert other.value == pytest.approx(plain.value, abs=1e-4)


def test_a_control_series_takes_out_what_both_share():
    frame = made(3, control=True)
    with_control, alone = run(frame, comparison="c"), run(frame.drop(columns="c"))
    assert with_control.std_error < 0.6 * alone.std_error
    assert with_control.interval.low < 3 < with_control.interval.high


def test_a_wandering_level_is_less_sure_than_a_line():
    frame = made(4)
    assert run(frame, estimator="structural").std_error > run(frame).std_error


def test_priors_in_outcome_units_move_the_answer_and_are_shown():
    sure = run(made(1), priors={"effect": {"mean": 0, "sd": 0.2}})
    assert abs(sure.value) < 1
    row = sure.table["priors"].set_index("prior").loc["effect"]
    assert row["source"] == "given"
    assert row["distribution"] == "Normal(0, 0.2)"


def test_few_periods_give_a_wide_interval():
    few = run(made(5, n=12, start=6), start=6)
    many = run(made(5))
    assert few.std_error > 1.5 * many.std_error


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"priors": {"efect": {"sd": 1}}}, "Did you mean `effect`"),
        ({"priors": {"memory": {"sd": -1}}}, "above zero"),
        ({"inference": "frequentist", "priors": {"effect": {"sd": 1}}}, "without"),
        ({"family": "poisson"}, "normal outcomes"),
        ({"weights": "t"}, "no place for `weights`"),
        ({"inference": "bayes"}, "Did you mean `bayesian`"),
    ],
)
def test_wrong_options_are_refused_with_a_remedy(more, words):
    with pytest.raises(DesignError, match=words) as caught:
        run(made(1), **more)
    assert caught.value.do


def test_a_series_on_a_line_is_refused():
    frame = pd.DataFrame({"t": np.arange(30), "y": 2.0 * np.arange(30)})
    with pytest.raises(DesignError, match="exactly on a line"):
        run(frame, start=20)


def test_intervals_hold_the_truth_about_as_often_as_they_say(monkeypatch):
    """Of 60 simulated series 57 are expected; fewer than 52 has a chance below 1 %."""
    for name, value in {"DRAWS": 300, "WARM": 60, "RHAT": 9.0, "ESS": 0.0}.items():
        monkeypatch.setattr(gap, name, value)
    inside = 0
    for seed in range(60):
        frame = made(1000 + seed, n=45, start=30, memory=0.5)
        found, _ = read_series(frame, Roles("y", "t", 30), counts=False)
        data = series.read_data(found, season=0, harmonics=2, wanders=False)
        form = series.form_of(data)
        beliefs = beliefs_in_units(Asked(None, 0.95, None, seed), form)
        low, high = np.quantile(gap.fit(form, beliefs, seed).effect, [0.025, 0.975])
        inside += low < 3 < high
    assert inside >= 52
