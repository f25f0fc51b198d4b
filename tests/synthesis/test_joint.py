from __future__ import annotations

from itertools import permutations, product

import pytest

from evalkit.synthesis.finding import QUAL_STATES, QUANT_STATES
from evalkit.synthesis.joint import (
    QUAL_WORDS,
    QUANT_WORDS,
    RULES,
    joint_display,
    joint_row,
    quantitative_state,
)

SILENT = ("asked but not mentioned", "not asked")


def test_every_pair_of_states_has_its_relation():
    assert set(RULES) == set(product(QUANT_STATES, QUAL_STATES))
    assert len(RULES) == 30


def test_every_state_has_its_words():
    assert (set(QUANT_WORDS), set(QUAL_WORDS)) == (set(QUANT_STATES), set(QUAL_STATES))


@pytest.mark.parametrize("words", QUAL_STATES)
def test_numbers_that_cannot_tell_neither_agree_nor_disagree(words):
    assert RULES["imprecise", words] == "not comparable"


@pytest.mark.parametrize(("numbers", "silence"), list(product(QUANT_STATES, SILENT)))
def test_silence_never_agrees_and_never_disagrees(numbers, silence):
    assert RULES[numbers, silence] in ("silence of one strand", "not comparable")


def test_several_measures_that_read_differently_do_not_settle_a_link(finding):
    up, nil = (finding("x", "impact", n=n, state=s) for n, s in enumerate(("up", "about nil")))
    assert quantitative_state([up], "a -> b") == "up"
    assert quantitative_state([up, nil], "a -> b") == "imprecise"


def test_estimates_that_do_not_count_leave_a_link_without_data(finding):
    shown = finding("for", "impact", state="up", counts=False)
    assert quantitative_state([shown], "a -> b") == "no data"


def test_a_row_names_its_findings_its_rule_and_how_many_sources_spoke(finding):
    findings = [
        finding("against", n=1),
        finding("against", n=2),
        finding("mechanism", n=2),
        finding("for", "impact", state="up"),
        finding("for", link="b -> c"),
    ]
    row = joint_row(findings, "a -> b", ())
    assert (row.relation, row.rule, row.n_sources) == ("dissonance", "up x down", 2)
    assert row.because == tuple(one.id for one in findings[:4])
    assert row.inquiry


def test_only_dissonance_calls_for_an_inquiry(finding):
    assert joint_row([finding("for")], "a -> b", ()).inquiry == ""


def test_the_order_of_findings_changes_no_row_but_the_order_of_its_reasons(finding):
    findings = [finding("for"), finding("nil", n=2), finding("for", "impact", state="up")]
    rows = {
        (row.quantitative, row.qualitative, row.relation, row.words, frozenset(row.because))
        for order in permutations(findings)
        for row in joint_display(order, ["a -> b"], ())
    }
    assert len(rows) == 1
