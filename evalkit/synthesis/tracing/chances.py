"""Chances that people give to a sign: a number, a range, or a word of the printed scale."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.errors import DataError, nearest

Range = tuple[float, float]
Chance = float | str | Sequence[float]
SCALE: dict[str, Range] = {
    "almost certain": (0.90, 0.99),
    "likely": (0.66, 0.90),
    "possible": (0.33, 0.66),
    "unlikely": (0.10, 0.33),
    "almost impossible": (0.01, 0.10),
}
"""What each word stands for; printed wherever words were used."""


def range_of(chance: Chance, what: str = "a chance") -> Range:
    """Return a chance as its lowest and highest value.

    Raises
    ------
    DataError
        An unknown word, or numbers that are no probabilities in order.
    """
    if isinstance(chance, str):
        if chance not in SCALE:
            raise DataError(
                f"`{chance}` is no word for {what}.{nearest(chance, SCALE)}",
                do=f"Write a number from 0 to 1, two of them, or one of: {', '.join(SCALE)}.",
            )
        return SCALE[chance]
    ends = (
        [float(chance)] * 2 if isinstance(chance, int | float) else [float(one) for one in chance]
    )
    if len(ends) != 2 or not 0 <= ends[0] <= ends[1] <= 1:
        raise DataError(
            f"{chance!r} is not {what}: it is no probability, nor two of them in order.",
            do="Write a number from 0 to 1, or the lowest and the highest.",
        )
    return ends[0], ends[1]
