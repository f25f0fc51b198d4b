"""Who shaped the theory, and what they held likely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.errors import DataError
from evalkit.impact.bayes.beliefs import BELIEFS, from_word, prior_of
from evalkit.protocol.about import About, Partner
from evalkit.synthesis.co_construction import APART, SaidBelief, beliefs_on_links, voices
from evalkit.theory.model import Shaper

ABOUT = About(
    "t",
    partners=(Partner("charity", "The Charity"), Partner("schools", "Nine schools")),
    audiences=("parents", "funder"),
)


def shaped(theory, *by):
    return replace(theory, shaped_by=by)


def test_who_is_named_and_did_not_shape_the_theory_is_missing(theory):
    made = shaped(theory, Shaper("Parents", put_forward=("a",)), Shaper("Nine schools"))
    found = voices(made, ABOUT)
    assert found.missing == ("funder", "charity")
    assert [one.part for one in found.voices if one.who == "funder"] == ["was named, and not heard"]


def test_what_was_disputed_is_kept_with_who_disputed_it(theory):
    made = shaped(
        theory,
        Shaper("parents", "2023", ("a",), ("b -> c",)),
        Shaper("heads", "2024", ("a", "b"), ("b -> c",)),
        Shaper("parents", "2024", ("c",)),
    )
    found = voices(made, ABOUT)
    assert found.disputed == {"b -> c": ("parents", "heads")}
    assert found.alone == ("b", "c")
    parents = found.voices[0]
    assert (parents.put_forward, parents.when) == (("a", "c"), ("2023", "2024"))
    assert (
        found.words
        == "2 groups shaped the theory; not heard: funder, charity, schools; disputed: b -> c."
    )


def test_a_theory_nobody_is_recorded_to_have_shaped_says_so(theory):
    assert voices(theory, About("t")).words == "Nobody is recorded as having shaped the theory."


SAID = [
    SaidBelief("b -> c", "parents", "unlikely"),
    SaidBelief("b -> c", "teachers", "very likely"),
    SaidBelief("a -> b", "teachers", "likely"),
]


@pytest.fixture
def about(outcome):
    """Both links end in an outcome of which two points matter."""
    return {"a -> b": outcome(2.0), "b -> c": outcome(2.0)}


def test_the_disagreement_is_kept_and_every_belief_stays_whole_in_the_prior(about):
    first, second = beliefs_on_links(SAID, about)
    assert (second.lowest, second.highest, second.apart) == ("unlikely", "very likely", 3)
    assert second.words == f"From unlikely (parents) to very likely (teachers). {APART[3]}"
    assert len(second.prior.parts) == 4
    assert set(second.prior.table["who"]) == {"parents", "teachers"}
    assert first.words == "teachers: likely. Nobody else was asked."
    assert 0 == first.between < second.between < 1


def test_the_pooled_mean_lies_between_the_beliefs(about):
    (_, pool) = beliefs_on_links(SAID, about)
    low, high = from_word("unlikely", 2.0), from_word("very likely", 2.0)
    assert low.mean < pool.prior.mean < high.mean
    assert pool.prior.mean == pytest.approx((low.mean + high.mean) / 2)


def test_the_option_for_an_analysis_reads_as_the_same_prior(about):
    (_, pool) = beliefs_on_links(SAID, about, weights={"parents": 3.0})
    read, faults = prior_of(pool.priors["effect"], 10.0, margin=2.0)
    assert faults == []
    assert (read.mean, read.sd) == pytest.approx((pool.prior.mean, pool.prior.sd))


def test_weights_are_those_given(about):
    (_, pool) = beliefs_on_links(SAID, about, weights={"parents": 3.0, "teachers": 1.0})
    (_, even) = beliefs_on_links(SAID, about)
    assert pool.prior.mean < even.prior.mean


def test_sizes_may_be_elicited_instead_of_a_word(about):
    sizes = {"quantiles": {0.05: -1, 0.5: 2, 0.95: 5}}
    (one,) = beliefs_on_links([SaidBelief("a -> b", "heads", sizes=sizes)], about)
    assert one.prior.mean == pytest.approx(2.0)
    assert (one.lowest, one.words) == ("", "heads: sizes elicited. Nobody else was asked.")
    both = [SaidBelief("a -> b", "heads", sizes=sizes), SaidBelief("a -> b", "staff", "unlikely")]
    (mixed,) = beliefs_on_links(both, about)
    assert (mixed.lowest, mixed.highest, len(mixed.prior.parts)) == ("unlikely", "unlikely", 3)


def test_beliefs_are_shown_against_the_data(estimate, about):
    (_, found) = beliefs_on_links(SAID, about, estimates={"b -> c": estimate(2, 4)})
    table = found.against.set_index("who")
    assert table.loc["parents", "holds_before"] == pytest.approx(BELIEFS["unlikely"])
    assert (table["holds_after"] > table["holds_before"]).all()
    assert (table["above_after"] > table["above_before"]).all()


def test_where_a_fall_is_wanted_the_prior_lies_below_nought(outcome):
    plan = {link: outcome(2.0, higher_is="worse") for link in ("a -> b", "b -> c")}
    assert beliefs_on_links(SAID, plan)[1].prior.mean < 0


def test_a_margin_in_sd_takes_the_outcome_s_own(outcome):
    plan = {link: outcome(0.2, unit="SD") for link in ("a -> b", "b -> c")}
    sds = dict.fromkeys(plan, 10.0)
    points = {link: outcome(2.0) for link in plan}
    one, other = beliefs_on_links(SAID, plan, sd=sds), beliefs_on_links(SAID, points)
    assert one[1].prior.mean == pytest.approx(other[1].prior.mean)
    with pytest.raises(DataError, match="standard deviation of `score` is needed"):
        beliefs_on_links(SAID, plan)


def test_every_fault_is_told_at_once(outcome):
    wrong = [SaidBelief("a -> b", "x", "liekly"), *SAID, SaidBelief("b -> c", "parents", "likely")]
    with pytest.raises(DataError) as error:
        beliefs_on_links(
            [*wrong, SaidBelief("c -> d", "x", "likely")],
            {
                "a -> b": outcome(2.0),
                "b -> c": outcome(None),
            },
        )
    for part in (
        "Did you mean `likely`",
        "more than one belief on `b -> c`",
        "No smallest change that matters is stated of `score`",
        "No outcome measures the end of `c -> d`",
    ):
        assert part in error.value.wrong


def test_neither_order_nor_saying_it_twice_matters(about):
    one, other = beliefs_on_links(SAID, about), beliefs_on_links([*SAID[::-1], *SAID], about)
    assert [(it.link, it.prior.parts, it.words) for it in one] == [
        (it.link, it.prior.parts, it.words) for it in other
    ]
