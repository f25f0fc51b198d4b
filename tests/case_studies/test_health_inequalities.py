"""The health inequalities case: published configurations of 27 areas, with what they leave open.

Published: Blackman, Wistow and Byrne (2011), Social Science and Medicine 72:1965 (necessary
conditions), and what R's QCA 3.23 prints for the same table (solutions, truth table).
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evalkit.evaluation.project import Project, read_project
from evalkit.synthesis.configurations import fit

CASE = Path(__file__).parents[2] / "case_studies" / "health_inequalities"


@cache
def project() -> Project:
    return read_project(CASE)


def areas() -> pd.DataFrame:
    return pd.read_csv(CASE / "data" / "areas.csv")


@pytest.fixture(scope="module")
def out(run_elsewhere: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case, run once by the command line."""
    made: Path = run_elsewhere(CASE, tmp_path_factory.mktemp("health") / "out", jobs=1)
    return made


@pytest.fixture(scope="module")
def configurations(out: Path) -> dict[str, dict[str, Any]]:
    read = json.loads((out / "results.json").read_text("utf-8"))
    return {one["id"]: one for one in read["configurations"]}


@pytest.fixture(scope="module")
def report(out: Path) -> str:
    """The words of the report, without its marks."""
    page = re.sub(r"(?s)<(script|style).*?</\1>", " ", (out / "report.html").read_text("utf-8"))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def table(configuration: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = configuration["table"][name]
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


def necessary(configuration: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["expression"]: row for row in table(configuration, "necessity")}


def terms(configuration: dict[str, Any], solution: str) -> dict[str, float]:
    rows = table(configuration, "solutions")
    return {row["term"]: row["coverage"] for row in rows if row["solution"] == solution}


# -- the files ---------------------------------------------------------------------------------


def test_the_folder_has_no_fault() -> None:
    """`evalkit check` finds nothing that would stop a run."""
    assert project().broken == ()


def test_the_table_has_27_areas_and_six_blanks() -> None:
    """As published; every other cell is 0 or 1."""
    frame = areas()
    assert frame.shape == (27, 19)
    blank = frame.isna().sum()
    assert blank[blank > 0].to_dict() == {"BC": 1, "SP": 1, "PR": 1, "SC": 2, "MP": 1}
    cells = frame.drop(columns="area")
    assert (cells.isin([0, 1]) | cells.isna()).all(axis=None)


def test_source_and_licence_are_stated() -> None:
    """The article, the package the table came from, and the licence of that package."""
    readme = (CASE / "data" / "README.md").read_text("utf-8")
    for words in ("10.1016/j.socscimed.2011.04.003", "d.health", "GPL", "cite the article"):
        assert words in readme, words
    assert all(f"`{name}`" in readme for name in areas().columns[1:])


def test_the_plan_admits_that_results_were_known() -> None:
    """A plan made after the fact says so."""
    protocol = project().protocol
    assert protocol is not None
    assert any("knowing what they give" in one.what for one in protocol.departures)


# -- published results -------------------------------------------------------------------------


def test_champions_are_necessary_for_cancer(configurations: dict[str, dict[str, Any]]) -> None:
    """Consistency 1.000: in all areas, and in the 24 without a blank."""
    whole = fit("CH", areas()[["CAN", "CH"]], "CAN", ["CH"])
    assert whole["necessity"] == 1.0
    row = necessary(configurations["cancer"])["CH"]
    assert (row["inclusion"], row["necessary"]) == (1.0, 1)


def test_what_nearly_all_have_is_not_called_necessary(
    configurations: dict[str, dict[str, Any]],
) -> None:
    """Reviews less frequent: consistency 1.000 too, and of no relevance."""
    row = necessary(configurations["cancer"])["PR"]
    assert (row["inclusion"], row["necessary"]) == (1.0, 0)
    assert row["relevance"] == pytest.approx(0.286, abs=5e-4)


def test_primary_care_or_help_to_stop_smoking_for_heart_disease() -> None:
    """Consistency 0.917 (11 of 12 with data), but trivially: nearly every area has one of them."""
    frame = areas()[["CVD", "PC", "SC"]].dropna()
    assert (len(frame), int(frame["CVD"].sum())) == (25, 12)
    found = fit("PC + SC", frame, "CVD", ["PC", "SC"])
    assert found["necessity"] == pytest.approx(0.917, abs=5e-4)
    assert found["relevance"] < 0.3


def test_no_major_programmes_where_heart_disease_did_not_narrow() -> None:
    """0.929 of areas that did not narrow the gap, of those with data."""
    frame = areas()[["CVD", "MP"]].dropna()
    frame["not_narrowed"] = 1 - frame["CVD"]
    found = fit("~MP", frame, "not_narrowed", ["MP"])
    assert found["necessity"] == pytest.approx(0.929, abs=5e-4)


def test_the_conservative_solution_for_cancer(configurations: dict[str, dict[str, Any]]) -> None:
    """Two terms that cover 0.300 and 0.100, the solution 0.400, on 24 complete areas."""
    one = configurations["cancer"]
    assert one["n_cases"] == 24
    assert terms(one, "conservative") == pytest.approx(
        {"~SP*PH*PR*CH": 0.3, "BC*SP*~PH*PR*CH": 0.1}
    )
    rows = [row for row in table(one, "solutions") if row["solution"] == "conservative"]
    assert {row["model_coverage"] for row in rows} == {0.4}
    assert {row["model_inclusion"] for row in rows} == {1.0}
    assert one["models"]["conservative"] == 1


def test_the_contradictory_row(configurations: dict[str, dict[str, Any]]) -> None:
    """BC, SP, PH, PR and CH all 1: seven areas, 0.714 of which narrowed the gap."""
    names = ("BC", "SP", "PH", "PR", "CH")
    (row,) = [
        row for row in table(configurations["cancer"], "truth") if all(row[n] == 1 for n in names)
    ]
    assert (row["n"], row["contradiction"], row["out"]) == (7, 1, "0")
    assert row["inclusion"] == pytest.approx(0.714, abs=5e-4)
    assert len(row["cases"].split(", ")) == 7


def test_the_conservative_solution_for_heart_disease(
    configurations: dict[str, dict[str, Any]],
) -> None:
    """Four terms, the solution covers 0.636, on 24 complete areas."""
    one = configurations["heart"]
    assert one["n_cases"] == 24
    assert set(terms(one, "conservative")) == {
        "BA*PC*SC*GL*~IM",
        "BA*PC*GL*MP*~IM",
        "BA*PC*SC*~GL*MP*IM",
        "~BA*PC*SC*GL*~MP*IM",
    }
    rows = [row for row in table(one, "solutions") if row["solution"] == "conservative"]
    assert {round(row["model_coverage"], 3) for row in rows} == {0.636}


# -- what is left open -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "left"),
    [
        ("cancer", {"area 01": "SP", "area 03": "BC", "area 26": "PR"}),
        ("heart", {"area 12": "SC", "area 13": "MP", "area 22": "SC"}),
        ("heart_care", {"area 12": "SC", "area 22": "SC"}),
    ],
)
def test_areas_with_a_blank_are_left_out_and_named(
    configurations: dict[str, dict[str, Any]], report: str, which: str, left: dict[str, str]
) -> None:
    """In the record with what is missing, and in the report."""
    found = {row["case"]: row["missing"] for row in table(configurations[which], "left_out")}
    assert found == left
    assert "Cases left out, as a value is missing." in report
    assert all(f"{area} {name}" in report for area, name in left.items())


def test_no_combination_of_the_two_services_is_enough(
    configurations: dict[str, dict[str, Any]], report: str
) -> None:
    """All four rows are contradictory: there is no solution, and that is said."""
    one = configurations["heart_care"]
    assert [row["contradiction"] for row in table(one, "truth")] == [1, 1, 1, 1]
    assert table(one, "solutions") == []
    assert "No combination leads to CVD at these cut-offs." in report


def test_tied_models_and_chance_are_shown(
    configurations: dict[str, dict[str, Any]], report: str
) -> None:
    """Simpler solutions tie, and shuffled outcomes give one as good more often than one in ten."""
    assert configurations["cancer"]["models"]["parsimonious"] == 2
    assert configurations["heart"]["models"]["parsimonious"] == 8
    assert configurations["cancer"]["chance"] > 0.1
    assert "models fit equally well: none may be told alone." in report
    assert "it does not by itself show what caused them" in report


def test_no_link_gets_a_verdict_from_patterns(out: Path) -> None:
    """What goes together in 27 areas tests no causal link."""
    read = json.loads((out / "results.json").read_text("utf-8"))
    assert {one["verdict"] for one in read["contributions"]} == {"not tested"}
    assert read["departures"] == []
