"""From an event study to its tables and checks of sensitivity to non-parallel trends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.estimate import Check
from evalkit.impact.least_squares import Floats
from evalkit.impact.trends.honest import Kind, breakdown_table, honest, honest_check, table

NAME = "sensitivity to non-parallel trends"
FIRST, AVERAGE = "the first treated period", "the average of the treated periods"
DESIGN_KINDS: tuple[Kind, ...] = ("relative_magnitudes", "smoothness")


def sensitivity(
    path: Floats,
    covariance: Floats,
    relative: Sequence[int],
    after: Floats,
    *,
    df: float = np.inf,
    level: float = 0.95,
) -> tuple[dict[str, pd.DataFrame], tuple[Check, ...]]:
    """Return the tables ``"honest"`` and ``"honest_breakdown"``, and a check for each restriction.

    Parameters
    ----------
    path : ndarray, shape (m,)
        Event-study coefficients in the order of time, without the reference period.
    covariance : ndarray, shape (m, m)
    relative : sequence of int, length m
        Their periods relative to the start; the reference is -1.
    after : ndarray
        Weights of the treated periods in the average effect.
    df : float
        Degrees of freedom: where they are few, the covariance is widened by the square of the
        quantile of t over that of the normal, for the method itself knows only the normal.
    """
    reason = _why_not(relative) or _few_clusters(covariance)
    if reason:
        return {}, (not_done(reason),)
    before = sum(r < -1 for r in relative)
    targets = {AVERAGE: after, FIRST: np.eye(1, len(after))[0]}
    if len(after) == 1:
        del targets[AVERAGE]
    wide = covariance * _widened(df, level)
    try:
        found = [
            (target, honest(path, wide, before, len(after), weights=share, kind=kind, level=level))
            for target, share in targets.items()
            for kind in DESIGN_KINDS
        ]
    except DesignError as error:
        return {}, (not_done(error.wrong.rstrip(".")),)
    checks = tuple(honest_check(one, target) for target, one in found[: len(DESIGN_KINDS)])
    return {"honest": table(found), "honest_breakdown": breakdown_table(found)}, checks


def not_done(reason: str) -> Check:
    """Return the check that says why sensitivity was not computed."""
    return Check(NAME, None, None, "information", f"Not computed: {reason}.")


def _why_not(relative: Sequence[int]) -> str:
    before = sum(r < -1 for r in relative)
    if before < 2:
        return (
            f"{before + 1} periods before the start are seen, and at least three are needed to "
            "know by how much trends differed"
        )
    if sorted([*relative, -1]) != list(range(min(relative), max(relative) + 1)):
        return "some periods around the start are not seen for the treated"
    if max(relative) < 0:
        return "no treated period has an effect of its own"
    return ""


def _few_clusters(covariance: Floats) -> str:
    scale = np.sqrt(np.diag(covariance))
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        return "some periods have no standard error"
    rank = int(np.linalg.matrix_rank(covariance / np.outer(scale, scale), tol=1e-9, hermitian=True))
    if rank < len(covariance):
        return f"the event study has {len(covariance)} effects, too many for so few clusters"
    return ""


def _widened(df: float, level: float) -> float:
    from scipy.special import ndtri, stdtrit

    if not np.isfinite(df):
        return 1.0
    return float(stdtrit(df, 0.5 + level / 2) / ndtri(0.5 + level / 2)) ** 2
