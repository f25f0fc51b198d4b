"""XML as it is written: UTF-8, indented, every character that a parser would change escaped."""

from __future__ import annotations

from xml.etree.ElementTree import Element

_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_VALUE = {**_TEXT, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_IN_TEXT, _IN_VALUE = str.maketrans(_TEXT), str.maketrans(_VALUE)


def element(tag: str, **attributes: str | None) -> Element:
    """Return an element; attributes that are None are left out."""
    return Element(tag, {name: value for name, value in attributes.items() if value is not None})


def with_text(tag: str, text: str) -> Element:
    """Return an element that holds text."""
    made = Element(tag)
    made.text = text
    return made


def serialised(root: Element, namespace: str) -> bytes:
    """Return the document of `root`, all of whose elements are of `namespace`."""
    parts = ['<?xml version="1.0" encoding="utf-8"?>\n']
    _write(root, 0, parts, f' xmlns="{namespace}"')
    return "".join(parts).encode("utf-8")


def _write(node: Element, depth: int, parts: list[str], declared: str = "") -> None:
    values = (f' {name}="{value.translate(_IN_VALUE)}"' for name, value in node.items())
    start = f"{depth * ' '}<{node.tag}{declared}{''.join(values)}"
    if len(node):
        parts.append(f"{start}>\n")
        for child in node:
            _write(child, depth + 1, parts)
        parts.append(f"{depth * ' '}</{node.tag}>\n")
    elif node.text is not None:
        parts.append(f"{start}>{node.text.translate(_IN_TEXT)}</{node.tag}>\n")
    else:
        parts.append(f"{start}/>\n")
