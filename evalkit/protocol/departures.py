"""Departures from the locked plan, computed and not typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evalkit.files.write import canonical_json
from evalkit.protocol.lock import ABSENT, LOCK, Lock, LockedFile, Snapshot

_LONGEST = 80
_LEAD = 20
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Departed:
    """One difference between the locked plan and what is there now, or what was run.

    Attributes
    ----------
    kind : str
        "changed since lock", "not planned" (to be shown as exploratory), "not run", or
        "not locked" (there is no lock to compare with).
    what : str
        The file and the key in it, or the analysis.
    detail : str
        The difference in words.
    """

    kind: Literal["changed since lock", "not planned", "not run", "not locked"]
    what: str
    detail: str = ""


def departures(
    lock: Lock | None, current: Snapshot, *, not_run: Mapping[str, str] = _NONE
) -> tuple[Departed, ...]:
    """Compare the locked plan with the plan as it stands and with what was run.

    Parameters
    ----------
    lock : Lock or None
        As read; None when the project was never locked.
    current : Snapshot
        The plan as it stands.
    not_run : mapping of str to str, optional
        Planned analyses that gave no estimate, each with the reason.

    Returns
    -------
    tuple of Departed
        Files in the order of the plan, then data, then analyses.
    """
    skipped = [Departed("not run", id, reason) for id, reason in not_run.items()]
    if lock is None:
        detail = f"There is no {LOCK}: what was planned beforehand cannot be shown."
        return (Departed("not locked", "the plan", detail), *skipped)
    planned = lock.snapshot
    return (
        *_files(planned, current),
        *_data(planned, current),
        *_analyses(planned, current),
        *skipped,
    )


def state(lock: Lock | None, found: tuple[Departed, ...]) -> dict[str, str]:
    """Return how the plan stands to its lock: ``state``, ``sha256``, ``on`` and ``previous``.

    ``state`` is "not locked", "locked" or "changed"; an analysis that was not run is no change.
    """
    if lock is None:
        return {"state": "not locked", "sha256": "", "on": "", "previous": ""}
    changed = any(it.kind in ("changed since lock", "not planned") for it in found)
    return {
        "state": "changed" if changed else "locked",
        "sha256": lock.sha256,
        "on": lock.on,
        "previous": lock.previous,
    }


def _files(planned: Snapshot, current: Snapshot) -> Iterator[Departed]:
    for name in dict.fromkeys((*planned.files, *current.files)):
        before, now = planned.files.get(name), current.files.get(name)
        if now is None:
            yield _changed(name, "It was locked and is no longer there.")
        elif before is None:
            yield _changed(name, "It was added after the lock.")
        elif before.sha256 != now.sha256:
            yield from _differences(name, before, now)


def _differences(name: str, before: LockedFile, now: LockedFile) -> Iterator[Departed]:
    if before.content_sha256 == now.content_sha256:
        yield _changed(name, "Only comments, spaces, order or way of writing changed, no value.")
        return
    for place, detail in _compare(before.content, now.content, ()):
        yield _changed(f"{name}: {place}", detail)


def _compare(before: Any, now: Any, place: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield ``(place, difference in words)`` for each value that is no longer the same."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*before, *now)):
            if key not in now:
                yield ".".join((*place, key)), f"was {_words(before[key])}, was taken out"
            elif key not in before:
                yield ".".join((*place, key)), f"was added: {_words(now[key])}"
            else:
                yield from _compare(before[key], now[key], (*place, key))
    elif isinstance(before, list) and isinstance(now, list):
        yield from _compare_lists(before, now, place)
    elif canonical_json(before) != canonical_json(now):
        yield ".".join(place), _from_to(before, now)


def _compare_lists(
    before: list[Any], now: list[Any], place: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    here, old, new = ".".join(place), _by_text(before), _by_text(now)
    gone = [value for text, value in old.items() if text not in new]
    come = [value for text, value in new.items() if text not in old]
    if len(gone) == len(come) == 1:
        label = f"entry {before.index(gone[0]) + 1}"
        if isinstance(gone[0], Mapping) and isinstance(come[0], Mapping):
            yield from _compare(gone[0], come[0], (*place, label))
        else:
            yield here, _from_to(gone[0], come[0])
        return
    yield from ((here, f"was {_words(value)}, was taken out") for value in gone)
    yield from ((here, f"was added: {_words(value)}") for value in come)
    if not gone and not come and canonical_json(before) != canonical_json(now):
        yield here, f"its entries stand in another order or number: {_words(now)}"


def _by_text(values: list[Any]) -> dict[str, Any]:
    return {canonical_json(value): value for value in values}


def _from_to(before: Any, now: Any) -> str:
    """Return both values, long texts from shortly before the place where they part."""
    if isinstance(before, str) and isinstance(now, str) and len(before) > _LONGEST < len(now):
        same = next((at for at, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), 0)
        start = max(0, same - _LEAD)
        before, now = (f"...{text[start:]}" if start else text for text in (before, now))
    return f"was {_words(before)}, is {_words(now)}"


def _words(value: Any) -> str:
    """Return a value as a reader of the file would know it, cut where it is long."""
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key}: {_words(it)}" for key, it in value.items()) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(_words(it) for it in value) + "]"
    elif value is None or isinstance(value, bool):
        text = {None: "empty", True: "true", False: "false"}[value]
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _data(planned: Snapshot, current: Snapshot) -> Iterator[Departed]:
    for name in dict.fromkeys((*planned.data, *current.data)):
        before, now = planned.data.get(name, ABSENT), current.data.get(name, ABSENT)
        if before in (now, ABSENT):
            continue  # data that arrive after the lock are what a plan waits for
        if name not in current.data:
            yield _changed(name, "The plan no longer uses this data file.")
        elif now == ABSENT:
            yield _changed(name, "The data file is gone.")
        else:
            yield _changed(name, "The data file is not the same.")


def _analyses(planned: Snapshot, current: Snapshot) -> Iterator[Departed]:
    for id in current.analyses:
        if id not in planned.analyses:
            detail = "It was not in the locked plan: read it as exploratory."
            yield Departed("not planned", id, detail)
    for id in planned.analyses:
        if id not in current.analyses:
            yield Departed("not run", id, "It was planned and taken out after the lock.")


def _changed(what: str, detail: str) -> Departed:
    return Departed("changed since lock", what, detail)
