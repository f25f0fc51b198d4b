"""The shape of ``protocol.yaml`` as it stands in the file: keys, kinds of value, nothing more.

These dataclasses are the one description of the file: it is checked against them, and the
published JSON Schema is made from them. `evalkit.protocol.read` turns them into the records of
`evalkit.protocol.model`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from evalkit.files.record import CONFIG
from evalkit.protocol.model import Chance, QuestionKind

Words = str | tuple[str, ...]
Plain = bool | int | float | str

_SPAN = re.compile(r"\s*(\S+)\s+to\s+(\S+)\s*\Z")
_MARGIN = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(sd|points?|percentage points?)?\s*\Z", re.IGNORECASE)


def _one_span(text: str) -> str:
    years = span(text)
    if years is None or years[0] > years[1]:
        msg = f"`{text}` is not a span of time.|Write the first and the last, like `2016 to 2017`."
        raise ValueError(msg)
    return text


def span(text: str) -> tuple[float, float] | None:
    """Return first and last of ``"2016 to 2017"``, or None when the text is not of that form."""
    found = _SPAN.match(text)
    try:
        return (float(found[1]), float(found[2])) if found else None
    except ValueError:
        return None


def _one_margin(text: str) -> str:
    if margin(text) is None:
        msg = (
            f"`{text}` is not a size that can be compared with."
            "|Write `0.15 SD`, `2 points` or a number above zero."
        )
        raise ValueError(msg)
    return text


def margin(text: str) -> tuple[float, Literal["points", "SD"]] | None:
    """Return size and unit of ``"0.15 SD"`` or ``"2 points"``; None for anything else or zero."""
    found = _MARGIN.match(text)
    if found is None or float(found[1]) <= 0:
        return None
    return float(found[1]), "SD" if (found[2] or "").lower() == "sd" else "points"


def _one_link(text: str) -> str:
    ends = [end.strip() for end in text.split("->")]
    if len(ends) != 2 or not all(ends):
        msg = f"`{text}` is not a link.|Write it as `a -> b`, with the ids of two boxes."
        raise ValueError(msg)
    return " -> ".join(ends)


def _one_or_more(value: Any) -> Any:
    """Let one value stand for a list of one."""
    return value if value is None or isinstance(value, list) else [value]


Some = Annotated[tuple[str, ...], BeforeValidator(_one_or_more, json_schema_input_type=Words)]
LinkName = Annotated[str, AfterValidator(_one_link)]
Links = Annotated[tuple[LinkName, ...], BeforeValidator(_one_or_more, json_schema_input_type=Words)]
Span = Annotated[str, AfterValidator(_one_span)]
Size = Annotated[str, AfterValidator(_one_margin)]
Rows = Plain | tuple[Plain, ...]
OPEN: dict[str, Any] = {**CONFIG, "extra": "ignore"}


@dataclass(frozen=True, slots=True)
class NewColumnShape:
    """``{from: region, is: [north, south]}`` or ``{from: start, reached_by: year}``."""

    __pydantic_config__ = CONFIG
    from_: Annotated[str, Field(alias="from")]
    is_: Annotated[Some, Field(alias="is")] = ()
    reached_by: str = ""


@dataclass(frozen=True, slots=True)
class TableShape:
    """One entry of ``tables``."""

    __pydantic_config__ = CONFIG
    file: str
    unit: str = ""
    time: str = ""
    cluster: str = ""
    missing: Some = ()
    sheet: str = ""
    needs: str = ""
    join: dict[str, str] = field(default_factory=dict)
    new_columns: dict[str, NewColumnShape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutcomeShape:
    """One entry of ``outcomes``."""

    __pydantic_config__ = CONFIG
    table: str = ""
    column: str = ""
    label: str = ""
    less: str = ""
    gap_in: str = ""
    between: str = ""
    higher_is: Literal["better", "worse", "neither"] = "better"
    smallest_change_that_matters: Size | None = None
    baseline: str = ""
    unit: str = ""
    age: str = ""
    domain: str = ""
    main: bool = False


@dataclass(frozen=True, slots=True)
class QuestionShape:
    """One entry of ``questions``."""

    __pydantic_config__ = CONFIG
    ask: str
    kind: QuestionKind
    links: Links = ()


@dataclass(frozen=True, slots=True)
class CompareShape:
    """Which comparison units: ``{lowest: 30, by: ks2, over: 2016 to 2017}``.

    ``{nearest: 5, by: [ks2, poverty], over: ...}`` are the nearest neighbours of each treated unit.
    """

    __pydantic_config__ = CONFIG
    by: Some
    over: Span
    lowest: Annotated[int, Field(gt=0)] | None = None
    highest: Annotated[int, Field(gt=0)] | None = None
    nearest: Annotated[int, Field(gt=0)] | None = None


@dataclass(frozen=True, slots=True)
class AnalysisShape:
    """One entry of ``analyses``; every further key is an option of its design."""

    __pydantic_config__ = OPEN
    question: str
    design: str
    outcome: Some = ()
    table: str = ""
    keep: dict[str, Rows] = field(default_factory=dict)
    compare_with: CompareShape | None = None
    role: Literal["main", "check", "support"] | None = None
    checks: str = ""
    links: Links = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class ProcessTestShape:
    """One entry of ``tests``."""

    __pydantic_config__ = CONFIG
    link: LinkName
    look_for: str
    if_true: Chance
    if_false: Chance
    rival: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryShape:
    """One entry of ``delivery``: where it is recorded and what was aimed at."""

    __pydantic_config__ = CONFIG
    table: str
    column: str = ""
    target: float | None = None
    kinds: Some = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class ListeningShape:
    """The entry ``listening``."""

    __pydantic_config__ = CONFIG
    sources: str = "sources"
    codings: str = "codings.csv"
    interviews: dict[str, Annotated[int, Field(ge=0)]] = field(default_factory=dict)
    chosen_by: str = ""
    children: str = ""
    second_coder: Annotated[float, Field(ge=0, le=1)] = 0.0
    asked_about: Links = ()


@dataclass(frozen=True, slots=True)
class CalibrateShape:
    """How a column becomes a set: ``{anchors: [20, 50, 80], because: ...}``."""

    __pydantic_config__ = CONFIG
    anchors: tuple[float, ...]
    method: Literal["direct", "crisp", "multi-value"] = "direct"
    convention: Literal["exact", "log odds 3"] = "exact"
    because: str = ""


@dataclass(frozen=True, slots=True)
class SpokenShape:
    """A condition read from codes: those that show it, and those that show its absence."""

    __pydantic_config__ = CONFIG
    present: Some
    absent: Some = ()


@dataclass(frozen=True, slots=True)
class JoiningShape:
    """One entry of ``joining``: how numbers and words are set beside each other.

    With ``how: configurations`` and a ``table`` (one row a case) the combinations of conditions
    that go with the outcome are worked out.
    """

    __pydantic_config__ = CONFIG
    question: str
    how: str
    rows: str = ""
    words: Some = ()
    one_per: str = ""
    then: str = ""
    cases: str = ""
    outcome: str = ""
    conditions: Some = ()
    id: str = ""
    table: str = ""
    calibrate: dict[str, CalibrateShape] = field(default_factory=dict)
    spoken_of: dict[str, SpokenShape] = field(default_factory=dict)
    inclusion: Annotated[float, Field(gt=0, le=1)] = 0.8
    frequency: Annotated[int, Field(ge=1)] = 1
    pri: Annotated[float, Field(ge=0, le=1)] = 0.0
    expect: dict[str, Literal["present", "absent"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CasesShape:
    """The entry ``cases``: who is followed one by one, and with whom they are compared."""

    __pydantic_config__ = CONFIG
    each: str
    compared_with: Some = ()


@dataclass(frozen=True, slots=True)
class SmallNumbersShape:
    """The entry ``small_numbers``: how people are kept from being recognised."""

    __pydantic_config__ = CONFIG
    hide_counts_below: Annotated[int, Field(ge=1)] = 10
    never_split_by: Some = ()


@dataclass(frozen=True, slots=True)
class DepartureShape:
    """One entry of ``departures``."""

    __pydantic_config__ = CONFIG
    what: str
    why: str
    when: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class ProtocolShape:
    """The whole of ``protocol.yaml``."""

    __pydantic_config__ = CONFIG
    format: Literal["evalkit/1"]
    version: Annotated[int, Field(ge=1)] = 1
    tables: dict[str, TableShape] = field(default_factory=dict)
    outcomes: dict[str, OutcomeShape] = field(default_factory=dict)
    harms_to_watch: Some = ()
    questions: dict[str, QuestionShape] = field(default_factory=dict)
    analyses: dict[str, AnalysisShape] = field(default_factory=dict)
    why_not_random: str = ""
    few_units_plan: str = ""
    cases: CasesShape | None = None
    small_numbers: SmallNumbersShape = field(default_factory=SmallNumbersShape)
    delivery: dict[str, DeliveryShape] = field(default_factory=dict)
    listening: ListeningShape | None = None
    tests: dict[str, ProcessTestShape] = field(default_factory=dict)
    joining: tuple[JoiningShape, ...] = ()
    we_would_change_our_mind_if: Some = ()
    standards: Some = ()
    departures: tuple[DepartureShape, ...] = ()
