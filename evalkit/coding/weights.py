"""How nearly two categories agree: the weights of weighted coefficients of agreement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from evalkit.coding.coefficients import Floats
from evalkit.errors import CodingError, nearest

Weights = Literal["identity", "ordinal", "linear", "quadratic", "radical", "ratio"]


def agreement_weights(kind: Weights, scores: Floats) -> Floats:
    """Return how nearly each pair of categories agrees: 1 the same, 0 furthest apart.

    Parameters
    ----------
    kind : {"identity", "ordinal", "linear", "quadratic", "radical", "ratio"}
        ``ordinal`` uses the order of the categories only, the others their numbers.
    scores : array, categories
        The categories' numbers, rising.

    Returns
    -------
    array, categories x categories

    Raises
    ------
    CodingError
        There are no such weights.

    References
    ----------
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapter 3.

    Examples
    --------
    >>> agreement_weights("linear", np.array([1.0, 2.0, 3.0])).tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    """
    if kind not in _APART:
        do = f"One of: {', '.join(_APART)}.{nearest(str(kind), _APART)}"
        raise CodingError(f"There are no weights `{kind}`.", do=do)
    apart = _APART[kind](scores)
    furthest = apart.max(initial=0.0)
    weights: Floats = 1 - apart / (furthest or 1.0)
    return weights


def _steps(scores: Floats) -> Floats:
    gap: Floats = np.abs(scores[:, None] - scores[None, :])
    return gap


def _identity(scores: Floats) -> Floats:
    return 1 - np.eye(len(scores))


def _ordinal(scores: Floats) -> Floats:
    """Return in how many ways two of the categories from one to the other can be chosen."""
    between = _steps(np.arange(len(scores), dtype=float)) + 1
    return between * (between - 1) / 2


def _quadratic(scores: Floats) -> Floats:
    squared: Floats = _steps(scores) ** 2
    return squared


def _radical(scores: Floats) -> Floats:
    root: Floats = np.sqrt(_steps(scores))
    return root


def _ratio(scores: Floats) -> Floats:
    total = scores[:, None] + scores[None, :]
    relative: Floats = (_steps(scores) / np.where(total == 0, 1, total)) ** 2
    return relative


_APART: dict[str, Callable[[Floats], Floats]] = {
    "identity": _identity,
    "ordinal": _ordinal,
    "linear": _steps,
    "quadratic": _quadratic,
    "radical": _radical,
    "ratio": _ratio,
}
