"""Checking the values of a file against a frozen dataclass, with messages for people.

The dataclass is the one description of the file: pydantic checks against it, and the published
JSON Schema is made from it. Nothing here knows what a theory or a protocol is.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

from evalkit.errors import Fault, ProjectError, nearest
from evalkit.files.yaml import Place, Yaml

Record = TypeVar("Record")

CONFIG: dict[str, Any] = {"extra": "forbid", "coerce_numbers_to_str": True}
"""Set ``__pydantic_config__ = CONFIG`` in every dataclass that stands for a file's mapping."""


@cache
def adapter(kind: Any) -> Any:
    """Return pydantic's adapter for a dataclass (made once)."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


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
    """Return the record, or None and every fault."""
    from pydantic import ValidationError

    try:
        return adapter(kind).validate_python(yaml.values), []
    except ValidationError as error:
        details = _without_other_shapes(error.errors(include_url=False))
        return None, sorted({_fault(yaml, kind, detail) for detail in details})


def _without_other_shapes(details: list[Any]) -> list[Any]:
    """Drop "must be words" where the user wrote the longer form and that form has its own fault."""
    shapes = ("string_type", "dataclass_type", "list_type", "tuple_type", "dict_type")
    kept = []
    for detail in details:
        others = [other for other in details if other["loc"][: len(detail["loc"]) - 1] == detail["loc"][:-1]]
        rest = [other for other in others if other["type"] not in shapes]
        if detail["type"] in shapes and rest and isinstance(detail["input"], dict | list):
            continue
        kept.append(detail)
    return kept


def json_schema(kind: Any, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a file, for editors."""
    schema: dict[str, Any] = adapter(kind).json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def _fault(yaml: Yaml, kind: Any, detail: dict[str, Any]) -> Fault:
    place = _place_in_file(yaml, detail["loc"])
    key = str(place[-1]) if place else ""
    line = yaml.line(*place)
    code, context = detail["type"], detail.get("ctx", {})
    if code in ("unexpected_keyword_argument", "extra_forbidden"):
        known = known_keys(kind, place[:-1])
        wrong = f"`{key}` is not a key that is known here."
        do = nearest(key, known).strip() or f"Known keys: {', '.join(sorted(known))}."
        return Fault(yaml.file, line, wrong, do)
    if code in ("missing", "missing_argument"):
        above = yaml.line(*place[:-1])
        return Fault(yaml.file, above, f"The key `{key}` is missing.", f"Add `{key}:`.")
    if code == "literal_error":
        return Fault(yaml.file, line, *_wrong_choice(key, detail["input"], str(context["expected"])))
    if code == "value_error":
        return Fault(yaml.file, line, *_own_words(str(context["error"])))
    wrong = f"`{_name(place)}` {_EXPECTED.get(code, 'does not fit: ' + detail['msg'])}"
    found = "" if isinstance(detail["input"], dict | list) else f" It is {detail['input']!r}."
    return Fault(yaml.file, line, f"{wrong}.{found}", "Correct it.")


_EXPECTED = {
    "string_type": "must be words",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping (keys and values)",
    "dataclass_type": "must be a mapping (keys and values)",
    "too_short": "is too short",
    "string_pattern_mismatch": "has characters that are not allowed here",
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than": "is too large",
    "less_than_equal": "is too large",
}


def _wrong_choice(key: str, found: object, expected: str) -> tuple[str, str]:
    choices = [part.strip(" '") for part in expected.replace(" or ", ", ").split(",")]
    hint = nearest(str(found), choices).strip()
    return f"`{key}` cannot be `{found}`.", f"{hint} One of: {', '.join(choices)}.".strip()


def _own_words(message: str) -> tuple[str, str]:
    """Split a message raised by our own validators, written as ``wrong|do``."""
    wrong, _, do = message.partition("|")
    return wrong, do or "Correct it."


def _name(place: Place) -> str:
    return ".".join(str(part) for part in place) or "the file"


def _place_in_file(yaml: Yaml, loc: tuple[Any, ...]) -> Place:
    """Drop the parts of pydantic's location that name a type, not a key of the file."""
    place: Place = ()
    values: Any = yaml.values
    for part in loc:
        inside = isinstance(values, dict) and part in values
        inside |= isinstance(values, list) and isinstance(part, int) and part < len(values)
        if inside:
            place, values = (*place, part), values[part]
        elif part == loc[-1] and "[" not in str(part):
            place = (*place, part)
    return place


def known_keys(kind: Any, place: Place) -> set[str]:
    """Return the keys a mapping at `place` of a record of `kind` may have."""
    kinds = [kind]
    for part in place:
        kinds = [inner for outer in kinds for inner in _step(outer, part)]
    return {name for inner in kinds if is_dataclass(inner) for name in _aliases(inner)}


def _step(kind: Any, part: str | int) -> list[Any]:
    if isinstance(kind, _Each):
        return list(kind.kinds)
    if is_dataclass(kind):
        found = _aliases(kind).get(str(part))
        return _unwrap(found) if found is not None else []
    return []


def _aliases(kind: Any) -> dict[str, Any]:
    """Return each key of a dataclass, as it stands in files, and its type."""
    hints = get_type_hints(kind, include_extras=True)
    named: dict[str, Any] = {}
    for item in fields(kind):
        marks = getattr(hints[item.name], "__metadata__", ())
        alias = next((mark.alias for mark in marks if getattr(mark, "alias", None)), item.name)
        named[alias] = hints[item.name]
    return named


def _unwrap(kind: Any) -> list[Any]:
    """Return the dataclasses inside a type, and containers as what they contain."""
    if is_dataclass(kind):
        return [kind]
    found = [inner for part in get_args(kind) if part is not type(None) for inner in _unwrap(part)]
    return [_Each(found)] if found and _is_container(kind) else found


def _is_container(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) in (dict, list, tuple)


class _Each:
    """A container: whatever the key or number, the step leads to these types."""

    def __init__(self, kinds: list[Any]) -> None:
        self.kinds = kinds
