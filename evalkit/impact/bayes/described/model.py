"""What is described: quantities with their draws, and the setting they are judged in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.frame import Faults

Floats = NDArray[np.float64]
Wanted = Literal[1, -1, 0]


@dataclass(frozen=True)
class Quantity:
    """One thing that is reported of a posterior.

    Attributes
    ----------
    name : str
        What it is, in words.
    draws : numpy.ndarray, shape (chains, draws)
        Draws from the posterior, in outcome units.
    signed : bool
        False for standard deviations and the like, which are never below zero.
    prior : numpy.ndarray or None
        Draws from the prior alone, of any shape and number.
    margin : float or None
        Its own smallest change that matters, signed in the wanted direction; else the setting's.
    wanted : {1, -1, 0} or None
        Direction that is wanted, where no margin says so; 0 where neither is.
    moved : pair of str
        The words of a move in the wanted and in the unwanted direction.
    """

    name: str
    draws: Floats
    signed: bool = True
    prior: Floats | None = None
    margin: float | None = None
    wanted: Wanted | None = None
    moved: tuple[str, str] = ("helped", "harmed")


@dataclass(frozen=True)
class Setting:
    """How quantities are judged.

    Attributes
    ----------
    level : float
        Probability inside the intervals.
    margin : float or None
        Smallest change that matters, in outcome units, signed in the wanted direction (-2 where a
        fall is wanted); None where none is named.
    unit : str
        The unit of the outcome, for sentences.
    seed : int
        Of every random step.
    wanted : {1, -1, 0}
        Direction that is wanted, where no margin says so; 0 where neither is.
    """

    level: float
    margin: float | None
    unit: str = ""
    seed: int = 0
    wanted: Wanted = 1


@dataclass(frozen=True)
class Aim:
    """Which way is wanted (``1``, ``-1``; ``0`` neither) and how large a change matters, or None."""

    wanted: Wanted
    size: float | None


def aim_of(setting: Setting, quantity: Quantity | None = None) -> Aim:
    """Return which direction is wanted and which size matters, the quantity's own first.

    Where neither direction is wanted (``wanted=0``) the size holds on both sides.
    """
    own = quantity.margin if quantity is not None else None
    wanted = quantity.wanted if quantity is not None else None
    margin = setting.margin if own is None else own
    if wanted is None and (setting.wanted == 0 or margin is None or margin == 0):
        wanted = setting.wanted
    if wanted is None and margin is not None:
        wanted = 1 if margin > 0 else -1
    return Aim(1 if wanted is None else wanted, abs(margin) if margin else None)


def faults_of(quantities: Sequence[Quantity], setting: Setting) -> Faults:
    """Return what makes the quantities or the setting unusable, each fault with its remedy."""
    faults: Faults = []
    if not 0 < setting.level < 1:
        faults.append((f"The level {setting.level} is no probability.", "Give 0.95 or the like."))
    if setting.margin is not None and not math.isfinite(setting.margin):
        faults.append(("The margin is not a finite number.", "Give a number, or None."))
    if not quantities:
        faults.append(("There is no quantity to describe.", "Give at least one."))
    names = [one.name for one in quantities]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        faults.append((f"Two quantities are called `{name}`.", "Give each a name of its own."))
    for one in quantities:
        faults += _draw_faults(one)
    return faults


def _draw_faults(one: Quantity) -> Faults:
    draws = np.asarray(one.draws)
    if draws.ndim != 2 or draws.size == 0:
        wrong = f"The draws of `{one.name}` have shape {draws.shape}."
        return [(wrong, "Give them as chains by draws, at least one of each.")]
    faults: Faults = []
    for which, given in (("draws", draws), ("prior draws", one.prior)):
        if given is not None and not np.isfinite(given).all():
            wrong = f"Some {which} of `{one.name}` are missing or infinite."
            faults.append((wrong, "Find out in the model why; they are not left out silently."))
    return faults


def refuse_faults(quantities: Sequence[Quantity], setting: Setting) -> None:
    """Raise a `DesignError` that states every fault of the quantities and the setting."""
    faults = faults_of(quantities, setting)
    if faults:
        wrong = " ".join(text for text, _ in faults)
        raise DesignError(
            f"The posterior cannot be described: {wrong}",
            do=" ".join(dict.fromkeys(remedy for _, remedy in faults)),
        )


def joint_draws(quantities: Sequence[Quantity]) -> Floats:
    """Return the draws of several quantities side by side, shape (draws, quantities).

    Raises
    ------
    DesignError
        When they have different numbers of draws, so that they cannot be of one joint posterior.
    """
    shapes = {one.draws.shape for one in quantities}
    if len(shapes) > 1:
        listed = ", ".join(f"`{one.name}` {one.draws.shape}" for one in quantities)
        raise DesignError(
            f"The draws are not of one joint posterior, for their shapes differ: {listed}.",
            do="Give draws of one model, in the same order of chains and draws.",
        )
    return np.column_stack([one.draws.ravel() for one in quantities])
