"""Several outcomes together: how many moved, how their effects hang together, gaps between groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.bayes.described.model import (
    Floats,
    Quantity,
    Setting,
    Wanted,
    aim_of,
    joint_draws,
    refuse_faults,
)

Yes = NDArray[np.bool_]


def several(quantities: Sequence[Quantity], setting: Setting) -> pd.DataFrame:
    """Return the probability that all, most and none of the outcomes moved.

    They are counted in each joint draw, so that outcomes that rise and fall together are not taken
    for independent evidence.

    Parameters
    ----------
    quantities : sequence of Quantity
        One for each outcome, draws of one joint posterior in the same order; each with its own
        `margin`, signed in its wanted direction, or that of the setting.
    setting : Setting

    Returns
    -------
    pandas.DataFrame
        `how` (``"moved as wanted"``, ``"moved the other way"``, and where margins are named
        ``"beyond the margin"``, ``"beyond the margin the other way"``, ``"within the margin either
        way"``), `outcomes` (how many are counted), `all`, `most` (more than half), `any`, `none`,
        `expected` (mean number).

    Raises
    ------
    DesignError
        When draws are not of one joint posterior, or an outcome has no wanted direction.
    """
    toward, sizes = wanted_draws(quantities, setting)
    rows = [
        _row("moved as wanted", toward > 0),
        _row("moved the other way", toward < 0),
    ]
    named = np.isfinite(sizes)
    if named.any():
        size, given = toward[:, named], sizes[named]
        rows.append(_row("beyond the margin", size > given))
        rows.append(_row("beyond the margin the other way", size < -given))
        rows.append(_row("within the margin either way", np.abs(size) <= given))
    return pd.DataFrame(rows)


def counts(quantities: Sequence[Quantity], setting: Setting) -> pd.DataFrame:
    """Return the probability that exactly 0, 1, 2 ... outcomes moved as was wanted."""
    toward, _ = wanted_draws(quantities, setting)
    moved = (toward > 0).sum(axis=1)
    share = np.bincount(moved, minlength=toward.shape[1] + 1) / len(toward)
    return pd.DataFrame({"outcomes_moved": np.arange(toward.shape[1] + 1), "probability": share})


def correlations(quantities: Sequence[Quantity], setting: Setting) -> pd.DataFrame:
    """Return the posterior correlation of each pair of effects, in their own directions.

    What is correlated is our knowledge of the effects, not the outcomes of people. NaN where an
    effect never varies.

    Returns
    -------
    pandas.DataFrame
        `first`, `second`, `correlation`.
    """
    refuse_faults(quantities, setting)
    centred = joint_draws(quantities)
    centred = centred - centred.mean(axis=0)
    cross = centred.T @ centred
    scale = np.sqrt(np.outer(np.diag(cross), np.diag(cross)))
    found = np.divide(cross, scale, out=np.full_like(cross, np.nan), where=scale > 0)
    names = [one.name for one in quantities]
    pairs = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    return pd.DataFrame(
        [(names[i], names[j], float(found[i, j])) for i, j in pairs],
        columns=["first", "second", "correlation"],
    )


def gap(draws_a: Floats, draws_b: Floats, name: str, setting: Setting) -> Quantity:
    """Return the change in the gap between two groups: the effect in A less that in B.

    Parameters
    ----------
    draws_a, draws_b : numpy.ndarray, shape (chains, draws)
        Effects in the group that was ahead (A) and in the group that was behind (B), of one joint
        posterior.
    name : str
    setting : Setting
        Of the outcome. A move of A in its wanted direction widens the gap, so the wanted direction
        of the gap is the opposite, and so is the sign of the margin.

    Returns
    -------
    Quantity
        With the words ``narrowed`` and ``widened``.
    """
    if np.shape(draws_a) != np.shape(draws_b):
        wrong = f"The draws of the two groups of `{name}` have shapes {np.shape(draws_a)} and "
        raise DesignError(
            f"{wrong}{np.shape(draws_b)}.", do="Give draws of one joint posterior, in one order."
        )
    aim = aim_of(setting)
    wanted: Wanted = -1 if aim.wanted > 0 else 1 if aim.wanted < 0 else 0
    margin = None if aim.size is None else aim.size * (wanted or 1)
    difference = np.asarray(draws_a, dtype=float) - np.asarray(draws_b, dtype=float)
    return Quantity(name, difference, margin=margin, wanted=wanted, moved=("narrowed", "widened"))


def wanted_draws(quantities: Sequence[Quantity], setting: Setting) -> tuple[Floats, Floats]:
    """Return joint draws with the wanted direction up, and the size that matters of each (or NaN)."""
    refuse_faults(quantities, setting)
    aims = [aim_of(setting, one) for one in quantities]
    aimless = [f"`{one.name}`" for one, aim in zip(quantities, aims, strict=True) if not aim.wanted]
    if aimless:
        raise DesignError(
            f"No direction is wanted of {', '.join(aimless)}, so it cannot be said whether it moved "
            "as wanted.",
            do="Say which direction is wanted, or leave it out.",
        )
    signs = np.array([aim.wanted for aim in aims], dtype=float)
    sizes = np.array([np.nan if aim.size is None else aim.size for aim in aims])
    return joint_draws(quantities) * signs, sizes


def _row(how: str, yes: Yes) -> dict[str, object]:
    count, total = yes.sum(axis=1), yes.shape[1]
    return {
        "how": how,
        "outcomes": total,
        "all": float((count == total).mean()),
        "most": float((count > total / 2).mean()),
        "any": float((count > 0).mean()),
        "none": float((count == 0).mean()),
        "expected": float(count.mean()),
    }
