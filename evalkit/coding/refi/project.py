"""Whole projects: read with every departure from the standard reported, written strictly to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from evalkit.coding.model import CodingProject, Loss
from evalkit.coding.package import MAX_XML, parse_xml
from evalkit.coding.refi import carried as memo
from evalkit.coding.refi.archive import MAX_TEXTS, Archive, open_archive, packed, read_member
from evalkit.coding.refi.desk import Desk, Fetch, child, children
from evalkit.coding.refi.document import Document, document
from evalkit.coding.refi.lexical import key
from evalkit.coding.refi.losses import report
from evalkit.coding.refi.markup import element, serialised, with_text
from evalkit.coding.refi.shape import PROJECT, check_shape
from evalkit.coding.refi.tally import Tally, losses, note
from evalkit.coding.refi.texts import read_words
from evalkit.coding.refi.understand import understand
from evalkit.errors import CodingError
from evalkit.files.write import write_whole

_PLEASE = (
    "Kept by evalkit: what REFI-QDA has no place for. Other programs need not read it; "
    "leave it where it is, and nothing is lost when the project comes back."
)


def read_project(path: str | Path) -> CodingProject:
    """Read a REFI-QDA project (``.qdpx``) of any program.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.

    Returns
    -------
    CodingProject
        Sources with their words, the codebook, codings, cases, memos, links, sets, graphs, users.
        ``losses`` says what was not carried, what was changed, and where the file departs from
        the standard; passages whose place cannot be shown stand there by name.

    Raises
    ------
    CodingError
        It cannot be opened: no project, damaged, protected, or made to do harm.

    References
    ----------
    REFI-QDA 1.5, 25 September 2019, www.qdasoftware.org.
    """
    place = Path(path)
    tally: Tally = {}
    try:
        archive = open_archive(place, tally)
        with archive.zip:
            data = read_member(archive, archive.project, MAX_XML)
            root = parse_xml(data, archive.project)
            return _read(root, _from_archive(archive, tally), place.name, tally)
    except OSError as error:
        wrong = f"It cannot be read: {error.strerror or error}."
        raise CodingError(
            wrong, do="Check its name and who may open it.", file=place.name
        ) from None
    except CodingError as error:
        if error.file:
            raise
        raise CodingError(error.wrong, do=error.do, file=place.name) from None


def _read(root: Element, fetch: Fetch, file: str, tally: Tally) -> CodingProject:
    own = root.get("origin", "").startswith("evalkit")
    check_shape(root, PROJECT, tally)
    kept = _carried(root, Desk(fetch=fetch, own=True))
    given = {} if kept is None else memo.ids_in(kept)
    desk = Desk(fetch=fetch, file=file, own=own, given=given, tally=tally, cased=_cased(root))
    passed = frozenset({key(memo.NOTE)}) if kept is not None else frozenset[str]()
    back = understand(root, desk, passed=passed)
    found = back if kept is None else memo.restored(back, kept, tally)
    return replace(found, losses=losses(tally))


def _cased(root: Element) -> frozenset[str]:
    """Return the selections that cases refer to."""
    cases = children(child(root, "Cases"), "Case")
    refs = (ref for case in cases for ref in children(case, "SelectionRef"))
    return frozenset(key(ref.get("targetGUID", "")) for ref in refs)


def _carried(root: Element, desk: Desk) -> memo.Carried | None:
    for node in children(child(root, "Notes"), "Note"):
        if key(node.get("guid", "")) == key(memo.NOTE):
            return memo.opened(read_words(node, desk, "evalkit").text)
    return None


def _from_archive(archive: Archive, tally: Tally) -> Fetch:
    """Return what brings the bytes of a text by the path in the XML; never from outside the zip."""
    left = [MAX_TEXTS]

    def fetch(path: str, asked_by: str) -> bytes | None:
        name = _member(archive, path, asked_by, tally)
        if name is None:
            note(tally, "plainTextPath", "its file is not in the project", f"{asked_by}: {path}")
            return None
        try:
            data = read_member(archive, name)
        except CodingError as error:
            note(tally, "plainTextPath", error.wrong, asked_by)
            return None
        left[0] -= len(data)
        if left[0] < 0:
            wrong = f"Its texts have more than {MAX_TEXTS // 1_000_000} MB together."
            raise CodingError(wrong, do="Export it in several parts.")
        return data

    return fetch


def _member(archive: Archive, path: str, asked_by: str, tally: Tally) -> str | None:
    """Return the member a path means: exact, or by its bare name without regard to case."""
    scheme, found, rest = path.partition("://")
    wanted = (rest if found else path).replace("\\", "/").lstrip("/")
    exact = f"sources/{wanted}"
    if found and scheme.lower() == "internal" and exact.lower() in archive.names:
        name = archive.names[exact.lower()]
        if name.replace("\\", "/") != exact:
            why = "the name in the zip is written otherwise than in the XML"
            note(tally, "plainTextPath", why, f"{name} for {path}", "deviation")
        return name
    candidates = archive.bare.get(wanted.rpartition("/")[2].lower(), ())
    if len(candidates) != 1:
        return None
    where = f"{asked_by}: {path}"
    if not found or scheme.lower() != "internal":
        why = "a path that does not begin with internal://, yet the file is in the project"
        note(tally, "plainTextPath", why, where, "deviation")
    else:
        note(tally, "plainTextPath", "its file lies in another folder", where, "deviation")
    return candidates[0]


def write_project(project: CodingProject, path: str | Path) -> tuple[Loss, ...]:
    """Write a project as REFI-QDA (``.qdpx``), strictly to the standard.

    Same project, same bytes. What the standard has no place for travels in the descriptions of
    codes and in one memo, and comes back when evalkit reads the file.

    Parameters
    ----------
    project : CodingProject
        The project.
    path : str or pathlib.Path
        The file to write; it is replaced in one step.

    Returns
    -------
    tuple of Loss
        What other programs will not see, or see in another form.

    Raises
    ------
    CodingError
        Ids clash, a coding's words are no longer those of its source, or the codes go in a circle.
    EvalkitError
        The place cannot be written to.
    """
    made, found = _written(project)
    root = serialised(made.root, PROJECT)
    write_whole(Path(path), packed([("project.qde", root), *sorted(made.files.items())]))
    return found


def losses_of_export(project: CodingProject) -> tuple[Loss, ...]:
    """Return what other programs would not see of a project, or see in another form.

    Parameters
    ----------
    project : CodingProject
        The project.

    Returns
    -------
    tuple of Loss
        By kind and count; evalkit itself reads all of it back.

    Raises
    ------
    CodingError
        The project cannot be written; see `write_project`.
    """
    return _written(project)[1]


def _written(project: CodingProject) -> tuple[Document, tuple[Loss, ...]]:
    made = document(project)
    ids = memo.ids_of(made.given)
    desk = Desk(fetch=_from_files(made.files), own=True, given=ids, cased=_cased(made.root))
    back = understand(made.root, desk)
    differs = memo.difference(project, back, made.given)
    text = memo.written(differs, ids)
    _add_memo(made, text)
    return made, report(project, differs, made.given)


def _from_files(files: Mapping[str, bytes]) -> Fetch:
    def fetch(path: str, _: str) -> bytes | None:
        return files.get("sources/" + path.partition("://")[2])

    return fetch


def _add_memo(made: Document, text: str) -> None:
    made.files[f"sources/{memo.NOTE}.txt"] = text.encode("ascii")
    node = element(
        "Note", guid=memo.NOTE, name="evalkit", plainTextPath=f"internal://{memo.NOTE}.txt"
    )
    node.append(with_text("Description", _PLEASE))
    holder = child(made.root, "Notes")
    if holder is None:
        holder = Element("Notes")
        before = ("Users", "CodeBook", "Variables", "Cases", "Sources")
        place = sum(one.tag in before for one in made.root)
        made.root.insert(place, holder)
    holder.append(node)
