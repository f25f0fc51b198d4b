"""Bayesian form of `single_case`: changes of cases, pooled as far as they are alike.

Each case has a level, a drift that would have come anyway, and a change with the intervention; points
near in time have errors alike (AR(1)). Changes of several cases lie around their mean by a spread
that is learnt, so that each is drawn to the others as far as the data let it.

References
----------
Rindskopf (2014), Journal of School Psychology 52. Moeyaert, Ferron, Beretvas and Van den Noortgate
(2014), Journal of School Psychology 52 (multilevel models of single cases).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common_priors import Beliefs, Slot, Slots
from evalkit.impact.bayes.forms.gap_form import Conditional, Gap, Hyper
from evalkit.impact.bayes.forms.gap_layer import System, evidence
from evalkit.impact.cases.read import Case, Cases
from evalkit.impact.least_squares import Floats, Ints

DIGITS = 10
UNIT_RULE = "the standard deviation of points within the phases of a case, over all cases"
SLOTS: Slots = {
    "effect": Slot("mean change with the intervention over the cases", 5.0),
    "noise": Slot("spread of a case's points around what was to be expected", 1.5, half=True),
    "memory": Slot("correlation of a point's error with the next (no unit)", 0.4),
    "spread": Slot("spread of changes between cases", 1.5, half=True),
    "drift": Slot("change over a case's whole series that would have come anyway", 0.5),
}
"""Every prior of single cases, in units; levels are flat."""
EFFECT = 0


@dataclass(frozen=True)
class Data:
    """All points of all cases, in units, case after case.

    Attributes
    ----------
    x : ndarray, shape (n, k)
        Mean change, deviations of cases from it, levels, drifts.
    y : ndarray, shape (n,)
    apart : ndarray of int, shape (n,)
        Periods since the case's point before; 0 for its first.
    scale : ndarray, shape (cases,)
        Relative spread of each case's points; already divided out of `x` and `y`.
    deviations : ndarray, shape (cases, cases - 1)
        From the coefficients of the deviations to those of each case (orthonormal, adding to zero).
    unit : float
    """

    x: Floats
    y: Floats
    apart: Ints
    scale: Floats
    deviations: Floats
    unit: float

    @property
    def count(self) -> int:
        """Number of cases."""
        return len(self.scale)


def read_data(cases: Cases) -> Data:
    """Return all points in units.

    Raises
    ------
    DesignError
        When no case's points vary within a phase.
    """
    squares = np.array(
        [sum(((one - one.mean()) ** 2).sum() for one in c.phases()) for c in cases.cases]
    )
    free = np.array([len(c.y) - len(c.phases()) for c in cases.cases])
    unit = float(np.sqrt(squares.sum() / max(free.sum(), 1)))
    largest = max(float(np.abs(case.y).max()) for case in cases.cases)
    if not unit > 1e-9 * largest:
        raise DesignError(
            "single_case cannot be estimated: no case's points vary within a phase, so nothing "
            "tells how much they would vary by chance.",
            do="Look at the measure: it may be too coarse; or write `inference: frequentist`.",
        )
    scale = _relative(squares / unit**2, free)
    count = len(cases.cases)
    deviations = _deviations(count)
    rows = [_rows(case, place, deviations) / scale[place] for place, case in enumerate(cases.cases)]
    y = [(case.y - case.y[0]) / unit / s for case, s in zip(cases.cases, scale, strict=True)]
    apart = [np.diff(case.position, prepend=case.position[0]) for case in cases.cases]
    return Data(
        np.vstack(rows).round(DIGITS),
        np.concatenate(y).round(DIGITS),
        np.concatenate(apart).astype(np.intp),
        scale,
        deviations,
        unit,
    )


def _relative(squares: Floats, free: Floats) -> Floats:
    """Return each case's relative spread, drawn to that of all as far as chance can explain it.

    Logs of variances from few points vary by about 2 / df; what they vary beyond that is kept
    (empirical Bayes).
    """
    if len(squares) == 1:
        return np.ones(1)
    free = np.maximum(free, 1).astype(float)
    logs = np.log((squares + 1.0) / (free + 1.0))  # one point's worth of the mean, for still cases
    chance = 2 / (free + 1.0)
    beyond = max(float(logs.var(ddof=1) - chance.mean()), 0.0)
    share = beyond / (beyond + chance)
    return np.asarray(np.exp(share * (logs - logs.mean()) / 2).round(DIGITS))


def _deviations(count: int) -> Floats:
    """Return orthonormal columns that add to zero over cases, shape (count, count - 1)."""
    made = np.zeros((count, count - 1))
    for k in range(count - 1):
        made[: k + 1, k], made[k + 1, k] = 1.0, -(k + 1.0)
    return np.asarray(made / np.linalg.norm(made, axis=0)) if count > 1 else made


def _rows(case: Case, place: int, deviations: Floats) -> Floats:
    count = len(deviations)
    n, on = len(case.y), case.treated[:, None]
    span = float(case.position[-1] - case.position[0]) or 1.0
    along = (case.position - case.position[0]) / span - 0.5
    levels, drifts = np.zeros((n, count)), np.zeros((n, count))
    levels[:, place], drifts[:, place] = 1.0, along
    return np.hstack([on, on * deviations[place], levels, drifts])


def form_of(data: Data) -> Gap:
    """Return the form: spread, memory and, with several cases, the spread between them sampled."""
    hyper: tuple[Hyper, ...] = (Hyper("noise", "spread", 0.9), Hyper("memory", "memory", 0.2))
    if data.count > 1:
        hyper += (Hyper("spread", "spread", 0.7),)
    names = ("effect", *(one.slot for one in hyper), "drift")
    slots = {name: slot for name, slot in SLOTS.items() if name in names}
    sums = sums_of(data)

    def given(values: Floats, beliefs: Beliefs) -> Conditional:
        return evidence(system_of(data, sums, values, beliefs), EFFECT)

    return Gap("single_case", hyper, given, data.unit, slots)


@dataclass(frozen=True)
class Sums:
    """Products of rows with themselves and with the row before, by how far they lie apart."""

    first: Floats
    apart: tuple[int, ...]
    own: tuple[Floats, ...]
    cross: tuple[Floats, ...]
    before: tuple[Floats, ...]
    rows: tuple[int, ...]
    total: int


def sums_of(data: Data) -> Sums:
    """Return the products that the likelihood is made of, for any memory."""
    both = np.column_stack([data.x, data.y])
    first = both[data.apart == 0]
    distances = tuple(int(d) for d in np.unique(data.apart) if d > 0)
    own, cross, before, rows = [], [], [], []
    for distance in distances:
        at = np.flatnonzero(data.apart == distance)
        late, early = both[at], both[at - 1]
        own.append(late.T @ late)
        cross.append(late.T @ early + early.T @ late)
        before.append(early.T @ early)
        rows.append(len(at))
    return Sums(
        first.T @ first, distances, tuple(own), tuple(cross), tuple(before), tuple(rows), len(both)
    )


def system_of(data: Data, sums: Sums, values: Floats, beliefs: Beliefs) -> System:
    """Return the normal rows and priors for sets of parameters (B, d): noise, memory, spread."""
    noise2, memory = values[:, 0] ** 2, values[:, 1]
    whole = np.broadcast_to(sums.first, (len(values), *sums.first.shape)).copy()
    logdet = sums.total * np.log(noise2)
    parts = zip(sums.apart, sums.own, sums.cross, sums.before, sums.rows, strict=True)
    for distance, own, cross, before, rows in parts:
        # a stationary AR(1): given the point before, mean memory^d, variance 1 - memory^(2 d)
        kept = (memory**distance)[:, None, None]
        whole += (own - kept * cross + kept**2 * before) / (1 - kept**2)
        logdet += rows * np.log1p(-(memory ** (2 * distance)))
    whole /= noise2[:, None, None]
    precision = np.zeros((len(values), data.x.shape[1]))
    if data.count > 1:
        precision[:, 1 : data.count] = 1 / values[:, 2:3] ** 2
    precision[:, 2 * data.count :] = 1 / beliefs["drift"].sd ** 2
    centre = np.zeros(data.x.shape[1])
    centre[2 * data.count :] = beliefs["drift"].mean
    return System(whole, logdet, precision, centre)


def changes(data: Data, coef: Floats) -> Floats:
    """Return the change of each case from coefficients (..., k), shape (..., cases)."""
    return np.asarray(coef[..., :1] + coef[..., 1 : data.count] @ data.deviations.T)


def whitened(data: Data, noise: float, memory: float) -> tuple[Floats, Floats]:
    """Return columns and outcome without what points share with the one before, in SDs."""
    both = np.column_stack([data.x, data.y])
    made = both.copy()
    later = np.flatnonzero(data.apart > 0)
    kept = memory ** data.apart[later]
    made[later] = (both[later] - kept[:, None] * both[later - 1]) / np.sqrt(1 - kept**2)[:, None]
    return made[:, :-1] / noise, made[:, -1] / noise
