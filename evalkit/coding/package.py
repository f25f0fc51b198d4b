"""Documents that are zip files of XML: looked over before anything is unpacked, read with limits.

Runs in the child process only; what is refused here is refused with a sentence, and what slips
through meets the child's limits of memory and time.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError

from evalkit.errors import CodingError

MAX_PARTS = 5_000
MAX_UNPACKED = 300_000_000
MAX_XML = 100_000_000
MAX_RATIO = 200  # of parts that unpack to more than 10 MB
MAX_DEPTH = 200
MAX_ELEMENTS = 3_000_000

SAVE_AGAIN = "Open it in the program it came from and save it again."
_ODD = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def open_package(data: bytes, kind: str, needs: str) -> zipfile.ZipFile:
    """Return the zip file in `data` after looking over its list of parts.

    Parameters
    ----------
    data : bytes
        The file.
    kind : str
        What it should be, in words (``a Word document``).
    needs : str
        A part it must have.

    Raises
    ------
    CodingError
        It is something else, protected by a password, or would unpack to something enormous.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        wrong = f"It is not {kind} but an older format, or protected by a password."
        raise CodingError(wrong, do="Save it again in today's format, without a password.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except _ODD:
        wrong = f"It is damaged, or not {kind}: the zip file inside cannot be opened."
        raise CodingError(wrong, do=SAVE_AGAIN) from None
    wrong = _parts_wrong(parts)
    if not wrong and needs not in archive.namelist():
        wrong = f"It is not {kind}: the part `{needs}` is missing."
    if wrong:
        raise CodingError(wrong, do=SAVE_AGAIN)
    return archive


def _parts_wrong(parts: Iterable[zipfile.ZipInfo]) -> str:
    listed = list(parts)
    if len(listed) > MAX_PARTS:
        return f"The document has {len(listed)} parts; evalkit opens up to {MAX_PARTS}."
    if sum(part.file_size for part in listed) > MAX_UNPACKED:
        return f"The document unpacks to more than {MAX_UNPACKED // 1_000_000} MB."
    for part in listed:
        name = part.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name[:3] or ".." in PurePosixPath(name).parts:
            return "The document has a part that points outside itself."
        if part.flag_bits & 1:
            return "The document is protected by a password."
        if part.file_size > 10_000_000 and part.file_size > MAX_RATIO * part.compress_size:
            return f"A part of the document unpacks to more than {MAX_RATIO} times its size."
    return ""


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return the bytes of a part.

    Raises
    ------
    CodingError
        The part is damaged or too large to be text.
    """
    try:
        with archive.open(name) as stream:
            data = stream.read(MAX_XML + 1)
    except _ODD:
        raise CodingError(f"Its part `{name}` is damaged.", do=SAVE_AGAIN) from None
    if len(data) > MAX_XML:
        wrong = f"Its part `{name}` has more than {MAX_XML // 1_000_000} MB."
        raise CodingError(wrong, do="Cut the document into several.")
    return data


def parse_xml(data: bytes, name: str) -> Element:
    """Return the root of an XML part that defines no entities and is not nested without end.

    Raises
    ------
    CodingError
        It is not well formed, defines entities, is nested more than `MAX_DEPTH` deep or has more
        than `MAX_ELEMENTS` elements.
    """
    # Late: only the child process needs it.
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    depth = count = 0
    root: Element | None = None
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "end":
                depth -= 1
                continue
            root = element if root is None else root
            depth, count = depth + 1, count + 1
            if depth > MAX_DEPTH or count > MAX_ELEMENTS:
                wrong = f"Its part `{name}` is nested too deeply or has too many elements."
                raise CodingError(wrong, do=SAVE_AGAIN)
    except DefusedXmlException:
        wrong = f"Its part `{name}` defines entities of its own, which no document needs."
        raise CodingError(wrong, do="Do not open it; ask the sender for a clean copy.") from None
    except (ParseError, LookupError, ValueError):
        wrong = f"Its part `{name}` is not well formed."
        raise CodingError(wrong, do=SAVE_AGAIN) from None
    if root is None:
        raise CodingError(f"Its part `{name}` is empty.", do=SAVE_AGAIN)
    return root


def local(tag: object) -> str:
    """Return an element's name without its namespace; comments have none."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its name without a namespace, or an empty string."""
    return next((value for key, value in element.items() if local(key) == name), "")
