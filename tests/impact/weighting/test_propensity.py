import numpy as np
import statsmodels.api as sm

from evalkit.impact.weighting.propensity import logit


def test_it_equals_statsmodels_on_many_random_data_sets():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n, k = int(rng.integers(60, 200)), int(rng.integers(1, 5))
        x, w = rng.normal(size=(n, k)), rng.uniform(0.5, 2, n)
        t = (rng.random(n) < 1 / (1 + np.exp(-x @ rng.normal(size=k) * 0.7))).astype(float)
        made = logit(x, t, w)
        z = sm.add_constant(x)
        peer = sm.GLM(t, z, family=sm.families.Binomial(), var_weights=w).fit(tol=1e-12)
        np.testing.assert_allclose(made.beta, peer.params, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(made.inverse, peer.cov_params(), rtol=1e-5, atol=1e-9)
        assert made.converged
        assert abs(made.scores.sum(axis=0)).max() < 1e-6


def test_complete_separation_is_seen():
    x = np.linspace(-1, 1, 40)[:, None]
    made = logit(x, (x[:, 0] > 0).astype(float), np.ones(40))
    assert made.separated
    assert np.isfinite(made.p).all()


def test_a_group_of_which_all_are_untreated_does_not_break_it():
    rng = np.random.default_rng(1)
    x = np.column_stack([rng.normal(size=200), np.arange(200) < 40])
    t = ((rng.random(200) < 0.5) & (x[:, 1] == 0)).astype(float)
    made = logit(x, t, np.ones(200))
    assert not made.separated
    assert made.p[:40].max() < 1e-4
    assert abs(made.p[40:].mean() - t[40:].mean()) < 1e-6
