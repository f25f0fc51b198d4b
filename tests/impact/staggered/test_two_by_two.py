"""One comparison in a panel: published values and derivatives."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.staggered.two_by_two import two_by_two

GOLDEN = Path(__file__).parents[2] / "golden" / "staggered_adoption"
COVARIATES = ["age", "educ", "black", "married", "nodegree", "hisp", "re74"]


@pytest.mark.parametrize(
    ("method", "value", "error"),
    [
        ("doubly_robust_improved", -901.2703, 393.6127),
        ("doubly_robust", -871.3271, 396.0211),
    ],
)
def test_the_evaluation_bias_of_lalonde_is_that_of_drdid(method, value, error):
    """R DRDID 1.2.3 (Sant'Anna and Zhao 2020): untreated of the experiment against the CPS."""
    frame = pd.read_csv(GOLDEN / "lalonde_cps.csv.gz")
    x = np.column_stack([np.ones(len(frame)), frame[COVARIATES]])
    change = (frame["re78"] - frame["re75"]).to_numpy()
    treated = frame["experimental"].to_numpy(float)
    found, influence = two_by_two(change, treated, x, np.ones(len(frame)), method)
    assert found == pytest.approx(value, abs=1e-3)
    assert np.sqrt(influence @ influence) / len(frame) == pytest.approx(error, abs=1e-3)


@pytest.mark.parametrize("method", ["regression", "ipw", "doubly_robust", "doubly_robust_improved"])
def test_influence_is_the_derivative_by_each_weight(method):
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(150), rng.normal(5, 1, size=(150, 2))])
    treated = (rng.random(150) < 1 / (1 + np.exp(5 - x[:, 1]))).astype(float)
    change, w = x[:, 1] + treated + rng.normal(size=150), rng.uniform(0.5, 2, 150)
    _, influence = two_by_two(change, treated, x, w, method)
    slopes = []
    for i in range(0, 150, 5):
        up, down = w.copy(), w.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        ends = [two_by_two(change, treated, x, one, method)[0] for one in (up, down)]
        slopes.append((ends[0] - ends[1]) / 2e-5 * 150 * w[i])
    # The improved form leaves out what its nuisance parameters add: nothing in large samples.
    close = 0.2 if method == "doubly_robust_improved" else 1e-5
    assert influence[::5] == pytest.approx(np.array(slopes), abs=close)


def test_tilting_balances_the_covariates_exactly():
    from evalkit.impact.staggered.two_by_two import odds_by_tilting

    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(200), rng.normal(size=(200, 3))])
    treated = (rng.random(200) < 0.3).astype(float)
    odds = odds_by_tilting(x, treated, 1 - treated)
    assert ((1 - treated) * odds) @ x == pytest.approx(treated @ x, abs=1e-6)


def test_separated_groups_are_refused_by_tilting_too():
    x = np.column_stack([np.ones(40), np.r_[np.zeros(20), np.ones(20)] + np.arange(40) / 100])
    treated = np.r_[np.zeros(20), np.ones(20)]
    with pytest.raises(np.linalg.LinAlgError, match="separate"):
        two_by_two(treated, treated, x, np.ones(40), "doubly_robust_improved")


def test_a_covariate_of_one_value_is_named():
    x = np.ones((40, 2))
    treated = np.r_[np.zeros(20), np.ones(20)]
    with pytest.raises(np.linalg.LinAlgError, match="one value"):
        two_by_two(treated, treated, x, np.ones(40), "ipw")
