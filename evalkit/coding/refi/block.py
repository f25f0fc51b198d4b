"""The marked block at the end of a description: what REFI-QDA has no place for, readable by people.

::

    Parents come to trust the school.

    [evalkit]
    include: "The person says that they believe the school"
    links: ["visits -> trust"]
    [/evalkit]

One line a field, its value as JSON. Other programs show it as text and, as a rule, hand it on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from evalkit.coding.refi.lexical import escaped

_OPEN, _CLOSE = "\n\n[evalkit]\n", "[/evalkit]"
_LINE = re.compile(r"([a-z_]+): (.*)", re.DOTALL)


def joined(text: str, fields: Mapping[str, Any]) -> str:
    """Return `text` with a block of `fields`; without one where there is nothing to add."""
    # A text that itself ends with a block needs another after it, or it would be taken for ours.
    if not fields and parted(text) == (text, {}):
        return text
    lines = (
        f"{name}: {escaped(json.dumps(value, ensure_ascii=False, sort_keys=True))}\n"
        for name, value in fields.items()
    )
    return f"{text}{_OPEN}{''.join(lines)}{_CLOSE}"


def parted(description: str) -> tuple[str, dict[str, Any]]:
    """Return a description's own text and the fields of its block."""
    found = _parted(description)
    if found is None and "\r" in description:  # programs of Windows hand on other line ends
        found = _parted(description.replace("\r\n", "\n"))
    return (description, {}) if found is None else found


def _parted(description: str) -> tuple[str, dict[str, Any]] | None:
    if not description.endswith(_CLOSE) or _OPEN not in description:
        return None
    text, _, body = description.removesuffix(_CLOSE).rpartition(_OPEN)
    fields: dict[str, Any] = {}
    for line in body.split("\n")[:-1]:
        found = _LINE.fullmatch(line)
        if found is None:
            return None
        try:
            fields[found[1]] = json.loads(found[2])
        except (ValueError, RecursionError):
            return None
    return (text, fields) if body.endswith("\n") or not body else None
