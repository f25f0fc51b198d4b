"""Use of codes by period and new codes by source, from the log."""

import math

import pytest

from evalkit.coding.model import Code, Coding, Segment, Source
from evalkit.coding.store import (
    StoreError,
    add,
    add_coding,
    drift,
    open_store,
    project,
    put_project,
    recode,
    remove_coding,
    saturation,
    undo,
)

TEXT = "one two three four"


def a_coding(source, start, code, on=""):
    return Coding(Segment(source, start, start + 3, TEXT[start : start + 3]), code, "ana", on=on)


@pytest.fixture
def months(path):
    with open_store(path, create=True) as store:
        sources = [Source(it, TEXT) for it in "pqr"]
        add(store, *sources, *(Code(it, it) for it in "abc"), by="lead", at="2026-01-01")
        for number, (source, code, on) in enumerate(
            [
                ("q", "a", "2026-01-05"),
                ("q", "b", "2026-01-06"),
                ("p", "a", "2026-02-01"),
                ("r", "c", "2026-03-01"),
                ("p", "b", "2026-02-02"),
            ]
        ):
            add_coding(store, a_coding(source, number, code), by="ana", at=f"{on}T09:00:00Z")
        yield store


def test_use_of_codes_is_counted_by_period(months):
    recode(months, 2, "c", revision=1, by="ana", at="2026-03-02")
    remove_coding(months, 1, revision=1, by="ana", at="2026-03-03")
    found = drift(months)
    rows = [tuple(row) for row in found.iloc[:, :6].itertuples(index=False)]
    assert rows == [
        ("2026-01", "a", 1, 0, 0, 0),
        ("2026-01", "b", 1, 0, 0, 0),
        ("2026-02", "a", 1, 0, 0, 0),
        ("2026-02", "b", 1, 0, 0, 0),
        ("2026-03", "a", 0, 1, 0, 0),
        ("2026-03", "b", 0, 0, 0, 1),
        ("2026-03", "c", 1, 0, 1, 0),
    ]
    assert found["share"].tolist() == [0.5, 0.5, 0.5, 0.5, 0.0, 0.0, 1.0]


def test_a_period_in_which_nothing_was_put_has_no_shares(months):
    remove_coding(months, 1, revision=1, by="ana", at="2026-05-03")
    assert math.isnan(drift(months).iloc[-1]["share"])


@pytest.mark.parametrize(("period", "count"), [("day", 5), ("month", 5), ("year", 3)])
def test_periods_are_days_months_or_years(months, period, count):
    assert len(drift(months, period=period)) == count


def test_another_period_is_refused(months):
    with pytest.raises(StoreError, match="Use day, month or year"):
        drift(months, period="week")


def test_an_imported_coding_counts_when_it_was_made(months, path):
    whole = project(months)
    old = a_coding("p", 9, "c", on="2019-07-01")
    with open_store(path.with_name("b.db"), create=True) as other:
        from dataclasses import replace

        put_project(other, replace(whole, codings=(old,)), "ben", at="2026-06-01")
        assert drift(other)["period"].tolist() == ["2019-07"]
        assert saturation(other)["first_coded"].tolist() == ["2019-07-01"]
        step = remove_coding(other, 1, revision=1, by="ben", at="2026-06-02")
        assert step is None
        undo(other, len(whole.sources) + 5, by="ben", at="2026-07-02")
        assert drift(other)["put"].tolist() == [1, 0, 1]


def test_new_codes_are_counted_in_the_order_of_coding(months):
    found = saturation(months)
    assert found["source"].tolist() == ["q", "p", "r"]
    assert found["codes"].tolist() == [2, 2, 1]
    assert found["new_codes"].tolist() == [2, 0, 1]
    assert found["codes_so_far"].tolist() == [2, 2, 3]
    assert found["codings"].tolist() == [2, 2, 1]
    assert found["order"].tolist() == [1, 2, 3]


def test_codings_taken_off_bring_no_new_code(months):
    remove_coding(months, 2, revision=1, by="ana")
    assert saturation(months)["new_codes"].tolist() == [1, 1, 1]


def test_a_store_without_codings_has_empty_tables(path):
    with open_store(path, create=True) as store:
        assert len(drift(store)) == 0
        assert len(saturation(store)) == 0
        assert "codes_so_far" in saturation(store)
