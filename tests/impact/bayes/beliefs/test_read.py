"""What a user writes under `priors: effect:`, in every form, and every fault of it at once."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from evalkit.errors import DesignError
from evalkit.impact.bayes.beliefs import FORMS, mixture_quantile, prior_of
from evalkit.impact.bayes.priors import default_priors

CHIPS = {"-2 to 0": 3, "0 to 2": 10, "2 to 4": 5, "4 to 6": 1, "above 6": 1}


def read(given, sd=5.0, **more):
    belief, faults = prior_of(given, sd, **more)
    assert faults == []
    return belief


def faults_of(given):
    belief, faults = prior_of(given, 5.0)
    assert belief.source == "default"
    assert all(remedy for _, remedy in faults)
    return "\n".join(f"{wrong} -> {remedy}" for wrong, remedy in faults)


@pytest.mark.parametrize("form", FORMS)
def test_the_example_of_each_form_is_valid_yaml_and_a_valid_prior(form):
    stated = YAML(typ="safe").load(FORMS[form])
    belief = read(stated)
    assert belief.source == ("given" if form == "mean" else form)
    assert math.isfinite(belief.mean)
    assert belief.sd > 0


def test_nothing_stated_is_the_default_of_the_multilevel_model():
    for nothing in (None, {}):
        belief = read(nothing)
        assert (belief.mean, belief.sd) == (0.0, default_priors(5.0).effect_sd)


def test_mean_and_spread_are_taken_as_they_are():
    belief = read({"mean": 1.5, "sd": 2})
    assert (belief.mean, belief.sd, belief.source) == (1.5, 2.0, "given")
    assert (read({"sd": 2}).mean, read({"mean": 1}).sd) == (0.0, 5.0)
    assert read({"mean": 1, "sd": 2, "df": 4}).df == 4


def test_in_standard_deviations_is_the_same_prior():
    for own, in_sd in (
        ({"mean": 1.5, "sd": 2}, {"mean": 0.3, "sd": 0.4}),
        ({"quantiles": {0.05: -1, 0.95: 6}}, {"quantiles": {0.05: -0.2, 0.95: 1.2}}),
        (
            {"chips": CHIPS},
            {
                "chips": {
                    "-.4 to 0": 3,
                    "0 to .4": 10,
                    ".4 to .8": 5,
                    ".8 to 1.2": 1,
                    "above 1.2": 1,
                }
            },
        ),
        ({"belief": "likely", "change": 1}, {"belief": "likely", "change": 0.2}),
    ):
        one, other = read(own), read({**in_sd, "unit": "SD"})
        assert (one.mean, one.sd) == pytest.approx((other.mean, other.sd), rel=1e-6)


@given(st.sampled_from([1000.0, 0.001]))
def test_the_unit_of_the_outcome_scales_every_prior(factor):
    """The same words and numbers in SD, for an outcome in other units."""
    for stated in (
        None,
        {"mean": 0.1, "sd": 0.3, "unit": "SD"},
        {"belief": "possible"},
        {"quantiles": {0.1: -0.1, 0.5: 0.2, 0.9: 0.9}, "unit": "SD"},
        {
            "research": {"estimate": 0.2, "std_error": 0.1, "counts_for": 0.5},
            "unit": "SD",
            "doubt": 0.1,
        },
    ):
        one, other = read(stated, 5.0), read(stated, 5.0 * factor)
        assert (factor * one.mean, factor * one.sd) == pytest.approx(
            (other.mean, other.sd), rel=1e-6
        )


def test_quantiles_may_be_written_as_percentages_or_text():
    one = read({"quantiles": {"5%": "-1", "0.5": 2, "95 %": 6}})
    other = read({"quantiles": {0.05: -1, 0.5: 2, 0.95: 6}})
    assert one.parts == other.parts


def test_chips_may_stand_in_any_order_with_open_ends():
    belief = read({"chips": dict(reversed(CHIPS.items()))})
    assert belief.parts == read({"chips": CHIPS}).parts
    minus = {"\N{MINUS SIGN}2 to 0": 3, "0..2": 10, "2 TO 4": 5, "4 to 6": 1, "over 6": 1}
    assert read({"chips": minus}).parts == belief.parts


def test_stakeholders_may_each_speak_in_their_own_way():
    belief = read(
        {
            "stakeholders": {
                "head": {"mean": 3, "sd": 1},
                "parents": {"chips": CHIPS},
                "council": {"belief": "possible"},
            },
            "weights": {"head": 2},
        },
        margin=1.0,
    )
    assert list(belief.table["who"]) == ["head", "parents", "council"]
    assert list(belief.table["weight"]) == pytest.approx([0.5, 0.25, 0.25])
    assert len(belief.parts) == 4


def test_words_of_several_people_keep_their_disagreement():
    belief = read({"stakeholders": {"a": {"belief": "very likely"}, "b": {"belief": "unlikely"}}})
    assert [part.name for part in belief.parts] == ["a", "a", "b", "b"]
    assert belief.table["share_between_people"].iloc[0] > 0.1


KEYS = st.sampled_from(
    [
        *(*FORMS, "sd", "df", "unit", "doubt", "pool", "weights", "shape", "change", "estimate"),
        *("std_error", "distance", "counts_for", "0 to 2", "above 1", "0.5", "a"),
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from(["likely", "SD", "linear", "x", "same programme, same place", ""]),
)
JUNK = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


@given(st.dictionaries(KEYS, JUNK, max_size=5) | JUNK)
def test_whatever_is_written_is_a_prior_or_a_list_of_faults(stated):
    """Never an exception, and never a prior that is not finite."""
    belief, faults = prior_of(stated, 5.0)
    assert math.isfinite(belief.mean)
    assert 0 < belief.sd < math.inf
    assert all(wrong and remedy for wrong, remedy in faults)


def test_research_by_its_interval_or_its_standard_error():
    one = read({"research": {"estimate": 2, "low": 0.04, "high": 3.96, "counts_for": 1}})
    assert one.sd == pytest.approx(1, abs=1e-4)
    two = read(
        {
            "research": [
                {"estimate": 2, "std_error": 1, "distance": "same programme, same place"},
                {"estimate": 0.1, "std_error": 0.1, "unit": "SD", "counts_for": 0.25},
            ]
        }
    )
    assert list(two.table["estimate"]) == [2.0, 0.5]


def test_a_belief_follows_the_margin_and_the_wanted_direction():
    assert read({"belief": "likely"}, margin=2.0).parts[0].centre == 3.0
    assert read({"belief": "likely"}, margin=-2.0).parts[0].centre == -3.0
    assert read({"belief": "likely"}, wanted=-1).parts[0].centre == pytest.approx(-1.5)


def test_doubt_widens_the_tails():
    plain, doubted = (read({"mean": 1, "sd": 0.5, **more}) for more in ({}, {"doubt": 0.2}))
    low = [float(mixture_quantile(one.parts, [0.01])[0]) for one in (plain, doubted)]
    assert low[1] < low[0]


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (3, ["no mapping", "{belief: likely}"]),
        ({"men": 1, "sd": 2}, ["no `men`. Did you mean `mean`?"]),
        ({"mean": "x", "sd": -1}, ["`mean` of the prior is no number", "must be above 0, not -1"]),
        ({"mean": True}, ["`mean` of the prior is no number"]),
        ({"mean": 1, "belief": "likely"}, ["stated by `mean` and `belief` at once"]),
        ({"mean": 1, "shape": "normal"}, ["`shape` does not go with `mean`"]),
        ({"doubt": 0.2}, ["does not say what it is"]),
        ({"mean": 1, "doubt": 1}, ["`doubt` of the prior must be above 0 and below 1"]),
        ({"mean": 1, "df": 2}, ["above 2, not 2"]),
        ({"mean": 1, "unit": "cm"}, ["`unit: cm`", "`unit: SD`"]),
        ({"quantiles": [1, 2]}, ["`quantiles` of the prior is no mapping"]),
        ({"quantiles": {5: 0, 50: 2}}, ["Did you mean 0.05, or `5%`?", "0.5, or `50%`"]),
        ({"quantiles": {0.5: 2}}, ["1 of the 2 quantiles"]),
        ({"quantiles": {0.1: 1, 0.9: 2}, "shape": "skew"}, ["2 of the 3 quantiles"]),
        ({"quantiles": {0.1: 3, 0.5: "x", 0.9: 2}}, ["is no number: `x`", "do not rise"]),
        ({"quantiles": {0.1: 3, "10%": 4, 0.9: 5}}, ["stated twice"]),
        ({"quantiles": {0.1: 1, 0.9: 2}, "shape": "skewed"}, ["Did you mean `skew`?"]),
        ({"chips": {"0-2": 1, "2 to 4": -1}}, ["`0-2` in `chips`", "are no number: `-1`"]),
        ({"chips": {"0 to 2": 1, "1 to 3": 2}}, ["overlap"]),
        ({"chips": {"2 to 0": 1}}, ["is no bin"]),
        ({"chips": {"0 to 2": 0}}, ["no chip on any bin"]),
        ({"chips": {"above 2": 9}}, ["one open bin"]),
        ({"chips": {}}, ["no mapping of bins"]),
        ({"belief": "likly"}, ["Did you mean `likely`?", "unlikely, possible"]),
        ({"belief": ["likely"]}, ["no word of belief"]),
        ({"research": {"estimate": 1}}, ["`std_error`", "does not say how far"]),
        ({"research": {"estimate": 1, "low": 2, "high": 1, "counts_for": 1}}, ["not below `high`"]),
        ({"research": {"estimate": 1, "low": 2, "counts_for": 1}}, ["`high` of `research`"]),
        (
            {"research": {"estimate": 1, "std_eror": 1, "counts_for": 2}},
            ["`std_error`?", "at most 1"],
        ),
        (
            {
                "research": [
                    {"estimate": 1, "std_error": 1, "distance": "same programme, other contry"},
                    5,
                ]
            },
            ["study 1 of the prior is no distance", "other country`?", "Study 2 of the prior"],
        ),
        ({"research": []}, ["holds no study"]),
        (
            {
                "stakeholders": {"head": {"men": 1}, "parents": {"belief": "lkely"}},
                "pool": "liner",
                "weights": {"hed": 1, "parents": 0},
            },
            ["The prior of `head` has no `men`", "`likely`?", "`linear`?", "`head`?", "above zero"],
        ),
        ({"stakeholders": {"a": {"stakeholders": {}}}}, ["in turn"]),
        ({"stakeholders": {}}, ["names nobody"]),
        (
            {"stakeholders": {"a": {"mean": 1}}, "weights": 3},
            ["`weights` of the prior is no mapping"],
        ),
    ],
)
def test_every_fault_is_told_with_its_remedy(stated, said):
    told = faults_of(stated)
    for one in said:
        assert one in told


def test_an_outcome_that_does_not_vary_cannot_scale_a_prior():
    with pytest.raises(DesignError, match="not above zero"):
        prior_of(None, 0.0)
