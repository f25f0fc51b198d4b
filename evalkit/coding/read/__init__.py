"""Reading sources: one function a format, chosen by the end of the file's name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from evalkit.coding.apart import Document, read_all_apart
from evalkit.coding.material import Draft, Material, joined
from evalkit.coding.model import Case, Source
from evalkit.coding.read.csv import csv_material, read_csv
from evalkit.coding.read.docx import docx_draft, read_docx
from evalkit.coding.read.html import html_draft, read_html
from evalkit.coding.read.odt import odt_draft, read_odt
from evalkit.coding.read.pdf import pdf_draft, read_pdf
from evalkit.coding.read.rtf import read_rtf, rtf_draft
from evalkit.coding.read.srt import read_srt, srt_draft
from evalkit.coding.read.text import read_text, text_material
from evalkit.coding.read.vtt import read_vtt, vtt_draft
from evalkit.coding.read.xlsx import read_xlsx, xlsx_material
from evalkit.coding.survey import Per
from evalkit.errors import Fault, ProjectError

Reader = Callable[[Path, str], tuple[Source, ...]]
"""Takes the file and its name in messages; raises `ProjectError` with every fault in it."""

READERS: dict[str, Reader] = {
    ".csv": read_csv,
    ".docx": read_docx,
    ".htm": read_html,
    ".html": read_html,
    ".md": read_text,
    ".odt": read_odt,
    ".pdf": read_pdf,
    ".rtf": read_rtf,
    ".srt": read_srt,
    ".txt": read_text,
    ".vtt": read_vtt,
    ".xlsx": read_xlsx,
}

DRAFTS: dict[str, Callable[[bytes], Draft]] = {
    ".docx": docx_draft,
    ".htm": html_draft,
    ".html": html_draft,
    ".odt": odt_draft,
    ".pdf": pdf_draft,
    ".rtf": rtf_draft,
    ".srt": srt_draft,
    ".vtt": vtt_draft,
}
"""Formats parsed in a child process, and the function that parses them there."""

_SURVEYS: dict[str, Callable[[Path, str, Per], Material]] = {
    ".csv": csv_material,
    ".xlsx": xlsx_material,
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
    return read_material(folder, file=file).sources


def read_cases(folder: Path, *, file: str = "sources/") -> tuple[Case, ...]:
    """Read the cases of a folder's surveys; see `read_material`."""
    return read_material(folder, file=file).cases


def read_material(folder: Path, *, file: str = "sources/", per: Per = "answer") -> Material:
    """Read every source of a folder, the cases of its surveys, and what was not carried.

    Documents are parsed one after the other in one child process with limits of memory and time.

    Parameters
    ----------
    folder : pathlib.Path
        The folder, as in `read_sources`.
    file : str, optional
        Its name in messages, with the slash.
    per : {"answer", "case"}
        Whether each answer of a survey is a source, or all answers of a case together.

    Returns
    -------
    Material
        Its losses added up by kind, each with the files it arose in.

    Raises
    ------
    ProjectError
        Every file of an unknown kind, unreadable file, faulty row, and id that stands twice.
    """
    named = [(path, file + path.relative_to(folder).as_posix()) for path in _files(folder)]
    apart = [Document(path, name, kind) for path, name in named if (kind := _kind(path)) in DRAFTS]
    opened = {document.file: found for document, found in read_all_apart(apart)}
    found = [opened.get(name) or _here(path, name, per) for path, name in named]
    good = joined([one for one in found if isinstance(one, Material)])
    faults = [fault for one in found if isinstance(one, ProjectError) for fault in one.faults]
    faults += [*_twice(good.sources), *_cases_twice(good.cases, file)]
    if faults:
        raise ProjectError(faults)
    return good


def _here(path: Path, name: str, per: Per) -> Material | ProjectError:
    """Read a file that needs no child, or has one of its own."""
    kind = _kind(path)
    if kind not in READERS:
        return ProjectError([_unknown_kind(path, name)])
    try:
        return _SURVEYS[kind](path, name, per) if kind in _SURVEYS else text_material(path, name)
    except ProjectError as error:
        return error


def _kind(path: Path) -> str:
    return path.suffix.lower()


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


def _twice(sources: Sequence[Source]) -> list[Fault]:
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


def _cases_twice(cases: Sequence[Case], file: str) -> list[Fault]:
    """Two surveys about the same people are two files of one project: their cases are told apart."""
    seen: set[str] = set()
    faults = []
    for case in cases:
        if case.id in seen:
            wrong = f"The case `{case.id}` stands in two surveys."
            do = "Join the two files by this id, or write the survey's name before its ids."
            faults.append(Fault(file, 0, wrong, do))
        seen.add(case.id)
    return faults
