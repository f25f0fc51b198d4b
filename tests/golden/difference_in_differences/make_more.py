"""Make the extracts of stores seen twice and of house prices, and recompute by statsmodels.

Run: python make_more.py njmin3.csv kielmc.csv
"""

import json
import sys
from pathlib import Path

import pandas as pd
import statsmodels.formula.api as smf

HERE = Path(__file__).parent

if __name__ == "__main__":
    stores = pd.read_csv(sys.argv[1])
    stores["store"] = stores.groupby("d").cumcount()  # both waves list the stores in one order
    change = stores[stores["d"] == 0].dropna(subset=["demp"])
    wide = stores.pivot_table(index="store", columns="d", values="fte")
    assert (wide[1] - wide[0] - stores[stores["d"] == 0]["demp"]).abs().max() < 1e-9
    kept = stores[["store", "nj", "d", "fte"]].dropna().rename(columns={"d": "after"})
    kept.to_csv(HERE / "card_krueger_stores.csv", index=False)
    first = smf.ols("demp ~ nj", change).fit()
    houses = pd.read_csv(sys.argv[2])[["year", "nearinc", "rprice", "age", "agesq"]]
    houses.to_csv(HERE / "incinerator.csv", index=False)
    houses["after"] = (houses["year"] == 1981).astype(int)
    plain = smf.ols("rprice ~ nearinc * after", houses).fit()
    aged = smf.ols("rprice ~ nearinc * after + age + agesq", houses).fit()
    expected = {
        "stores": [first.params["nj"], first.bse["nj"]],
        "stores, n": int(first.nobs),
        "houses": [plain.params["nearinc:after"], plain.bse["nearinc:after"]],
        "houses, age": [aged.params["nearinc:after"], aged.bse["nearinc:after"]],
        "published": {
            "source": "Card and Krueger (1994); Wooldridge, Introductory Econometrics, table 13.2",
            "stores": [2.75, 1.1544],
            "houses": [-11863.90, 7456.65],
            "houses, age": [-21920.27, 6359.75],
        },
    }
    text = json.dumps(expected, indent=1)
    (HERE / "expected_more.json").write_text(text + "\n", encoding="utf-8")
