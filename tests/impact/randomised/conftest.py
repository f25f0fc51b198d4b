"""Simulated trials, and the record made from them."""

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.randomised.read import read_trial
from evalkit.impact.randomised.regression import build
from evalkit.impact.randomised.trial import Roles


def people(seed=1, n=120, effect=1.0, arms=2):
    """People drawn within five blocks, with a baseline; noisier where treated."""
    rng = np.random.default_rng(seed)
    block = np.arange(n) % 5
    arm = np.empty(n, dtype=int)
    for each in range(5):
        mine = np.flatnonzero(block == each)
        arm[mine] = rng.permutation(np.arange(len(mine)) % arms)
    pre = rng.normal(0, 1, n)
    y = 0.5 * block + pre + effect * arm + rng.normal(0, 1, n) * (1 + 0.5 * arm)
    took = np.where(arm > 0, rng.random(n) < 0.6, rng.random(n) < 0.1).astype(float)
    weight = rng.uniform(0.5, 2, n)
    return pd.DataFrame(
        {"y": y, "arm": arm, "block": block, "pre": pre, "took": took, "weight": weight}
    )


def schools(seed=1, clusters=14, effect=2.0):
    """Schools of unequal size, drawn whole."""
    rng = np.random.default_rng(seed)
    sizes = np.maximum(rng.lognormal(2.2, 0.8, clusters).astype(int), 2)
    school = np.repeat(np.arange(clusters), sizes)
    n = len(school)
    arm = rng.permutation(np.arange(clusters) % 2)[school]
    pre = rng.normal(0, 1, n) + rng.normal(0, 0.5, clusters)[school]
    y = 50 + 3 * pre + effect * arm + rng.normal(0, 2, clusters)[school] + rng.normal(0, 4, n)
    return pd.DataFrame(
        {"y": y, "arm": arm, "pre": pre, "school": school, "weight": rng.uniform(0.5, 2, n)}
    )


def made(frame, estimator="difference_in_means", **roles):
    """Return the record of a trial and its model."""
    trial, faults = read_trial(frame, Roles("y", "arm", **roles))
    assert not faults, faults
    model, faults = build(trial.analysed(), estimator)
    assert not faults, faults
    return trial, model


@pytest.fixture
def make_people():
    return people


@pytest.fixture
def make_schools():
    return schools


@pytest.fixture
def make_model():
    return made
