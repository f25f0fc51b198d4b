"""How numbers are printed: with as many places as their interval bears, and always with an id."""

from __future__ import annotations

import math

from evalkit.report.document import Number, Part, Parts

MINUS = "\u2212"
TIMES = "\u00d7"
NOTHING = "\u2013"
"""A dash: there is nothing in this cell, and nothing is meant to be."""
_SMALLEST_P = 0.001


def places_for(width: float) -> int:
    """Return the decimal places that an interval of this width bears: about two digits of it."""
    if not math.isfinite(width) or width <= 0:
        return 2
    return min(max(1 - math.floor(math.log10(width)), 0), 5)


def measure(value: float | None, result: str, places: int = 2, *, sign: bool = False) -> Part:
    """Return a measured value; words when there is none."""
    if value is None or not math.isfinite(value):
        return "not available"
    return Number(float(value), written(value, places, sign=sign), result)


def worked_out(value: float, result: str, places: int = 2, *, sign: bool = False) -> Part:
    """Return a value that the report itself worked out from the result named."""
    if not math.isfinite(value):
        return "not available"
    return Number(float(value), written(value, places, sign=sign), result, "worked out")


def written(value: float, places: int, *, sign: bool = False) -> str:
    """Return a number as text with a true minus sign; a rounded nought has no sign."""
    text = f"{abs(value):,.{places}f}"
    if not float(text.replace(",", "")):
        return text
    return f"{MINUS if value < 0 else '+' if sign else ''}{text}"


def count(value: int, result: str) -> Number:
    """Return a whole number from the record."""
    return Number(value, f"{value:,}", result)


def counted(value: int, result: str) -> Number:
    """Return how many there are of something in the record."""
    return Number(value, f"{value:,}", result, "counted")


def things(value: int, one: str, many: str, result: str) -> Parts:
    """Return a counted number with its noun: "1 link", "3 links"."""
    return (counted(value, result), f" {one if value == 1 else many}")


def p_value(value: float | None, result: str) -> Part:
    """Return a p-value; the smallest ones as "less than"."""
    if value is None or not math.isfinite(value):
        return "not available"
    if value < _SMALLEST_P:
        return Number(float(value), f"less than {_SMALLEST_P}", result)
    return Number(float(value), f"{value:.{2 if value >= 0.1 else 3}f}", result)


def share(value: float | None, result: str) -> Part:
    """Return a probability or share as a percentage; never as nought or a full hundred."""
    if value is None or not math.isfinite(value):
        return "not available"
    percent = 100 * value
    if percent > 99:
        return Number(float(value), "more than 99%", result)
    if percent < 1:
        return Number(float(value), "less than 1%", result)
    return Number(float(value), f"{percent:.0f}%", result)
