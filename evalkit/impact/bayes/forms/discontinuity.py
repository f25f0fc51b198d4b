"""Bayesian form of `regression_discontinuity`: lines on either side that may bend.

Within a window chosen by the data, the outcome follows a line on each side plus a bend: a curve whose
second derivative is white noise (an integrated Wiener process, whose posterior mean is a smoothing
spline). How much it bends is learnt, so that the interval of the jump holds what the bend may hide.

References
----------
Wahba (1978), Journal of the Royal Statistical Society B 40. Branson, Rischard, Bornn and Miratrix
(2019), Journal of Statistical Planning and Inference 202 (Gaussian processes in such designs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common_priors import Beliefs, Slot, Slots
from evalkit.impact.bayes.forms.gap_form import Conditional, Gap, Hyper
from evalkit.impact.bayes.forms.gap_layer import System, evidence
from evalkit.impact.discontinuity.bandwidth import Pair
from evalkit.impact.discontinuity.sample import Sample
from evalkit.impact.least_squares import Floats, Ints, independent_columns, sums_by

DIGITS = 10
CELLS = 12
"""Pieces of each side on which the second derivative is constant."""
LEVEL, JUMP, SLOPE, KINK = range(4)
SIDES = ("below", "above")
UNIT_RULE = "the standard deviation of the outcome on the untreated side within the window"
SLOTS: Slots = {
    "effect": Slot("jump at the cutoff (or change of slope, over the window)", 2.0),
    "noise": Slot("spread of units around the curve", 1.0, half=True),
    "bend": Slot("how far the curve has left its line at the edge of the window", 1.0, half=True),
    "clusters": Slot("spread between clusters", 0.5, half=True),
    "covariates": Slot("what follows one SD of a covariate", 1.0),
}
"""Every prior of a discontinuity, in units; levels and slopes are flat."""


@dataclass(frozen=True)
class Data:
    """Rows within the window, in units.

    Attributes
    ----------
    x : ndarray, shape (n, k)
        Level, jump, slope, change of slope, bends below and above, covariates.
    y, w, distance : ndarray, shape (n,)
        Outcome, weights, and running variable from the cutoff in windows.
    upper : ndarray of bool, shape (n,)
    covariates : int
        How many of the last columns are covariates.
    cluster : ndarray of int, shape (n,), or None
    edges : pair of ndarray
        Ends of the cells of each side.
    window : pair of float
        In units of the running variable.
    reach : float
        What one window is, in the same.
    unit, centre : float
    kink : bool
    sign : float
    """

    x: Floats
    y: Floats
    w: Floats
    distance: Floats
    upper: NDArray[np.bool_]
    covariates: int
    cluster: Ints | None
    edges: tuple[Floats, Floats]
    window: Pair
    reach: float
    unit: float
    centre: float
    kink: bool
    sign: float

    @property
    def place(self) -> int:
        """Which coefficient is the effect."""
        return KINK if self.kink else JUMP

    @property
    def effect_unit(self) -> float:
        """One unit of the effect in outcome units (by units of the running variable for a kink)."""
        return self.unit / self.reach if self.kink else self.unit


def read_data(sample: Sample, window: Pair, *, kink: bool) -> Data:
    """Return the rows within the window, in units.

    Raises
    ------
    DesignError
        When the outcome does not vary there.
    """
    inside = np.where(sample.upper, np.abs(sample.x) <= window[1], np.abs(sample.x) <= window[0])
    near = sample.keep(inside)
    untreated = near.y[~near.treated]
    unit = float(untreated.std(ddof=1)) if len(untreated) > 1 else 0.0
    if not unit > 1e-9 * float(np.abs(near.y).max() or 1.0):
        raise DesignError(
            "regression_discontinuity cannot be estimated: the outcome does not vary on the "
            "untreated side within the window.",
            do="Check the outcome, or give a wider `bandwidth`.",
        )
    reach, centre = float(max(window)), float(untreated.mean())
    at = near.x / reach
    treated = near.treated.astype(float)
    edges = (_edges(-at[~near.upper]), _edges(at[near.upper]))
    bends = _bends(at, near.upper, edges)
    covariates = _standardised(near.d[:, 2 if near.fuzzy else 1 :])
    x = np.column_stack([np.ones(near.n), treated, at, at * treated, bends, covariates])
    return Data(
        x.round(DIGITS),
        ((near.y - centre) / unit).round(DIGITS),
        near.w / near.w.mean(),
        at,
        near.upper,
        covariates.shape[1],
        None if near.cluster is None else _recoded(near.cluster),
        edges,
        window,
        reach,
        unit,
        centre,
        kink,
        near.sign,
    )


def _recoded(codes: Ints) -> Ints:
    """Return codes from 0 on, those that are left in the order of their old ones."""
    return np.unique(codes, return_inverse=True)[1].astype(np.intp)


def _standardised(values: Floats) -> Floats:
    spread = values.std(axis=0)
    kept = spread > 1e-9 * (np.abs(values).max(axis=0) + 1e-300) if values.size else spread > 0
    made = (values[:, kept] - values[:, kept].mean(axis=0)) / spread[kept]
    return np.asarray(made[:, independent_columns(made, np.linalg.norm(made, axis=0))])


def _edges(distance: Floats) -> Floats:
    """Return the ends of cells that hold about as many different values each, from the cutoff on."""
    seen = np.unique(distance)
    cells = int(min(CELLS, max(len(seen) - 1, 1)))
    inner = np.quantile(seen, np.arange(1, cells) / cells)
    return np.unique(np.concatenate([[0.0], inner, [max(float(seen[-1]), 1e-6)]]).round(DIGITS))


def bend_columns(distance: Floats, edges: Floats) -> Floats:
    """Return what a second derivative of 1 in each cell adds up to, shape (n, cells).

    Parameters
    ----------
    distance : ndarray, shape (n,)
        From the cutoff, on one side.
    edges : ndarray, shape (cells + 1,)
    """
    into = np.clip(distance[:, None] - edges[:-1], 0.0, np.diff(edges))
    beyond = np.maximum(distance[:, None] - edges[1:], 0.0)
    return np.asarray(into**2 / 2 + beyond * np.diff(edges))


def _bends(at: Floats, upper: NDArray[np.bool_], edges: tuple[Floats, Floats]) -> Floats:
    parts = []
    for side, own in zip((~upper, upper), edges, strict=True):
        distance = np.abs(at)
        # scaled so that each has the same prior: an even bend, and white noise of second derivatives
        # whose curve has Var g(1) = 1 (for intensity q it is q / 3)
        uneven = bend_columns(distance, own) * np.sqrt(3 / np.diff(own))
        columns = np.column_stack([distance**2, uneven])
        columns[~side] = 0.0
        parts.append(columns)
    return np.hstack(parts)


def form_of(data: Data, *, bend: float | None = None) -> Gap:
    """Return the form: spreads and the bend sampled, every coefficient integrated out.

    Parameters
    ----------
    bend : float, optional
        Default scale of the bend's prior, in units.
    """
    if data.cluster is None:
        hyper: tuple[Hyper, ...] = (
            Hyper("noise", "spread", 0.9),
            Hyper("noise", "spread", 0.9),
            Hyper("bend", "spread", 0.2),
        )
    else:
        hyper = (
            Hyper("noise", "spread", 0.9),
            Hyper("clusters", "spread", 0.3),
            Hyper("bend", "spread", 0.2),
        )
    unused = {"clusters"} if data.cluster is None else set()
    unused |= set() if data.covariates else {"covariates"}
    slots = {name: slot for name, slot in SLOTS.items() if name not in unused}
    if bend is not None:
        slots["bend"] = Slot(SLOTS["bend"].words, bend, half=True)
    products = products_of(data)

    def given(values: Floats, beliefs: Beliefs) -> Conditional:
        return evidence(system_of(data, products, values, beliefs), data.place)

    return Gap("regression_discontinuity", hyper, given, data.effect_unit, slots)


@dataclass(frozen=True, slots=True)
class Products:
    """Products of columns and outcome together: by side, or whole with the clusters' sums."""

    sides: tuple[Floats, ...]
    rows: tuple[int, ...]
    sums: Floats
    sizes: Floats


def products_of(data: Data) -> Products:
    """Return the products that `system_of` needs."""
    both = np.column_stack([data.x, data.y])
    if data.cluster is None:
        parts = [(both[side], data.w[side]) for side in (~data.upper, data.upper)]
        sides = tuple(one.T @ (one * w[:, None]) for one, w in parts)
        return Products(sides, tuple(len(w) for _, w in parts), np.zeros((0, 0)), np.zeros(0))
    weighted = both * data.w[:, None]
    count = int(data.cluster.max()) + 1
    sums = sums_by(weighted, data.cluster, count)
    sizes = np.bincount(data.cluster, weights=data.w, minlength=count).astype(float)
    return Products((both.T @ weighted,), (len(data.y),), sums, sizes)


def system_of(data: Data, products: Products, values: Floats, beliefs: Beliefs) -> System:
    """Return the normal rows and priors for sets of parameters (B, d)."""
    if data.cluster is None:
        inverse = 1 / values[:, :2] ** 2
        whole = sum(
            inverse[:, k, None, None] * products.sides[k] for k in range(len(products.sides))
        )
        logdet = -(np.log(inverse) * np.array(products.rows)).sum(axis=1)
    else:
        whole, logdet = _clustered(products, values)
    whole = np.asarray(whole)
    bend = values[:, -1]
    precision = np.zeros((len(values), data.x.shape[1]))
    precision[:, KINK + 1 : precision.shape[1] - data.covariates] = 1 / bend[:, None] ** 2
    if data.covariates:
        precision[:, -data.covariates :] = 1 / beliefs["covariates"].sd ** 2
    centre = np.zeros(data.x.shape[1])
    if data.covariates:
        centre[-data.covariates :] = beliefs["covariates"].mean
    return System(whole, logdet, precision, centre)


def _clustered(products: Products, values: Floats) -> tuple[Floats, Floats]:
    """Take the clusters' common parts out (random intercepts) by their inverse covariance.

    The inverse of ``noise^2 (I + r 11')`` is ``(I - r / (1 + r n) 11') / noise^2``.
    """
    noise2 = values[:, 0] ** 2
    ratio = (values[:, 1] ** 2 / noise2)[:, None]
    share = ratio / (1 + ratio * products.sizes)
    outer = products.sums[:, :, None] * products.sums[:, None, :]
    taken = (share @ outer.reshape(len(outer), -1)).reshape(-1, *outer.shape[1:])
    logdet = products.rows[0] * np.log(noise2) + np.log1p(ratio * products.sizes).sum(axis=1)
    return (products.sides[0] - taken) / noise2[:, None, None], logdet


def curve_rows(data: Data, at: Floats, upper: NDArray[np.bool_]) -> Floats:
    """Return the columns at other places, covariates at their mean, shape (m, k).

    Parameters
    ----------
    at : ndarray, shape (m,)
        From the cutoff, in windows.
    upper : ndarray of bool, shape (m,)
        Which side's curve.
    """
    treated = (upper if data.sign > 0 else ~upper).astype(float)
    bends = _bends(at, upper, data.edges)
    rest = np.zeros((len(at), data.covariates))
    return np.column_stack([np.ones(len(at)), treated, at, at * treated, bends, rest])
