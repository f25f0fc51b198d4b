"""Bytes to text, once: the encoding found, the byte order mark off, every line end a line feed.

And back: which bytes of the file a passage of the text was decoded from.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evalkit.coding.model import Source
from evalkit.errors import CodingError

MAX_BYTES = 50_000_000
"""More than any library of transcripts; a file above it is data, not text."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16: its mark begins with that one's.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
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
    """Read a text file of UTF-8, UTF-16, UTF-32 (with its mark) or Windows-1252.

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


def byte_span(data: bytes, encoding: str, start: int, end: int) -> tuple[int, int]:
    """Return the bytes of a file that a span of its decoded text came from.

    Parameters
    ----------
    data : bytes
        The file, as it was read; a byte order mark counts.
    encoding : str
        What it was decoded with, such as `Decoded` has it.
    start, end : int
        Code points of the text that `decode` returns, half open. A line feed stands for the
        whole line end of the file, so two bytes and more where that has two characters.

    Returns
    -------
    tuple of int
        Half-open span of bytes: ``data[first:last]`` decodes to the words of the span.

    Raises
    ------
    CodingError
        The bytes are not of this encoding, or the span is not within the text.
    """
    name, body, raw = _raw(data, encoding)
    # The place of each line end of two characters, counted as the text has it.
    pairs = [found.start() - at for at, found in enumerate(re.finditer("\r\n", raw))]
    length = len(raw) - len(pairs)
    if not 0 <= start <= end <= length:
        wrong = f"{start}-{end} is not within the text, which has {length} characters."
        raise CodingError(wrong, do="Use offsets in the text that `decode` returns.")
    skip, offset = len(data) - len(body), _offsets(body, raw, name)
    first, last = (skip + offset(at + bisect_left(pairs, at)) for at in (start, end))
    return first, last


def source_byte_span(data: bytes, source: Source, start: int, end: int) -> tuple[int, int]:
    """Return the bytes of the original file that a span of a plain text source came from.

    Parameters
    ----------
    data : bytes
        The file that `source` was read from; lines of attributes at its top are allowed for.
    source : Source
    start, end : int
        Code points of ``source.text``, half open.

    Returns
    -------
    tuple of int
        See `byte_span`.

    Raises
    ------
    CodingError
        The text of the source does not stand in this file as it is, as in a word processor's
        file; or it stands there more than once.
    """
    encoding = source.encoding or decode(data, source.file).encoding
    _, _, raw = _raw(data, encoding)
    whole = raw.replace("\r\n", "\n").replace("\r", "\n")
    # Attributes stand at the top, so an end that is the text is it, even if it stands above too.
    ends = whole.endswith(source.text)
    at = len(whole) - len(source.text) if ends else whole.find(source.text)
    if at < 0 or (not ends and whole.find(source.text, at + 1) >= 0):
        wrong = f"The text of source `{source.id}` does not stand in this file as it is, once."
        raise CodingError(wrong, do="Only plain text can be traced to bytes.", file=source.file)
    if not 0 <= start <= end <= len(source.text):
        wrong = f"{start}-{end} is not within source `{source.id}`."
        raise CodingError(wrong, do=f"It has {len(source.text)} characters.", file=source.file)
    return byte_span(data, encoding, at + start, at + end)


def _raw(data: bytes, encoding: str) -> tuple[str, bytes, str]:
    """Return the encoding, the bytes after the mark, and their text with its own line ends."""
    try:
        mark, name = _marked(data, codecs.lookup(encoding).name)
        body = data[len(mark) :]
        return name, body, body.decode(name)
    except (LookupError, UnicodeDecodeError) as error:
        wrong = f"The bytes are not text of encoding `{encoding}`."
        raise CodingError(wrong, do="Give the file and the encoding it was read with.") from error


def _marked(data: bytes, name: str) -> tuple[bytes, str]:
    """Return the byte order mark, and the encoding that neither reads nor writes one itself."""
    family = "utf-8" if name == "utf-8-sig" else name
    found = ((mark, of) for mark, of in _MARKS if data.startswith(mark) and of.startswith(family))
    little = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
    return next(found, (b"", little.get(family, family)))


def _offsets(body: bytes, raw: str, name: str) -> Callable[[int], int]:
    """Return a function that gives the byte at which a character of `raw` begins."""
    if raw.encode(name, errors="replace") == body:
        return lambda at: len(raw[:at].encode(name))
    # Encodings that can write one text in several ways are followed byte by byte.
    decoder = codecs.getincrementaldecoder(name)()
    ends = [0]
    for count in range(1, len(body) + 1):
        got = decoder.decode(body[count - 1 : count], final=count == len(body))
        ends.extend([count] * len(got))
    return lambda at: ends[at]


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
