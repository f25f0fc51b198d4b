from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sample as samples

from evalkit.impact.estimate import Check, Interval
from evalkit.report import words
from evalkit.report.decision import decide
from evalkit.report.document import plain


def decision(low, value, high, *, outcome="read11", checks=(), more=()):
    main = replace(
        samples.ESTIMATES[0],
        value=value,
        interval=Interval(low, high),
        outcome=outcome,
        checks=checks,
    )
    whole = replace(samples.sample(), estimates=(main, *more))
    return decide(whole)[0]


def said(one):
    return plain(words.effect(one, samples.PROTOCOL))


UP = "Reading and writing at age 11: 2.0 percentage points higher than the comparison, which is better."
CASES = [
    ((1.0, 2.0, 3.0), UP, "fairly sure"),
    (
        (0.1, 0.9, 1.7),
        f"{UP.replace('2.0', '0.9').rstrip('.')}, though by less than the smallest change that matters.",
        "fairly sure",
    ),
    (
        (-3.0, -2.0, -1.0),
        UP.replace("higher", "lower").replace("better", "worse"),
        "fairly sure",
    ),
    (
        (-1.0, 0.0, 1.0),
        "Reading and writing at age 11: any change was smaller than the smallest one that matters.",
        "fairly sure",
    ),
    (
        (-1.0, 1.0, 3.0),
        "Reading and writing at age 11: we cannot tell whether the programme changed it.",
        "cannot tell",
    ),
    (
        (-1.5, 0.0, 1.5),
        "Reading and writing at age 11: we cannot tell whether the programme changed it.",
        "cannot tell",
    ),
]


@pytest.mark.parametrize(("ends", "sentence", "sure"), CASES)
def test_the_sentence_follows_from_interval_and_margin(ends, sentence, sure):
    one = decision(*ends)
    assert said(one) == sentence
    assert words.how_sure(one).word == sure


@pytest.mark.parametrize(("value", "side"), [(2.0, "worse"), (-2.0, "better")])
def test_where_higher_is_worse_a_rise_is_worse(value, side):
    one = decision(value - 1, value, value + 1, outcome="suspensions")
    assert said(one).endswith(f"than the comparison, which is {side}.")


def test_harm_and_benefit_are_told_in_the_same_words():
    better = said(decision(1.0, 2.0, 3.0))
    worse = said(decision(-3.0, -2.0, -1.0))
    assert worse == better.replace("higher", "lower").replace("better", "worse")


def test_where_neither_side_is_wanted_none_is_called_better():
    assert not re.search("better|worse", said(decision(1, 2, 3, outcome="moves")))


def test_a_planned_check_that_reads_otherwise_takes_the_certainty_away():
    one = decision(1.45, 2.357, 3.26, more=(samples.ESTIMATES[1],))
    assert said(one).endswith("but we cannot say that the programme did it.")
    assert words.how_sure(one).word == "cannot tell"
    assert "a planned check (read_lowest) gives +1.4 (−0.4 to 3.2)" in plain(words.reasons(one))  # noqa: RUF001 (a true minus)


def test_a_failed_check_does_too_and_is_told_as_failed():
    one = decision(1, 2, 3, checks=(Check("pre-trend", 9.0, 0.001, "fail", "It moved."),))
    assert words.how_sure(one).word == "cannot tell"
    assert "the groups already moved apart" in plain(words.reasons(one))


def test_a_concern_makes_us_lean_only():
    one = decision(1, 2, 3, checks=(Check("pre-trend", 1.0, 0.1, "concern", "It may have."),))
    assert words.how_sure(one).word == "leaning"
    assert said(one).endswith("which is better.")
    assert "may already have moved apart" in plain(words.reasons(one))


def test_what_could_have_gone_unseen_does_not_weaken_what_was_seen():
    blind = Check("smallest detectable effect", 2.2, None, "concern", "About 2.2.")
    assert words.how_sure(decision(1, 2, 3, checks=(blind,))).word == "fairly sure"
    assert "unseen" in plain(words.reasons(decision(-1, 1, 3, checks=(blind,))))


def test_a_further_analysis_of_an_outcome_does_not_decide_it(whole):
    bayes = next(one for one in decide(whole) if one.estimate.id == "read_bayes")
    text = plain(words.standing(bayes, whole.protocol))
    assert "read by itself" in text
    assert "is decided by read" in text


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (1.0, "almost certain"),
        (0.99, "almost certain"),
        (0.9899, "very likely"),
        (0.66, "likely"),
        (0.5, "about as likely as not"),
        (0.2, "unlikely"),
        (0.0, "almost impossible"),
    ],
)
def test_a_probability_has_its_printed_word(probability, word):
    assert words.chance_word(probability) == word


def test_the_words_have_ranges_that_meet_and_are_printed(page):
    assert words.CHANCES[-1][0] == 0
    bounds = [least for least, _ in words.CHANCES]
    assert bounds == sorted(bounds, reverse=True)
    for word in [*words.SURE, *(word for _, word in words.CHANCES)]:
        assert word in page


def test_no_sentence_of_ours_says_no_effect_or_proof(page):
    text = re.sub(r"<[^>]+>", " ", page).lower()
    for phrase in ("no effect", "no impact", "not significant", "proves", "proven", "validates"):
        assert phrase not in text
