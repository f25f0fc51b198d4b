"""What a stated prior is read against: the outcome's spread, its margin, its units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from evalkit.impact.frame import Faults

_SD_WORDS = ("sd", "sds", "standard deviation", "standard deviations")


@dataclass(frozen=True, slots=True)
class About:
    """What a prior is read against.

    Attributes
    ----------
    sd : float
        Standard deviation of the outcome, in its units.
    margin : float or None
        Smallest change that matters, signed in the wanted direction.
    wanted : {1, -1}
        Direction that is wanted.
    unit : str
        For sentences.
    factor : float
        What one unit of the user's numbers is in outcome units.
    """

    sd: float
    margin: float | None
    wanted: int
    unit: str
    factor: float = 1.0


def with_units(given: Mapping[str, Any], about: About, where: str) -> tuple[About, Faults]:
    """Return `about` for the units that are stated, and a fault where they are not known."""
    if "unit" not in given:
        return about, []
    if str(given["unit"]).strip().lower() in _SD_WORDS:
        return replace(about, factor=about.sd), []
    wrong = f"`unit: {given['unit']}` of {where} is not known."
    return about, [(wrong, "Write `unit: SD`, or leave it out for the outcome's own units.")]
