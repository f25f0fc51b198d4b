"""The top of the density, and a density that never breaks down."""

import numpy as np
import pytest

from evalkit.impact.gaussian import hyper, marginal
from evalkit.impact.gaussian.climb import density, slopes, top


def test_nothing_nearby_is_higher_than_the_top(model):
    p = marginal.problem(model)
    found = top(p)
    rng = np.random.default_rng(0)
    near = (
        found.at + 0.3 * rng.standard_normal((200, len(found.at))) @ np.linalg.cholesky(found.cov).T
    )
    best = density(p, found.at[None])[0]
    assert density(p, near).max() < best + 1e-6
    assert slopes(p, found.at[None])[1] == pytest.approx(0, abs=0.05)


def test_out_of_reach_is_no_probability_and_no_error(model):
    p, count = marginal.problem(model), hyper.count(model)
    far = np.vstack([np.full(count, 15.0), np.full(count, -1e9), np.zeros(count)])
    value, slope = slopes(p, far)
    assert value[:2].tolist() == density(p, far)[:2].tolist() == [-np.inf, -np.inf]
    assert np.isfinite(value[2])
    assert (slope[:2] == 0).all()
    assert density(p, far[:1])[0] == -np.inf


def test_one_point_that_breaks_down_does_not_spoil_the_others(monkeypatch):
    from .conftest import MODELS

    p = marginal.problem(MODELS["one noise"])
    eta = 0.1 * np.arange(20.0).reshape(5, 4)
    whole, right = density(p, eta), marginal.log_density

    def breaking(p, one):
        if (one == eta[3]).all(axis=1).any():
            raise np.linalg.LinAlgError
        return right(p, one)

    monkeypatch.setattr(marginal, "log_density", breaking)
    found = density(p, eta)
    assert found[3] == -np.inf
    assert np.delete(found, 3) == pytest.approx(np.delete(whole, 3))
