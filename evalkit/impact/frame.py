"""The edge where a user's frame (pandas, polars, Arrow) becomes arrays, with every fault named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import DesignError, nearest

Floats = NDArray[np.float64]
Faults = list[tuple[str, str]]
"""What is wrong and what to do, as often as needed."""


def names_of(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return column names given as one name, a list of names, or nothing, as a tuple."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def read_columns(frame: Any, names: Iterable[str]) -> tuple[pd.DataFrame, Faults]:
    """Return a pandas copy of the named columns, and a fault for every one that is not there.

    Parameters
    ----------
    frame : pandas.DataFrame, polars.DataFrame, pyarrow.Table or another frame narwhals knows
    names : iterable of str
    """
    import narwhals.stable.v1 as nw

    try:
        table = nw.from_native(frame, eager_only=True)
    except TypeError:
        kind = type(frame).__name__
        return pd.DataFrame(), [
            (f"The data are a {kind}, not a frame.", "Pass a pandas or polars DataFrame.")
        ]
    wanted = list(dict.fromkeys(names))
    lost = [name for name in wanted if name not in table.columns]
    faults = [
        (
            f"The data have no column `{name}`.{nearest(name, map(str, table.columns))}",
            "Check the name against the first line of the file.",
        )
        for name in lost
    ]
    columns = {name: _plain(table[name]) for name in wanted if name not in lost}
    return pd.DataFrame(columns), faults


def _plain(column: Any) -> Any:
    """Return a column as numpy values, missing ones as NaN or None."""
    native = column.to_native()
    if isinstance(native, pd.Series):
        return native.reset_index(drop=True)
    return np.asarray(column.to_list(), dtype=object) if _is_text(column) else column.to_numpy()


def _is_text(column: Any) -> bool:
    return not (column.dtype.is_numeric() or column.dtype.is_temporal())


def numbers(column: pd.Series[Any], name: str) -> tuple[Floats, Faults]:
    """Return a column as floats (missing as NaN), and a fault when it holds text or infinities."""
    made = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    text = column.notna().to_numpy() & np.isnan(made)
    if text.any():
        example = str(column[text].iloc[0])[:40]
        return made, [
            (
                f"`{name}` holds {int(text.sum())} values that are not numbers, such as `{example}`.",
                "Turn them into numbers, or list them under `missing:` if they mean missing.",
            )
        ]
    if np.isinf(made).any():
        return made, [
            (
                f"`{name}` holds {int(np.isinf(made).sum())} infinite values.",
                "Look where they come from (often a division by zero) and mend or blank them.",
            )
        ]
    return made, []


def refuse(faults: Faults, design: str) -> None:
    """Raise a `DesignError` that states every fault, when there is one."""
    if faults:
        wrong = " ".join(text for text, _ in faults)
        raise DesignError(
            f"{design} cannot be estimated: {wrong}",
            do=" ".join(dict.fromkeys(remedy for _, remedy in faults)),
        )


FREQUENTIST = ("frequentist",)
BOTH = ("frequentist", "bayesian")
"""What `inference` may be in a design that has a Bayesian form."""


def option_faults(
    *, level: float, inference: str = "frequentist", built: Sequence[str] = FREQUENTIST
) -> Faults:
    """Return the faults of the options that all designs share.

    Parameters
    ----------
    level : float
    inference : str
    built : sequence of str
        What `inference` may be in this design.
    """
    faults: Faults = []
    if not 0.5 < level < 1:
        faults.append((f"`level: {level}` is no confidence level.", "Write 0.95, 0.9 or the like."))
    if inference in built:
        return faults
    if len(built) > 1:
        return faults + choice_fault("inference", str(inference), built)
    faults.append(
        (
            f"`inference: {inference}` is not built for this design.",
            "Write `inference: frequentist`, or use the design `multilevel` for a Bayesian one.",
        )
    )
    return faults


def choice_fault(option: str, value: str, choices: Sequence[str]) -> Faults:
    """Return a fault when `value` is none of the `choices` of an option."""
    if value in choices:
        return []
    wrong = f"`{option}: {value}` is unknown.{nearest(str(value), choices)}"
    return [(wrong, f"Write one of: {', '.join(choices)}.")]
