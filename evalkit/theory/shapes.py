"""The shape of ``theory.yaml`` as it stands in the file: keys, kinds of value, nothing more.

These dataclasses are the one description of the file: it is checked against them, and the
published JSON Schema is made from them. `evalkit.theory.read` turns them into a `Theory`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from evalkit.files.record import CONFIG
from evalkit.theory.model import Belief

Words = str | tuple[str, ...]
"""One entry, or a list of them."""


@dataclass(frozen=True, slots=True)
class PriorShape:
    """What earlier research says: ``{says: for, words: ..., source: ..., distance: ...}``."""

    __pydantic_config__ = CONFIG
    says: Literal["for", "against", "mixed"]
    words: str
    source: str
    distance: str = ""


@dataclass(frozen=True, slots=True)
class NodeShape:
    """A box in its longer form: ``{words: ..., measure: outcome}``."""

    __pydantic_config__ = CONFIG
    words: str
    measure: Words = ()
    prior: PriorShape | tuple[PriorShape, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkShape:
    """A link in its longer form: ``{from: a, to: b, because: ...}``."""

    __pydantic_config__ = CONFIG
    from_: Annotated[Words, Field(alias="from")]
    to: Words
    because: str = ""
    assumes: Words = ()
    in_: Annotated[str, Field(alias="in")] = ""
    expect: str = ""
    belief: Belief | None = None
    if_true_we_see: Words = ()
    if_false_we_see: Words = ()
    prior: Literal["not known"] | PriorShape | tuple[PriorShape, ...] = ()
    loop: bool = False


@dataclass(frozen=True, slots=True)
class SettingShape:
    """``{in: setting, people: what they do, so: node}``, or ``so: not node``."""

    __pydantic_config__ = CONFIG
    in_: Annotated[str, Field(alias="in")]
    people: str
    so: str


@dataclass(frozen=True, slots=True)
class RivalShape:
    """Another explanation: ``{id: ..., words: ..., check: ..., links: [...]}``.

    ``from: 2003, to: 2011, where: [London]`` say when and where it was at work.
    """

    __pydantic_config__ = CONFIG
    id: str
    words: str
    check: str = ""
    links: Words = ()
    from_: Annotated[int | None, Field(alias="from")] = None
    to: int | None = None
    where: Words = ()


@dataclass(frozen=True, slots=True)
class ShaperShape:
    """Who shaped the theory, and which of its parts they put forward or disagreed with."""

    __pydantic_config__ = CONFIG
    who: str
    when: str = ""
    put_forward: Words = ()
    disagreed_with: Words = ()


@dataclass(frozen=True, slots=True)
class ChangeShape:
    """One version: ``{version: 2, when: ..., what: ..., why: ..., agreed_by: [...]}``."""

    __pydantic_config__ = CONFIG
    version: Annotated[int, Field(ge=1)]
    what: str
    when: str = ""
    why: str = ""
    agreed_by: Words = ()


Boxes = dict[str, str | NodeShape]


@dataclass(frozen=True, slots=True)
class TheoryFile:
    """``theory.yaml``: boxes by section, links between them, and what is said about both."""

    __pydantic_config__ = CONFIG
    format: Literal["evalkit/1"]
    version: Annotated[int, Field(ge=1)] = 1
    purpose: str = ""
    context: Boxes = field(default_factory=dict)
    inputs: Boxes = field(default_factory=dict)
    activities: Boxes = field(default_factory=dict)
    outputs: Boxes = field(default_factory=dict)
    early_outcomes: Boxes = field(default_factory=dict)
    outcomes: Boxes = field(default_factory=dict)
    impact: Boxes = field(default_factory=dict)
    links: tuple[str | LinkShape, ...] = ()
    works_when: tuple[SettingShape, ...] = ()
    other_explanations: tuple[RivalShape, ...] = ()
    who_shaped_this: tuple[ShaperShape, ...] = ()
    changes: tuple[ChangeShape, ...] = ()
    agreed_by: Words = ()
