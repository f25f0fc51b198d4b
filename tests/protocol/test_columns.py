"""Which columns a plan uses."""

from __future__ import annotations

from evalkit.protocol.columns import used_columns
from evalkit.protocol.look import table_of, tables_of
from evalkit.protocol.model import Analysis, Outcome, Protocol, TablePlan

TABLES = {"t": TablePlan("t", "t.csv"), "u": TablePlan("u", "u.csv")}
OUTCOMES = {
    "o": Outcome("o", "t", "y", less="z"),
    "p": Outcome("p", "u", "w"),
    "gap": Outcome("gap", gap_in="o", between="sex"),
}


def used(analysis):
    plan = Protocol(TABLES, OUTCOMES, analyses={"a": analysis})
    found = [use for use in used_columns(plan) if use.place[0] == "analyses"]
    return [(use.table, use.column) for use in found]


def test_an_outcome_is_in_its_table_and_a_gap_in_the_table_it_is_made_from():
    plan = Protocol(TABLES, OUTCOMES)
    assert [table_of(plan, name) for name in ("o", "gap", "none")] == ["t", "t", ""]
    assert ("t", "sex") in {(use.table, use.column) for use in used_columns(plan)}


def test_an_analysis_of_several_outcomes_uses_its_columns_in_each_table():
    analysis = Analysis("a", "q", "d", ("o", "p", "gap"), options={"covariates": ["x"]})
    assert tables_of(Protocol(TABLES, OUTCOMES), analysis) == ("t", "u")
    assert used(analysis) == [("t", "x"), ("u", "x")]


def test_with_a_table_outcomes_may_be_plain_columns():
    assert used(Analysis("a", "q", "d", ("v", "o"), table="u")) == [("u", "v")]


def test_settings_that_are_no_columns_are_not_taken_for_any():
    options = {"start": "2020", "estimator": "sunab", "covariates": "x", "level": 0.9}
    assert used(Analysis("a", "q", "d", ("o",), options=options)) == [("t", "x")]


def test_treated_names_units_in_a_synthetic_control():
    options = {"treated": "York", "unit": "town"}
    assert used(Analysis("a", "q", "synthetic_control", ("o",), options=options)) == [("t", "town")]
