"""Runs MIT-licensed peers on the data of this folder and writes what they print to peers.json.

Run where `diff-diff` 3.13.0 and `moderndid` 0.2.0 are installed: python make_peers.py
It also writes lalonde_cps.csv.gz from the data that come with `moderndid`.
"""

import json
import warnings
from pathlib import Path

import moderndid
import numpy as np
import pandas as pd
from diff_diff import ImputationDiD, StackedDiD, SunAbraham

HERE = Path(__file__).parent
AVERAGES = ("simple", "group", "dynamic", "calendar")
COUNTIES = {
    "outcome": "lemp",
    "unit": "countyreal",
    "time": "year",
    "first_treat": "first_treat",
    "aggregate": "event_study",
}
PANEL = {
    "outcome": "y",
    "unit": "unit",
    "time": "time",
    "first_treat": "start",
    "aggregate": "event_study",
}


def event_study(result):
    """Return overall value and error, and those by period."""
    periods = {
        str(int(k)): [float(v["effect"]), float(v["se"])]
        for k, v in sorted(result.event_study_effects.items())
    }
    return {"overall": [float(result.overall_att), float(result.overall_se)], "periods": periods}


def regressions(counties, panel, whole):
    """Return imputation, stacked and Sun-Abraham estimates by diff-diff."""
    made = {
        "imputation counties": ImputationDiD().fit(counties, **COUNTIES),
        "imputation counties leave one out": ImputationDiD(leave_one_out=True).fit(
            counties, **COUNTIES
        ),
        "imputation panel": ImputationDiD().fit(panel, **PANEL),
        "imputation panel x": ImputationDiD().fit(panel, **PANEL, covariates=["x"]),
        "stacked counties 1 0": StackedDiD(kappa_pre=1, kappa_post=0).fit(counties, **COUNTIES),
        "stacked counties 1 1": StackedDiD(kappa_pre=1, kappa_post=1).fit(counties, **COUNTIES),
        "stacked whole 2 1": StackedDiD(kappa_pre=2, kappa_post=1).fit(whole, **PANEL),
    }
    for name, frame, options in (
        ("sun_abraham counties", counties, COUNTIES),
        ("sun_abraham panel x", panel, PANEL | {"covariates": ["x"]}),
    ):
        rest = {key: value for key, value in options.items() if key != "aggregate"}
        made[name] = SunAbraham().fit(frame, **rest)
    return {name: event_study(one) for name, one in made.items()}


def four(result):
    """Return the four averages of group-time effects with their errors."""
    made = {name: moderndid.aggte(result, type=name) for name in AVERAGES}
    return {name: [float(one.overall_att), float(one.overall_se)] for name, one in made.items()}


def sections(people):
    """Return Callaway-Sant'Anna in repeated cross-sections by moderndid."""
    made = {}
    for method in ("dr", "reg", "ipw"):
        for control in ("nevertreated", "notyettreated"):
            for formula in (None, "~x"):
                result = moderndid.att_gt(
                    people, yname="y", tname="time", gname="start", xformla=formula,
                    est_method=method, panel=False, control_group=control,
                )  # fmt: skip
                made[f"{method} {control} {formula or 'none'}"] = four(result)
    return made


def whole_panel(whole):
    """Return Callaway-Sant'Anna on complete units, with anticipation and both base periods."""
    made = {}
    for ahead in (0, 1):
        for base in ("varying", "universal"):
            result = moderndid.att_gt(
                whole, yname="y", tname="time", idname="unit", gname="start", xformla="~age",
                anticipation=ahead, base_period=base, control_group="notyettreated",
            )  # fmt: skip
            made[f"{ahead} {base}"] = four(result)
    return made


def reforms():
    """Return Callaway-Sant'Anna on the states and graduating classes of the maths reforms."""
    frame = pd.read_csv(HERE / "math_reform.csv")
    frame["start"] = frame["reformyr_math"].fillna(0)
    frame["id"] = frame["state"].astype("category").cat.codes
    result = moderndid.att_gt(
        frame, yname="incearn_ln", tname="class", idname="id", gname="start",
        control_group="notyettreated",
    )  # fmt: skip
    return four(result)


def lalonde():
    """Write the untreated of the experiment and the CPS, one a row (evaluation bias: truth 0)."""
    long = moderndid.load_nsw()
    long = long.to_pandas() if hasattr(long, "to_pandas") else long
    long = long[(long["treated"] == 0) | (long["sample"] == 2)]
    covariates = ["age", "educ", "black", "married", "nodegree", "hisp", "re74"]
    first = long[long["year"] == 1975].set_index("id")
    last = long[long["year"] == 1978].set_index("id")
    wide = first[["experimental", *covariates]].assign(
        re75=first["re"].round(4), re78=last["re"].round(4), re74=first["re74"].round(4)
    )
    wide = wide.astype(dict.fromkeys(("experimental", *covariates[:-1]), int))
    wide.to_csv(
        HERE / "lalonde_cps.csv.gz", index=False, compression={"method": "gzip", "mtime": 0}
    )


def improved_cell(people):
    """Return the two doubly robust forms for one comparison of cross-sections."""
    rows = people[people["start"].isin([0, 3]) & people["time"].isin([2, 3])]
    x = np.column_stack([np.ones(len(rows)), rows["x"]])
    given = {
        "y": rows["y"].to_numpy(),
        "post": (rows["time"] == 3).to_numpy(float),
        "d": (rows["start"] == 3).to_numpy(float),
        "covariates": x,
    }
    return {
        "traditional": float(moderndid.drdid_rc(**given).att),
        "improved": float(moderndid.drdid_imp_local_rc(**given).att),
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    panel = pd.read_csv(HERE / "panel.csv")
    whole = panel[panel.groupby("unit")["unit"].transform("size") == 7]
    people = pd.read_csv(HERE / "cross_sections.csv")
    found = {
        "source": "diff-diff 3.13.0 and moderndid 0.2.0 (both MIT), make_peers.py",
        **regressions(pd.read_csv(HERE / "mpdta.csv"), panel, whole),
        "cross_sections": sections(people),
        "one comparison of cross_sections": improved_cell(people),
        "whole_panel": whole_panel(whole),
        "math_reform": reforms(),
    }
    (HERE / "peers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    lalonde()
