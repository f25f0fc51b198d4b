"""JSON Schemas of the project's files, for editors: made from the shapes that check the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.files.record import json_schema
from evalkit.protocol.about_read import AboutShape
from evalkit.protocol.shapes import ProtocolShape
from evalkit.theory.shapes import TheoryFile

SHAPES: dict[str, Any] = {
    "evaluation": AboutShape,
    "theory": TheoryFile,
    "protocol": ProtocolShape,
}
"""The files described in this layer and below, by name; layers above have theirs."""


def schemas(more: Mapping[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each file.

    Parameters
    ----------
    more : mapping of str to type, optional
        Shapes of further files by name, for example of ``findings.yaml`` and ``codebook.yaml``.

    Returns
    -------
    dict of str to dict
        By the name of the file without ``.yaml``.
    """
    shapes = {**SHAPES, **(more or {})}
    return {name: _loosened(json_schema(it, f"{name}.yaml")) for name, it in shapes.items()}


def _loosened(schema: Any) -> Any:
    """Let a number stand wherever words may, as the readers do: ``when: 2024`` is fine."""
    if isinstance(schema, list):
        return [_loosened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {key: _loosened(part) for key, part in schema.items()}
    if loose.get("type") == "string" and not {"enum", "const"} & loose.keys():
        loose["type"] = ["string", "number"]
    return loose
