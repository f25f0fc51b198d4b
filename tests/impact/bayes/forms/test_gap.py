"""The sampler of effects that are a gap: against integrals by hand, and when it must refuse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms import gap
from evalkit.impact.bayes.forms.common_priors import Belief, Slot
from evalkit.impact.bayes.forms.gap_form import Conditional, Gap, Hyper, prior_density
from evalkit.impact.bayes.forms.gap_layer import System, evidence, layer

Y = np.array([1.3, 0.4, 2.2, 1.9, -0.3, 1.1, 0.8])
SLOTS = {"effect": Slot("mean", 2.0), "noise": Slot("spread", 1.0, half=True)}
BELIEFS = {"effect": Belief(0.5, 0.8), "noise": Belief(0.0, 1.0)}


def mean_of_normals(values, _beliefs):
    """Return a sample's mean and the density of the rest, the mean left flat."""
    noise, n = values[:, 0], len(Y)
    squares = ((Y - Y.mean()) ** 2).sum()
    loglik = -(n - 1) * np.log(noise) - squares / (2 * noise**2)
    return Conditional(loglik, np.full(len(values), Y.mean()), noise**2 / n)


FORM = Gap("a design", (Hyper("noise", "spread", 1.0),), mean_of_normals, 10.0, SLOTS)


def test_draws_follow_the_posterior_found_by_summing_over_a_grid():
    fitted = gap.fit(FORM, BELIEFS, seed=3)
    mean, noise = np.meshgrid(np.linspace(-2, 4, 601), np.linspace(0.05, 5, 600))
    log = stats.norm.logpdf(mean, 0.5, 0.8) - noise**2 / 2
    log += sum(stats.norm.logpdf(y, mean, noise) for y in Y)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    centre = (weight * mean).sum()
    spread = np.sqrt((weight * (mean - centre) ** 2).sum())
    assert fitted.effect.mean() == pytest.approx(10 * centre, abs=10 * spread / 15)
    assert fitted.effect.std() == pytest.approx(10 * spread, rel=0.06)
    assert fitted.hyper.mean() == pytest.approx((weight * noise).sum(), rel=0.03)


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    one, other = (gap.fit(FORM, BELIEFS, seed=5).theta for _ in range(2))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, gap.fit(FORM, BELIEFS, seed=6).theta)


def test_a_fit_that_begins_near_another_gives_the_same_answer():
    far = gap.fit(FORM, BELIEFS, seed=3)
    near = gap.fit(FORM, BELIEFS, seed=4, near=far)
    assert near.theta.shape[1] == gap.DRAWS_AGAIN
    assert near.effect.mean() == pytest.approx(far.effect.mean(), abs=0.4)


def test_what_does_not_converge_is_refused_and_never_a_result():
    def jagged(values, _beliefs):
        """A density of needles: whoever sits on one stays."""
        log = np.log(values[:, 0])
        return Conditional(1e5 * np.sin(1e7 * log), log, np.ones(len(values)))

    form = Gap("a design", FORM.hyper, jagged, 1.0, SLOTS)
    with pytest.raises(DesignError, match="did not converge in 3 attempts") as caught:
        gap.fit(form, BELIEFS, seed=0)
    assert "frequentist" in caught.value.do


def test_the_gaussian_layer_is_the_density_of_correlated_normals():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(9, 2)), rng.normal(size=9)
    precision, centre = np.array([4.0, 0.25]), np.array([0.3, -1.0])
    both = np.column_stack([x, y])
    system = System((both.T @ both)[None], np.zeros(1), precision[None], centre)
    made = layer(system)
    covariance = np.eye(9) + x @ np.diag(1 / precision) @ x.T
    exact = stats.multivariate_normal.logpdf(y, x @ centre, covariance)
    assert made.loglik[0] - 4.5 * np.log(2 * np.pi) == pytest.approx(exact)
    inverse = np.linalg.inv(x.T @ x + np.diag(precision))
    assert made.mean[0] == pytest.approx(inverse @ (x.T @ y + precision * centre))
    assert made.variance(np.array([1.0, 2.0]))[0] == pytest.approx(
        np.array([1.0, 2.0]) @ inverse @ [1.0, 2.0]
    )


def test_a_draw_with_one_coefficient_given_follows_from_it():
    xx = np.array([[2.0, 1.0], [1.0, 3.0]])
    whole = np.zeros((20000, 3, 3))
    whole[:, :2, :2], whole[:, 2, :], whole[:, :, 2] = xx, 1.0, 1.0
    whole[:, 2, 2] = 3.0
    many = layer(System(whole, np.zeros(20000), np.zeros((20000, 2)), np.zeros(2)))
    drawn = many.draw_with(0, np.full(20000, 0.7), np.random.default_rng(2))
    mean = np.linalg.solve(xx, np.ones(2))
    assert np.allclose(drawn[:, 0], 0.7)
    assert drawn[:, 1].mean() == pytest.approx(mean[1] - (0.7 - mean[0]) / 3, abs=0.02)
    assert drawn[:, 1].var() == pytest.approx(1 / 3, rel=0.05)


def test_the_density_of_a_prior_seen_through_an_error():
    found = prior_density(np.array([1.0]), np.array([0.5]), Belief(0.2, 2.0))
    assert found[0] == pytest.approx(stats.norm.logpdf(1.0, 0.2, np.sqrt(4.5)))


def test_the_moments_of_one_coefficient_are_those_of_the_layer():
    rng = np.random.default_rng(7)
    both = rng.normal(size=(12, 4))
    precision = np.array([[0.0, 2.0, 0.5], [0.0, 1.0, 3.0]])
    whole = np.array([both.T @ both, 2 * both.T @ both])
    system = System(whole, np.array([0.1, 0.4]), precision, np.array([0.0, 0.3, -0.2]))
    one, all_ = evidence(system, 0), layer(system)
    assert one.loglik == pytest.approx(all_.loglik)
    assert one.mean == pytest.approx(all_.mean[:, 0])
    assert one.variance == pytest.approx(all_.variance(np.array([1.0, 0.0, 0.0])))
