"""SubRip: cues as lines."""

import pytest

from evalkit.coding.read.srt import srt_draft

TIME = "00:00:01,000 --> 00:00:02,000"


def text(file):
    return srt_draft(file.encode()).text


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (f"1\n{TIME}\na\nb\n\n2\n{TIME}\nc\n", "a\nb\nc"),
        (f"1\n{TIME}\na\n\n\n\n2\n{TIME}\n\n\n3\n{TIME}\nc", "a\nc"),
        (f"{TIME}\na\n{TIME}\nb", "a\nb"),
        (f"1\n{TIME}\na\n\nstill a\n\n2\n{TIME}\n99", "a\n\nstill a\n99"),
        (f"1\n{TIME} X1:10 Y1:20\n<i>a</i> {{\\an8}}<font color=red>b</font>", "a b"),
        (f"1\n{TIME}\na <really> & b &amp; 5 < 6", "a <really> & b &amp; 5 < 6"),
        ("1\n0:00:01.0 --> 0:00:02.0\na", "a"),
    ],
)
def test_words(file, words):
    assert text(file) == words


def test_what_is_left_out_is_counted():
    found = srt_draft(f"1\n{TIME}\n<i>a</i>\n\n2\n{TIME} X1:1\nb\n".encode())
    assert {loss.kind: loss.count for loss in found.losses} == {
        "cue name": 2,
        "formatting": 1,
        "position": 1,
        "timestamp": 2,
    }


def test_line_ends_and_encoding_are_remembered():
    found = srt_draft(f"1\r\n{TIME}\r\ncaf\u00e9\r\n".encode("cp1252"))
    assert (found.text, found.newline) == ("caf\u00e9", "CRLF")
