"""Print the intervals of moderndid 0.2.0 (MIT) for the restaurants; about two minutes.

Needs `pip install "moderndid[didhonest]==0.2.0"` in an environment of its own.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from moderndid import didhonest

HERE = Path(__file__).parent
BETA = pd.read_csv(HERE / "bc_betahat.csv")["betahat"].to_numpy()
SIGMA = pd.read_csv(HERE / "bc_sigma.csv").to_numpy()
FIRST, AVERAGE = np.array([[1.0], [0.0], [0.0], [0.0]]), np.full((4, 1), 0.25)
TREND = "deviation from linear trend"


def relative(bounds, weights, ends, **more):
    return didhonest.create_sensitivity_results_rm(
        BETA, SIGMA, 4, 4, m_bar_vec=np.array(bounds), l_vec=weights, grid_points=400,
        grid_lb=ends[0], grid_ub=ends[1], **more,
    )  # fmt: skip


if __name__ == "__main__":
    for weights in (FIRST, AVERAGE):
        print(
            didhonest.create_sensitivity_results_sm(
                BETA, SIGMA, 4, 4, method="FLCI", m_vec=np.array([0, 0.1, 0.2, 0.3]), l_vec=weights
            ).rows()
        )
    print(relative([0.5, 1, 2], FIRST, (-0.3, 0.7)).rows())
    print(relative([0.5, 1], AVERAGE, (-0.3, 0.8)).rows())
    print(relative([0.5, 1], FIRST, (-0.3, 0.8), bound=TREND).rows())
