"""Slopes of the log density, exact: Fisher's identity.

The slope of an integrated likelihood is the mean, over the coefficients' distribution, of the slope
of the whole one. So only second moments are needed: of each group's z, and of the residuals.
"""

from __future__ import annotations

import numpy as np

from evalkit.impact.gaussian import hyper
from evalkit.impact.gaussian import noise as noises
from evalkit.impact.gaussian.marginal import Problem, Solved, backward, in_hub, pieces, solve
from evalkit.impact.gaussian.model import Floats


def slopes(p: Problem, eta: Floats) -> tuple[Floats, Floats]:
    """Return the log density (batch,) and its slopes by the free numbers (batch, count)."""
    found = [_slopes(p, eta[piece]) for piece in pieces(p, len(eta))]
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


def _slopes(p: Problem, eta: Floats) -> tuple[Floats, Floats]:
    s = solve(p, eta)
    down = np.asarray(np.linalg.inv(s.hub_chol), dtype=float)
    hub_cov = down.swapaxes(-1, -2) @ down
    spread = _spread(s, down)
    second = _second_of_groups(p, s, spread, hub_cov)
    out = np.zeros(eta.shape)
    scale_cuts, pair_cuts, noise_cut = hyper.cuts(p.model)
    for v, one in enumerate(p.model.varying):
        own = (eta[:, scale_cuts[v]], eta[:, pair_cuts[v]], s.hyper.corr[v])
        out[:, scale_cuts[v]], out[:, pair_cuts[v]] = hyper.slopes(one, *own, second[v])
    if p.model.noise.known is None:
        squares = _squares(p, s, spread, hub_cov)
        free = eta[:, noise_cut]
        out[:, noise_cut] = noises.slopes(p.model, free, p.guess, s.hyper.noise, squares, p.n)
    return s.value, out


def _spread(s: Solved, down: Floats) -> Floats:
    """Return columns whose products, summed, are each leaf's E[z z'].

    Shape (batch, d, d + r + 1, leaves): own uncertainty, that of the hubs, and the mean.
    """
    batch, d, r, leaves = s.half.shape
    hubs = s.hub_root @ np.concatenate([down.swapaxes(-1, -2), s.hub_z[..., None]], axis=-1)
    right = np.zeros((batch, d, d + r, leaves))
    right[:, np.arange(d), np.arange(d)] = 1.0
    right[:, :, d:] = -(hubs.swapaxes(-1, -2)[:, None] @ s.half[:, :, :-1])
    right[:, :, -1] += s.half[:, :, -1]
    return backward(s.leaf_chol, right)


def _second_of_groups(p: Problem, s: Solved, spread: Floats, hub_cov: Floats) -> list[Floats]:
    """Return the sum over groups of E[z z'] - I, (batch, d, d) for each `Varying`."""
    batch, d = spread.shape[:2]
    flat = spread.reshape(batch, d, -1)
    second = flat @ flat.swapaxes(-1, -2) - spread.shape[-1] * np.eye(d)
    found = [np.zeros((batch, *2 * (v.columns.shape[1],))) for v in p.model.varying]
    for v, at in p.where.slots:
        own = slice(at, at + found[v].shape[-1])
        found[v] += second[:, own, own]
    for v, where in in_hub(p):
        z = s.hub_z[:, where]
        cov = hub_cov[:, where[:, :, None], where[:, None, :]].sum(axis=1)
        found[v] += z.swapaxes(-1, -2) @ z + cov - len(where) * np.eye(where.shape[1])
    return found


def _squares(p: Problem, s: Solved, spread: Floats, hub_cov: Floats) -> Floats:
    """Return the expected residual sum of squares of every Gram, shape (batch, grams)."""
    if len(p.hub) > 1:
        return _squares_each(p, s, spread, hub_cov)
    # with one Gram it follows from the normal equations: the trace of G times the covariance is
    # the number of coefficients less the prior's share of E[z z']
    z2 = (spread**2).sum(axis=(1, 2, 3)) + (
        (np.diagonal(hub_cov, axis1=1, axis2=2) + s.hub_z**2) @ p.flat
    )
    count = spread.shape[1] * spread.shape[3] + len(p.flat)
    total = (s.left + count - z2) / s.hyper.noise.weight[:, 0]
    return np.asarray(total[:, None])


def _squares_each(p: Problem, s: Solved, spread: Floats, hub_cov: Floats) -> Floats:
    batch, d = spread.shape[:2]
    r = len(p.flat)
    coef = (s.leaf_root @ spread.reshape(batch, d, -1)).reshape(spread.shape)
    hub = np.concatenate([(s.hub_root @ s.hub_z[..., None])[..., 0], -np.ones((batch, 1))], axis=1)
    second = hub[:, :, None] * hub[:, None, :]
    second[:, :r, :r] += s.hub_root @ hub_cov @ s.hub_root.swapaxes(-1, -2)
    total = second.reshape(batch, -1) @ p.hub.reshape(len(p.hub), -1).T
    hub_factor = s.hub_root @ np.linalg.inv(s.hub_chol).swapaxes(-1, -2)
    with_hub = coef[:, :, -1, None] * hub[:, None, :, None]
    with_hub[:, :, :r] += hub_factor[:, None] @ coef[:, :, d:-1]
    total += 2 * with_hub.reshape(batch, -1) @ p.cross.reshape(len(p.cross), -1).T
    for i, j in zip(*np.nonzero(np.tril((p.leaf != 0).any(axis=(0, 3)))), strict=True):
        twice = 1.0 if i == j else 2.0
        own = np.einsum("bcl,bcl->bl", coef[:, i], coef[:, j])
        total += twice * own @ p.leaf[:, i, j].T
    return np.asarray(total)
