"""Delimited text files: which encoding, which separator, which records."""

from __future__ import annotations

import codecs
import csv
import io
import re
from itertools import islice

from evalkit.data.table import Changed
from evalkit.errors import DataError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MAX_ROWS = 2_000_000
MAX_CELLS = 12_000_000
HEAD = 50  # records looked at to find the separator and the header

Record = tuple[int, list[str]]

_BOMS = (
    # The UTF-32 marks begin with the UTF-16 ones, so they come first.
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SAVE = "Save it again as `CSV UTF-8 (comma delimited)`."
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_EXCEL_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?\r?\n')


def decode(data: bytes, file: str) -> tuple[str, tuple[Changed, ...]]:
    """Return the text of a file, and what had to be assumed about its encoding.

    UTF-8 is tried first, then UTF-16 by its mark or its pattern of zero bytes, then Windows-1252,
    which is what Excel writes on British computers. Nothing else is guessed.

    Raises
    ------
    DataError
        When the bytes are no text in any of these.
    """
    encoding, words = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return _windows(data, file)
    if _binary(text):
        raise _not_text(file)
    if words in {"UTF-16", "UTF-32"}:
        return text, (Changed("", f"read as {words}", 1),)
    return text, ()


def _encoding(data: bytes) -> tuple[str, str]:
    for mark, encoding, words in _BOMS:
        if data.startswith(mark):
            return encoding, words
    sample = data[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    # Latin letters in UTF-16 have one zero byte each, always on the same side.
    if half and odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le", "UTF-16"
    if half and even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be", "UTF-16"
    return "utf-8", "UTF-8"


def _windows(data: bytes, file: str) -> tuple[str, tuple[Changed, ...]]:
    """Read as Windows-1252, and show a word with a letter that depends on it."""
    if _binary(data.decode("latin-1")):
        raise _not_text(file)
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise DataError(
            "Its letters are in none of the encodings UTF-8, UTF-16 and Windows-1252.",
            do=_SAVE,
            file=file,
        ) from None
    odd = [letter for letter in text if ord(letter) > 127]
    shown = re.search(r"[^\s,;|\"]*[^\x00-\x7f][^\s,;|\"]*", text)
    example = shown.group()[:40] if shown else ""
    return text, (Changed("", "letters read as Windows-1252", len(odd), example),)


def _not_text(file: str) -> DataError:
    return DataError("This is not a text file, whatever its name says.", do=_SAVE, file=file)


def _binary(text: str) -> bool:
    return "\0" in text or len(_CONTROL.findall(text[:4096])) > 0.02 * len(text[:4096])


def records(text: str, file: str, *, head: bool = False) -> tuple[list[Record], str]:
    """Return the records of a delimited text with their line numbers, and the separator.

    Parameters
    ----------
    text : str
        The whole text.
    file : str
        Its name, for messages.
    head : bool
        Only the first records, as many as are needed to find the header.

    Raises
    ------
    DataError
        When a quotation mark is never closed or stands inside a word, or a cell is endless.
    """
    start = 0
    if named := _EXCEL_SEPARATOR.match(text):
        separator, start = named.group(1), named.end()
    else:
        separator = _separator(text)
    offset = text.count("\n", 0, start)
    if not head:
        _refuse_endless(text, separator, file)
    reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=separator, strict=True)
    found: list[Record] = []
    line = 1
    try:
        for record in islice(reader, HEAD if head else None):
            found.append((line + offset, record))
            line = reader.line_num + 1
    except csv.Error as error:
        raise _torn(error, line + offset, file) from None
    return found, separator


def _refuse_endless(text: str, separator: str, file: str) -> None:
    """Refuse a text of millions of lines or cells before it becomes as many objects."""
    rows = text.count("\n") + text.count("\r")
    cells = rows + text.count(separator)
    if rows > 2 * MAX_ROWS or cells > MAX_CELLS:
        raise DataError(
            f"It has about {cells / 1e6:.0f} million cells; evalkit opens {MAX_CELLS // 10**6}.",
            do="Keep only the rows and columns that the plan uses, or save it as parquet.",
            file=file,
        )


def _torn(error: csv.Error, line: int, file: str) -> DataError:
    words = "A cell is longer than 131072 characters; perhaps a quotation mark is never closed."
    if "field limit" not in str(error):
        words = "A quotation mark is never closed, or stands in the middle of a cell."
    return DataError(
        words, do="Write each quotation mark inside a cell twice.", file=file, line=line
    )


def _separator(text: str) -> str:
    """Return the separator by which most of the first records have the same number of cells."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        score = _evenness(text, separator)
        if score > best_score:
            best, best_score = separator, score
    return best


def _evenness(text: str, separator: str) -> tuple[float, int]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    widths: list[int] = []
    try:
        widths = [len(record) for record in islice(reader, HEAD) if any(record)]
    except csv.Error:
        return 0.0, 0
    wide = [width for width in widths if width > 1]
    if not wide:
        return 0.0, 0
    common = max(sorted(set(wide), reverse=True), key=wide.count)
    return widths.count(common) / len(widths), common
