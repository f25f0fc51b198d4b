"""From the user's frame to a sample, with every fault named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import nearest
from evalkit.impact.discontinuity.bandwidth import SELECTORS, Pair
from evalkit.impact.discontinuity.local_polynomial import KERNELS
from evalkit.impact.discontinuity.sample import Roles, Sample, build
from evalkit.impact.discontinuity.variance import BY_CLUSTER, BY_ROW, HOMOSKEDASTIC
from evalkit.impact.frame import Faults, Floats, choice_fault, numbers, read_columns

SIDES = ("above", "below")
VARIANCES = (*BY_ROW, HOMOSKEDASTIC, "cr1", "cr2", "cr3")
LEAST_ROWS = 10
"""Rows on each side below which nothing is estimated."""


def read_sample(
    frame: Any, roles: Roles, donut: float
) -> tuple[tuple[Sample, Floats] | None, Faults]:
    """Return the sample and all values of the running variable less the cutoff, or the faults."""
    names = roles.columns()
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    faults: Faults = [
        (f"`{name}` has more than one role.", "Give every role a column of its own.")
        for name in twice
    ]
    table, found = read_columns(frame, names)
    faults += found
    if faults:
        return None, faults
    if not len(table):
        return None, [("The data have no rows.", "Check the file, and what `keep:` leaves.")]
    optional = [one for one in (roles.received, roles.weights) if one]
    arrays: dict[str, Floats] = {}
    for name in (roles.outcome, roles.running, *optional, *roles.covariates):
        arrays[name], found = numbers(table[name], name)
        faults += found
    faults += _weight_faults(arrays, roles)
    if faults:
        return None, faults
    return _complete(table, arrays, roles, donut)


def _weight_faults(arrays: dict[str, Floats], roles: Roles) -> Faults:
    if not roles.weights:
        return []
    made = arrays[roles.weights]
    if (made[~np.isnan(made)] < 0).any():
        wrong = f"The weights `{roles.weights}` are not all above zero."
        return [(wrong, "Leave out rows without weight, or choose another column.")]
    return []


def _complete(
    table: pd.DataFrame, arrays: dict[str, Floats], roles: Roles, donut: float
) -> tuple[tuple[Sample, Floats] | None, Faults]:
    running = arrays[roles.running]
    every = running[~np.isnan(running)] - roles.cutoff
    whole = np.ones(len(running), dtype=bool)
    notes: list[str] = []
    for name in (
        roles.running,
        roles.outcome,
        *(one for one in arrays if one not in roles.columns()[:2]),
    ):
        blank = whole & np.isnan(arrays[name])
        if blank.any():
            notes.append(f"{int(blank.sum())} rows without `{name}` were left out.")
        whole &= ~blank
    if roles.weights:
        none = whole & (arrays[roles.weights] == 0)
        notes += [f"{int(none.sum())} rows with weight 0 were left out."] if none.any() else []
        whole &= ~none
    clusters: NDArray[np.object_] | None = None
    if roles.cluster:
        blank = whole & table[roles.cluster].isna().to_numpy(dtype=bool)
        if blank.any():
            notes.append(f"{int(blank.sum())} rows without `{roles.cluster}` were left out.")
        whole &= ~blank
        clusters = table[roles.cluster].to_numpy(dtype=object)[whole]
    if donut:
        hole = whole & (np.abs(running - roles.cutoff) < donut)
        notes.append(
            f"{int(hole.sum())} rows within {donut:g} of the cutoff were left out (donut)."
        )
        whole &= ~hole
    if not whole.any():
        wrong = "No row has a value in every column that is used."
        return None, [(wrong, "Check the columns, and the symbols for missing values.")]
    wanted = [roles.outcome, *([roles.received] if roles.received else []), *roles.covariates]
    sample = build(
        roles,
        running[whole],
        np.column_stack([arrays[name][whole] for name in wanted]),
        weights=arrays[roles.weights][whole] if roles.weights else np.ones(int(whole.sum())),
        clusters=clusters,
        fuzzy=roles.received is not None,
        notes=tuple(notes),
    )
    return (sample, every), sample_faults(sample)


def sample_faults(sample: Sample) -> Faults:
    """Return what makes the data hopeless for a comparison at the cutoff."""
    roles, sides = sample.roles, sample.sides()
    rows = [len(side.x) for side in sides]
    faults: Faults = []
    if min(rows) < LEAST_ROWS:
        empty = "below" if rows[0] < LEAST_ROWS else "above"
        x = sample.x + roles.cutoff
        span = f"`{roles.running}` runs from {x.min():.4g} to {x.max():.4g}"
        return [
            (
                (
                    f"Only {min(rows)} rows lie {empty} the cutoff {roles.cutoff:g} ({span}), so there "
                    "is no one to compare with."
                ),
                f"Check `cutoff`, or add rows: at least {LEAST_ROWS} on each side.",
            )
        ]
    if np.ptp(sample.y) == 0:
        wrong = f"`{roles.outcome}` has the same value ({sample.y[0]:g}) in every row."
        faults.append((wrong, "A constant outcome cannot show an effect: check the column."))
    if sample.fuzzy and np.ptp(sample.d[:, 1]) == 0:
        wrong = f"`{roles.received}` is {sample.d[0, 1]:g} in every row."
        faults.append((wrong, "Leave `received` out, or name who took part."))
    if sample.labels is not None and len(sample.labels) == 1:
        faults.append(
            (f"`{roles.cluster}` has one cluster only.", "Add clusters, or leave it out.")
        )
    different = [len(np.unique(side.x)) for side in sides]
    if min(different) < 4:
        faults.append(
            (
                f"`{roles.running}` has {min(different)} different values on one side of the cutoff.",
                "That is no running variable: use a finer measure, or `matching` on the covariates.",
            )
        )
    return faults


def choice_faults(
    *,
    kernel: str,
    treated_side: str,
    variance: str | None,
    mass_points: str,
    polynomial: int | None,
    derivative: int,
    clustered: bool,
) -> Faults:
    """Return the faults of the options that take one of several values."""
    faults = choice_fault("kernel", kernel, KERNELS)
    faults += choice_fault("treated_side", treated_side, SIDES)
    faults += choice_fault("mass_points", mass_points, ("adjust", "off"))
    if variance is not None:
        allowed = BY_CLUSTER if clustered else (*BY_ROW, HOMOSKEDASTIC)
        known = choice_fault("variance", variance, VARIANCES)
        faults += known or choice_fault("variance", variance, allowed)
    if derivative not in (0, 1):
        faults.append((f"`derivative: {derivative}` is not built.", "Write 0 (jump) or 1 (kink)."))
    least = derivative if derivative in (0, 1) else 0
    if polynomial is not None and polynomial not in range(least, 5):
        wrong = f"`polynomial: {polynomial}` is not possible with `derivative: {derivative}`."
        faults.append((wrong, f"Write a whole number from {least} to 4; 1 or 2 is usual."))
    return faults


def bandwidth_faults(
    bandwidth: Any, bias_bandwidth: Any, numbers_above_zero: dict[str, float | None]
) -> Faults:
    """Return the faults of the bandwidths and of options that are numbers of at least zero."""
    faults: Faults = []
    for name, value in (("bandwidth", bandwidth), ("bias_bandwidth", bias_bandwidth)):
        if isinstance(value, str):
            if name == "bias_bandwidth":
                wrong = f"`{name}: {value}` is not a number."
                faults.append((wrong, "Write a number, or [below, above]."))
            elif value not in SELECTORS:
                wrong = f"`{name}: {value}` is unknown.{nearest(value, SELECTORS)}"
                faults.append((wrong, f"Write a number or one of: {', '.join(SELECTORS)}."))
        elif value is not None and pair_of(value) is None:
            wrong = f"`{name}: {value}` is no bandwidth."
            faults.append((wrong, "Write a number above zero, or two of them: [below, above]."))
    for name, number in numbers_above_zero.items():
        if number is not None and not (np.isfinite(number) and number >= 0):
            faults.append((f"`{name}: {number}` is below zero.", "Write 0 or a number above it."))
    return faults


def pair_of(value: float | str | Sequence[float] | None) -> Pair | None:
    """Return the bandwidths below and above, or None when they are none."""
    if value is None or isinstance(value, str):
        return None
    try:
        both = np.asarray(value, dtype=float).ravel()
    except (TypeError, ValueError):
        return None
    if both.size not in (1, 2) or not (np.isfinite(both) & (both > 0)).all():
        return None
    return float(both[0]), float(both[-1])
