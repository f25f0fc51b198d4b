"""Sources from WebVTT subtitles (.vtt), as Teams, Zoom and YouTube write them; voices are kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

from evalkit.coding.apart import read_apart
from evalkit.coding.cues import TIMES, Cue, cues_draft, lines_of
from evalkit.coding.material import Draft
from evalkit.coding.model import Source
from evalkit.errors import CodingError

_BLOCKS: Final = {"NOTE": "comment", "STYLE": "style", "REGION": "style"}


def read_vtt(path: Path, file: str) -> tuple[Source, ...]:
    """Read one source; its id is the file's name without the ending.

    Each cue is a line. A voice (``<v Name>``) is written ``Name: `` where it begins and kept as
    a turn. Times, names of cues, positions, notes and styles are left out and counted.

    Parameters
    ----------
    path : pathlib.Path
        The subtitles; parsed in a child process with limits.
    file : str
        Its name in messages.

    Raises
    ------
    ProjectError
        It is no WebVTT file, or has no cues or no words.
    """
    return read_apart(path, file, ".vtt").sources


def vtt_draft(data: bytes) -> Draft:
    """Return the words of the cues, and what was left out; runs in the child.

    Raises
    ------
    CodingError
        It is no WebVTT file, or has no cues.
    """
    lines, encoding, newline = lines_of(data)
    if not lines[0].startswith("WEBVTT"):
        do = "Its first line should be `WEBVTT`; subtitles of the older kind end in .srt."
        raise CodingError("It is not a WebVTT file.", do=do)
    counted: Counter[str] = Counter()
    cues = []
    for block in _blocks(lines[1:]):
        times = next((place for place, line in enumerate(block[:2]) if TIMES.match(line)), None)
        if times is None:
            counted[_BLOCKS.get(block[0].split(None, 1)[0], "comment")] += 1
            continue
        placed = TIMES.sub("", block[times]).strip() != ""
        cues.append(Cue("\n".join(block[times + 1 :]), named=times == 1, placed=placed))
    return cues_draft(cues, counted, encoding=encoding, newline=newline, entities=True)


def _blocks(lines: list[str]) -> list[list[str]]:
    """Return the runs of lines between blank ones; the header's own lines are the first."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            if TIMES.match(line) and any(TIMES.match(had) for had in found[-1]):
                found.append([])  # no blank line before this cue
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [block for block in found if block]
