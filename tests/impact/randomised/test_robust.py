import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.randomised.evidence import parts_of
from evalkit.impact.randomised.regression import least
from evalkit.impact.randomised.robust import cr3, equal_variances, hc1, hc2_parts


def dense(frame, *, weighted=False):
    """Least squares with a dummy for each block, as statsmodels does it."""
    dummies = (frame["block"].to_numpy()[:, None] == np.arange(5)).astype(float)
    x = np.column_stack([frame["arm"], frame["pre"], dummies])
    w = frame["weight"].to_numpy() if weighted else np.ones(len(frame))
    return sm.WLS(frame["y"].to_numpy(), x, weights=w), x, w


@pytest.mark.parametrize("seed", range(200))
@pytest.mark.parametrize("weighted", [False, True])
def test_errors_of_rows_agree_with_statsmodels(make_people, make_model, seed, weighted):
    frame = make_people(seed)
    more = {"weights": "weight"} if weighted else {}
    _, model = make_model(frame, "ancova", strata=("block",), baseline=("pre",), **more)
    solved = least(model, model.trial.y).solved
    other, _, _ = dense(frame, weighted=weighted)
    plain, first, second = (other.fit(cov_type=one) for one in ("nonrobust", "HC1", "HC2"))
    assert solved.beta[0] == pytest.approx(plain.params[0], rel=1e-9)
    assert equal_variances(solved, 0) == pytest.approx(plain.bse[0], rel=1e-9)
    assert hc1(solved, 0) == pytest.approx(first.bse[0], rel=1e-9)
    parts, _ = hc2_parts(solved, 0)
    assert np.sqrt((parts**2).sum()) == pytest.approx(second.bse[0], rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_bell_mccaffrey_df_are_those_of_the_whole_matrix(make_people, make_model, seed):
    """Brute force: the quadratic form written out with the n by n residual maker."""
    frame = make_people(seed, n=40)
    _, model = make_model(frame, "ancova", strata=("block",), baseline=("pre",))
    solved = least(model, model.trial.y).solved
    _, df = hc2_parts(solved, 0)
    _, x, _ = dense(frame)
    bread = np.linalg.inv(x.T @ x)
    maker = np.eye(len(x)) - x @ bread @ x.T
    a2 = (x @ bread[0]) ** 2 / np.diag(maker)
    product = a2[:, None] * maker
    assert df == pytest.approx(np.trace(product) ** 2 / np.trace(product @ product), rel=1e-9)


def test_without_covariates_hc2_is_neymans_error_and_welchs_df_are_near(make_people, make_model):
    frame = make_people(3)
    _, model = make_model(frame)
    parts, df = parts_of(least(model, model.trial.y), 0)
    one, other = (frame.loc[frame["arm"] == k, "y"] for k in (1, 0))
    a, b = one.var() / len(one), other.var() / len(other)
    assert np.sqrt((parts**2).sum()) == pytest.approx(np.sqrt(a + b))
    assert len(one) - 1 < df < len(frame) - 2 + 1e-6


def test_in_matched_pairs_it_is_the_paired_t_test(make_people, make_model):
    frame = make_people(4, n=40)
    frame["pair"], frame["arm"] = np.arange(40) // 2, np.arange(40) % 2
    _, model = make_model(frame, strata=("pair",))
    parts, df = parts_of(least(model, model.trial.y), 0)
    gap = frame["y"].to_numpy()[1::2] - frame["y"].to_numpy()[::2]
    assert np.sqrt((parts**2).sum()) == pytest.approx(gap.std(ddof=1) / np.sqrt(20))
    assert df == pytest.approx(19)


@pytest.mark.parametrize("seed", range(5))
def test_cr3_is_the_jackknife_of_clusters(make_schools, make_model, seed):
    """Leave out each cluster in turn; spread round the estimate of all."""
    frame = make_schools(seed)
    _, model = make_model(frame, "ancova", cluster="school", baseline=("pre",))
    fitted = least(model, model.trial.y).fitted
    x = np.column_stack([frame["arm"], frame["pre"], np.ones(len(frame))])
    y, school = frame["y"].to_numpy(), frame["school"].to_numpy()
    whole = np.linalg.lstsq(x, y, rcond=None)[0][0]
    left = [
        np.linalg.lstsq(x[school != g], y[school != g], rcond=None)[0][0] for g in np.unique(school)
    ]
    error, df = cr3(fitted, 0)
    assert error == pytest.approx(np.sqrt(((np.array(left) - whole) ** 2).sum()), rel=1e-8)
    assert 1 < df < 14
