"""Subgroups and the gap between them, for any design."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs import DESIGNS
from evalkit.impact.estimate import Estimate, Interval
from evalkit.impact.subgroups import with_subgroups

ROLES = {"outcome": "y", "unit": "pupil", "time": "year", "treatment": "on", "cluster": "school"}


def pupils(seed=0, schools=40, gap=1.0):
    """Girls and boys in the same schools (simulated); the effect is 2 for boys, 2 + gap for girls."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), 8)
    pupil = np.arange(len(school))
    girl = pupil % 2
    shock = rng.normal(0, 1, (schools, 2))
    rows = []
    for year in (0, 1):
        on = (school % 2) * year
        y = 50 + shock[school, year] + on * (2 + gap * girl) + rng.normal(0, 1, len(school))
        rows.append(
            pd.DataFrame(
                {
                    "pupil": pupil,
                    "school": [f"s{s:02d}" for s in school],
                    "year": year,
                    "on": on,
                    "y": y,
                    "sex": np.where(girl == 1, "girl", "boy"),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def by_sex(frame, **more):
    return DESIGNS["panel_fixed_effects"](frame, **{**ROLES, **more}, by="sex", seed=1)


def test_the_gap_is_found_with_an_error_smaller_than_that_of_two_separate_samples():
    """Shocks that girls and boys of a school share cancel in the gap."""
    estimates = [by_sex(pupils(seed)) for seed in range(15)]
    gaps = pd.DataFrame([one.table["subgroup_gaps"].iloc[0] for one in estimates])
    assert (gaps["group"] == "girl").all()
    assert gaps["estimate"].mean() == pytest.approx(1.0, abs=0.2)
    assert ((gaps["low"] <= 1) & (gaps["high"] >= 1)).sum() >= 13
    ratio = gaps["std_error"].mean() / gaps["estimate"].std()
    assert 0.6 < ratio < 1.6
    parts = estimates[0].table["subgroups"]
    apart = np.hypot(*parts["std_error"])
    assert gaps["std_error"].iloc[0] < 0.8 * apart


def test_the_gap_equals_that_of_the_interacted_model():
    import statsmodels.formula.api as smf

    frame = pupils()
    wide = frame.pivot_table(index=["pupil", "school", "sex"], columns="year", values="y")
    wide = wide.reset_index()
    wide["change"] = wide[1] - wide[0]
    wide["treated"] = (wide["school"].str[1:].astype(int) % 2).astype(float)
    fitted = smf.ols("change ~ treated * C(sex)", data=wide).fit(
        cov_type="cluster", cov_kwds={"groups": wide["school"].astype("category").cat.codes}
    )
    gap = by_sex(frame).table["subgroup_gaps"].iloc[0]
    assert gap["estimate"] == pytest.approx(fitted.params["treated:C(sex)[T.girl]"])
    assert gap["std_error"] == pytest.approx(fitted.bse["treated:C(sex)[T.girl]"], rel=0.06)


def test_designs_without_contributions_leave_out_clusters_in_turn():
    """The mean of the treated: its gap has a known error."""

    @with_subgroups
    def mean(frame, *, outcome, cluster, by=None):  # noqa: ARG001 (with_subgroups)
        y = np.asarray(frame[outcome].to_numpy(), dtype=float)
        error = float(y.std(ddof=1) / np.sqrt(len(y)))
        return Estimate(
            *("mean", "mean", "", "", outcome, float(y.mean()), error),
            *(Interval(0, 1), None, len(y), len(y), 20, 0),
        )

    frame = pupils(schools=20)
    found = mean(frame, outcome="y", cluster="school", by="sex").table["subgroup_gaps"].iloc[0]
    assert "left out in turn" in found["method"]
    per_school = frame.pivot_table(index="school", columns="sex", values="y")
    gaps = per_school["girl"] - per_school["boy"]
    assert found["std_error"] == pytest.approx(gaps.std(ddof=1) / np.sqrt(20), rel=1e-6)


def test_groups_without_a_common_cluster_have_independent_errors():
    frame = pupils()
    frame["half"] = np.where(frame["school"] < "s20", "north", "south")
    made = DESIGNS["panel_fixed_effects"](frame, **ROLES, by="half", seed=1)
    errors = [
        DESIGNS["panel_fixed_effects"](frame[frame["half"] == half], **ROLES, seed=1).table[
            "inference"
        ]["std_error"][1]
        for half in ("north", "south")
    ]
    assert made.table["subgroup_gaps"]["std_error"][0] == pytest.approx(np.hypot(*errors))


def test_pandas_and_polars_and_blank_groups():
    frame = pupils()
    frame.loc[frame["pupil"] < 3, "sex"] = None
    made, other = by_sex(frame), by_sex(pl.from_pandas(frame))
    pd.testing.assert_frame_equal(made.table["subgroups"], other.table["subgroups"])
    assert any("6 rows have no `sex`" in note for note in made.notes)
    assert made.check("subgroups").verdict == "information"


def test_a_group_that_cannot_be_estimated_says_why():
    frame = pupils()
    frame.loc[frame["pupil"] == 9, "sex"] = "other"
    parts = by_sex(frame).table["subgroups"].set_index("group")
    assert "unit" in parts.loc["other", "why"]
    assert np.isnan(parts.loc["other", "estimate"])


@pytest.mark.parametrize("column", ["y", "one", "sxe"])
def test_a_column_that_makes_no_subgroups_is_refused(column):
    frame = pupils().assign(one=1)
    with pytest.raises(DesignError) as caught:
        DESIGNS["panel_fixed_effects"](frame, **ROLES, by=column)
    assert caught.value.do
