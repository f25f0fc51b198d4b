"""Least squares with absorbed effects and clusters, on arrays without labels.

Everything rests on one Gram matrix per cluster of the columns that are left once the effects of
units are absorbed. Estimates, cluster-robust variances (CR1, CR2), Satterthwaite degrees of
freedom and the wild cluster bootstrap are exact functions of these small matrices.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

ABSORBED = 1e-8
"""A column is absorbed when less than this share of its norm is left."""
ROUNDING = 1e-12
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])
"""Six-point weights of Webb (2023, Canadian Journal of Economics 56)."""
MOST_ENUMERATED = 10_000


@dataclass(frozen=True, slots=True)
class Fit:
    """A least-squares fit through the Gram matrices of its clusters.

    Attributes
    ----------
    beta : ndarray, shape (q,)
        Coefficients.
    root : ndarray, shape (q, q)
        ``root @ root.T`` is the inverse of the Gram matrix.
    grams : ndarray, shape (G, q, q)
        Gram matrix of each cluster.
    scores : ndarray, shape (G, q)
        ``X_g' e_g`` of each cluster.
    n, k : int
        Rows; parameters, absorbed effects included.
    """

    beta: Floats
    root: Floats
    grams: Floats
    scores: Floats
    n: int
    k: int

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return len(self.scores)


def sums_by(values: Floats, groups: Ints, count: int) -> Floats:
    """Return the sums of the rows of `values` (n, ...) in each of `count` groups."""
    if values.ndim == 1:
        return np.asarray(np.bincount(groups, weights=values, minlength=count), dtype=float)
    flat = values.reshape(len(values), -1)
    columns = [
        np.bincount(groups, weights=flat[:, j], minlength=count) for j in range(flat.shape[1])
    ]
    shape = (count, *values.shape[1:])
    return np.stack(columns, axis=1).reshape(shape) if columns else np.zeros(shape)


def absorb(columns: Floats, groups: Ints | None, weights: Floats) -> Floats:
    """Return the columns less their weighted group means, times the root of the weights.

    Parameters
    ----------
    columns : ndarray, shape (n,) or (n, k)
    groups : ndarray of int, shape (n,), or None
        Codes from 0; None absorbs nothing.
    weights : ndarray, shape (n,)
    """
    flat = columns.reshape(len(columns), -1)
    if groups is not None:
        count = int(groups.max()) + 1
        total = sums_by(weights, groups, count)[:, None]
        flat = flat - (sums_by(flat * weights[:, None], groups, count) / total)[groups]
    return np.asarray((flat * np.sqrt(weights)[:, None]).reshape(columns.shape))


def independent_columns(columns: Floats, norms: Floats, *, after: Floats | None = None) -> Ints:
    """Return the indices of the columns that earlier ones (and `after`) do not explain.

    Parameters
    ----------
    columns : ndarray, shape (n, k)
    norms : ndarray, shape (k,)
        Norm of each column before anything was absorbed: what "nothing is left" is measured by.
    after : ndarray, shape (n, j), optional
        Columns with which all are to be independent.
    """
    basis = np.zeros((len(columns), 0)) if after is None else np.linalg.qr(after)[0]
    kept = []
    for j in range(columns.shape[1]):
        left = columns[:, j]
        for _ in range(2):  # twice is enough (Kahan and Parlett's rule)
            left = left - basis @ (basis.T @ left)
        size = np.linalg.norm(left)
        if size > ABSORBED * norms[j] and size > 0:
            basis = np.column_stack([basis, left / size])
            kept.append(j)
    return np.array(kept, dtype=np.intp)


def cluster_products(left: Floats, right: Floats, groups: Ints, count: int) -> Floats:
    """Return ``left_g' right_g`` of every cluster, shape (count, left columns, right columns)."""
    parts = [sums_by(left[:, [j]] * right, groups, count) for j in range(left.shape[1])]
    return np.stack(parts, axis=1) if parts else np.zeros((count, 0, right.shape[1]))


def fit(x: Floats, y: Floats, clusters: Ints, absorbed: int) -> Fit:
    """Fit `y` on `x`, both with effects already absorbed.

    Parameters
    ----------
    x : ndarray, shape (n, q)
        Linearly independent columns.
    y : ndarray, shape (n,)
    clusters : ndarray of int, shape (n,)
        Codes from 0 to G - 1.
    absorbed : int
        Number of absorbed effects, counted in the degrees of freedom.
    """
    count = int(clusters.max()) + 1
    scale = np.linalg.norm(x, axis=0)
    grams = cluster_products(x / scale, x / scale, clusters, count)
    values, vectors = np.linalg.eigh(grams.sum(axis=0))
    root = (vectors / np.sqrt(values)) @ vectors.T / scale[:, None]
    beta = root @ (root.T @ (x.T @ y))
    # One step of refinement: normal equations square the condition number.
    beta = beta + root @ (root.T @ (x.T @ (y - x @ beta)))
    # What is left by rounding alone must not pass for an estimate or for variation.
    size = np.linalg.norm(y)
    beta = np.where(np.abs(beta) * scale > ROUNDING * size, beta, 0.0)
    scores = sums_by(x * (y - x @ beta)[:, None], clusters, count)
    scores = np.where(np.abs(scores) > ROUNDING * size * scale, scores, 0.0)
    outer = scale[:, None] * scale
    return Fit(beta, root, grams * outer, scores, len(y), absorbed + x.shape[1])


def cr1(fitted: Fit) -> Floats:
    """Return the cluster-robust covariance of the coefficients, shape (q, q).

    The sandwich of Liang and Zeger (1986) times ``G/(G-1) * (n-1)/(n-k)``; `k` counts every
    parameter, absorbed effects of units included. This is the convention of dummy-variable least
    squares; packages that leave effects nested in clusters out of `k` print smaller errors.
    """
    g, n, k = fitted.clusters, fitted.n, fitted.k
    bread = fitted.root @ fitted.root.T
    meat = fitted.scores.T @ fitted.scores
    return np.asarray(bread @ meat @ bread * (g / (g - 1)) * ((n - 1) / max(n - k, 1)))


def cr2(fitted: Fit, j: int = 0) -> tuple[float, float]:
    """Return the CR2 standard error of coefficient `j` and its Satterthwaite degrees of freedom.

    Bell and McCaffrey (2002); with absorbed effects, Pustejovsky and Tipton (2018, Journal of
    Business & Economic Statistics 36, theorem 2), who show that the effects nested in clusters may
    be left out of the adjustment. Working model: independent errors of equal variance (variance
    proportional to 1/weight in weighted fits). With ``X_g root = U_g`` the adjusted column of the
    cluster is ``U_g (I - U_g'U_g)^(-1/2) root' e_j``, so only q-by-q matrices are needed.
    """
    adjusted, v = cr2_parts(fitted, j)
    sv = np.einsum("gij,gj->gi", fitted.grams, v)
    own, shared = np.einsum("gi,gi->g", v, sv), sv @ fitted.root
    trace = own.sum() - (shared**2).sum()
    cross = shared.T @ shared
    square = (own**2).sum() - 2 * (own * (shared**2).sum(axis=1)).sum() + (cross**2).sum()
    df = trace**2 / square if square > 0 else np.nan
    return float(np.sqrt((adjusted**2).sum())), float(df)


def cr2_parts(fitted: Fit, j: int = 0) -> tuple[Floats, Floats]:
    """Return the contribution of each cluster to the CR2 error of coefficient `j`, and its weights.

    Returns
    -------
    contributions : ndarray, shape (G,)
        The root of their sum of squares is the CR2 standard error.
    v : ndarray, shape (G, q)
        Weights of the cluster's scores.
    """
    root = fitted.root
    inner = root.T @ fitted.grams @ root
    values, vectors = np.linalg.eigh(np.eye(len(root)) - inner)
    # A direction that one cluster alone identifies has leverage 1: pseudo-inverse, as in the paper.
    known = values > 1e-10
    power = np.where(known, 1.0 / np.sqrt(np.where(known, values, 1.0)), 0.0)
    middle = (vectors * power[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    v = (middle @ root[j]) @ root.T
    return np.einsum("gi,gi->g", v, fitted.scores), v


@dataclass(frozen=True, slots=True)
class WildDraws:
    """Wild-bootstrap t statistics as functions of the effect under test.

    For draw b and tested effect ``r``: numerator ``a[b, 0] + r * a[b, 1]``, squared standard error
    ``v[b, 0] + r * v[b, 1] + r**2 * v[b, 2]`` (both up to factors that cancel).
    """

    a: Floats
    v: Floats
    beta: float
    std_error: float
    enumerated: bool

    def p_value(self, tested: float) -> float:
        """Return the two-sided, symmetric p-value of "the effect is `tested`"."""
        top = self.a[:, 0] + tested * self.a[:, 1]
        below = self.v[:, 0] + tested * self.v[:, 1] + tested**2 * self.v[:, 2]
        floor = 1e-12 * max(float(below.max()), np.finfo(float).tiny)
        t2 = top**2 / np.maximum(below, floor)
        observed = ((self.beta - tested) / self.std_error) ** 2
        hits = int((t2 >= observed * (1 - 1e-9)).sum())
        return hits / len(t2) if self.enumerated else (hits + 1) / (len(t2) + 1)


def wild_draws(fitted: Fit, j: int, draws: int, rng: np.random.Generator) -> WildDraws:
    """Draw the restricted wild cluster bootstrap of coefficient `j`.

    Cameron, Gelbach and Miller (2008), null imposed, Webb's six-point weights; all ``6**G`` weight
    vectors are used when there are few clusters (G <= 5). The statistic is studentised with CR0:
    constant factors cancel.
    """
    g = fitted.clusters
    weights, enumerated = _webb(g, draws, rng, order=np.argsort(fitted.scores[:, j]))
    others = np.delete(np.arange(len(fitted.beta)), j)
    gram = fitted.grams.sum(axis=0)
    ww = gram[np.ix_(others, others)]
    slopes = np.linalg.solve(ww, gram[others, j]) if len(others) else np.zeros(0)
    # d: the column of interest less what the others explain; everything below is per cluster.
    dw = fitted.grams[:, j, :][:, others] - np.einsum(
        "gij,i->gj", fitted.grams[:, others, :][:, :, others], slopes
    )
    dd = fitted.grams[:, j, j] - fitted.grams[:, j, :][:, others] @ slopes - dw @ slopes
    de = fitted.scores[:, j] - fitted.scores[:, others] @ slopes
    we = fitted.scores[:, others]
    # Residuals under "effect = r" are e + (beta - r) d: score parts constant and linear in r.
    total = dd.sum()
    u0, u1 = de + fitted.beta[j] * dd, -dd
    w0, w1 = we + fitted.beta[j] * dw, -dw
    hat = np.linalg.solve(ww, dw.T).T if len(others) else dw
    parts = [_bootstrap_scores(weights, u, w, hat, dd / total) for u, w in ((u0, w0), (u1, w1))]
    (b0, s0), (b1, s1) = parts
    v = np.column_stack([(s0**2).sum(1), 2 * (s0 * s1).sum(1), (s1**2).sum(1)])
    std_error = float(np.sqrt((de**2).sum()))
    a = np.column_stack([b0, b1])
    return WildDraws(a, v, float(fitted.beta[j]), std_error / float(total), enumerated)


def _bootstrap_scores(
    weights: Floats, u: Floats, w: Floats, hat: Floats, share: Floats
) -> tuple[Floats, Floats]:
    """Return numerators ``D' e*`` (draws,) and cluster scores after refitting (draws, G)."""
    top = weights @ u
    scores = weights * u - (weights @ w) @ hat.T - top[:, None] * share
    return top, scores


def _webb(g: int, draws: int, rng: np.random.Generator, *, order: Ints) -> tuple[Floats, bool]:
    """Return Webb weights (draws, G); clusters are taken in `order`, so labels do not matter."""
    enumerated = len(WEBB) ** g <= MOST_ENUMERATED
    if enumerated:
        return np.array(list(itertools.product(WEBB, repeat=g))), True
    weights = np.empty((draws, g))
    weights[:, order] = rng.choice(WEBB, size=(draws, g))
    return weights, False


def invert(p_value: WildDraws, start: float, step: float, level: float) -> float:
    """Return the end of the confidence set on the side of `step`: where p falls to 1 - `level`.

    Bisection after doubling the step; infinite when no value is refused within 2**20 steps.
    """
    alpha, inside, outside = 1 - level, start, start + step
    for _ in range(20):
        if p_value.p_value(outside) <= alpha:
            break
        inside, outside = outside, outside + 2 * (outside - start)
    else:
        return float(np.copysign(np.inf, step))
    for _ in range(30):
        middle = 0.5 * (inside + outside)
        inside, outside = (middle, outside) if p_value.p_value(middle) > alpha else (inside, middle)
    return inside
