"""Make exam_schools.csv and early.csv from the public data sets; the README says what they are.

Run: python make_reference.py Exam.csv Early.csv  (Rdatasets, csv/mlmRev/, or exam.csv and early.csv)
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent


def sums(rows):
    """Everything a Gaussian model with school intercepts needs of a school's pupils."""
    y, x = rows["normexam"].to_numpy(), rows["standLRT"].to_numpy()
    return pd.Series(
        {"n": len(y), "y": y.sum(), "x": x.sum(), "yy": y @ y, "xy": x @ y, "xx": x @ x}
    )


def main(exam, early):
    schools = pd.read_csv(exam)[["school", "normexam", "standLRT"]].groupby("school").apply(sums)
    schools["n"] = schools["n"].astype(int)
    schools.round(10).to_csv(HERE / "exam_schools.csv", lineterminator="\n")
    growth = pd.read_csv(early)
    growth["trt"] = np.where(growth["trt"].isin(["Y", 1]), 1, 0)
    growth[["id", "cog", "age", "trt"]].to_csv(HERE / "early.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
