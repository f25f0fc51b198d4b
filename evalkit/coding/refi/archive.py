"""The zip around a project: looked over before it is opened, written the same way every time."""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from evalkit.coding.refi.tally import Tally, note
from evalkit.errors import CodingError

MAX_MEMBERS = 100_000
MAX_TABLE = 30_000_000  # bytes of the list of members
MAX_TEXT = 50_000_000  # of one text, unpacked
MAX_TEXTS = 500_000_000  # of all texts together
MAX_RATIO = 1_000  # deflate's own most is 1,032; text by people packs to a tenth at best

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
_AGAIN = "Export the project again from the program it came from."
_CLEAN = "Do not open it; ask the sender for a clean copy."
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: same project, same bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """An open project: its zip, the name of its XML, and its members by exact and by bare name."""

    zip: zipfile.ZipFile
    project: str
    names: Mapping[str, str]
    bare: Mapping[str, tuple[str, ...]]


def open_archive(path: Path, tally: Tally) -> Archive:
    """Open a ``.qdpx`` after looking over its list of members; the caller closes ``.zip``.

    Raises
    ------
    CodingError
        It is not a zip of one project, is protected, or is made to do harm.
    """
    _refuse_long_table(path)
    try:
        opened = zipfile.ZipFile(path)
    except _ODD:
        raise CodingError(
            "It is damaged, or no REFI-QDA project: the zip file cannot be opened.", do=_AGAIN
        ) from None
    try:
        members = opened.infolist()
        _refuse_harm(members)
        project = _project(members, tally)
        return Archive(opened, project, *_lookup(members))
    except BaseException:
        opened.close()
        raise


def _refuse_long_table(path: Path) -> None:
    """Refuse a list of members so long that reading it alone would fill the memory."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - (1 << 16) - 128))
        tail = stream.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or at + 22 > len(tail):
            return  # the zip module says what is wrong
        count, table = struct.unpack_from("<HL", tail, at + 10)
        if tail[at - 20 : at - 16] == b"PK\x06\x07":
            stream.seek(min(size, struct.unpack_from("<Q", tail, at - 12)[0]))
            long = stream.read(56)
            if len(long) == 56:
                count, table = struct.unpack_from("<QQ", long, 32)
    if count > MAX_MEMBERS or MAX_TABLE < table != 0xFFFFFFFF:
        wrong = f"It says that it has {count:,} members; evalkit opens up to {MAX_MEMBERS:,}."
        raise CodingError(wrong, do=_AGAIN)


def _refuse_harm(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        wrong = f"It has {len(members):,} members; evalkit opens up to {MAX_MEMBERS:,}."
        raise CodingError(wrong, do=_AGAIN)
    seen: set[str] = set()
    for member in members:
        name = _slashed(member.filename)
        if name.startswith("/") or ":" in name[:3] or ".." in PurePosixPath(name).parts:
            raise CodingError(f"Its member `{name}` points outside the file.", do=_CLEAN)
        if member.flag_bits & 1:
            do = "Save it again without a password."
            raise CodingError("It is protected by a password.", do=do)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise CodingError(f"Its member `{name}` is a link to another file.", do=_CLEAN)
        if name in seen:
            raise CodingError(f"It has two members called `{name}`.", do=_AGAIN)
        seen.add(name)


def _slashed(name: str) -> str:
    return name.replace("\\", "/")


def _project(members: list[zipfile.ZipInfo], tally: Tally) -> str:
    """Return the name of the one XML file at the root."""
    found = [m.filename for m in members if m.filename.lower().endswith(".qde")]
    root = [name for name in found if "/" not in _slashed(name)]
    exact = [name for name in root if name == "project.qde"]
    chosen = exact or root
    if len(chosen) != 1:
        how = "no" if not chosen else f"{len(chosen)}"
        wrong = f"It holds {how} project files (`.qde`) at its root instead of one."
        raise CodingError(wrong, do=_AGAIN)
    if len(found) > 1:
        others = (name for name in found if name != chosen[0])
        for name in others:
            note(tally, "archive", "a second project file was passed over", name)
    if not exact:
        why = "the project file must be named `project.qde`"
        note(tally, "archive", why, chosen[0], "deviation")
    return chosen[0]


def _lookup(
    members: list[zipfile.ZipInfo],
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return members by their path and by their bare name, both without regard to case."""
    names: dict[str, str] = {}
    bare: dict[str, tuple[str, ...]] = {}
    for member in members:
        if member.is_dir():
            continue
        name = _slashed(member.filename).lower()
        names[name] = member.filename
        base = name.rpartition("/")[2]
        bare[base] = (*bare.get(base, ()), member.filename)
    return names, bare


def read_member(archive: Archive, name: str, most: int = MAX_TEXT) -> bytes:
    """Return a member's bytes.

    Raises
    ------
    CodingError
        It is damaged, larger than `most`, or packed as no text packs.
    """
    info = archive.zip.getinfo(name)
    if info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        wrong = f"`{name}` unpacks to more than {MAX_RATIO:,} times its size."
        raise CodingError(wrong, do=_CLEAN)
    try:
        with archive.zip.open(info) as stream:
            data = stream.read(most + 1)
    except _ODD:
        raise CodingError(f"`{name}` is damaged.", do=_AGAIN) from None
    if len(data) > most:
        wrong = f"`{name}` unpacks to more than {most // 1_000_000} MB."
        raise CodingError(wrong, do="Is it data, audio or video? Keep it elsewhere.")
    return data


def packed(members: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip of `members`: their order, times and rights never differ."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members:
            info = zipfile.ZipInfo(name, _TIMESTAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, on every system
            info.external_attr = 0o644 << 16
            made.writestr(info, data)
    return sink.getvalue()
