"""The likelihood with the coefficients integrated out, for a batch of free numbers at once.

Coefficients are written as ``mean + L z`` with z standard normal, so that nothing breaks down when
a standard deviation goes to zero. Given standard deviations and noise, z is normal with precision
``I + L'GL`` (no I for flat coefficients). Leaves are eliminated first, then the hubs.

Arrays have the leaves in their last axis, so that small matrices are factored by a few operations
over all leaves and the whole batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.gaussian import hyper
from evalkit.impact.gaussian.hyper import Hyper
from evalkit.impact.gaussian.model import Floats, Gram, Ints, Model
from evalkit.impact.gaussian.noise import Guess
from evalkit.impact.gaussian.structure import Layout, layout, size

LARGEST = 1_000_000
"""Numbers held at once in one array; larger batches are done in pieces."""


@dataclass(frozen=True)
class Problem:
    """A model's Gram matrices, centred at the prior means and sorted into hubs and leaves.

    The last column of everything to do with hubs is the outcome.

    Attributes
    ----------
    leaf : numpy.ndarray, shape (grams, d, d, leaves)
        Of one Gram in units of the noise, where that is known.
    cross : numpy.ndarray, shape (grams, d, r + 1, leaves)
    hub : numpy.ndarray, shape (grams, r + 1, r + 1)
    n : numpy.ndarray, shape (groups,)
    mean : numpy.ndarray, shape (m,)
        Prior means.
    sd, flat : numpy.ndarray, shape (r,)
        Prior standard deviation of fixed hubs, 1 elsewhere; 0 where a prior is flat, 1 elsewhere.
    related : tuple of numpy.ndarray or None
        Cholesky factor of each `Varying`'s relation.
    guess : Guess
    """

    model: Model
    where: Layout
    leaf: Floats
    cross: Floats
    hub: Floats
    n: Floats
    mean: Floats
    sd: Floats
    flat: Floats
    related: tuple[Floats | None, ...]
    guess: Guess


@dataclass(frozen=True)
class Solved:
    """The distribution of the coefficients, for a batch.

    Attributes
    ----------
    hyper : Hyper
    value : numpy.ndarray, shape (batch,)
        Log of prior times integrated likelihood, with the Jacobian.
    leaf_root : numpy.ndarray, shape (batch, d, d)
        L of any leaf.
    hub_root : numpy.ndarray, shape (batch, r, r)
    leaf_chol : numpy.ndarray, shape (batch, d, d, leaves)
    half : numpy.ndarray, shape (batch, d, r + 1, leaves)
        Inverse of `leaf_chol` times the cross part.
    hub_chol : numpy.ndarray, shape (batch, r, r)
    hub_z : numpy.ndarray, shape (batch, r)
        Mean of the hubs' z.
    left : numpy.ndarray, shape (batch,)
        Weighted sum of squares that the coefficients' means leave.
    """

    hyper: Hyper
    value: Floats
    leaf_root: Floats
    hub_root: Floats
    leaf_chol: Floats
    half: Floats
    hub_chol: Floats
    hub_z: Floats
    left: Floats


def problem(model: Model) -> Problem:
    """Return the model ready for sampling."""
    where = layout(model)
    mean, spread = np.zeros(size(model)), np.ones(size(model))
    for one in model.fixed:
        mean[one.columns] = one.mean
        spread[one.columns] = one.sd
    whole = [_centred(g, mean) for g in (*model.grams, *model.noise.cross)]
    guess, known = _guess(model, whole), model.noise.known
    if known is not None:  # nothing about the noise changes: one Gram is enough
        whole = [np.sum([g / sd**2 for g, sd in zip(whole, known, strict=True)], axis=0)]
    m, sd = size(model), spread[where.hub]
    hub = np.append(where.hub, m)
    leaf = np.where(where.leaf < 0, m + 1, where.leaf)  # empty slots point at zeros
    return Problem(
        model,
        where,
        np.array([g[leaf[:, :, None], leaf[:, None, :]] for g in whole]).transpose(0, 2, 3, 1),
        np.array([g[leaf[:, :, None], hub] for g in whole]).transpose(0, 2, 3, 1),
        np.array([g[np.ix_(hub, hub)] for g in whole]),
        np.array([g.n for g in model.grams]),
        mean,
        np.where(np.isinf(sd), 1.0, sd),
        np.isfinite(sd).astype(float),
        tuple(_root(v.relation) for v in model.varying),
        guess,
    )


def _root(relation: Floats | None) -> Floats | None:
    return None if relation is None else np.asarray(np.linalg.cholesky(relation))


def _centred(one: Gram, mean: Floats) -> Floats:
    """Return the Gram of coefficients, outcome less prior mean, and a column of zeros."""
    m = len(mean)
    out = np.zeros((m + 2, m + 2))
    out[:m, :m] = one.xx
    out[m, :m] = out[:m, m] = one.xy - one.xx @ mean
    out[m, m] = one.yy - 2 * mean @ one.xy + mean @ one.xx @ mean
    return out


def _guess(model: Model, whole: list[Floats]) -> Guess:
    """Return each group's noise about a ridge fit to all rows."""
    groups, m = len(model.grams), size(model)
    n = np.array([one.n for one in model.grams])
    total = np.sum(whole[:groups], axis=0)
    ridge = 1e-3 * np.diag(total)[:m] + 1e-8 * (np.trace(total[:m, :m]) + 1.0)
    coef = np.linalg.solve(total[:m, :m] + np.diag(ridge), total[:m, m])
    apart = np.concatenate([-coef, [1.0, 0.0]])
    left = np.array([apart @ one @ apart for one in whole[:groups]])
    overall = max(left.sum() / max(n.sum(), 1.0), 1e-12 * model.noise.scale**2)
    rough = np.clip((left + overall) / (n + 1.0), overall / 400, overall * 400)
    return Guess(0.5 * np.log(rough) - np.log(model.noise.scale), 2 * n)


def pieces(p: Problem, batch: int) -> list[slice]:
    """Return slices of a batch small enough to be held at once."""
    leaves, width = p.where.leaf.shape
    r = len(p.where.hub) + 1
    step = max(int(LARGEST / (leaves * width * (width + r) + r**2)), 1)
    return [slice(at, min(at + step, batch)) for at in range(0, batch, step)]


def log_density(p: Problem, eta: Floats) -> Floats:
    """Return the log posterior density of free numbers, up to a constant, shape (batch,)."""
    return np.concatenate([solve(p, eta[piece]).value for piece in pieces(p, len(eta))])


def solve(p: Problem, eta: Floats) -> Solved:
    """Return the coefficients' distribution and the integrated likelihood, for a batch."""
    it = hyper.unpack(p.model, eta, p.guess)
    leaf_root, hub_root = roots(p, it)
    weight = it.noise.weight if p.model.noise.known is None else np.ones((len(eta), 1))
    leaf_chol, half = _leaves(p, weight, leaf_root)
    inner = (half @ half.swapaxes(-1, -2)).sum(axis=1)
    seen = _mixed(weight, p.hub) - inner
    hub_t = hub_root.swapaxes(-1, -2)
    r = len(p.where.hub)
    s = hub_t @ seen[:, :r, :r] @ hub_root
    s[:, np.arange(r), np.arange(r)] += p.flat
    hub_chol = np.linalg.cholesky(s)
    hub_half = np.linalg.solve(hub_chol, hub_t @ seen[:, :r, r:])
    hub_z = np.linalg.solve(hub_chol.swapaxes(-1, -2), hub_half)[..., 0]
    left = seen[:, r, r] - (hub_half[..., 0] ** 2).sum(axis=1)
    diagonal = leaf_chol[:, np.arange(len(leaf_chol[0])), np.arange(len(leaf_chol[0]))]
    value = (
        it.log_prior
        + it.jacobian
        - it.noise.log_det @ p.n
        - 0.5 * left
        - np.log(diagonal).sum(axis=(1, 2))
        - np.log(np.diagonal(hub_chol, axis1=-2, axis2=-1)).sum(axis=1)
    )
    return Solved(it, value, leaf_root, hub_root, leaf_chol, half, hub_chol, hub_z, left)


def _leaves(p: Problem, weight: Floats, root: Floats) -> tuple[Floats, Floats]:
    """Return the leaves' Cholesky factors, and their inverses times the cross parts."""
    batch, d, leaves = len(weight), root.shape[-1], p.leaf.shape[-1]
    down = root.swapaxes(-1, -2)
    a = down @ _mixed(weight, p.leaf).reshape(batch, d, -1)
    a = down[:, None] @ a.reshape(batch, d, d, leaves)
    a[:, np.arange(d), np.arange(d)] += 1.0
    x = (down @ _mixed(weight, p.cross).reshape(batch, d, -1)).reshape(batch, d, -1, leaves)
    chol = cholesky(a)
    return chol, forward(chol, x)


def _mixed(weight: Floats, parts: Floats) -> Floats:
    """Return the sum over Gram matrices of weight times part, for a batch."""
    return (weight @ parts.reshape(len(parts), -1)).reshape(len(weight), *parts.shape[1:])


def cholesky(a: Floats) -> Floats:
    """Return Cholesky factors of matrices in the second and third axis."""
    out = np.zeros_like(a)
    for j in range(a.shape[1]):
        row = out[:, j, :j]
        out[:, j, j] = np.sqrt(a[:, j, j] - (row**2).sum(axis=1))
        below = a[:, j + 1 :, j] - np.einsum("bikl,bkl->bil", out[:, j + 1 :, :j], row)
        out[:, j + 1 :, j] = below / out[:, j, None, j]
    return out


def forward(chol: Floats, right: Floats) -> Floats:
    """Solve with lower triangular factors; `right` has shape (batch, d, columns, leaves)."""
    out = np.empty_like(right)
    for i in range(chol.shape[1]):
        known = np.einsum("bkl,bkcl->bcl", chol[:, i, :i], out[:, :i])
        out[:, i] = (right[:, i] - known) / chol[:, i, i, None]
    return out


def backward(chol: Floats, right: Floats) -> Floats:
    """Solve with the transposes of lower triangular factors."""
    out = np.empty_like(right)
    for i in range(chol.shape[1] - 1, -1, -1):
        known = np.einsum("bkl,bkcl->bcl", chol[:, i + 1 :, i], out[:, i + 1 :])
        out[:, i] = (right[:, i] - known) / chol[:, i, i, None]
    return out


def roots(p: Problem, it: Hyper) -> tuple[Floats, Floats]:
    """Return L of any leaf (batch, d, d) and of the hubs (batch, r, r)."""
    each, batch, d = it.roots(), len(it.log_prior), p.where.leaf.shape[1]
    leaf = np.zeros((batch, d, d))
    for v, start in p.where.slots:
        own = slice(start, start + each[v].shape[-1])
        leaf[:, own, own] = each[v]
    r = len(p.where.hub)
    hub = np.zeros((batch, r, r))
    hub[:, np.arange(r), np.arange(r)] = p.sd
    for v, at in in_hub(p):
        related = p.related[v]
        for i in range(at.shape[1]):
            for j in range(i + 1):
                if related is None:
                    hub[:, at[:, i], at[:, j]] = each[v][:, i, j, None]
                else:
                    cells = (slice(None), at[:, i, None], at[None, :, j])
                    hub[cells] = each[v][:, i, j, None, None] * related
    return leaf, hub


def in_hub(p: Problem) -> list[tuple[int, Ints]]:
    """Return each `Varying` among the hubs, with its groups' positions there."""
    place = np.full(size(p.model), -1)
    place[p.where.hub] = np.arange(len(p.where.hub))
    leaves = {v for v, _ in p.where.slots}
    return [(v, place[one.columns]) for v, one in enumerate(p.model.varying) if v not in leaves]
