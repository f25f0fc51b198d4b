"""Simulated panels with a known effect, and how each design is called on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

TRUTH = 2.0


def panel(seed: int = 1, units: int = 60, periods: int = 6, start: int = 2014) -> pd.DataFrame:
    """Units with effects of their own, a common course, and an effect of `TRUTH` from 2014 on."""
    rng = np.random.default_rng(seed)
    site = np.repeat(np.arange(units), periods)
    year = np.tile(2011 + np.arange(periods), units)
    ever = (site % 2 == 0).astype(int)
    on = ever * (year >= start)
    noise = rng.normal(0, 1, units * periods)
    y = rng.normal(50, 5, units)[site] + 0.7 * (year - 2011) + TRUTH * on + noise
    size = rng.normal(0, 1, units)[site] + 0.3 * (year - 2011) * rng.normal(0, 1, units)[site]
    return pd.DataFrame(
        {
            "site": [f"s{one:03d}" for one in site],
            "year": year,
            "score": y,
            "ever": ever,
            "on": on,
            "begins": np.where(ever == 1, start, 0),
            "size": size,
            "area": [f"a{one // 2:03d}" for one in site],
        }
    )


@dataclass(frozen=True)
class Call:
    """How a design is called on `panel`: its options, and the column that carries treatment."""

    options: Mapping[str, Any]
    treatment: str


CALLS = {
    "panel_fixed_effects": Call({"unit": "site", "time": "year", "treatment": "on"}, "on"),
    "difference_in_differences": Call(
        {"unit": "site", "time": "year", "treated": "ever", "start": 2014}, "ever"
    ),
    "staggered_adoption": Call(
        {"unit": "site", "time": "year", "first_treated": "begins"}, "begins"
    ),
}


@pytest.fixture
def make_panel() -> Callable[..., pd.DataFrame]:
    return panel


@pytest.fixture(params=sorted(CALLS))
def design(request) -> str:
    return request.param


@pytest.fixture
def call(design) -> Call:
    return CALLS[design]
