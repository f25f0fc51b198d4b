"""Any file of a program that evalkit reads is known by what is in it, whatever its name."""

from __future__ import annotations

import shutil
import zipfile

import pytest
from openpyxl import Workbook

from evalkit.coding.exchange import EXCHANGE, kind_of, read_any
from evalkit.errors import CodingError

KINDS = {
    "p1_lf.qdpx": "REFI-QDA project",
    "taguette.qdc": "REFI-QDA codebook",
    "taguette.sqlite3": "Taguette",
    "qualcoder.sqlite3": "QualCoder",
}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_a_file_is_known_by_its_content(golden, tmp_path, name, kind):
    other = tmp_path / "a.dat"
    shutil.copy(golden / name, other)

    assert kind_of(other) == kind
    assert read_any(other).codebook == EXCHANGE[kind](other).codebook


def test_a_workbook_and_a_folder_of_qualcoder_are_known(golden, tmp_path):
    book = Workbook()
    book.active.title = "links"
    book.active.append(["from_label", "to_label", "quote"])
    book.active.append(["a", "b", "said so"])
    book.save(tmp_path / "a.bin")
    (tmp_path / "p.qda").mkdir()
    shutil.copy(golden / "qualcoder.sqlite3", tmp_path / "p.qda" / "data.qda")

    assert read_any(tmp_path / "a.bin").claims[0].segment.quote == "said so"
    assert kind_of(tmp_path / "p.qda") == "QualCoder"


@pytest.mark.parametrize(
    "data", [b"", b"some words", b"PK\x03\x04", b"<html><body>x</body></html>"]
)
def test_a_file_of_no_program_names_those_that_are_read(tmp_path, data):
    path = tmp_path / "a.txt"
    path.write_bytes(data)

    with pytest.raises(CodingError, match=r"no file of a program.*Taguette, QualCoder, Causal Map"):
        read_any(path)


def test_a_zip_of_something_else_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("a.txt", "x")

    with pytest.raises(CodingError, match=r"a\.zip"):
        read_any(path)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(CodingError, match="cannot be read"):
        read_any(tmp_path / "none.qdpx")
