"""Exact draws of the coefficients given the free numbers, and the densities of whole draws."""

from __future__ import annotations

import numpy as np

from evalkit.impact.gaussian import hyper
from evalkit.impact.gaussian.hyper import Hyper
from evalkit.impact.gaussian.marginal import Problem, Solved, backward, pieces, solve
from evalkit.impact.gaussian.model import Floats
from evalkit.impact.gaussian.structure import size


def coefficients(p: Problem, eta: Floats, rng: np.random.Generator) -> tuple[Floats, Hyper]:
    """Draw the coefficients, one set for each set of free numbers.

    Returns
    -------
    numpy.ndarray, shape (batch, m)
    Hyper
    """
    found = [_draw(p, solve(p, eta[piece]), rng) for piece in pieces(p, len(eta))]
    return np.concatenate(found), hyper.unpack(p.model, eta, p.guess)


def _draw(p: Problem, s: Solved, rng: np.random.Generator) -> Floats:
    batch, d, r, leaves = s.half.shape
    own = rng.standard_normal((batch, r - 1, 1))
    hub_z = s.hub_z + np.linalg.solve(s.hub_chol.swapaxes(-1, -2), own)[..., 0]
    hub = (s.hub_root @ hub_z[..., None])[..., 0]
    right = s.half[:, :, -1] - (hub[:, None, None] @ s.half[:, :, :-1])[:, :, 0]
    right += rng.standard_normal((batch, d, leaves))
    leaf = s.leaf_root @ backward(s.leaf_chol, right[:, :, None])[:, :, 0]
    out = np.zeros((batch, size(p.model) + 1))  # what empty slots drew falls into the last column
    out[:, p.where.hub] = hub
    out[:, p.where.leaf.T] = leaf
    return np.asarray(out[:, :-1] + p.mean)


def log_parts(p: Problem, coef: Floats, it: Hyper) -> tuple[Floats, Floats]:
    """Return the log prior (without that of varying coefficients) and the log likelihood.

    Both lack what is the same for every draw.
    """
    prior = it.log_prior.copy()
    for one in p.model.fixed:
        on = np.isfinite(one.sd)
        z = (coef[:, one.columns[on]] - one.mean[on]) / one.sd[on]
        prior -= 0.5 * (z**2).sum(axis=1)
    likelihood = -it.noise.log_det @ p.n
    apart = coef - p.mean
    for g, rows in enumerate((*p.model.grams, *p.model.noise.cross)):
        touched = np.flatnonzero((rows.xx != 0).any(axis=0) | (rows.xy != 0))
        xx, own = rows.xx[np.ix_(touched, touched)], apart[:, touched]
        xy = rows.xy[touched] - rows.xx[touched] @ p.mean
        yy = rows.yy - 2 * p.mean @ rows.xy + p.mean @ rows.xx @ p.mean
        rss = yy - 2 * own @ xy + ((own @ xx) * own).sum(axis=1)
        likelihood -= 0.5 * it.noise.weight[:, g] * rss
    return prior, likelihood
