"""Values as XML Schema writes them: GUIDs, colours, dates, numbers, and text that XML can hold."""

from __future__ import annotations

import re
import unicodedata
import uuid
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

NAMESPACE = uuid.UUID("6f6f1c1e-6b8e-5d53-9d0e-3f0f6a1c7b52")
"""Guids that evalkit makes are version 5 in this namespace: same thing, same guid."""

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
_ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_DATE = re.compile(rf"(\d{{4}}-\d\d-\d\d)({_ZONE})", re.ASCII)
_MOMENT = re.compile(
    rf"(\d{{4}}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d+)?({_ZONE})", re.ASCII
)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_NUMBER = 400  # digits; a longer one is no measurement


def is_guid(text: str) -> bool:
    """Say whether `text` has the form of a guid, with or without braces."""
    braced = text.startswith("{") and text.endswith("}")
    return _GUID.fullmatch(text[1:-1] if braced else text) is not None


def key(guid: str) -> str:
    """Return a guid as it is compared: without braces and without regard to case."""
    return guid.strip().strip("{}").lower()


def made_guid(*parts: str) -> str:
    """Return the guid of the thing that `parts` name."""
    # The length of each part keeps ("a", "bc") apart from ("ab", "c"); a lone surrogate may be named.
    name = "".join(f"{len(part)}:{part}" for part in parts)
    return str(uuid.uuid5(NAMESPACE, name.encode("utf-8", "surrogatepass").hex()))


def colour(text: str) -> str:
    """Return a colour as ``#rrggbb``, its letters as they stand; empty when it is none."""
    found = text.strip()
    if not _COLOUR.fullmatch(found):
        return ""
    return found if len(found) == 7 else "#" + "".join(2 * figure for figure in found[1:])


@lru_cache(maxsize=4096)
def moment(text: str) -> str:
    """Return a date and time as ``xsd:dateTime``, a date as its midnight; empty when neither."""
    day = _DATE.fullmatch(text.strip())
    if day and _is_day(day[1]):
        return f"{day[1]}T00:00:00{day[2]}"
    found = _MOMENT.fullmatch(text.strip())
    if not found or not _is_day(found[1]):
        return ""
    return f"{found[1]}T{found[2]}{found[3] or ''}{found[4]}"


def day(text: str) -> str:
    """Return a date as ``xsd:date``; empty when it is none."""
    found = _DATE.fullmatch(text.strip())
    return found[0] if found and _is_day(found[1]) else ""


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).year > 0
    except ValueError:
        return False


def integer(text: str) -> str:
    """Return a whole number as ``xsd:integer``; empty when it is none."""
    found = text.strip()
    return found if _INTEGER.fullmatch(found) and len(found) <= _LONGEST_NUMBER else ""


def number(text: str) -> str:
    """Return a number as ``xsd:decimal``, without exponent; empty when it has no such form."""
    found = text.strip()
    if _DECIMAL.fullmatch(found):
        return found if len(found) <= _LONGEST_NUMBER else ""
    try:
        value = Decimal(found)
    except InvalidOperation:
        return ""
    if not value.is_finite() or abs(value.adjusted()) > _LONGEST_NUMBER:
        return ""
    plain = format(value, "f")
    return plain if len(plain) <= _LONGEST_NUMBER else ""


def boolean(text: str) -> str:
    """Return ``true``, ``false``, ``1`` or ``0``; empty when it is none of them."""
    found = text.strip()
    return found if found in ("true", "false", "1", "0") else ""


def plain(text: str) -> str:
    """Return the text with a replacement character for each that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def escaped(json: str) -> str:
    """Return JSON with every character that XML cannot hold written as an escape."""
    return _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", json)


def slug(words: str) -> str:
    """Return a short id made of the letters and figures of `words`, in small letters."""
    kept = (
        mark if mark.isalnum() or mark in "-_." or unicodedata.category(mark)[0] == "M" else " "
        for mark in words.casefold()
    )
    return "_".join("".join(kept).split())


def unique(wanted: str, taken: dict[str, int]) -> str:
    """Return `wanted`, or the first of ``wanted-2``, ``wanted-3`` ... not taken, and take it."""
    if wanted not in taken:
        taken[wanted] = 1
        return wanted
    number = taken[wanted] + 1
    while f"{wanted}-{number}" in taken:
        number += 1
    taken[wanted] = number
    taken[f"{wanted}-{number}"] = 1
    return f"{wanted}-{number}"
