"""What reading gives: the words of one file on the way to a `Source`, and a folder's material."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from evalkit.coding.model import Case, Loss, Source, Turn
from evalkit.coding.speakers import find_turns
from evalkit.errors import CodingError, Fault, ProjectError, nearest

TEXT_TYPES = ("verbatim", "paraphrase")
MAX_CHARACTERS = 20_000_000
"""Of one source; the longest novels have about ten million."""

_HEADER_LINE = re.compile(r"([a-z][a-z_]*):[ \t]*(\S.*)")
_KNOWN = frozenset(
    {
        "date",
        "kind",
        "language",
        "licence",
        "place",
        "site",
        "speaker",
        "speaker_type",
        "text_type",
        "title",
        "url",
        "who",
    }
)
"""Lines like ``interviewer: hello`` open many a transcript. A block of such lines is a header
only when one of its keys is among these, no key stands twice and a blank line ends it."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Draft:
    """The words of one file, before its header is taken off.

    Attributes
    ----------
    text, title : str
    turns : tuple of Turn
        Who speaks where, where the format itself says it.
    voiced : bool
        Whether the format said it: `turns` is then final, and the text has no header.
    losses : tuple of Loss
    encoding, newline : str
        As in `Source`.
    """

    text: str
    title: str = ""
    turns: tuple[Turn, ...] = ()
    voiced: bool = False
    losses: tuple[Loss, ...] = ()
    encoding: str = ""
    newline: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """What was read: sources, the cases they are about, and everything that was not carried."""

    sources: tuple[Source, ...] = ()
    cases: tuple[Case, ...] = ()
    losses: tuple[Loss, ...] = ()


def clean(text: str) -> tuple[str, tuple[Loss, ...]]:
    """Return `text` with line feeds as its only line ends and nothing that is no character.

    Halves of surrogate pairs, NULs and other control codes become U+FFFD, one for one, and are
    counted. Nothing else is changed: no normal form, no blanks, no quotation marks.

    Raises
    ------
    CodingError
        The text is longer than `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        wrong = f"The text has {len(text):,} characters; a source has at most {MAX_CHARACTERS:,}."
        raise CodingError(wrong, do="Cut it into several files.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text, halves = _SURROGATE.subn("\ufffd", text)
    text, codes = _CONTROL.subn("\ufffd", text)
    counted = (
        (
            "half character",
            "half of a surrogate pair is no character; U+FFFD stands for it",
            halves,
        ),
        ("control code", "a control code is no character; U+FFFD stands for it", codes),
    )
    losses = tuple(Loss(kind, why, n, severity="changed") for kind, why, n in counted if n)
    return text, losses


def merge_losses(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Add up losses of one kind, reason and severity; places are named up to twenty."""
    found: dict[tuple[str, str, str], Loss] = {}
    for loss in losses:
        key = (loss.severity, loss.kind, loss.why)
        if key in found:
            had = found[key]
            where = tuple(dict.fromkeys((*had.where, *loss.where)))[:20]
            loss = replace(had, count=had.count + loss.count, where=where)  # noqa: PLW2901 (summed)
        found[key] = loss
    return tuple(found[key] for key in sorted(found))


def place_losses(losses: Iterable[Loss], file: str) -> tuple[Loss, ...]:
    """Return the losses, each with the file it arose in."""
    return tuple(replace(loss, where=loss.where or (file,)) for loss in losses)


def to_material(draft: Draft, path: Path, file: str, data: bytes) -> Material:
    """Make the one source of a file; its id is the file's name without the ending.

    The text may begin with lines such as ``who: parent`` and ``site: north``, ended by a blank
    line: they become attributes and are not part of the text (see `split_header`).

    Parameters
    ----------
    draft : Draft
        The words.
    path, file : pathlib.Path, str
        The file, and its name in messages.
    data : bytes
        The file's bytes, for the fingerprint.

    Raises
    ------
    ProjectError
        There are no words, or ``text_type`` is unknown.
    """
    header, body, line = ({}, draft.text, 0) if draft.voiced else split_header(draft.text)
    text_type = header.pop("text_type", "verbatim")
    title = header.pop("title", "") or draft.title
    faults = _faults(file, body, text_type)
    if faults:
        raise ProjectError(faults)
    source = Source(
        id=path.stem,
        text=body,
        title=title,
        text_type=cast("Literal['verbatim', 'paraphrase']", text_type),
        attributes=header,
        file=file,
        line=line,
        turns=draft.turns if draft.voiced else find_turns(body),
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=draft.encoding,
        newline=draft.newline,
    )
    return Material((source,), losses=place_losses(draft.losses, file))


def split_header(text: str) -> tuple[dict[str, str], str, int]:
    """Return the header's keys and values, the text after it, and the line the text begins on."""
    head, blank, body = text.partition("\n\n")
    found = [_HEADER_LINE.fullmatch(line) for line in head.split("\n")]
    pairs = [(match[1], match[2].rstrip()) for match in found if match]
    header = dict(pairs)
    whole = len(pairs) == len(found) and len(header) == len(pairs)
    if not (blank and whole and _KNOWN & header.keys()):
        return {}, text, 1
    stripped = body.lstrip("\n")
    return header, stripped, len(found) + 2 + len(body) - len(stripped)


def newline_of(data: str) -> str:
    """Return which line ends a text was written with: ``LF``, ``CRLF``, ``CR``, ``mixed`` or none."""
    both = data.count("\r\n")
    ends = {"CRLF": both, "CR": data.count("\r") - both, "LF": data.count("\n") - both}
    used = [name for name, count in ends.items() if count]
    return used[0] if len(used) == 1 else "mixed" if used else ""


def joined(materials: Sequence[Material]) -> Material:
    """Return several files' material as one."""
    return Material(
        tuple(source for one in materials for source in one.sources),
        tuple(case for one in materials for case in one.cases),
        merge_losses(loss for one in materials for loss in one.losses),
    )


def _faults(file: str, body: str, text_type: str) -> list[Fault]:
    faults = []
    if not body.strip():
        faults.append(Fault(file, 0, "The file has no words in it.", "Fill it, or delete it."))
    if text_type not in TEXT_TYPES:
        do = f"Write verbatim or paraphrase.{nearest(text_type, TEXT_TYPES)}"
        faults.append(Fault(file, 1, f"`text_type` cannot be `{text_type}`.", do))
    return faults
