"""Things of a project as JSON and back, exactly: what a row, an event or a line of a dump holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any

from evalkit.coding.model import (
    Case,
    Claim,
    Coding,
    Edge,
    Graph,
    Segment,
    Source,
    Turn,
    Value,
    Vertex,
)
from evalkit.coding.store.records import KINDS, Plain, StoreError, Thing

Version = Callable[[Segment], int]
_NONE_GIVEN = object()
_NESTED: dict[type, dict[str, type]] = {
    Source: {"turns": Turn},
    Coding: {"segment": Segment},
    Claim: {"segment": Segment},
    Case: {"attributes": Value, "segments": Segment},
    Graph: {"vertices": Vertex, "edges": Edge},
}
"""Fields that hold one, a tuple or a mapping of another type."""

_UNSTORED: dict[type, tuple[str, ...]] = {Source: ("text",)}
"""A text stands in a column of its own: it is large, and never changes."""


def plain(thing: Any, version: Version | None = None) -> dict[str, Any]:
    """Return a thing as JSON has it, without the fields that hold their default.

    Parameters
    ----------
    thing : object
        A thing of the model.
    version : function, optional
        Version of the source that a segment was cut from. It is kept with the segment, so that
        it can never come to point into another text.
    """
    found: dict[str, Any] = {}
    kind: Any = type(thing)
    for name, default in _fields(kind):
        value = getattr(thing, name)
        if value != default or type(value) is not type(default):
            found[name] = _plain(value, version)
    if version is not None and isinstance(thing, Segment):
        found["version"] = version(thing)
    return found


def _plain(value: Any, version: Version | None) -> Any:
    if isinstance(value, str | int | float | None):
        return value
    if is_dataclass(value):
        return plain(value, version)
    if isinstance(value, Mapping):
        return {key: _plain(one, version) for key, one in value.items()}
    return [_plain(one, version) for one in value]


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    unstored = _UNSTORED.get(kind, ())
    return tuple(
        (one.name, _default(one.default, one.default_factory))
        for one in fields(kind)
        if one.name not in unstored
    )


def _default(default: Any, factory: Any) -> Any:
    if default is not MISSING:
        return default
    return _NONE_GIVEN if factory is MISSING else factory()


def made(kind: str, value: Plain, text: str = "") -> Thing:
    """Return the thing that `value` holds; the inverse of `plain`.

    Raises
    ------
    StoreError
        It has fields that this evalkit does not know.
    """
    whole = {**value, "text": text} if kind == "source" else value
    try:
        return _made(KINDS[kind], whole)  # type: ignore[no-any-return]
    except TypeError as error:
        wrong = f"A {kind} in the store does not have the fields of one ({error})."
        raise StoreError(wrong, do="Was it written by a newer evalkit? Install that.") from error


def _made(kind: type, value: Plain) -> Any:
    nested = _NESTED.get(kind, {})
    found = {name: _value(nested.get(name), one) for name, one in value.items()}
    if kind is Segment:
        found.pop("version", None)
    return kind(**found)


def _value(kind: type | None, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_value(kind, one) for one in value)
    if not isinstance(value, dict):
        return value
    if kind in (None, Value):
        make: Callable[[Any], Any] = (lambda one: one) if kind is None else _of_case
        return {name: make(one) for name, one in value.items()}
    return _made(kind, value)


def _of_case(value: Plain) -> Value:
    return Value(**value)


def dumped(value: Any, what: str) -> str:
    """Return JSON on one line, or refuse text that no file can hold.

    Raises
    ------
    StoreError
        A text has a lone surrogate, half of a character: its place is named.
    """
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    refuse_halves(line, what)
    return line


def refuse_halves(text: str, what: str) -> None:
    """Raise `StoreError` where `text` has a lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        near = text[max(0, error.start - 20) : error.start]
        wrong = f"{what} has half a character (U+{ord(text[error.start]):04X}) after “{near}”."
        do = "It was cut or decoded wrongly: read it again from the file it came from."
        raise StoreError(wrong, do=do) from error
