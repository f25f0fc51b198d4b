"""Mean and variance of a linear question about the shares of types, before any case is seen."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def moments(weights: Sequence[int], scores: Sequence[int]) -> tuple[Fraction, Fraction]:
    """Return the exact mean and variance of ``sum(score * share)`` when shares are Dirichlet.

    Parameters
    ----------
    weights : sequence of int
        Parameters of the Dirichlet distribution, one a type.
    scores : sequence of int
        Such as 0, -1, 1, 0 for the average effect of the only parent of a node.
    """
    total = sum(int(one) for one in weights)
    pairs = [(Fraction(int(w), total), int(s)) for w, s in zip(weights, scores, strict=True)]
    mean = sum((share * score for share, score in pairs), Fraction(0))
    square = sum((share * score * score for share, score in pairs), Fraction(0))
    return mean, (square - mean * mean) / (total + 1)
