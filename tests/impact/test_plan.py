from __future__ import annotations

import pandas as pd
import pytest

from evalkit.data import read_table
from evalkit.impact.plan import name_of, plan_tasks, run_task, task_seed
from evalkit.protocol.model import Analysis, Comparators, Margin, Outcome, Protocol


@pytest.fixture
def table(tmp_path):
    """Eight areas over four years; the first two have the programme from 2018 on."""
    rows = [
        {
            "area": f"a{n}",
            "year": year,
            "score": 50 + n + (year - 2016) + (n * year) % 3 + (2 if n < 2 and year >= 2018 else 0),
            "other": 40 + n,
            "in_it": int(n < 2),
            "on": int(n < 2 and year >= 2018),
        }
        for n in range(8)
        for year in range(2016, 2020)
    ]
    path = tmp_path / "panel.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return read_table(path, id="panel", unit="area", time="year", cluster="area")


def _plan(**more):
    """A plan of one analysis; fields of the analysis by name."""
    values = {
        "id": "main",
        "question": "q",
        "design": "panel_fixed_effects",
        "outcomes": ("score",),
        "options": {"treatment": "on"},
        "line": 12,
        **more,
    }
    outcomes = {
        "score": Outcome("score", "panel", "score", margin=Margin(2)),
        "gap": Outcome("gap", "panel", "score", less="other"),
        "later": Outcome("later", "awaited", "score"),
        "between": Outcome("between", gap_in="score", between="in_it"),
    }
    return Protocol(outcomes=outcomes, analyses={"main": Analysis(**values)})


def _one(plan, table):
    (task,), faults, waiting = plan_tasks(plan, {"panel": table})
    assert (faults, waiting) == ([], {})
    return task


def _fault(plan, table):
    tasks, (fault,), waiting = plan_tasks(plan, {"panel": table})
    assert (tasks, waiting) == ([], {})
    return fault


def test_roles_of_the_table_and_the_margin_fill_the_options_the_plan_leaves_open(table):
    task = _one(_plan(), table)
    assert task.options.items() >= {"unit": "area", "time": "year", "cluster": "area"}.items()
    assert task.options["treatment"] == "on"
    assert set(task.frame.columns) == {"score", "area", "year", "on"}


def test_what_the_plan_writes_comes_before_the_roles(table):
    assert (
        _one(_plan(options={"treatment": "on", "cluster": "in_it"}), table).options["cluster"]
        == "in_it"
    )


def test_rows_are_kept_as_the_plan_says(table):
    task = _one(_plan(keep={"year": "2017 to 2019"}), table)
    assert sorted(task.frame["year"].unique()) == [2017, 2018, 2019]


def test_a_gap_is_the_outcome_less_the_other_column(table):
    frame = _one(_plan(outcomes=("gap",)), table).frame
    assert frame["gap"].tolist() == (table.frame["score"] - table.frame["other"]).tolist()


def test_an_analysis_of_several_outcomes_is_a_task_for_each(table):
    tasks, _, _ = plan_tasks(_plan(outcomes=("score", "gap")), {"panel": table})
    assert [task.id for task in tasks] == ["main/score", "main/gap"]
    assert name_of(Analysis("m", "q", "d", ("x",)), "x") == "m"


def test_a_plain_column_of_a_named_table_is_an_outcome_too(table):
    tasks, _, _ = plan_tasks(_plan(outcomes=("other",), table="panel"), {"panel": table})
    assert [(task.outcome, task.column) for task in tasks] == [("other", "other")]


def test_the_rule_chooses_the_comparison_and_says_so(table):
    rule = Comparators("lowest", 3, ("score",), (2016, 2017))
    task = _one(_plan(compare_with=rule), table)
    assert set(task.frame["area"]) == {"a0", "a1", "a2", "a3", "a4"}
    assert task.notes == (
        "Compared with the 3 untreated units that are lowest on score over 2016 to 2017.",
    )


def test_several_traits_give_each_treated_unit_its_family_with_distances_shown(table):
    rule = Comparators("nearest", 2, ("score", "other"), (2016, 2017))
    task = _one(_plan(compare_with=rule), table)
    families = task.tables["families"]
    assert families.groupby("unit").size().to_dict() == {"a0": 2, "a1": 2}
    assert set(task.frame["area"]) == {"a0", "a1", *families["neighbour"]}
    assert not {"a0", "a1"} & set(families["neighbour"])
    assert "the 2 nearest to each treated unit on score, other over 2016 to 2017" in task.notes[0]
    assert run_task(task, 1).table["families"].equals(families)


@pytest.mark.parametrize(
    ("change", "wrong", "do"),
    [
        ({"options": {"treatmnt": "on"}}, "no option `treatmnt`", "`treatment`"),
        ({"options": {"treatment": "onn"}}, "no column `onn`", "`on`"),
        ({"keep": {"yaer": 2016}}, "no column `yaer`", "`year`"),
        ({"outcomes": ("scor",), "table": "panel"}, "no column `scor`", "`score`"),
        (
            {"compare_with": Comparators("lowest", 3, ("scor",), (2016, 2017))},
            "no column of the table: `scor`",
            "`score`",
        ),
    ],
)
def test_a_name_that_is_not_there_is_a_fault_at_the_line_of_the_analysis(table, change, wrong, do):
    fault = _fault(_plan(**change), table)
    assert (fault.file, fault.line) == ("protocol.yaml", 12)
    assert wrong in fault.wrong
    assert do in fault.do


def test_what_the_design_sees_in_the_data_is_a_fault_of_the_analysis(table):
    _, (fault, *_), _ = plan_tasks(_plan(keep={"year": 2016}), {"panel": table})
    assert fault.line == 12
    assert "Analysis `main`" in fault.wrong


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"design": "not_built"}, "no design `not_built`"),
        ({"outcomes": ("later",)}, "`awaited` could not be read"),
        ({"outcomes": ("between",)}, "not estimated in this version"),
    ],
)
def test_what_cannot_be_run_yet_waits_with_its_reason(table, change, why):
    tasks, faults, waiting = plan_tasks(_plan(**change), {"panel": table})
    assert (tasks, faults) == ([], [])
    assert why in waiting["main"]


def test_the_seed_of_a_task_hangs_on_the_run_and_its_name_alone():
    assert task_seed(1, "main") == task_seed(1, "main")
    assert len({task_seed(1, "main"), task_seed(2, "main"), task_seed(1, "other")}) == 3
    assert 0 <= task_seed(20260101, "main") < 2**32


def test_a_task_gives_an_estimate_under_its_own_id_with_its_notes_first(table):
    rule = Comparators("lowest", 5, ("score",), (2016, 2017))
    task = _one(_plan(compare_with=rule), table)
    estimate = run_task(task, seed=1)
    assert (estimate.id, estimate.outcome) == ("main", "score")
    assert estimate.seed == task_seed(1, "main")
    assert estimate.notes[0] == task.notes[0]


def test_what_is_asked_besides_the_design_is_done_and_its_columns_are_kept(table):
    asked = {
        "vary": {"effects": ["two_way", "unit"]},
        "dose": "other",
        "missing_outcomes": {"how": "complete_case", "predictors": ["in_it"]},
    }
    task = _one(_plan(options={"treatment": "on", **asked}), table)
    assert {"other", "in_it"} <= set(task.frame.columns)
    estimate = run_task(task, 1)
    assert len(estimate.table["specifications"]) == 2
    assert estimate.table["dose"]["what"][0] == "per unit of `other`"
    assert estimate.check("missing outcomes").verdict == "pass"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"vary": {"efects": ["unit"]}}, "Did you mean `effects`"),
        ({"vary": ["unit"]}, "no mapping"),
        ({"missing_outcomes": {"predictor": ["in_it"]}}, "Did you mean `predictors`"),
        ({"dose": "hours"}, "hours"),
        ({"dosse": "other"}, "dosse"),
    ],
)
def test_what_is_asked_wrongly_is_a_fault_before_anything_is_computed(table, asked, words):
    fault = _fault(_plan(options={"treatment": "on", **asked}), table)
    assert words in f"{fault.wrong} {fault.do}"
    assert fault.line == 12
