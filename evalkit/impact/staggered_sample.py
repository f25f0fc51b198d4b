"""The complete panel of a staggered design, and what was left out to make it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.impact.callaway import Wide
from evalkit.impact.frame import Faults
from evalkit.impact.panel import NEVER, Panel, varies_within


@dataclass(frozen=True, slots=True)
class Sample:
    """A complete panel with starts as indices, and what was left out to make it."""

    wide: Wide
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


def make_sample(panel: Panel, anticipation: int) -> Sample | Faults:
    """Return the complete panel of units that are untreated at first, or why there is none."""
    panel, notes = _common_periods(panel)
    periods, unit = len(panel.times), panel.roles.unit
    start = _never(panel.own[panel.roles.own[0]])
    index = np.searchsorted(panel.times, start).astype(np.intp)
    late = np.isfinite(start) & (index >= periods)
    index[index >= periods] = NEVER
    whole = np.bincount(panel.unit)[panel.unit] == periods
    early = index <= anticipation
    for rows, words in (
        (~whole, "are not seen in every period and were left out"),
        (whole & early, "start too early to be seen untreated and were left out"),
        (whole & late, "start after the last period and count as never treated"),
    ):
        if rows.any():
            count = len(np.unique(panel.unit[rows]))
            notes.append(f"{count} of {panel.n_units} `{unit}` {words}.")
    kept = whole & ~early
    if not kept.any():
        do = "Keep the periods in which most units are seen (`keep:`), from before the start on."
        return [(f"No `{unit}` is seen in every period and untreated at first.", do)]
    index, panel = index[kept], panel.keep(kept)
    size = (len(index) // periods, periods)
    w = panel.w[::periods]
    wide = Wide(
        panel.y.reshape(size),
        panel.x.reshape(*size, panel.x.shape[1]),
        w / w.mean(),
        index[::periods],
        panel.cluster[::periods],
    )
    return Sample(wide, panel, (*panel.notes, *notes))


def _common_periods(panel: Panel) -> tuple[Panel, list[str]]:
    """Return the panel of periods in which at least half of the units are seen, and notes."""
    seen = np.bincount(panel.time, minlength=len(panel.times)) / panel.n_units
    used, notes = seen >= 0.5, []
    if not used.all() and used.any():
        lost = ", ".join(f"{float(period):g}" for period in panel.times[~used])
        notes.append(
            f"Periods in which fewer than half of the units are seen were left out: {lost}."
        )
        recoded = np.cumsum(used) - 1
        panel = panel.keep(used[panel.time])
        panel = replace(panel, time=recoded[panel.time].astype(np.intp), times=panel.times[used])
    if len(np.unique(np.diff(panel.times.astype(float)))) > 1:
        notes.append("Periods are not evenly spaced; 'periods since the start' counts those seen.")
    return panel, notes


def sample_faults(sample: Sample, control_group: str, anticipation: int) -> Faults:
    """Return why there is nothing to compare in a complete panel."""
    cohort, roles = sample.wide.cohort, sample.panel.roles
    name, unit = roles.own[0], roles.unit
    treated = cohort < NEVER
    if not treated.any():
        return [
            (
                f"No `{unit}` seen in every period starts treatment within these periods (`{name}`).",
                "Check the column, or add later periods.",
            )
        ]
    if control_group == "never_treated" and treated.all():
        return [
            (
                f"No `{unit}` is never treated, so no one is left to compare with.",
                "Write `control_group: not_yet_treated`, or add units that never are.",
            )
        ]
    last = cohort.max()
    if treated.all() and (cohort.min() + anticipation >= last):
        return [
            (
                f"Every `{unit}` starts in the same period, so no one is left to compare with.",
                "Add units that start later or never.",
            )
        ]
    if len(np.unique(sample.wide.cluster)) < 2:
        return [(f"`{roles.cluster or unit}` has one cluster only.", "Add clusters.")]
    return []
