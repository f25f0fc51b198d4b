"""Draws from the prior alone."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.gaussian import Fixed, Noise, sample_prior

from .conftest import MODELS

PROPER = Fixed(np.arange(3), np.array([0.0, 0.2, 0.0]), np.array([2.0, 1.0, 2.0]))


def proper(name, **changes):
    return replace(MODELS[name], fixed=(PROPER,), **changes)


def test_the_prior_is_what_was_stated():
    made = sample_prior(proper("one noise"), draws=20_000)
    assert made.coef.shape == (1, 20_000, 19)
    assert made.coef[0, :, :3].mean(axis=0) == pytest.approx(PROPER.mean, abs=0.06)
    assert made.coef[0, :, :3].std(axis=0) == pytest.approx(PROPER.sd, rel=0.03)
    # E[tau^2] of a half-normal of scale s is s^2
    assert (made.scales[0] ** 2).mean(axis=(0, 1)) == pytest.approx([1.0, 0.25], rel=0.05)
    assert made.coef[0, :, 3].std() == pytest.approx(1.0, rel=0.05)
    assert (made.noise**2).mean() == pytest.approx(1.0, rel=0.05)
    assert made.correlations[0][..., 0, 1].var() == pytest.approx(1 / 5, rel=0.05)


def test_half_student_scales_and_known_noise():
    made = sample_prior(MODELS["known noise"], draws=20_000)
    # the median of a half-Cauchy is its scale
    assert np.median(made.scales[0]) == pytest.approx(5.0, rel=0.05)
    assert (made.noise == MODELS["known noise"].noise.known).all()


def test_pooled_noise_varies_about_the_typical():
    made = sample_prior(proper("noisy sites"), draws=20_000)
    apart = np.log(made.noise) - np.log(made.noise_typical)[..., None]
    z = apart / made.noise_spread[..., None]
    assert z.std() == pytest.approx(1.0, rel=0.02)
    assert (made.noise_spread**2).mean() == pytest.approx(0.25, rel=0.05)


def test_related_groups_are_drawn_with_their_relation():
    made = sample_prior(proper("related groups"), draws=20_000)
    found = np.corrcoef(made.coef[0, :, 3], made.coef[0, :, 5])[0, 1]
    assert found == pytest.approx(0.5, abs=0.04)


def test_residuals_of_outcomes_are_correlated_by_lkj():
    made = sample_prior(MODELS["several outcomes, residuals correlated"], draws=20_000)
    assert made.noise_correlation[..., 0, 2].var() == pytest.approx(1 / 6, rel=0.06)


def test_the_same_seed_gives_the_same_draws():
    first, again = (sample_prior(proper("one noise"), draws=50, seed=3) for _ in range(2))
    assert first.coef.tobytes() == again.coef.tobytes()


def test_flat_priors_have_no_draws():
    with pytest.raises(DesignError, match="flat prior has no draws"):
        sample_prior(MODELS["one noise"])


def test_faults_are_told_here_too():
    with pytest.raises(DesignError, match="scale of the noise"):
        sample_prior(proper("one noise", noise=Noise(np.inf)))
