"""Claims beside the theory: silence is told apart from not having asked."""

from __future__ import annotations

import pandas as pd
import pytest
from made_claims import claim, said

from evalkit.coding.claims import STATUSES, compare_with_theory
from evalkit.errors import CodingError
from evalkit.theory.model import Link, Node, Theory

THEORY = Theory(
    "Children read.",
    (
        Node("visits", "activities", "Home visits"),
        Node("trust", "outputs", "Trust"),
        Node("reading", "outcomes", "Reading at home"),
        Node("school", "impact", "School"),
    ),
    (Link("visits", "trust"), Link("trust", "reading"), Link("reading", "school")),
)
CLAIMS = said("s1 s2: visits -> trust", "s1: visits -> reading", "s2: money -> reading")


def statuses(asked, claims=CLAIMS, **options):
    table = compare_with_theory(claims, THEORY, asked, **options).table
    return dict(zip(table["link"], table["status"], strict=True))


def row(link, asked=None, claims=CLAIMS, **options):
    table = compare_with_theory(claims, THEORY, asked, **options).table
    return table.set_index("link").loc[link]


def test_there_are_said_and_planned_said_only_silent_though_asked_and_not_asked():
    assert statuses({"trust -> reading": ["s1", "s2"], "visits -> trust": ["s1"]}) == {
        "visits -> trust": "said and in the theory",
        "trust -> reading": "in the theory, not said though asked",
        "reading -> school": "in the theory, not asked",
        "visits -> reading": "said but not in the theory",
        "money -> reading": "said but not in the theory",
    }


def test_when_it_is_not_recorded_who_was_asked_silence_is_not_called_not_asked():
    found = statuses(None)
    assert found["trust -> reading"] == "in the theory, not said; whether asked is not recorded"
    assert set(found.values()) <= set(STATUSES)
    assert pd.isna(row("trust -> reading")["n_asked"])


def test_links_that_every_source_was_asked_about_may_be_listed():
    found = row("trust -> reading", ["trust->reading"], sources=["s1", "s2", "s3"])
    assert found["n_asked"] == 3
    assert found["words"].startswith("None of 3 sources asked about it claims it. That nobody")


def test_who_was_asked_and_speaks_of_it_is_counted_apart_from_all_who_do():
    found = row("visits -> trust", {"visits -> trust": ["s1", "s3"]})
    assert (found["n_sources"], found["n_asked"], found["n_asked_say"]) == (2, 2, 1)
    assert found["words"].endswith("Of 2 asked about it, 1 speaks of it.")


def test_links_of_the_theory_come_first_and_in_its_order():
    assert list(statuses(None))[:3] == [link.id for link in THEORY.links]


@pytest.mark.parametrize(
    ("link", "note"),
    [
        ("visits -> reading", "The theory has a longer way from one to the other."),
        ("reading -> visits", "The theory has it the other way round."),
        ("money -> reading", "It names something that is no box of the theory."),
    ],
)
def test_a_claim_outside_the_theory_says_how_it_differs(link, note):
    assert row(link, claims=said(f"s1: {link}"))["note"] == note


def test_boxes_with_no_way_between_them_are_said_so():
    theory = Theory("", (*THEORY.nodes, Node("money", "inputs", "Money")), THEORY.links)
    (found,) = compare_with_theory(said("s1: money -> school"), theory).table["note"].iloc[3:]
    assert found == "The theory has both boxes and no way between them."


def test_a_link_that_is_spoken_of_and_denied_says_so():
    found = row("visits -> trust", claims=[claim("s1", "visits", "trust", "none")])
    assert found["status"] == "said and in the theory"
    assert found["note"] == "Those who speak of it say that it did not come about."


def test_boxes_are_known_by_their_words_and_by_other_names_that_are_given():
    claims = said("s1: home  VISITS -> code_7", "s2: visits -> Trust")
    assert statuses(None, claims, same={"code_7": "trust"})["visits -> trust"] == STATUSES[0]
    assert row("visits -> trust", claims=claims, same={"code_7": "trust"})["n_sources"] == 2


def test_names_that_are_no_box_come_with_the_nearest_one():
    found = compare_with_theory(said("s1 s2: visit -> reading", "s1: money -> reading"), THEORY)
    assert found.not_boxes.to_dict("records") == [
        {"name": "visit", "n_sources": 2, "nearest": "visits"},
        {"name": "money", "n_sources": 1, "nearest": ""},
    ]


def test_what_points_outside_the_theory_is_refused():
    with pytest.raises(CodingError, match="Did you mean `visits -> trust`"):
        compare_with_theory(CLAIMS, THEORY, ["visit -> trust"])
    with pytest.raises(CodingError, match="Did you mean `trust`"):
        compare_with_theory(CLAIMS, THEORY, same={"x": "trus"})
    with pytest.raises(CodingError, match="is a text"):
        compare_with_theory(CLAIMS, THEORY, "visits -> trust")


def test_no_claims_leave_the_links_of_the_theory():
    assert len(statuses(None, [])) == 3
