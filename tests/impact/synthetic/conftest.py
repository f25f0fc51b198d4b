"""Simulated panels of places that share a few courses, some of them treated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.panel import Roles
from evalkit.impact.synthetic.course import Method
from evalkit.impact.synthetic.evidence import fit
from evalkit.impact.synthetic.sample import Wanted, read_sample


def panel(seed=1, units=25, treated=1, effect=2.0, before=14, later=6):
    """Two common courses; those treated lie within the others; effect from period `before` on."""
    rng = np.random.default_rng(seed)
    periods = before + later
    loads = rng.dirichlet(np.ones(3), units)
    loads[:treated] = 0.5 * loads[:treated] + 0.5 / 3
    courses = np.cumsum(rng.normal(0, 1, (periods, 3)), axis=0)
    y = 20 + 3 * courses @ loads.T + rng.normal(0, 0.4, (periods, units))
    y[before:, :treated] += effect
    return pd.DataFrame(
        {
            "place": np.repeat([f"p{i:02d}" for i in range(units)], periods),
            "year": np.tile(2000 + np.arange(periods), units),
            "score": y.T.ravel(),
            "trait": np.repeat(loads[:, 0], periods),
            "people": np.repeat(rng.uniform(1, 9, units), periods),
            "rain": rng.normal(0, 1, units * periods),
        }
    )


@pytest.fixture
def make_panel():
    return panel


@pytest.fixture
def read():
    """Return a function that reads a frame and fits an estimator to it."""

    def run(frame, treated="p00", estimator="classic", *, pooled=False, **more):
        roles = Roles("score", "place", "year", weights=more.pop("weights", None))
        wanted = Wanted(roles, treated, more.pop("start", 2014), **more)
        sample, faults = read_sample(frame, wanted)
        assert not faults
        method = Method(estimator, sample.before, sample.window, treated=len(sample.treated_names))
        return fit(sample, method, pooled=pooled)

    return run
