"""Ratings as people hand them over, turned into numbers of categories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.coding.coefficients import Floats
from evalkit.errors import CodingError

MISSING = -1
_MOST_CELLS = 50_000_000
_NARROW = 120  # numbers of categories that fit in a signed byte
_PIECE = 16_384


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings by category number.

    Attributes
    ----------
    codes : array of int, coders x units
        Number of the category in `categories`; -1 where there is no rating. Whole numbers of a
        narrow range come in single bytes, which is what makes a million units quick.
    categories : tuple
        The values that occur, sorted (numbers by size, other things by their words).
    """

    codes: NDArray[Any]
    categories: tuple[Any, ...]

    @property
    def n_coders(self) -> int:
        """How many coders rated anything."""
        return int((self.codes >= 0).any(axis=1).sum())

    def rows(self) -> Floats:
        """Return how many coders put each unit in each category (units x categories).

        Raises
        ------
        CodingError
            There are too many different values for so many units.
        """
        self.check_size()
        n_units, size = self.codes.shape[1], len(self.categories)
        _, unit = np.nonzero(self.codes >= 0)
        cells = unit * size + self.codes[self.codes >= 0].astype(np.int64)
        counts = np.bincount(cells, minlength=n_units * size).astype(float)
        return counts.reshape(n_units, size)

    def check_size(self) -> None:
        """Raise `CodingError` when kinds of units by categories would not fit in memory.

        Raises
        ------
        CodingError
            There are too many different values for so many units.
        """
        n_units, size = self.codes.shape[1], len(self.categories)
        kinds = min(n_units, (size + 1.0) ** min(len(self.codes), 60))
        if kinds * size > _MOST_CELLS:
            wrong = f"There are {size:,} different ratings of {n_units:,} units."
            raise CodingError(wrong, do="Round the ratings to fewer values.")

    def scores(self, level: str) -> Floats:
        """Return the categories as numbers; on the nominal level only their positions count.

        Raises
        ------
        CodingError
            The level needs numbers, or numbers from 0 up, and the ratings are not.
        """
        if level == "nominal":
            return np.arange(len(self.categories), dtype=float)
        try:
            scores = np.array([float(value) for value in self.categories], dtype=float)
        except (TypeError, ValueError) as error:
            wrong = f"Ratings on the {level} level must be numbers, in their order."
            raise CodingError(
                wrong, do="Number the categories, or use the nominal level."
            ) from error
        if level == "ratio" and len(scores) and scores.min() < 0:
            wrong = f"Ratings on the ratio level start at 0, and one is {scores.min():g}."
            raise CodingError(wrong, do="Use the interval level.")
        return scores


def read_ratings(ratings: Any) -> Ratings:
    """Turn coders x units (nested lists, an array, a pandas or polars frame) into `Ratings`.

    None, NaN and pandas' NA are missing.

    Raises
    ------
    CodingError
        The ratings are not a rectangle of coders and units.
    """
    grid = _grid(ratings)
    if grid.dtype.kind in "iufb":
        return _from_numbers(grid.astype(float))
    flags = [not _is_missing(value) for value in grid.ravel()]
    here = np.array(flags, dtype=bool).reshape(grid.shape)
    values = list(grid[here])
    if values and all(isinstance(value, int | float | np.number) for value in values):
        numbers = np.full(grid.shape, np.nan)
        numbers[here] = [float(value) for value in values]
        return _from_numbers(numbers)
    return _from_words(grid, here, values)


def _grid(ratings: Any) -> NDArray[Any]:
    raw = ratings.to_numpy() if hasattr(ratings, "to_numpy") else ratings
    grid = raw if isinstance(raw, np.ndarray) else _from_rows(list(raw))
    if grid.ndim != 2:
        raise _not_two(grid.ndim)
    return grid


def _from_rows(rows: list[Any]) -> NDArray[Any]:
    if any(isinstance(row, str) or not isinstance(row, Iterable) for row in rows):
        raise _not_two(1)
    lists = [list(row) for row in rows]
    if len({len(row) for row in lists}) > 1:
        wrong = "The coders have different numbers of ratings."
        raise CodingError(wrong, do="Give one rating a unit and coder; None where there is none.")
    grid = np.empty((len(lists), len(lists[0]) if lists else 0), dtype=object)
    for at, row in enumerate(lists):
        grid[at] = row
    return grid


def _not_two(count: int) -> CodingError:
    wrong = f"Ratings have two dimensions, coders and units; these have {count}."
    return CodingError(wrong, do="Give one row a coder.")


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ == "NAType":
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _from_numbers(grid: Floats) -> Ratings:
    quick = _whole_numbers(grid)
    if quick is not None:
        return quick
    here = ~np.isnan(grid)
    values, numbers = np.unique(grid[here], return_inverse=True)
    codes = np.full(grid.shape, MISSING, dtype=np.int64)
    codes[here] = numbers
    return Ratings(codes, tuple(values.tolist()))


def _whole_numbers(grid: Floats) -> Ratings | None:
    """Read whole numbers that lie close together, piece by piece; None for any others."""
    if not grid.size or np.isnan(low := np.fmin.reduce(grid, axis=None)):
        return None
    span = np.fmax.reduce(grid, axis=None) - low
    if not span < _NARROW:
        return None
    codes = np.empty(grid.shape, dtype=np.int8)
    seen = np.zeros(int(span) + 1, dtype=bool)
    for start in range(0, grid.shape[1], _PIECE):  # pieces stay in the processor's cache
        piece = grid[:, start : start + _PIECE] - low
        np.copyto(piece, MISSING, where=np.isnan(piece))
        numbers = piece.astype(np.int8)
        if not np.array_equal(numbers, piece):
            return None
        for at in np.flatnonzero(~seen):
            seen[at] = bool((numbers == at).any())
        codes[:, start : start + _PIECE] = numbers
    if not seen.all():
        places = np.concatenate([np.cumsum(seen) - 1, [MISSING]]).astype(np.int8)
        codes = places[codes]
    return Ratings(codes, tuple((low + np.flatnonzero(seen)).tolist()))


def _from_words(grid: NDArray[Any], here: NDArray[np.bool_], values: list[Any]) -> Ratings:
    categories = tuple(sorted(set(values), key=lambda value: (str(type(value)), str(value))))
    number = {value: at for at, value in enumerate(categories)}
    codes = np.full(grid.shape, MISSING, dtype=np.int64)
    codes[here] = [number[value] for value in values]
    return Ratings(codes, categories)
