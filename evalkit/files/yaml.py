"""YAML 1.2 with line numbers, and without YAML's traps.

Words stay words: ``no``, ``on`` and ``12:30`` are text, ``007`` keeps its zeros, dates stay as
written, and ``1.10`` read as words is still ``1.10``. Duplicate keys, tabs, alias bombs and
characters that are not text are refused with the line they stand on.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from evalkit.errors import Fault, ProjectError

MAX_BYTES = 1_000_000  # a long plan has a tenth of this; reading it takes under three seconds
MAX_PIECES = 50_000  # line ends and commas: what takes the time when YAML is read
MAX_VALUES = 200_000
MAX_DEPTH = 40
MAX_DIGITS = 18

Place = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\Z")
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)
_DEEP = re.compile(r"(?:[\[{]\s*){40}")
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}


class Written(float):
    """A number that remembers how it was written: as words, ``1.10`` does not become ``1.1``."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Read the number and keep its text."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __str__(self) -> str:
        return self.text


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
    _refuse_odd_characters(text, file)
    _refuse_endless(text, file)
    node = _compose(text, file)
    if node is None:
        fault = Fault(file, 0, "The file is empty.", "Write at least `format: evalkit/1`.")
        raise ProjectError([fault])
    builder = _Builder(file)
    values = builder.build(node, ())
    if builder.faults:
        raise ProjectError(dict.fromkeys(builder.faults))
    if not isinstance(values, dict):
        wrong = "The file is not a list of keys and values."
        raise ProjectError([Fault(file, 1, wrong, "Start it with `format: evalkit/1`.")])
    return Yaml(file, values, builder.lines)


def _text(path: Path, file: str) -> str:
    data = _data(path, file)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        wrong = "The file is UTF-16 text (what some editors call Unicode)."
        raise ProjectError([Fault(file, 0, wrong, "Save it as UTF-8 in your editor.")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = f"The file is not UTF-8 text (byte {error.start} cannot be read)."
        raise ProjectError(
            [Fault(file, line, wrong, "Save it as UTF-8 in your editor.")]
        ) from error


def _data(path: Path, file: str) -> bytes:
    try:
        if not path.is_file():
            do = "Write it, or start with `evalkit new`."
            raise ProjectError([Fault(file, 0, f"There is no file `{file}`.", do)])
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        wrong = f"The file cannot be read: {getattr(error, 'strerror', '') or error}."
        raise ProjectError([Fault(file, 0, wrong, "Look at its name and permissions.")]) from error
    if len(data) > MAX_BYTES:
        wrong = (
            f"The file is larger than {MAX_BYTES // 1_000_000} MB, too much for a plan in words."
        )
        raise ProjectError([Fault(file, 0, wrong, "Keep data in `data/`, not in YAML files.")])
    return data


def _refuse_odd_characters(text: str, file: str) -> None:
    """Refuse tabs that indent, and characters that no page could show."""
    odd = _NOT_TEXT.search(text)
    if odd:
        line = 1 + sum(1 for _ in _LINE_END.finditer(text, 0, odd.start()))
        wrong = f"There is a character here that is not text (code {ord(odd.group()):#04x})."
        do = "Delete it, and check that the file is a text file."
        raise ProjectError([Fault(file, line, wrong, do)])
    tabs = [
        Fault(file, number, "The line is indented with a tab.", "Use spaces.")
        for number, line in enumerate(_LINE_END.split(text), start=1)
        if "\t" in line[: len(line) - len(line.lstrip(" \t"))] and line.strip()
    ]
    if tabs:
        raise ProjectError(tabs)


def _refuse_endless(text: str, file: str) -> None:
    """Refuse what would keep the reader busy for many seconds, before it begins."""
    do = "Keep data in `data/`, not in YAML files."
    if text.count("\n") + text.count(",") > MAX_PIECES:
        raise ProjectError([Fault(file, 0, "The file holds too many values for a plan.", do)])
    deep = _DEEP.search(text)
    if deep:
        line = 1 + sum(1 for _ in _LINE_END.finditer(text, 0, deep.start()))
        wrong = "There are too many brackets inside each other here."
        raise ProjectError([Fault(file, line, wrong, "Take the brackets apart.")])


def _compose(text: str, file: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used twice is YAML's affair, not ours
            return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise ProjectError([Fault(file, line, *_plainly(error))]) from error
    except Exception as error:  # ruamel raises all sorts on text that is not YAML
        wrong = "The file is not valid YAML, or is nested too deeply."
        do = "Look for long runs of brackets, dashes or backslashes."
        raise ProjectError([Fault(file, 0, wrong, do)]) from error


_PLAIN = {
    "mapping values are not allowed here": (
        "There is a colon in the middle of these words.",
        "Put the words in quotation marks.",
    ),
    "could not find expected ':'": (
        "A key here has no colon after it.",
        "Write `key: words`, and indent longer words under their key.",
    ),
    "found unexpected end of stream": (
        "A quotation mark is opened and never closed.",
        "Close it, or put the words in the other kind of quotation mark.",
    ),
    "but found another document": (
        "A second document begins here (`---`).",
        "Take the line with `---` out.",
    ),
    "expected ',' or": (
        "A bracket is opened and not closed, or a comma is missing.",
        "Close the bracket, and put commas between the parts.",
    ),
    "that cannot start any token": (
        "Words cannot begin with this character.",
        "Put the words in quotation marks, and use spaces instead of tabs.",
    ),
    "expected <block end>": (
        "This line does not line up with the lines above, or has words after a quotation.",
        "Give lines that belong together the same number of spaces before them.",
    ),
    "found undefined alias": (
        "Words that begin with `*` point to a name that is not there.",
        "Put the words in quotation marks.",
    ),
}


def _plainly(error: Any) -> tuple[str, str]:
    """Return what is wrong and what to do, in plain words where the fault is a common one."""
    problem = " ".join(str(error.problem or error.context).split())
    for sign, told in _PLAIN.items():
        if sign in problem:
            return told
    do = "Look at the spaces, colons and quotation marks of this line and the one above."
    return f"The file is not valid YAML here: {problem}.", do


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
        return _scalar(node) if self._is_text(node, line) else ""

    def _mapping(self, node: Any, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.id != "scalar":
                wrong = "A key here is a list or a mapping."
                self.faults.append(Fault(self.file, line, wrong, "Use one word as the key."))
                continue
            key = str(key_node.value)
            if key in values:
                first = self.lines[(*place, key)]
                wrong = f"The key `{key}` stands twice (first on line {first})."
                self.faults.append(Fault(self.file, line, wrong, "Keep one of them."))
            elif self._is_text(key_node, line):
                self.lines[(*place, key)] = line
                values[key] = self.build(value_node, (*place, key))
        return values

    def _is_text(self, node: Any, line: int) -> bool:
        odd = _NOT_TEXT.search(str(node.value))
        if odd:  # written as an escape, such as "\x1b"
            wrong = (
                f"The words here hold a character that is not text (code {ord(odd.group()):#04x})."
            )
            self.faults.append(Fault(self.file, line, wrong, "Take the backslash code out."))
        return odd is None


def _scalar(node: Any) -> Any:
    text = str(node.value)
    if node.style is not None:  # quoted or block text is always text
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text) and len(text) <= MAX_DIGITS:
        return int(text)
    if _FLOAT.match(text):
        return _number(text)
    return text


def _number(text: str) -> float | str:
    value = float(text)
    if abs(value) == float("inf"):
        return text
    return value if str(value) == text else Written(text)


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
