"""The adapter gives the same diagnostics from either ArviZ and leaves everybody's settings alone."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import pytest

from evalkit.impact.bayes import adapter


def test_independent_chains_are_seen_as_such():
    """R-hat near 1, nearly as many effective draws as draws, MCSE of sd over root n."""
    draws = np.random.default_rng(0).standard_normal((4, 1000))
    found = adapter.diagnostics(draws)
    assert found.rhat == pytest.approx(1, abs=0.005)
    assert found.ess_bulk == pytest.approx(4000, rel=0.15)
    assert found.mcse == pytest.approx(1 / np.sqrt(4000), rel=0.15)


def test_the_numbers_are_the_same_on_every_version_of_arviz():
    """Golden: printed identically by ArviZ 0.23.4 (Python 3.11) and 1.3.0 (Python 3.13)."""
    slow = np.random.default_rng(0).normal(size=(4, 1000)).cumsum(axis=1) * 0.01
    found = adapter.diagnostics(slow + np.random.default_rng(1).normal(size=(4, 1000)))
    expected = (1.018317843750715, 197.52385900028244, 3500.149926974127, 0.07336247085286685)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_chains_apart_are_caught():
    """A chain that sits elsewhere pushes R-hat far above the limit."""
    draws = np.random.default_rng(1).standard_normal((4, 500))
    draws[0] += 3
    assert adapter.diagnostics(draws).rhat > 1.1


def test_silence_ends_with_the_block():
    """The logger's level and the warning filters are what they were before."""
    logger = logging.getLogger("pytensor.configdefaults")
    before = logger.level, list(warnings.filters)
    with adapter.quiet():
        warnings.warn("hushed", UserWarning, stacklevel=1)
    assert (logger.level, list(warnings.filters)) == before


def test_native_holds_the_draws_by_site():
    """The library's own record keeps names and sites."""
    made = adapter.native(
        {"mu": np.zeros((2, 3)), "site_effect": np.ones((2, 3, 2))},
        {"raw_effect": np.ones(2)},
        ["a", "b"],
    )
    posterior = made["posterior"]
    assert list(posterior["site_effect"].coords["site"].values) == ["a", "b"]
    assert adapter.arrays(made, ["mu"])["mu"].shape == (2, 3)
