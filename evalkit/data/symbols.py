"""Symbols that stand for a value that is not there, and what they mean.

The meaning of a symbol depends on who wrote the file (``LOW`` is a rounded zero in one source and
a small sample in another), so symbols come in recipes and a recipe is chosen by name.

Sources of ``dfe``: the Department for Education's statistics standards (c, x, z, low, u; older ~
and :), the harmonised symbols of the Government Statistical Service (k), and the school
performance tables (SUPP, NE, NP, LOWCOV, NA).
"""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.errors import DataError, nearest

SUPPRESSED = "suppressed"
UNAVAILABLE = "unavailable"
NOT_APPLICABLE = "not applicable"
ROUNDS_TO_ZERO = "rounds to zero but is not zero"
LOW_RELIABILITY = "low reliability"
NO_ENTRIES = "no entries"
NOT_PUBLISHED = "not published"
LOW_COVERAGE = "low coverage"
NOT_AVAILABLE = "marked as not available"
DASH = "a dash: nil or not available"
TOO_FEW = "too few: only a bound is given"
DECLARED = "declared missing"

# Keys are in lower case: `c` and `C` mean the same.
_PROGRAMS = {
    "na": NOT_AVAILABLE,
    "n/a": NOT_AVAILABLE,
    "#n/a": NOT_AVAILABLE,
    "nan": NOT_AVAILABLE,
    "null": NOT_AVAILABLE,
    ".": NOT_AVAILABLE,
    "..": NOT_AVAILABLE,
    "-": DASH,
    "\N{EN DASH}": DASH,
    "*": SUPPRESSED,
}
_DFE = {
    "c": SUPPRESSED,
    "[c]": SUPPRESSED,
    "supp": SUPPRESSED,
    "x": UNAVAILABLE,
    "[x]": UNAVAILABLE,
    "z": NOT_APPLICABLE,
    "[z]": NOT_APPLICABLE,
    "low": ROUNDS_TO_ZERO,
    "[low]": ROUNDS_TO_ZERO,
    "k": ROUNDS_TO_ZERO,
    "u": LOW_RELIABILITY,
    "[u]": LOW_RELIABILITY,
    "ne": NO_ENTRIES,
    "np": NOT_PUBLISHED,
    "lowcov": LOW_COVERAGE,
    # These two were used in more than one sense before 2019, so no more than this is known.
    ":": "unavailable or not applicable (older symbol)",
    "~": "suppressed or very small (older symbol)",
}
SYMBOLS: Mapping[str, Mapping[str, str]] = {
    "dfe": {**_PROGRAMS, **_DFE},
    "general": _PROGRAMS,
    "none": {},
}

# Symbols that cannot well be words or categories: a column of nothing else is a column of gaps.
UNMISTAKABLE = frozenset(
    {
        "na",
        "n/a",
        "#n/a",
        "nan",
        "null",
        ":",
        "~",
        "supp",
        "lowcov",
        "[c]",
        "[x]",
        "[z]",
        "[low]",
        "[u]",
        ".",
    }
)


def recipe(name: str) -> Mapping[str, str]:
    """Return the symbols of a recipe (``dfe``, ``general``, ``none``), symbol -> reason."""
    if name not in SYMBOLS:
        raise DataError(
            f"There is no list of symbols named `{name}`.{nearest(name, SYMBOLS)}",
            do=f"Use one of: {', '.join(SYMBOLS)}.",
        )
    return SYMBOLS[name]
