"""Make the extract and recompute the expected values with dummy variables, by statsmodels.

Run from the root of the repository: python tests/golden/panel_fixed_effects/make.py
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "case_studies" / "opportunity_areas" / "data"
OUTCOMES = {"ks2_rwm_exp": 2016, "eyfs_gld": 2015, "ks4_prog8": 2016, "susp_rate": 2015}


def extract() -> pd.DataFrame:
    panel, areas = pd.read_csv(DATA / "panel.csv"), pd.read_csv(DATA / "areas.csv")
    rows = panel.merge(areas.drop(columns=["la_name", "region"]), on="la_code")
    rows = rows[rows["oa_status"].isin(["full", "none"]) & rows["year"].between(2015, 2019)]
    rows = rows[(rows["north_east_one_2018"] == 0) & (rows["boundary_change"] == 0)]
    rows["area"] = (rows["oa_status"] == "full").astype(int)
    rows["treated"] = rows["area"] * (rows["year"] >= 2018)
    return rows[["la_code", "year", "area", "treated", *OUTCOMES]].sort_values(["la_code", "year"])


def dummy_variables(rows: pd.DataFrame, outcome: str) -> dict:
    rows = rows[rows["year"] >= OUTCOMES[outcome]].dropna(subset=[outcome])
    rows = rows[rows.groupby("la_code")["year"].transform("size") > 1]
    fitted = smf.ols(f"{outcome} ~ treated + C(la_code) + C(year)", rows).fit(
        cov_type="cluster", cov_kwds={"groups": rows["la_code"]}
    )
    return {
        "estimate": fitted.params["treated"],
        "std_error": fitted.bse["treated"],
        "rows": len(rows),
        "clusters": int(rows["la_code"].nunique()),
    }


def lowest(rows: pd.DataFrame, outcome: str, count: int = 30) -> pd.DataFrame:
    base = rows[rows["year"].isin([2016, 2017])].groupby(["la_code", "area"])[outcome].mean()
    others = base.xs(0, level="area").nsmallest(count).index
    return rows[(rows["area"] == 1) | rows["la_code"].isin(others)]


def permutation(rows: pd.DataFrame, outcome: str, draws: int = 400_000) -> dict:
    rows = rows[rows["year"] >= OUTCOMES[outcome]]
    wide = rows.pivot_table(index="la_code", columns="year", values=outcome)
    area = rows.groupby("la_code")["area"].first().reindex(wide.index).to_numpy() == 1
    after = wide.columns >= 2018
    change = (wide.loc[:, after].mean(axis=1) - wide.loc[:, ~after].mean(axis=1)).to_numpy()
    n, k = len(change), int(area.sum())
    observed = change[area].mean() - change[~area].mean()
    rng = np.random.default_rng(20261124)
    chosen = np.argsort(rng.random((draws, n)), axis=1)[:, :k]
    mean = change[chosen].mean(axis=1)
    drawn = np.abs(mean - (change.sum() - k * mean) / (n - k))
    at_least, beyond = drawn >= abs(observed) - 1e-9, drawn > abs(observed) + 1e-9
    return {"p_at_least_as_far": at_least.mean(), "p_ties_halved": (at_least + beyond).mean() / 2}


def event_study(rows: pd.DataFrame, outcome: str) -> dict:
    rows = rows[rows["year"] >= OUTCOMES[outcome]]
    gap = rows.pivot_table(index="year", columns="area", values=outcome)
    gap = gap[1] - gap[0]
    return {str(year): gap[year] - gap[2017] for year in gap.index}


if __name__ == "__main__":
    table = extract()
    table.to_csv(HERE / "opportunity_areas.csv", index=False)
    table = pd.read_csv(HERE / "opportunity_areas.csv")
    near = lowest(table, "ks2_rwm_exp")
    expected = {
        "all comparators": {name: dummy_variables(table, name) for name in OUTCOMES},
        "30 lowest comparators": {
            "ks2_rwm_exp": dummy_variables(near, "ks2_rwm_exp")
            | permutation(near, "ks2_rwm_exp")
            | {"event_study": event_study(near, "ks2_rwm_exp")}
        },
    }
    text = json.dumps(expected, indent=1, default=float)
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")
