"""Convergence diagnostics against ArviZ, and on chains that do not agree."""

import numpy as np
import pytest

from evalkit.impact.bayes import adapter
from evalkit.impact.gaussian.agreement import agreement


def chains(kind, seed=0):
    rng = np.random.default_rng(seed)
    draws = rng.standard_normal((4, 500))
    if kind == "autocorrelated":
        for i in range(1, 500):
            draws[:, i] = 0.8 * draws[:, i - 1] + 0.6 * draws[:, i]
    if kind == "antithetic":
        draws[:, 1::2] = -0.7 * draws[:, ::2] + 0.7 * draws[:, 1::2]
    if kind == "apart":
        draws += np.arange(4)[:, None]
    if kind == "repeated":
        draws = np.repeat(draws[:, ::4], 4, axis=1)
    if kind == "heavy":
        draws = rng.standard_cauchy((4, 500))
    return draws


@pytest.mark.parametrize(
    "kind", ["independent", "autocorrelated", "antithetic", "apart", "repeated", "heavy"]
)
def test_diagnostics_are_those_of_arviz(kind):
    draws = chains(kind)
    found, expected = agreement(draws[..., None]), adapter.diagnostics(draws)
    assert found.rhat[0] == pytest.approx(expected.rhat, rel=1e-6)
    assert found.ess_bulk[0] == pytest.approx(expected.ess_bulk, rel=1e-6)
    assert found.ess_tail[0] == pytest.approx(expected.ess_tail, rel=1e-6)


def test_several_quantities_are_told_apart():
    both = np.stack([chains("independent"), chains("apart")], axis=-1)
    assert agreement(both).rhat.round(1).tolist() == [1.0, 1.5]


def test_a_chain_that_never_moves_is_no_agreement():
    draws = chains("independent")
    draws[0] = 3.0
    found = agreement(draws[..., None])
    assert found.rhat[0] > 1.5
    assert found.ess_bulk[0] < 50
