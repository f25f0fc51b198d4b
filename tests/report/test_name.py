from __future__ import annotations

import sample as samples

from evalkit.report.document import plain
from evalkit.report.name import at, link_letters, link_words, node_words, outcome_words, unit_words


def test_a_link_is_the_words_of_its_ends_with_their_lines():
    parts = link_words(samples.THEORY, "practice -> reading")
    assert (
        plain(parts) == "Teachers change how they teach → Children read and write better at age 11"
    )
    assert parts[0].origin == "theory.yaml:13"


def test_unknown_things_keep_their_ids():
    assert node_words(samples.THEORY, "none").text == "none"
    assert plain(link_words(samples.THEORY, "none")) == "none"
    assert outcome_words("column", samples.PROTOCOL).text == "column"


def test_a_unit_follows_its_number():
    assert plain(unit_words(samples.OUTCOMES["suspensions"], samples.PROTOCOL)) == " per 100 pupils"
    assert unit_words(None, samples.PROTOCOL) == ()


def test_a_place_without_a_line_is_the_file():
    assert (at("a.yaml", 3), at("a.yaml", 0)) == ("a.yaml:3", "a.yaml")


def test_links_have_letters_in_order(whole):
    letters = list(link_letters(whole).values())
    assert letters[:3] == ["A", "B", "C"]
    assert len(set(letters)) == len(whole.joint)
