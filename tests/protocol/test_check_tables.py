"""Files and columns of the plan."""

from __future__ import annotations

import pytest

from evalkit.protocol.look import outside


def test_a_missing_file_is_a_fault(project, only):
    (project / "data/pupils.csv").unlink()
    fault = only()
    assert fault.line == 3
    assert fault.wrong == "There is no file `data/pupils.csv` for the table `pupils`."


def test_an_illustration_may_do_without_its_files(project, spoil, only):
    (project / "data/pupils.csv").unlink()
    spoil("status: draft", "status: illustration", file="evaluation.yaml")
    assert only("advice").do == "An illustration may leave it out."


@pytest.mark.parametrize("table", ["{file: data/late.csv}", "{file: x.csv, needs: data agreement}"])
def test_a_file_that_waits_for_an_agreement_is_excused(spoil, only, table):
    spoil("outcomes:", f"  late: {table}\noutcomes:")
    advice = only("advice")
    assert "is not here: the data agreement still waits." in advice.wrong


def test_a_refused_agreement_is_named_as_such(spoil, only):
    spoil("outcomes:", "  late: {file: data/late.csv}\noutcomes:")
    spoil("state: waiting", "state: refused", file="evaluation.yaml")
    assert "the data agreement was refused." in only("advice").wrong


def test_a_signed_agreement_excuses_nothing(spoil, only):
    spoil("outcomes:", "  late: {file: data/late.csv}\noutcomes:")
    spoil("state: waiting", "state: signed", file="evaluation.yaml")
    assert only().wrong == "There is no file `data/late.csv` for the table `late`."


def test_a_file_that_is_here_before_its_agreement_is_pointed_out(spoil, only):
    spoil("holds_up: [data/late.csv]", "holds_up: [data/pupils.csv]", file="evaluation.yaml")
    assert only("advice").wrong == (
        "`data/pupils.csv` is here although the data agreement is not signed."
    )


def test_an_agreement_must_be_among_those_of_the_evaluation(spoil, only):
    spoil("time: year}", "time: year, needs: data agreemnt}")
    fault = only()
    assert fault.wrong == "The table `pupils` needs `data agreemnt`, which is no agreement."
    assert fault.do == "Did you mean `data agreement`?"


@pytest.mark.parametrize(
    "file", ["../x.csv", "/etc/passwd", "data/../../x.csv", "C:/x.csv", "..\\x"]
)
def test_files_stay_inside_the_project_folder(spoil, checked, file):
    spoil("file: data/pupils.csv", f"file: '{file}'")
    assert outside(file)
    found = [fault.wrong for fault in checked()]
    assert found == ["The file of the table `pupils` stands outside the project folder."]


def test_a_file_may_have_dots_in_its_name():
    assert not outside("data/a..b.csv")


@pytest.mark.parametrize(
    ("old", "new", "column", "purpose"),
    [
        ("unit: pupil", "unit: pupl", "pupl", "its unit"),
        ("column: score", "column: scor", "scor", "outcome `score`"),
        ("treated: club", "treated: clbu", "clbu", "analysis `main`"),
        ("covariates: [age]", "covariates: [agee]", "agee", "analysis `main`"),
        ("    start: 2020", "    start: 2020\n    keep: {yaer: 2020}", "yaer", "analysis `main`"),
        (
            "    start: 2020",
            "    compare_with: {lowest: 3, by: scor, over: 1 to 2}",
            "scor",
            "analysis `main`",
        ),
        (
            "time: year}",
            "time: year, new_columns: {a: {from: clbu, is: 1}}}",
            "clbu",
            "to make `a`",
        ),
        (
            "analyses:",
            "delivery: {d: {table: pupils, column: scor}}\nanalyses:",
            "scor",
            "delivery `d`",
        ),
    ],
)
def test_a_column_that_is_not_there_is_named_with_what_it_is_for(
    spoil, only, old, new, column, purpose
):
    spoil(old, new)
    fault = only()
    assert fault.wrong == f"`data/pupils.csv` has no column `{column}` ({purpose})."
    assert fault.do.startswith("Did you mean `")


def test_made_and_joined_columns_count_as_columns(project, spoil, checked):
    (project / "data/areas.csv").write_text("club,region\n0,N\n", encoding="utf-8")
    spoil(
        "time: year}", "time: year, join: {areas: club}, new_columns: {n: {from: region, is: N}}}"
    )
    spoil("outcomes:", "  areas: {file: data/areas.csv}\noutcomes:")
    spoil("covariates: [age]", "covariates: [n, region]")
    assert checked() == []


def test_a_table_is_joined_with_another_one_of_the_plan(spoil, only):
    spoil("time: year}", "time: year, join: {areas: club}}")
    assert only().wrong == "The table `pupils` is joined with `areas`, which is no other table."


def test_delivery_is_recorded_in_a_table_of_the_plan(spoil, only):
    spoil("analyses:", "delivery: {d: {table: pupil}}\nanalyses:")
    assert only().wrong == "`delivery: d` is in a table `pupil` that is not listed."


def test_texts_that_are_not_there_yet_are_awaited_and_never_read_from_outside(spoil, only):
    spoil("analyses:", "listening: {sources: talks}\nanalyses:")
    assert only("advice").wrong == "There is no `talks` with the texts of those listened to."
    spoil("sources: talks", "sources: ../talks")
    assert only().wrong == "`../talks` stands outside the project folder."
