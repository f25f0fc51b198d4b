import numpy as np
import pandas as pd
import pytest

from evalkit.impact.weighting.effect import Arms
from evalkit.impact.weighting.sample import Roles, read_sample


@pytest.fixture
def make_frame():
    """Simulated data in which two covariates decide who is treated; the effect is 2."""

    def make(seed=0, rows=300, effect=2.0):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(size=rows), rng.normal(size=rows)
        treated = rng.random(rows) < 1 / (1 + np.exp(0.4 - 0.6 * a + 0.4 * b))
        y = a + 0.5 * b + effect * treated + rng.normal(size=rows)
        return pd.DataFrame(
            {
                "score": y,
                "treated": treated.astype(int),
                "a": a,
                "b": b,
                "kind": np.where(rng.random(rows) < 0.5, "x", "z"),
                "w": rng.uniform(0.5, 2, rows),
                "school": rng.integers(0, 24, rows),
            }
        )

    return make


@pytest.fixture
def make_sample(make_frame):
    def make(seed=0, rows=300, **roles):
        found, faults = read_sample(
            make_frame(seed, rows), Roles("score", "treated", ("a", "b"), **roles)
        )
        assert faults == []
        return found

    return make


@pytest.fixture
def make_arms(make_sample):
    def make(seed=0, rows=300, **roles):
        sample = make_sample(seed, rows, **roles)
        return Arms(sample.y, sample.t, sample.x, sample.weights)

    return make
