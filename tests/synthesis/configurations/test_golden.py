"""The Lipset data: every number that the R package QCA prints for them (see tests/golden)."""

from pathlib import Path

import pandas as pd
import pytest

from evalkit.synthesis.configurations import calibrate, fit, minimise, necessity, truth_table

FOLDER = Path(__file__).parents[2] / "golden" / "configurations"
CRISP, FUZZY, MANY, RAW = (
    pd.read_csv(FOLDER / f"lipset_{kind}.csv") for kind in ("crisp", "fuzzy", "multivalue", "raw")
)
FIVE = ["DEV", "URB", "LIT", "IND", "STB"]
EXPECTED = [1, 1, 1, 1, 1]


def solved(frame, kind, conditions=FIVE, expectations=EXPECTED, outcome="SURV"):
    return minimise(truth_table(frame, outcome, conditions, case="case"), kind, expectations)


def fits(model, *names):
    return {
        term.expression: tuple(round(getattr(term, name), 3) for name in names)
        for term in model.terms
    }


def test_rows_of_the_fuzzy_table():
    frame = truth_table(FUZZY, "SURV", FIVE, case="case").frame
    expected = {
        1: (0.216, 0.000),
        2: (0.278, 0.000),
        5: (0.521, 0.113),
        6: (0.529, 0.228),
        22: (0.804, 0.719),
        23: (0.378, 0.040),
        24: (0.709, 0.634),
        31: (0.445, 0.050),
        32: (0.904, 0.886),
    }
    found = {
        row: (round(one["inclusion"], 3), round(one["pri"], 3)) for row, one in frame.iterrows()
    }
    assert found == expected
    assert frame.loc[32, "cases"] == "BE, CZ, NL, UK"
    assert frame["out"].to_dict() == {row: "1" if row in (22, 32) else "0" for row in expected}


def test_solutions_of_the_crisp_data():
    (long,) = solved(CRISP, "conservative").models
    assert long.expression == "DEV*~URB*LIT*STB + DEV*LIT*IND*STB"
    assert fits(long, "coverage", "unique_coverage") == {
        "DEV*~URB*LIT*STB": (0.5, 0.25),
        "DEV*LIT*IND*STB": (0.75, 0.5),
    }
    short = solved(CRISP, "parsimonious")
    assert [one.expression for one in short.models] == ["DEV*STB"]
    assert short.models[0].assumptions == (18, 20, 26, 28, 30)
    assert {"DEV*STB", "DEV*~IND", "URB*STB", "IND*STB"} == set(short.prime_implicants)
    assert [one.expression for one in solved(CRISP, "intermediate").models] == ["DEV*LIT*STB"]


def test_solutions_of_the_absence_in_the_crisp_data():
    (long,) = solved(CRISP, "conservative").negated.models
    assert fits(long, "coverage") == {"~DEV*~URB*~IND": (0.8,), "DEV*LIT*IND*~STB": (0.2,)}
    (short,) = solved(CRISP, "parsimonious").negated.models
    assert fits(short, "coverage", "unique_coverage") == {"~DEV": (0.8, 0.3), "~STB": (0.7, 0.2)}
    asked = solved(CRISP, "parsimonious", outcome="~SURV")
    assert [one.expression for one in asked.models] == ["~DEV + ~STB"]


ALL = ("inclusion", "pri", "coverage", "unique_coverage")
FUZZY_SOLUTIONS = {
    "conservative": (
        {
            "DEV*URB*LIT*IND*STB": (0.904, 0.886, 0.454, 0.393),
            "DEV*~URB*LIT*~IND*STB": (0.804, 0.719, 0.265, 0.204),
        },
        (0.870, 0.843, 0.658),
    ),
    "parsimonious": (
        {"DEV*~IND": (0.815, 0.721, 0.284, 0.194), "URB*STB": (0.874, 0.845, 0.520, 0.430)},
        (0.850, 0.819, 0.714),
    ),
    "intermediate": (
        {
            "DEV*URB*LIT*STB": (0.901, 0.879, 0.468, 0.378),
            "DEV*LIT*~IND*STB": (0.814, 0.721, 0.282, 0.191),
        },
        (0.866, 0.839, 0.660),
    ),
}


@pytest.mark.parametrize("kind", sorted(FUZZY_SOLUTIONS))
def test_solutions_of_the_fuzzy_data(kind):
    (model,) = solved(FUZZY, kind).models
    terms, whole = FUZZY_SOLUTIONS[kind]
    assert fits(model, *ALL) == terms
    assert tuple(round(one, 3) for one in (model.inclusion, model.pri, model.coverage)) == whole


def test_assumptions_of_the_fuzzy_solutions():
    (short,) = solved(FUZZY, "parsimonious").models
    assert short.assumptions == (10, 12, 14, 16, 17, 18, 21, 25, 26, 28, 29, 30)
    (between,) = solved(FUZZY, "intermediate").models
    assert between.assumptions == (30,)


def test_the_absence_in_the_fuzzy_data():
    (model,) = solved(FUZZY, "parsimonious").negated.models
    assert fits(model, *ALL) == {
        "~DEV": (0.837, 0.798, 0.783, 0.231),
        "~STB": (0.902, 0.871, 0.657, 0.105),
    }
    assert (round(model.inclusion, 3), round(model.coverage, 3)) == (0.849, 0.888)


def test_multi_value_models_that_tie_are_all_given():
    assert {one.expression for one in solved(MANY, "parsimonious").models} == {
        "DEV[2] + DEV[1]*STB[1]",
        "DEV[1]*IND[0] + IND[1]*STB[1]",
        "DEV[1]*STB[1] + IND[1]*STB[1]",
    }
    assert len(solved(MANY, "conservative").models[0].terms) == 3
    assert len(solved(MANY, "intermediate", expectations=[[1, 2], 1, 1, 1, 1]).models) == 2


def test_a_contradiction_of_the_multi_value_data_with_four_conditions():
    table = truth_table(MANY, "SURV", FIVE[:4], case="case")
    assert [row + 1 for row in table.contradictions] == [16]
    assert table.frame.loc[16, "inclusion"] == 0.5
    assert any("row 16 (CZ, DE)" in note for note in table.notes)
    (model,) = minimise(table, "parsimonious").models
    assert (model.expression, model.coverage) == ("DEV[2] + DEV[1]*IND[0]", 0.875)
    apart = truth_table(MANY, "SURV", FIVE[:4], case="case", contradictions="set apart")
    assert apart.frame.loc[16, "out"] == "C"


def test_necessity_of_the_fuzzy_data():
    table = necessity(FUZZY, "SURV", FIVE, depth=3, case="case").round(3).set_index("expression")
    assert table.loc["STB", ["inclusion", "relevance", "coverage"]].tolist() == [0.92, 0.68, 0.707]
    assert table.loc["LIT*STB", "inclusion":"coverage"].tolist() == [0.915, 0.8, 0.793]
    assert table.loc["DEV+URB+IND", "inclusion":"coverage"].tolist() == [0.903, 0.704, 0.716]
    assert table.loc["LIT", "inclusion":"coverage"].tolist() == [0.991, 0.509, 0.643]
    assert table["necessary"].to_dict()["LIT"] == 0
    assert {"LIT*STB", "DEV+URB+IND"} == {one for one in table.index if set(one) & set("*+")}


def test_any_expression_can_be_fitted():
    found = {key: round(value, 3) for key, value in fit("DEV", FUZZY, "SURV", FIVE).items()}
    assert (found["inclusion"], found["pri"], found["coverage"]) == (0.775, 0.743, 0.831)
    assert (found["necessity"], found["relevance"], found["necessity_coverage"]) == (
        *(0.831, 0.811, 0.775),
    )
    found = fit("DEV*~IND + URB*STB", FUZZY, "SURV", FIVE)
    assert round(found["inclusion"], 3) == 0.850


def test_memberships_of_the_direct_method():
    made = calibrate(range(11), anchors=(2, 5, 8))
    expected = [0.007337458, 0.019342498, 0.05, 0.123147138, 0.272598286, 0.5]
    assert made[:6] == pytest.approx(expected, abs=5e-10)
    other = calibrate([2, 8], anchors=(2, 5, 8), convention="log odds 3")
    assert other == pytest.approx([0.0474, 0.9526], abs=5e-5)
    developed = dict(zip(RAW["case"], calibrate(RAW["DEV"], anchors=(400, 550, 900)), strict=True))
    assert developed["AU"] == pytest.approx(0.80692563299, abs=5e-12)
    assert developed["BE"] == pytest.approx(0.99014770956, abs=5e-12)
