"""The roster: names and their variants, and the pseudonym that each gets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from evalkit.coding.passages import folded
from evalkit.coding.pseudonyms.lexicon import NAMES_THAT_ARE_WORDS, NOT_AFTER_A_NAME
from evalkit.coding.rows import Row, read_table
from evalkit.errors import Fault, ProjectError, nearest

COLUMNS = ("name", "pseudonym")
MORE_COLUMNS = ("variants", "match")
Match = Literal["", "any", "exact"]
_PARTED = re.compile(r"[;|\n]")
_BEGINS = re.compile(r"(?:^|[.!?…:;\n\"“”\u2018(\[—\u2013-])\s*$")
_NEXT = re.compile(r"[ \t]+([A-Za-z']+)")


@dataclass(frozen=True, slots=True)
class Person:
    """A person, school or place, as the roster has it.

    Attributes
    ----------
    name, pseudonym : str
    variants : tuple of str
        Other ways the name is written, said or misheard.
    match : {"", "any", "exact"}
        ``any`` finds the name in capitals and small letters alike, ``exact`` only as it is
        written. Empty: ``any``, but for names that are words as well (Grace, Will), where the
        first letter must be a capital.
    line : int
        In the roster's file.
    """

    name: str
    pseudonym: str
    variants: tuple[str, ...] = ()
    match: Match = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A name of the roster in a text.

    Attributes
    ----------
    start, end : int
        Code points, half open.
    pseudonym : str
    doubtful : bool
        It is a word as well, and begins a sentence: a person should look at it.
    word : bool
        It was taken for the word, and is left as it is.
    """

    start: int
    end: int
    pseudonym: str
    doubtful: bool = False
    word: bool = False


@dataclass(frozen=True)
class Roster:
    """Names and their pseudonyms."""

    people: tuple[Person, ...] = ()

    @cached_property
    def forms(self) -> dict[str, tuple[Person, str]]:
        """Every name and variant in its plain form, with whose it is and as it is written."""
        return {
            plain(form): (person, form)
            for person in self.people
            for form in (person.name, *person.variants)
        }

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """What finds all forms, the longest first."""
        longest = sorted(self.forms, key=lambda form: (-len(form), form))
        if not longest:
            return None
        return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest))})(?![^\W_])")


def plain(text: str) -> str:
    """Return a name without accents, capitals and the form of its marks."""
    return _plain(text)[0].strip()


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the plain form of a text, and the place each of its characters came from."""
    if text.isascii() and "  " not in text and not re.search(r"[^\S ]", text):
        return text.lower(), list(range(len(text)))
    marks, places = folded(text)
    kept = [
        (mark, at)
        for mark, at in zip(marks, places, strict=True)
        if mark.isascii() or unicodedata.category(mark) not in ("Mn", "Cf")
    ]
    return "".join(mark for mark, _ in kept), [at for _, at in kept]


def find_names(text: str, roster: Roster) -> Iterator[Found]:
    """Yield the roster's names in a text, in order; of two that overlap, the first and longest.

    Accents, the form of apostrophes and hyphens, and line ends between the parts of a name do not
    matter; a name inside a longer word is none.
    """
    if roster.pattern is None:
        return
    folded_text, places = _plain(text)
    for match in roster.pattern.finditer(folded_text):
        person, form = roster.forms[match[0]]
        start, end = places[match.start()], places[match.end() - 1] + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        found = _judged(text, start, end, person, form)
        if found:
            yield found


def _judged(text: str, start: int, end: int, person: Person, form: str) -> Found | None:
    """Say whether the words at a place are the name, or a word that is written alike."""
    there = text[start:end]
    if person.match == "exact":
        return Found(start, end, person.pseudonym) if there == form else None
    if person.match == "any" or plain(form) not in NAMES_THAT_ARE_WORDS:
        return Found(start, end, person.pseudonym)
    if not there[0].isupper():
        return None
    if not _BEGINS.search(text[max(0, start - 40) : start]):
        return Found(start, end, person.pseudonym)
    after = _NEXT.match(text, end)
    word = after is not None and after[1].lower() in NOT_AFTER_A_NAME
    return Found(start, end, person.pseudonym, doubtful=True, word=word)


def read_roster(path: Path, *, file: str = "") -> Roster:
    """Read a roster.

    Parameters
    ----------
    path : pathlib.Path
        CSV with the columns name, pseudonym and, where wanted, variants (parted by ``;``) and
        match (``exact`` or ``any``; see `Person`).
    file : str, optional
        Name of the file in messages; the path's own name by default.

    Returns
    -------
    Roster

    Raises
    ------
    ProjectError
        Every row without a name or pseudonym, and every name or pseudonym that two people share.
    """
    file = file or path.name
    if not path.is_file():
        do = f"Write it with the columns {', '.join(COLUMNS)}."
        raise ProjectError([Fault(file, 0, f"There is no file `{file}`.", do)])
    table = read_table(path, file, COLUMNS)
    known = (*COLUMNS, *MORE_COLUMNS)
    unknown = [name for name in table.columns if name not in known]
    do = f"Known columns: {', '.join(known)}."
    faults = [
        *table.faults,
        *(Fault(file, 1, f"`{it}` is not a column that is known here.", do) for it in unknown),
        *(fault for row in table.rows for fault in _row_faults(row, file)),
    ]
    people = tuple(_person(row) for row in table.rows)
    faults += _shared(people, file)
    if faults:
        raise ProjectError(faults)
    return Roster(people)


def _row_faults(row: Row, file: str) -> Iterator[Fault]:
    for column in COLUMNS:
        if not row.cell(column):
            yield Fault(file, row.line, f"The row has no `{column}`.", "Fill it in.")
    if row.cell("match").lower() not in ("", "any", "exact"):
        wrong = f"`match` cannot be `{row.cell('match')}`."
        hint = nearest(row.cell("match").lower(), ("any", "exact"))
        yield Fault(file, row.line, wrong, f"Write any or exact, or leave it blank.{hint}")
    for form in _forms(row):
        if len(plain(form)) < 2:
            wrong = f"`{form}` is too short to be looked for."
            yield Fault(file, row.line, wrong, "Write at least two letters.")
    pseudonym = row.cell("pseudonym")
    if plain(pseudonym) in {plain(form) for form in _forms(row)}:
        wrong = f"The pseudonym `{pseudonym}` is one of the person's own names."
        yield Fault(file, row.line, wrong, "Choose another one.")


def _forms(row: Row) -> list[str]:
    cells = [row.cell("name"), *_PARTED.split(row.cell("variants"))]
    return [cell.strip() for cell in cells if cell.strip()]


def _person(row: Row) -> Person:
    match: Match = {"any": "any", "exact": "exact"}.get(row.cell("match").lower(), "")  # type: ignore[assignment]
    name, *variants = _forms(row) or [""]
    return Person(name, row.cell("pseudonym"), tuple(variants), match, row.line)


def _shared(people: Sequence[Person], file: str) -> Iterator[Fault]:
    """Yield faults for names that two people have, and pseudonyms that would make two people one."""
    names: dict[str, int] = {}
    given: dict[str, int] = {}
    for person in people:
        own = {plain(form): form for form in (person.name, *person.variants) if form}
        for key, form in own.items():
            if key in names:
                wrong = f"`{form}` is a name of the row on line {names[key]} already."
                do = "Keep it with one of them, or add a surname to tell them apart."
                yield Fault(file, person.line, wrong, do)
            names.setdefault(key, person.line)
        key = plain(person.pseudonym)
        if key and key in given:
            wrong = f"The pseudonym `{person.pseudonym}` stands on line {given[key]} already."
            yield Fault(file, person.line, wrong, "Give each person one of their own.")
        given.setdefault(key, person.line)
