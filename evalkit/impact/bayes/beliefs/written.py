"""Numbers, probabilities and bins as people write them in a protocol."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from evalkit.impact.frame import Faults


def number_of(
    given: Mapping[str, Any],
    key: str,
    where: str,
    *,
    above: float = -math.inf,
    below: float = math.inf,
    upto: float = math.inf,
    absent: float | None = None,
) -> tuple[float, Faults]:
    """Return a number within bounds, `absent` where the key is not there, or a fault."""
    if key not in given and absent is not None:
        return absent, []
    number = finite(given.get(key))
    if number is None:
        wrong = f"`{key}` of {where} is " + ("missing." if key not in given else "no number.")
        return 1.0, [(wrong, f"Write `{key}:` and a number.")]
    if not (above < number < below and number <= upto):
        limits = [f"above {above:g}"] if math.isfinite(above) else []
        limits += [f"below {below:g}"] if math.isfinite(below) else []
        limits += [f"at most {upto:g}"] if math.isfinite(upto) else []
        wrong = f"`{key}` of {where} must be {' and '.join(limits)}, not {number:g}."
        return 1.0, [(wrong, f"Write another number for `{key}`.")]
    return number, []


def finite(value: Any) -> float | None:
    """Return a finite number, also from text with a comma or a typographic minus, or None."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(str(value).strip().replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def level_of(key: Any) -> float | None:
    """Return a probability written `0.05` or `5%`, or None."""
    text = str(key).strip()
    percent = text.endswith("%")
    number = finite(text.rstrip("% "))
    if number is None:
        return None
    level = number / 100 if percent else number
    return level if 0 < level < 1 else None


def percent_hint(key: Any) -> str:
    """Return what was probably meant by a number that is no probability."""
    number = finite(key)
    if number is not None and 1 <= number < 100:
        return f" Did you mean {number / 100:g}, or `{number:g}%`?"
    return ""


_NUMBER = r"([-+\N{MINUS SIGN}]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+\N{MINUS SIGN}]?\.\d+)"
_CLOSED = re.compile(rf"^\s*{_NUMBER}\s*(?:to|\.\.)\s*{_NUMBER}\s*$", re.IGNORECASE)
_OPEN = re.compile(rf"^\s*(below|under|above|over)\s+{_NUMBER}\s*$", re.IGNORECASE)


def ends_of(key: str) -> tuple[float, float] | None:
    """Return the ends of a bin written `-2 to 0`, `below -2` or `above 6`."""
    closed, opened = _CLOSED.match(key), _OPEN.match(key)
    if closed:
        low, high = (finite(one) for one in closed.groups())
        return (low, high) if low is not None and high is not None and low < high else None
    if not opened:
        return None
    end = finite(opened[2])
    if end is None:
        return None
    return (-math.inf, end) if opened[1].lower() in ("below", "under") else (end, math.inf)


def opening(text: str) -> str:
    """Return the text with a capital, to open a sentence."""
    return text[:1].upper() + text[1:]
