"""YAML 1.2 with line numbers, and without YAML's traps.

Words stay words: ``no``, ``on`` and ``12:30`` are text, ``007`` keeps its zeros, dates stay as
written. Duplicate keys, tabs and alias bombs are refused with the line they stand on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.errors import Fault, ProjectError

MAX_BYTES = 5_000_000
MAX_VALUES = 200_000
MAX_DEPTH = 40
MAX_DIGITS = 18

Place = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+|\.)?([eE][-+]?[0-9]+)?\Z")
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Yaml:
    """The values of a YAML file and the line of each.

    Attributes
    ----------
    file : str
        Name of the file as it is shown to the user.
    values : dict
        Plain mappings, lists, text, numbers, True, False and None.
    lines : dict
        The line (from 1) of each place, a place being the keys that lead to it.
    """

    file: str
    values: dict[str, Any]
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, *place: str | int) -> int:
        """Return the line of `place`, or of the nearest thing above it that has one."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return 1


def read_yaml(path: Path, *, file: str = "") -> Yaml:
    """Read one YAML file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : str, optional
        The name to show in messages; the path's own name by default.

    Returns
    -------
    Yaml
        Values and their lines.

    Raises
    ------
    ProjectError
        The file is missing, too large, not UTF-8, not YAML, has tabs or duplicate keys, or is
        not a mapping at the top.
    """
    file = file or path.name
    text = _text(path, file)
    tab = _indenting_tab(text)
    if tab:
        raise ProjectError([Fault(file, tab, "The line is indented with a tab.", "Use spaces.")])
    node = _compose(text, file)
    if node is None:
        fault = Fault(file, 0, "The file is empty.", "Write at least `format: evalkit/1`.")
        raise ProjectError([fault])
    builder = _Builder(file)
    values = builder.build(node, ())
    if builder.faults:
        raise ProjectError(builder.faults)
    if not isinstance(values, dict):
        fault = Fault(file, 1, "The file is not a list of keys.", "Start it with `format: evalkit/1`.")
        raise ProjectError([fault])
    return Yaml(file, values, builder.lines)


def _text(path: Path, file: str) -> str:
    if not path.is_file():
        raise ProjectError(
            [Fault(file, 0, f"There is no file `{file}`.", "Write it, or start with `evalkit new`.")]
        )
    size = path.stat().st_size
    if size > MAX_BYTES:
        wrong = f"The file has {size:,} bytes; a plan has at most {MAX_BYTES:,}."
        raise ProjectError([Fault(file, 0, wrong, "Keep data in `data/`, not in YAML files.")])
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = f"The file is not UTF-8 text (byte {error.start} cannot be read)."
        raise ProjectError([Fault(file, 0, wrong, "Save it as UTF-8 in your editor.")]) from error


def _indenting_tab(text: str) -> int:
    for number, line in enumerate(text.splitlines(), start=1):
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return number
    return 0


def _compose(text: str, file: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        wrong = f"The file is not valid YAML here: {error.problem or error.context}."
        do = "Look at the spaces, colons and quotation marks of this line and the one above."
        raise ProjectError([Fault(file, line, wrong, do)]) from error
    except (YAMLError, RecursionError) as error:
        do = "Look for characters that are not text."
        raise ProjectError([Fault(file, 0, "The file is not valid YAML.", do)]) from error


class _Builder:
    """Turns ruamel's nodes into plain values, noting lines and faults on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []
        self.count = 0

    def build(self, node: Any, place: Place) -> Any:
        self.count += 1
        line = node.start_mark.line + 1
        if self.count > MAX_VALUES or len(place) > MAX_DEPTH:
            wrong = "The file repeats or nests itself too often."
            do = "Write it out without anchors (`&`, `*`)."
            raise ProjectError([Fault(self.file, line, wrong, do)])
        self.lines.setdefault(place, line)
        if node.id == "mapping":
            return self._mapping(node, place)
        if node.id == "sequence":
            return [self.build(child, (*place, at)) for at, child in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: Any, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in values:
                first = self.lines[(*place, key)]
                wrong = f"The key `{key}` stands twice (first on line {first})."
                self.faults.append(Fault(self.file, line, wrong, "Keep one of them."))
                continue
            self.lines[(*place, key)] = line
            values[key] = self.build(value_node, (*place, key))
        return values


def _scalar(node: Any) -> Any:
    text = str(node.value)
    if node.style is not None:  # quoted or block text is always text
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text) and len(text) <= MAX_DIGITS:
        return int(text)
    if any(mark.isdigit() for mark in text) and _FLOAT.match(text):
        value = float(text)
        return value if abs(value) < float("inf") else text
    return text


def walk(values: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield every place of `values` and what stands there, from the top down."""
    yield place, values
    pairs: Any = ()
    if isinstance(values, dict):
        pairs = values.items()
    elif isinstance(values, list):
        pairs = enumerate(values)
    for key, value in pairs:
        yield from walk(value, (*place, key))
