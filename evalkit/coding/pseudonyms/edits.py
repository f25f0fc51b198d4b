"""Which words of a text are replaced by what: names of the roster, and identifiers by numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from evalkit.coding.model import Source, Turn
from evalkit.coding.pseudonyms.identify import IDENTIFIERS, find_identifiers
from evalkit.coding.pseudonyms.roster import Found, Roster, find_names
from evalkit.coding.pseudonyms.shift import Edit, applied

_PLACEHOLDER = re.compile(rf"\[({'|'.join(map(re.escape, IDENTIFIERS))}) (\d+)\]")
_PARTS_OF_IDS = re.compile(r"[_./\\-]")
_NOT_IN_IDS = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Replacing:
    """The roster, the kinds of identifiers, and the numbers given so far (filled on the way)."""

    roster: Roster
    kinds: Collection[str]
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)

    def placeholder(self, kind: str, words: str) -> str:
        """Return ``[phone 2]``: the same for the same number, however it is written."""
        same = (kind, re.sub(r"\W", "", words).casefold())
        if same not in self.numbers:
            self.last[kind] = self.last.get(kind, 0) + 1
            self.numbers[same] = self.last[kind]
        return f"[{kind} {self.numbers[same]}]"


def replacing(roster: Roster, kinds: Collection[str], sources: Iterable[Source]) -> Replacing:
    """Return a replacing whose numbers go on where placeholders in the texts end."""
    made = Replacing(roster, kinds)
    for source in sources:
        for kind, number in _PLACEHOLDER.findall(source.text):
            made.last[kind] = max(made.last.get(kind, 0), int(number))
    return made


def edits_of(
    text: str, how: Replacing, turns: Sequence[Turn] = (), *, before: str = ""
) -> tuple[list[Edit], list[Found]]:
    """Return the edits of a text, in order, and the names that could be words.

    An identifier that holds a name (an e-mail address) goes as a whole. A name never reaches from
    one turn into the next.
    """
    edits = [
        Edit(it.start, it.end, it.words, how.placeholder(it.kind, it.words), it.kind)
        for it in find_identifiers(text, how.kinds, before=before)
    ]
    held = bytearray(len(text))
    for edit in edits:
        held[edit.start : edit.end] = b"\x01" * (edit.end - edit.start)
    doubtful = []
    for found in _names(text, how.roster, turns):
        if any(held[found.start : found.end]):
            continue
        if found.doubtful:
            doubtful.append(found)
        if not found.word:
            words = text[found.start : found.end]
            edits.append(Edit(found.start, found.end, words, found.pseudonym))
    return sorted(edits, key=lambda edit: edit.start), doubtful


def _names(text: str, roster: Roster, turns: Sequence[Turn]) -> Iterable[Found]:
    cuts = sorted({0, len(text), *(at for turn in turns for at in (turn.start, turn.end))})
    for start, end in pairwise(cuts):
        for found in find_names(text[start:end], roster):
            yield Found(
                found.start + start, found.end + start, found.pseudonym, found.doubtful, found.word
            )


def id_without_names(id: str, how: Replacing) -> str:
    """Return an id (``interview-anna``) or file name without names and identifiers."""
    words = _PARTS_OF_IDS.sub(" ", id)
    edits = edits_of(words, how)[0] or edits_of(id, how)[0]
    spaced = " " in id
    return applied(id, [_as_id(edit, spaced=spaced) for edit in edits])


def _as_id(edit: Edit, *, spaced: bool) -> Edit:
    new = edit.new if spaced else _NOT_IN_IDS.sub("_", edit.new).strip("_")
    return Edit(edit.start, edit.end, edit.old, new, edit.kind)
