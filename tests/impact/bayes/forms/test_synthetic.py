"""Bayesian synthetic control: simulated panels, and California's tobacco programme."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms import synthetic, synthetic_placebos
from evalkit.impact.bayes.forms.common_priors import Asked
from evalkit.impact.bayes.forms.synthetic_courses import courses_of
from evalkit.impact.designs import DESIGNS
from evalkit.impact.panel import Roles
from evalkit.impact.synthetic.sample import Wanted, read_sample

DESIGN = DESIGNS["synthetic_control"]
GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "synthetic_control"


def panel(seed=0, donors=10, before=12, after=5, effect=2.0, treated=1):
    """Units that load on two common courses; errors of their own that wander a little."""
    rng = np.random.default_rng(seed)
    units, periods = donors + treated, before + after
    factors = np.cumsum(rng.normal(size=(2, periods)), axis=1)
    loads = rng.uniform(0.2, 1.0, size=(units, 2))
    own = 0.3 * rng.normal(size=(units, periods))
    y = 20 + 3 * rng.normal(size=(units, 1)) + loads @ factors + own
    y[:treated, before:] += effect
    unit, time = np.indices(y.shape)
    names = [f"t{i}" if i < treated else f"d{i:02d}" for i in unit.ravel()]
    return pd.DataFrame({"unit": names, "time": time.ravel(), "y": y.ravel()})


def run(frame, **more):
    options = {"outcome": "y", "unit": "unit", "time": "time", "treated": "t0", "start": 12}
    return DESIGN(frame, inference="bayesian", **(options | more))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fewer draws than in use: what is tested here does not hang on many."""
    monkeypatch.setattr(synthetic, "EFFORTS", ((400, 100), (1500, 200)))
    monkeypatch.setattr(synthetic, "AGAIN", (120, 60))
    monkeypatch.setattr(synthetic_placebos, "PLACEBO", (80, 50))


@pytest.fixture
def plain():
    return once()


@functools.cache
def once():
    return run(panel())


def test_a_known_effect_lies_in_the_interval_and_everything_is_shown(plain):
    assert plain.interval.low < 2 < plain.interval.high
    assert plain.interval.kind == "credible"
    shown = {"posterior", "priors", "prior_posterior", "prior_predictive", "posterior_predictive"}
    assert shown | {"sensitivity", "weights", "periods", "placebo_units"} <= set(plain.table)
    assert plain.check("convergence").verdict == "pass"
    assert plain.table["periods"]["effect"].mean() == pytest.approx(plain.value)
    assert plain.table["weights"]["weight"].sum() == pytest.approx(1)


def test_the_interval_is_as_wide_as_what_happens_where_nothing_was_done(plain):
    gaps = plain.table["placebo_units"]["gap"].to_numpy()
    assert plain.std_error > 0.5 * np.sqrt((gaps**2).mean())


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_the_outcome_in_another_unit_gives_the_same_standardised_answer(plain, factor):
    other = run(panel().assign(y=lambda f: f["y"] * factor))
    assert other.standardised.hedges_g == pytest.approx(plain.standardised.hedges_g, rel=1e-6)
    assert (other.draws > 0).mean() == pytest.approx((plain.draws > 0).mean(), abs=0.002)


def test_order_of_rows_and_names_of_donors_change_nothing(plain):
    frame = panel().sample(frac=1, random_state=1)
    frame["unit"] = frame["unit"].replace({"d01": "zz", "d09": "aa"})
    assert run(frame).value == pytest.approx(plain.value)


def test_several_treated_units_are_followed_one_by_one_or_as_their_average():
    frame = panel(seed=3, treated=2)
    apart = run(frame, treated=["t0", "t1"])
    together = run(frame, treated=["t0", "t1"], several="pooled")
    assert apart.n_treated == together.n_treated == 2
    assert apart.interval.low < 2 < apart.interval.high
    assert "each followed by its own donors" in apart.estimand
    assert "followed as their average" in together.estimand


def test_a_sceptics_prior_in_outcome_units_draws_the_effect_to_zero(plain):
    other = run(panel(), priors={"effect": {"mean": 0.0, "sd": 0.1}})
    assert abs(other.value) < 0.3 * abs(plain.value)


def test_options_without_a_meaning_are_named():
    made = run(panel(), placebo=False)
    assert any("`placebo: false` has no bearing" in note for note in made.notes)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"estimator": "augmented"}, "`estimator` has no meaning"),
        ({"priors": {"levels": {"sd": 1}}}, "Did you mean `level`"),
        ({"priors": {"placebo": {"sd": 0}}}, "above zero"),
    ],
)
def test_wrong_options_are_refused_with_a_remedy(more, words):
    with pytest.raises(DesignError, match=words) as caught:
        run(panel(), **more)
    assert caught.value.do


def test_donors_that_are_all_alike_are_refused():
    frame = panel()
    frame.loc[frame["unit"] != "t0", "y"] = frame["time"].astype(float)
    with pytest.raises(DesignError, match="all alike"):
        run(frame)


@pytest.mark.slow
def test_without_any_effect_it_is_seldom_sure_of_one(monkeypatch):
    """Thirty simulated panels without effect: 1.5 intervals miss it on average, 6 hardly ever."""
    monkeypatch.setattr(synthetic, "RHAT", 9.0)
    monkeypatch.setattr(synthetic, "ESS", 0)
    monkeypatch.setattr(synthetic, "EFFORTS", ((60, 30),))
    monkeypatch.setattr(synthetic_placebos, "PLACEBO", (40, 30))
    missed = 0
    for seed in range(30):
        frame = panel(seed=100 + seed, effect=0.0)
        wanted = Wanted(Roles("y", "unit", "time", None, None, ()), "t0", 12)
        sample, _ = read_sample(frame, wanted)
        courses = courses_of(sample, pooled=False)
        beliefs = synthetic.beliefs_in_units(Asked(None, 0.95, None, seed), courses)
        placebos = synthetic_placebos.follow_donors(courses, beliefs, seed)
        made = synthetic.fit(courses, beliefs, placebos, seed)
        low, high = np.quantile(made.theta, [0.025, 0.975])
        missed += not low < 0 < high
    assert missed <= 5


@functools.cache
def california():
    frame = pd.read_csv(GOLDEN / "prop99.csv")
    columns = {"outcome": "cigsale", "unit": "state", "time": "year"}
    return DESIGN(frame, treated="California", start=1989, inference="bayesian", **columns)


@pytest.mark.slow
def test_californias_programme_reads_as_the_classic_answer_without_false_certainty(monkeypatch):
    """Classic -19 to -19.6, synthetic DiD -15.6 with placebo errors of 8 to 11."""
    monkeypatch.undo()
    found = california()
    assert -21 < found.value < -14
    assert 6 < found.std_error < 12
    assert found.interval.low < -28
    assert found.interval.high > -6
    below = (found.draws < 0).mean()
    assert 0.9 < below < 0.999


@pytest.mark.slow
def test_californias_donors_are_those_of_the_classic_answer(monkeypatch):
    monkeypatch.undo()
    heavy = set(california().table["weights"]["donor"].head(4))
    assert heavy <= {"Utah", "Nevada", "Montana", "Colorado", "Connecticut", "New Mexico"}
