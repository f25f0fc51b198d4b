"""What one cell of text is: a blank, a number, a symbol, a bound, or words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evalkit.data.symbols import DECLARED, TOO_FEW

Kind = Literal["blank", "declared", "number", "dressed", "symbol", "bound", "words"]

_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]\d+)?|[-+]?\d*\.\d+[eE]\d+", re.ASCII)
_DRESSED = re.compile(
    r"(?P<sign>[-+\u2212]?)(?P<money>[\u00a3$\u20ac]?)\s?(?P<sign2>[-\u2212]?)"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\s?(?P<percent>%?)",
    re.ASCII,
)
_BOUND = re.compile(r"(?P<side><=|>=|<|>|\u2264|\u2265)\s?(?P<digits>\d+(?:\.\d+)?)\s?%?", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0\d+", re.ASCII)
_LONG = re.compile(r"[-+]?\d{16,}", re.ASCII)
_NAN = math.nan


@dataclass(frozen=True, slots=True)
class Cell:
    """One distinct text of a column, understood.

    ``dress`` names what was taken off a number (``"%"``, a currency, ``","``, ``"minus"``);
    ``low`` and ``high`` are the ends of a bound.
    """

    kind: Kind
    text: str
    number: float = _NAN
    reason: str = ""
    dress: tuple[str, ...] = ()
    low: float = _NAN
    high: float = _NAN


def declared_codes(missing: tuple[str, ...]) -> tuple[frozenset[str], frozenset[float]]:
    """Return declared codes as texts and, where they are numbers, as numbers."""
    texts = frozenset(str(code).strip() for code in missing)
    return texts, frozenset(float(text) for text in texts if _PLAIN.fullmatch(text))


def understand(
    raw: str,
    symbols: Mapping[str, str],
    declared: tuple[frozenset[str], frozenset[float]],
) -> Cell:
    """Say what one cell is, without its neighbours."""
    text = raw.strip()
    if not text:
        return Cell("blank", text)
    plain = _PLAIN.fullmatch(text)
    number = float(text) if plain else _NAN
    if text in declared[0] or number in declared[1]:
        return Cell("declared", text, reason=DECLARED)
    if plain:
        return Cell("number", text, number)
    if reason := symbols.get(text.lower()):
        return Cell("symbol", text, reason=reason)
    return _bound(text) or _dressed(text) or Cell("words", text)


def _bound(text: str) -> Cell | None:
    found = _BOUND.fullmatch(text)
    if not found:
        return None
    value = float(found["digits"])
    if found["side"] in {"<", "<=", "\u2264"}:
        return Cell("bound", text, reason=TOO_FEW, high=value)
    return Cell("bound", text, reason="only a lower bound is given", low=value)


def _dressed(text: str) -> Cell | None:
    found = _DRESSED.fullmatch(text)
    if not found:
        return None
    sign = found["sign"] + found["sign2"]
    size = float(found["digits"].replace(",", ""))
    worn = {
        found["percent"]: bool(found["percent"]),
        found["money"]: bool(found["money"]),
        ",": "," in found["digits"],
        "minus": "\u2212" in sign,
    }
    dress = tuple(name for name, there in worn.items() if there)
    negative = "-" in sign or "\u2212" in sign
    return Cell("dressed", text, -size if negative else size, dress=dress)


def identifier(text: str) -> str:
    """Return why digits are a name rather than a quantity, or an empty string."""
    if _LEADING_ZERO.fullmatch(text):
        return "kept as text: some begin with 0"
    return "kept as text: numbers too long to be exact" if _LONG.fullmatch(text) else ""


def mended(text: str) -> str:
    """Return text whose UTF-8 letters were once read one byte at a time, put right.

    Only text that decodes cleanly back is changed; anything else is returned as it is.
    """
    if text.isascii():
        return text
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text
