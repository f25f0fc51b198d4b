"""Make the extract of the job-training grants and recompute the estimates by statsmodels.

Run: python make_jtrain.py jtrain.csv
"""

import json
import sys
from pathlib import Path

import pandas as pd
import statsmodels.formula.api as smf

HERE = Path(__file__).parent

if __name__ == "__main__":
    rows = pd.read_csv(sys.argv[1])[["fcode", "year", "lscrap", "grant", "grant_1"]]
    rows = rows.dropna().reset_index(drop=True)
    rows.to_csv(HERE / "jtrain.csv", index=False)
    fitted = smf.ols("lscrap ~ grant + grant_1 + C(fcode) + C(year)", rows).fit()
    expected = {
        "published": {
            "source": "Wooldridge, Introductory Econometrics, table 14.1",
            "grant": [-0.252, 0.151],
            "grant_1": [-0.422, 0.210],
        },
        "grant": [fitted.params["grant"], fitted.bse["grant"]],
        "grant_1": [fitted.params["grant_1"], fitted.bse["grant_1"]],
        "rows": int(fitted.nobs),
    }
    text = json.dumps(expected, indent=1)
    (HERE / "expected_jtrain.json").write_text(text + "\n", encoding="utf-8")
