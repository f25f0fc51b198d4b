"""A design run once more, for a check on it: its numbers as a row, or why there are none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from evalkit.errors import EvalkitError
from evalkit.impact.estimate import Estimate

Design = Callable[..., Estimate]
NUMBERS = ("estimate", "std_error", "low", "high", "p_value")


def row_of(found: Estimate) -> dict[str, Any]:
    """Return the numbers of an estimate, and an empty reason."""
    return {
        "estimate": found.value,
        "std_error": found.std_error,
        "low": found.interval.low,
        "high": found.interval.high,
        "p_value": math.nan if found.p_value is None else found.p_value,
        "why": "",
    }


def row_or_why(make: Callable[[], Estimate | dict[str, Any]]) -> dict[str, Any]:
    """Return the numbers of what is made, or none and the reason."""
    try:
        made = make()
    except EvalkitError as error:
        return {**dict.fromkeys(NUMBERS, math.nan), "why": error.wrong}
    return row_of(made) if isinstance(made, Estimate) else made


def run_again(design: Design, frame: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run a design and return its numbers, or none and the reason."""
    return row_or_why(lambda: design(frame, **options))
