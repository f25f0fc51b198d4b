"""Draws from the prior alone."""

from __future__ import annotations

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.gaussian import hyper
from evalkit.impact.gaussian.check import need_sound
from evalkit.impact.gaussian.coefficients import log_parts
from evalkit.impact.gaussian.marginal import problem
from evalkit.impact.gaussian.model import Draws, Model
from evalkit.impact.gaussian.noise import no_guess
from evalkit.impact.gaussian.sample import Found, together
from evalkit.impact.gaussian.structure import Part, size


def sample_prior(model: Model, *, draws: int = 4000, seed: int = 0) -> Draws:
    """Draw from the prior alone, as one chain; flat priors cannot be drawn from.

    Parameters
    ----------
    model : Model
        Its rows are not looked at, but for the log likelihood of each draw.
    draws, seed : int

    Raises
    ------
    DesignError
        When a coefficient has a flat prior.
    """
    need_sound(model)
    if any(np.isinf(one.sd).any() for one in model.fixed):
        raise DesignError(
            "A flat prior has no draws.", do="Give every coefficient a prior with a finite spread."
        )
    rng = np.random.default_rng([seed, 11])
    it = hyper.unpack(model, hyper.draw(model, rng, draws), no_guess(model))
    coef = np.zeros((draws, size(model)))
    for one in model.fixed:
        coef[:, one.columns] = one.mean + one.sd * rng.standard_normal((draws, len(one.sd)))
    for v, root in zip(model.varying, it.roots(), strict=True):
        z = rng.standard_normal((draws, *v.columns.shape))
        if v.relation is not None:
            z = np.linalg.cholesky(v.relation) @ z
        coef[:, v.columns] = z @ root.swapaxes(-1, -2)
    prior, likelihood = log_parts(problem(model), coef, it)
    found = Found(coef, it, prior, likelihood, 1.0, 1)
    counts = (size(model), len(model.grams), len(model.varying))
    every = Part(model, *(np.arange(n) for n in counts))
    return together(model, [(every, found)], (1, draws))
