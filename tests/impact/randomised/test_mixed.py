import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.impact.randomised.mixed import fit_mixed, grams_of, whiten


def columns(frame):
    return np.column_stack([frame["arm"], frame["pre"], np.ones(len(frame))]).astype(float)


def grams(frame, z=None):
    ones = np.ones((len(frame), 1))
    z = ones if z is None else z
    school = frame["school"].to_numpy()
    return grams_of(frame["y"].to_numpy(), columns(frame), z, school, np.ones(len(frame)))


@pytest.mark.parametrize("seed", range(6))
def test_random_intercepts_agree_with_statsmodels(make_schools, seed):
    frame = make_schools(seed, clusters=20)
    made = fit_mixed(grams(frame))
    other = sm.MixedLM(frame["y"], columns(frame), groups=frame["school"]).fit(reml=True)
    assert made.beta[0] == pytest.approx(other.fe_params.iloc[0], rel=1e-4)
    # statsmodels takes the error from a numerical Hessian: near, not the same.
    assert np.sqrt(made.cov[0, 0]) == pytest.approx(other.bse.iloc[0], rel=0.06)
    assert made.within == pytest.approx(other.scale, rel=1e-3)
    assert made.between[0, 0] == pytest.approx(float(other.cov_re.iloc[0, 0]), rel=2e-3)


def test_in_a_balanced_trial_it_is_the_t_test_of_cluster_means():
    """With equal sizes and no covariate the error and the df (clusters - 2) are exact."""
    rng = np.random.default_rng(2)
    school = np.repeat(np.arange(12), 10)
    arm = (school % 2).astype(float)
    y = arm + rng.normal(0, 1, 12)[school] + rng.normal(0, 2, 120)
    x, ones = np.column_stack([arm, np.ones(120)]), np.ones((120, 1))
    made = fit_mixed(grams_of(y, x, ones, school, np.ones(120)))
    means = np.array([y[school == g].mean() for g in range(12)])
    spread = (means[::2].var(ddof=1) + means[1::2].var(ddof=1)) / 6
    assert np.sqrt(made.cov[0, 0]) == pytest.approx(np.sqrt(spread), rel=1e-6)
    assert made.df[0] == pytest.approx(10, rel=1e-3)


def test_no_variance_between_clusters_is_zero_and_said():
    rng = np.random.default_rng(0)
    school = np.repeat(np.arange(10), 6)
    y = np.tile(np.arange(6.0), 10) + 1e-3 * rng.normal(0, 1, 60)
    x = np.column_stack([(school % 2).astype(float), np.ones(60)])
    made = fit_mixed(grams_of(y, x, np.ones((60, 1)), school, np.ones(60)))
    assert made.between[0, 0] == 0
    assert made.singular
    assert np.isnan(made.df[0])


@pytest.mark.parametrize("slopes", [False, True])
def test_least_squares_of_whitened_columns_is_the_multilevel_estimate(make_schools, slopes):
    frame = make_schools(3)
    frame["arm"] = np.arange(len(frame)) % 2
    ones = np.ones((len(frame), 1))
    z = np.column_stack([ones, frame["arm"]]) if slopes else ones
    made = fit_mixed(grams(frame, z))
    both = np.column_stack([frame["y"], columns(frame)])
    relative = made.between / made.within
    school, unit = frame["school"].to_numpy(), np.ones(len(frame))
    white = whiten(both, z, school, unit, relative)
    beta = np.linalg.lstsq(white[:, 1:], white[:, 0], rcond=None)[0]
    assert beta == pytest.approx(made.beta, rel=1e-7)
    whole = np.zeros((len(frame), len(frame)))
    for g in np.unique(school):
        rows = np.flatnonzero(school == g)
        part = z[rows]
        whole[np.ix_(rows, rows)] = np.eye(len(rows)) + part @ relative @ part.T
    inverse = np.linalg.inv(whole)
    assert white.T @ white == pytest.approx(both.T @ inverse @ both, rel=1e-7)
