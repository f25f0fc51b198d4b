"""Whether it was delivered as planned: fidelity, dose and reach against their targets.

Read from the tables that the protocol names under ``delivery:``. Counts are as they stand: small ones
are hidden where they are printed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from evalkit.data.table import Table
from evalkit.synthesis.adaptation import Adaptation
from evalkit.synthesis.model import Sign

State = Literal["as planned", "in part", "not as planned", "not known"]
STATES: tuple[tuple[float, State], ...] = (
    (0.8, "as planned"),
    (0.5, "in part"),
    (0.0, "not as planned"),
)
"""State by the share delivered as planned, each from that share up."""
LOST = 0.2
"""Share of rows without a value up to which they count as not delivered, and no more is asked."""
STATE_WORDS: dict[State, str] = {
    "as planned": "It was delivered as planned, or nearly so.",
    "in part": "It was delivered as planned in part.",
    "not as planned": "Most of it was not delivered as planned.",
    "not known": "Whether it was delivered as planned is not known.",
}
REACH = "reach"
"""Entries whose name begins so hold 1 (reached) or 0; the share reached is held against the target."""


@dataclass(frozen=True, slots=True)
class AtSite:
    """What was delivered at one site: recorded rows, rows at or above the target, their share."""

    site: str
    n: int
    met: int
    share: float
    mean: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """One entry of ``delivery:`` held against its target.

    Attributes
    ----------
    id, table, column, words : str
        As in the protocol.
    target : float or None
    n, n_missing : int
        Rows with a value, and without one.
    met : int
        Rows at or above the target; for reach, rows that were reached.
    share : float
        Share delivered as planned: of rows at or above the target. For reach the share reached over
        the target, at most 1. Missing rows do not count, and are said.
    share_if_missing_failed : float
        The same with every missing row counted as not delivered.
    mean : float
    sites : tuple of AtSite
        By site, the least delivered first.
    state : {"as planned", "in part", "not as planned", "not known"}
        By `STATES`, from `share_if_missing_failed`; not known where more than `LOST` of the rows are
        missing and what they hold could change it.
    sentence, why : str
        The state in words; or why it is not known.
    """

    id: str
    table: str
    column: str
    words: str
    target: float | None
    n: int
    n_missing: int
    met: int
    share: float
    share_if_missing_failed: float
    mean: float
    sites: tuple[AtSite, ...]
    state: State
    sentence: str
    why: str = ""


def delivered(
    entries: Mapping[str, Mapping[str, Any]], tables: Mapping[str, Table]
) -> tuple[Delivered, ...]:
    """Return every measured entry of ``delivery:`` held against its target.

    Parameters
    ----------
    entries : mapping
        ``protocol.rest["delivery"]``: by id, each with ``table``, ``column``, ``target``, ``words``.
        Entries with ``kinds`` are adaptations and are left to `evalkit.synthesis.adaptation`.
    tables : mapping of str to Table
        Those that were read; the unit (or cluster) of a table names the site.
    """
    return tuple(
        _delivered(name, entry, tables.get(str(entry["table"])))
        for name, entry in entries.items()
        if not entry.get("kinds")
    )


def _delivered(name: str, entry: Mapping[str, Any], table: Table | None) -> Delivered:
    column, target = str(entry.get("column", "")), entry.get("target")
    why = _why_not(column, target, table)
    if why or table is None or target is None:
        return _unknown(name, entry, why)
    values = pd.to_numeric(table.frame[column], errors="coerce")
    known = values.dropna()
    if known.empty:
        return _unknown(name, entry, "no row has a value")
    reach = name.lower().startswith(REACH)
    least = 1.0 if reach else float(target)
    of = float(target) if reach else 1.0
    met, lost = int((known >= least).sum()), len(values) - len(known)
    shares = [
        min(1.0, count / rows / of)
        for count, rows in ((met, len(known)), (met, len(values)), (met + lost, len(values)))
    ]
    state, why = _state(shares, lost, len(values))
    return Delivered(
        id=name,
        table=table.id,
        column=column,
        words=str(entry.get("words", "")),
        target=float(target),
        n=len(known),
        n_missing=lost,
        met=met,
        share=shares[0],
        share_if_missing_failed=shares[1],
        mean=float(known.mean()),
        sites=_sites(known, table, least),
        state=state,
        sentence=STATE_WORDS[state],
        why=why,
    )


def _state(shares: Sequence[float], lost: int, rows: int) -> tuple[State, str]:
    """Return the state with missing rows counted as not delivered, or why it cannot be known."""
    worst, best = state_of(shares[1]), state_of(shares[2])
    if worst != best and lost > LOST * rows:
        return "not known", f"{lost} of {rows} rows have no value, too many to tell"
    return worst, ""


def _why_not(column: str, target: object, table: Table | None) -> str:
    if table is None:
        return "its table was not read"
    if not column:
        return "the plan names no column for it"
    if column not in table.frame:
        return f"the table has no column `{column}`"
    if target is None:
        return "the plan names no target"
    return "" if isinstance(target, int | float) and target > 0 else "the target is not above zero"


def _unknown(name: str, entry: Mapping[str, Any], why: str) -> Delivered:
    target = entry.get("target")
    return Delivered(
        id=name,
        table=str(entry["table"]),
        column=str(entry.get("column", "")),
        words=str(entry.get("words", "")),
        target=None if target is None else float(target),
        n=0,
        n_missing=0,
        met=0,
        share=math.nan,
        share_if_missing_failed=math.nan,
        mean=math.nan,
        sites=(),
        state="not known",
        sentence=STATE_WORDS["not known"],
        why=why,
    )


def state_of(share: float) -> State:
    """Return the state of a share delivered as planned, by `STATES`."""
    if math.isnan(share):
        return "not known"
    return next(state for least, state in STATES if share >= least)


def _sites(known: pd.Series[float], table: Table, least: float) -> tuple[AtSite, ...]:
    name = table.cluster or table.unit
    if not name or name not in table.frame:
        return ()
    sites = table.frame[name].loc[known.index]
    found = [
        AtSite(
            str(site),
            len(part),
            int((part >= least).sum()),
            float((part >= least).mean()),
            float(part.mean()),
        )
        for site, part in known.groupby(sites)
    ]
    return tuple(sorted(found, key=lambda one: (one.share, one.mean, one.site)))


# --- signs for the why table ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """What a sign of the why table gave: found or not, the entries it rests on, and what they are."""

    found: Literal["yes", "no", "not known"]
    of: tuple[str, ...] = ()
    detail: str = ""


SIGNS: dict[str, tuple[Literal["for", "against"], str]] = {
    "delivery-measured": ("for", "Fidelity, dose or reach fell short of the plan"),
    "delivery-measured-well": ("against", "Fidelity, dose and reach were as planned"),
    "delivery-against-theory": ("for", "It was adapted in ways judged to be against the theory"),
}
"""Signs of the explanation "delivery" that measures give: id, which way each points, and its words."""


def delivery_signs(
    found: Sequence[Delivered], changed: Sequence[Adaptation] = ()
) -> dict[str, Measured]:
    """Return what the measures of delivery say, one `Measured` for each of `SIGNS`.

    "As planned" asks that everything that was planned to be measured was measured: one entry that is
    not known leaves that sign not known, however good the others are.
    """
    known = [one for one in found if one.state != "not known"]
    short = tuple(f"delivery:{one.id}" for one in known if one.state != "as planned")
    met = tuple(f"delivery:{one.id}" for one in known if one.state == "as planned")
    against = tuple(one.id for one in changed if one.judged == "against the theory")
    unsettled = [one for one in changed if one.judged in ("unsure", "not judged")]
    nothing = Measured("not known", detail=_nothing(found))
    return {
        "delivery-measured": _short(known, short, met, nothing, whole=len(known) == len(found)),
        "delivery-measured-well": (
            Measured("no", short)
            if short
            else Measured("yes", met)
            if met and len(known) == len(found)
            else nothing
        ),
        "delivery-against-theory": (
            Measured("yes", against, f"{len(against)} of {len(changed)} adaptations")
            if against
            else Measured("no", tuple(one.id for one in changed))
            if changed and not unsettled
            else Measured("not known", detail="no adaptation was recorded and judged")
        ),
    }


def _short(
    known: Sequence[Delivered],
    short: tuple[str, ...],
    met: tuple[str, ...],
    nothing: Measured,
    *,
    whole: bool,
) -> Measured:
    if short:
        return Measured(
            "yes", short, "; ".join(_detail(one) for one in known if one.state != "as planned")
        )
    return Measured("no", met) if met and whole else nothing


def _detail(one: Delivered) -> str:
    return f"{one.words or one.id}: {one.state}"


def _nothing(found: Sequence[Delivered]) -> str:
    if not found:
        return "no table of fidelity, dose or reach"
    return "; ".join(f"{one.id}: {one.why}" for one in found if one.why) or "nothing was measured"


def as_signs(measured: Mapping[str, Measured]) -> tuple[Sign, ...]:
    """Return what `delivery_signs` found as signs of the why table."""
    return tuple(
        Sign(
            id=id,
            explanation="delivery",
            points=SIGNS[id][0],
            sign=SIGNS[id][1],
            found=one.found,
            words=f"{_HEADS[one.found]}{f': {one.detail}' if one.detail else ''}.",
            of=one.of,
        )
        for id, one in measured.items()
    )


_HEADS = {"yes": "Found", "no": "Looked for, not found", "not known": "Not known"}
