"""Earlier research as a user states it under `research:`, one study or a list of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from evalkit.errors import nearest
from evalkit.impact.bayes.beliefs import research
from evalkit.impact.bayes.beliefs.about import About, with_units
from evalkit.impact.bayes.beliefs.written import number_of, opening
from evalkit.impact.frame import Faults

EXAMPLE = '{research: {estimate: 0.2, std_error: 0.1, distance: "same programme, other country"}}'
_STUDY = ("estimate", "std_error", "low", "high", "distance", "counts_for", "name")
NORMAL_95 = 1.959963984540054
"""Standard normal quantile of 97.5 %."""


def studies_of(
    given: Mapping[str, Any], about: About, where: str
) -> tuple[list[research.Study], Faults]:
    """Return every study in outcome units, and every fault of them."""
    stated = given["research"]
    listed = [stated] if isinstance(stated, Mapping) else stated
    if not isinstance(listed, list | tuple) or not listed:
        return [], [(f"`research` of {where} holds no study.", f"Write {EXAMPLE}.")]
    studies: list[research.Study] = []
    faults: Faults = []
    for at, one in enumerate(listed):
        place = f"study {at + 1} of {where}" if len(listed) > 1 else f"`research` of {where}"
        found, more = _study(one, about, place)
        faults += more
        if found is not None:
            studies.append(found)
    return studies, faults


def _study(stated: Any, about: About, place: str) -> tuple[research.Study | None, Faults]:
    remedy = f"Write {EXAMPLE}."
    if not isinstance(stated, Mapping):
        return None, [(f"{opening(place)} is no mapping.", remedy)]
    faults: Faults = [
        (f"{opening(place)} has no `{key}`.{nearest(str(key), (*_STUDY, 'unit'))}", remedy)
        for key in stated
        if key not in (*_STUDY, "unit")
    ]
    about, more = with_units(stated, about, place)
    estimate, first = number_of(stated, "estimate", place)
    error, second = _error_of(stated, place)
    power, third = _counts(stated, place)
    faults += more + first + second + third
    if faults:
        return None, faults
    scaled = (estimate * about.factor, error * about.factor)
    words = str(stated.get("distance", ""))
    return research.Study(*scaled, words, power, str(stated.get("name", ""))), []


def _error_of(stated: Mapping[str, Any], place: str) -> tuple[float, Faults]:
    """Return the standard error, or that of a 95 % interval from `low` to `high`."""
    if "std_error" in stated or not ("low" in stated or "high" in stated):
        return number_of(stated, "std_error", place, above=0.0)
    low, faults = number_of(stated, "low", place)
    high, more = number_of(stated, "high", place, absent=math.nan if faults else None)
    if not faults and not more and low >= high:
        wrong = f"`low` of {place} is not below `high`."
        return 1.0, [(wrong, "Give the ends of its 95 % interval.")]
    return (high - low) / (2 * NORMAL_95), faults + more


def _counts(stated: Mapping[str, Any], place: str) -> tuple[float, Faults]:
    """Return how much a study counts: the number given, else that of its distance in words."""
    words, known = stated.get("distance"), research.DISTANCES
    if "counts_for" in stated:
        return number_of(stated, "counts_for", place, above=0.0, upto=1.0)
    listed = "; ".join(known)
    if words is None:
        wrong = f"{opening(place)} does not say how far it is from here."
        return 1.0, [(wrong, f"Add `distance:`, one of: {listed}; or `counts_for: 0.3`.")]
    if not isinstance(words, str) or words not in known:
        wrong = f"`{words}` of {place} is no distance.{nearest(str(words), known)}"
        return 1.0, [(wrong, f"Use one of: {listed}; or say `counts_for: 0.3`.")]
    return known[words].power, []
