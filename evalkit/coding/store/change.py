"""What the log says over time: which codes were used when, and whether new ones still come."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal

from evalkit.coding.store.connect import Store, reading
from evalkit.coding.store.log import events_of
from evalkit.coding.store.records import Event, StoreError

if TYPE_CHECKING:
    import pandas as pd

Period = Literal["day", "month", "year"]
_LENGTH: dict[str, int] = {"day": 10, "month": 7, "year": 4}
_COUNTS = ("put", "taken_off", "recoded_to", "recoded_from")


def drift(store: Store, *, period: Period = "month") -> pd.DataFrame:
    """Count how often each code was used in each period, to see whether its use drifts.

    A coding counts in the period in which it was made (its ``on``; without one, when it was put
    into the store), a removal or recoding when it was done. Nothing that was taken back is left
    out: it counts as put, and as taken off.

    Parameters
    ----------
    store : Store
    period : {"day", "month", "year"}

    Returns
    -------
    pandas.DataFrame
        ``period, code, put, taken_off, recoded_to, recoded_from`` (counts) and ``share`` (of all
        that was put in the period; NaN when nothing was), sorted by period and code.

    Raises
    ------
    StoreError
        `period` is none of these.
    """
    import pandas as pd

    if period not in _LENGTH:
        wrong = f"`period` cannot be {period!r}."
        raise StoreError(wrong, do="Use day, month or year.")
    count: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    with reading(store) as connection:
        for event in events_of(connection, "coding"):
            for moment, code, what in _uses(event):
                count[moment[: _LENGTH[period]], code][what] += 1
    rows = [{"period": when, "code": code, **count[when, code]} for when, code in sorted(count)]
    frame = pd.DataFrame(rows, columns=["period", "code", *_COUNTS])
    total = frame.groupby("period")["put"].transform("sum")
    return frame.assign(share=frame["put"].div(total.where(total > 0)))


def saturation(store: Store) -> pd.DataFrame:
    """Count the codes that each source brought that none before it had, in order of coding.

    That no new code came up for some sources says that the codebook was not extended by them. It
    does not say that nothing else is there to be found.

    Parameters
    ----------
    store : Store
        Codings that stand in it now count, also those that wait for a place in a corrected text.

    Returns
    -------
    pandas.DataFrame
        One row a source, in the order of the first coding of each: ``order, source, first_coded,
        codings, codes, new_codes, codes_so_far``.
    """
    import pandas as pd

    standing: dict[int, tuple[str, int, Any]] = {}
    with reading(store) as connection:
        for event in events_of(connection, "coding"):
            _keep(standing, event)
    order = sorted(standing.values(), key=lambda it: it[:2])
    by_source: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for moment, _, value in order:
        by_source[value["segment"]["source"]].append((moment, value["code"]))
    seen: set[str] = set()
    rows = []
    for at, (source, uses) in enumerate(by_source.items(), 1):
        codes = {code for _, code in uses}
        new = len(codes - seen)
        seen |= codes
        rows.append((at, source, uses[0][0], len(uses), len(codes), new, len(seen)))
    names = ["order", "source", "first_coded", "codings", "codes", "new_codes", "codes_so_far"]
    return pd.DataFrame(rows, columns=names)


def _uses(event: Event) -> list[tuple[str, str, str]]:
    """Return when which code was put on a passage, taken off it, or changed for another."""
    before = event.before["value"] if event.before else None
    after = event.after["value"] if event.after else None
    if before is None and after is not None:
        # What comes back by undoing comes back now.
        moment = event.at if event.undoes else after.get("on") or event.at
        return [(moment, after["code"], "put")]
    if before is not None and after is None:
        return [(event.at, before["code"], "taken_off")]
    if before is None or after is None or before["code"] == after["code"]:
        return []
    return [(event.at, before["code"], "recoded_from"), (event.at, after["code"], "recoded_to")]


def _keep(standing: dict[int, tuple[str, int, Any]], event: Event) -> None:
    if event.after is None:
        standing.pop(event.key, None)
        return
    value = event.after["value"]
    first = standing.get(event.key, ("", event.number, None))
    standing[event.key] = (value.get("on") or first[0] or event.at, first[1], value)
