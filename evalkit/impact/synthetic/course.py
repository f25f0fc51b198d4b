"""One treated course against weighted donors, by any of the estimators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.frame import Floats
from evalkit.impact.synthetic.augmented import augmented
from evalkit.impact.synthetic.nested import nested
from evalkit.impact.synthetic.synthetic_did import penalty, synthetic_did
from evalkit.impact.synthetic.weights import simplex

ESTIMATORS = ("classic", "synthetic_did", "augmented")


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be followed: a course of outcomes and its predictors, and those of the donors.

    Attributes
    ----------
    y : ndarray, shape (T,)
    donors : ndarray, shape (T, n)
    x : ndarray, shape (k,)
    x_donors : ndarray, shape (k, n)
    """

    y: Floats
    donors: Floats
    x: Floats
    x_donors: Floats

    def without(self, donor: int) -> Target:
        """Return the same without one donor."""
        kept = np.arange(self.donors.shape[1]) != donor
        return Target(self.y, self.donors[:, kept], self.x, self.x_donors[:, kept])

    def of_donor(self, donor: int) -> Target:
        """Return one donor as if it were treated, against the others."""
        rest = self.without(donor)
        return Target(self.donors[:, donor], rest.donors, self.x_donors[:, donor], rest.x_donors)

    def until(self, count: int) -> Target:
        """Return the first periods only."""
        return Target(self.y[:count], self.donors[:count], self.x, self.x_donors)


@dataclass(frozen=True, slots=True)
class Method:
    """How weights are found.

    Attributes
    ----------
    estimator : str
    before : int
        Periods before the start.
    window : ndarray of bool, shape (T,)
        Periods whose fit counts.
    zeta, ridge : float or None
        Penalties of the estimate that is checked, for its placebos; found from the data when None.
    treated : int
        Number of treated units in the average.
    published : bool
        See `synthetic_did.synthetic_did`.
    seed : int
    """

    estimator: str
    before: int
    window: NDArray[np.bool_]
    zeta: float | None = None
    ridge: float | None = None
    treated: int = 1
    published: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """Weights of the donors, the course they imply, and what the estimator says besides.

    Attributes
    ----------
    weights : ndarray, shape (n,)
    synthetic, gap : ndarray, shape (T,)
    unique : bool
        Whether no other weights fit as well.
    loss, bound : float
        Mean squared gap over the periods fitted; the lowest that any convex weights could have.
    importance : ndarray, shape (k,)
        Of the predictors.
    near : ndarray, shape (s,)
        Average effect with other importances that fit nearly as well.
    periods : ndarray, shape (t0,)
        Weights of periods (synthetic DiD).
    penalty : float or None
        Of the ridge (augmented), or zeta (synthetic DiD).
    tried, errors : ndarray
        Penalties tried and their errors (augmented).
    matched : bool
        Whether every predictor is matched exactly.
    """

    weights: Floats
    synthetic: Floats
    gap: Floats
    unique: bool
    loss: float
    bound: float
    importance: Floats
    near: Floats
    periods: Floats
    penalty: float | None = None
    tried: Floats = field(default_factory=lambda: np.zeros(0))
    errors: Floats = field(default_factory=lambda: np.zeros(0))
    matched: bool = False

    def effect(self, before: int) -> float:
        """Return the average gap from the start on."""
        return float(self.gap[before:].mean())


def follow(target: Target, method: Method) -> Course:
    """Return the synthetic course of a target."""
    if method.estimator == "synthetic_did":
        return _synthetic_did(target, method)
    base = _classic(target, method)
    return base if method.estimator == "classic" else _augment(target, method, base)


def _classic(target: Target, method: Method) -> Course:
    fitted, b = method.window, method.before
    own, donors = target.y[fitted], target.donors[fitted]
    if not len(target.x):
        found = simplex(own, donors)
        loss = found.loss / len(own)
        return _course(target, found.weights, found.unique, (loss, loss))
    made = nested((target.x, target.x_donors), (own, donors), method.seed)
    effects = (target.y[b:, None] - target.donors[b:] @ made.near.T).mean(axis=0)
    course = _course(target, made.weights, made.unique, (made.loss, made.bound))
    return replace(course, importance=made.importance, near=effects, matched=made.matched)


def _course(
    target: Target,
    weights: Floats,
    unique: bool,  # noqa: FBT001 (a fact about the weights, not a switch)
    losses: tuple[float, float],
) -> Course:
    synthetic = target.donors @ weights
    none = np.zeros(0)
    gap = target.y - synthetic
    return Course(
        weights, synthetic, gap, unique, *losses, importance=none, near=none, periods=none
    )


def _augment(target: Target, method: Method, base: Course) -> Course:
    b = method.before
    found = augmented(
        target.y[:b],
        target.donors[:b],
        base.weights,
        penalty=method.ridge,
        fixed=bool(len(target.x)),
    )
    synthetic = target.donors @ found.weights
    gap = target.y - synthetic
    return Course(
        found.weights,
        synthetic,
        gap,
        base.unique,
        float((gap[:b] ** 2).mean()),
        base.loss,
        importance=base.importance,
        near=np.zeros(0),
        periods=np.zeros(0),
        penalty=found.penalty,
        tried=found.tried,
        errors=found.errors,
    )


def _synthetic_did(target: Target, method: Method) -> Course:
    b = method.before
    zeta = method.zeta
    if zeta is None:
        zeta = penalty(target.donors, b, method.treated)
    made = synthetic_did(target.y, target.donors, b, zeta, published=method.published)
    gap = target.y - made.synthetic
    level = gap[:b] - gap[:b].mean()
    loss = float((level**2).mean())
    return Course(
        made.weights,
        made.synthetic,
        gap,
        unique=True,
        loss=loss,
        bound=loss,
        importance=np.zeros(0),
        near=np.zeros(0),
        periods=made.periods,
        penalty=zeta,
    )


def donors_alone(target: Target, method: Method, chosen: Sequence[int]) -> Floats:
    """Return the gaps of donors, each against the others, shape (len(chosen), T).

    The treated unit takes no part, so that its effect cannot enter a placebo.
    """
    return np.array([follow(target.of_donor(int(j)), method).gap for j in chosen])


def sets_alone(target: Target, method: Method, share: Floats, draws: int, seed: int) -> Floats:
    """Return the gaps of averages of donors drawn without replacement, against the rest.

    Parameters
    ----------
    share : ndarray, shape (N1,)
        How much each treated unit counts: as many donors are drawn, and count so.

    References
    ----------
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), algorithm 4.
    """
    count = target.donors.shape[1]
    rng = np.random.default_rng([seed, 4])
    gaps = []
    for _ in range(draws):
        chosen = rng.permutation(count)[: len(share)]
        rest = np.delete(np.arange(count), chosen)
        made = Target(
            target.donors[:, chosen] @ share,
            target.donors[:, rest],
            target.x_donors[:, chosen] @ share,
            target.x_donors[:, rest],
        )
        gaps.append(follow(made, method).gap)
    return np.array(gaps)


def average(courses: Sequence[Course], share: Floats) -> Floats:
    """Return the average gap of several courses, shape (T,)."""
    return np.asarray(sum(part * one.gap for one, part in zip(courses, share, strict=True)))
