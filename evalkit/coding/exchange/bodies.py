"""The text of a page as Taguette counts it, and the same text with its paragraphs apart.

Taguette's positions are bytes of UTF-8 in the text of the page's body, where paragraphs follow
each other without a break. Read like that, the last word of one is glued to the first of the next;
here a line feed parts them, and positions are moved accordingly.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

import numpy as np
from numpy.typing import NDArray

_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    )
)
_UNSEEN = frozenset(("script", "style", "template", "title"))
_BLANK = " \t\n\f\r"


@dataclass(frozen=True, slots=True)
class Body:
    """A page's text, and where in it each byte of Taguette's text stands (-1: inside a character)."""

    text: str
    at: NDArray[np.int64]

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the place of a span of bytes in `text`; None where it has none."""
        if not 0 <= start <= end < len(self.at) or -1 in (self.at[start], self.at[end]):
            return None
        if start == end:
            return int(self.at[start]), int(self.at[start])
        # The end belongs to the last character: a break after it is not part of the passage.
        last = end - 1
        while self.at[last] == -1:
            last -= 1
        return int(self.at[start]), int(self.at[last]) + 1


class _Pieces(HTMLParser):
    """Collects words, and None where a paragraph or cell begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str | None] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.found.append(None)

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in _UNSEEN and self.unseen > 0
        if tag in _BLOCKS:
            self.found.append(None)

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.found.append(data)


def body(html: str) -> Body:
    """Return the text of a page.

    Parameters
    ----------
    html : str
        As Taguette keeps it: cleaned of scripts, styles and comments.

    Returns
    -------
    Body
        Line ends LF, as a reader of HTML sees them.
    """
    pieces = _Pieces()
    # A reader of HTML makes every line end LF, and drops blanks before the body begins.
    pieces.feed(html.replace("\r\n", "\n").replace("\r", "\n").lstrip(_BLANK))
    pieces.close()
    words: list[str] = []
    at: list[NDArray[np.int64]] = []
    length, parted = 0, False
    for piece in pieces.found:
        if piece is None:
            parted = True
            continue
        if parted and length and words[-1][-1:] != "\n" and piece.strip(_BLANK):
            words.append("\n")
            length += 1
        parted = parted and not piece.strip(_BLANK)
        words.append(piece)
        at.append(_places(piece, length))
        length += len(piece)
    return Body("".join(words), np.concatenate([*at, np.array([length])]))


def _places(piece: str, start: int) -> NDArray[np.int64]:
    """Return, for each byte of a piece, its character's place, or -1 after the first byte."""
    data = np.frombuffer(piece.encode("utf-8", "replace"), dtype=np.uint8)
    first = (data & 0xC0) != 0x80
    places = start + np.cumsum(first) - 1
    return np.where(first, places, -1)
