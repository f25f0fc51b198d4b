"""The why table's judgement as a range, and where the chain breaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.model import Contribution, Sign, WhyRow
from evalkit.synthesis.tracing import SCALE
from evalkit.synthesis.weighing import (
    CLASSES,
    FOUND_AGAINST,
    FOUND_FOR,
    LINKS,
    MIX,
    NOT_FOUND,
    SCALE_UP,
    causal_order,
    chain,
    weigh_why,
    weighed,
)
from evalkit.synthesis.why import SIGNS
from evalkit.theory.model import Link, Node, Theory


def sign(id, found="yes", points="for", explanation="theory"):
    return Sign(id, explanation, points, "", found, "")


def span(*signs):
    found = weighed("theory", signs)
    return found.low, found.high


def test_every_sign_of_the_default_list_has_a_weight_class():
    assert {rule.id for rule in SIGNS} <= set(CLASSES)
    assert set(CLASSES.values()) == set(FOUND_FOR) == set(FOUND_AGAINST) == set(NOT_FOUND)


def test_words_go_up_the_scale_of_process_tracing():
    assert SCALE_UP == ("almost impossible", "unlikely", "possible", "likely", "almost certain")
    assert set(SCALE_UP) == set(SCALE)


def test_nothing_looked_up_is_not_known_and_that_is_a_result():
    found = weighed("theory", [sign("theory-contradicted", "not known")])
    assert (found.known, found.low, found.high) == (False, SCALE_UP[0], SCALE_UP[-1])
    assert found.not_known == ("theory-contradicted",)
    assert found.words.startswith("Not known")


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ([sign("theory-contradicted")], ("likely", "almost certain")),
        ([sign("theory-sign-failed")], ("possible", "almost certain")),
        ([sign("theory-contradicted", "no")], ("almost impossible", "possible")),
        ([sign("theory-supported", points="against")], ("almost impossible", "possible")),
        (
            [sign("theory-sign-failed"), sign("theory-supported", points="against")],
            ("possible", "possible"),
        ),
        ([sign("something else")], ("possible", "almost certain")),
    ],
)
def test_signs_lift_the_lower_end_and_lower_the_upper_end(signs, expected):
    assert span(*signs) == expected


def test_signs_for_and_against_that_cross_leave_a_range_that_spans_both():
    found = weighed(
        "theory", [sign("theory-contradicted"), sign("evaluation-settled", points="against")]
    )
    assert (found.low, found.high, found.crossed) == ("unlikely", "likely", True)
    assert (found.raised_by, found.lowered_by) == (
        ("theory-contradicted",),
        ("evaluation-settled",),
    )


def table(**signs):
    names = ("theory", "delivery", "evaluation", "context")
    return [WhyRow(name, "", tuple(signs.get(name, ())), "not known", "") for name in names]


def test_one_explanation_several_or_none(theory):
    one = weigh_why(table(theory=[sign("theory-contradicted")]), theory, ())
    assert (one.verdict, one.pointed) == ("one", ("theory",))
    two = weigh_why(
        table(theory=[sign("theory-contradicted")], context=[sign("context-rival")]), theory, ()
    )
    assert (two.verdict, two.words) == (
        "mix",
        "The record points to a mix of explanations (theory, context).",
    )
    against = sign("x", points="against")
    classes = {"x": "strong"}
    every = {name: [against] for name in ("theory", "delivery", "evaluation", "context")}
    none = weigh_why(table(**every), theory, (), classes=classes)
    assert none.verdict == "none"
    assert weigh_why(table(), theory, ()).verdict == "not known"
    assert {"one", "mix", "none", "not known"} == set(dict(MIX))


def test_a_further_sign_takes_the_place_of_one_of_the_same_id(theory):
    unknown = sign("delivery-measured", "not known", explanation="delivery")
    more = sign("delivery-measured", explanation="delivery")
    found = weigh_why(table(delivery=[unknown]), theory, (), [more])
    assert (found.pointed, found.rows[1].low) == (("delivery",), "likely")
    assert found.rows[0].known is False


SIGN = st.builds(
    Sign,
    id=st.sampled_from((*CLASSES, "another")),
    explanation=st.just("theory"),
    points=st.sampled_from(("for", "against")),
    sign=st.just(""),
    found=st.sampled_from(("yes", "no", "not known")),
    words=st.just(""),
)
ROWS = st.lists(SIGN, max_size=8, unique_by=lambda it: it.id)


def ends(signs):
    found = weighed("theory", signs)
    return SCALE_UP.index(found.low), SCALE_UP.index(found.high)


@given(ROWS, st.data())
def test_an_explanation_is_never_likelier_without_a_sign_for_it(signs, data):
    fors = [it for it in signs if it.points == "for" and it.found == "yes"]
    if fors:
        gone = data.draw(st.sampled_from(fors))
        before, after = ends(signs), ends([it for it in signs if it != gone])
        assert after[0] <= before[0]
        assert after[1] <= before[1]


@given(ROWS, st.data())
def test_an_explanation_is_never_less_likely_without_a_sign_against_it(signs, data):
    against = [it for it in signs if it.points == "against" and it.found == "yes"]
    if against:
        gone = data.draw(st.sampled_from(against))
        before, after = ends(signs), ends([it for it in signs if it != gone])
        assert after[0] >= before[0]
        assert after[1] >= before[1]


@given(ROWS, st.randoms())
def test_neither_order_nor_repetition_of_signs_matters(signs, random):
    mixed = [*signs, *signs]
    random.shuffle(mixed)
    assert weighed("theory", mixed) == weighed("theory", signs)


# --- where the chain breaks -------------------------------------------------------------------------

LONG = Theory(
    purpose="",
    nodes=(
        Node("i", "inputs", "Money"),
        Node("a", "activities", "Coaching"),
        Node("k", "early_outcomes", "Knowing"),
        Node("s", "outcomes", "Skills"),
    ),
    links=(Link("k", "s"), Link("a", "k"), Link("i", "a"), Link("s", "a", loop=True)),
)


def verdicts(**words):
    names = {"ia": "i -> a", "ak": "a -> k", "ks": "k -> s"}
    return [
        Contribution(names[k], (), v.replace("_", " "), "", "", (), "") for k, v in words.items()
    ]


def test_links_are_taken_in_causal_order_and_loops_are_left_out():
    assert causal_order(LONG) == ("i -> a", "a -> k", "k -> s")


def test_a_circle_that_is_not_marked_does_not_hang():
    circle = Theory("", LONG.nodes, (Link("a", "k"), Link("k", "a")))
    assert set(causal_order(circle)) == {"a -> k", "k -> a"}


def test_every_verdict_says_something_of_the_chain():
    assert set(LINKS) == {
        "supported",
        "plausible",
        "mixed",
        "not shown",
        "contradicted",
        "not tested",
    }


def test_the_first_contradicted_link_is_where_it_breaks():
    found = chain(LONG, verdicts(ia="supported", ak="contradicted", ks="contradicted"))
    assert (found.breaks_at, found.part, found.held) == ("a -> k", "theory", ("i -> a",))
    assert "“Coaching” to “Knowing”" in found.words


def test_a_break_before_the_outputs_lies_in_the_delivery():
    assert chain(LONG, verdicts(ia="contradicted")).part == "delivery"


def test_a_link_before_the_break_of_which_nothing_is_known_may_have_broken_already():
    found = chain(LONG, verdicts(ia="not_tested", ak="supported", ks="contradicted"))
    assert found.open_before == ("i -> a",)
    assert "where it may have broken already" in found.words


def test_where_nothing_broke_the_first_open_link_is_named():
    found = chain(LONG, verdicts(ia="supported", ak="not_shown", ks="supported"))
    assert (found.breaks_at, found.first_open, found.part) == ("", "a -> k", "")
    whole = chain(LONG, verdicts(ia="supported", ak="plausible", ks="supported"))
    assert whole.words == "No link of the chain is shown to have broken, and each was tested."
