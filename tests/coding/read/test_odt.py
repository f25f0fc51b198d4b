"""OpenDocument texts: what is kept, what is left out, and that everything left out is counted."""

import pytest
from documents import ODT_NAMES, odt, odt_p

from evalkit.coding.read.odt import odt_draft


def counts(found):
    return {loss.kind: loss.count for loss in found.losses}


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("a<text:s text:c='3'/>b<text:s/>c", "a   b c"),
        ("  a \n  b  <text:span> c</text:span>", "a b c"),
        ("a<text:tab/>b<text:line-break/>c", "a\tb\nc"),
        ("a<text:note><text:note-body><text:p>x</text:p></text:note-body></text:note>b", "ab"),
        (
            "a<office:annotation><dc:creator>me</dc:creator><text:p>x</text:p></office:annotation>",
            "a",
        ),
        ("<text:a xlink:href='http://x'>here</text:a>", "here"),
        ("<draw:frame><draw:image/></draw:frame>a", "a"),
        ("<text:span>a<text:span>b</text:span>c</text:span>d", "abcd"),
        ("a\u00a0 \u2003b", "a\u00a0 \u2003b"),
    ],
)
def test_what_stands_in_a_paragraph(inside, text):
    assert odt_draft(odt(f"<text:p>{inside}</text:p>")).text == text


def test_tracked_changes_are_counted_and_deleted_words_left_out():
    changes = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p>"
        "</text:deletion></text:changed-region><text:changed-region><text:insertion/>"
        "</text:changed-region></text:tracked-changes>"
    )
    found = odt_draft(odt(changes + odt_p("kept")))
    assert found.text == "kept"
    assert counts(found) == {"tracked deletion": 1, "tracked insertion": 1}


def test_notes_comments_pictures_and_lists_are_counted():
    found = odt_draft(
        odt(
            "<text:p>a<text:note/><office:annotation/><draw:image/></text:p>"
            "<text:list><text:list-item><text:p>b</text:p></text:list-item></text:list>"
        )
    )
    assert found.text == "a\nb"
    assert counts(found) == {
        "footnote or endnote": 1,
        "comment": 1,
        "picture": 1,
        "list mark": 1,
    }


def test_title_headers_and_properties_come_from_other_parts():
    meta = f"<office:document-meta {ODT_NAMES}><dc:title>My talk</dc:title><dc:date>2026</dc:date></office:document-meta>"
    styles = f"<office:document-styles {ODT_NAMES}><style:header><text:p>Draft</text:p></style:header></office:document-styles>"
    found = odt_draft(odt(odt_p("a"), **{"meta.xml": meta, "styles.xml": styles}))
    assert found.title == "My talk"
    assert counts(found) == {"document property": 1, "header or footer": 1}


def test_headings_and_sections_are_lines():
    body = f"<text:h>Head</text:h><text:section>{odt_p('a')}{odt_p('')}{odt_p('b')}</text:section>"
    assert odt_draft(odt(body)).text == "Head\na\n\nb"
