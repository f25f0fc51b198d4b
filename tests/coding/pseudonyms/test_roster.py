"""The roster: every fault at once, and names found as people write them."""

from __future__ import annotations

import pytest

from evalkit.coding.pseudonyms import Person, Roster, find_names, read_roster
from evalkit.errors import ProjectError


def read(tmp_path, text):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path)


def names(text, *people):
    roster = Roster(tuple(people))
    return [
        (text[one.start : one.end], one.pseudonym)
        for one in find_names(text, roster)
        if not one.word
    ]


def test_a_row_is_a_person_with_variants(tmp_path):
    text = "name,pseudonym,variants,match\nAnna Smith,P1,Annie; Mrs Smith,exact\n"
    person = Person("Anna Smith", "P1", ("Annie", "Mrs Smith"), "exact", 2)
    assert read(tmp_path, text).people == (person,)


def test_every_fault_is_told_at_once_with_its_row(tmp_path):
    text = (
        "name,pseudonym,variants,match,role\n"
        "Anna,P1,Ann,,\nAnn,P2,,,\nBen,P1,,,\n,P3,,,\nEve,,,,\nZ,P4,,,\nKit,kit,,anyy,\n"
    )
    with pytest.raises(ProjectError) as caught:
        read(tmp_path, text)
    said = [(fault.line, fault.wrong) for fault in caught.value.faults]
    assert said == [
        (1, "`role` is not a column that is known here."),
        (3, "`Ann` is a name of the row on line 2 already."),
        (4, "The pseudonym `P1` stands on line 2 already."),
        (5, "The row has no `name`."),
        (6, "The row has no `pseudonym`."),
        (7, "`Z` is too short to be looked for."),
        (8, "The pseudonym `kit` is one of the person's own names."),
        (8, "`match` cannot be `anyy`."),
    ]


def test_there_must_be_a_file(tmp_path):
    with pytest.raises(ProjectError, match="There is no file"):
        read_roster(tmp_path / "none.csv")


@pytest.mark.parametrize(
    "text",
    ["O\u2019Brien", "O'BRIEN", "o'brien", "O'Brien\u2019s house"],
)
def test_marks_and_capitals_do_not_matter(text):
    (hit,) = names(text, Person("O'Brien", "P1"))
    assert hit[0].lower().replace("\u2019", "'") == "o'brien"


def test_accents_written_in_either_way_are_the_same_letter():
    assert names("Zoë, Zoe\u0308 and Zoe", Person("Zoë", "P1")) == [
        ("Zoë", "P1"),
        ("Zoe\u0308", "P1"),
        ("Zoe", "P1"),
    ]


def test_a_name_inside_a_longer_word_is_none():
    assert names("Annabel and Hannah; Anna2", Person("Anna", "P1")) == []


def test_the_longest_name_is_meant():
    people = (Person("Anna", "P1"), Person("Anna Smith", "P2"))
    assert names("Anna  Smith and Anna", *people) == [("Anna  Smith", "P2"), ("Anna", "P1")]


def test_exact_means_as_it_is_written():
    assert names("anna ANNA Anna", Person("Anna", "P1", match="exact")) == [("Anna", "P1")]


def test_a_name_that_is_a_word_needs_its_capital():
    will = Person("Will", "P1")
    text = "I will ask Will. Will you come? Will came. May I?"
    found = list(find_names(text, Roster((will, Person("May", "P2")))))
    assert [(one.start, one.doubtful, one.word) for one in found] == [
        (11, False, False),
        (17, True, True),
        (32, True, False),
        (43, True, True),
    ]
    assert names("will will", Person("Will", "P1", match="any")) == [("will", "P1"), ("will", "P1")]


def test_a_pseudonym_that_is_anothers_name_is_not_replaced_again():
    from evalkit.coding.model import CodingProject, Source
    from evalkit.coding.pseudonyms import pseudonymise, restore

    roster = Roster((Person("Anna", "Ben"), Person("Ben", "Anna")))
    made = CodingProject(sources=(Source("s", "Anna met Ben."),))
    done = pseudonymise(made, roster)
    assert done.project.sources[0].text == "Ben met Anna."
    assert restore(done.project, done.key).project == made
