"""Sensitivities by ArviZ-stats (Apache 2.0), for draws that a formula fixes.

Run with Python 3.12 or newer: ``python make.py > expected.json`` (arviz-stats 1.3.3 was used).
"""

from __future__ import annotations

import json
from statistics import NormalDist

import arviz_base
import arviz_stats
import numpy as np

CASES = {
    "even": (2.0, 1.0, 1.0),
    "weak prior": (0.5, 10.0, 1.0),
    "conflict": (5.0, 1.0, 1.0),
    "weak data": (0.2, 1.0, 4.0),
}


def standard(count=4000, step=1597):
    """Normal quantiles, in an order fixed by a multiplication."""
    levels = (np.arange(count) * step % count + 0.5) / count
    return np.array([NormalDist().inv_cdf(float(one)) for one in levels]).reshape(4, -1)


def case(y, tau, sigma):
    """A normal prior of scale tau around zero, and one observation y with error sigma."""
    precision = tau**-2 + sigma**-2
    effect = y / sigma**2 / precision + precision**-0.5 * standard()
    tree = arviz_base.from_dict(
        {
            "posterior": {"effect": effect},
            "log_prior": {"effect": -0.5 * (effect / tau) ** 2},
            "log_likelihood": {"y": -0.5 * ((y - effect) / sigma) ** 2},
        }
    )
    found = {
        group: float(arviz_stats.psense(tree, group=group)["effect"])
        for group in ("prior", "likelihood")
    }
    return {"y": y, "tau": tau, "sigma": sigma, **found}


print(json.dumps({name: case(*values) for name, values in CASES.items()}, indent=1))
