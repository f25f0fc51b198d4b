"""Bytes become text once, in the encodings people's programs write."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding import decode as module
from evalkit.coding.decode import byte_span, decode, decode_file, source_byte_span
from evalkit.coding.model import Source
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


LINE_ENDS = ("", "\n", "\r\n", "\r", "\r\r\n", "\n\r")
PIECES = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.sampled_from(LINE_ENDS)
    ),
    max_size=6,
).map(lambda pairs: "".join(words + end for words, end in pairs))


@given(PIECES, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"]), st.data())
def test_the_bytes_of_a_span_decode_to_its_words(raw, encoding, data):
    mark = data.draw(st.sampled_from([b"", "\ufeff".encode(encoding)]))
    body = raw.removeprefix("\ufeff").encode(encoding)
    text = body.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = byte_span(mark + body, encoding, start, end)
    found = (mark + body)[first:last].decode(encoding)
    assert found.replace("\r\n", "\n").replace("\r", "\n") == text[start:end]
    before = (mark + body)[len(mark) : first].decode(encoding)
    assert before.replace("\r\n", "\n").replace("\r", "\n") == text[:start]


@pytest.mark.parametrize(
    ("data", "encoding", "span"),
    [
        (b"\xef\xbb\xbfa\r\nZo\xc3\xab", "utf-8", (6, 10)),
        (b"\xef\xbb\xbfa\r\nZo\xc3\xab", "utf-8-sig", (6, 10)),
        ("a\r\nZoë".encode("utf-16"), "utf-16", (8, 14)),
        ("a\r\nZoë".encode("cp1252"), "cp1252", (3, 6)),
        ("a\rZoë".encode("mac-roman"), "mac-roman", (2, 5)),
    ],
)
def test_a_span_is_traced_over_mark_and_line_ends(data, encoding, span):
    assert byte_span(data, encoding, 2, 5) == span


def test_an_encoding_with_several_forms_of_one_text_is_followed_byte_by_byte():
    # The second escape changes nothing, so writing the text again would give other bytes.
    data = b'ab\x1b$B$"\x1b$B$$\x1b(Bc'
    first, last = byte_span(data, "iso2022_jp", 3, 4)
    assert data.decode("iso2022_jp") == "abあいc"
    assert data[first:last] == b"\x1b$B$$"


@pytest.mark.parametrize(
    ("encoding", "start", "end"), [("utf-8", 0, 4), ("utf-8", 2, 1), ("utf-8", -1, 1), ("no", 0, 1)]
)
def test_a_span_that_is_not_in_the_bytes_is_refused(encoding, start, end):
    with pytest.raises(CodingError):
        byte_span(b"abc", encoding, start, end)


def test_bytes_of_another_encoding_are_refused():
    with pytest.raises(CodingError, match="not text of encoding"):
        byte_span(b"caf\xe9", "utf-8", 0, 1)


def test_a_source_is_traced_past_the_attributes_at_the_top_of_its_file():
    data = b"\xef\xbb\xbfwho: Zo\xc3\xab\r\n\r\nIt helped.\r\nA lot."
    source = Source("a", "It helped.\nA lot.", encoding="utf-8")
    first, last = source_byte_span(data, source, 3, 17)
    assert data[first:last] == b"helped.\r\nA lot."


def test_a_text_that_is_not_in_the_file_has_no_bytes():
    with pytest.raises(CodingError, match="does not stand in this file"):
        source_byte_span(b"PK and so on", Source("a", "words", encoding="utf-8"), 0, 1)
    with pytest.raises(CodingError, match="is not within"):
        source_byte_span(b"words", Source("a", "words"), 0, 9)


def test_a_mark_of_utf32_is_not_taken_for_one_of_utf16():
    found = decode(WORDS.encode("utf-32"))
    assert (found.text, found.encoding) == (WORDS, "utf-32-le")
