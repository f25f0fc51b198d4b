"""The rule that chooses comparison units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.data.comparators import choose_comparators
from evalkit.data.read import read_table
from evalkit.data.shape import join_tables, keep_rows, new_column
from evalkit.errors import DataError

EXTRACTS = Path(__file__).parent / "extracts"

RULE = {"unit": "unit", "time": "year", "by": "y", "over": (2016, 2017)}


@pytest.fixture
def frame():
    values = {"a": (1, 1, 90), "b": (2, 4, 0), "c": (3, 3, 0), "d": (9, 9, 0), "t": (4, 6, 0)}
    rows = [
        (unit, year, y)
        for unit, ys in values.items()
        for year, y in zip((2016, 2017, 2018), ys, strict=True)
    ]
    return pd.DataFrame([*rows, ("e", 2018, 1.0)], columns=["unit", "year", "y"])


@pytest.mark.parametrize(
    ("how", "units"), [("lowest", ("a", "b")), ("highest", ("d", "b")), ("nearest", ("b", "c"))]
)
def test_each_rule_ranks_by_the_mean_before(frame, how, units):
    """Only 2016 and 2017 count; b and c tie and stand in the order of their ids."""
    chosen = choose_comparators(frame, treated_units=["t"], how=how, count=2, **RULE)
    assert chosen.units == units
    assert chosen.treated_mean == 5
    assert chosen.left_out == ("e",)
    assert "t" not in set(chosen.table["unit"])


def test_the_whole_ranking_is_there_to_be_audited(frame):
    """Means, distances and ranks of all, chosen or not."""
    table = choose_comparators(frame, treated_units=["t"], how="lowest", count=1, **RULE).table
    assert table["mean"].tolist() == [1, 3, 3, 9]
    assert table["distance"].tolist() == [-4, -2, -2, 4]
    assert table["chosen"].tolist() == [1, 0, 0, 0]


def test_the_order_of_rows_does_not_matter(frame):
    """Shuffled rows give the same units."""
    mixed = frame.sample(frac=1, random_state=3)
    rule = {"treated_units": ["t"], "how": "nearest", "count": 3, **RULE}
    assert choose_comparators(mixed, **rule).units == choose_comparators(frame, **rule).units


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"count": 5}, "Only 4 untreated units have `y` in 2016 to 2017; 5 are asked for"),
        ({"how": "nearst"}, "Did you mean `nearest`"),
        ({"treated_units": ["tt"]}, "Treated unit `tt`"),
        ({"by": "yy"}, "There is no column `yy`"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(frame, change, wrong):
    """Before anything is computed."""
    rule = {"treated_units": ["t"], "how": "lowest", "count": 2, **RULE, **change}
    with pytest.raises(DataError, match=wrong):
        choose_comparators(frame, **rule)


def test_the_thirty_lowest_give_the_smaller_rise():
    """Against the 30 lowest-attaining comparators the rise is 1.40.

    Source: README of the case's data.
    """
    panel = read_table(EXTRACTS / "ks2_2016_2019.csv", id="panel", unit="la_code", time="year")
    table = join_tables(panel, read_table(EXTRACTS / "areas.csv", id="areas"), "la_code")
    table = new_column(table, "post", "first_full_academic_year", reached_by="year")
    keep = {"oa_status": ["none", "full"], "north_east_one_2018": 0, "boundary_change": 0}
    frame = keep_rows(table, keep).frame.dropna(subset=["ks2_rwm_exp"])
    treated = frame.loc[frame["oa_status"] == "full", "la_code"].unique()
    chosen = choose_comparators(
        frame,
        unit="la_code",
        time="year",
        treated_units=list(treated),
        how="lowest",
        count=30,
        by="ks2_rwm_exp",
        over=(2016, 2017),
    )
    kept = frame[frame["la_code"].isin([*chosen.units, *treated])]
    change = kept.groupby(["oa_status", kept["year"] >= 2018])["ks2_rwm_exp"].mean()
    rise = change["full"].diff().iloc[-1] - change["none"].diff().iloc[-1]
    assert rise == pytest.approx(1.40, abs=5e-3)
    assert np.isfinite(chosen.treated_mean)
