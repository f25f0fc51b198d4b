"""Makes the simulated data of this folder: a panel with gaps, and repeated cross-sections.

Run: python simulate.py (numpy, pandas). The numbers in the csv files are rounded to four digits, and
peers are run on the rounded ones.
"""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
STARTS = np.array([0, 3, 4, 6])


def panel() -> pd.DataFrame:
    """90 units in 30 clusters over 7 periods, a covariate that changes, one row in ten gone."""
    rng = np.random.default_rng(11)
    unit, time = np.repeat(np.arange(90), 7), np.tile(np.arange(1, 8), 90)
    cluster = unit // 3
    start = STARTS[rng.integers(0, 4, 30)][cluster]
    age = rng.normal(0, 1, 90)[unit]
    x = age + 0.3 * rng.normal(0, 1, len(unit))
    on = (start > 0) & (time >= start)
    y = (
        rng.normal(0, 1, 90)[unit]
        + rng.normal(0, 0.5, 30)[cluster]
        + 0.2 * time
        + 0.15 * time * age
        + 0.5 * x
        + on * (1 + 0.3 * (time - start))
        + rng.normal(0, 1, len(unit))
    )
    frame = pd.DataFrame({"unit": unit, "time": time, "cluster": cluster, "start": start})
    frame = frame.assign(y=y.round(4), x=x.round(4), age=age.round(4))
    return frame[rng.random(len(frame)) > 0.1].reset_index(drop=True)


def cross_sections() -> pd.DataFrame:
    """900 people in 30 places over 5 periods, a covariate on which groups differ, weights."""
    rng = np.random.default_rng(12)
    place, time = rng.integers(0, 30, 900), rng.integers(1, 6, 900)
    start = np.array([0, 3, 4])[rng.integers(0, 3, 30)][place]
    x = rng.normal(0, 1, 900) + 0.3 * (start > 0)
    on = (start > 0) & (time >= start)
    y = x * (1 + 0.2 * time) + 0.3 * time + 1.5 * on + rng.normal(0, 1, 900)
    frame = pd.DataFrame({"person": np.arange(900), "place": place, "time": time, "start": start})
    return frame.assign(y=y.round(4), x=x.round(4), w=(0.5 + rng.random(900)).round(3))


if __name__ == "__main__":
    panel().to_csv(HERE / "panel.csv", index=False)
    cross_sections().to_csv(HERE / "cross_sections.csv", index=False)
