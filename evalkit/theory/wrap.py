"""How wide words are, and where to break them: no font is needed, the estimate is on the safe side.

Widths are those of the common sans-serif faces in thousandths of the type size, by groups of
letters; a wide script counts a whole square for each character.
"""

from __future__ import annotations

import unicodedata

_WIDTHS = {
    letter: width
    for letters, width in (
        ("ijl|'", 240),
        ("ftr.,:;!()[]{}/\\ -I`", 345),
        ('Jcksvxyz"*^', 530),
        ("abdeghnopqu0123456789?$£€#_=+<>~L", 585),
        ("ABEFKPSTVXYZ", 690),
        ("CDGHNOQRUw&", 760),
        ("Mm%", 880),
        ("W@—", 1010),
    )
    for letter in letters
}
_ELLIPSIS = "…"


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide `text` is at type size `size`, in the unit of `size`."""
    total = sum(_letter(letter) for letter in text)
    return total / 1000 * size * (1.07 if bold else 1.0)


def _letter(letter: str) -> int:
    known = _WIDTHS.get(letter)
    if known is not None:
        return known
    if unicodedata.combining(letter):
        return 0
    plain = unicodedata.normalize("NFD", letter)[0]
    wide = unicodedata.east_asian_width(letter) in "WF" or not letter.isalpha()
    return _WIDTHS.get(plain, 1050 if wide else 780)


def wrap(text: str, size: float, room: float, most_lines: int) -> tuple[tuple[str, ...], bool]:
    """Break `text` into lines no wider than `room`.

    Returns
    -------
    lines : tuple of str
        At most `most_lines`; the last ends in an ellipsis when words had to be left out.
    cut : bool
        True when words were left out.
    """
    lines: list[str] = []
    for word in text.split():
        for piece in _pieces(word, size, room):
            longer = f"{lines[-1]} {piece}" if lines else piece
            if lines and width_of(longer, size) <= room:
                lines[-1] = longer
            else:
                lines.append(piece)
        if len(lines) > most_lines:
            kept = lines[:most_lines]
            return (*kept[:-1], _shortened(kept[-1], size, room)), True
    return tuple(lines) or ("",), False


def _pieces(word: str, size: float, room: float) -> list[str]:
    """Break a word that is wider than the room."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, size) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _shortened(line: str, size: float, room: float) -> str:
    while line and width_of(line + _ELLIPSIS, size) > room:
        line = line[:-1]
    return line.rstrip() + _ELLIPSIS
