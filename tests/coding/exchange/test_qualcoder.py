"""QualCoder's own database is read whole, and what it has besides words is reported."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from evalkit.coding.exchange import read_qualcoder
from evalkit.coding.model import Case, Segment, Value, Variable
from evalkit.errors import CodingError


@pytest.fixture
def changed(golden, tmp_path):
    """Return a function that changes a copy of the database and gives its folder."""

    def change(*statements):
        folder = tmp_path / "study.qda"
        folder.mkdir()
        shutil.copy(golden / "qualcoder.sqlite3", folder / "data.qda")
        link = sqlite3.connect(folder / "data.qda")
        for statement in statements:
            link.execute(statement)
        link.commit()
        link.close()
        return folder

    return change


def test_segments_coders_and_dates_are_those_of_the_database(golden):
    found = read_qualcoder(golden / "qualcoder.sqlite3")

    assert [
        (one.segment.quote, one.segment.start, one.coder, one.code) for one in found.codings
    ] == [
        ("home visits mattered most", 27, "ana", "mechanism/trust"),
        ("the home visits", 23, "ben", "mechanism/trust"),
        ("she read aloud", 80, "ana", "outcome/reading_aloud"),
        ("I can\u2019t separate the two", 104, "ben", "mechanism/practice"),
    ]
    assert {(one.on, one.note) for one in found.codings} == {("2026-01-01T10:00:00", "memo")}
    assert found.losses == ()


def test_cases_attributes_and_memos_are_read(golden):
    found = read_qualcoder(golden / "qualcoder.sqlite3")

    assert found.cases == (
        Case(
            "school_a",
            "School A",
            {"FSM share": Value("0.42", "Float")},
            ("int1",),
            note="case memo",
        ),
    )
    assert found.variables == (Variable("FSM share", "Float"),)
    assert [(one.words, one.text, one.about) for one in found.memos] == [
        ("", "file memo", ("int1",)),
        ("", "annot", ("int1:0-11",)),
        ("J1", "journal text", ()),
    ]


def test_a_project_is_named_after_its_folder(changed):
    assert read_qualcoder(changed()).name == "study"


def test_codes_under_codes_and_categories_under_categories_are_one_tree(changed):
    found = read_qualcoder(
        changed(
            "UPDATE code_cat SET supercatid = 1 WHERE catid = 2",
            "UPDATE code_name SET supercid = 1, catid = NULL WHERE cid = 2",
        )
    )

    assert [code.id for code in found.codebook.codes] == [
        "mechanism",
        "mechanism/outcome",
        "mechanism/outcome/reading_aloud",
        "mechanism/trust",
        "mechanism/trust/practice",
    ]


def test_categories_in_a_circle_are_kept_and_reported(changed):
    found = read_qualcoder(
        changed(
            "UPDATE code_cat SET supercatid = 1 WHERE catid = 2",
            "UPDATE code_cat SET supercatid = 2 WHERE catid = 1",
        )
    )

    assert len(found.codebook.by_id) == 5
    assert any("under itself" in loss.why for loss in found.losses)


def test_part_of_a_text_in_a_case_is_a_passage(changed):
    found = read_qualcoder(changed("UPDATE case_text SET pos0 = 23, pos1 = 38"))

    assert found.cases[0].sources == ()
    assert found.cases[0].segments == (Segment("int1", 23, 38, "the home visits"),)


def test_windows_line_ends_in_the_database_move_positions(changed):
    """Some versions keep them; the words beside the positions tell how they were counted."""
    found = read_qualcoder(
        changed("UPDATE source SET fulltext = replace(fulltext, char(10), char(13) || char(10))")
    )

    assert [one.segment.start for one in found.codings] == [27, 23, 80, 104]
    assert found.sources[0].newline == "CRLF"


def test_a_text_that_was_changed_under_its_codes_is_not_guessed(changed):
    found = read_qualcoder(changed("UPDATE source SET fulltext = 'New: ' || fulltext"))

    assert found.codings == ()
    assert {loss.kind for loss in found.losses} == {"code_text"}
    assert found.losses[0].count == 4


def test_pictures_recordings_and_drawings_are_reported(changed):
    found = read_qualcoder(
        changed(
            "INSERT INTO source (id, name, mediapath) VALUES (2, 'a.jpg', '/images/a.jpg')",
            "INSERT INTO code_image (imid, id, cid) VALUES (1, 2, 1)",
            "INSERT INTO graph (grid, name) VALUES (1, 'G')",
        )
    )

    assert {loss.kind: loss.count for loss in found.losses} == {
        "source": 1,
        "code_image": 1,
        "graph": 1,
    }


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\x00" + b"\xff" * 5_000, b"text"])
def test_what_is_no_database_of_qualcoder_says_so(tmp_path, damage):
    path = tmp_path / "data.qda"
    path.write_bytes(damage)

    with pytest.raises(CodingError, match=r"data\.qda: It is"):
        read_qualcoder(path)


def test_a_database_made_to_take_for_ever_is_given_up(changed, monkeypatch):
    monkeypatch.setattr("evalkit.coding.exchange.sqlite.MAX_STEPS", 1)
    slow = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        "INSERT INTO journal (name, jentry) SELECT 'j' || i, '' FROM n"
    )

    with pytest.raises(CodingError, match="too long"):
        read_qualcoder(changed(slow))


def test_no_file_is_written_beside_the_database(changed):
    folder = changed()
    read_qualcoder(folder)

    assert [path.name for path in folder.iterdir()] == ["data.qda"]


def test_a_view_in_place_of_a_table_is_no_project(changed):
    folder = changed("DROP TABLE cases", "CREATE VIEW cases AS SELECT 1 AS caseid")

    with pytest.raises(CodingError, match="not one of QualCoder"):
        read_qualcoder(folder)
