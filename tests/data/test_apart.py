"""Workbooks and parquet at arm's length: read like a CSV, and unable to do harm."""

from __future__ import annotations

import datetime as dt
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.data.read import columns_of, read_table
from evalkit.errors import DataError


def test_a_workbook_is_read_like_a_csv(book, said):
    """Title, note, totals, dates, yes/no, identifiers kept as text."""
    day = dt.date(2024, 3, 4)
    path = book(
        [
            ["Attendance 2023/24"],
            [],
            ["id", "score", "day", "there", "pay"],
            ["007", 5, day, True, 1234.5],
            ["008", "c", day, False, 2],
            ["Total", 5, None, None, 1236.5],
            [],
            ["Note: counted in March"],
        ]
    )
    table = read_table(path, unit="id")
    assert list(table.frame["id"]) == ["007", "008"]
    assert list(table.frame["there"]) == [1, 0]
    assert list(table.frame["day"].dt.day) == [4, 4]
    assert list(table.frame["pay"]) == [1234.5, 2]
    assert list(table.lines) == [4, 5]
    assert table.why(1, "score") == "suppressed"
    assert [what for column, what, _ in said(table) if not column] == [
        "rows above the header left out",
        "rows of notes below the data left out",
        "row of totals left out",
    ]
    assert columns_of(path) == ("id", "score", "day", "there", "pay")


def test_the_sheet_is_chosen_and_the_others_named(book):
    """Hidden and empty sheets are passed over; a wrong name gets the nearest."""
    path = book([["id", "n"], ["a", 1]], title="Pupils")
    workbook = openpyxl.load_workbook(path)
    hidden = workbook.create_sheet("Secret", 0)
    hidden.append(["x", "y"])
    hidden.sheet_state = "hidden"
    workbook.create_sheet("Empty", 0)
    workbook.create_sheet("Notes").append(["read", "me"])
    workbook.active = 1
    workbook.save(path)
    table = read_table(path)
    assert list(table.frame.columns) == ["id", "n"]
    assert table.changes[0].what == "sheet `Pupils` was read; the workbook has more"
    assert "Secret" not in table.changes[0].example
    with pytest.raises(DataError, match="Did you mean `Pupils`"):
        read_table(path, sheet="Pupil")


def rezip(source, name, edit):
    """Write the workbook again with each part changed by `edit(part name, bytes)`."""
    path = source.with_name(name)
    with (
        zipfile.ZipFile(source) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            new.writestr(part.filename, edit(part.filename, old.read(part)))
    return path


def in_sheet(change):
    return lambda name, data: change(data) if name.endswith("sheet1.xml") else data


@pytest.fixture
def bomb(tmp_path):
    """Two cells, A1 and XFD1048576: a dense reader wants 17 thousand million cells."""
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "id"
    workbook.active["XFD1048576"] = 1
    workbook.save(tmp_path / "bomb.xlsx")
    return tmp_path / "bomb.xlsx"


def test_a_sheet_that_says_it_is_endless_is_refused_before_parsing(bomb):
    """The declared size is looked at in the main process."""
    with pytest.raises(DataError, match="reaches to cell XFD1048576"):
        read_table(bomb)


def test_a_sheet_that_hides_its_size_kills_the_child_only(bomb):
    """Without the declaration the child runs out of its memory; we live to say so."""
    quiet = rezip(
        bomb, "quiet.xlsx", in_sheet(lambda data: re.sub(rb"<dimension[^>]*/>", b"", data))
    )
    with pytest.raises(DataError, match="cannot be opened within 1024 MB"):
        read_table(quiet)
    with pytest.raises(DataError, match="cannot be opened within 1024 MB"):
        columns_of(quiet)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda data: data + b" " * 100_000_000, "more than 200 times its size"),
        (lambda data: data + b" " * 301_000_000, "more than 300 MB"),
        (lambda data: b'<!DOCTYPE a [<!ENTITY b "c">]>' + data, "its own XML entities"),
    ],
)
def test_workbooks_made_to_harm_are_refused_before_parsing(book, change, wrong):
    """Zip bombs and entity bombs never reach the parser."""
    path = rezip(book([["id"], ["a"]]), "harm.xlsx", in_sheet(change))
    with pytest.raises(DataError, match=wrong):
        read_table(path)


def test_parts_that_point_outside_are_refused(book):
    """A part named ../x is no part of a workbook."""
    path = book([["id"], ["a"]])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../x.xml", "<x/>")
    with pytest.raises(DataError, match="points outside itself"):
        read_table(path)


@pytest.mark.parametrize("name", ["table.xlsx", "table.parquet"])
def test_damaged_files_are_refused_plainly(tmp_path, name):
    """Half a file says that it is damaged, not which parser failed."""
    path = tmp_path / name
    frame = pd.DataFrame({"id": ["a", "b"], "n": [1, 2]})
    if name.endswith("xlsx"):
        frame.to_excel(path, index=False)
    else:
        frame.to_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"not a whole|damaged"):
        read_table(path)


def test_a_parquet_file_of_endless_rows_is_refused_by_its_own_count(tmp_path):
    """Zeros compress to nothing: half a megabyte holds a hundred million of them."""
    path = tmp_path / "zeros.parquet"
    zeros = pa.array(np.zeros(26_000_000, dtype=np.int8))
    pq.write_table(pa.table({"a": zeros, "b": zeros}), path)
    with pytest.raises(DataError, match="26000000 rows and 2 columns"):
        read_table(path)


def test_a_parquet_file_of_huge_cells_stays_in_the_child(tmp_path):
    """One category of ten megabytes, a hundred times, is a gigabyte."""
    path = tmp_path / "huge.parquet"
    word = pa.array(["x" * 10_000_000])
    places = pa.array(np.zeros(100, dtype=np.int32))
    pq.write_table(pa.table({"a": pa.DictionaryArray.from_arrays(places, word)}), path)
    with pytest.raises(DataError, match=r"more than evalkit opens|cannot be opened within"):
        read_table(path)


def test_lists_in_parquet_are_refused_by_name(tmp_path):
    """A column of lists is no column of a table."""
    path = tmp_path / "lists.parquet"
    pq.write_table(pa.table({"id": [1], "marks": [[1, 2]]}), path)
    with pytest.raises(DataError, match="lists or records: marks"):
        read_table(path)


def test_formulas_give_their_values(book):
    """What a formula last came to is read; the formula itself never."""
    path = rezip(
        book([["id", "n"], ["a", 1], ["b", 2]]),
        "formula.xlsx",
        in_sheet(lambda data: data.replace(b"<v>2</v>", b"<f>1+1</f><v>2</v>")),
    )
    assert list(read_table(path).frame["n"]) == [1, 2]


def test_a_library_in_the_current_folder_is_not_imported(book, tmp_path, monkeypatch):
    """A hostile folder may hold python_calamine.py; the child must not run it."""
    path = book([["id"], ["a"]])
    (tmp_path / "python_calamine.py").write_text("raise SystemExit('hostile')")
    (tmp_path / "json.py").write_text("raise SystemExit('hostile')")
    monkeypatch.chdir(tmp_path)
    assert list(read_table(path).frame["id"]) == ["a"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 4_000), byte=st.integers(0, 255), cut=st.integers(0, 200))
def test_any_broken_workbook_gives_a_table_or_a_plain_refusal(book, place, byte, cut):
    """Change a byte, cut the end: nothing but DataError comes out."""
    path = book([["id", "n"], ["a", 1]])
    data = bytearray(path.read_bytes())
    data[place % len(data)] = byte
    path.write_bytes(bytes(data[: len(data) - cut]))
    try:
        table = read_table(path)
    except DataError:
        return
    assert len(table.frame) > 0
