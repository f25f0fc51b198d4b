"""What is told of sites and may explain why their effects differ: numbers, and kinds of place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import nearest
from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.frame import Faults


@dataclass(frozen=True)
class Moderators:
    """Site-level regressors of the effect, and how each came from its column.

    Attributes
    ----------
    standard : numpy.ndarray, shape (sites, regressors)
        Numbers standardised over the treated sites; for a kind of place 1 or 0, less its share
        among the treated sites, so that the effect at 0 is that of the average treated site.
    names : tuple of str
        What a change of one in each regressor means, in words.
    source : tuple of str
        The column behind each regressor.
    kind : tuple of str
        The kind of place a regressor stands for, or an empty string for a number.
    centre, scale : numpy.ndarray, shape (regressors,)
    reference : mapping of str to str
        The kind of place that the others of the column are held against.
    """

    standard: Floats
    names: tuple[str, ...]
    source: tuple[str, ...]
    kind: tuple[str, ...]
    centre: Floats
    scale: Floats
    reference: Mapping[str, str]


def none(sites: int) -> Moderators:
    """Return no moderators for some sites."""
    return Moderators(np.zeros((sites, 0)), (), (), (), np.zeros(0), np.ones(0), {})


def site_moderators(place: pd.DataFrame, site: Ints, treated: Ints) -> tuple[Moderators, Faults]:
    """Return the regressors of the effect for some treated sites, or what is wrong with them.

    Parameters
    ----------
    place : pandas.DataFrame
        The moderators, by row.
    site : numpy.ndarray of int, shape (rows,)
    treated : numpy.ndarray of int
        Codes of the sites wanted, in order.
    """
    faults: Faults = []
    rows: list[tuple[str, str, str, Floats]] = []
    reference: dict[str, str] = {}
    for name in place.columns:
        values = [place[name][site == one] for one in treated]
        found = _column_faults(str(name), values)
        faults.extend(found)
        if not found:
            made, first = _regressors(str(name), pd.Series([one.iloc[0] for one in values]))
            rows.extend(made)
            reference.update({str(name): first} if first else {})
    if len(place.columns) and not faults and len(treated) < len(rows) + 3:
        wrong = f"{len(rows)} moderators are too many for {len(treated)} treated sites."
        faults.append((wrong, "Keep at least three treated sites more than moderators."))
    if not rows or faults:
        return none(len(treated)), faults
    raw = np.array([row[3] for row in rows]).T
    numeric = np.array([row[2] == "" for row in rows])
    scale = np.where(numeric, raw.std(axis=0), 1.0)
    centre = raw.mean(axis=0)
    names = tuple(row[0] for row in rows)
    source, kind = tuple(row[1] for row in rows), tuple(row[2] for row in rows)
    values = (raw - centre) / scale
    return Moderators(values, names, source, kind, centre, scale, reference), []


def _column_faults(name: str, values: list[pd.Series[Any]]) -> Faults:
    if any(len(set(one.astype(str))) > 1 for one in values):
        wrong = f"The moderator `{name}` differs between rows of one site."
        return [(wrong, "Use a value for the whole site, such as its mean.")]
    if len({str(one.iloc[0]) for one in values}) < 2:
        wrong = f"The moderator `{name}` is the same in every treated site."
        return [(wrong, "Leave it out: it cannot explain why effects differ.")]
    return []


def _regressors(
    name: str, values: pd.Series[Any]
) -> tuple[list[tuple[str, str, str, Floats]], str]:
    """Return (words, column, kind, value by site) of each regressor, and the reference kind."""
    number = pd.to_numeric(values, errors="coerce")
    if number.notna().all() and not isinstance(values.iloc[0], bool | np.bool_):
        words = f"change in effect per SD of {name}"
        return [(words, name, "", number.to_numpy(dtype=float))], ""
    kinds = sorted(values.astype(str).unique())
    made = []
    for kind in kinds[1:]:
        words = f"change in effect where {name} is {kind} rather than {kinds[0]}"
        made.append((words, name, kind, (values.astype(str) == kind).to_numpy(dtype=float)))
    return made, kinds[0]


def new_site_faults(
    asked: object, known: Moderators, extra: Mapping[str, tuple[str, ...]]
) -> Faults:
    """Return what is wrong with the description of a new site.

    Parameters
    ----------
    asked : bool or mapping
    known : Moderators
    extra : mapping of str to tuple of str
        Groupings (area, crossed) a new site may be put in, and their names.
    """
    if not isinstance(asked, Mapping):
        wrong = f"`new_site: {asked}` is neither true or false nor a description of a site."
        remedy = "Write `new_site: true`, or the moderators there, such as `{dose: 3}`."
        return [] if isinstance(asked, bool) else [(wrong, remedy)]
    faults: Faults = []
    choices = (*dict.fromkeys(known.source), *extra)
    for name, value in asked.items():
        if name in extra:
            if str(value) not in extra[name]:
                wrong = f"`new_site` puts the site in `{name}` {value}, which is not in the data."
                wrong += nearest(str(value), extra[name])
                faults.append((wrong, f"Leave `{name}` out for a new one."))
        elif name not in known.source:
            wrong = (
                f"`new_site` names `{name}`, which is no moderator.{nearest(str(name), choices)}"
            )
            remedy = (
                f"Use any of: {', '.join(choices)}."
                if choices
                else "List it under `moderators` first."
            )
            faults.append((wrong, remedy))
        else:
            faults.extend(_value_fault(str(name), value, known))
    return faults


def _value_fault(name: str, value: object, known: Moderators) -> Faults:
    if name in known.reference:
        at = [i for i, source in enumerate(known.source) if source == name]
        kinds = (known.reference[name], *(known.kind[i] for i in at))
        if str(value) in kinds:
            return []
        wrong = f"`new_site` has `{name}: {value}`, a kind of place no treated site is."
        return [(wrong + nearest(str(value), kinds), f"Use one of: {', '.join(kinds)}.")]
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        return [(f"`new_site` has `{name}: {value}`, which is no number.", "Write a number.")]
    return []


def at_new_site(asked: object, known: Moderators) -> Floats:
    """Return the regressors at a described site; what is not described is as in the average site."""
    made = np.zeros(len(known.names))
    if not isinstance(asked, Mapping):
        return made
    for k, (name, kind) in enumerate(zip(known.source, known.kind, strict=True)):
        if name in asked:
            raw = float(str(asked[name]) == kind) if kind else float(asked[name])
            made[k] = (raw - known.centre[k]) / known.scale[k]
    return made


def new_site_words(asked: object, known: Moderators) -> str:
    """Say what the new site is like, and how far that lies from the sites that were studied."""
    if not isinstance(asked, Mapping) or not asked:
        return "like the average of the treated sites"
    parts = [f"{name} {value}" for name, value in asked.items()]
    far = [
        name
        for k, name in enumerate(known.source)
        if name in asked and not known.kind[k] and _outside(float(asked[name]), known, k)
    ]
    words = f"with {', '.join(parts)}"
    rest = [name for name in dict.fromkeys(known.source) if name not in asked]
    if rest:
        words += f", and {', '.join(rest)} as in the average treated site"
    if far:
        words += f" (`{'`, `'.join(far)}` lies outside what was studied: an extrapolation)"
    return words


def _outside(value: float, known: Moderators, k: int) -> bool:
    studied = known.standard[:, k]
    standard = (value - known.centre[k]) / known.scale[k]
    slack = 1e-9
    return not studied.min() - slack <= standard <= studied.max() + slack
