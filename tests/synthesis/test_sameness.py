"""That it works equally well everywhere is a claim with a margin."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.synthesis.sameness import SAMENESS, q_profile_spread, sameness


@pytest.fixture
def places(estimate):
    """Make an estimate of places from their effects and errors."""

    def make(effects, errors):
        names = [f"s{i}" for i in range(len(effects))]
        table = pd.DataFrame({"study": names, "estimate": effects, "std_error": errors})
        return replace(estimate(1, 3), table={"sites": table})

    return make


def test_places_alike_and_well_measured_show_sameness(places):
    found = sameness(places([1.0, 1.05, 0.95, 1.02, 0.98, 1.0] * 3, [0.1] * 18), 0.5)
    assert (found.verdict, found.words) == ("shown", SAMENESS["shown"])
    assert found.largest_spread == pytest.approx(0.5 / 1.6449, rel=1e-4)


def test_places_far_apart_contradict_it(places):
    found = sameness(places([-3.0, 3.0, -2.0, 2.0, 0.0, 4.0], [0.1] * 6), 0.5)
    assert found.verdict == "contradicted"
    assert found.low > found.largest_spread


def test_that_no_difference_was_found_does_not_show_that_there_is_none(places):
    found = sameness(places([0.9, 1.1, 1.0, 1.2, 0.8], [1.0] * 5), 0.5)
    assert found.verdict == "not shown"
    assert found.spread == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("effects", [[1.0] * 6, [1.0, 1.001, 0.999, 1.0, 1.0, 1.0]])
def test_estimates_that_happen_to_lie_close_show_nothing_when_their_errors_are_large(
    places, effects
):
    found = sameness(places(effects, [2.0] * 6), 0.5)
    assert found.verdict == "not shown"
    assert found.high > 1.0


def test_a_posterior_s_spread_is_taken_from_its_table(estimate):
    table = pd.DataFrame(
        {
            "quantity": ["mean effect", "spread of effects between sites"],
            "median": [1.0, 0.1],
            "low": [0.5, 0.01],
            "high": [1.5, 0.25],
        }
    )
    one = replace(estimate(1, 3), table={"posterior": table})
    assert sameness(one, 0.5).verdict == "shown"
    assert sameness(one, 0.3).verdict == "not shown"
    assert (sameness(one, 0.5).spread, sameness(one, 0.5).high) == (0.1, 0.25)


def test_of_several_outcomes_one_must_be_named(estimate):
    names = [
        "spread of effects between sites: y, in SD",
        "spread of effects between sites: z, in SD",
    ]
    table = pd.DataFrame(
        {"quantity": names, "median": [0.1, 0.9], "low": [0.0, 0.8], "high": [0.2, 1]}
    )
    one = replace(estimate(1, 3), table={"posterior": table})
    assert "several outcomes (y, z)" in sameness(one, 0.5).why
    assert sameness(one, 0.5, outcome="y").verdict == "shown"
    assert sameness(one, 0.5, outcome="z").verdict == "contradicted"


def test_without_places_the_claim_is_not_known_and_says_why(estimate, places):
    found = sameness(estimate(1, 3), 0.5)
    assert (found.verdict, math.isnan(found.high)) == ("not known", True)
    assert "`pooled` and `multilevel`" in found.why
    nested = places([1, 2, 3, 4], [1, 1, 1, 1])
    table = nested.table["sites"].assign(cluster=["a", "a", "b", "b"])
    assert "one cluster" in sameness(replace(nested, table={"sites": table}), 1.0).why
    assert "only 2 places" in sameness(places([1, 2], [1, 1]), 1.0).why


@pytest.mark.parametrize("margin", [0, -1.0, math.inf, math.nan])
def test_a_margin_that_is_none_is_refused(estimate, margin):
    with pytest.raises(DesignError, match="not above zero"):
        sameness(estimate(1, 3), margin)


EFFECTS = st.lists(st.floats(-3, 3), min_size=3, max_size=8)


@settings(max_examples=25)
@given(EFFECTS, st.floats(0.05, 2), st.floats(1, 4))
def test_the_upper_limit_of_the_spread_never_falls_below_what_the_errors_allow(
    effects, error, larger
):
    *_, high = q_profile_spread(effects, [error * larger] * len(effects))
    *_, alike = q_profile_spread([0.0] * len(effects), [error * larger] * len(effects))
    assert high >= alike * (1 - 1e-6)


@settings(max_examples=25)
@given(EFFECTS, st.randoms())
def test_the_order_of_places_does_not_matter(effects, random):
    errors = list(np.linspace(0.3, 0.6, len(effects)))
    pairs = list(zip(effects, errors, strict=True))
    random.shuffle(pairs)
    mixed = q_profile_spread(*zip(*pairs, strict=True))
    assert mixed == q_profile_spread(effects, errors)
