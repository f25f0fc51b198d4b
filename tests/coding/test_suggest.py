"""Suggestions, which are no codings until a person says so."""

import pytest

from evalkit.coding.agreement import agreement
from evalkit.coding.model import Code, Codebook, Coding, Segment, Source
from evalkit.coding.queries.matrix import code_by_link
from evalkit.coding.suggest import (
    Rule,
    Suggestion,
    accept,
    rule_precision,
    suggest,
    suggest_by_rules,
    train,
)
from evalkit.errors import CodingError

CODEBOOK = Codebook((Code("home", "Home", links=("a -> b",)), Code("wait", "Waiting")))
SOURCES = (
    Source("s1", "They came to our home. We waited for weeks. It rained."),
    Source("s2", "Home visits helped. Nobody waited."),
)
RULES = (Rule("home", ("home",)), Rule("wait", pattern=r"\bwait\w*"))


def coded(source, quote, code, **more):
    start = source.text.index(quote)
    segment = Segment(source.id, start, start + len(quote), quote)
    return Coding(segment, code, "ann", **more)


def test_rules_suggest_units_in_which_they_find_something():
    found = suggest_by_rules(RULES, SOURCES, CODEBOOK)
    assert [(it.segment.quote, it.code, it.why) for it in found] == [
        ("They came to our home.", "home", "home"),
        ("We waited for weeks.", "wait", "waited"),
        ("Home visits helped.", "home", "Home"),
        ("Nobody waited.", "wait", "waited"),
    ]
    for it in found:
        it.segment.verify(next(source for source in SOURCES if source.id == it.segment.source))


def test_words_are_whole_and_a_whole_source_can_be_the_unit():
    assert suggest_by_rules([Rule("home", ("wait",))], SOURCES, CODEBOOK) == ()
    whole = suggest_by_rules(RULES[:1], SOURCES, CODEBOOK, unit="source")
    assert [it.segment.quote for it in whole] == [source.text for source in SOURCES]


def test_what_a_person_coded_already_is_not_suggested_again():
    had = [coded(SOURCES[0], "our home", "home")]
    found = suggest_by_rules(RULES[:1], SOURCES, CODEBOOK, had)
    assert [it.segment.source for it in found] == ["s2"]


def test_a_suggestion_counts_only_after_a_person_accepted_it():
    suggestion = suggest_by_rules(RULES, SOURCES, CODEBOOK)[0]
    assert not isinstance(suggestion, Coding)
    coding = accept(suggestion, "ben", "2026-02-03")
    assert (coding.origin, coding.coder, coding.on) == ("accepted suggestion", "ben", "2026-02-03")
    assert "suggested by rule (home)" in coding.note
    table = code_by_link([coding], CODEBOOK, ["a -> b"])
    assert table["a -> b"]["home"] == 1
    assert agreement([coding], SOURCES, CODEBOOK)[0].n_coders == 1


@pytest.mark.parametrize(("who", "on"), [("", "2026-01-01"), ("ben", " ")])
def test_nobody_and_no_time_cannot_accept(who, on):
    suggestion = Suggestion(Segment("s1", 0, 4, "They"), "home", "rule", 1.0, "They")
    with pytest.raises(CodingError, match="cannot be accepted"):
        accept(suggestion, who, on)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule("hone", ("home",)), "Did you mean `home`"),
        (Rule("home"), "nothing to look for"),
        (Rule("home", pattern="("), "pattern of the rule"),
    ],
)
def test_rules_that_cannot_work_are_refused(rule, message):
    with pytest.raises(CodingError, match=message):
        suggest_by_rules([rule], SOURCES, CODEBOOK)


def test_rules_are_held_against_what_people_coded():
    codings = [coded(SOURCES[0], "our home", "home"), coded(SOURCES[1], "Nobody waited", "home")]
    table = rule_precision(RULES, codings, SOURCES, CODEBOOK)
    assert table.loc["home", ["units", "suggested", "right"]].tolist() == [2, 2, 1]
    assert table.loc["home", "precision"] == 0.5
    assert table.loc["wait", "precision"] == 0


def test_a_classifier_suggests_what_it_has_learnt_likeliest_first_with_its_words():
    sources = [Source(f"s{at}", "We waited for the nurse.") for at in range(6)]
    sources += [Source(f"t{at}", "The home visits helped.") for at in range(6)]
    codings = [coded(it, it.text, "wait" if it.id < "t" else "home") for it in sources]
    classifier = train(codings, sources, CODEBOOK, least=3)
    new = [Source("n", "Nobody waited. Visits at home. The weather was fine."), *sources]
    found = suggest(classifier, new, codings)
    assert [(it.segment.quote, it.code) for it in found] == [
        ("Visits at home.", "home"),
        ("Nobody waited.", "wait"),
    ]
    assert found[1].why.startswith("wait")
    assert all(0.5 <= it.score <= 1 for it in found)
    assert suggest(classifier, new, codings, least=1.1) == ()
