"""Random panels with gaps, for comparison with brute force."""

import numpy as np
import pytest

from evalkit.impact.panel import NEVER
from evalkit.impact.staggered.rows import Rows


def random_rows(seed, *, units=24, periods=6, gaps=0.15, covariates=0, followed=True, never=True):
    """A simulated panel (or cross-sections) as arrays, clusters of two units that start together."""
    rng = np.random.default_rng(seed)
    choices = [2, 3, 4, NEVER] if never else [2, 3, 5]
    cohort = np.repeat(rng.permutation(np.resize(choices, units // 2)), 2)
    cluster = np.repeat(np.arange(units // 2), 2)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    seen = rng.random(len(unit)) >= gaps
    seen[time == 0] = True
    unit, time = unit[seen], time[seen]
    on = time >= cohort[unit]
    x = rng.normal(size=(len(unit), covariates)) + 0.3 * rng.normal(size=units)[unit][:, None]
    y = rng.normal(size=units)[unit] + 0.4 * time + on * (1 + 0.2 * time) + x.sum(axis=1)
    y = y + rng.normal(size=len(unit))
    if followed:
        w = rng.uniform(0.5, 2, units)[unit]
        w = w / w[np.unique(unit, return_index=True)[1]].mean()
        return Rows(y, x, w, unit, time, cohort, cluster, periods)
    w = rng.uniform(0.5, 2, len(unit))
    return Rows(
        y, x, w / w.mean(), np.arange(len(unit)), time, cohort[unit], cluster[unit], periods,
        followed=False,
    )  # fmt: skip


@pytest.fixture
def make_rows():
    return random_rows
