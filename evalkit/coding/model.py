"""Sources, the segments of them that were coded, the codebook, and who put which code where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evalkit.errors import CodingError

ONE_CODER = "one coder: agreement not known"
"""The reason that stands in place of a coefficient where only one person coded."""

Says = Literal["for", "against", "mixed", "nil", "mechanism", "context", "rival"]


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
    """

    id: str
    text: str
    title: str = ""
    text_type: Literal["verbatim", "paraphrase"] = "verbatim"
    attributes: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    line: int = 0


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


@dataclass(frozen=True, slots=True)
class Codebook:
    """All codes, by id."""

    codes: Mapping[str, Code] = field(default_factory=dict)
    version: int = 1
    file: str = "codebook.yaml"


@dataclass(frozen=True, slots=True)
class Coding:
    """A coder's judgement: this code on this segment."""

    segment: Segment
    code: str
    coder: str
    on: str = ""
    note: str = ""
    file: str = ""
    line: int = 0

    @property
    def id(self) -> str:
        """``coding:source:start-end:code:coder``."""
        return f"coding:{self.segment.id}:{self.code}:{self.coder}"


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
