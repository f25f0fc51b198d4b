"""Records to plain values that JSON can hold, and back, by the records' own types."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from evalkit.errors import ResultsError

if TYPE_CHECKING:
    import pandas as pd

LEFT_OUT = frozenset({"native", "draws", "project"})
"""Fields that only live in memory, besides those whose metadata say so."""


def plain(value: Any) -> Any:
    """Return `value` as mappings, lists, text, numbers, True, False and None.

    A frame becomes ``{"columns": [...], "rows": [[...]]}``; a number that is not finite becomes None.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if is_dataclass(value):
        kept = [
            item.name
            for item in fields(value)
            if item.name not in LEFT_OUT and not item.metadata.get("in_memory_only")
        ]
        return {name: plain(getattr(value, name)) for name in kept}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "columns"):
        return _plain_frame(value)
    return _plain_scalar(value)


def _plain_frame(frame: pd.DataFrame) -> dict[str, Any]:
    rows = frame.itertuples(index=False, name=None)
    return {
        "columns": [str(name) for name in frame.columns],
        "rows": [[plain(cell) for cell in row] for row in rows],
    }


def _plain_scalar(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if type(value).__name__ in ("NAType", "NaTType"):  # pandas' own signs for "missing"
        return None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


def record(kind: Any, value: Any, place: str = "") -> Any:
    """Return plain values as a record of `kind`, checking them on the way.

    Raises
    ------
    ResultsError
        A value is missing or of another type; the message says where.
    """
    if kind is Any or value is None:
        return _nothing(kind, place) if value is None else value
    if is_dataclass(kind):
        return _dataclass(kind, value, place)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return record(next(one for one in inner if one is not type(None)), value, place)
    if origin is tuple:
        return _tuple(inner, value, place)
    if origin is not None and origin is not Literal:
        return {key: record(inner[1], one, f"{place}.{key}") for key, one in value.items()}
    return _scalar(kind, value, place)


def _nothing(kind: Any, place: str) -> float | None:
    """Return what null stands for: no value where one may be left out, or no finite number."""
    if kind is float:
        return math.nan
    if kind is Any or type(None) in get_args(kind):
        return None
    raise _unfit(place, "is empty")


def _dataclass(kind: Any, value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise _unfit(place, "is not a mapping")
    hints = _hints(kind)
    given = {
        item.name: record(hints[item.name], value[item.name], f"{place}.{item.name}")
        for item in fields(kind)
        if item.name in value
    }
    lacking = [item.name for item in fields(kind) if _is_needed(item) and item.name not in given]
    if lacking:
        raise _unfit(f"{place}.{lacking[0]}", "is missing")
    return kind(**given)


def _is_needed(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """Return the types of a record's fields; frames are known by name, so pandas stays unloaded."""
    return get_type_hints(kind, localns={"pd": types.SimpleNamespace(DataFrame=_Frame)})


class _Frame:
    """Stands for pandas.DataFrame in the types of records."""


def _tuple(inner: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _unfit(place, "is not a list")
    kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
    pairs = zip(kinds, value, strict=False)
    return tuple(record(kind, one, f"{place}[{at}]") for at, (kind, one) in enumerate(pairs))


def _scalar(kind: Any, value: Any, place: str) -> Any:
    if kind is _Frame:
        import pandas as pd

        return pd.DataFrame(value["rows"], columns=value["columns"])
    if kind is float and isinstance(value, int | float):
        return float(value)
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return value
        raise _unfit(place, f"is none of {', '.join(map(str, get_args(kind)))}")
    if isinstance(value, kind):
        return value
    raise _unfit(place, f"is not {getattr(kind, '__name__', kind)}")


def _unfit(place: str, how: str) -> ResultsError:
    return ResultsError(
        f"The results file does not fit its schema: `{place.lstrip('.')}` {how}.",
        do="Make it again with `evalkit run`.",
    )
