"""Attributes of cases and sources: their definitions, and values in the forms XML Schema knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element, SubElement

from evalkit.coding.model import Kind, Value, Variable
from evalkit.coding.package import local
from evalkit.coding.refi import lexical
from evalkit.coding.refi.codes import text_of
from evalkit.coding.refi.desk import Desk, child, children
from evalkit.coding.refi.lexical import key
from evalkit.coding.refi.markup import with_text
from evalkit.coding.refi.tally import note

FORMS: Mapping[Kind, Callable[[str], str]] = {
    "Text": lexical.plain,
    "Boolean": lexical.boolean,
    "Integer": lexical.integer,
    "Float": lexical.number,
    "Date": lexical.day,
    "DateTime": lexical.moment,
}
"""How a value of each kind is written; an empty answer means that it has no such form."""

_KINDS: Mapping[str, Kind] = {f"{kind}Value": kind for kind in FORMS}


def read_variables(holder: Element | None, desk: Desk) -> tuple[Variable, ...]:
    """Return the definitions of attributes; homonyms are told apart by a number."""
    found = []
    names: dict[str, int] = {}
    for node in children(holder, "Variable"):
        guid, name = node.get("guid", ""), node.get("name", "")
        id = desk.given.get("variable", {}).get(key(guid)) or lexical.unique(name, names)
        said = node.get("typeOfVariable", "")
        kind = next((kind for kind in FORMS if kind.lower() == said.strip().lower()), None)
        if kind != said:
            why = f"`{said}` is no type of the standard"
            note(desk.tally, "Variable", why, name, "deviation")
        desk.known.setdefault("variable", {}).setdefault(key(guid), id)
        found.append(Variable(id, kind or "Text", text_of(node), guid))
    return tuple(found)


def read_values(node: Element, desk: Desk) -> dict[str, Value]:
    """Return the values a case or source has, by the names of their variables."""
    found: dict[str, Value] = {}
    for holder in children(node, "VariableValue"):
        ref = child(holder, "VariableRef")
        guid = ref.get("targetGUID", "") if ref is not None else ""
        name = desk.known.get("variable", {}).get(key(guid))
        held = next((one for one in holder if local(one.tag) in _KINDS), None)
        if name is None:
            note(desk.tally, "VariableValue", "its variable is not defined", guid)
        elif held is not None:
            if name in found:
                note(desk.tally, "VariableValue", "a second value of one variable", name)
                continue
            found[name] = _value(held, desk, name)
    return found


def _value(node: Element, desk: Desk, name: str) -> Value:
    kind = _KINDS[local(node.tag)]
    text = node.text or ""
    if kind == "Text":
        return Value(text)
    text = text.strip()
    if FORMS[kind](text) != text:
        why = f"a value that is not written as {kind} is"
        note(desk.tally, "VariableValue", why, f"{name}: {text}", "deviation")
    return Value(text, kind)


def value_element(guid: str, value: Value) -> Element | None:
    """Return the element of a value, or None where the standard has no form for it."""
    written = FORMS[value.kind](value.text)
    if value.missing or (not written and value.kind != "Text"):
        return None
    made = Element("VariableValue")
    SubElement(made, "VariableRef", targetGUID=guid)
    made.append(with_text(f"{value.kind}Value", written))
    return made
