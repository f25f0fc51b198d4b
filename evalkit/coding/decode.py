"""Bytes to text, once: the encoding found, the byte order mark off, every line end a line feed."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from evalkit.errors import CodingError

MAX_BYTES = 50_000_000
"""More than any library of transcripts; a file above it is data, not text."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_SAMPLE = 4096
_SAVE_AS = "Save it as plain text (UTF-8) in the program it came from."


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and the encoding it was read with (``utf-8``, ``utf-16-le``, ``cp1252`` ...)."""

    text: str
    encoding: str


def decode_file(path: Path, file: str) -> Decoded:
    """Read a text file of UTF-8, UTF-16 or Windows-1252.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : str
        Its name in messages.

    Returns
    -------
    Decoded
        The text without byte order mark, every line end a line feed, otherwise as it stands.

    Raises
    ------
    CodingError
        The file is too large, is not text, or is in none of these encodings.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        wrong = f"The file has {size:,} bytes; a text has at most {MAX_BYTES:,}."
        raise CodingError(wrong, do="Is it data, audio or video? Keep it elsewhere.", file=file)
    return decode(path.read_bytes(), file)


def decode(data: bytes, file: str = "") -> Decoded:
    """Return the text of `data`; see `decode_file`."""
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "")
    )
    body = data[len(mark) :]
    encoding = encoding or _unmarked(body)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        wrong = f"The file is not readable text (byte {error.start + len(mark):,} as {encoding})."
        raise CodingError(wrong, do=_SAVE_AS, file=file) from error
    if _is_binary(text):
        raise CodingError("The file is not text.", do=_SAVE_AS, file=file)
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), encoding)


def _unmarked(body: bytes) -> str:
    """Guess the encoding of text without a mark; UTF-8 is strict, so it is tried first."""
    sample = body[:_SAMPLE]
    # Western text in UTF-16 has a zero in every second byte, and UTF-8 text has none.
    half = len(sample) // 2
    if half and len(body) % 2 == 0:
        if sample[1::2].count(0) > 0.4 * half and 0 not in sample[0::2]:
            return "utf-16-le"
        if sample[0::2].count(0) > 0.4 * half and 0 not in sample[1::2]:
            return "utf-16-be"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _is_binary(text: str) -> bool:
    if "\x00" in text:
        return True
    return len(_CONTROL.findall(text[: 1 << 20])) > len(text[: 1 << 20]) // 10
