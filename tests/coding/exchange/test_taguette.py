"""Taguette's database gives every highlight, with the coder that no export of Taguette names."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from evalkit.coding.exchange import read_taguette
from evalkit.coding.exchange.bodies import body
from evalkit.errors import CodingError


@pytest.fixture
def changed(golden, tmp_path):
    """Return a function that changes a copy of the database and gives its path."""

    def change(*statements):
        path = tmp_path / "t.sqlite3"
        shutil.copy(golden / "taguette.sqlite3", path)
        link = sqlite3.connect(path)
        for statement in statements:
            link.execute(statement)
        link.commit()
        link.close()
        return path

    return change


def test_all_8_highlights_are_the_words_taguette_kept_beside_them(golden):
    link = sqlite3.connect(golden / "taguette.sqlite3")
    kept = {body(row[0]).text for row in link.execute("SELECT snippet FROM highlights")}
    link.close()
    found = read_taguette(golden / "taguette.sqlite3")
    texts = {one.id: one.text for one in found.sources}
    for coding in found.codings:
        coding.segment.verify(next(one for one in found.sources if one.id == coding.segment.source))
    (memo,) = [one for one in found.memos if one.about == ("partners:56-83",)]

    assert len(kept) == 8
    assert {one.segment.quote for one in found.codings} | {texts["partners"][56:83]} == kept
    assert (memo.by, memo.on) == ("admin", "2026-11-22T04:02:13.382314")
    assert len(found.codings) == 9  # two highlights have two tags
    assert {one.coder for one in found.codings} == {"admin"}
    assert [loss.kind for loss in found.losses] == ["highlight"]


def test_dotted_tags_are_a_tree_with_descriptions(golden):
    codes = read_taguette(golden / "taguette.sqlite3").codebook.by_id

    assert list(codes) == [
        *("interesting", "mechanism", "mechanism/trust", "mechanism/practice", "outcome"),
        *("outcome/attendance", "outcome/reading", "context", "context/staff_turnover"),
        "context/rival",
    ]
    assert [codes[id].codable for id in ("mechanism", "mechanism/trust")] == [False, True]
    assert codes["mechanism/trust"].define == "Parents come to trust the school"
    assert codes["context/staff_turnover"].parent == "context"


def test_a_tag_that_comes_before_its_heading_finds_it(changed):
    path = changed("INSERT INTO tags VALUES (8, 1, 'mechanism', 'How')")
    codes = read_taguette(path).codebook.by_id

    assert (codes["mechanism"].define, codes["mechanism"].codable) == ("How", True)
    assert codes["mechanism/trust"].parent == "mechanism"


def test_paragraphs_are_apart_and_positions_follow(golden):
    text = read_taguette(golden / "taguette.sqlite3").sources[2].text

    assert text == (
        "Partner meeting\nThe council said funding ends in March.\n"
        "Library keeps Saturday slot\nSchool lends hall"
    )


def test_of_several_projects_one_is_named(changed):
    path = changed("INSERT INTO projects VALUES (2, 'Other', '', '2026-01-01 00:00:00')")

    with pytest.raises(CodingError, match=r"holds 2 projects.*2 \(Other\)"):
        read_taguette(path)
    with pytest.raises(CodingError, match=r"no single project `Othr`.*Did you mean `Other`"):
        read_taguette(path, "Othr")
    assert read_taguette(path, "Other").name == "Other"
    assert len(read_taguette(path, "1").codings) == 9


def test_an_edit_by_another_person_does_not_take_a_highlight_over(changed):
    path = changed(
        "INSERT INTO commands SELECT 99, '2026-12-01 00:00:00', 'ben', 1, 1, payload "
        "FROM commands WHERE id = 10"
    )
    found = read_taguette(path)

    assert {one.coder for one in found.codings} == {"admin"}
    assert [user.id for user in found.users] == ["admin", "ben"]


def test_a_highlight_without_its_command_has_no_coder_and_is_reported(changed):
    found = read_taguette(changed("DELETE FROM commands WHERE id = 12"))

    assert [one.coder for one in found.codings if one.code == "context/rival"] == ["", "admin"]
    assert any("log of commands" in loss.why for loss in found.losses)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE highlights SET end_offset = 9999 WHERE id = 6", "not in the text"),
        (
            "UPDATE highlights SET start_offset = 39, end_offset = 41 WHERE id = 5",
            "not in the text",
        ),
        ("UPDATE highlights SET start_offset = 2 WHERE id = 6", "stand elsewhere"),
    ],
)
def test_a_highlight_whose_words_are_elsewhere_is_reported_by_name(changed, change, why):
    found = read_taguette(changed(change))

    assert len(found.codings) < 9
    assert any(why in loss.why and loss.severity == "lost" for loss in found.losses)


@pytest.mark.parametrize(
    ("html", "start", "end", "quote"),
    [
        ("<p>Zoë</p><p>👩\u200d🏫 read</p>", 4, 15, "👩\u200d🏫"),
        ("<p>Zoë</p><p>read</p>", 0, 8, "Zoë\nread"),
        ("<p>Zoë</p><p>read</p>", 0, 4, "Zoë"),
        ("<p>a &amp; b&nbsp;c</p>", 2, 3, "&"),
        ("  \n<p>one\r\ntwo</p>", 4, 7, "two"),
        ("<h1>A</h1>\n<p>b</p>", 2, 3, "b"),
        ("<p>a<br>b</p>", 1, 2, "b"),
    ],
)
def test_bytes_of_the_page_are_places_of_the_text(html, start, end, quote):
    found = body(html)
    span = found.span(start, end)

    assert span is not None
    assert found.text[slice(*span)] == quote


@pytest.mark.parametrize("span", [(3, 4), (0, 99), (-1, 2), (4, 2)])
def test_bytes_inside_a_character_or_outside_the_page_have_no_place(span):
    assert body("<p>Zoë</p>").span(*span) is None
