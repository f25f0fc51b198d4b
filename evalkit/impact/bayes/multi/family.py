"""The families of outcomes: what values each allows, its link, and its mean on the natural scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.frame import Faults

MOST_CATEGORIES = 12


@dataclass(frozen=True)
class Family:
    """How a family speaks of its effects.

    Attributes
    ----------
    link : str
        In words.
    natural : str
        What the average marginal effect is measured in.
    ratio : str
        What the exponential of the effect on the link scale is, or an empty string.
    """

    link: str
    natural: str
    ratio: str = ""


FAMILY: dict[str, Family] = {
    "student_t": Family("identity", "outcome units"),
    "bernoulli": Family("log odds", "probability", "odds ratio"),
    "binomial": Family("log odds", "probability", "odds ratio"),
    "poisson": Family("log rate", "counts", "rate ratio"),
    "negative_binomial": Family("log rate", "counts", "rate ratio"),
    "ordinal": Family("cumulative log odds", "category scores", "odds ratio"),
}


def support_faults(family: str, y: Floats, size: Floats, outcome: str, trials: str) -> Faults:
    """Return what in an outcome the family does not allow, and which one would.

    Parameters
    ----------
    y, size : numpy.ndarray, shape (rows,)
        Outcome, and trials (binomial).
    outcome, trials : str
        Names of the columns.
    """
    if family in ("normal", "student_t"):
        return []
    if family == "bernoulli":
        return _not_binary(y, outcome)
    faults = _not_whole(y, outcome, family)
    if faults:
        return faults
    if family == "binomial":
        return _binomial_faults(y, size, outcome, trials)
    if family == "ordinal":
        return _ordinal_faults(y, outcome)
    return _negative(y, outcome, family)


def _not_binary(y: Floats, outcome: str) -> Faults:
    odd = ~np.isin(y, (0.0, 1.0))
    if not odd.any():
        return []
    wrong = f"`{outcome}` holds {y[odd][0]:g}, but `family: bernoulli` allows 0 and 1 only."
    do = "Code the outcome as 0 and 1, or use `binomial`, `poisson`, `ordinal` or `normal`."
    return [(wrong, do)]


def _not_whole(y: Floats, outcome: str, family: str) -> Faults:
    odd = y != np.round(y)
    if not odd.any():
        return []
    wrong = f"`{outcome}` holds {y[odd][0]:g}, but `family: {family}` allows whole numbers only."
    return [(wrong, "Give counts rather than rates or means, or use `family: normal`.")]


def _negative(y: Floats, outcome: str, family: str) -> Faults:
    if not (y < 0).any():
        return []
    wrong = f"`{outcome}` holds {y[y < 0][0]:g}, but `family: {family}` allows no value below 0."
    return [(wrong, "Check for codes that mean missing, or use `family: normal`.")]


def _binomial_faults(y: Floats, size: Floats, outcome: str, trials: str) -> Faults:
    faults = _negative(y, outcome, "binomial")
    if (size < 0).any() or (size != np.round(size)).any():
        wrong = f"`{trials}` must hold whole numbers from 0 up."
        faults.append((wrong, "Give how many could have had the outcome."))
    above = y > size
    if above.any():
        wrong = f"`{outcome}` is above `{trials}` in {int(above.sum())} rows ({y[above][0]:g} of {size[above][0]:g})."
        faults.append((wrong, "Check both columns: the outcome counts some of those tried."))
    return faults


def _ordinal_faults(y: Floats, outcome: str) -> Faults:
    count = len(np.unique(y))
    if 3 <= count <= MOST_CATEGORIES:
        return []
    wrong = (
        f"`{outcome}` has {count} different values; `family: ordinal` needs 3 to {MOST_CATEGORIES}."
    )
    do = "Use `bernoulli` for two values, `normal` for a score with many."
    return [(wrong, do)]


def standard(values: Floats) -> Floats:
    """Return the logistic function, safe at either end."""
    return np.asarray(np.exp(-np.logaddexp(0.0, -values)))


def natural_mean(family: str, eta: Floats, cuts: Floats | None, scores: Floats) -> Floats:
    """Return the mean of the outcome at a predictor, on the natural scale (student_t: in SDs).

    Parameters
    ----------
    eta : numpy.ndarray, any shape
    cuts : numpy.ndarray, shape broadcastable to ``eta.shape + (categories - 1,)``, or None
    scores : numpy.ndarray, shape (categories,)
        What the categories are called in the data, as numbers.
    """
    if family in ("bernoulli", "binomial"):
        return standard(eta)
    if family in ("poisson", "negative_binomial"):
        return np.asarray(np.exp(eta))
    if family == "ordinal" and cuts is not None:
        return np.asarray(category_shares(eta, cuts) @ scores)
    return eta


def category_shares(eta: Floats, cuts: Floats) -> Floats:
    """Return the probability of each category of an ordinal outcome (McCullagh 1980).

    Parameters
    ----------
    eta : numpy.ndarray, shape (...)
    cuts : numpy.ndarray, shape (..., categories - 1)
    """
    below = standard(cuts - eta[..., None])
    ends = np.zeros((*below.shape[:-1], 1))
    return np.asarray(np.diff(np.concatenate([ends, below, ends + 1.0], axis=-1), axis=-1))


def separated(
    y: Floats, size: Floats, treated: Floats, site: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[list[str], int]:
    """Return which arms, and in how many sites one arm, have no outcome or nothing but the outcome.

    Parameters
    ----------
    y, size : numpy.ndarray, shape (rows,)
        Successes and trials.
    """
    arms = []
    for arm, words in ((1.0, "treated"), (0.0, "untreated")):
        rows = treated == arm
        share = y[rows].sum() / max(size[rows].sum(), 1.0)
        if share in (0.0, 1.0):
            arms.append(f"{words} rows {'all' if share else 'never'} have the outcome")
    cells = 2 * site + treated.astype(int)
    hits, every = np.bincount(cells, y), np.bincount(cells, size)
    extreme = (every > 0) & ((hits == 0) | (hits == every))
    return arms, len({cell // 2 for cell in np.flatnonzero(extreme).tolist()})
