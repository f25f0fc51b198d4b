"""Simulated pupils in sites with outcomes of every kind, the truth known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.read import read
from evalkit.impact.bayes.rows import Columns

SITES, PUPILS = 12, 40


def make_rows(sites=SITES, pupils=PUPILS, seed=1):
    """Pupils randomised inside sites; the effect on the log odds or log rate is 0.7 on average."""
    rng = np.random.default_rng(seed)
    site = np.repeat(np.arange(sites), pupils)
    on = np.tile(np.arange(pupils) % 2, sites)
    level, own = 0.5 * rng.standard_normal(sites), 0.7 + 0.3 * rng.standard_normal(sites)
    eta = -0.3 + level[site] + own[site] * on
    related = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], len(site))
    latent = eta + rng.logistic(size=len(site))
    return pd.DataFrame(
        {
            "site": [f"s{i:02d}" for i in site],
            "on": on,
            "pupil": np.arange(len(site)),
            "area": [f"area {i // 3}" for i in site],
            "trust": [f"trust {i % 4}" for i in site],
            "room": np.arange(len(site)) // 5,
            "sex": np.where(rng.random(len(site)) < 0.5, "girls", "boys"),
            "pre": rng.standard_normal(len(site)),
            "dose": np.round(own[site], 3),
            "place": np.where(site % 2 == 1, "town", "coast"),
            "score": 50 + 10 * (eta + related[:, 0]),
            "other": 5 - 2 * (eta + related[:, 1]),
            "passed": (rng.random(len(site)) < 1 / (1 + np.exp(-eta))).astype(int),
            "count": rng.poisson(np.exp(eta)),
            "grade": np.digitize(latent, [-1.0, 0.3, 1.5]) + 1,
        }
    )


def ask(outcomes="score", **more):
    """Return a request for pupils in sites."""
    names = (outcomes,) if isinstance(outcomes, str) else tuple(outcomes)
    roles = {
        name: more.pop(name)
        for name in ("time", "adjust", "moderators", "cluster", "weights")
        if name in more
    }
    return Asked(names, Columns(names[0], "site", "on", **roles), **more)


def seen_of(frame, asked):
    """Return the rows read, after making sure that nothing is wrong with them."""
    seen, faults = read(frame, asked)
    assert faults == []
    return seen


@pytest.fixture(scope="session")
def rows():
    return make_rows()


@pytest.fixture(scope="session", name="ask")
def asking():
    return ask


@pytest.fixture(scope="session", name="seen_of")
def seeing():
    return seen_of


@pytest.fixture(scope="session")
def panel_frame():
    """Sites by years: 6 treated from 2018 on, with serially correlated errors and three outcomes."""
    rng = np.random.default_rng(5)
    site, year = np.indices((30, 6))
    on = (site < 6) & (year >= 3)
    level = 5 * rng.standard_normal((30, 1)) + rng.standard_normal(6)
    shock = rng.standard_normal((30, 6)) + 0.7 * rng.standard_normal((30, 1)) * (year >= 3)
    first = 60 + level + 3 * on + shock
    second = 20 + level - 2 * on - 0.8 * shock + rng.standard_normal((30, 6))
    return pd.DataFrame(
        {
            "site": [f"site {i:02d}" for i in site.ravel()],
            "year": 2015 + year.ravel(),
            "on": on.astype(int).ravel(),
            "area": [f"area {i % 5}" for i in site.ravel()],
            "score": first.ravel(),
            "other": second.ravel(),
            "count": rng.poisson(np.exp(1 + 0.2 * on + 0.1 * rng.standard_normal((30, 6)))).ravel(),
        }
    )
