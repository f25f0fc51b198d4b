"""The joint display as a grid: what the numbers say against what people say, link by link."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Column,
    Figure,
    FromResult,
    Parts,
    TableBlock,
    anchor,
    plain,
)
from evalkit.report.draw import Cell, Grid, draw
from evalkit.report.name import link_letters, link_words
from evalkit.report.number import count, counted
from evalkit.synthesis.finding import QUAL_STATES, QUANT_STATES
from evalkit.synthesis.joint import RULES

_ID = "figure-joint"
QUANT: dict[str, str] = {
    "up": "as claimed",
    "down": "against the claim",
    "about nil": "too small to matter",
    "imprecise": "cannot tell",
    "no data": "no numbers",
}
QUAL: dict[str, str] = {
    "up": "it holds",
    "down": "it does not",
    "mixed": "both",
    "nil reported": "saw no change",
    "asked but not mentioned": "asked, no side taken",
    "not asked": "not asked, no side taken",
}
"""The states in words for readers."""


@dataclass(frozen=True, slots=True)
class Joint:
    """What the picture shows: the links, by mark, in each pair of states."""

    cells: tuple[tuple[Cell, ...], ...]
    n_links: int
    n_compared: int


def joint_data(evaluation: Evaluation) -> Joint:
    """Return what is drawn."""
    letters = link_letters(evaluation)
    cells = tuple(
        tuple(
            Cell(
                RULES[numbers, words],
                tuple(
                    letters[row.link]
                    for row in evaluation.joint
                    if (row.quantitative, row.qualitative) == (numbers, words)
                ),
            )
            for words in QUAL_STATES
        )
        for numbers in QUANT_STATES
    )
    silent = ("not comparable", "silence of one strand")
    compared = sum(row.relation not in silent for row in evaluation.joint)
    return Joint(cells, len(evaluation.joint), compared)


def joint(evaluation: Evaluation) -> Figure | None:
    """Return the figure, or None when there is no link to show."""
    if not evaluation.joint:
        return None
    data = joint_data(evaluation)
    title = _title(data)
    alt = f"{plain(title)} {_alt(evaluation)}"
    grid = Grid(
        tuple(QUANT[state] for state in QUANT_STATES),
        tuple(QUAL[state] for state in QUAL_STATES),
        data.cells,
        "What the numbers say",
        "What people say",
    )
    return Figure(
        id=_ID,
        svg=draw(grid, title=plain(title), alt=alt, id=_ID),
        title=title,
        alt=alt,
        twin=joint_table(evaluation),
        result="joint",
        note=(_NOTE,),
    )


_NOWHERE = (
    "On no link can numbers and words be held against each other: one strand is silent or cannot "
    "tell."
)
_NOTE = (
    "Letters stand for links; the tables below name them. The word in a field is the relation of "
    "the two strands there, by the printed rule table."
)


def _title(data: Joint) -> Parts:
    if not data.n_compared:
        return (_NOWHERE,)
    return (
        "Numbers and words can be held against each other on ",
        counted(data.n_compared, "joint#relation"),
        " of ",
        counted(data.n_links, "joint"),
        " links." if data.n_links != 1 else " link.",
    )


def _alt(evaluation: Evaluation) -> str:
    letters = link_letters(evaluation)
    rows = "; ".join(
        f"link {letters[row.link]}: numbers {QUANT[row.quantitative]}, people "
        f"{QUAL[row.qualitative]}, {row.relation}"
        for row in evaluation.joint
    )
    return f"By link: {rows}."


def joint_table(evaluation: Evaluation) -> TableBlock:
    """Return the twin: one row a link."""
    letters = link_letters(evaluation)
    columns = (
        Column(("Link",)),
        Column(("What the numbers say",)),
        Column(("What people say",)),
        Column(("Sources coded",), numeric=True),
        Column(("Together",)),
    )
    rows = tuple(
        (
            (f"{letters[row.link]}: ", *link_words(evaluation.theory, row.link)),
            (QUANT[row.quantitative],),
            (QUAL[row.qualitative],),
            (count(row.n_sources, f"joint/{row.link}#n_sources"),),
            (FromResult(row.relation, f"joint/{row.link}#relation"),),
        )
        for row in evaluation.joint
    )
    return TableBlock(
        anchor("table-joint"),
        ("The same as a table: joint display of numbers and words.",),
        columns,
        rows,
        empty="There is no link to show.",
    )
