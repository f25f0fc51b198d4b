"""Subtitles (SubRip and WebVTT) to text: cues as lines, voices as labels and turns."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.coding.decode import decode
from evalkit.coding.material import Draft, clean, newline_of
from evalkit.coding.model import Loss
from evalkit.coding.speakers import turns_of
from evalkit.errors import CodingError

TIMES = re.compile(
    r"^[ \t]*(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}[ \t]*-->[ \t]*(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
)
"""The line that opens a cue; what follows on it is where the cue stands on the screen."""

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-z]+|\d[\d:.,]{0,20})(?:\.[^\s<>]{0,80})?(?P<more>[ \t][^<>\n]{0,300})?/?>",
    re.IGNORECASE,
)
_POSITION = re.compile(r"\{\\[^{}\n]{1,80}\}")
_KNOWN = frozenset({"v", "c", "i", "b", "u", "s", "lang", "ruby", "rt", "font"})
_WHY = {
    "comment": "notes in the file are not spoken",
    "cue name": "numbers and names of cues are not spoken",
    "formatting": "italics, colours and the like are not words",
    "position": "where a cue stands on the screen is not carried",
    "style": "layout is not text",
    "timestamp": "a text has no times",
}


@dataclass(frozen=True, slots=True)
class Cue:
    """The lines of one cue, with their marks; `named` when it has a number or name."""

    text: str
    named: bool = False
    placed: bool = False


def lines_of(data: bytes) -> tuple[list[str], str, str]:
    """Return the lines of a subtitle file, its encoding and its line ends."""
    found = decode(data)
    raw = data.decode(found.encoding, errors="replace")
    return found.text.split("\n"), found.encoding, newline_of(raw)


def cues_draft(
    cues: Sequence[Cue], counted: Counter[str], *, encoding: str, newline: str, entities: bool
) -> Draft:
    """Put the cues together.

    Each cue is a line, its own line ends kept. A voice (``<v Name>``) is written once, as
    ``Name: `` where it begins, and cues of the same voice that follow each other are one turn.

    Parameters
    ----------
    cues : sequence of Cue
    counted : collections.Counter
        What the reader left out itself, by kind.
    encoding, newline : str
    entities : bool
        Whether ``&amp;`` and the like are signs (WebVTT) or words (SubRip).

    Raises
    ------
    CodingError
        There is not one cue.
    """
    if not cues:
        do = "Is it a subtitle file? Save a plain text as .txt."
        raise CodingError("It has no cues (`00:00:01.000 --> 00:00:04.000` and words).", do=do)
    counted["timestamp"] += len(cues)
    counted["cue name"] += sum(cue.named for cue in cues)
    counted["position"] += sum(cue.placed for cue in cues)
    parts = [part for cue in cues for part in _voices(cue.text, counted, entities=entities)]
    text, spans = _written(parts)
    text, odd = clean(text)
    losses = [Loss(kind, _WHY[kind], count) for kind, count in sorted(counted.items()) if count]
    voiced = any(speaker for _, speaker in parts)
    turns = turns_of(text, spans) if voiced else ()
    return Draft(text, "", turns, voiced, (*losses, *odd), encoding, newline)


def _voices(text: str, counted: Counter[str], *, entities: bool) -> list[tuple[str, str]]:
    """Return the words of a cue parted by voice, as (words, speaker)."""
    text, placed = _POSITION.subn("", text)
    counted["position"] += placed
    parts: list[tuple[str, str]] = []
    speaker, kept, after = "", [], 0
    for tag in _TAG.finditer(text):
        name = tag["name"].lower()
        if name not in _KNOWN and not name[0].isdigit():
            continue  # words in angle brackets
        kept.append(text[after : tag.start()])
        after = tag.end()
        if name != "v":
            counted["timestamp" if name[0].isdigit() else "formatting"] += not tag["end"]
            continue
        parts.append(("".join(kept), speaker))
        kept = []
        speaker = "" if tag["end"] else _unescaped((tag["more"] or "").strip(), entities=entities)
    parts.append(("".join([*kept, text[after:]]), speaker))
    return [
        (_unescaped(words.strip("\n"), entities=entities), speaker)
        for words, speaker in parts
        if words.strip()
    ]


def _unescaped(words: str, *, entities: bool) -> str:
    return html.unescape(words) if entities else words


def _written(parts: Sequence[tuple[str, str]]) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the text and the spans of voices; words of nobody end a turn."""
    out: list[str] = []
    spans: list[tuple[int, int, str]] = []
    length, before = 0, ""
    for words, speaker in parts:
        lead = "\n" if out else ""
        if speaker and speaker != before:
            lead += f"{speaker}: "
        start = length + len(lead)
        out += [lead, words]
        length = start + len(words)
        if speaker and speaker == before:
            spans[-1] = (spans[-1][0], length, speaker)
        elif speaker:
            spans.append((start, length, speaker))
        before = speaker
    return "".join(out), spans
