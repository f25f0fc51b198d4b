"""Reading tables: what is refused, and what is always true of what is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.data.read import columns_of, read_table
from evalkit.errors import DataError, MissingExtraError

EXTRACTS = Path(__file__).parent / "extracts"


def test_school_tables_keep_why_each_score_is_missing(gaps):
    """Performance tables: five ways of being absent in one column."""
    table = read_table(EXTRACTS / "schools_ks4_2019.csv", unit="URN")
    assert [gap for gap in gaps(table) if gap[0] == "P8MEA"] == [
        ("P8MEA", "blank", "", 2),
        ("P8MEA", "low coverage", "LOWCOV", 2),
        ("P8MEA", "no entries", "NE", 2),
        ("P8MEA", "not published", "NP", 2),
        ("P8MEA", "suppressed", "SUPP", 2),
    ]
    assert table.frame["PTL2BASICS_95"].max() == 75
    assert list(table.frame["GENDER"].unique()) == ["Girls", "Boys", "Mixed"]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "The file is empty"),
        ("\n\n  ,\n", "The file is empty"),
        ("id,n\n", "There is a header but no row"),
        ('id,n\n"a,1\n', "A quotation mark is never closed"),
        (b"PK\x03\x04rest", "it is a workbook"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"\x00\x01\x02\xff" * 50, "not a text file"),
        (b"\x7fELF\x02\x01\x01" + bytes(200), "not a text file"),
        (b"id,n\na,\x81\x8d\n", "none of the encodings"),
    ],
)
def test_files_that_are_no_tables_are_refused_plainly(write, content, wrong):
    """Each says what it is and what to do."""
    with pytest.raises(DataError, match=wrong) as caught:
        read_table(write(content))
    assert caught.value.do


def test_a_file_of_200_mb_is_refused_before_it_is_read(write):
    """Size is looked at first: nothing of it is loaded."""
    path = write("id,n\n")
    with path.open("r+b") as stream:
        stream.truncate(200_000_000)
    with pytest.raises(DataError, match="It is 200 MB; evalkit opens up to 100 MB"):
        read_table(path)


def test_a_missing_file_names_the_nearest(write):
    """A misspelt name is the usual reason."""
    path = write("id\n1\n", name="pupils.csv")
    with pytest.raises(DataError, match=r"Did you mean `pupils\.csv`"):
        read_table(path.with_name("pupil.csv"))
    with pytest.raises(DataError, match=r"does not read `\.doc`"):
        read_table(path.with_name("pupils.doc"))
    folder = path.with_name("folder.csv")
    folder.mkdir()
    with pytest.raises(DataError, match="It is not a file"):
        read_table(folder)


def test_an_unknown_role_names_the_nearest_column(write):
    """Roles are checked when the table is read."""
    with pytest.raises(
        DataError, match=r"no column `scool` in `table\.csv`. Did you mean `school`"
    ):
        read_table(write("school,n\na,1\n"), cluster="scool")


def test_names_alone_need_no_pandas(write):
    """A check that only needs names must not pay for pandas."""
    path = write("Title,,\nid,n,m\na,1,2\n")
    program = (
        "import sys; from evalkit.data import columns_of; "
        f"print(columns_of({str(path)!r})); sys.exit('pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "('id', 'n', 'm')"


def test_parquet_without_pyarrow_says_how_to_get_it(tmp_path, monkeypatch):
    """The exact command stands in the message."""
    path = tmp_path / "table.parquet"
    path.write_bytes(b"PAR1....PAR1")
    monkeypatch.setattr("evalkit.data.apart.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r'pip install "\.\[parquet\]"'):
        read_table(path)


def test_the_same_bytes_give_the_same_table():
    """Fingerprint, changes and frame repeat."""
    first, second = (read_table(EXTRACTS / "schools_ks4_2019.csv") for _ in range(2))
    assert first.sha256 == second.sha256
    assert first.changes == second.changes
    pd.testing.assert_frame_equal(first.frame, second.frame)


ALMOST = st.text(alphabet="ab01 ,;\"'\n\r\t|.%£<cxz-\ufeff\x00é", max_size=200).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=300) | ALMOST | ALMOST.map(lambda data: b"a,b\n" + data))
def test_any_bytes_as_csv_give_a_table_or_a_plain_refusal(tmp_path, data):
    """Nothing but DataError ever comes out."""
    path = tmp_path / "any.csv"
    path.write_bytes(data)
    try:
        table = read_table(path)
    except DataError:
        return
    assert len(table.frame) == len(table.lines) > 0
    assert columns_of(path)
