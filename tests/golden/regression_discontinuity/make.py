"""Cut the columns that the golden tests need out of the published files (paths are arguments)."""

import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent


def main(senate: str, headstart: str, chile: str) -> None:
    keep = ["state", "vote", "margin", "class", "termshouse", "termssenate"]
    pd.read_csv(senate)[keep].to_csv(HERE / "senate.csv", index=False)
    counties = pd.read_csv(headstart)[["povrate60", "mort_age59_related_postHS"]]
    counties.columns = ["poverty", "mortality"]
    counties.dropna(subset=["poverty"]).to_csv(HERE / "headstart.csv", index=False)
    schools = pd.read_csv(chile)
    schools["gain"] = (schools["read92"] - schools["read88"]).round(5)
    schools["rule2"] = schools["rule2"].round(6)
    schools[["p90", "rule2", "gain"]].to_csv(HERE / "chile.csv", index=False)


if __name__ == "__main__":
    main(*sys.argv[1:4])
