"""What columns of text become: every change said, every gap with its reason."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pytest

from evalkit.data.read import read_table
from evalkit.errors import DataError

EXTRACTS = Path(__file__).parent / "extracts"


def test_symbols_become_typed_gaps_never_zeros_never_text(write):
    """Every symbol of the issue, each with its reason."""
    symbols = ["c", "x", "z", "low", "k", "u", "~", ":", "SUPP", "NE", "LOWCOV", "<5"]
    text = "id,rate\n" + "".join(f"r{n},{symbol}\n" for n, symbol in enumerate(symbols))
    table = read_table(write(text + "last,0\n"))
    rate = table.frame["rate"]
    assert rate.dtype == float
    assert rate.isna().sum() == len(symbols)
    assert rate.iloc[-1] == 0
    reasons = {gap.symbol: gap.reason for gap in table.missing}
    assert reasons == {
        "c": "suppressed",
        "SUPP": "suppressed",
        "x": "unavailable",
        "z": "not applicable",
        "low": "rounds to zero but is not zero",
        "k": "rounds to zero but is not zero",
        "u": "low reliability",
        "~": "suppressed or very small (older symbol)",
        ":": "unavailable or not applicable (older symbol)",
        "NE": "no entries",
        "LOWCOV": "low coverage",
        "<5": "too few: only a bound is given",
    }
    assert sum(change.count for change in table.changes) == len(symbols)


def test_the_bound_of_fewer_than_five_is_kept(write):
    """`<5` says something; a later model may use it."""
    cells = read_table(write("id,n\na,<5\nb,>95%\nc,7\n")).cells
    assert cells["line"].tolist() == [2, 3]
    assert cells["high"].iloc[0] == 5
    assert math.isnan(cells["low"].iloc[0])
    assert cells["low"].iloc[1] == 95


def test_the_letter_c_in_a_column_of_words_stays(write):
    """Grades are not gaps."""
    table = read_table(write("id,grade\n1,a\n2,b\n3,c\n4,x\n"))
    assert list(table.frame["grade"]) == ["a", "b", "c", "x"]
    assert not table.missing


def test_symbols_alone_are_left_as_text_and_said(write, said):
    """With no number in sight nobody can know what the letters mean."""
    table = read_table(write("id,v\na,c\nb,x\n"))
    assert list(table.frame["v"]) == ["c", "x"]
    assert said(table) == [("v", "left as text: only symbols", 2)]


def test_another_recipe_gives_symbols_another_meaning(write):
    """Under `general` the letter c is a word like any other."""
    path = write("id,v\na,c\nb,1\nd,2\n")
    assert read_table(path, symbols="general").frame["v"].tolist() == ["c", "1", "2"]
    with pytest.raises(DataError, match="Did you mean `dfe`"):
        read_table(path, symbols="dfee")


def test_declared_codes_are_applied_and_counted(write, gaps):
    """Codes hold for numbers and words alike, and -99.0 is -99."""
    table = read_table(write("id,n,w\na,-99,old\nb,-99.0,NR\nc,3,new\n"), missing=[-99, "NR"])
    assert gaps(table) == [
        ("n", "declared missing", "-99", 1),
        ("n", "declared missing", "-99.0", 1),
        ("w", "declared missing", "NR", 1),
    ]
    assert table.frame["n"].iloc[2] == 3
    assert table.why(0, "n") == "declared missing"
    assert table.why(2, "n") == ""


@pytest.mark.parametrize(
    ("cells", "values", "what"),
    [
        (["1,204", "12"], [1204, 12], "thousands commas taken out"),
        (["12.5%", "0"], [12.5, 0], "per cent signs taken off (50% is 50)"),
        (["£1,234.50", "£3"], [1234.5, 3], "£ signs taken off"),
        (["\u22125", "4"], [-5, 4], "typographic minus signs read as minus"),
        (["-£5", "£4"], [-5, 4], "£ signs taken off"),
    ],
)
def test_dressed_numbers_are_numbers_and_said(write, cells, values, what):
    """Signs and commas come off; the count says how often."""
    text = "id,v\n" + "".join(f'r{n},"{cell}"\n' for n, cell in enumerate(cells))
    table = read_table(write(text))
    assert list(table.frame["v"]) == values
    assert what in [change.what for change in table.changes]


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["007", "8"], "kept as text: some begin with 0"),
        (["07700900123", "07700900456"], "kept as text: some begin with 0"),
        (["12345678901234567890", "1"], "kept as text: numbers too long to be exact"),
        (["12%", "0.12"], "left as text: some have a per cent sign and some do not"),
        (["£5", "$5"], "left as text: more than one currency"),
        (["1,5", "2,25"], "left as text: numbers with a decimal comma (1,5)"),
    ],
)
def test_what_only_looks_like_a_number_stays_text(write, cells, what):
    """Identifiers and mixed units are never turned into quantities."""
    text = "id,v\n" + "".join(f'r{n},"{cell}"\n' for n, cell in enumerate(cells))
    table = read_table(write(text))
    assert list(table.frame["v"]) == cells
    assert [change.what for change in table.changes] == [what]


def test_a_code_like_1e5_is_no_number(write):
    """Form codes that look like powers of ten stay as they are."""
    table = read_table(write("id,form\na,1E5\nb,2E3\n"))
    assert list(table.frame["form"]) == ["1E5", "2E3"]


def test_numbers_with_a_stray_word_stay_text_with_the_remedy(write):
    """The word is shown with its line, and the remedy named."""
    table = read_table(write("id,n\na,1\nb,2\nc,absent\nd,3\n"))
    [change] = table.changes
    assert change.what == (
        "left as text: most are numbers, but not `absent`; declare them under `missing:`"
    )
    assert change.example == "absent (line 4)"


@pytest.mark.parametrize(
    ("cells", "first", "what"),
    [
        (["03/04/2024", "25/04/2024"], (2024, 4, 3), "read as dates, day first"),
        (["03/04/2024", "04/25/2024"], (2024, 3, 4), "read as dates, month first"),
        (["2024-04-03", "2024-04-25"], (2024, 4, 3), "read as dates"),
        (["13.05.2012", "1.6.2012"], (2012, 5, 13), "read as dates, day first"),
    ],
)
def test_dates_are_read_where_their_order_is_proven(write, cells, first, what):
    """A day above twelve proves which comes first."""
    text = "id,day\n" + "".join(f"r{n},{cell}\n" for n, cell in enumerate(cells))
    table = read_table(write(text))
    assert table.frame["day"].iloc[0] == dt.datetime(*first)  # noqa: DTZ001 (no time zone in the file)
    assert table.changes[0].what.startswith(what)


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["03/04/2024", "05/06/2024"], "nothing proves"),
        (["25/04/2024", "04/25/2024"], "some are day first, some month first"),
        (["25/04/24", "26/04/24"], "years of two digits"),
    ],
)
def test_dates_of_unknown_order_stay_text_and_are_said(write, cells, what):
    """Nobody's birthday is moved to another month."""
    text = "id,day\n" + "".join(f"r{n},{cell}\n" for n, cell in enumerate(cells))
    table = read_table(write(text))
    assert list(table.frame["day"]) == cells
    assert what in table.changes[0].what


def test_an_impossible_date_keeps_its_column_as_text(write):
    """31 February is not a day."""
    table = read_table(write("id,day\na,31/02/2024\nb,01/03/2024\n"))
    assert list(table.frame["day"]) == ["31/02/2024", "01/03/2024"]


def test_true_and_false_become_one_and_nought(write, said):
    """Designs want 0 and 1; the change is said."""
    table = read_table(write("id,t\na,TRUE\nb,False\nc,\n"))
    assert table.frame["t"].tolist()[:2] == [1, 0]
    assert ("t", "TRUE and FALSE read as 1 and 0", 2) in said(table)


def test_spaces_and_garbled_letters_are_mended_and_said(said):
    """The official file's `children's` comes out whole (three odd bytes in the original)."""
    table = read_table(EXTRACTS / "indicators_garbled.csv")
    assert "children\u2019s development" in table.frame["Description"].iloc[0]
    assert ("Description", "garbled letters mended", 2) in said(table)
