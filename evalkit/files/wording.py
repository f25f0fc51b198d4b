"""Pydantic's complaints in words that a person who wrote a YAML file can act on."""

from __future__ import annotations

from typing import Any

from evalkit.errors import Fault, nearest
from evalkit.files.shape import Step, form_of_value, keys_at
from evalkit.files.yaml import Place, Yaml

Detail = tuple[dict[str, Any], tuple[Step, ...]]

_SHOWN = 40
_MUST_BE = {
    "string_type": "words",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "mapping_type": "keys with values",
    "dataclass_type": "keys with values",
    "dataclass_exact_type": "keys with values",
}
_LIMITS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "too_short": "longer: it has {actual_length} of at least {min_length} parts",
    "too_long": "shorter: it has {actual_length} parts, and may have {max_length}",
    "string_too_short": "longer: at least {min_length} characters",
    "string_too_long": "shorter: at most {max_length} characters",
}
_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")
_MISSING = ("missing", "missing_argument")


def fault_of(yaml: Yaml, kind: Any, place: Place, group: list[Detail]) -> Fault:
    """Return one fault for all that was found wrong at `place`."""
    details = [detail for detail, _ in group]
    told = [detail for detail in details if detail["type"] not in _MUST_BE]
    detail = (told or details)[0]
    if detail["type"] in _UNKNOWN:
        return _unknown(yaml, place, keys_at(kind, place[:-1]))
    if detail["type"] in _MISSING:
        return _missing(yaml, place)
    wrong, do = _worded(place, detail) if told else _wrong_form(yaml, place, details)
    return Fault(yaml.file, yaml.line(*place), wrong, do)


def _unknown(yaml: Yaml, place: Place, known: list[str]) -> Fault:
    do = nearest(str(place[-1]), known).strip() or f"Known keys: {', '.join(known)}."
    wrong = f"`{_short(place[-1])}` is not a key that is known here."
    return Fault(yaml.file, yaml.line(*place), wrong, do)


def _missing(yaml: Yaml, place: Place) -> Fault:
    above, key = place[:-1], place[-1]
    inside = f" of `{_name(above)}`" if above else ""
    return Fault(
        yaml.file, yaml.line(*above), f"The key `{key}`{inside} is missing.", f"Add `{key}: ...`."
    )


def _worded(place: Place, detail: dict[str, Any]) -> tuple[str, str]:
    code, context = detail["type"], detail.get("ctx", {})
    if code == "literal_error":
        return _wrong_choice(place, detail["input"], str(context["expected"]))
    if code in ("value_error", "assertion_error"):
        wrong, _, do = str(context["error"]).partition("|")  # our own, written as ``wrong|do``
        return wrong, do or "Correct it."
    if code in _LIMITS:
        return f"`{_name(place)}` must be {_LIMITS[code].format(**context)}.", "Correct it."
    if code == "string_pattern_mismatch":
        return f"`{_name(place)}` has characters that are not allowed here.", "Correct it."
    return f"`{_name(place)}` does not fit: {detail['msg']}.", "Correct it."


def _wrong_form(yaml: Yaml, place: Place, details: list[dict[str, Any]]) -> tuple[str, str]:
    forms = list(dict.fromkeys(_MUST_BE[detail["type"]] for detail in details))
    must = f"`{_name(place)}` must be {_either(forms)}"
    found = details[0]["input"]
    form = form_of_value(found)
    if form == "nothing":
        return f"{must}; nothing stands there.", f"Write it after `{_last_key(place)}:`."
    if form != "words":
        is_what = "a list" if form == "list" else "keys with values"
        return f"{must}, and is {is_what}.", _change_form(yaml, place, forms)
    return f"{must}, and is `{_short(found)}`.", "Correct it."


def _change_form(yaml: Yaml, place: Place, forms: list[str]) -> str:
    """Say what to do; a colon in the words is what most often makes keys of them."""
    line = yaml.line(*place)
    if "words" in forms and yaml.line(*place[:-1]) <= line:
        return "If you meant words, put them in quotation marks."
    return "Correct it."


def _wrong_choice(place: Place, found: object, expected: str) -> tuple[str, str]:
    choices = [part.strip(" '") for part in expected.replace(" or ", ", ").split(", ")]
    key = _last_key(place)
    if len(choices) == 1:
        return f"`{key}` cannot be `{_short(found)}`.", f"Write `{key}: {choices[0]}`."
    hint = nearest(_short(found), choices).strip()
    wrong = f"`{key}` cannot be `{_short(found)}`."
    if found is None:
        wrong = f"`{key}` has nothing after it."
    return wrong, f"{hint} One of: {', '.join(choices)}.".strip()


def _either(forms: list[str]) -> str:
    return forms[0] if len(forms) == 1 else f"{', '.join(forms[:-1])} or {forms[-1]}"


def _last_key(place: Place) -> str:
    return next((part for part in reversed(place) if isinstance(part, str)), "the file")


def _name(place: Place) -> str:
    """Return the place as ``links, item 3, from``."""
    parts = [f"item {part + 1}" if isinstance(part, int) else part for part in place]
    return ", ".join(_short(part) for part in parts) or "the file"


def _short(found: object) -> str:
    """Return a value as YAML writes it, on one line and not too long."""
    spelled = {True: "true", False: "false"}.get(found) if isinstance(found, bool) else ""
    text = spelled or " ".join(str("" if found is None else found).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
