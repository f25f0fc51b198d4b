"""From a user's frame to the record of a trial, with every fault named at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import nearest
from evalkit.impact.frame import Faults, numbers, read_columns
from evalkit.impact.least_squares import Floats, Ints
from evalkit.impact.randomised.trial import Bools, Roles, Trial, canonical

MOST_ARMS = 8
MOST_LEVELS = 25
"""Most different words in a covariate that is text."""
CONTROL_WORDS = (
    *("control", "controls", "control group", "comparison", "comparator", "placebo", "usual"),
    *("business as usual", "business-as-usual", "bau", "usual practice", "treatment as usual"),
    *("tau", "waitlist", "waiting list", "wait list", "untreated", "no treatment", "none"),
    *("standard", "standard care", "usual care", "regular", "no", "n", "false", "c"),
)
"""Words by which a control arm is known when `reference` is left out."""


def read_trial(frame: Any, roles: Roles, reference: Any = None) -> tuple[Trial | None, Faults]:
    """Return the trial, or None and every fault that stands in the way.

    Rows without an arm were not randomised, as far as the data say: they are left out and counted.
    Rows without outcome or covariate stay, as attrition; they are not in `Trial.seen`.
    """
    table, faults = read_columns(frame, roles.columns())
    faults += _role_faults(roles)
    if faults:
        return None, faults
    if table.empty:
        return None, [("There are no rows.", "Check the file and the rows kept by `keep:`.")]
    assigned = table[roles.treatment].notna().to_numpy(dtype=bool)
    if not assigned.any():
        wrong = f"`{roles.treatment}` is blank in every row."
        return None, [(wrong, "Fill in the arm to which each row was randomised.")]
    unassigned, table = int((~assigned).sum()), table[assigned].reset_index(drop=True)
    arms, arm, arm_note, faults = read_arms(table[roles.treatment], roles.treatment, reference)
    y, found = numbers(table[roles.outcome], roles.outcome)
    faults += found + _blank_faults(table, roles)
    weights, found = _weights(table, roles)
    received, more = _received(table, roles, np.isfinite(y))
    x, x_names, notes, bad = _baseline(table, roles)
    faults += found + more + bad
    if faults:
        return None, faults
    trial = Trial(
        roles=roles,
        arms=arms,
        y=y,
        w=weights / weights.mean(),
        arm=arm,
        stratum=_codes(table, roles.strata),
        cluster=_codes(table, (roles.cluster,) if roles.cluster else ()),
        x=x,
        x_names=x_names,
        seen=np.isfinite(y) & np.isfinite(x).all(axis=1),
        received=received,
        labels=_labels(table[roles.cluster]) if roles.cluster else None,
    )
    trial = canonical(trial)
    faults = data_faults(trial)
    notes = [*_row_notes(trial, unassigned), *arm_note, *notes]
    return (None, faults) if faults else (replace(trial, notes=tuple(notes)), [])


def _role_faults(roles: Roles) -> Faults:
    own = (*roles.baseline, *roles.covariates)
    faults: Faults = []
    if roles.outcome in own:
        faults.append(
            (
                f"`{roles.outcome}` is the outcome and also a covariate.",
                "Name as baseline the measure taken before the trial began.",
            )
        )
    if roles.treatment in (*own, *roles.strata, roles.cluster, roles.outcome):
        faults.append(
            (
                f"`{roles.treatment}` is the treatment and has another role as well.",
                "Give every role a column of its own.",
            )
        )
    return faults


def read_arms(
    column: pd.Series[Any], name: str, reference: Any
) -> tuple[tuple[str, ...], Ints, list[str], Faults]:
    """Return the labels of the arms (control first), the codes, what was decided, and faults."""
    values = _ordered(column)
    made = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    numeric = bool(np.isfinite(made).all()) and not isinstance(column.dtype, pd.CategoricalDtype)
    whole = numeric and bool((made == np.round(made)).all())
    nothing = np.zeros(len(column), dtype=np.intp)
    if len(values) < 2:
        wrong = f"`{name}` is {_word(values[0])} in every row, so there is no one to compare with."
        return (), nothing, [], [(wrong, "Add the rows of the other arm, the control group too.")]
    if len(values) > MOST_ARMS or (numeric and not whole and len(values) > 2):
        wrong = f"`{name}` has {len(values)} different values: a dose, not the arms of a trial."
        return (), nothing, [], [(wrong, _DOSE)]
    labels = [_word(value) for value in values]
    first, note, faults = _reference(labels, name, reference)
    if faults:
        return (), nothing, [], faults
    arms = (labels[first], *(one for i, one in enumerate(labels) if i != first))
    place = {label: i for i, label in enumerate(arms)}
    codes = np.array([place[_word(value)] for value in column.tolist()], dtype=np.intp)
    if len(arms) > 2 and numeric:
        note.append(
            f"`{name}` holds the numbers {', '.join(arms)}: they are read as arms, not as a dose."
        )
    return arms, codes, note, []


_DOSE = (
    "Name the column with the arm to which each row was randomised (and, if the dose is what people "
    "took up, give it as `received`); for a dose that was not randomised use "
    "`panel_fixed_effects` or `instrumental_variable`."
)


def _ordered(column: pd.Series[Any]) -> list[Any]:
    """Return the values in order: of the categories where there are some, else sorted."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        present = set(column.tolist())
        return [one for one in column.cat.categories.tolist() if one in present]
    values = list(dict.fromkeys(column.tolist()))
    return sorted(values, key=lambda one: (isinstance(one, str), one if _sorts(one) else str(one)))


def _sorts(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | np.number | np.bool_)


def _word(value: Any) -> str:
    """Return a label as people write it: 1, not 1.0."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _reference(labels: list[str], name: str, reference: Any) -> tuple[int, list[str], Faults]:
    if reference is not None:
        wanted = _word(reference)
        if wanted in labels:
            return labels.index(wanted), [], []
        wrong = f"`reference: {wanted}` is no arm of `{name}`.{nearest(wanted, labels)}"
        return 0, [], [(wrong, f"Write one of: {', '.join(labels)}.")]
    known = [i for i, one in enumerate(labels) if one.strip().lower() in CONTROL_WORDS]
    first = known[0] if len(known) == 1 else 0
    if set(labels) == {"0", "1"} or labels == ["False", "True"]:
        return first, [], []
    why = "by its name" if len(known) == 1 else "as the first in order"
    return first, [f"Control arm: `{labels[first]}`, {why}; `reference` names another."], []


def _blank_faults(table: pd.DataFrame, roles: Roles) -> Faults:
    names = [*roles.strata, *([roles.cluster] if roles.cluster else [])]
    counts = {name: int(table[name].isna().sum()) for name in dict.fromkeys(names)}
    return [
        (f"`{name}` is blank in {count} rows.", "Fill it in, or leave those rows out with `keep:`.")
        for name, count in counts.items()
        if count
    ]


def _weights(table: pd.DataFrame, roles: Roles) -> tuple[Floats, Faults]:
    if not roles.weights:
        return np.ones(len(table)), []
    made, faults = numbers(table[roles.weights], roles.weights)
    if not faults and not (made > 0).all():
        wrong = f"The weights `{roles.weights}` are not all above zero."
        faults = [(wrong, "Leave out rows without weight, or choose another column.")]
    return made, faults


def _received(table: pd.DataFrame, roles: Roles, outcome: Bools) -> tuple[Floats | None, Faults]:
    """Return what was received; it must be known of everyone whose outcome is."""
    if roles.received is None:
        return None, []
    made, faults = numbers(table[roles.received], roles.received)
    known = made[outcome & np.isfinite(made)]
    blank = int((outcome & np.isnan(made)).sum())
    if not faults and blank:
        wrong = f"`{roles.received}` is blank in {blank} rows that have an outcome."
        faults = [(wrong, "Write 0 for those who received nothing, in either arm.")]
    elif not faults and len(known) and known.min() == known.max():
        wrong = f"`{roles.received}` is {known[0]:g} in every row."
        faults = [(wrong, "Leave `received` out, or name the column that says who took part.")]
    return made, faults


def _baseline(
    table: pd.DataFrame, roles: Roles
) -> tuple[Floats, tuple[str, ...], list[str], Faults]:
    """Return baseline and covariates as numbers; text becomes 0 and 1 for all values but one."""
    stack: list[Floats] = []
    names: list[str] = []
    notes: list[str] = []
    faults: Faults = []
    for name in dict.fromkeys((*roles.baseline, *roles.covariates)):
        column = table[name]
        if not _is_words(column):
            made, found = numbers(column, name)
            stack, names, faults = [*stack, made], [*names, name], faults + found
            continue
        levels = _ordered(column.dropna())
        if len(levels) > MOST_LEVELS:
            wrong = f"The covariate `{name}` is text with {len(levels)} different values."
            faults.append((wrong, "Group its values, or give it as `strata`."))
            continue
        missing = column.isna().to_numpy(dtype=bool)
        for level in levels[1:]:
            on = (column == level).to_numpy(dtype=float, na_value=0.0)
            stack.append(np.where(missing, np.nan, on))
            names.append(f"{name}: {_word(level)}")
        notes.append(f"`{name}` is text: each value but `{_word(levels[0])}` is a covariate.")
    x = np.column_stack(stack) if stack else np.zeros((len(table), 0))
    return x, tuple(names), notes, faults


def _is_words(column: pd.Series[Any]) -> bool:
    """Return whether a column is made of words: no value of it is a number."""
    if pd.api.types.is_numeric_dtype(column) or not column.notna().any():
        return False
    return not pd.to_numeric(column.astype(object), errors="coerce").notna().any()


def _codes(table: pd.DataFrame, names: Sequence[str]) -> Ints:
    if not names:
        return np.zeros(len(table), dtype=np.intp)
    grouped = table.groupby(list(names), sort=False, observed=True, dropna=False)
    return np.asarray(grouped.ngroup().to_numpy(), dtype=np.intp)


def _labels(column: pd.Series[Any]) -> NDArray[np.object_]:
    return np.array([_word(one) for one in dict.fromkeys(column.tolist())], dtype=object)


def _row_notes(trial: Trial, unassigned: int) -> list[str]:
    roles, notes = trial.roles, []
    if unassigned:
        notes.append(
            f"{unassigned} of {unassigned + trial.n} rows have no `{roles.treatment}`: they count "
            "as not randomised and were left out."
        )
    blank = int(np.isnan(trial.y).sum())
    if blank:
        notes.append(f"{blank} of {trial.n} rows have no `{roles.outcome}` and were left out.")
    also = int((np.isfinite(trial.y) & ~trial.seen).sum())
    if also:
        notes.append(f"{also} further rows lack a covariate and were left out.")
    return notes


def data_faults(trial: Trial) -> Faults:
    """Return what makes the data hopeless for a comparison of arms."""
    roles, seen = trial.roles, trial.seen
    if not seen.any():
        also = " and of every covariate" if trial.x.shape[1] else ""
        wrong = f"No row has a value of `{roles.outcome}`{also}."
        return [(wrong, "Check the column, and whether the symbols for missing values are right.")]
    y = trial.y[seen]
    if y.min() == y.max():
        wrong = f"`{roles.outcome}` has the same value ({y[0]:g}) in every row."
        return [(wrong, "A constant outcome cannot show an effect: check the column.")]
    counts = np.bincount(trial.arm[seen], minlength=len(trial.arms))
    faults = [
        (
            (
                f"The arm `{label}` has {counts[i] or 'no'} row{'s' if counts[i] != 1 else ''} with a "
                f"value of `{roles.outcome}`."
            ),
            "An arm needs at least two; leave the arm out, or look for the missing outcomes.",
        )
        for i, label in enumerate(trial.arms)
        if counts[i] < 2
    ]
    return faults or _cluster_faults(trial.analysed()) + _strata_faults(trial.analysed())


def _cluster_faults(trial: Trial) -> Faults:
    name = trial.roles.cluster
    if not name:
        return []
    if trial.n_clusters == 1:
        return [(f"`{name}` has one cluster only.", "Add clusters to compare with.")]
    held = trial.arms_held().sum(axis=0)
    if trial.by_cluster() and (held == 1).sum() >= len(trial.arms):
        wrong = f"Every arm has a single `{name}`."
        return [
            (
                wrong,
                (
                    "With one cluster an arm nothing tells the effect from how the clusters differ: add "
                    "clusters."
                ),
            )
        ]
    return []


def _strata_faults(trial: Trial) -> Faults:
    if not trial.roles.strata:
        return []
    useful = useful_strata(trial)
    if useful.any():
        return []
    names = ", ".join(f"`{one}`" for one in trial.roles.strata)
    wrong = f"No stratum of {names} holds both arms, so no one is compared within a stratum."
    return [(wrong, "Name the blocks within which people were randomised, or leave `strata` out.")]


def useful_strata(trial: Trial) -> Bools:
    """Return which strata hold the reference arm and another one."""
    count = int(trial.stratum.max()) + 1
    held = np.zeros((count, len(trial.arms)), dtype=bool)
    held[trial.stratum, trial.arm] = True
    return np.asarray(held[:, 0] & held[:, 1:].any(axis=1))
