"""Make the extracts and recompute what statsmodels can: the event study of the Medicaid expansion.

Run from the folder that holds the source files, named as in README.md:
python make.py SOURCE_FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

HERE = Path(__file__).parent
PUBLISHED = {
    "medicaid, first treated period": {
        "source": "README of the R package HonestDiD (asheshrambachan/HonestDiD), printed output",
        "relative_magnitudes": {
            "0.5": [0.0241, 0.0673],
            "1": [0.0171, 0.0720],
            "1.5": [0.00859, 0.0796],
            "2": [-0.00107, 0.0883],
        },
        "smoothness": {
            "0": [0.0259, 0.0607],
            "0.01": [0.0132, 0.0787],
            "0.02": [0.00286, 0.0907],
            "0.03": [-0.00714, 0.101],
            "0.04": [-0.0171, 0.111],
            "0.05": [-0.0271, 0.121],
        },
    },
    "math reform": {
        "source": "bacon() of the R package bacondecomp 0.1.1 on the same file, R 4.2.2",
        "two_way": 0.002459973,
        "weight": {
            "treated vs untreated": 0.88382,
            "earlier vs later treated": 0.06353,
            "later vs earlier treated": 0.05265,
        },
        "estimate": {
            "treated vs untreated": -0.00129,
            "earlier vs later treated": 0.02868,
            "later vs earlier treated": 0.03375,
        },
    },
    "restaurants": {
        "source": "peer.py: moderndid 0.2.0 (MIT) on bc_betahat.csv and bc_sigma.csv; its grid has "
        "steps of 0.0025 to 0.0028 for relative bounds",
        "smoothness, first": {
            "0": [0.13151587, 0.21617599],
            "0.1": [0.11939779, 0.41855423],
            "0.2": [0.01939773, 0.51855429],
            "0.3": [-0.08060233, 0.61855435],
        },
        "smoothness, average": {
            "0": [0.13333439, 0.23039107],
            "0.1": [-0.18642549, 0.98830468],
            "0.2": [-0.68642558, 1.48830478],
        },
        "relative_magnitudes, first": {
            "0.5": [0.11854637, 0.27142857],
            "1": [0.06842105, 0.31904762],
            "2": [-0.04185464, 0.42431078],
        },
        "relative_magnitudes, average": {
            "0.5": [0.06942356, 0.36716792],
            "1": [-0.06842105, 0.50501253],
        },
        "relative_smoothness, first": {
            "0.5": [0.14937343, 0.41127820],
            "1": [0.06666667, 0.50776942],
        },
    },
}


def medicaid(rows: pd.DataFrame) -> dict[str, list[float]]:
    """Return coefficients and errors; effects of states, which lie in clusters, are not counted."""
    years = [year for year in range(2008, 2016) if year != 2013]
    for year in years:
        rows[f"e{year}"] = ((rows["year"] == year) & (rows["expanded"] == 1)).astype(int)
    names = [f"e{year}" for year in years]
    fitted = smf.ols(f"dins ~ {' + '.join(names)} + C(stfips) + C(year)", rows).fit(
        cov_type="cluster", cov_kwds={"groups": rows["stfips"]}
    )
    nested = fitted.df_resid / (len(rows) - len(names) - 8)
    return {
        "betahat": fitted.params[names].tolist(),
        "std_error": (fitted.bse[names] * np.sqrt(nested)).tolist(),
    }


if __name__ == "__main__":
    source = Path(sys.argv[1])
    rows = pd.read_csv(source / "ehec.csv")
    rows = rows[(rows["year"] < 2016) & (rows["yexp2"] != 2015)].copy()
    rows["expanded"] = (rows["yexp2"] == 2014).astype(int)
    rows[["stfips", "year", "dins", "expanded"]].to_csv(HERE / "ehec.csv", index=False)
    reform = pd.read_csv(source / "math_reform.csv")
    reform[["state", "class", "reform_math", "incearn_ln"]].to_csv(
        HERE / "math_reform.csv", index=False
    )
    for name in ("bc_betahat.csv", "bc_sigma.csv"):
        (HERE / name).write_bytes((source / name).read_bytes())
    expected = {**PUBLISHED, "medicaid, event study": medicaid(rows)}
    text = json.dumps(expected, indent=1)
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")
