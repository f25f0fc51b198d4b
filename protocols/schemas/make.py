"""Write the JSON Schemas of all project files into this folder.

Run ``python protocols/schemas/make.py`` after a change to the shape of a file; a test compares.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evalkit.coding.read.codebook import codebook_shape
from evalkit.files.write import pretty_json, write_whole
from evalkit.protocol.schemas import schemas
from evalkit.synthesis.found import FoundShape


def every_schema() -> dict[str, dict[str, Any]]:
    """Return the schema of each file of a project folder, by name."""
    return schemas({"findings": FoundShape, "codebook": codebook_shape()})


def write(folder: Path) -> None:
    """Write one ``<name>.schema.json`` for each file."""
    for name, schema in every_schema().items():
        write_whole(folder / f"{name}.schema.json", pretty_json(schema))


if __name__ == "__main__":
    write(Path(__file__).parent)
