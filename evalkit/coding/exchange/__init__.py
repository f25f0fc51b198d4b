"""Files of other programs, whichever they are: told apart by what is in them, not by their names."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from evalkit.coding.exchange import causal_map, qualcoder, taguette
from evalkit.coding.exchange.causal_map import read_causal_map
from evalkit.coding.exchange.qualcoder import read_qualcoder
from evalkit.coding.exchange.sqlite import opened, tables
from evalkit.coding.exchange.taguette import read_taguette
from evalkit.coding.model import CodingProject
from evalkit.coding.refi import read_codes_file, read_project
from evalkit.errors import CodingError

__all__ = [
    "EXCHANGE",
    "kind_of",
    "read_any",
    "read_causal_map",
    "read_qualcoder",
    "read_taguette",
]

EXCHANGE: dict[str, Callable[[Path], CodingProject]] = {
    "REFI-QDA project": read_project,
    "REFI-QDA codebook": read_codes_file,
    "Taguette": read_taguette,
    "QualCoder": read_qualcoder,
    "Causal Map": read_causal_map,
}
"""Readers of other programs' files, by what the files are."""

_HEAD = 1 << 16


def read_any(path: str | Path) -> CodingProject:
    """Read a coded project or codebook of another program, whatever its name ends with.

    Parameters
    ----------
    path : str or pathlib.Path
        A file, or QualCoder's folder ``name.qda``.

    Returns
    -------
    CodingProject
        As its own reader gives it; see `EXCHANGE`.

    Raises
    ------
    CodingError
        It is of no kind that evalkit reads, or cannot be opened.
    """
    place = Path(path)
    return EXCHANGE[kind_of(place)](place)


def kind_of(path: str | Path) -> str:
    """Return the key of `EXCHANGE` for a file, from what is in it.

    Parameters
    ----------
    path : str or pathlib.Path
        A file, or QualCoder's folder ``name.qda``.

    Raises
    ------
    CodingError
        It is of no kind that evalkit reads.
    """
    place = Path(path)
    if place.is_dir():
        place = place / "data.qda"
    try:
        with place.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        wrong = f"It cannot be read: {error.strerror or error}."
        raise CodingError(
            wrong, do="Check its name and who may open it.", file=place.name
        ) from None
    kind = _kind(place, head)
    if kind:
        return kind
    wrong = "It is no file of a program that evalkit reads."
    do = f"Give one of: {', '.join(EXCHANGE)}."
    raise CodingError(wrong, do=do, file=place.name)


def _kind(path: Path, head: bytes) -> str:
    if head.startswith(b"SQLite format 3\x00"):
        with opened(path) as link:
            found = tables(link)
        known = {"Taguette": taguette.NEEDED, "QualCoder": qualcoder.NEEDED}
        return next((kind for kind, needed in known.items() if found >= needed), "")
    if head.startswith(b"PK"):
        return _kind_of_zip(path)
    text = head.replace(b"\x00", b"").lower()  # UTF-16 has a zero beside each letter
    return "REFI-QDA codebook" if b"<codebook" in text or b":codebook" in text else ""


def _kind_of_zip(path: Path) -> str:
    if not zipfile.is_zipfile(path):
        return ""
    from evalkit.coding.refi.archive import open_archive

    try:
        open_archive(path, {}).zip.close()
    except CodingError as error:
        if "project file" not in error.wrong:
            raise CodingError(error.wrong, do=error.do, file=path.name) from None
    else:
        return "REFI-QDA project"
    data = path.read_bytes()
    return "Causal Map" if causal_map.sheet(data, path.name, causal_map.LINKS) is not None else ""
