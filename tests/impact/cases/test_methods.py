"""The randomisation test holds its level."""

import numpy as np
import pandas as pd

from evalkit.impact.cases.methods import Plan, distribution, value_of
from evalkit.impact.cases.read import Roles, read_cases
from evalkit.impact.permutation import two_sided


def test_the_level_is_held_when_starts_are_random_and_points_hang_together():
    rng = np.random.default_rng(0)
    plan = Plan("start", 3, None, "mean_difference")
    found = []
    for _ in range(400):
        frames = []
        for child in range(3):
            start = rng.integers(3, 14)
            y = rng.normal(size=16).cumsum()
            phase = np.where(np.arange(16) >= start, "B", "A")
            frames.append(pd.DataFrame({"t": range(16), "y": y, "phase": phase, "child": child}))
        cases, _ = read_cases(pd.concat(frames), Roles("y", "t", "phase", "child"))
        made = distribution(cases, plan, 0)
        found.append(two_sided(made.b, value_of(cases, plan), exact=made.exact))
    p = np.array(found)
    for level in (0.05, 0.1, 0.5):
        assert np.mean(p <= level) <= level + 3 * np.sqrt(level * (1 - level) / 400)
    assert np.mean(p <= 0.5) > 0.4
