"""What the store hands out: things as they are kept, events of the log, and its own errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from evalkit.coding.model import (
    Case,
    Claim,
    Code,
    Coding,
    Collection,
    Graph,
    Link,
    Loss,
    Memo,
    Source,
    User,
    Variable,
)
from evalkit.errors import CodingError

Verb = Literal["add", "remove", "edit", "move", "recode"]
Plain = Mapping[str, Any]
"""A thing as JSON has it."""


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a project as a whole."""

    name: str = ""
    note: str = ""
    guid: str = ""
    codebook_version: int = 1
    codebook_file: str = "codebook.yaml"


Thing = (
    About
    | User
    | Variable
    | Source
    | Code
    | Case
    | Coding
    | Memo
    | Claim
    | Link
    | Collection
    | Graph
    | Loss
)
T = TypeVar("T", bound=Thing)

KINDS: dict[str, type[Thing]] = {
    "project": About,
    "user": User,
    "variable": Variable,
    "source": Source,
    "code": Code,
    "case": Case,
    "coding": Coding,
    "memo": Memo,
    "claim": Claim,
    "link": Link,
    "set": Collection,
    "graph": Graph,
    "loss": Loss,
}
"""Every kind of thing a store keeps, in the order in which they are put in."""

KIND_OF: dict[type[Thing], str] = {kind: name for name, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A thing in a store.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    key : int
        Its number in the store, never given twice to things of one table.
    revision : int
        Raised by every change. A change must name the revision that was looked at.
    value : object
        The thing itself.
    """

    kind: str
    key: int
    revision: int
    value: T


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the log, which only ever grows.

    Attributes
    ----------
    number, step : int
        Its number, from 1; the number of the first event of the same step. What was done in one
        call is one step, and is undone as one.
    at, by : str
        When (ISO 8601) and by whom.
    verb : {"add", "remove", "edit", "move", "recode"}
    kind, key : str, int
        Of what; see `Kept`.
    before, after : mapping or None
        ``revision`` and ``value`` before and after; None before it was added, after it was removed.
    undoes : int
        The event that this one takes back; 0 for none.
    """

    number: int
    step: int
    at: str
    by: str
    verb: Verb
    kind: str
    key: int
    before: Plain | None
    after: Plain | None
    undoes: int = 0


class StoreError(CodingError):
    """A store that cannot be opened, read or written, or a thing that does not fit into it."""


class Conflict(StoreError):  # noqa: N818 (the word people use for it)
    """Somebody else changed the same thing since it was looked at; nothing was overwritten.

    Attributes
    ----------
    yours : object or None
        What would have been written; None for a removal.
    stored : Kept or None
        What stands in the store now; None when it was removed.
    by, at : str
        Who made the last change, and when.
    """

    def __init__(
        self, wrong: str, *, yours: Thing | None, stored: Kept[Any] | None, by: str, at: str
    ) -> None:
        self.yours, self.stored, self.by, self.at = yours, stored, by, at
        super().__init__(wrong, do="Look at both versions, then change the one that is stored now.")
