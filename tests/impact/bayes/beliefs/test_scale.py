"""The words of belief that a theory may use, as priors."""

from __future__ import annotations

from typing import get_args

import pytest

from evalkit.impact.bayes.beliefs import BELIEFS, against_data, from_word, word_table
from evalkit.synthesis.tracing import SCALE
from evalkit.theory.model import Belief as Word


def test_every_word_of_the_theory_has_a_place_on_the_scale():
    assert set(BELIEFS) == set(get_args(Word))


def test_the_probabilities_lie_where_process_tracing_puts_the_same_words():
    for word in set(BELIEFS) & set(SCALE):
        low, high = SCALE[word]
        assert low <= BELIEFS[word] <= high


def test_a_firmer_word_expects_more_and_never_harm():
    means = [from_word(word, 2.0).mean for word in BELIEFS]
    assert means == sorted(means)
    assert means[0] > 0
    assert from_word("likely", 2.0, wanted=-1).mean == -from_word("likely", 2.0).mean


def test_the_parts_are_the_cases():
    one = from_word("likely", 2.0)
    assert [(part.name, part.weight) for part in one.parts] == [
        ("the link holds", pytest.approx(0.8)),
        ("it does not hold", pytest.approx(0.2)),
    ]
    assert one.parts[0].centre == 3.0
    assert list(one.table["probability"]) == pytest.approx([0.8, 0.2])


def test_an_effect_near_nought_makes_the_link_less_likely_and_a_large_one_more():
    belief = from_word("possible", 2.0)
    near, far = (against_data(belief, at, 0.3)["weight_after"].iloc[0] for at in (0.0, 5.0))
    assert near < 0.5 < far


def test_the_scale_is_printed():
    table = word_table()
    assert list(table["word"]) == list(BELIEFS)
    assert list(table["the link holds"]) == list(BELIEFS.values())
