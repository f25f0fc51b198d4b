"""The effect in each site of a multilevel model, drawn towards the common mean, smallest first."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.protocol.model import Protocol
from evalkit.report.decision import Decision
from evalkit.report.document import Figure, Parts, anchor, plain
from evalkit.report.draw import Row, Rows, draw
from evalkit.report.name import estimate_id, outcome_words
from evalkit.report.table import frame_table

_NEW_SITE = "effect in a new site"


@dataclass(frozen=True, slots=True)
class Sites:
    """What the picture shows: sites by effect, then a new site; and whether they clearly differ."""

    rows: tuple[Row, ...]
    differ: bool


def sites_data(decision: Decision) -> Sites | None:
    """Return what is drawn, or None when the estimate has no sites."""
    frame = decision.estimate.table.get("sites")
    if frame is None or not len(frame):
        return None
    found = [
        Row(str(site), float(low), float(value), float(high))
        for site, value, low, high in zip(
            *(frame[name].tolist() for name in ("site", "estimate", "low", "high")), strict=True
        )
    ]
    found.sort(key=lambda row: (row.value, row.label))
    differ = max(row.low for row in found) > min(row.high for row in found)
    return Sites((*found, *_new_site(decision)), differ)


def _new_site(decision: Decision) -> tuple[Row, ...]:
    posterior = decision.estimate.table.get("posterior")
    if posterior is None:
        return ()
    for row in posterior.to_dict("records"):
        if row["quantity"] == _NEW_SITE:
            ends = float(row["low"]), float(row["mean"]), float(row["high"])
            return (Row("A new site of this kind", *ends, look="imprecise", minor=True),)
    return ()


def sites(decision: Decision, protocol: Protocol) -> Figure | None:
    """Return the figure, or None when the estimate has no sites."""
    data = sites_data(decision)
    if data is None:
        return None
    id = anchor("figure-sites", decision.estimate.id)
    title: Parts = (outcome_words(decision.estimate.outcome, protocol), _title(data))
    alt = f"{plain(title)} {_alt(data)}"
    unit = decision.outcome.unit if decision.outcome else ""
    axis = f"Effect{f', {unit}' if unit else ''}"
    band = (-decision.margin, decision.margin) if decision.margin else None
    return Figure(
        id=id,
        svg=draw(Rows(data.rows, axis, band), title=plain(title), alt=alt, id=id),
        title=title,
        alt=alt,
        twin=frame_table(
            decision.estimate, "sites", caption=("The same as a table: effect by site.",)
        ),
        result=f"{estimate_id(decision.estimate)}#table.sites",
        note=(_NOTE,),
    )


_NOTE = (
    "Each site borrows strength from the others, so its effect is drawn towards the mean. A hollow "
    "mark is what the model expects in a new site of the same kind."
)


def _title(data: Sites) -> str:
    if data.differ:
        return ": the effect differs between sites."
    return ": the intervals of the sites overlap, so the sites cannot be told apart."


def _alt(data: Sites) -> str:
    rows = "; ".join(
        f"{row.label}: {row.value:.3g}, from {row.low:.3g} to {row.high:.3g}" for row in data.rows
    )
    return f"Effect by site: {rows}."
