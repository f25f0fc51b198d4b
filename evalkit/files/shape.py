"""The types of a file's shape, walked alongside pydantic's locations.

Pydantic says where a fault is with keys, numbers and, where several forms may stand, the name of
the form. Here that becomes a place in the user's file and the form that was tried there.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from evalkit.files.yaml import Place

_LISTS = (list, tuple, Sequence, set, frozenset)
_MAPPINGS = (dict, Mapping)


@dataclass(frozen=True, slots=True)
class Step:
    """A place on the way to a fault; `branch` names the form tried there, when there are several.

    ``fits`` is True when the value that stands there has that form (words, list or mapping).
    """

    place: Place
    branch: str = ""
    fits: bool = False


@cache
def adapter(kind: Any) -> Any:
    """Return pydantic's adapter for a dataclass (made once)."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def steps_to(kind: Any, values: Any, loc: Sequence[Any]) -> tuple[Step, ...]:
    """Return the steps from the top of a file to one of pydantic's locations."""
    steps = [Step(())]
    for part in loc:
        kind, place = _bare(kind), steps[-1].place
        members = _members(kind)
        if members:
            kind = _member(members, str(part))
            fits = form_of_label(kind, str(part)) == form_of_value(values)
            steps.append(Step(place, str(part), fits))
            continue
        kind = _inner(kind, part)
        if isinstance(values, dict) and part != "[key]":
            values, place = values.get(part), (*place, part)
        elif isinstance(values, list) and isinstance(part, int) and part < len(values):
            values, place = values[part], (*place, part)
        steps.append(Step(place))
    return tuple(steps)


def keys_at(kind: Any, place: Place) -> list[str]:
    """Return, sorted, the keys a mapping at `place` of a record of `kind` may have."""
    kinds = [kind]
    for part in place:
        kinds = [_inner(form, part) for outer in kinds for form in _forms(outer)]
    found = {name for outer in kinds for form in _forms(outer) for name in _keys(form)}
    return sorted(found)


def form_of_value(value: Any) -> str:
    """Return "mapping", "list", "words" or "nothing"."""
    if isinstance(value, dict):
        return "mapping"
    if isinstance(value, list):
        return "list"
    return "nothing" if value is None else "words"


def form_of_label(kind: Any, label: str) -> str:
    """Return the form a union's member takes, from its type or else from pydantic's name of it."""
    bare = _bare(kind)
    if is_dataclass(bare) or get_origin(bare) in _MAPPINGS or "dict[" in label:
        return "mapping"
    return "list" if _is_list(bare) or "tuple[" in label or "list[" in label else "words"


def _forms(kind: Any) -> list[Any]:
    bare = _bare(kind)
    return [form for member in _members(bare) for form in _forms(member)] or [bare]


def _bare(kind: Any) -> Any:
    """Take off ``Annotated`` and ``| None``."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
            continue
        rest = [part for part in _parts(kind) if part is not type(None)]
        if len(rest) != 1:
            return kind
        kind = rest[0]


def _parts(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else ()


def _members(kind: Any) -> list[Any]:
    """Return the members of a union that pydantic names in its locations."""
    rest = [part for part in _parts(kind) if part is not type(None)]
    return rest if len(rest) > 1 else []


def _member(members: list[Any], label: str) -> Any:
    """Return the member of a union that pydantic's `label` stands for; None for plain values."""
    for member in members:
        bare = _bare(member)
        name = getattr(bare, "__name__", "") if is_dataclass(bare) else ""
        if name and name in label:
            return member
    wanted = form_of_label(None, label)
    found = [member for member in members if form_of_label(member, "") == wanted]
    return found[0] if found and wanted != "words" else None


def _inner(kind: Any, part: Any) -> Any:
    """Return the type that stands below `kind` at a key or a number."""
    if is_dataclass(kind):
        return _keys(kind).get(str(part))
    inner = [each for each in get_args(kind) if each is not Ellipsis]
    if get_origin(kind) in _MAPPINGS and len(inner) == 2:
        return inner[1]
    return inner[0] if _is_list(kind) and inner else None


def _is_list(kind: Any) -> bool:
    return get_origin(kind) in _LISTS


def _keys(kind: Any) -> dict[str, Any]:
    """Return each key of a dataclass, as it stands in files, and its type."""
    if not is_dataclass(kind):
        return {}
    hints = get_type_hints(kind, include_extras=True)
    named: dict[str, Any] = {}
    for item in fields(kind):
        marks = getattr(hints[item.name], "__metadata__", ())
        alias = next((mark.alias for mark in marks if getattr(mark, "alias", None)), item.name)
        named[alias] = hints[item.name]
    return named
