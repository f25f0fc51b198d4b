"""Draws whose truth is known."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from evalkit.impact.bayes.described import Quantity, Setting


def standard(count=4000, step=1597):
    """Normal quantiles in an order fixed by a multiplication, as chains by draws."""
    levels = (np.arange(count) * step % count + 0.5) / count
    return np.array([NormalDist().inv_cdf(float(one)) for one in levels]).reshape(4, -1)


@pytest.fixture(scope="session")
def z():
    return standard()


@pytest.fixture
def setting():
    return Setting(0.95, 1.0, "points", seed=1)


@pytest.fixture
def outcomes():
    """Three outcomes with correlated effects; the second is better the lower it is."""
    rng = np.random.default_rng(4)
    common = rng.standard_normal((4, 1000))
    own = rng.standard_normal((3, 4, 1000))
    return [
        Quantity("reading", 1.5 + 0.6 * common + 0.6 * own[0], margin=1.0),
        Quantity("absence", -20.0 - 9 * common + 9 * own[1], margin=-10.0),
        Quantity("wellbeing", 0.02 + 0.05 * own[2], margin=0.1),
    ]
