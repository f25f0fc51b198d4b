"""Project files made by hand, with the faults that real programs put into theirs."""

from __future__ import annotations

import zipfile
from pathlib import Path

USER = "00000000-0000-4000-8000-00000000000a"
CODE = "00000000-0000-4000-8000-00000000000c"
SOURCE = "00000000-0000-4000-8000-00000000000e"
SELECTION = "00000000-0000-4000-8000-0000000000{:02x}"
NAMESPACE = "urn:QDA-XML:project:1.0"

BOOK = f'<CodeBook><Codes><Code guid="{CODE}" name="reading" isCodable="true"/></Codes></CodeBook>'
USERS = f'<Users><User guid="{USER}" name="ana"/></Users>'


def xml(inside: str, before: str = "") -> str:
    head = f'<Project xmlns="{NAMESPACE}" name="made" origin="A program">'
    return f"{before}{head}{USERS}{BOOK}{inside}</Project>"


def selection(number: int, start: int, end: int, name: str | None = None) -> str:
    named = "" if name is None else f' name="{name}"'
    guid = SELECTION.format(number)
    return (
        f'<PlainTextSelection guid="{guid}" startPosition="{start}" endPosition="{end}"{named}>'
        f'<Coding guid="{guid}" creatingUser="{USER}"><CodeRef targetGUID="{CODE}"/></Coding>'
        "</PlainTextSelection>"
    )


def source(inside: str = "", path: str = f"internal://{SOURCE}.txt", text: str = "") -> str:
    where = f' plainTextPath="{path}"' if path else ""
    content = f"<PlainTextContent>{text}</PlainTextContent>" if text else ""
    return (
        f'<Sources><TextSource guid="{SOURCE}" name="talk.txt"{where}>{content}{inside}'
        "</TextSource></Sources>"
    )


def qdpx(
    folder: Path,
    content: str,
    text: bytes | None = None,
    *,
    name: str = "project.qde",
    member: str = f"sources/{SOURCE}.txt",
) -> Path:
    path = folder / "made.qdpx"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(name, content)
        if text is not None:
            opened.writestr(member, text)
    return path
