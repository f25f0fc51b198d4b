"""Checking the values of a file against a frozen dataclass, with messages for people.

The dataclass is the one description of the file: pydantic checks against it, and the published
JSON Schema is made from it. Nothing here knows what a theory or a protocol is.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from evalkit.errors import Fault, ProjectError
from evalkit.files.shape import Step, adapter, keys_at, steps_to
from evalkit.files.wording import fault_of
from evalkit.files.yaml import Place, Yaml

Record = TypeVar("Record")

CONFIG: dict[str, Any] = {"extra": "forbid", "coerce_numbers_to_str": True}
"""Set ``__pydantic_config__ = CONFIG`` in every dataclass that stands for a file's mapping."""

_SALVAGES = 5  # each round drops what was found wrong; more rounds than this never helped

Detail = tuple[dict[str, Any], tuple[Step, ...]]


def read_record(yaml: Yaml, kind: type[Record]) -> Record:
    """Return the file's values as a record of `kind`.

    Raises
    ------
    ProjectError
        Every value that does not fit, with its line.
    """
    record, faults = check_record(yaml, kind)
    if record is None or faults:
        raise ProjectError(faults)
    return record


def check_record(yaml: Yaml, kind: type[Record]) -> tuple[Record | None, list[Fault]]:
    """Return the record and no fault, or None and every fault."""
    record, details = _validated(yaml.values, kind)
    return record, _faults(yaml, kind, details)


def salvage_record(yaml: Yaml, kind: type[Record]) -> tuple[Record | None, Yaml, list[Fault]]:
    """Return the record without the values that do not fit, and a fault for each of them.

    So that faults of meaning (a name that is not known) can be listed beside faults of form (a
    key that is not known).

    Returns
    -------
    record : Record or None
        None when too little is left to make one.
    kept : Yaml
        The values it was made from, with the lines they have in the file.
    faults : list of Fault
        Empty when the whole file fits.
    """
    record, details = _validated(yaml.values, kind)
    faults = _faults(yaml, kind, details)
    kept = yaml
    for _ in range(_SALVAGES):
        if record is not None:
            break
        drops = {_to_drop(detail, steps) for detail, steps in details}
        for place in sorted(drops, key=_from_the_end, reverse=True):
            kept = _without(kept, place)
        record, details = _validated(kept.values, kind)
    return record, kept, faults


def json_schema(kind: Any, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a file, for editors."""
    schema: dict[str, Any] = adapter(kind).json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def known_keys(kind: Any, place: Place) -> set[str]:
    """Return the keys a mapping at `place` of a record of `kind` may have."""
    return set(keys_at(kind, place))


def _validated(values: Any, kind: type[Record]) -> tuple[Record | None, list[Detail]]:
    from pydantic import ValidationError

    try:
        return adapter(cast("Any", kind)).validate_python(values), []
    except ValidationError as error:
        details = [
            (dict(detail), steps_to(kind, values, detail["loc"]))
            for detail in error.errors(include_url=False)
        ]
        return None, _right_branches(details)


def _right_branches(details: list[Detail]) -> list[Detail]:
    """Keep, of a value that may have several forms, the faults of the form the user chose.

    Where words or a mapping may stand, pydantic lists what is wrong with both. A user who wrote
    a mapping only wants to hear of the mapping.
    """
    chosen: dict[Place, set[str]] = {}
    for _, steps in details:
        for step in steps:
            if step.branch and step.fits:
                chosen.setdefault(step.place, set()).add(step.branch)
    return [detail for detail in details if _is_chosen(detail[1], chosen)]


def _is_chosen(steps: tuple[Step, ...], chosen: dict[Place, set[str]]) -> bool:
    return all(
        not step.branch or step.place not in chosen or step.branch in chosen[step.place]
        for step in steps
    )


def _faults(yaml: Yaml, kind: Any, details: list[Detail]) -> list[Fault]:
    """Word the faults; forms that were refused at one place become one fault."""
    groups: dict[Place, list[Detail]] = {}
    for detail, steps in details:
        place = steps[-1].place
        groups.setdefault(place, []).append((detail, steps))
    found = [fault_of(yaml, kind, place, group) for place, group in groups.items()]
    return sorted(set(found))


def _to_drop(detail: dict[str, Any], steps: tuple[Step, ...]) -> Place:
    place = steps[-1].place
    return place[:-1] if detail["type"] in ("missing", "missing_argument") else place


def _from_the_end(place: Place) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (0, part) for part in place]


def _without(yaml: Yaml, place: Place) -> Yaml:
    """Return the file without what stands at `place`; later items of a list move up."""
    if not place:
        return yaml
    depth, last = len(place) - 1, place[-1]

    def moved(at: Place) -> Place | None:
        if at[: depth + 1] == place:
            return None
        below = at[depth] if len(at) > depth and at[:depth] == place[:depth] else None
        if isinstance(below, int) and isinstance(last, int) and below > last:
            return (*at[:depth], below - 1, *at[depth + 1 :])
        return at

    lines = {new: line for at, line in yaml.lines.items() if (new := moved(at)) is not None}
    return Yaml(yaml.file, _cut(yaml.values, place), lines)


def _cut(values: Any, place: Place) -> Any:
    first, rest = place[0], place[1:]
    if isinstance(values, dict) and first in values:
        if rest:
            return {**values, first: _cut(values[first], rest)}
        return {key: value for key, value in values.items() if key != first}
    if isinstance(values, list) and isinstance(first, int) and first < len(values):
        middle = [_cut(values[first], rest)] if rest else []
        return [*values[:first], *middle, *values[first + 1 :]]
    return values
