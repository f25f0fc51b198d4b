"""Process tracing: published numbers, brute force over corners, and what must never happen."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import DataError
from evalkit.synthesis.tracing import ELSE, PRIORS, SCALE, Sign, joint, range_of, weigh

# Printed by the R package DesignLibrary, process_tracing_designer (prior .5): E1 has chances .8
# and .2, E2 has .3 and 0. With rho 0: E1 and not E2 gives .7368, neither gives .1489; with a
# correlation of .32 under the link .7148 and .1989, with -.32 .7557 and .0923.
ONE, TWO = (0.8, 0.2), (0.3, 0.0)


def posterior(likelihoods, prior=0.5):
    top = prior * likelihoods[0]
    return top / (top + (1 - prior) * likelihoods[1])


@pytest.mark.parametrize(
    ("rho", "neither", "first"),
    [(0.0, 0.1489, 0.7368), (0.32, 0.1989, 0.7148), (-0.32, 0.0923, 0.7557)],
)
def test_two_signs_that_correlate_agree_with_design_library(rho, neither, first):
    link, rival = joint(ONE[0], TWO[0], rho), joint(ONE[1], TWO[1], 0.0)
    assert posterior([link[0, 0], rival[0, 0]]) == pytest.approx(neither, abs=5e-5)
    assert posterior([link[1, 0], rival[1, 0]]) == pytest.approx(first, abs=5e-5)
    assert sum(link.values()) == pytest.approx(1)


def test_independent_signs_of_two_packages_agree_with_design_library():
    found = weigh([Sign("e1", *ONE, "found"), Sign("e2", *TWO, "absent")])
    assert found.posterior.middle == pytest.approx(0.7368, abs=5e-5)
    assert found.posterior.low == pytest.approx(found.posterior.high)
    neither = weigh([Sign("e1", *ONE, "absent"), Sign("e2", *TWO, "absent")])
    assert neither.posterior.middle == pytest.approx(0.1489, abs=5e-5)
    only = weigh([Sign("e2", *TWO, "absent")])
    assert only.posterior.middle == pytest.approx(0.4118, abs=5e-5)
    assert weigh([Sign("e2", *TWO, "found")]).posterior.middle == 1
    assert weigh([Sign("e1", *ONE, "found")]).posterior.middle == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("chances", "ratio", "decibels"), [((0.75, 0.25), 3, 4.77), ((0.3, 0.05), 6, 7.78)]
)
def test_weights_in_decibels(chances, ratio, decibels):
    """The examples of the DeclareDesign blog on process tracing."""
    (weight,) = weigh([Sign("e", *chances, "found")]).signs
    assert weight.if_found == pytest.approx((ratio, ratio))
    assert weight.decibels[0] == pytest.approx(decibels, abs=0.005)


def test_signs_that_cannot_correlate_so_are_refused_with_what_they_allow():
    with pytest.raises(DataError) as caught:
        joint(0.8, 0.3, 0.9)
    assert "between" in caught.value.do


@pytest.mark.parametrize(
    ("true", "false", "label"),
    [
        (0.6, 0.05, "smoking gun"),
        (0.99, 0.3, "hoop"),
        (0.99, 0.05, "doubly decisive"),
        (0.6, 0.4, "straw in the wind"),
        ((0.6, 0.9), (0.05, 0.3), "straw in the wind"),
        ("almost certain", "almost impossible", "straw in the wind"),
    ],
)
def test_the_label_follows_from_the_chances_over_their_whole_range(true, false, label):
    assert weigh([Sign("e", true, false)]).signs[0].label == label


def test_what_nobody_looked_for_changes_nothing():
    made = weigh([Sign("e", 0.99, 0.01)])
    assert made.posterior.middle == 0.5
    assert made.signs[0].decibels == (0, 0)
    assert any("not looked for" in note for note in made.notes)


def test_absent_after_looking_is_the_negative_ratio():
    made = weigh([Sign("e", 0.9, 0.3, "absent")])
    assert made.posterior.middle == pytest.approx(0.05 / (0.05 + 0.35))


CHANCE = st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98)).map(lambda p: tuple(sorted(p)))
SIGN = st.builds(
    Sign,
    st.uuids().map(str),
    CHANCE,
    CHANCE,
    st.sampled_from(["found", "absent", "not looked"]),
    st.just({}) | st.builds(lambda p: {"rival": p}, CHANCE),
    st.sampled_from(["", "a", "b"]),
)
SIGNS = st.lists(SIGN, min_size=1, max_size=4)


def content(sign):
    return (sign.if_true, sign.if_false, sign.found, sign.package, str(sign.rivals))


@given(st.lists(SIGN, min_size=1, max_size=4, unique_by=content))
def test_ends_are_those_of_every_corner(signs):
    """Brute force: each chance at either end, each package wholly alike or wholly independent."""
    made = weigh(signs, rivals=["rival"], something_else=0.2)
    packages = sorted({one.package or one.id for one in signs if one.found != "not looked"})

    def likelihoods(hypothesis):
        for alike in itertools.product((0, 1), repeat=len(packages)):
            for ends in itertools.product((0, 1), repeat=len(signs)):
                total = 1.0
                for package, one in zip(packages, alike, strict=True):
                    members = [
                        (s.found, s.chance(hypothesis)[end])
                        for s, end in zip(signs, ends, strict=True)
                        if (s.package or s.id) == package and s.found != "not looked"
                    ]
                    yes = [p for found, p in members if found == "found"]
                    no = [p for found, p in members if found == "absent"]
                    total *= (
                        max(0, min(yes, default=1) - max(no, default=0))
                        if one
                        else math.prod(yes) * math.prod(1 - p for p in no)
                    )
                yield total

    link = list(likelihoods("the link"))
    rest = [list(likelihoods(name)) for name in ("rival", ELSE)]
    low = min(link) / max(min(link) + 0.8 * max(rest[0]) + 0.2 * max(rest[1]), 1e-300)
    high = max(link) / max(max(link) + 0.8 * min(rest[0]) + 0.2 * min(rest[1]), 1e-300)
    assert made.posterior.low == pytest.approx(low, abs=1e-9)
    assert made.posterior.high == pytest.approx(high, abs=1e-9)
    assert made.posterior.low - 1e-9 <= made.posterior.middle <= made.posterior.high + 1e-9


@given(SIGNS, st.randoms())
def test_the_order_of_signs_does_not_matter(signs, random):
    other = list(signs)
    random.shuffle(other)
    one, two = (weigh(each, rivals=["rival"]).posterior for each in (signs, other))
    assert (one.low, one.high) == pytest.approx((two.low, two.high))


@given(SIGNS)
def test_an_item_told_twice_in_a_package_changes_nothing(signs):
    again = [*signs, *(one for one in signs if one.package)]
    assert weigh(again, rivals=["rival"]) == weigh(signs, rivals=["rival"])


@given(SIGNS)
def test_taking_away_what_speaks_for_the_link_never_helps_it(signs):
    """A sign on its own whose ratio is at least one at every corner."""
    more = Sign("more", (0.6, 0.8), (0.2, 0.5), "found")
    one, two = (weigh(each, rivals=["rival"]).posterior for each in ([*signs, more], signs))
    assert one.low >= two.low - 1e-12


@given(SIGNS)
def test_probabilities_of_link_and_rivals_hold_together(signs):
    made = weigh(signs, rivals=["rival", "other"], something_else=0.15)
    middle = made.posterior.middle + sum(one.middle for one in made.rivals.values())
    assert middle == pytest.approx(1)
    left = 1 - made.posterior.middle
    assert made.rivals[ELSE].middle >= 0.15 * left - 1e-9
    assert set(made.by_prior) == set(PRIORS)
    assert made.by_prior[0.2].middle <= made.by_prior[0.8].middle


def test_the_sign_on_which_the_verdict_hangs_is_named():
    made = weigh([Sign("strong", 0.9, 0.1, "found"), Sign("weak", 0.5, 0.45, "found")])
    assert made.verdict == "towards the link"
    assert [one.id for one in made.signs if one.flips] == ["strong"]


def test_signs_of_one_person_give_a_range_and_of_two_a_product():
    signs = [Sign(name, 0.8, 0.2, "found", package="ann") for name in ("a", "b")]
    together = weigh([signs[0], Sign("b", 0.8, 0.21, "found", package="ann")])
    apart = weigh([signs[0], Sign("b", 0.8, 0.21, "found", package="bob")])
    assert together.posterior.low < apart.posterior.middle
    assert (together.packages, apart.packages) == (1, 2)
    assert apart.posterior.low == apart.posterior.high


def test_late_signs_stand_apart():
    made = weigh([Sign("a", 0.6, 0.4, "found"), Sign("b", 0.9, 0.1, "found", late=True)])
    assert made.posterior.middle == pytest.approx(0.6)
    assert made.with_late.posterior.middle > 0.9
    assert any("told apart" in note for note in made.notes)


def test_a_sign_found_in_part_weighs_between_nothing_and_the_whole():
    made = weigh([Sign("a", 0.9, 0.3, "partly")])
    assert (made.posterior.low, made.posterior.high) == pytest.approx((0.5, 0.75))


def test_words_stand_for_the_printed_scale():
    assert range_of("likely") == SCALE["likely"]
    made = weigh([Sign("a", "likely", "unlikely", "found")])
    assert made.posterior.low == pytest.approx(0.66 / (0.66 + 0.33))
    assert any("scale" in note for note in made.notes)


def test_evidence_that_no_hypothesis_allows_goes_to_something_else():
    made = weigh([Sign("a", 0.0, 0.0, "found")], rivals=["rival"])
    assert made.rivals[ELSE].middle == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: weigh([Sign("a", "likly", 0.2, "found")]), "Did you mean `likely`"),
        (lambda: weigh([Sign("a", 1.2, 0.2)]), "no probability"),
        (lambda: weigh([Sign("a", (0.5, 0.2), 0.2)]), "no probability"),
        (lambda: weigh([Sign("a", 0.5, 0.2, "fund")]), "Did you mean `found`"),
        (lambda: weigh([Sign("a", 0.5, 0.2, rivals={"b": 0.1})]), "no rival"),
        (lambda: weigh([], prior=1.0), "between 0 and 1"),
        (lambda: weigh([], rivals={"a": 0}), "above zero"),
        (lambda: weigh([], rivals=[ELSE]), "cannot be called"),
        (lambda: weigh([], something_else=2), "no share"),
        (lambda: weigh([], dependence=(0.5, 0.2)), "range"),
    ],
)
def test_wrong_input_is_refused_with_a_remedy(call, words):
    with pytest.raises(DataError) as caught:
        call()
    assert words in f"{caught.value.wrong} {caught.value.do}"
    assert caught.value.do


def test_words_of_the_scale_stand_in_order_and_meet():
    ranges = list(SCALE.values())
    assert all(low < high for low, high in ranges)
    assert all(one[0] >= other[1] for one, other in itertools.pairwise(ranges))
