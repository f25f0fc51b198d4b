"""Simulated data whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def make_panel(treated=6, sites=46, periods=6, start=3, effect=3.0, seed=1):
    """Sites by years with levels, common years and serially correlated errors."""
    rng = np.random.default_rng(seed)
    own = np.where(np.arange(sites) < treated, effect + 1.5 * rng.standard_normal(sites), 0.0)
    y = 60 + 5 * rng.standard_normal((sites, 1)) + 2 * rng.standard_normal(periods)
    y = y + rng.standard_normal((sites, 1)) + rng.standard_normal((sites, periods))
    on = (np.arange(sites)[:, None] < treated) & (np.arange(periods) >= start)
    y = y + own[:, None] * on
    site, period = np.indices(y.shape)
    return pd.DataFrame(
        {
            "site": [f"site {i:02d}" for i in site.ravel()],
            "year": 2015 + period.ravel(),
            "on": on.astype(int).ravel(),
            "score": y.ravel(),
        }
    )


def make_pupils(sites=8, pupils=40, effect=2.0, seed=2):
    """Pupils randomised inside sites, with a pre-test."""
    rng = np.random.default_rng(seed)
    site = np.repeat(np.arange(sites), pupils)
    on = np.tile(np.arange(pupils) % 2, sites)
    pre = rng.standard_normal(len(site))
    own = effect + rng.standard_normal(sites)
    y = 50 + 3 * rng.standard_normal(sites)[site] + 4 * pre + own[site] * on
    y = y + 5 * rng.standard_normal(len(site))
    return pd.DataFrame(
        {"site": [f"s{i}" for i in site], "on": on, "pre": pre, "score": y, "dose": own[site]}
    )


@pytest.fixture
def panel():
    return make_panel()


@pytest.fixture
def pupils():
    return make_pupils()
