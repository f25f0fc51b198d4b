"""Rich Text: letters in all the ways they are written, and what is left out."""

import pytest
from documents import rtf

from evalkit.coding.read.rtf import rtf_draft


def counts(found):
    return {loss.kind: loss.count for loss in found.losses}


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (r"a\par b\par\par c\par", "a\nb\n\nc"),
        ("a\\\nb", "a\nb"),
        ("one\r\n two", "one two"),
        (r"caf\'e9 \'93x\'94", "café \u201cx\u201d"),
        (r"\u233 ?t\u233?", "été"),
        (r"\uc2\u8211\'96\'96x\uc0\u233y", "\u2013xéy"),
        (r"\u-10179?\u-8704?!", "\U0001f600!"),
        (r"{\uc0\u233}\u233?", "éé"),
        (r"a\~b\_c\-d\{\}\\", "a\u00a0b\u2011c\u00add{}\\"),
        (r"{\b bold} {\i\f0 it}alic", "bold italic"),
        (r"\lquote a\rquote\emdash b\line c\tab d", "\u2018a\u2019\u2014b\nc\td"),
        (r"{\field{\*\fldinst HYPERLINK http://x}{\fldrslt here}}", "here"),
        (r"{\upr{old}{\*\ud new \u233?}} after", "new é after"),
        (r"a{\*\unknown hidden {deep}}b", "ab"),
        (r"{\pict\bin4 }}{{ x}b", "b"),
        (r"{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt box\par}}{\shprslt box}}", "box"),
        (r"a{\v hid}b\v c\v0 d", "abd"),
        ("a} after the end", "a"),
    ],
)
def test_words(inside, text):
    assert rtf_draft(rtf(inside)).text == text


def test_letters_follow_the_code_page_of_their_font():
    data = (
        rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}"
        rb"{\f2\fcharset128 C;}{\f3\fcharset2 Symbol;}}\f1\'cf\'f0\f0\'e9{\f2\'93\'fa\'96{}e}\f3\'b7}"
    )
    found = rtf_draft(data)
    assert found.text.startswith("Прé日")
    assert found.text.endswith("\ufffd")
    assert counts(found)["symbol"] == 1


def test_tracked_changes_are_counted():
    found = rtf_draft(rtf(r"We {\revised often }{\deleted never }read{\deleted0 .}"))
    assert found.text == "We often read."
    assert counts(found) == {"tracked insertion": 1, "tracked deletion": 1}


def test_what_is_left_out_is_counted():
    found = rtf_draft(
        rtf(
            r"{\header h}a{\footnote n}{\*\annotation c}{\pict 00ff}{\listtext 1.\tab}b\page c{\info{\title T}}"
        )
    )
    assert found.text == "abc"
    assert counts(found) == {
        "comment": 1,
        "document property": 1,
        "footnote or endnote": 1,
        "header or footer": 1,
        "list mark": 1,
        "page break": 1,
        "picture": 1,
    }


def test_half_a_surrogate_pair_becomes_a_sign_and_a_loss():
    found = rtf_draft(rtf(r"a\u-10179?b"))
    assert found.text == "a\ufffdb"
    assert counts(found) == {"half character": 1}


def test_rows_without_text_keep_their_cells():
    assert rtf_draft(rtf(r"\trowd a\cell\cell c\cell\row\pard d")).text == "a\t\tc\nd"
