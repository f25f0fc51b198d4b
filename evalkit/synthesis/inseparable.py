"""What cannot be told apart: influences that ran in the same places over the same time.

Each influence (the programme, a rival, an event) is a column over places and periods: its dose
where and when it ran, 0 elsewhere. Differences between places that last, and what happened to all
places at once, explain themselves, so both are taken out. What remains says which influences any
analysis of these places and periods could ever separate: columns that depend on one another cannot
be, whatever the outcomes turn out to be (Belsley, Kuh and Welsch 1980, chapter 3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DataError
from evalkit.protocol.about import About
from evalkit.theory.model import Theory

Floats = NDArray[np.float64]
ELSEWHERE = "elsewhere"
PROGRAMME = "programme"
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
NEARLY = 10.0
"""Variance inflation from which two influences count as nearly the same (Marquardt 1970)."""
_ZERO = 1e-9


@dataclass(frozen=True, slots=True)
class Influence:
    """Something that may have moved the outcome, and where and when it ran.

    Attributes
    ----------
    id, words : str
    first, last : int or None
        Periods in which it ran, both included; None: from the beginning, to the end.
    places : tuple of str
        Where it ran; empty: everywhere.
    dose : mapping of str to float
        How strongly in each place; 1 where a place is not named.
    """

    id: str
    words: str
    first: int | None = None
    last: int | None = None
    places: tuple[str, ...] = ()
    dose: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Together:
    """Influences that cannot be told apart.

    Attributes
    ----------
    members : tuple of str
        Ids, in the order given.
    how : {"never", "hardly"}
        Not at all with these places and periods; or only with `inflation` times the variance.
    inflation : float
        Largest variance inflation among them (infinite for "never").
    words : str
        As a sentence.
    """

    members: tuple[str, ...]
    how: str
    inflation: float
    words: str


@dataclass(frozen=True, slots=True)
class Separation:
    """Which influences the places and periods could separate, and which not.

    Attributes
    ----------
    groups : tuple of Together
    unseen : tuple of str
        Influences that were the same everywhere at once, or always there: no comparison shows them.
    separable : tuple of str
        The rest.
    places, periods : tuple
        What was compared.
    words : tuple of str
        Everything above in sentences.
    """

    groups: tuple[Together, ...]
    unseen: tuple[str, ...]
    separable: tuple[str, ...]
    places: tuple[str, ...]
    periods: tuple[int, ...]
    words: tuple[str, ...]


def separation(
    influences: Sequence[Influence],
    *,
    places: Sequence[str] = (),
    periods: Sequence[int] = (),
    elsewhere: bool = True,
) -> Separation:
    """Return which influences could be told apart with these places and periods.

    Parameters
    ----------
    influences : sequence of Influence
    places, periods : sequence
        What outcomes are known of; by default every place named, and every period from the first
        named to one before and after.
    elsewhere : bool
        Whether there is also a comparison place that none of them reached but those everywhere.

    Raises
    ------
    DataError
        When an id stands twice, a period ends before it begins, or there are no periods.
    """
    _need_sound(influences)
    where = tuple(dict.fromkeys([*places, *(p for one in influences for p in one.places)]))
    if elsewhere:
        where = (*where, ELSEWHERE)
    when = tuple(periods) or _periods(influences)
    columns = np.array([_column(one, where, when) for one in influences])
    apart = np.array([_without_places_and_periods(one) for one in columns])
    size = np.sqrt((apart**2).sum(axis=1))
    seen = size > _ZERO * np.maximum(np.sqrt((columns**2).sum(axis=(1, 2))), 1.0)[:, None].ravel()
    ids = [one.id for one in influences]
    unit = apart[seen] / size[seen][:, None]
    found = _groups(unit, [one for one, on in zip(influences, seen, strict=True) if on])
    unseen = tuple(id for id, on in zip(ids, seen, strict=True) if not on)
    held = {id for group in found for id in group.members} | set(unseen)
    alone = tuple(id for id in ids if id not in held)
    words = {one.id: one.words for one in influences}
    said = _words(found, unseen, alone, words)
    return Separation(found, unseen, alone, where, when, said)


def programme_and_rivals(about: About, theory: Theory) -> Separation | None:
    """Return what cannot be told apart of the programme and the other explanations of its theory.

    Explanations that name neither years nor places (such as regression to the mean) are left out;
    where none is left, or the programme's own years are not known, there is nothing to compare.
    """
    years = [int(found[0]) for run in about.runs if (found := _YEAR.findall(run))]
    placed = [one for one in theory.rivals if one.first or one.last or one.where]
    if len(years) != 2 or not placed:
        return None
    own = Influence(
        PROGRAMME,
        str(about.intervention.get("name") or about.title),
        years[0],
        years[1],
        (str(about.place.get("name") or "here"),),
    )
    others = [Influence(one.id, one.words, one.first, one.last, one.where) for one in placed]
    return separation([own, *others])


def _need_sound(influences: Sequence[Influence]) -> None:
    ids = [one.id for one in influences]
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise DataError(f"The influence `{twice[0]}` stands twice.", do="Give each its own id.")
    for one in influences:
        if one.first is not None and one.last is not None and one.last < one.first:
            raise DataError(
                f"`{one.id}` ends ({one.last}) before it begins ({one.first}).",
                do="Swap the two, or correct them.",
            )


def _periods(influences: Sequence[Influence]) -> tuple[int, ...]:
    named = [p for one in influences for p in (one.first, one.last) if p is not None]
    if not named:
        raise DataError(
            "No influence says when it ran.", do="Give `first` and `last`, or `periods`."
        )
    return tuple(range(min(named) - 1, max(named) + 2))


def _column(one: Influence, places: Sequence[str], periods: Sequence[int]) -> Floats:
    """Return the dose by place and period."""
    reached = [not one.places or place in one.places for place in places]
    dose = np.array([one.dose.get(p, 1.0) * on for p, on in zip(places, reached, strict=True)])
    first = -np.inf if one.first is None else one.first
    last = np.inf if one.last is None else one.last
    running = np.array([first <= period <= last for period in periods], dtype=float)
    return np.outer(dose, running)


def _without_places_and_periods(column: Floats) -> Floats:
    rows, periods = column.mean(axis=1, keepdims=True), column.mean(axis=0, keepdims=True)
    return np.asarray(column - rows - periods + column.mean()).ravel()


def _groups(unit: Floats, influences: Sequence[Influence]) -> tuple[Together, ...]:
    """Return the sets of influences that depend on one another, exactly or nearly."""
    if len(unit) < 2:
        return ()
    value, axes = np.linalg.eigh(unit @ unit.T)
    exact = np.abs(axes[:, value < _ZERO]) > 1e-6
    found = [
        _together(members, influences, np.inf) for members in _joined(exact) if len(members) > 1
    ]
    taken = {id for one in found for id in one.members}
    rest = [i for i, one in enumerate(influences) if one.id not in taken]
    if len(rest) > 1:
        inverse = np.linalg.inv(unit[rest] @ unit[rest].T)
        inflation = np.diag(inverse)
        scale = np.sqrt(np.outer(inflation, inflation))
        tied = (np.abs(inverse) / scale > 0.5) & (inflation > NEARLY)
        tied &= tied.T
        for members in _joined(tied):
            if len(members) > 1:
                worst = float(inflation[members].max())
                found.append(_together([rest[i] for i in members], influences, worst))
    return tuple(found)


def _joined(touches: NDArray[np.bool_]) -> list[list[int]]:
    """Return the rows that are joined by sharing a column, as lists in order."""
    label = list(range(len(touches)))
    for column in touches.T:
        on = np.flatnonzero(column)
        if len(on):
            names = {label[i] for i in on}
            label = [min(names) if name in names else name for name in label]
    return [[i for i, name in enumerate(label) if name == one] for one in dict.fromkeys(label)]


def _together(members: Sequence[int], influences: Sequence[Influence], worst: float) -> Together:
    these = [influences[i] for i in members]
    named = _listed([f"“{one.words}”" for one in these])
    if np.isinf(worst):
        words = f"{named} ran in the same places over the same time: no analysis of these places and periods can tell them apart."
        return Together(tuple(one.id for one in these), "never", worst, words)
    words = f"{named} nearly ran together: telling them apart takes about {worst:.0f} times the data that either alone would need."
    return Together(tuple(one.id for one in these), "hardly", worst, words)


def _words(
    groups: Sequence[Together],
    unseen: Sequence[str],
    alone: Sequence[str],
    words: Mapping[str, str],
) -> tuple[str, ...]:
    said = [group.words for group in groups]
    if unseen:
        verb = "was" if len(unseen) == 1 else "were"
        said.append(
            f"{_named(unseen, words)} {verb} the same everywhere at once, or there all the time: "
            "a comparison of these places cannot show what that did."
        )
    if alone:
        said.append(
            f"{_named(alone, words)} could be told apart from the others that are placed in time "
            "here, given enough data; explanations without years and places are not judged."
        )
    return tuple(said)


def _named(ids: Sequence[str], words: Mapping[str, str]) -> str:
    return _listed([f"“{words[id]}”" for id in ids])


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
