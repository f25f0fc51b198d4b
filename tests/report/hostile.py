"""Plants script payloads in every text of a record, ids included."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

IN_IDS = "\"'><img src=x onerror=hit()><script>hit()"
IN_TEXT = (
    "</title></desc></svg></style></p><script>hit()</script><img src=x onerror=hit()>"
    '"\' onfocus=hit() autofocus x=" [a](javascript:hit()) ![b](http://evil.example/x.png) '
    "<http://evil.example> $x$ `<b>` {{ 7*7 }} {% if %} &lt;i&gt; \x00\x0b\ud800 <iframe srcdoc=x>"
)
_ID = re.compile(r"[A-Za-z0-9_]+\Z")
_KEPT = {
    ("TestResult", "if_true"),
    ("TestResult", "if_false"),
    ("Change", "version"),
    ("Check", "name"),
}


def planted(value: Any) -> Any:
    """Return a record with a payload behind every text."""
    if isinstance(value, str):
        return _text(value)
    if is_dataclass(value):
        return _record(value)
    if isinstance(value, Mapping):
        records = all(is_dataclass(one) or isinstance(one, str) for one in value.values())
        by_id = records and any(is_dataclass(one) for one in value.values())
        return {_text(key) if by_id else key: planted(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(planted(one) for one in value)
    if hasattr(value, "columns"):
        return _frame(value)
    return value


def _text(text: str) -> str:
    if " -> " in text:
        return " -> ".join(_text(part) for part in text.split(" -> "))
    return text + (IN_IDS if _ID.match(text) else IN_TEXT) if text else text


def _frame(frame: Any) -> Any:
    frame = frame.copy()
    for column in frame.columns:
        if column != "quantity" and any(isinstance(one, str) for one in frame[column]):
            frame[column] = [_text(one).replace("\ud800", "") for one in frame[column]]
    return frame


def _record(value: Any) -> Any:
    name = type(value).__name__
    hints = get_type_hints(type(value), localns={"pd": types.SimpleNamespace(DataFrame=object)})
    changed = {
        item.name: planted(getattr(value, item.name))
        for item in fields(value)
        if not _is_choice(hints[item.name]) and (name, item.name) not in _KEPT
    }
    return replace(value, **changed)


def _is_choice(kind: Any) -> bool:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return any(_is_choice(one) for one in get_args(kind))
    return origin is Literal
