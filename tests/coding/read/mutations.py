"""Damaged and hostile versions of a document, the same for the same seed."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator

NASTY = (
    *(b"<", b">", b"&", b"&#0;", b"&#xD800;", b"]]>", b"<!--", b"<![CDATA[", b"</w:p>", b"<w:p>"),
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b"\n\n", b"\xef\xbb\xbf", b"\x1b", b"\x0c"),
    *(
        b"{",
        b"}",
        b"\\bin99999999 ",
        b"\\u-1?",
        b"\\u55357?",
        b"\\'zz",
        b"\\uc99999 ",
        b"\\deleted",
    ),
    *(b" --> ", b"00:00:00.000 --> 00:00:01.000", b"<v >", b"<v A", b"</v>", b"-99999999999"),
    *(b"obj", b"endobj", b"stream", b"endstream", b"/Kids [2 0 R]", b"/Length 999999999", b"<<"),
    *(b"%PDF-", b"startxref", b"0" * 300, b"A" * 3000, b"(" * 500, b"[" * 500, b"<div>" * 500),
    *(b'r="XFD1048576"', b'<!DOCTYPE a [<!ENTITY b "c">]>', b"<script>", b"<del>", b"<title>"),
)
NUMBERS = (b"0", b"-1", b"65536", b"2147483648", b"99999999999999999999")


def mutated(data: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Documents with one to six things changed; of zip files also the parts inside."""
    chance = random.Random(seed)
    parts = _parts(data)
    for _ in range(count):
        if parts and chance.random() < 0.7:
            name = chance.choice(sorted(parts))
            yield _zipped({**parts, name: _changed(parts[name], chance)})
        else:
            yield _changed(data, chance)


def _changed(data: bytes, chance: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(found))
        to = min(len(found), at + chance.choice((1, 1, 2, 8, 64, 512)))
        way = chance.randrange(7)
        if way <= 1:
            found[at:at] = chance.choice(NASTY)
        elif way == 2:
            del found[at:to]
        elif way == 3:
            found[at:at] = found[at:to] * chance.choice((1, 2, 50))
        elif way == 4 and chance.random() < 0.3:
            del found[at:]
        elif way == 5:
            found[at:to] = chance.randbytes(to - at)
        else:
            _renumber(found, at, to, chance)
    return bytes(found)


def _renumber(found: bytearray, at: int, to: int, chance: random.Random) -> None:
    digits = [place for place in range(at, to) if found[place : place + 1].isdigit()]
    if digits:
        place = chance.choice(digits)
        found[place : place + 1] = chance.choice(NUMBERS)


def _parts(data: bytes) -> dict[str, bytes]:
    if not data.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
