"""Tables of several outcomes and of a new site, from draws whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.multi.show import new_site_table


def test_benefit_follows_the_wanted_direction():
    """Draws of -3, -1 and 2: two of three are a benefit where less is better."""
    draws = np.array([[[-3.0], [-1.0], [2.0]]])
    down = new_site_table(["a"], draws, np.array([-1.0]), np.array([2.0]), 0.95).iloc[0]
    assert down["p_benefit"] == pytest.approx(2 / 3)
    assert down["p_beyond_margin"] == pytest.approx(1 / 3)
    assert down["p_harm_beyond_margin"] == 0
    assert down["mean"] == pytest.approx(-2 / 3)
    up = new_site_table(["a"], draws, np.array([1.0]), np.array([np.nan]), 0.95).iloc[0]
    assert up["p_harm"] == pytest.approx(2 / 3)
    assert np.isnan(up["p_beyond_margin"])
