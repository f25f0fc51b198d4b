"""Binary causal models: published numbers as exact fractions, and what is refused.

The fractions are those of Humphreys and Jacobs, Integrated Inferences (2023), chapter 8.
"""

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DataError
from evalkit.synthesis.causal_model import (
    CHAIN_CAUTION,
    average_effect,
    believe,
    causal_model,
    chain_caution,
    complements,
    learn,
    moments,
    monotone,
    no_direct_effect,
    of_links,
    probability,
    probability_caused,
    raises,
    restrict,
    seen,
    value_of_looking,
    world_of,
)


def democracy():
    model = causal_model("I -> M -> D <- I; P -> D")
    model = monotone(monotone(model, "I", "M"), "M", "D")
    return monotone(monotone(model, "I", "D", falls=True), "P", "D")


def chain():
    model = causal_model("X -> M1 -> M2 -> M3 -> Y")
    for one, other in itertools.pairwise(("X", "M1", "M2", "M3", "Y")):
        model = monotone(model, one, other)
    return model


def test_restrictions_leave_the_published_numbers_of_types():
    assert [len(node.types) for node in democracy().nodes] == [2, 2, 3, 20]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"I": 0}, Fraction(32, 73)),
        ({"I": 0, "M": 0}, Fraction(19, 40)),
        ({"I": 0, "M": 1}, Fraction(13, 33)),
        ({"I": 0, "P": 0}, Fraction(16, 26)),
        ({"I": 0, "P": 1}, Fraction(16, 47)),
        ({"I": 0, "M": 0, "P": 0}, Fraction(8, 12)),
        ({"I": 0, "M": 1, "P": 0}, Fraction(8, 14)),
        ({"I": 0, "M": 0, "P": 1}, Fraction(11, 28)),
        ({"I": 0, "M": 1, "P": 1}, Fraction(5, 19)),
        ({"I": 1}, Fraction(6, 47)),
        ({"I": 1, "M": 0}, Fraction(0)),
        ({"I": 1, "M": 1}, Fraction(6, 40)),
        ({"I": 1, "P": 0}, Fraction(3, 13)),
        ({"I": 1, "P": 1}, Fraction(3, 34)),
    ],
)
def test_inequality_and_democracy(case, expected):
    assert probability_caused(democracy(), "I", "D", {**case, "D": 1}) == expected


@pytest.mark.parametrize(
    ("seen_between", "expected"),
    [
        ([], Fraction(1, 41)),
        (["M1"], Fraction(1, 28)),
        (["M2"], Fraction(1, 25)),
        (["M3"], Fraction(1, 28)),
        (["M1", "M2", "M3"], Fraction(1, 16)),
    ],
)
def test_confirming_the_steps_of_a_chain_says_little_of_the_whole(seen_between, expected):
    case = {"X": 1, "Y": 1, **dict.fromkeys(seen_between, 1)}
    assert probability_caused(chain(), "X", "Y", case) == expected


def test_the_chain_caution_has_its_numbers():
    assert chain_caution(4) == (Fraction(1, 41), Fraction(1, 16))
    assert chain_caution(1)[0] == chain_caution(1)[1]
    assert "little" in CHAIN_CAUTION


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({}, 0.25),
        ({"W": 1}, 0.25),
        ({"X": 1, "S": 1}, 0.25),
        ({"X": 1, "W": 1, "S": 1}, 0.40),
        ({"X": 1, "Y": 1}, 0.50),
        ({"X": 1, "Y": 1, "W": 1, "S": 1}, 0.50),
    ],
)
def test_a_clue_behind_the_outcome_helps_only_where_it_is_not_blocked(case, expected):
    model = complements(causal_model("X -> Y -> S <- W"), "Y", "W", "S")
    assert len(model.node("S").types) == 5
    world = world_of(model)
    assert probability(world, raises(world, "X", "Y"), seen(world, case)) == Fraction(
        expected
    ).limit_denominator(100)


def test_prior_moments_of_one_link():
    model = causal_model("X -> Y")
    assert model.node("Y").table().tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert moments([1, 1, 1, 1], [0, -1, 1, 0]) == (0, Fraction(1, 10))
    mean, variance = moments([1, 1, 1, 1], [0, 0, 1, 0])
    assert (mean, round(float(variance) ** 0.5, 4)) == (Fraction(1, 4), 0.1936)
    told = believe(believe(model, "X", [1, 2]), "Y", [3, 4, 5, 6])
    assert average_effect(told, "X", "Y") == Fraction(1, 18)
    world = world_of(model)
    on, off = (world.values({"X": one})["Y"] for one in (True, False))
    assert probability(world, on & ~off, on | ~off) == Fraction(1, 3)


def test_every_answer_equals_a_count_by_hand():
    """Enumeration in plain Python, for a model of three nodes with weights."""
    model = believe(causal_model("A -> C <- B"), "A", [1, 3])
    types = list(itertools.product((0, 1), repeat=4))
    total = hits = 0
    for a, b, bits in itertools.product((0, 1), (0, 1), types):
        weight = (1, 3)[a]

        def c(one, other, bits=bits):
            return bits[2 * one + other]

        if c(a, b) == 1 and b == 1:
            total += weight
            hits += weight * (c(1 - a, b) == 0)
    assert probability_caused(model, "A", "C", {"B": 1, "C": 1}) == Fraction(hits, total)


def test_a_clue_is_worth_what_it_is_expected_to_settle():
    clue = value_of_looking(democracy(), "I", "D", {"I": 0, "D": 1}, "P")
    assert (clue.if_absent, clue.if_present) == (Fraction(16, 26), Fraction(16, 47))
    assert clue.expected_variance < clue.now
    nothing = value_of_looking(chain(), "X", "Y", {"X": 0, "Y": 1, "M1": 1}, "M1")
    assert nothing.expected_variance == nothing.now


def test_what_the_model_rules_out_has_no_answer():
    model = restrict(causal_model("X -> Y"), "Y", lambda values: not values.any())
    assert probability_caused(model, "X", "Y", {"Y": 1}) is None
    assert average_effect(model, "X", "Y", {"Y": 1}) is None
    assert value_of_looking(model, "X", "Y", {"Y": 1}, "X") is None


def test_no_direct_effect_leaves_the_way_round():
    model = no_direct_effect(causal_model("X -> M -> Y; X -> Y"), "X", "Y")
    assert len(model.node("Y").types) == 4
    assert average_effect(monotone(monotone(model, "X", "M"), "M", "Y"), "X", "Y") == Fraction(1, 9)


def test_links_of_a_theory_make_a_model():
    assert of_links([("a", "b"), ("c", "b")]).node("b").parents == ("a", "c")


def test_four_parents_can_be_counted():
    model = causal_model("A -> Y; B -> Y; C -> Y; D -> Y")
    assert average_effect(model, "A", "Y") == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: causal_model("X -> "), "no part of a model"),
        (lambda: causal_model("X - Y"), "no part of a model"),
        (lambda: causal_model("X -> Y; Y -> X"), "circle"),
        (lambda: causal_model("; ".join(f"A{k} -> Y" for k in range(5))), "5 parents"),
        (lambda: monotone(causal_model("X -> Y"), "Z", "Y"), "no parent"),
        (lambda: causal_model("X -> Y").node("y"), "no node `y`"),
        (lambda: restrict(causal_model("X -> Y"), "Y", lambda _: False), "would be left"),
        (lambda: believe(causal_model("X -> Y"), "X", [1, -1]), "no weights"),
        (lambda: believe(causal_model("X -> Y"), "X", [1]), "no weights"),
        (lambda: probability_caused(causal_model("X -> Y"), "X", "Y", {"Z": 1}), "no node `Z`"),
        (
            lambda: world_of(
                causal_model("A -> Y; B -> Y; C -> Y; A -> Z; B -> Z; C -> Z; Y -> Z")
            ),
            "combinations",
        ),
        (lambda: learn(causal_model("X -> Y"), pd.DataFrame({"x": [1]})), "no node"),
        (lambda: learn(causal_model("X -> Y"), pd.DataFrame({"X": [2]})), "0, 1 and blank"),
        (lambda: learn(causal_model("X -> Y"), pd.DataFrame({"X": ["yes"]})), "0, 1 and blank"),
        (lambda: learn(causal_model("X -> Y"), pd.DataFrame({"X": []})), "no cases"),
        (
            lambda: learn(
                restrict(causal_model("X -> Y"), "Y", lambda v: not v.any()),
                pd.DataFrame({"Y": [1]}),
            ),
            "rules out a case",
        ),
    ],
)
def test_wrong_input_is_refused_with_a_remedy(call, words):
    with pytest.raises(DataError) as caught:
        call()
    assert words in caught.value.wrong
    assert caught.value.do


@pytest.mark.slow
def test_many_cases_teach_the_shares_of_types():
    """Simulated cases with known shares, a third of the clues not looked at."""
    rng = np.random.default_rng(3)
    x = rng.integers(0, 2, 600)
    y = np.where(rng.uniform(size=600) < 0.6, x, rng.integers(0, 2, 600)).astype(float)
    y[rng.uniform(size=600) < 0.3] = np.nan
    learnt = learn(causal_model("X -> Y"), pd.DataFrame({"X": x, "Y": y}), seed=1)
    assert learnt.settled
    effect = learnt.effect("X", "Y")
    assert effect.mean() == pytest.approx(0.6, abs=0.1)
    assert effect.std() < 0.06
    again = learn(causal_model("X -> Y"), pd.DataFrame({"X": x, "Y": y}), seed=1)
    assert (again.shares["Y"] == learnt.shares["Y"]).all()
    # Known exactly where the data cannot tell: only the sum of two types is seen.
    there = learnt.caused("X", "Y", {"X": 1, "Y": 1})
    assert 0.4 < there.mean() < 1
