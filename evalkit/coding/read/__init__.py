"""Reading sources: one function a format, chosen by the end of the file's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evalkit.coding.model import Source
from evalkit.coding.read.csv import read_csv
from evalkit.coding.read.text import read_text
from evalkit.errors import Fault, ProjectError

Reader = Callable[[Path, str], tuple[Source, ...]]
"""Takes the file and its name in messages; raises `ProjectError` with every fault in it."""

READERS: dict[str, Reader] = {
    ".csv": read_csv,
    ".md": read_text,
    ".txt": read_text,
}

_NOT_SOURCES = ("readme", "licence", "license", "desktop", "thumbs")
"""Names (before the dot) of files that describe a folder and are nobody's words."""


def read_sources(folder: Path, *, file: str = "sources/") -> tuple[Source, ...]:
    """Read every source of a folder and of the folders in it.

    Hidden files, lock files of office programs, and files called README or LICENCE are passed
    over. A folder that does not exist holds no sources.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.
    file : str, optional
        Its name in messages, with the slash.

    Returns
    -------
    tuple of Source
        In the order of the files' names, and inside a file in its own order.

    Raises
    ------
    ProjectError
        Every file of an unknown kind, unreadable file, faulty row, and id that stands twice.
    """
    sources: list[Source] = []
    faults: list[Fault] = []
    for path in _files(folder):
        name = file + path.relative_to(folder).as_posix()
        reader = READERS.get(path.suffix.lower())
        if reader is None:
            faults.append(_unknown_kind(path, name))
            continue
        try:
            sources.extend(reader(path, name))
        except ProjectError as error:
            faults.extend(error.faults)
    faults.extend(_twice(sources))
    if faults:
        raise ProjectError(faults)
    return tuple(sources)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    inside = [path for path in folder.rglob("*") if path.is_file()]
    shown = [path for path in inside if _is_source(path.relative_to(folder))]
    return sorted(shown, key=lambda path: path.relative_to(folder).as_posix())


def _is_source(path: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in path.parts)
    return not hidden and path.stem.lower() not in _NOT_SOURCES


def _unknown_kind(path: Path, name: str) -> Fault:
    known = ", ".join(sorted(READERS))
    wrong = f"evalkit cannot read `{path.suffix or path.name}` files as sources."
    return Fault(name, 0, wrong, f"Save it as one of: {known}.")


def _twice(sources: list[Source]) -> list[Fault]:
    first: dict[str, Source] = {}
    faults = []
    for source in sources:
        if source.id in first:
            other = first[source.id]
            where = f"{other.file}:{other.line}" if other.line else other.file
            wrong = f"The id `{source.id}` is taken by another source ({where})."
            faults.append(Fault(source.file, source.line, wrong, "Give each source its own id."))
        first.setdefault(source.id, source)
    return faults
