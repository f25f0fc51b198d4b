import math

import numpy as np
import pytest
from linearmodels.iv import IV2SLS

from evalkit.impact.randomised.compliers import anderson_rubin, complier_effect


def rows(found):
    return {one["method"]: one for one in found.rows}


@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_with_two_stage_least_squares(make_people, make_model, seed):
    frame = make_people(seed)
    _, model = make_model(frame, "ancova", strata=("block",), baseline=("pre",), received="took")
    found = rows(complier_effect(model, 1, 0.95))["2SLS, HC1"]
    dummies = (frame["block"].to_numpy()[:, None] == np.arange(5)).astype(float)
    exog = np.column_stack([frame["pre"], dummies])
    other = IV2SLS(frame["y"], exog, frame[["took"]], frame[["arm"]]).fit(
        cov_type="robust", debiased=True
    )
    assert found["estimate"] == pytest.approx(other.params["took"], rel=1e-8)
    assert found["std_error"] == pytest.approx(other.std_errors["took"], rel=1e-8)


def test_clustered_it_agrees_as_well(make_schools, make_model):
    frame = make_schools(3, clusters=20)
    rng = np.random.default_rng(0)
    frame["took"] = (frame["arm"] * (rng.random(len(frame)) < 0.7)).astype(float)
    _, model = make_model(frame, "ancova", cluster="school", baseline=("pre",), received="took")
    found = rows(complier_effect(model, 1, 0.95))["2SLS, CR1, t with clusters - 1 df"]
    exog = np.column_stack([frame["pre"], np.ones(len(frame))])
    other = IV2SLS(frame["y"], exog, frame[["took"]], frame[["arm"]]).fit(
        cov_type="clustered", clusters=frame["school"], debiased=True
    )
    assert found["estimate"] == pytest.approx(other.params["took"], rel=1e-8)
    assert found["std_error"] == pytest.approx(other.std_errors["took"], rel=1e-2)


def test_the_anderson_rubin_set_is_what_its_test_does_not_refuse(make_people, make_model):
    """Brute force over a grid: assignment has no effect on outcome - b * received."""
    from scipy.stats import t

    from evalkit.impact.randomised.evidence import parts_of
    from evalkit.impact.randomised.regression import least

    _, model = make_model(make_people(1), received="took")
    found = rows(complier_effect(model, 1, 0.95))["Anderson-Rubin, HC2"]
    kept = []
    for b in np.linspace(found["low"] - 1, found["high"] + 1, 400):
        solved = least(model, model.trial.y - b * model.trial.received)
        parts, df = parts_of(solved, 0)
        if abs(solved.solved.beta[0]) <= t.ppf(0.975, df) * np.sqrt((parts**2).sum()):
            kept.append(b)
    assert min(kept) == pytest.approx(found["low"], abs=0.02)
    assert max(kept) == pytest.approx(found["high"], abs=0.02)


def test_a_weak_first_stage_gives_no_narrow_set(make_people, make_model):
    frame = make_people(1)
    frame["took"] = np.random.default_rng(8).random(len(frame))
    _, model = make_model(frame, received="took")
    found = complier_effect(model, 1, 0.95)
    leads = next(one for one in found.rows if one["leads"])
    assert found.f < 10
    assert leads["method"].startswith("Anderson-Rubin")
    assert math.isinf(leads["low"])
    assert math.isinf(leads["high"])


def test_a_set_in_two_pieces_is_said():
    ends, split = anderson_rubin((5.0, 0.1), np.array([0.5, 0.5]), np.array([0.2, 0.2]), 50, 0.95)
    assert split
    assert ends == (-math.inf, math.inf)


def test_no_compliers_are_a_reason(make_people, make_model):
    frame = make_people(1)
    frame["took"] = np.arange(len(frame)) % 2
    frame["arm"] = (np.arange(len(frame)) // 2) % 2
    _, model = make_model(frame, received="took")
    assert "no compliers" in complier_effect(model, 1, 0.95)
    _, model = make_model(frame)
    assert "not named" in complier_effect(model, 1, 0.95)
