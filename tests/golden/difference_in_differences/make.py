"""Recompute the expected values with statsmodels.

Run from the root of the repository: python tests/golden/difference_in_differences/make.py
"""

import json
from pathlib import Path

import pandas as pd
import statsmodels.formula.api as smf

HERE = Path(__file__).parent

if __name__ == "__main__":
    rows = pd.read_csv(HERE / "card_krueger.csv")
    fitted = smf.ols("fte ~ nj * after", rows).fit(cov_type="HC1")
    expected = {
        "estimate": fitted.params["nj:after"],
        "std_error": fitted.bse["nj:after"],
        "rows": int(fitted.nobs),
        "published estimate": 2.7536,
    }
    text = json.dumps(expected, indent=1)
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")
