"""Surveys: which columns are questions, which row is whose, and why values are missing."""

import pytest

from evalkit.coding.model import Value
from evalkit.coding.rows import Row
from evalkit.coding.survey import has_answers, survey_material

COLUMNS = ("Respondent ID", "School", "Age", "Joined", "What changed?", "What was hard?")
DATA = (
    ("p1", "North", "7", "2026-01-03", "We read at home every night", "Nothing was hard for us"),
    ("p2", "South", "Prefer not to say", "2026-02-01", "Not much has changed yet", ""),
    ("p3", "", "9", "", "N/A", "It was hard to find the time"),
    ("p4", "n/a", "8", "2026-02-02", "", ""),
)


def rows(data=DATA, columns=COLUMNS):
    return [
        Row(at, dict(zip(columns, cells, strict=True))) for at, cells in enumerate(data, start=2)
    ]


def test_each_answer_is_a_source_of_its_case():
    found = survey_material(rows(), COLUMNS, "s.csv")
    assert [(source.id, source.title, source.text) for source in found.sources] == [
        ("p1.what_changed", "What changed?", "We read at home every night"),
        ("p1.what_was_hard", "What was hard?", "Nothing was hard for us"),
        ("p2.what_changed", "What changed?", "Not much has changed yet"),
        ("p3.what_was_hard", "What was hard?", "It was hard to find the time"),
    ]
    assert found.sources[0].attributes == {
        "case": "p1",
        "question": "What changed?",
        "School": "North",
        "Age": "7",
        "Joined": "2026-01-03",
    }
    assert [case.sources for case in found.cases] == [
        ("p1.what_changed", "p1.what_was_hard"),
        ("p2.what_changed",),
        ("p3.what_was_hard",),
        (),
    ]
    assert (found.sources[3].file, found.sources[3].line) == ("s.csv", 4)


def test_attributes_are_typed_and_say_why_they_are_missing():
    _, second, third, fourth = survey_material(rows(), COLUMNS, "s.csv").cases
    assert second.attributes["Age"] == Value("", "Integer", "refused")
    assert second.attributes["Joined"] == Value("2026-02-01", "Date")
    assert second.attributes["What was hard?"] == Value("", "Text", "not known")
    assert third.attributes["School"] == Value("", "Text", "not known")
    assert third.attributes["What changed?"] == Value("", "Text", "not applicable")
    assert fourth.attributes["School"] == Value("", "Text", "not applicable")
    assert "What changed?" not in second.attributes


def test_words_read_as_reasons_are_told():
    losses = survey_material(rows(), COLUMNS, "s.csv").losses
    assert {(loss.kind, loss.count, loss.severity) for loss in losses} == {
        ("`N/A`", 1, "changed"),
        ("`Prefer not to say`", 1, "changed"),
        ("`n/a`", 1, "changed"),
    }


def test_all_answers_of_a_case_can_be_one_source_whose_turns_are_the_answers():
    found = survey_material(rows(), COLUMNS, "s.csv", "case")
    first = found.sources[0]
    assert first.id == "p1"
    assert first.text == (
        "What changed?\nWe read at home every night\n\nWhat was hard?\nNothing was hard for us"
    )
    assert [(turn.speaker, first.text[turn.start : turn.end]) for turn in first.turns] == [
        ("p1", "We read at home every night"),
        ("p1", "Nothing was hard for us"),
    ]
    assert [case.sources for case in found.cases] == [("p1",), ("p2",), ("p3",), ()]


def test_without_a_column_that_tells_rows_apart_cases_are_named_by_their_rows():
    data = [("p1", *cells[1:]) for cells in DATA]
    found = survey_material(rows(data), COLUMNS, "s.csv")
    assert [case.id for case in found.cases] == ["row-2", "row-3", "row-4", "row-5"]


def test_a_colon_in_an_id_does_not_break_the_names_of_passages():
    data = [(f"a:{cells[0]}", *cells[1:]) for cells in DATA]
    found = survey_material(rows(data), COLUMNS, "s.csv")
    assert found.sources[0].id == "a_p1.what_changed"
    assert found.cases[0].words == "a:p1"


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("1", "-2"), "Integer"),
        (("1", "2.5"), "Float"),
        (("007", "12"), "Text"),
        (("true", "False"), "Boolean"),
        (("yes", "no"), "Text"),
        (("2026-01-02", "2026-02-30"), "Text"),
        (("03/04/2024", "13/04/2024"), "Text"),
        (("2026-01-02T10:00", "2026-01-02T10:00:30"), "DateTime"),
        (("", ""), "Text"),
    ],
)
def test_kinds_of_attributes(cells, kind):
    columns = ("id", "it", "why")
    data = [(str(at), cell, f"because of reason number {at}") for at, cell in enumerate(cells)]
    found = survey_material(rows(data, columns), columns, "s.csv")
    assert {case.attributes["it"].kind for case in found.cases} == {kind}


def test_ratings_names_and_repeated_sentences_are_no_questions():
    columns = ("id", "name", "choice")
    data = [(str(at), f"Ann Bee {at}", "I agree with this very strongly") for at in range(10)]
    assert not has_answers(rows(data, columns), columns)


def test_questions_with_like_names_have_names_of_their_own():
    columns = ("id", "Why?", "Why!", "为什么")
    data = [(str(at), *(f"because of {at} and {n}" for n in range(3))) for at in range(4)]
    found = survey_material(rows(data, columns), columns, "s.csv")
    assert [source.id for source in found.sources[:3]] == ["0.why", "0.why_2", "0.q3"]


def test_the_two_rows_qualtrics_adds_are_no_cases():
    columns = ("ResponseId", "Q1", "Q2")
    data = [
        ("Response ID", "What changed for you?", "Your age"),
        ('{"ImportId":"_recordId"}', '{"ImportId":"QID1"}', '{"ImportId":"QID2"}'),
        ("R_1", "We read a lot more", "7"),
        ("R_2", "They read to their brother", "8"),
    ]
    found = survey_material(rows(data, columns), columns, "s.csv")
    assert [source.id for source in found.sources] == ["R_1.q1", "R_2.q1"]
    assert found.sources[0].title == "What changed for you?"
    assert found.cases[1].attributes["Q2"] == Value("8", "Integer")
    assert [loss.kind for loss in found.losses] == ["row of import ids"]
