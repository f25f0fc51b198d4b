"""Codebooks alone (``.qdc``)."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

from evalkit.coding.model import Codebook, CodingProject, Collection
from evalkit.coding.package import MAX_XML, local, parse_xml
from evalkit.coding.refi.codes import codes_element, read_codes, text_of, written_guid
from evalkit.coding.refi.desk import Desk, child, children, enter
from evalkit.coding.refi.lexical import key, slug
from evalkit.coding.refi.markup import element, serialised
from evalkit.coding.refi.shape import CODEBOOK, check_shape
from evalkit.coding.refi.tally import losses, note
from evalkit.errors import CodingError
from evalkit.files.write import write_whole


def read_codebook(path: str | Path) -> Codebook:
    """Read a REFI-QDA codebook (``.qdc``) of any program.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.

    Returns
    -------
    Codebook
        The codes, flat and in the order of the tree; homonyms in different branches stay apart.

    Raises
    ------
    CodingError
        It cannot be opened or is no codebook.
    """
    return read_codes_file(path).codebook


def read_codes_file(path: str | Path) -> CodingProject:
    """Read a codebook file with its sets and the report of what departs from the standard.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.

    Returns
    -------
    CodingProject
        With ``codebook``, ``sets`` and ``losses`` only.

    Raises
    ------
    CodingError
        It cannot be opened or is no codebook.
    """
    place = Path(path)
    try:
        root = parse_xml(_data(place), place.name)
    except CodingError as error:
        raise CodingError(error.wrong, do=error.do, file=place.name) from None
    if local(root.tag).lower() != "codebook":
        wrong = f"It is XML, but its first element is `{local(root.tag)}`."
        raise CodingError(wrong, do="Give a codebook exported as REFI-QDA.", file=place.name)
    desk = Desk(fetch=lambda _path, _name: None, file=place.name)
    check_shape(root, CODEBOOK, desk.tally)
    holder = child(root, "Codes")
    codebook, found = read_codes(root if holder is None else holder, desk.tally)
    for one in found:
        desk.known.setdefault("code", {}).setdefault(written_guid(one), one.code.id)
        desk.taken[one.code.id] = 1
    sets = tuple(_set(node, desk) for node in children(child(root, "Sets"), "Set"))
    return CodingProject(codebook=codebook, sets=sets, losses=losses(desk.tally))


def _data(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_XML + 1)
    except OSError as error:
        wrong = f"It cannot be read: {error.strerror or error}."
        raise CodingError(wrong, do="Check its name and who may open it.") from None
    if len(data) > MAX_XML:
        wrong = f"It has more than {MAX_XML // 1_000_000} MB."
        raise CodingError(wrong, do="Export it again from the program it came from.")
    return data


def _set(node: Element, desk: Desk) -> Collection:
    name = node.get("name", "")
    members = []
    for ref in children(node, "MemberCode"):
        guid = ref.get("guid") or ref.get("targetGUID") or ""
        member = desk.known.get("code", {}).get(key(guid))
        if member is None:
            note(desk.tally, "MemberCode", "a code that is not in the codebook", f"{name}: {guid}")
        else:
            members.append(member)
    id = enter(desk, "set", node.get("guid", ""), slug(name))
    return Collection(id, name, tuple(members), text_of(node), node.get("guid", ""))


def write_codebook(codebook: Codebook, path: str | Path) -> None:
    """Write a codebook as REFI-QDA (``.qdc``), strictly to the standard.

    Rules to include and exclude, examples, links of the theory and the ids of codes stand as a
    marked block at the end of the descriptions, and come back when evalkit reads the file.

    Parameters
    ----------
    codebook : Codebook
        At least one code: the standard knows no empty codebook.
    path : str or pathlib.Path
        The file to write; it is replaced in one step.

    Raises
    ------
    CodingError
        There is no code, two codes have one id, or the codes go in a circle.
    EvalkitError
        The place cannot be written to.
    """
    if not codebook.codes:
        wrong = "The codebook has no codes, and REFI-QDA knows no empty codebook."
        raise CodingError(wrong, do="Add a code first.")
    root = element("CodeBook", origin="evalkit")
    root.append(codes_element(codebook)[0])
    write_whole(Path(path), serialised(root, CODEBOOK))
