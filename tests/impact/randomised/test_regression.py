import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.least_squares import cr1
from evalkit.impact.randomised.read import read_trial
from evalkit.impact.randomised.regression import build, least, lin_faults, nested
from evalkit.impact.randomised.trial import Roles


@pytest.mark.parametrize("seed", range(200))
def test_lin_is_the_average_of_the_arms_predictions(make_people, make_model, seed):
    """A regression in each arm, both predicted for everyone."""
    frame = make_people(seed)
    _, model = make_model(frame, "lin", strata=("block",), baseline=("pre",))
    dummies = (frame["block"].to_numpy()[:, None] == np.arange(5)).astype(float)
    x = np.column_stack([frame["pre"], dummies])
    predicted = []
    for arm in (1, 0):
        mine = (frame["arm"] == arm).to_numpy()
        beta = np.linalg.lstsq(x[mine], frame["y"].to_numpy()[mine], rcond=None)[0]
        predicted.append((x @ beta).mean())
    value = least(model, model.trial.y).solved.beta[0]
    assert value == pytest.approx(predicted[0] - predicted[1], rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(200))
def test_strata_of_clusters_are_dummies(make_schools, make_model, weighted, seed):
    frame = make_schools(seed, clusters=18)
    frame["region"] = frame["school"] // 6
    more = {"weights": "weight"} if weighted else {}
    _, model = make_model(
        frame, "ancova", cluster="school", strata=("region",), baseline=("pre",), **more
    )
    x = np.column_stack(
        [frame["arm"], frame["pre"], frame["region"].to_numpy()[:, None] == np.arange(3)]
    ).astype(float)
    w = frame["weight"] if weighted else np.ones(len(frame))
    other = sm.WLS(frame["y"].to_numpy(), x, weights=w).fit(
        cov_type="cluster", cov_kwds={"groups": frame["school"].to_numpy()}
    )
    solved = least(model, model.trial.y)
    assert solved.fitted.beta[0] == pytest.approx(other.params[0], rel=1e-9)
    assert np.sqrt(cr1(solved.fitted)[0, 0]) == pytest.approx(other.bse[0], rel=1e-8)
    assert model.groups is None


def test_strata_inside_clusters_are_absorbed(make_schools, make_model):
    frame = make_schools(2)
    frame["arm"] = np.arange(len(frame)) % 2
    trial, model = make_model(frame, cluster="school", strata=("school",))
    assert nested(trial)
    assert model.groups is not None


def test_a_covariate_that_says_the_same_is_dropped_and_one_that_is_the_arm_refused(make_people):
    frame = make_people()
    frame["again"], frame["same"] = 2 * frame["pre"] + 1, 3.0 * frame["arm"]
    trial, _ = read_trial(frame, Roles("y", "arm", covariates=("pre", "again")))
    model, faults = build(trial, "ancova")
    assert model.dropped == ("again",)
    assert not faults
    trial, _ = read_trial(frame, Roles("y", "arm", covariates=("same",)))
    assert "fully explain" in build(trial, "ancova")[1][0][0]


def test_lin_needs_every_arm_in_every_stratum(make_people):
    frame = make_people()
    frame.loc[frame["block"] == 2, "arm"] = 0
    trial, _ = read_trial(frame, Roles("y", "arm", strata=("block",)))
    assert "1 of 5 lack one" in lin_faults(trial)[0][0]
