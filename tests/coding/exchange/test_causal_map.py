"""A workbook of Causal Map gives claims on exact passages; the workbooks here are simulated."""

from __future__ import annotations

import pytest
from openpyxl import Workbook

from evalkit.coding.exchange import read_causal_map
from evalkit.coding.model import Segment, Value
from evalkit.coding.refi import read_project, write_project
from evalkit.errors import CodingError

LINKS = [
    ["from_label", "to_label", "statement_id", "source_id", "quote", "strength", "sign", "coder"],
    ["Home visits", "Trust; parents", 1, "s1", "visits made us trust the school", 3, "", "ana"],
    ["Trust; parents", "Attendance", 2, "s2", "so they came", "", "-", "ben"],
    ["Home visits", "Attendance", 2, "s2", "not in the text", "", "", ""],
    ["Home visits", "", 2, "s2", "", "", "", ""],
]
STATEMENTS = [
    ["statement_id", "text", "source_id"],
    [1, "The visits made us trust the school. It took a year.", "s1"],
    [2, "They trusted us, so they came.", "s2"],
]
SOURCES = [["source_id", "gender", "district"], ["s1", "woman", "North"], ["s2", "", "South"]]
FACTORS = [["label", "factor_memo"], ["Home visits", "A visit of a teacher"]]


@pytest.fixture
def workbook(tmp_path):
    """Return a function that writes sheets and gives the path."""

    def write(**sheets):
        book = Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "map.xlsx"
        book.save(path)
        return path

    return write


def test_links_are_claims_on_the_passage_that_is_quoted(workbook):
    found = read_causal_map(
        workbook(links=LINKS, statements=STATEMENTS, sources=SOURCES, factors=FACTORS)
    )
    first, second, third = found.claims

    assert first.segment == Segment("1", 4, 35, "visits made us trust the school")
    assert (first.cause, first.effect) == ("home_visits", "trust/parents")
    assert (first.case, first.coder, first.sign) == ("s1", "ana", "+")
    assert (second.sign, second.segment.quote) == ("-", "so they came")
    assert third.segment.quote == "They trusted us, so they came."


def test_factors_are_a_tree_and_sources_are_cases(workbook):
    found = read_causal_map(
        workbook(links=LINKS, statements=STATEMENTS, sources=SOURCES, factors=FACTORS)
    )

    assert [(code.id, code.parent, code.codable) for code in found.codebook.codes] == [
        ("home_visits", "", True),
        ("trust", "", False),
        ("trust/parents", "trust", True),
        ("attendance", "", True),
    ]
    assert found.codebook.codes[0].define == "A visit of a teacher"
    assert [(case.words, case.sources) for case in found.cases] == [("s1", ("1",)), ("s2", ("2",))]
    assert found.cases[0].attributes == {"gender": Value("woman"), "district": Value("North")}
    assert [user.id for user in found.users] == ["ana", "ben"]


def test_what_is_not_carried_is_reported(workbook):
    found = read_causal_map(workbook(links=LINKS, statements=STATEMENTS, sources=SOURCES))

    assert [(loss.kind, loss.severity, loss.count) for loss in found.losses] == [
        ("link", "changed", 1),
        ("link", "lost", 1),
        ("links.strength", "lost", 1),
    ]


def test_a_quotation_that_stands_twice_is_not_chosen_between(workbook):
    links = [LINKS[0], ["a", "b", 1, "s1", "trust", "", "", ""]]
    statements = [STATEMENTS[0], [1, "trust and trust", "s1"]]
    found = read_causal_map(workbook(links=links, statements=statements))

    assert found.claims[0].segment.quote == "trust and trust"
    assert "not stand in the text exactly once" in found.losses[0].why


def test_texts_may_stand_with_the_sources(workbook):
    links = [LINKS[0], ["a", "b", "", "s1", "he read", "", "", ""]]
    found = read_causal_map(
        workbook(links=links, sources=[["source_id", "text"], ["s1", "Now he read."]])
    )

    assert found.claims[0].segment.quote == "he read"
    assert found.cases[0].sources == (found.sources[0].id,)
    assert found.cases[0].id == found.claims[0].case


def test_without_any_text_the_quotations_are_the_sources(workbook):
    found = read_causal_map(workbook(links=LINKS[:3]))

    assert [source.text for source in found.sources] == [
        "visits made us trust the school",
        "so they came",
    ]
    assert [claim.segment.quote for claim in found.claims] == [one.text for one in found.sources]


def test_claims_survive_a_project_of_refi_qda(workbook, tmp_path):
    found = read_causal_map(workbook(links=LINKS[:3], statements=STATEMENTS, sources=SOURCES))
    write_project(found, tmp_path / "p.qdpx")

    assert read_project(tmp_path / "p.qdpx").claims == found.claims


def test_a_workbook_without_links_says_so(workbook):
    with pytest.raises(CodingError, match="no sheet `links`"):
        read_causal_map(workbook(statements=STATEMENTS))


def test_what_is_no_workbook_says_so(tmp_path):
    path = tmp_path / "map.xlsx"
    path.write_bytes(b"PK\x03\x04 damaged")

    with pytest.raises(CodingError, match=r"map\.xlsx: "):
        read_causal_map(path)
