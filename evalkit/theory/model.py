"""The theory of change as frozen records: nodes in sections, links that are causal claims."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Section = Literal[
    "context", "inputs", "activities", "outputs", "early_outcomes", "outcomes", "impact"
]
SECTIONS: tuple[Section, ...] = (
    "context",
    "inputs",
    "activities",
    "outputs",
    "early_outcomes",
    "outcomes",
    "impact",
)
Belief = Literal["unlikely", "possible", "likely", "very likely"]


@dataclass(frozen=True, slots=True)
class Prior:
    """Prior research on a link or node: what it says, from where, how far that is from here."""

    says: Literal["for", "against", "mixed"]
    words: str
    source: str
    distance: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the theory.

    Attributes
    ----------
    id : str
        The key it has in ``theory.yaml``.
    section : str
        The column it stands in, one of `SECTIONS`.
    words : str
        What the box says.
    measure : tuple of str
        Ids of the outcomes of the protocol that measure it.
    line : int
        Its line in ``theory.yaml``.
    prior : tuple of Prior
        Earlier research on it (for example on how great a need is).
    """

    id: str
    section: Section
    words: str
    measure: tuple[str, ...] = ()
    line: int = 0
    prior: tuple[Prior, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A causal claim: `source` leads to `target`.

    Attributes
    ----------
    source, target : str
        Ids of the nodes it joins (keys ``from`` and ``to`` of the file).
    because : str
        Why it should hold.
    assumes : tuple of str
        What must be true for it to hold.
    context : str
        In which setting it is claimed (key ``in``).
    expect : str
        When the effect should show, in words.
    belief : str or None
        How likely the authors held it to be before the data.
    if_true_we_see, if_false_we_see : tuple of str
        Signs to look for.
    prior : tuple of Prior
        Earlier research on it.
    loop : bool
        True for a feedback loop, which runs against the order of the sections.
    line : int
        Its line in ``theory.yaml``.
    prior_unknown : bool
        True where the authors say openly that they know of no earlier research
        (``prior: not known``).
    """

    source: str
    target: str
    because: str = ""
    assumes: tuple[str, ...] = ()
    context: str = ""
    expect: str = ""
    belief: Belief | None = None
    if_true_we_see: tuple[str, ...] = ()
    if_false_we_see: tuple[str, ...] = ()
    prior: tuple[Prior, ...] = ()
    loop: bool = False
    line: int = 0
    prior_unknown: bool = False

    @property
    def id(self) -> str:
        """The name of the link in every file: ``"source -> target"``."""
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True, slots=True)
class Setting:
    """A realist statement: in this setting, this happens in people, so this follows (or not)."""

    setting: str
    people: str
    so: str
    holds: bool = True
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rival:
    """Another explanation of the same change, and how it would be checked.

    `first` and `last` are the years in which it was at work, and `where` the places it reached
    (empty: everywhere); with them it can be said what cannot be told apart.
    """

    id: str
    words: str
    check: str = ""
    links: tuple[str, ...] = ()
    line: int = 0
    first: int | None = None
    last: int | None = None
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shaper:
    """Who shaped the theory: which nodes or links they put forward, and disagreed with."""

    who: str
    when: str = ""
    put_forward: tuple[str, ...] = ()
    disagreed_with: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One version of the theory: what changed, when, why, and who agreed."""

    version: int
    what: str
    when: str = ""
    why: str = ""
    agreed_by: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Theory:
    """A theory of change.

    Attributes
    ----------
    purpose : str
        What it is all for.
    nodes : tuple of Node
        In the order of the file, sections in the order of `SECTIONS`.
    links : tuple of Link
        One for each pair of nodes joined; a list in ``from`` or ``to`` has become several.
    works_when, rivals, shaped_by, changes : tuple
        See `Setting`, `Rival` (key ``other_explanations``), `Shaper` (``who_shaped_this``), `Change`.
    version : int
        Version of the theory.
    agreed_by : tuple of str
        Who owns this version.
    file : str
        The file it was read from, as shown in messages.
    """

    purpose: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    works_when: tuple[Setting, ...] = ()
    rivals: tuple[Rival, ...] = ()
    shaped_by: tuple[Shaper, ...] = ()
    changes: tuple[Change, ...] = ()
    version: int = 1
    agreed_by: tuple[str, ...] = ()
    file: str = "theory.yaml"

    def node(self, id: str) -> Node:
        """Return the node with this id (KeyError when there is none)."""
        return {node.id: node for node in self.nodes}[id]

    def link(self, id: str) -> Link:
        """Return the link named ``"a -> b"`` (KeyError when there is none)."""
        return {link.id: link for link in self.links}[id]

    @classmethod
    def read(cls, path: str | Path, *, file: str = "") -> Theory:
        """Read ``theory.yaml`` from a project folder, or a theory from a file of any name.

        Raises
        ------
        ProjectError
            Every key, box and link that does not fit, with its line.
        """
        from evalkit.theory.read import read_theory

        path = Path(path)
        return read_theory(path / "theory.yaml" if path.is_dir() else path, file=file)

    def measured_by(self, outcome: str) -> tuple[Node, ...]:
        """Return the nodes that an outcome of the protocol measures."""
        return tuple(node for node in self.nodes if outcome in node.measure)
