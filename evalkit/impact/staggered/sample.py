"""The rows of a staggered design, made from a checked panel, and what was left out to make them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.impact.frame import Faults
from evalkit.impact.panel import NEVER, Panel, varies_within
from evalkit.impact.staggered.rows import Choices, Flags, Rows, default_window

UNBALANCED = ("drop", "keep", "cross_sections")


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows with starts as indices, the panel they are from, and what was left out."""

    rows: Rows
    panel: Panel
    notes: tuple[str, ...]


def column_faults(panel: Panel) -> Faults:
    """Return what is wrong with the starts and weights."""
    name, unit, faults = panel.roles.own[0], panel.roles.unit, []
    values = panel.own[name]
    if panel.times.dtype.kind == "M":
        faults.append(
            (
                f"`{panel.roles.time}` holds dates, and `{name}` must count periods.",
                "Number the periods (2019, 2020, ...) in both columns.",
            )
        )
    if (values[np.isfinite(values)] < 0).any():
        faults.append((f"`{name}` is below zero in some rows.", "Write a period, or 0 for never."))
    if varies_within(_never(values), panel.unit):
        faults.append(
            (
                f"`{name}` changes within some `{unit}`.",
                (
                    "It must hold the first treated period, the same in every row of a unit; a "
                    "treatment that switches off needs another design."
                ),
            )
        )
    if panel.roles.weights and varies_within(panel.w, panel.unit):
        faults.append(
            (f"The weights `{panel.roles.weights}` change within some `{unit}`.",
             "Give each unit one weight, for example that of its first period.")
        )  # fmt: skip
    return faults


def _never(values: Any) -> Any:
    """Return first treated periods with one mark, infinity, for never."""
    return np.where(np.isfinite(values) & (values > 0), values, np.inf)


def make_sample(panel: Panel, anticipation: int, unbalanced: str) -> Sample | Faults:
    """Return the rows of units that are untreated at first, or why there are none."""
    followed = panel.roles.unit is not None
    panel, notes = _common_periods(panel) if followed and unbalanced == "drop" else (panel, [])
    notes += _spacing(panel)
    periods, word = len(panel.times), f"`{panel.roles.unit}`" if followed else "rows"
    start = _never(panel.own[panel.roles.own[0]])
    index = np.searchsorted(panel.times, start).astype(np.intp)
    late = np.isfinite(start) & (index >= periods)
    index[index >= periods] = NEVER
    gaps = np.bincount(panel.unit)[panel.unit] < periods if followed else np.zeros(len(index), bool)
    whole, early = ~gaps | (unbalanced != "drop"), index <= anticipation
    for rows, words in (
        (~whole, "are not seen in every period and were left out"),
        (whole & gaps, _kept_words(unbalanced)),
        (whole & early, "start too early to be seen untreated and were left out"),
        (whole & late, "start after the last period and count as never treated"),
    ):
        if rows.any():
            count = len(np.unique(panel.unit[rows]))
            notes.append(f"{count} of {panel.n_units} {word} {words}.")
    kept = whole & ~early
    if not kept.any():
        do = "Keep the periods in which most units are seen (`keep:`), from before the start on."
        return [(f"No {word} is seen in every period and untreated at first.", do)]
    panel = panel.keep(kept)
    rows_made = _rows(panel, index[kept], pairs=unbalanced != "cross_sections")
    return Sample(rows_made, panel, (*panel.notes, *notes))


def _kept_words(unbalanced: str) -> str:
    if unbalanced == "cross_sections":
        return "are not seen in every period; rows are compared, whoever they are"
    return "are not seen in every period and serve in those they are seen in"


def _rows(panel: Panel, index: Any, *, pairs: bool) -> Rows:
    first = np.unique(panel.unit, return_index=True)[1]
    return Rows(
        y=panel.y,
        x=panel.x,
        w=panel.w / panel.w[first].mean(),
        unit=panel.unit,
        time=panel.time,
        cohort=index[first],
        cluster=panel.cluster[first],
        periods=len(panel.times),
        followed=panel.roles.unit is not None,
        pairs=pairs,
    )


def _common_periods(panel: Panel) -> tuple[Panel, list[str]]:
    """Return the panel of periods in which at least half of the units are seen, and notes."""
    seen = np.bincount(panel.time, minlength=len(panel.times)) / panel.n_units
    used = seen >= 0.5
    if used.all() or not used.any():
        return panel, []
    lost = ", ".join(f"{float(period):g}" for period in panel.times[~used])
    note = f"Periods in which fewer than half of the units are seen were left out: {lost}."
    return _only_periods(panel, used), [note]


def _only_periods(panel: Panel, used: Flags) -> Panel:
    recoded = np.cumsum(used) - 1
    panel = panel.keep(used[panel.time])
    return replace(panel, time=recoded[panel.time].astype(np.intp), times=panel.times[used])


def _spacing(panel: Panel) -> list[str]:
    if len(np.unique(np.diff(panel.times.astype(float)))) > 1:
        return ["Periods are not evenly spaced; 'periods since the start' counts those seen."]
    return []


def sample_faults(sample: Sample, choices: Choices) -> Faults:
    """Return why there is nothing to compare in the rows."""
    cohort, roles = sample.rows.cohort, sample.panel.roles
    name, unit = roles.own[0], roles.unit or "row"
    treated = cohort < NEVER
    if not treated.any():
        return [
            (
                f"No `{unit}` seen in every period starts treatment within these periods (`{name}`).",
                "Check the column, or add later periods.",
            )
        ]
    named = choices.estimator == "callaway_santanna" and choices.control == "never_treated"
    if named and treated.all():
        return [
            (
                f"No `{unit}` is never treated, so no one is left to compare with.",
                "Write `control_group: not_yet_treated`, or add units that never are.",
            )
        ]
    if treated.all() and cohort.min() + choices.anticipation >= cohort.max():
        return [
            (
                f"Every `{unit}` starts in the same period, so no one is left to compare with.",
                "Add units that start later or never.",
            )
        ]
    if len(np.unique(sample.rows.cluster)) < 2:
        return [(f"`{roles.cluster or unit}` has one cluster only.", "Add clusters.")]
    return _window_faults(sample, choices) if choices.estimator == "stacked" else []


def _window_faults(sample: Sample, choices: Choices) -> Faults:
    rows = sample.rows
    starts = np.unique(rows.cohort)
    before, after = choices.window or default_window(starts, rows.periods, choices.anticipation)
    if before <= choices.anticipation:
        return [
            (
                f"`window: [{before}, {after}]` has no period before treatment is expected.",
                f"Write at least {choices.anticipation + 1} as its first number.",
            )
        ]
    groups = starts[starts < NEVER]
    fits = [
        group
        for group in groups.tolist()
        if group >= before
        and group + after < rows.periods
        and (starts - choices.anticipation > group + after).any()
    ]
    if fits:
        return []
    return [
        (
            (
                f"With `window: [{before}, {after}]` no group is seen that far before and after "
                "its start and has a comparison that stays untreated as long."
            ),
            "Write a shorter window, or leave it out.",
        )
    ]
