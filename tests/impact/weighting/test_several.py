import numpy as np
import pandas as pd
import pytest

from evalkit.impact.weighting.sample import Roles, read_sample
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.several import levels_table, solve_levels


def three(seed, rows=900):
    """Simulated: effects 1 and 2 on all, larger where `a` is larger."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    odds = np.exp(np.column_stack([np.zeros(rows), x @ [0.5, -0.3], x @ [-0.4, 0.6]]))
    p = (odds / odds.sum(axis=1, keepdims=True)).cumsum(axis=1)
    arm = (p < rng.random((rows, 1))).sum(axis=1)
    y = x.sum(axis=1) + arm * (1 + 0.3 * x[:, 0]) + rng.normal(size=rows)
    names = np.array(["none", "one", "two"])[arm]
    frame = pd.DataFrame({"y": y, "arm": names, "a": x[:, 0], "b": x[:, 1]})
    return read_sample(frame, Roles("y", "arm", ("a", "b")))[0]


@pytest.mark.parametrize("estimator", ["ipw", "doubly_robust", "entropy_balancing"])
def test_the_average_effects_of_both_treatments_are_found(estimator):
    found = np.array(
        [
            [one.value for one in solve_levels(three(seed), Setting(estimator, "ate"))]
            for seed in range(10)
        ]
    )
    np.testing.assert_allclose(found.mean(axis=0), [1, 2], atol=0.12)


@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_matching_compares_each_treatment_with_the_reference(estimand):
    sample = three(0)
    made = levels_table(sample, solve_levels(sample, Setting(estimand=estimand)))
    assert made["treatment"].tolist() == ["one", "two"]
    assert (made["against"] == "none").all()
    assert (made["p_holm"] >= made["p_value"]).all()
