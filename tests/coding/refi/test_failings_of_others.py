"""What other programs were measured to get wrong with REFI-QDA, November 2026, and evalkit must not."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from lxml import etree
from made_refi import qdpx, selection, source, xml

from evalkit.coding.exchange import read_any, read_taguette
from evalkit.coding.model import Case, Value
from evalkit.coding.refi import read_codebook, read_project, write_codebook, write_project

QUOTES = [
    "home visits mattered most",
    "the home visits",
    "she read aloud",
    "I can\u2019t separate the two",
]


def quotes(project):
    texts = {one.id: one for one in project.sources}
    for coding in project.codings:
        coding.segment.verify(texts[coding.segment.source])
    return [coding.segment.quote for coding in project.codings]


def ways(project):
    return [loss.why for loss in project.losses if loss.kind == "offsets"]


def test_row_1_an_export_of_qualcoder_is_4_of_4_exact_and_stays_so(golden, tmp_path):
    """QualCoder shifts every segment of its own export by one: it takes the byte order mark for text."""
    found = read_project(golden / "p1_lf.qdpx")
    write_project(found, tmp_path / "p.qdpx")

    assert quotes(found) == QUOTES
    assert ways(found) == []
    assert quotes(read_project(tmp_path / "p.qdpx")) == QUOTES


def test_row_1_positions_are_those_of_qualcoders_own_database(golden):
    link = sqlite3.connect(golden / "qualcoder.sqlite3")
    wanted = link.execute(
        "SELECT pos0, pos1, seltext, owner FROM code_text ORDER BY ctid"
    ).fetchall()
    link.close()
    found = read_project(golden / "p1_lf.qdpx")

    assert [
        (one.segment.start, one.segment.end, one.segment.quote, one.coder) for one in found.codings
    ] == wanted


def test_row_2_windows_line_ends_with_other_positions_are_4_of_4_and_named(golden):
    """QualCoder's export "for MAXQDA" has the line ends of one system and the positions of another."""
    found = read_project(golden / "p1_maxqda_crlf.qdpx")

    assert quotes(found) == QUOTES
    assert ways(found) == ["positions are not the standard's: code points, line ends counted as LF"]


def test_row_2_utf_16_positions_are_4_of_4_and_named(golden):
    found = read_project(golden / "made_utf16_offsets.qdpx")

    assert quotes(found) == QUOTES
    assert ways(found) == ["positions are not the standard's: UTF-16 units"]


def test_row_3_homonyms_in_different_branches_stay_apart(tmp_path):
    """QualCoder makes 252 codes of NVivo's 262; the whole case is in test_codebook."""
    guid = "00000000-0000-4000-8000-0000000000{:02x}"
    one = '<Code guid="{}" name="{}" isCodable="true">{}</Code>'
    inside = [one.format(guid.format(n), "barriers", "") for n in (1, 2)]
    codes = "".join(one.format(guid.format(9 + n), f"site {n}", inside[n]) for n in range(2))
    path = tmp_path / "a.qdc"
    path.write_text(f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>{codes}</Codes></CodeBook>')

    assert [one.id for one in read_codebook(path).codes if one.words == "barriers"] == [
        "site_0/barriers",
        "site_1/barriers",
    ]


def test_row_4_a_text_inside_the_xml_is_read(tmp_path):
    """QualCoder crashes on a legal `PlainTextContent`."""
    content = xml(source(selection(1, 0, 3, "Zo\u00eb"), path="", text="Zo\u00eb read aloud"))

    assert quotes(read_project(qdpx(tmp_path, content))) == ["Zo\u00eb"]


def test_row_5_the_sources_of_cases_survive(golden, tmp_path):
    """QualCoder exports no link between a case and the texts that are wholly about it."""
    native = read_any(golden / "qualcoder.sqlite3")
    write_project(native, tmp_path / "p.qdpx")
    found = read_project(tmp_path / "p.qdpx").cases[0]

    assert found.sources == ("int1",)
    assert (found.words, found.attributes) == ("School A", {"FSM share": Value("0.42", "Float")})


def test_row_7_taguettes_database_gives_all_8_highlights_with_their_coder(golden, tmp_path):
    """No export of Taguette names a coder, and highlights without a tag are left out of its table."""
    found = read_taguette(golden / "taguette.sqlite3")
    passages = {one.segment.id for one in found.codings}
    untagged = [memo for memo in found.memos if ":" in memo.about[0]]

    assert len(passages) + len(untagged) == 8
    assert {one.coder for one in found.codings} | {memo.by for memo in untagged} == {"admin"}
    write_project(found, tmp_path / "p.qdpx")
    assert read_project(tmp_path / "p.qdpx") == replace(found, losses=())


def test_row_7_a_codebook_written_is_valid_and_keeps_descriptions_and_the_tree(
    golden, tmp_path, codebook_schema
):
    """Taguette's own .qdc has an empty `Sets`, no descriptions, and names such as `a.b`."""
    assert not codebook_schema.validate(etree.parse(str(golden / "taguette.qdc")))

    book = read_taguette(golden / "taguette.sqlite3").codebook
    write_codebook(book, tmp_path / "a.qdc")
    codebook_schema.assertValid(etree.parse(str(tmp_path / "a.qdc")))
    found = read_codebook(tmp_path / "a.qdc").by_id["mechanism/trust"]
    assert (found.words, found.parent) == ("trust", "mechanism")
    assert found.define == "Parents come to trust the school"


def test_row_8_the_project_of_atlas_ti_opens_under_whatever_name(tmp_path):
    """qdaPy refuses ATLAS.ti's `Trial.qde`."""
    path = qdpx(tmp_path, xml(source(path="", text="Zo\u00eb")), name="Trial.qde")

    assert read_project(path).sources[0].text == "Zo\u00eb"


@pytest.mark.parametrize(
    "raw", ["One.\r\nTwo: he read aloud.\r\n", "One \U0001f600.\nTwo: he read aloud."]
)
def test_row_8_passages_of_windows_and_utf_16_texts_are_cut_right(tmp_path, raw):
    """qdaPy gives `'he read aloud.'` a shifted start in both."""
    text = raw.replace("\r\n", "\n")
    way = "utf-16-le" if "\r" not in raw else ""
    start = text.index("he read")
    at = len(text[:start].encode(way)) // 2 if way else start
    content = xml(source(selection(1, at, at + 14, "he read aloud.")))

    assert quotes(read_project(qdpx(tmp_path, content, raw.encode()))) == ["he read aloud."]


def test_row_8_cases_variables_notes_links_and_sets_are_read_and_media_reported(golden):
    """qdaPy drops them all."""
    found = read_project(golden / "skyloom-TestProject.qdpx")
    lost = {loss.kind: loss.count for loss in found.losses if loss.severity == "lost"}

    assert len(found.codebook.codes) == 14
    assert len(found.users) == 3
    assert [memo.words for memo in found.memos if memo.words] == [
        "Research Plan",
        "My favorite Coke ad",
    ]
    assert (len(found.links), len(found.sets), len(found.graphs)) == (1, 16, 1)
    assert [len(found.graphs[0].vertices), len(found.graphs[0].edges)] == [3, 2]
    assert lost["PictureSelection"] == 1
    assert lost["VideoSelection"] == 2
    assert lost["PlainTextSelection"] == 8  # the sample comes without its texts


def test_row_8_the_case_of_qualcoders_export_is_read(golden):
    found = read_project(golden / "p1_lf.qdpx")

    assert found.cases == (
        Case(
            "school_a",
            "School A",
            {"FSM share": Value("0.42", "Float")},
            note="case memo",
            guid="a0be37e3-b365-43f3-95e6-1e5054625fbf",
        ),
    )
    assert [memo.words for memo in found.memos] == ["", "J1", ""]
