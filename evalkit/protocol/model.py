"""The protocol as frozen records: what is asked, with which data, by which analyses and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

QuestionKind = Literal[
    "impact", "mechanism", "contribution", "delivery", "sustainability", "equity", "cost"
]
Chance = Literal["almost certain", "likely", "possible", "unlikely", "almost impossible"]


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column made on reading: 1 where `column` is one of `values`, or from period `column` on.

    Exactly one of the two is given. ``values`` (key ``is``): 1 where the column has one of them,
    else 0. ``reached_by``: the name of a time column; 1 once that time is at or past the value of
    `column`, 0 before and where `column` is blank.
    """

    column: str
    values: tuple[str, ...] = ()
    reached_by: str = ""


@dataclass(frozen=True, slots=True)
class TablePlan:
    """Where a table stands and what its columns mean.

    Attributes
    ----------
    id, file : str
        Key in the protocol; path relative to the project folder.
    unit, time, cluster : str
        Columns with these roles; empty when the table has none.
    missing : tuple of str
        Values that mean "missing", beyond the symbols evalkit knows.
    sheet : str
        Sheet of a workbook; the first by default.
    needs : str
        An agreement of ``evaluation.yaml`` without which the file may be absent.
    joins : mapping of str to str
        Other tables whose columns are added, by the shared key column: ``{areas: la_code}``.
    new_columns : mapping of str to NewColumn
        Columns made on reading.
    line : int
        Its line in ``protocol.yaml``.
    """

    id: str
    file: str
    unit: str = ""
    time: str = ""
    cluster: str = ""
    missing: tuple[str, ...] = ()
    sheet: str = ""
    needs: str = ""
    joins: Mapping[str, str] = field(default_factory=dict)
    new_columns: Mapping[str, NewColumn] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Margin:
    """The smallest change that matters: a number, in the outcome's own units or in SD."""

    value: float
    unit: Literal["points", "SD"] = "points"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome and where it is found.

    Attributes
    ----------
    id, table, column, label : str
        Key; table and column it is read from; words for people.
    less : str
        A second column subtracted from `column` (a gap between two groups), or empty.
    gap_in, between : str
        For a gap made from another outcome: its id, and the column whose groups are compared.
    higher_is : {"better", "worse", "neither"}
        Which direction is wanted.
    margin : Margin or None
        Key ``smallest_change_that_matters``.
    baseline, unit, age, domain : str
        Column measured before; unit in words (``"percentage points"``); the age it is measured at; what kind it is (``"attainment"``).
    main : bool
        True for the one outcome the headline is about.
    line : int
        Its line in ``protocol.yaml``.
    """

    id: str
    table: str = ""
    column: str = ""
    label: str = ""
    less: str = ""
    gap_in: str = ""
    between: str = ""
    higher_is: Literal["better", "worse", "neither"] = "better"
    margin: Margin | None = None
    baseline: str = ""
    unit: str = ""
    age: str = ""
    domain: str = ""
    main: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of which kind, about which links (``"a -> b"``) of the theory."""

    id: str
    ask: str
    kind: QuestionKind
    links: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Comparators:
    """Which untreated units are compared with.

    The `count` lowest, highest or nearest by the mean of column `by` over the periods `over`
    (first and last). With several columns: the `count` nearest neighbours of each treated unit,
    its family of comparable places.
    """

    how: Literal["lowest", "highest", "nearest"]
    count: int
    by: tuple[str, ...]
    over: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Analysis:
    """One planned computation.

    Attributes
    ----------
    id : str
        Key; the id of its estimate (``id/outcome`` where it has several outcomes).
    question, design : str
        The question it answers; a name of ``DESIGNS``.
    outcomes : tuple of str
        Outcome ids, or columns when `table` is given (key ``outcome``: one name or a list).
    table : str
        The table when outcomes are plain columns.
    keep : mapping
        Rows kept: column to value, list of values, or ``"a to b"``.
    compare_with : Comparators or None
        A rule that chooses the comparison units.
    options : mapping
        The design's own options by name, exactly as in the file.
    role : {"main", "check", "support"}
        The main answer, a check on it (key ``checks: <analysis id>``), or further support.
    checks : str
        Id of the analysis that this one checks.
    links : tuple of str
        Links it speaks to, when not those of its question whose end its outcome measures.
    because : str
        Why this design.
    line : int
        Its line in ``protocol.yaml``.
    """

    id: str
    question: str
    design: str
    outcomes: tuple[str, ...] = ()
    table: str = ""
    keep: Mapping[str, Any] = field(default_factory=dict)
    compare_with: Comparators | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    role: Literal["main", "check", "support"] = "main"
    checks: str = ""
    links: tuple[str, ...] = ()
    because: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ProcessTest:
    """A sign looked for on a link, and how likely it would be if the link held and if it did not."""

    id: str
    link: str
    look_for: str
    if_true: str
    if_false: str
    rival: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Listening:
    """Who is heard: where sources stand, whom it was planned to hear, what they were asked about.

    ``asked_about`` names the links that every source was asked about (or read for): only there
    does silence mean "asked but not mentioned".
    """

    sources: str = "sources"
    codings: str = "codings.csv"
    interviews: Mapping[str, int] = field(default_factory=dict)
    chosen_by: str = ""
    children: str = ""
    second_coder: float = 0.0
    asked_about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Departure:
    """Something done differently from the plan, with the reason (typed by a person)."""

    what: str
    why: str
    when: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a column becomes a set: its anchors, and why these."""

    anchors: tuple[float, ...]
    method: Literal["direct", "crisp", "multi-value"] = "direct"
    convention: Literal["exact", "log odds 3"] = "exact"
    because: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A condition read from codes: those that show it, and those that show its absence."""

    present: tuple[str, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Combination:
    """A planned configurational analysis: which combinations of conditions go with an outcome.

    Attributes
    ----------
    id, question : str
    table : str
        One row a case; its `unit` names the case.
    outcome : str
        An outcome of the plan, or a column.
    conditions : tuple of str
        Columns of the table, or names under `spoken`.
    calibration : mapping of str to Calibration
        Of columns that are no sets yet.
    spoken : mapping of str to Spoken
    inclusion, frequency, pri
        Cut-offs of the truth table.
    expect : mapping of str to str
        ``present`` or ``absent``, where theory says which should help.
    line : int
    """

    id: str
    question: str
    table: str
    outcome: str
    conditions: tuple[str, ...]
    calibration: Mapping[str, Calibration] = field(default_factory=dict)
    spoken: Mapping[str, Spoken] = field(default_factory=dict)
    inclusion: float = 0.8
    frequency: int = 1
    pri: float = 0.0
    expect: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Protocol:
    """The whole plan, as read from ``protocol.yaml``.

    Parts that later steps only print (``delivery``, ``joining``, ``cases``, ``listening``'s extra
    words, ``standards`` ...) are kept as they stand, in `rest`, once their keys are checked.
    """

    tables: Mapping[str, TablePlan] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    analyses: Mapping[str, Analysis] = field(default_factory=dict)
    tests: Mapping[str, ProcessTest] = field(default_factory=dict)
    combinations: tuple[Combination, ...] = ()
    listening: Listening | None = None
    hide_counts_below: int = 10
    never_split_by: tuple[str, ...] = ()
    harms_to_watch: tuple[str, ...] = ()
    why_not_random: str = ""
    few_units_plan: str = ""
    change_our_mind: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    departures: tuple[Departure, ...] = ()
    version: int = 1
    rest: Mapping[str, Any] = field(default_factory=dict)
    file: str = "protocol.yaml"

    @classmethod
    def read(cls, path: str | Path) -> Protocol:
        """Read ``protocol.yaml`` from a project folder, or a plan from a file of any name.

        Raises
        ------
        ProjectError
            Every key and value that does not fit, with its line.
        """
        from evalkit.protocol.read import read_protocol

        path = Path(path)
        return read_protocol(path / "protocol.yaml" if path.is_dir() else path)
