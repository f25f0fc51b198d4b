"""Sources, the segments of them that were coded, the codebook, and who put which code where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from evalkit.errors import CodingError

ONE_CODER = "one coder: agreement not known"
"""The reason that stands in place of a coefficient where only one person coded."""

Says = Literal["for", "against", "mixed", "nil", "mechanism", "context", "rival"]
Origin = Literal["human", "accepted suggestion", "rule"]
Kind = Literal["Text", "Boolean", "Integer", "Float", "Date", "DateTime"]
Missing = Literal["", "not asked", "refused", "not applicable", "not known"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of a source that one person speaks, in code points, half open."""

    start: int
    end: int
    speaker: str


@dataclass(frozen=True, slots=True)
class Source:
    """A text, as somebody gave it.

    Attributes
    ----------
    id, title, text : str
        Id; title; the whole text, decoded once, every line end a line feed.
    text_type : {"verbatim", "paraphrase"}
        A paraphrase is never printed in quotation marks.
    attributes : mapping of str to str
        ``speaker``, ``date``, ``kind``, ``url``, ``licence`` ... as the file has them.
    file, line : str, int
        Where it was read from.
    guid : str
        The id other programs know it by; empty when it never left this one.
    turns : tuple of Turn
        Who speaks where, when the format says it; in order, never overlapping.
    sha256, encoding, newline : str
        Of the bytes it was decoded from; the line ends are ``LF``, ``CRLF``, ``CR`` or ``mixed``.
    version : int
        A corrected transcript is a new version of the same id.
    on, by : str
        When and by whom it was made or added.
    """

    id: str
    text: str
    title: str = ""
    text_type: Literal["verbatim", "paraphrase"] = "verbatim"
    attributes: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    line: int = 0
    guid: str = ""
    turns: tuple[Turn, ...] = ()
    sha256: str = ""
    encoding: str = ""
    newline: str = ""
    version: int = 1
    on: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of a source in code points, half open, carrying its own words."""

    source: str
    start: int
    end: int
    quote: str

    @property
    def id(self) -> str:
        """``source:start-end``, the way evidence is pointed at in every file."""
        return f"{self.source}:{self.start}-{self.end}"

    def verify(self, source: Source) -> None:
        """Raise `CodingError` unless the span of `source` is exactly the quote."""
        if source.text[self.start : self.end] != self.quote:
            raise CodingError(
                f"The words at {self.id} are no longer those that were coded.",
                do="Code the passage again.",
                file=source.file,
                line=source.line,
            )


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the codebook.

    Attributes
    ----------
    id, parent, words : str
        Id; id of the parent code or empty; name for people.
    says : str
        What a passage with this code says of `links`: for, against, mixed, nil (looked and saw no
        change), mechanism (how), context (when it holds), rival (another explanation).
    links : tuple of str
        Links of the theory (``"a -> b"``) it speaks to.
    rival : str
        Id of the rival explanation, when it says one.
    define, include, exclude, example : str
        Rules for the coder.
    line : int
        Its line in ``codebook.yaml``.
    guid, colour : str
        The id other programs know it by; ``#rrggbb`` or empty.
    codable : bool
        Whether passages may carry it; a heading of the tree only groups others.
    version : int
        Raised whenever its meaning is changed.

    Notes
    -----
    `words` is unique among the children of one parent only: two branches may have homonyms.
    """

    id: str
    words: str
    says: Says = "for"
    links: tuple[str, ...] = ()
    rival: str = ""
    parent: str = ""
    define: str = ""
    include: str = ""
    exclude: str = ""
    example: str = ""
    line: int = 0
    guid: str = ""
    colour: str = ""
    codable: bool = True
    version: int = 1


@dataclass(frozen=True)
class Codebook:
    """All codes, flat and in order; a code names its `parent`."""

    codes: tuple[Code, ...] = ()
    version: int = 1
    file: str = "codebook.yaml"

    @cached_property
    def by_id(self) -> Mapping[str, Code]:
        """The codes by their ids, in the same order."""
        return MappingProxyType({code.id: code for code in self.codes})


@dataclass(frozen=True, slots=True)
class Coding:
    """A coder's judgement: this code on this segment.

    Attributes
    ----------
    segment : Segment
    code, coder : str
        Ids of the code and of who put it there.
    on : str
        When, as an ISO 8601 date or date and time.
    note : str
        What the coder wrote beside it.
    file, line : str, int
        Where it was read from.
    round : str
        The round of coding; a consensus round never replaces what coders said before.
    origin : {"human", "accepted suggestion", "rule"}
    guid : str
        The id other programs know it by.
    selection : str
        Guid of the marked passage it stands on in other programs, which may carry several codings;
        the source's own guid when the whole source was coded.
    """

    segment: Segment
    code: str
    coder: str
    on: str = ""
    note: str = ""
    file: str = ""
    line: int = 0
    round: str = ""
    origin: Origin = "human"
    guid: str = ""
    selection: str = ""

    @property
    def id(self) -> str:
        """``coding:source:start-end:code:coder``."""
        return f"coding:{self.segment.id}:{self.code}:{self.coder}"


@dataclass(frozen=True, slots=True)
class Value:
    """An attribute of a case or source: text as it stands in the file, its kind, or why there is none."""

    text: str
    kind: Kind = "Text"
    missing: Missing = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """What attributes of cases and sources of one name are: their kind and what they mean."""

    id: str
    kind: Kind = "Text"
    note: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A person, household, school or place that evidence is about; sources are not cases.

    Attributes
    ----------
    id, words : str
    attributes : mapping of str to Value
    sources : tuple of str
        Ids of sources that are wholly about it.
    segments : tuple of Segment
        Passages of other sources that are about it.
    note, guid : str
    """

    id: str
    words: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    note: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Memo:
    """What a person wrote down while coding.

    `about` holds ids of anything: a source, segment, code, coding, case, link or another memo.
    """

    id: str
    text: str
    words: str = ""
    by: str = ""
    on: str = ""
    kind: Literal["analytic", "reflexive", "method", "decision", ""] = ""
    about: tuple[str, ...] = ()
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A causal statement that a source makes; counts of claims are breadth, never probability.

    Attributes
    ----------
    segment : Segment
        Where it is said.
    cause, effect : str
        Ids of nodes of the theory, or of codes, or the source's own words.
    sign : {"+", "-", "none", "blocked"}
        More of the cause gives more, less, no change of the effect; or something stood in the way.
    mechanism, context : str
        How and when it holds, as said.
    case, stance : str
        Who claims it: the case's id, and participant, staff, funder, independent or empty.
    prompted : {"no", "yes", "leading", ""}
    first_hand : bool or None
        None when not recorded.
    coder, on, id, guid : str
    """

    segment: Segment
    cause: str
    effect: str
    sign: Literal["+", "-", "none", "blocked"] = "+"
    mechanism: str = ""
    context: str = ""
    case: str = ""
    stance: str = ""
    prompted: Literal["no", "yes", "leading", ""] = ""
    first_hand: bool | None = None
    coder: str = ""
    on: str = ""
    id: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A named tie between two things of a project, by their ids (or guids in exchange files)."""

    id: str
    origin: str
    target: str
    words: str = ""
    direction: Literal["Associative", "OneWay", "Bidirectional"] = "OneWay"
    colour: str = ""
    note: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of codes, sources and memos."""

    id: str
    words: str
    members: tuple[str, ...] = ()
    note: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Vertex:
    """Something drawn on a graph: what it stands for, and where."""

    guid: str
    represents: str = ""
    words: str = ""
    x: int = 0
    y: int = 0
    x2: int | None = None
    y2: int | None = None
    shape: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two vertices of a graph."""

    guid: str
    origin: str
    target: str
    represents: str = ""
    words: str = ""
    direction: str = ""
    style: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """A drawing of codes, cases or nodes and the links between them."""

    id: str
    words: str = ""
    vertices: tuple[Vertex, ...] = ()
    edges: tuple[Edge, ...] = ()
    guid: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """A person who codes, under the name codings carry."""

    id: str
    words: str = ""
    guid: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something an import or export could not carry, or changed: nothing is lost in silence.

    Attributes
    ----------
    kind : str
        The element, such as ``PictureSelection``.
    why : str
        Why it was not carried, in words.
    count : int
    where : tuple of str
        Names or ids, at most twenty.
    severity : {"lost", "changed", "deviation"}
        Not carried; carried in another form; the file departs from its standard and was read anyway.
    """

    kind: str
    why: str
    count: int = 1
    where: tuple[str, ...] = ()
    severity: Literal["lost", "changed", "deviation"] = "lost"


@dataclass(frozen=True)
class CodingProject:
    """Everything of a coded project: what readers return, writers take and the store keeps."""

    name: str = ""
    sources: tuple[Source, ...] = ()
    codebook: Codebook = field(default_factory=Codebook)
    codings: tuple[Coding, ...] = ()
    cases: tuple[Case, ...] = ()
    memos: tuple[Memo, ...] = ()
    claims: tuple[Claim, ...] = ()
    links: tuple[Link, ...] = ()
    sets: tuple[Collection, ...] = ()
    graphs: tuple[Graph, ...] = ()
    users: tuple[User, ...] = ()
    losses: tuple[Loss, ...] = ()
    note: str = ""
    guid: str = ""
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient of agreement between coders, or the reason why there is none.

    Attributes
    ----------
    coefficient : str
        ``"Krippendorff's alpha"`` and the like.
    value : float or None
        None when undefined; `reason` then says why.
    low, high, level : float or None, float
        Bootstrap interval over units and its level.
    n_units, n_coders, n_pairable : int
        Units rated at all; coders; values that can be paired.
    unit, level_of_measurement, reason, code : str
        What was compared, on which level, why undefined, and which code (empty: all).
    note : str
        What to know beside the value: why there is no interval, which material was counted.
    """

    coefficient: str
    value: float | None
    low: float | None
    high: float | None
    n_units: int
    n_coders: int
    n_pairable: int
    reason: str = ""
    unit: str = ""
    level_of_measurement: str = "nominal"
    level: float = 0.95
    code: str = ""
    note: str = ""
