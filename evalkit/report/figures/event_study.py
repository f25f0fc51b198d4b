"""The difference of the groups in every period around the start, with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evalkit.impact.estimate import Verdict
from evalkit.protocol.model import Protocol
from evalkit.report.decision import Decision
from evalkit.report.document import Figure, Parts, anchor, plain
from evalkit.report.draw import Point, Series, draw
from evalkit.report.name import estimate_id, outcome_words
from evalkit.report.table import frame_table


@dataclass(frozen=True, slots=True)
class EventStudy:
    """What the picture shows: periods, the margin, and the verdict of the check before the start."""

    points: tuple[Point, ...]
    margin: float | None
    verdict: Verdict


def event_study_data(decision: Decision) -> EventStudy | None:
    """Return what is drawn, or None when the estimate has no event study."""
    frame = decision.estimate.table.get("event_study")
    if frame is None or len(frame) < 2:
        return None
    points = tuple(
        Point(
            label=_label(period),
            value=float(value),
            low=_there(low),
            high=_there(high),
            before=bool(relative < 0),
        )
        for period, relative, value, low, high in zip(
            *(frame[name].tolist() for name in ("period", "relative", "estimate", "low", "high")),
            strict=True,
        )
    )
    check = decision.estimate.check("pre-trend")
    return EventStudy(points, decision.margin, check.verdict if check else "information")


def event_study(decision: Decision, protocol: Protocol) -> Figure | None:
    """Return the figure, or None when the estimate has no event study."""
    data = event_study_data(decision)
    if data is None:
        return None
    estimate, id = decision.estimate, anchor("figure-event-study", decision.estimate.id)
    title = (outcome_words(estimate.outcome, protocol), _TITLES[data.verdict])
    unit = decision.outcome.unit if decision.outcome else ""
    alt = f"{plain(title)} {_alt(data)}"
    series = Series(
        data.points,
        f"Difference{f', {unit}' if unit else ''}",
        (-data.margin, data.margin) if data.margin else None,
    )
    twin_caption: Parts = ("The same as a table: difference of the groups by period.",)
    return Figure(
        id=id,
        svg=draw(series, title=plain(title), alt=alt, id=id),
        title=title,
        alt=alt,
        twin=frame_table(estimate, "event_study", caption=twin_caption),
        result=f"{estimate_id(estimate)}#table.event_study",
        note=(_NOTE, _BAND_NOTE if data.margin else ""),
    )


_NOTE = (
    "Each mark is the difference of the groups in a period against the last period before the start; "
    "lines are intervals. Hollow marks lie before the start, where there should be no difference."
)
_BAND_NOTE = " The shaded band holds changes too small to matter."
_TITLES: dict[Verdict, str] = {
    "pass": ": no sign that the groups moved apart before the start, though a small one could hide.",
    "concern": ": the groups may already have moved apart before the start.",
    "fail": ": the groups already moved apart before the start.",
    "information": ": whether the groups moved alike before the start was not tested.",
}
"""The picture's title says what the check says: never one thing here and another there."""


def _alt(data: EventStudy) -> str:
    listing = "; ".join(
        f"{one.label} ({'before' if one.before else 'after'} the start): {one.value:.3g}"
        + (f", from {one.low:.3g} to {one.high:.3g}" if one.low is not None else "")
        for one in data.points
    )
    return f"Differences by period: {listing}."


def _there(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _label(period: object) -> str:
    return str(int(period)) if isinstance(period, float) and period.is_integer() else str(period)
