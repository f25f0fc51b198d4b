"""Bytes become text once, in the encodings people's programs write."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding import decode as module
from evalkit.coding.decode import decode, decode_file
from evalkit.errors import CodingError

WORDS = "“Café” \u2013 it\u2019s £5"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (WORDS.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + WORDS.encode(), "utf-8"),
        (WORDS.encode("cp1252"), "cp1252"),
        (WORDS.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), "utf-16-be"),
        (WORDS.encode("utf-16-le"), "utf-16-le"),
        (WORDS.encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_the_same_words_come_out_of_every_encoding(data, encoding):
    found = decode(data)
    assert (found.text, found.encoding) == (WORDS, encoding)


def test_every_line_end_becomes_a_line_feed_and_nothing_else_changes():
    assert decode("a\r\nb\rc\nd\u2028e\x0bf  ".encode()).text == "a\nb\nc\nd\u2028e\x0bf  "


def test_no_bytes_are_no_words():
    assert decode(b"").text == ""


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF\x00\x01\x02",
        bytes(range(256)) * 4,
        b"\x81\x8d\x8f\x90\x9d",
        b"\xff\xfea",
        b"\x01\x02",
    ],
)
def test_bytes_that_are_not_text_are_refused_with_a_remedy(data):
    with pytest.raises(CodingError, match="Save it as plain text"):
        decode(data, "sources/a.txt")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 11)
    with pytest.raises(CodingError, match="11 bytes; a text has at most 10"):
        decode_file(path, "a.txt")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_any_utf8_text_is_read_as_it_is(text):
    assert decode(b"\xef\xbb\xbf" + text.encode()).text == text


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data):
    with contextlib.suppress(CodingError):
        assert "\r" not in decode(data).text
