"""What to expect in a place that was not studied."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.designs import DESIGNS
from evalkit.synthesis.transfer import ALL, FEWEST, HARM, new_places


@pytest.fixture(scope="module")
def sites():
    """Effects of twelve simulated sites, six in towns and six on the coast, with their errors."""
    rng = np.random.default_rng(3)
    error = rng.uniform(0.1, 0.2, 12)
    effect = np.repeat([0.5, 0.1], 6) + rng.normal(0, 0.15, 12) + rng.normal(0, error)
    return pd.DataFrame({"site": [f"s{i}" for i in range(12)], "effect": effect, "error": error})


@pytest.fixture(scope="module")
def pooled(sites):
    """The pool of all sites."""
    made = DESIGNS["pooled"](sites, estimate="effect", std_error="error", study="site")
    return replace(made, id="all", outcome="score")


@pytest.fixture(scope="module")
def posterior(sites):
    """The same, from a posterior."""
    made = DESIGNS["pooled"](
        sites, estimate="effect", std_error="error", study="site", inference="bayesian", seed=1
    )
    return replace(made, id="all", outcome="score")


TYPES = {f"s{i}": "town" if i < 6 else "coast" for i in range(12)}


def test_the_interval_is_the_predictive_one_not_that_of_the_mean(pooled, outcome):
    (new,) = new_places(pooled, {"score": outcome(0.2)})
    lead = pooled.table["prediction"].iloc[0]
    assert (new.low, new.high) == (lead["low"], lead["high"])
    assert new.high - new.low > pooled.interval.high - pooled.interval.low
    assert (new.place_type, new.n_places, new.kind) == (ALL, 12, "confidence")


def test_the_probability_of_harm_is_the_tail_of_the_predictive_distribution(pooled, outcome):
    from scipy import stats

    (new,) = new_places(pooled, {"score": outcome(0.2)})
    lead = pooled.table["prediction"].iloc[0]
    predictive = stats.t(lead["df"], pooled.value, lead["std_error"])
    assert new.p_harm == pytest.approx(predictive.cdf(0))
    assert new.p_harm_matters == pytest.approx(predictive.cdf(-0.2))
    assert new.p_harm_matters < new.p_harm


def test_where_less_is_wanted_harm_is_a_rise(pooled, outcome):
    plan = {"score": outcome(0.2, higher_is="worse")}
    (better,), (worse,) = new_places(pooled, {"score": outcome(0.2)}), new_places(pooled, plan)
    assert worse.p_harm == pytest.approx(1 - better.p_harm)


def test_where_neither_direction_is_wanted_nothing_is_called_harm(pooled, outcome):
    plan = {"score": replace(outcome(None), higher_is="neither")}
    (new,) = new_places(pooled, plan)
    assert math.isnan(new.p_harm)
    assert "none is harm" in new.words


def test_without_a_size_that_matters_harm_of_that_size_is_not_known(pooled, outcome):
    (new,) = new_places(pooled, {"score": outcome(None)})
    assert math.isnan(new.p_harm_matters)


def test_a_posterior_gives_the_share_of_its_draws(posterior, pooled, outcome):
    (new,) = new_places(posterior, {"score": outcome(0.2)})
    row = posterior.table["prediction"].iloc[0]
    assert new.p_harm == pytest.approx(1 - row["p_above_zero"])
    assert new.kind == "credible"
    (plain,) = new_places(pooled, {"score": outcome(0.2)})
    assert new.p_harm == pytest.approx(plain.p_harm, abs=0.06)


def test_types_of_place_are_pooled_together_only_where_that_is_said(pooled, outcome):
    whole, coast, town = new_places(pooled, {"score": outcome(0.2)}, TYPES)
    assert whole.pooled_over == ("coast", "town")
    assert "Places of different types were pooled for this: coast, town." in whole.words
    assert (coast.place_type, coast.pooled_over, coast.n_places) == ("coast", ("coast",), 6)
    assert coast.value < whole.value < town.value
    assert coast.p_harm > town.p_harm


def test_a_type_alone_is_the_pool_of_its_own_places(pooled, sites, outcome):
    _, coast, _ = new_places(pooled, {"score": outcome(0.2)}, TYPES)
    alone = DESIGNS["pooled"](sites[6:], estimate="effect", std_error="error", study="site")
    lead = alone.table["prediction"].iloc[0]
    assert (coast.value, coast.low, coast.high) == pytest.approx(
        (alone.value, lead["low"], lead["high"])
    )


def test_places_in_clusters_stay_in_them_when_a_type_stands_alone(sites, outcome):
    nested = sites.assign(area=[f"a{i // 2}" for i in range(12)])
    keys = {"estimate": "effect", "std_error": "error", "study": "site", "cluster": "area"}
    made = replace(DESIGNS["pooled"](nested, **keys), id="all", outcome="score")
    _, coast, _ = new_places(made, {"score": outcome(0.2)}, TYPES)
    alone = DESIGNS["pooled"](nested[6:], **keys)
    assert coast.value == pytest.approx(alone.value)
    assert coast.low == pytest.approx(alone.table["prediction"].iloc[0]["low"])


def test_a_type_with_too_few_places_borrows_nothing_and_says_why(pooled, outcome):
    types = {f"s{i}": "island" if i < FEWEST - 1 else "town" for i in range(12)}
    _, island, town = new_places(pooled, {"score": outcome(0.2)}, types)
    assert math.isnan(island.value)
    assert "2 of the places studied are of this type" in island.why
    assert town.n_places == 10


def test_an_estimate_without_places_has_a_reason(estimate, outcome):
    (new,) = new_places(estimate(1, 3), {"score": outcome(1)})
    assert "no prediction for a new place" in new.why
    assert math.isnan(new.p_harm)


def test_several_outcomes_each_have_their_own_new_place(estimate, outcome):
    table = pd.DataFrame(
        {
            "quantity": ["reading", "absence"],
            "mean": [2.0, -1.0],
            "low": [-1.0, -3.0],
            "high": [5.0, 1.0],
            "median": [2.0, -1.0],
            "p_benefit": [0.9, 0.8],
            "p_harm": [0.1, 0.2],
            "p_beyond_margin": [0.6, math.nan],
            "p_harm_beyond_margin": [0.02, math.nan],
        }
    )
    one = replace(estimate(1, 3), table={"new_site": table})
    plan = {
        "reading": replace(outcome(1.0), id="reading"),
        "absence": replace(outcome(None, higher_is="worse"), id="absence"),
    }
    reading, absence = new_places(one, plan)
    assert (reading.outcome, reading.p_harm) == ("reading", pytest.approx(0.1))
    assert reading.p_harm_matters == 0.02
    assert (absence.outcome, absence.p_harm) == ("absence", pytest.approx(0.2))
    assert math.isnan(absence.p_harm_matters)


def test_the_side_of_harm_is_the_plan_s_whatever_the_analysis_took_for_wanted(estimate, outcome):
    row = {
        "quantity": "effect in a new site",
        "mean": 2.0,
        "median": 2.0,
        "low": -1.0,
        "high": 5.0,
        "p_benefit": 0.9,
        "p_harm": 0.1,
        "p_beyond_margin": 0.6,
        "p_harm_beyond_margin": 0.02,
        "place": "with dose 3",
    }
    one = replace(estimate(1, 3), table={"new_site": pd.DataFrame([row])})
    (new,) = new_places(one, {"score": outcome(1.0, higher_is="worse")})
    assert (new.p_harm, new.p_harm_matters) == (pytest.approx(0.9), 0.6)
    assert new.place_type == "with dose 3"


def test_a_posterior_of_sites_without_errors_says_that_types_cannot_stand_alone(estimate, outcome):
    posterior = pd.DataFrame(
        {
            "quantity": ["effect in a new site"],
            "mean": [1.0],
            "sd": [2.0],
            "low": [-3.0],
            "high": [5.0],
            "p_above_zero": [0.7],
        }
    )
    places = pd.DataFrame({"site": ["s0", "s1"], "estimate": [1.0, 2.0]})
    one = replace(estimate(1, 3), table={"posterior": posterior, "sites": places})
    whole, town = new_places(one, {"score": outcome(1.0)}, {"s0": "town", "s1": "town"})
    assert whole.p_harm == pytest.approx(0.3)
    assert "no standard errors" in town.why
    assert whole.pooled_over == ("town",)
    part = new_places(one, {"score": outcome(1.0)}, {"s0": "town"})[0]
    assert part.pooled_over == ("town", "type not given")


def test_the_words_for_harm_fall_with_its_probability():
    limits = [least for least, _ in HARM]
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] == 0.0
