"""Sources from SubRip subtitles (.srt): cues as lines, without their times."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from evalkit.coding.apart import read_apart
from evalkit.coding.cues import TIMES, Cue, cues_draft, lines_of
from evalkit.coding.material import Draft
from evalkit.coding.model import Source


def read_srt(path: Path, file: str) -> tuple[Source, ...]:
    """Read one source; its id is the file's name without the ending.

    Each cue is a line. Numbers, times, positions and formatting are left out and counted.

    Parameters
    ----------
    path : pathlib.Path
        The subtitles, in any encoding; parsed in a child process with limits.
    file : str
        Its name in messages.

    Raises
    ------
    ProjectError
        It is no text, or has no cues or no words.
    """
    return read_apart(path, file, ".srt").sources


def srt_draft(data: bytes) -> Draft:
    """Return the words of the cues, and what was left out; runs in the child.

    Raises
    ------
    CodingError
        It is no text, or has no cues.
    """
    lines, encoding, newline = lines_of(data)
    starts = [place for place, line in enumerate(lines) if TIMES.match(line)]
    ends = [*starts[1:], *([len(lines)] if starts else [])]
    cues = [
        _cue(lines, start, end, last=end == len(lines))
        for start, end in zip(starts, ends, strict=True)
    ]
    return cues_draft(cues, Counter(), encoding=encoding, newline=newline, entities=False)


def _cue(lines: list[str], start: int, end: int, *, last: bool) -> Cue:
    """Return the cue between two lines of times, without the number that belongs to the next."""
    own = lines[start + 1 : end]
    # A blank line inside a cue does not end it: many programs write them.
    if own and not last and own[-1].strip().isdecimal():
        own.pop()
    numbered = start > 0 and lines[start - 1].strip().isdecimal()
    placed = TIMES.sub("", lines[start]).strip() != ""
    return Cue("\n".join(own).strip("\n"), named=numbered, placed=placed)
