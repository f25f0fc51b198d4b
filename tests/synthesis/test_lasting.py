"""What lasts once the support ends."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pandas as pd
import pytest

from evalkit.protocol.about import About
from evalkit.synthesis.finding import QUANT_STATES
from evalkit.synthesis.lasting import LASTING, LASTING_WORDS, lasting, support_until
from evalkit.theory.model import Link


def course(estimate, *rows):
    table = pd.DataFrame(rows, columns=["period", "estimate", "low", "high"])
    return replace(estimate(3, 9), table={"event_study": table})


def test_the_table_has_a_word_for_every_pair_of_states():
    assert set(LASTING) == set(itertools.product(QUANT_STATES, QUANT_STATES))
    assert set(LASTING.values()) == set(LASTING_WORDS)


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ((6, 3, 9), "lasted"),
        ((0, -1, 1), "faded"),
        ((0, -5, 5), "cannot tell"),
        ((-6, -9, -3), "against afterwards"),
    ],
)
def test_it_is_read_off_the_last_period_after_the_support(
    estimate, outcome, theory, after, verdict
):
    one = course(estimate, (-1, 0, -9, 9), (0, 5, 3, 7), (1, 6, 4, 8), (3, *after))
    found = lasting(one, outcome(), theory, 1)
    assert (found.verdict, found.words, found.last) == (verdict, LASTING_WORDS[verdict], "3")


def test_rows_may_stand_in_any_order(estimate, outcome, theory):
    rows = [(3, 0, -1, 1), (0, 5, 3, 7), (2, 5, 4, 6)]
    assert lasting(course(estimate, *rows), outcome(), theory, 1).verdict == "faded"


def test_nothing_measured_afterwards_is_not_known_whatever_was_before(estimate, outcome, theory):
    one = course(estimate, (0, 5, 3, 7), (1, 6, 4, 8))
    assert lasting(one, outcome(), theory, 1).verdict == "not measured"
    assert lasting(one, outcome(), theory, None).verdict == "not measured"
    assert lasting(estimate(3, 9), outcome(), theory, 1).verdict == "not measured"


def test_loops_and_links_that_claim_to_last_are_named(estimate, outcome, theory):
    more = replace(
        theory,
        links=(*theory.links, Link("c", "a", loop=True), Link("a", "c", expect="two years after")),
    )
    found = lasting(estimate(3, 9), outcome(), more, 1)
    assert (found.loops, found.expected) == (("c -> a",), ("a -> c",))


def test_an_outcome_that_should_fall_lasts_when_it_stays_down(estimate, outcome, theory):
    one = course(estimate, (0, -5, -7, -3), (2, -5, -7, -3))
    assert lasting(one, outcome(higher_is="worse"), theory, 0).verdict == "lasted"


@pytest.mark.parametrize(
    ("runs", "periods", "until"),
    [
        (("2017-09", "July 2021"), (2016, 2022), 2021),
        (("2017", "2021"), (-2, 5), 4),
        (("", "2021"), (-2, 5), None),
        (("2017", ""), (2016, 2022), None),
    ],
)
def test_the_end_of_support_is_counted_as_the_table_counts(estimate, runs, periods, until):
    one = course(estimate, *((period, 0, -1, 1) for period in periods))
    assert support_until(About("t", runs=runs), one) == until


def test_without_an_event_study_there_is_no_end_to_count(estimate):
    assert support_until(About("t", runs=("2017", "2021")), estimate(1, 3)) is None


def test_being_kept_in_school_is_no_claim_to_last(estimate, outcome, theory):
    nodes = (*theory.nodes[:2], replace(theory.nodes[2], words="Pupils are kept in school"))
    assert lasting(estimate(3, 9), outcome(), replace(theory, nodes=nodes), 1).expected == ()
