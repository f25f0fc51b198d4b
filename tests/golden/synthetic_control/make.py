"""Make the extracts beside this file from the original data sets.

Run: python make.py SMOKING_CSV BASQUE_CSV KANSAS_DTA (see README.md for where each is from).
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SECTORS = (
    "agriculture",
    "energy",
    "industry",
    "construction",
    "services.venta",
    "services.nonventa",
)


def prop99(path):
    """Cigarette sales and the predictors of Abadie, Diamond and Hainmueller (2010)."""
    rows = pd.read_csv(path)
    rows.to_csv(HERE / "prop99.csv", index=False)


def basque(path):
    """GDP per head, and the predictors as the example of the R package Synth prepares them."""
    rows = pd.read_csv(path)
    rows = rows[rows["regionname"] != "Spain (Espana)"]
    rows["year"] = rows["year"].astype(int)
    rows[["regionname", "year", "gdpcap"]].round(9).to_csv(HERE / "basque.csv", index=False)
    by = rows.set_index("year").groupby("regionname")

    def mean(column, first, last):
        return by[column].apply(lambda one: one.loc[first:last].mean())

    school = {name: mean(f"school.{name}", 1964, 1969) for name in ("illit", "prim", "med")}
    school["higher"] = mean("school.high", 1964, 1969) + mean("school.post.high", 1964, 1969)
    total = sum(school.values())
    made = {f"school_{name}": 100 * one / total for name, one in school.items()}
    made |= {f"sec_{name.replace('.', '_')}": mean(f"sec.{name}", 1961, 1969) for name in SECTORS}
    made |= {"invest": mean("invest", 1964, 1969), "popdens": mean("popdens", 1969, 1969)}
    pd.DataFrame(made).round(9).to_csv(HERE / "basque_predictors.csv")


def kansas(path):
    """Log GDP per head by quarter, a column a state (FIPS), interpolated as by its authors."""
    rows = pd.read_stata(path).rename(columns={"Fips": "fips"})
    rows = rows[(rows["year"] >= 1990) & rows["fips"].notna() & (rows["fips"] != 11)]
    rows["quarter"] = rows["year"] + rows["qtr"] / 4 - 0.25
    rows["gdp"] = rows["gdp"].where((rows["qtr"] == 1) | (rows["year"] >= 2005))
    rows["popestimate"] = rows["popestimate"].where(rows["qtr"] == 1)
    wide = {}
    for fips, one in rows.sort_values("quarter").groupby("fips"):
        gdp, people = (_between(one, name) for name in ("gdp", "popestimate"))
        wide[int(fips)] = pd.Series(np.log(gdp / people * 1e6), index=one["quarter"].to_numpy())
    table = pd.DataFrame(wide).loc[:2016].round(6)
    table.index.name = "quarter"
    table.to_csv(HERE / "kansas.csv")


def _between(one, name):
    known = one[name].notna()
    made = np.interp(one["quarter"], one["quarter"][known], one[name][known])
    return np.where(one["quarter"] > one["quarter"][known].max(), np.nan, made)


if __name__ == "__main__":
    prop99(sys.argv[1])
    basque(sys.argv[2])
    kansas(sys.argv[3])
