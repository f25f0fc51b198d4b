"""Rows of CSV files, each with the line it begins on."""

import csv

import pytest

from evalkit.coding.rows import read_table
from evalkit.errors import ProjectError

NEEDS = ("id", "text")


def read(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, "sources/a.csv", NEEDS)


def faults(tmp_path, content):
    with pytest.raises(ProjectError) as caught:
        read(tmp_path, content)
    return [str(fault) for fault in caught.value.faults]


def test_rows_know_the_line_they_begin_on(tmp_path):
    table = read(tmp_path, 'id,text\n1,"two\nlines"\n\n2,one\n')
    assert [(row.line, row.cell("text")) for row in table.rows] == [(2, "two\nlines"), (5, "one")]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_commas_semicolons_and_tabs_separate(tmp_path, mark):
    table = read(tmp_path, f'id{mark}"text"\r\n1{mark}"a,b;c"\r\n')
    assert table.rows[0].cells == {"id": "1", "text": "a,b;c"}


def test_short_rows_are_blank_at_the_end_and_empty_cells_past_the_columns_are_dropped(tmp_path):
    table = read(tmp_path, "id,text,date\n1,a\n2,b,c,,,\n")
    assert [row.cell("date") for row in table.rows] == ["", "c"]


def test_a_row_with_too_many_cells_is_a_fault_of_its_own(tmp_path):
    table = read(tmp_path, "id,text\n1,a,b\n2,c\n")
    assert [row.cell("id") for row in table.rows] == ["2"]
    assert str(table.faults[0]).startswith("sources/a.csv:2: The row has 3 cells")


def test_missing_and_doubled_columns_are_refused_at_once(tmp_path):
    assert faults(tmp_path, "id,id,texts,\n1,2,3,4\n") == [
        "sources/a.csv:1: The column `id` stands twice. Rename one of them.",
        (
            "sources/a.csv:1: The column `text` is missing."
            " Name it in the first row. Is it the one called `texts`?"
        ),
    ]
    assert "Column 2 has no name" in faults(tmp_path, "id,,text\n1,2,3\n")[0]


@pytest.mark.parametrize("content", ["", "\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_says_which_columns_it_needs(tmp_path, content):
    assert faults(tmp_path, content) == [
        "sources/a.csv: The file is empty. Its columns are: id, text."
    ]


def test_a_quotation_mark_that_never_closes_is_named_with_its_row(tmp_path):
    (found,) = faults(tmp_path, 'id,text\n1,a\n2,"b\n3,c\n')
    assert found.startswith("sources/a.csv:3: The row that begins here is not valid CSV")


def test_a_binary_file_is_refused(tmp_path):
    assert "not text" in faults(tmp_path, b"PK\x03\x04\x00\x00")[0]


def test_a_long_cell_is_read_and_the_limit_of_other_readers_is_left_alone(tmp_path):
    before = csv.field_size_limit()
    assert len(read(tmp_path, "id,text\n1," + "x" * 200_000).rows[0].cell("text")) == 200_000
    assert csv.field_size_limit() == before
