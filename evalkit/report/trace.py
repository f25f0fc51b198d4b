"""Reading a report back: which of its numbers can be traced, and to what.

Used by the tests on every report, and by anyone who wants the list of all published numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

_TRACES = ("data-result", "data-from")
_MAY_TRACE = frozenset({"a", "data", "div", "p", "span"})
"""Elements that may carry a trace; a whole section may not vouch for its numbers at once."""
_VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split(" ")  # noqa: SIM905 (a list of words)
)
_UNSEEN = frozenset({"style", "script", "title", "desc"})


@dataclass(frozen=True, slots=True)
class Published:
    """A number of ours in a report: as printed, its value, its result, and how it was made."""

    text: str
    value: float
    result: str
    how: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.untraced: list[str] = []
        self.published: list[Published] = []
        self.misplaced: list[str] = []
        self._data: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        traced = any(found.get(name) for name in _TRACES)
        if traced and tag not in _MAY_TRACE:
            self.misplaced.append(tag)
        if tag == "data":
            self._data = found
        if tag not in _VOID:
            self.open.append((tag, traced))

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            closed, _ = self.open.pop()
            if closed == tag:
                break
        if tag == "data":
            self._data = None

    def handle_data(self, data: str) -> None:
        if any(tag in _UNSEEN for tag, _ in self.open):
            return
        if any(each.isdigit() for each in data) and not any(traced for _, traced in self.open):
            self.untraced.append(data.strip())
        if self._data is not None:
            found = self._data
            self.published.append(
                Published(
                    data,
                    float(found["value"]),
                    found.get("data-result", ""),
                    found.get("data-how", ""),
                )
            )


def untraced(html: str) -> list[str]:
    """Return every text of a report that holds a digit and belongs to no result and no file.

    Parameters
    ----------
    html : str
        The whole file.

    Returns
    -------
    list of str
        Empty for a report as it should be. An element that may not carry a trace (a section that
        vouches for all its numbers at once) is listed as ``<tag>``.
    """
    reader = _read(html)
    return [*reader.untraced, *(f"<{tag}>" for tag in reader.misplaced)]


def published(html: str) -> list[Published]:
    """Return every number of ours in a report, in order."""
    return _read(html).published


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def resolve(results: Mapping[str, Any], id: str) -> Any:
    """Return what stands at the id of a result in ``results.json``.

    An id is ``collection/item#place``: ``estimates/main#interval.low``,
    ``estimates/main#table.event_study[3].estimate``, ``estimates/main#checks.permutation.statistic``.
    Items of a list are found by their ``id``, ``link``, ``name`` or ``outcome``.

    Raises
    ------
    KeyError
        There is nothing there.
    """
    where, _, place = id.partition("#")
    found: Any = results
    collection, _, item = where.partition("/")
    found = _walk(found, collection)
    if item:
        group, _, rest = item.partition("/")
        found = _step(_step(found, group), rest) if collection == "protocol" else _step(found, item)
    return _walk(found, place) if place else found


def _walk(found: Any, place: str) -> Any:
    while place:
        name = _longest(found, place)
        found = _step(found, name)
        place = place[len(name) :]
        while place.startswith("["):
            number, _, place = place[1:].partition("]")
            found = _row(found, int(number))
        place = place.removeprefix(".")
    return found


def _longest(found: Any, place: str) -> str:
    """Return the name that comes next; names of checks may hold dots and spaces."""
    names = _names(found)
    for name in sorted(names, key=len, reverse=True):
        if place == name or place.startswith((f"{name}.", f"{name}[")):
            return name
    raise KeyError(place)


def _names(found: Any) -> list[str]:
    if isinstance(found, Mapping):
        return [str(name) for name in found]
    if isinstance(found, Sequence) and not isinstance(found, str):
        return [
            str(one[key])
            for one in found
            if isinstance(one, Mapping)
            for key in _KEYS
            if key in one
        ]
    return []


_KEYS = ("id", "link", "name", "outcome")


def _step(found: Any, name: str) -> Any:
    if isinstance(found, Mapping):
        return found[name]
    for one in found:
        if any(str(one.get(key)) == name for key in _KEYS):
            return one
    raise KeyError(name)


def _row(found: Any, number: int) -> Any:
    """Return an entry of a list, or a row of a table as a mapping."""
    if isinstance(found, Mapping):
        return dict(zip(found["columns"], found["rows"][number], strict=True))
    return found[number]
