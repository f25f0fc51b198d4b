"""Names and identifiers of a whole project replaced, and put back with the key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from evalkit.coding.model import CodingProject
from evalkit.coding.pseudonyms.back import mover_back, prepared_back
from evalkit.coding.pseudonyms.edits import replacing
from evalkit.coding.pseudonyms.identify import checked
from evalkit.coding.pseudonyms.key import Key
from evalkit.coding.pseudonyms.names import unknown_names
from evalkit.coding.pseudonyms.rebuild import rebuilt
from evalkit.coding.pseudonyms.roster import Roster
from evalkit.coding.pseudonyms.shift import Edit
from evalkit.coding.pseudonyms.there import key_of, mover_there, prepared

PSEUDONYMISED = (
    "Names of the roster and identifiers that were found are replaced. The texts remain personal "
    "data: who knows the people or the place may know them by what they tell, and names that "
    "nobody listed may still stand there. Read what waits for review, and keep the key apart."
)


@dataclass(frozen=True)
class Pseudonymised:
    """A project with names and identifiers replaced.

    Attributes
    ----------
    project : CodingProject
        Every passage moved with its text, its words those of the new text.
    key : Key
        What leads back: write it with `write_key`, outside the project.
    replaced : pandas.DataFrame
        ``kind`` (name or a kind of identifier), ``times``, ``different`` in the texts of sources.
    doubtful : pandas.DataFrame
        Names that are words as well and begin a sentence: ``source``, ``start``, ``end`` (in the
        old text), ``words``, ``replaced``, ``around``.
    review : pandas.DataFrame
        Names that are in nobody's roster; see `unknown_names`.
    note : str
        What this does not do.
    """

    project: CodingProject
    key: Key
    replaced: pd.DataFrame
    doubtful: pd.DataFrame
    review: pd.DataFrame
    note: str = PSEUDONYMISED


@dataclass(frozen=True, slots=True)
class Restored:
    """A project with its names put back, and the places that were changed since and stay."""

    project: CodingProject
    left: tuple[str, ...] = ()


def pseudonymise(
    project: CodingProject, roster: Roster, *, identifiers: Collection[str] | None = None
) -> Pseudonymised:
    """Replace names and identifiers in everything a project holds.

    Texts, titles, attributes, speakers, notes, memos, cases, claims, descriptions and examples of
    codes, and ids of sources and cases. Names of coders stay. Passages move with their text; one
    that ends inside a name grows to its end.

    Parameters
    ----------
    project : CodingProject
        It is not changed.
    roster : Roster
        Names, their variants, and the pseudonym each gets.
    identifiers : collection of str, optional
        Kinds of `IDENTIFIERS` to replace by ``[phone 1]`` and the like; all by default.

    Returns
    -------
    Pseudonymised

    Raises
    ------
    CodingError
        There is no such kind, or a passage's words are not those of its source.
    """
    how = replacing(roster, checked(identifiers), project.sources)
    there = prepared(project, how)
    made = rebuilt(project, mover_there(there, frozenset(project.codebook.by_id)))
    _verify(made)
    return Pseudonymised(
        project=made,
        key=key_of(there),
        replaced=_replaced(there.edits),
        doubtful=pd.DataFrame(there.doubtful, columns=list(_DOUBTFUL)),
        review=unknown_names(made.sources, roster),
    )


_DOUBTFUL = ("source", "start", "end", "words", "replaced", "around")


def _replaced(edits: Mapping[str, list[Edit]]) -> pd.DataFrame:
    every = [edit for of_source in edits.values() for edit in of_source]
    times = Counter(edit.kind for edit in every)
    different = Counter(kind for kind, _ in {(edit.kind, edit.new) for edit in every})
    rows = [(kind, times[kind], different[kind]) for kind in sorted(times)]
    return pd.DataFrame(rows, columns=["kind", "times", "different"])


def restore(project: CodingProject, key: Key) -> Restored:
    """Put the names back, exactly as they stood.

    What was coded, noted or claimed since on the pseudonymised texts moves with them.

    Parameters
    ----------
    project : CodingProject
    key : Key

    Returns
    -------
    Restored
        Its ``left`` names fields (a note, a memo) that were changed since: they keep pseudonyms.

    Raises
    ------
    CodingError
        The text of a source is not the one the key is of.
    """
    back = prepared_back(project, key)
    made = rebuilt(project, mover_back(back, frozenset(project.codebook.by_id)))
    _verify(made)
    return Restored(made, tuple(back.left))


def _verify(project: CodingProject) -> None:
    """Check that every passage still is what its text says there."""
    by_id = {source.id: source for source in project.sources}
    parts = [part for case in project.cases for part in case.segments]
    parts += [coding.segment for coding in project.codings]
    parts += [claim.segment for claim in project.claims]
    for part in parts:
        part.verify(by_id[part.source])
