"""Who is treated when, read from whichever option of a design says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.frame import Floats, numbers, read_columns, refuse

TREATMENT_OPTIONS = ("treatment", "treated", "first_treated")


def treatment_option(options: Mapping[str, Any]) -> str:
    """Return the option that names the column of treatment.

    Raises
    ------
    DesignError
        No option names one (a synthetic control names units, a time series a date).
    """
    for name in TREATMENT_OPTIONS:
        if isinstance(options.get(name), str):
            return name
    raise DesignError(
        "No option of this design names a column that says who is treated.",
        do="Use a design with `treatment`, `treated` or `first_treated`.",
    )


def treated_rows(frame: Any, options: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Return which rows are under treatment, shape (n,); blanks are not.

    With ``first_treated``: rows from that period on; with ``treated`` and ``start`` or ``post``:
    treated rows from then on; with ``treatment``: rows where it is not 0.
    """
    option = treatment_option(options)
    more = [options[name] for name in ("time", "post") if isinstance(options.get(name), str)]
    table = columns_of(frame, [options[option], *more])
    values = number(table, options[option])
    if option == "treatment":
        on = np.nan_to_num(values) != 0
    elif option == "treated" and options.get("post"):
        on = (np.nan_to_num(values) != 0) & (np.nan_to_num(number(table, options["post"])) != 0)
    elif option == "treated":
        on = (np.nan_to_num(values) != 0) & after(table[options["time"]], options.get("start"))
    else:
        begins = np.where(np.isfinite(values) & (values != 0), values, np.inf)
        on = number(table, options["time"]) >= begins
    return np.asarray(on, dtype=bool)


def after(times: pd.Series[Any], start: Any) -> NDArray[np.bool_]:
    """Return which periods are at or after the start."""
    made = pd.Timestamp(start) if pd.api.types.is_datetime64_any_dtype(times) else start
    return np.asarray((times >= made).to_numpy(dtype=bool))


def columns_of(frame: Any, names: list[str]) -> pd.DataFrame:
    """Return a pandas copy of the columns; raise when one is not there."""
    table, faults = read_columns(frame, names)
    refuse(faults, "This")
    return table


def number(table: pd.DataFrame, name: str) -> Floats:
    """Return a column as floats; true and false count as 1 and 0; raise when it holds text."""
    values, faults = numbers(table[name], name)
    refuse(faults, "This")
    return values


def with_column(frame: Any, name: str, values: Any) -> Any:
    """Return the frame, in its own kind, with a column added or replaced; the caller's is kept."""
    import narwhals.stable.v1 as nw

    table = nw.from_native(frame, eager_only=True)
    column = nw.new_series(name, np.asarray(values), backend=table.implementation)
    if isinstance(frame, pd.DataFrame):
        return frame.assign(**{name: np.asarray(values)})
    return table.with_columns(column).to_native()
