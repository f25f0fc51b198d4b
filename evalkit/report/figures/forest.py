"""All effects side by side, each in units of the smallest change that matters for its outcome.

Outcomes have different units, and a picture that puts points, percentages and rates on one axis
would lie. The one scale they share is the one the plan gives: how many times the smallest change
that matters. To the right is what is wanted. Outcomes without a stated smallest change are left out
of the picture, said to be so, and stand in the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.protocol.model import Protocol
from evalkit.report.decision import Decision
from evalkit.report.document import (
    Column,
    Figure,
    Parts,
    Ref,
    TableBlock,
    joined,
    plain,
)
from evalkit.report.draw import Row, Rows, draw
from evalkit.report.name import estimate_anchor, outcome_words, unit_words
from evalkit.report.words import STATE_WORDS, interval, listed, margin, state_tag, value

_ID = "figure-forest"


@dataclass(frozen=True, slots=True)
class Forest:
    """What the picture shows, and the decisions that have no place on its scale."""

    rows: tuple[Row, ...]
    left_out: tuple[Decision, ...]


def forest_data(decisions: Sequence[Decision], protocol: Protocol) -> Forest:
    """Return what is drawn: every estimate with a margin and a wanted direction."""
    shown = [one for one in decisions if one.margin and one.wanted]
    rows = tuple(_row(one, protocol) for one in shown)
    return Forest(rows, tuple(one for one in decisions if one not in shown))


def _row(decision: Decision, protocol: Protocol) -> Row:
    estimate, by = decision.estimate, decision.wanted / (decision.margin or 1.0)
    ends = sorted((estimate.interval.low * by, estimate.interval.high * by))
    label = outcome_words(estimate.outcome, protocol).text
    minor = decision.role != "main"
    state = decision.state if not minor else decision.alone
    return Row(
        label=f"{label} ({estimate.id})" if minor else label,
        low=ends[0],
        value=estimate.value * by,
        high=ends[1],
        look=state,  # type: ignore[arg-type] # an estimate is never "no data"
        word=STATE_WORDS[state],
        minor=minor,
    )


def forest(decisions: Sequence[Decision], protocol: Protocol) -> Figure | None:
    """Return the figure, or None when no estimate has a place on its scale."""
    data = forest_data(decisions, protocol)
    if not data.rows:
        return None
    title = forest_title(decisions, protocol)
    alt = f"{plain(title)} {_alt(data)}"
    rows = Rows(
        data.rows,
        "How many times the smallest change that matters",
        (-1.0, 1.0),
        "← worse",
        "better →",
    )
    return Figure(
        id=_ID,
        svg=draw(rows, title=plain(title), alt=alt, id=_ID),
        title=title,
        alt=alt,
        twin=effect_table(decisions, protocol),
        result="estimates",
        note=_note(data, protocol),
    )


def forest_title(decisions: Sequence[Decision], protocol: Protocol) -> Parts:
    """Return the title as a sentence: which outcomes are settled, which are not."""
    mains = [one for one in decisions if one.role == "main"] or list(decisions)
    groups = {
        state: [one for one in mains if one.state == state and one.wanted]
        for state in ("up", "down", "about nil", "imprecise")
    }
    said: list[Parts] = []
    if groups["up"]:
        said.append((*listed(groups["up"], protocol), " came out better"))
    if groups["down"]:
        said.append((*listed(groups["down"], protocol), " came out worse"))
    if groups["about nil"]:
        said.append((*listed(groups["about nil"], protocol), " changed by too little to matter"))
    if groups["imprecise"] and said:
        said.append(("for the other outcomes the data cannot tell",))
    elif groups["imprecise"]:
        said.append(("For none of the main outcomes can the data tell what the programme did",))
    return (*joined(said, "; ", "; "), ".")


_LEGEND = (
    "Each line is an interval, each mark the best estimate, on one scale: how many times the smallest "
    "change that matters for that outcome. The shaded band holds changes too small to matter. Small "
    "hollow marks are checks and supporting analyses, each read by itself."
)


def _note(data: Forest, protocol: Protocol) -> Parts:
    legend: Parts = (_LEGEND,)
    if not data.left_out:
        return legend
    left_out = listed(data.left_out, protocol)
    return (
        *legend,
        " Not drawn, as no smallest change or no wanted side is stated: ",
        *left_out,
        ".",
    )


def _alt(data: Forest) -> str:
    rows = "; ".join(
        f"{row.label}: {row.value:.2g} times, from {row.low:.2g} to {row.high:.2g}, {row.word}"
        for row in data.rows
    )
    return (
        f"Effects in multiples of the smallest change that matters, wanted side positive: {rows}."
    )


def effect_table(decisions: Sequence[Decision], protocol: Protocol) -> TableBlock:
    """Return the twin: every estimate in its own unit, with interval, margin and state."""
    columns = (
        Column(("Outcome",)),
        Column(("Analysis",)),
        Column(("Estimate",), numeric=True),
        Column(("Interval",), numeric=True),
        Column(("Smallest change that matters",), numeric=True),
        Column(("What can be said",)),
    )
    rows = tuple(
        (
            (outcome_words(one.estimate.outcome, protocol),),
            (Ref(one.estimate.id, estimate_anchor(one.estimate)), _role(one)),
            (value(one), *unit_words(one.outcome, protocol)),
            interval(one),
            (margin(one),),
            (*(("by itself: ",) if one.led_by else ()), state_tag(one)),
        )
        for one in decisions
    )
    caption: Parts = ("The same as a table: every estimate in its own unit.",)
    return TableBlock("table-effects", caption, columns, rows, empty="There is no estimate.")


def _role(decision: Decision) -> str:
    if decision.exploratory:
        return ", exploratory"
    return {"main": "", "check": ", a check", "support": ", further support"}[decision.role]
