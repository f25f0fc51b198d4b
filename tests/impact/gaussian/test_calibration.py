"""Simulation-based calibration, thinned; benchmarks/calibration has the thousand simulations."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from evalkit.impact.bayes.calibration import band, outside

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "calibration" / "gaussian_sbc.py"


@pytest.fixture(scope="module")
def sbc():
    spec = importlib.util.spec_from_file_location("gaussian_sbc", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_thousand_committed_ranks_are_uniform(sbc):
    found = sbc.read()
    limits = band(1000, sbc.DRAWS)
    assert set(found) == {"effect", "spread", "noise", "new_site"}
    for own in found.values():
        assert len(own) == 1000
        assert outside(own, limits).size == 0


@pytest.mark.slow
def test_eighty_new_ranks_are_uniform(sbc):
    found = np.array([sbc.ranked(5000 + number) for number in range(80)])
    limits = band(80, sbc.DRAWS)
    assert [outside(own, limits).size for own in found.T] == [0, 0, 0, 0]


@pytest.mark.slow
def test_a_wrong_prior_of_the_spread_is_caught(sbc):
    wrong = sbc.SPREADS / 4
    found = np.array([sbc.ranked(7000 + number, wrong) for number in range(40)])
    limits = band(40, sbc.DRAWS)
    assert outside(found[:, 1], limits).size > 0
