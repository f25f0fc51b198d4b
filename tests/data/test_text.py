"""Encodings, separators and records of text files."""

from __future__ import annotations

import pytest

from evalkit.data.read import read_table
from evalkit.errors import DataError


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-8", []),
        ("utf-8-sig", []),
        ("cp1252", ["letters read as Windows-1252"]),
        ("utf-16", ["read as UTF-16"]),
        ("utf-16-le", ["read as UTF-16"]),
        ("utf-16-be", ["read as UTF-16"]),
    ],
)
def test_letters_survive_every_usual_encoding(write, encoding, words, said):
    """The same table comes out of each encoding; assumptions are said."""
    table = read_table(write("school,cost\nSt Mary\u2019s,£4\nÉcole,£6\n", encoding=encoding))
    assert list(table.frame["school"]) == ["St Mary\u2019s", "École"]
    assert list(table.frame["cost"]) == [4, 6]
    assert [what for column, what, _ in said(table) if not column] == words


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_each_separator_is_found(write, separator):
    """Commas inside quoted text do not mislead."""
    rows = [["id", "words", "n"], ["a", '"one, two"', "1"], ["b", '"x; y"', "2"]]
    text = "\n".join(separator.join(row) for row in rows)
    table = read_table(write(text))
    assert list(table.frame.columns) == ["id", "words", "n"]
    assert list(table.frame["words"]) == ["one, two", "x; y"]


def test_excels_separator_line_is_obeyed(write):
    """`sep=;` is a setting, not a header."""
    table = read_table(write("sep=;\r\nid;n\r\na;1\r\n"))
    assert list(table.frame.columns) == ["id", "n"]
    assert list(table.lines) == [3]


def test_quoted_line_breaks_keep_lines_right(write):
    """A cell over two lines is one cell, and later rows know their own lines."""
    table = read_table(write('id,words,n\na,"one\ntwo",1\nb,three,2\n'))
    assert list(table.frame["words"]) == ["one\ntwo", "three"]
    assert list(table.lines) == [2, 4]


def test_endless_rows_are_refused_before_they_become_objects(write):
    """Twenty megabytes of line ends are five million empty rows."""
    with pytest.raises(DataError, match="million cells"):
        read_table(write(b"id,n\n" + b"\n" * 20_000_000))
