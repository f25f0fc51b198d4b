"""Reading protocol.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.errors import ProjectError
from evalkit.protocol.model import Comparators, Margin, NewColumn, Protocol
from evalkit.protocol.read import read_protocol

CASES = Path(__file__).parents[2] / "case_studies"


def faults(path):
    with pytest.raises(ProjectError) as caught:
        read_protocol(path)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("name", ["talking_together", "ready_for_school"])
def test_the_worked_examples_read_without_a_fault(name):
    plan = Protocol.read(CASES / name)
    assert plan.questions["q1"].ask.endswith("?")
    assert plan.tests["t1"].if_true == "almost certain"
    assert plan.listening.sources == "sources/"


def test_options_of_the_design_stand_apart_from_the_keys_of_the_analysis():
    plan = Protocol.read(CASES / "talking_together")
    assert plan.analyses["main"].options == {
        "first_treated": "start_year",
        "covariates": ["prior_language"],
        "control_group": "not_yet_treated",
        "cluster": "school_cluster",
        "by": "fsm",
    }
    assert plan.analyses["places"].outcomes == ("language_score", "reading_score")
    assert plan.rest["delivery"]["dose"] == {"table": "fidelity", "column": "days", "target": 35}


def test_small_numbers_are_hidden_below_ten_unless_the_plan_says_otherwise():
    assert Protocol.read(CASES / "talking_together").hide_counts_below == 10
    small = Protocol.read(CASES / "ready_for_school")
    assert (small.hide_counts_below, small.never_split_by) == (5, ("ethnicity", "need"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0.15 SD", Margin(0.15, "SD")),
        ("0.15 sd", Margin(0.15, "SD")),
        ("2 points", Margin(2, "points")),
        ("1 point", Margin(1, "points")),
        ("1.5 percentage points", Margin(1.5, "points")),
        ("2", Margin(2, "points")),
    ],
)
def test_the_smallest_change_that_matters_is_a_number_with_its_unit(project, spoil, written, read):
    spoil("2 points", written)
    assert Protocol.read(project).outcomes["score"].margin == read


@pytest.mark.parametrize("written", ["big", "0", "-1", "2 years"])
def test_a_margin_that_is_no_size_is_refused_with_an_example(spoil, written):
    found = faults(spoil("2 points", written))
    assert found == [
        (
            f"protocol.yaml:5: `{written}` is not a size that can be compared with. "
            "Write `0.15 SD`, `2 points` or a number above zero."
        )
    ]


def test_a_table_can_be_joined_and_given_new_columns(project, spoil):
    spoil(
        "time: year}",
        "time: year, join: {areas: code}, missing: [-99, SUPP], new_columns: "
        "{north: {from: region, is: [N, S]}, post: {from: start, reached_by: year}, "
        "one: {from: region, is: 1}}}",
    )
    table = Protocol.read(project).tables["pupils"]
    assert table.joins == {"areas": "code"}
    assert table.missing == ("-99", "SUPP")
    assert table.new_columns == {
        "north": NewColumn("region", ("N", "S")),
        "post": NewColumn("start", (), "year"),
        "one": NewColumn("region", ("1",)),
    }


def test_a_new_column_is_made_in_one_way_only(spoil):
    path = spoil(
        "time: year}",
        "time: year, new_columns: {a: {from: b, is: 1, reached_by: c}, d: {from: e}}}",
    )
    assert faults(path) == [
        "protocol.yaml:3: The new column `a` needs either `is` or `reached_by`. Give one of them.",
        "protocol.yaml:3: The new column `d` needs either `is` or `reached_by`. Give one of them.",
    ]


def test_rows_and_comparison_units_are_chosen_by_rule(project, spoil):
    spoil(
        "    start: 2020",
        "    start: 2020\n    keep: {year: 2016 to 2019, kind: [a, b], club: 1}\n"
        "    compare_with: {lowest: 30, by: score, over: 2016 to 2017}",
    )
    analysis = Protocol.read(project).analyses["main"]
    assert analysis.keep == {"year": "2016 to 2019", "kind": ["a", "b"], "club": 1}
    assert analysis.compare_with == Comparators("lowest", 30, ("score",), (2016, 2017))


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("{by: a, over: 1 to 2}", "`compare_with` needs one of `lowest`, `highest`, `nearest`."),
        ("{lowest: 3, nearest: 2, by: a, over: 1 to 2}", "`compare_with` needs one of"),
        ("{lowest: 3, by: a, over: 2017 to 2016}", "`2017 to 2016` is not a span of time."),
        ("{lowest: 0, by: a, over: 1 to 2}", "lowest` must be more than 0"),
        ("{lowest: 3, over: 1 to 2}", "The key `by` of"),
    ],
)
def test_a_rule_for_comparison_units_must_be_whole(spoil, rule, says):
    found = faults(spoil("    start: 2020", f"    compare_with: {rule}"))
    assert len(found) == 1
    assert says in found[0]


def test_an_analysis_that_names_another_is_a_check_on_it(project, spoil):
    spoil("  main:\n", "  again: {question: q1, design: x, checks: main}\n  main:\n")
    analyses = Protocol.read(project).analyses
    assert (analyses["main"].role, analyses["again"].role) == ("main", "check")


def test_a_check_must_say_of_what_and_cannot_also_be_the_main_answer(spoil):
    assert (
        "is a check, but not on which analysis"
        in faults(spoil("    start", "    role: check\n    start"))[0]
    )
    assert (
        "so its role cannot be `main`"
        in faults(spoil("role: check", "role: main\n    checks: x"))[0]
    )


def test_a_gap_needs_a_between_and_no_column_of_its_own(spoil):
    path = spoil("harms_to_watch", "  gap: {gap_in: score}\nharms_to_watch")
    assert faults(path) == [
        (
            "protocol.yaml:7: The gap `gap` does not say between whom. "
            "Write `between:` and the column whose groups are compared."
        )
    ]
    path = spoil("{gap_in: score}", "{gap_in: score, between: sex, column: x}")
    assert "has both `gap_in` and a column of its own" in faults(path)[0]


def test_an_outcome_must_say_where_it_is_found(spoil):
    path = spoil("{table: pupils, column: staff", "{label: Staff")
    assert "The outcome `knowledge` does not say in which table and column" in faults(path)[0]


def test_links_are_read_the_same_however_they_are_spaced(project, spoil):
    spoil("[coaching -> know, know -> skills]", "coaching->know")
    assert Protocol.read(project).questions["q1"].links == ("coaching -> know",)


def test_words_that_are_no_link_are_refused(spoil):
    found = faults(spoil("[coaching -> know, know -> skills]", "[coaching]"))
    assert found == [
        "protocol.yaml:9: `coaching` is not a link. Write it as `a -> b`, with the ids of two boxes."
    ]


def test_every_fault_is_named_at_once_with_its_line_and_the_nearest_key(spoil):
    spoil("unit: pupil", "untt: pupil")
    spoil("kind: impact", "kind: imapct")
    path = spoil("harms_to_watch", "harms_to_wach")
    assert faults(path) == [
        "protocol.yaml:3: `untt` is not a key that is known here. Did you mean `unit`?",
        (
            "protocol.yaml:7: `harms_to_wach` is not a key that is known here. "
            "Did you mean `harms_to_watch`?"
        ),
        (
            "protocol.yaml:9: `kind` cannot be `imapct`. Did you mean `impact`? One of: impact, "
            "mechanism, contribution, delivery, sustainability, equity, cost."
        ),
    ]


def test_a_plan_may_have_any_name_in_messages(tmp_path):
    (tmp_path / "plan.yaml").write_text("format: evalkit/1\nversion: 0\n", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"other/plan.yaml:2: `version` must be 1 or more"):
        read_protocol(tmp_path / "plan.yaml", file="other/plan.yaml")


def test_a_key_of_the_analysis_may_hold_words_like_no(project, spoil):
    spoil("    start: 2020", "    start: 2020\n    keep: {country: no}")
    assert Protocol.read(project).analyses["main"].keep == {"country": "no"}
