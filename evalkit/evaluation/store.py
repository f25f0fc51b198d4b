"""``results.json``: the record that comes out, written whole and read again."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from evalkit.errors import ResultsError
from evalkit.evaluation.encode import LEFT_OUT, plain, record
from evalkit.evaluation.model import Evaluation
from evalkit.files.write import pretty_json, write_whole

SCHEMA = "evalkit-results/1"
MAX_BYTES = 200_000_000
_FIRST = (
    *("schema", "evaluation", "theory", "protocol", "estimates", "agreement", "findings", "tests"),
    *("configurations", "contributions", "why", "departures", "provenance"),
)


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the record as the mapping that ``results.json`` holds (design: section 7)."""
    rest = {
        item.name: plain(getattr(evaluation, item.name))
        for item in fields(evaluation)
        if item.name not in LEFT_OUT
    }
    rest["schema"] = SCHEMA
    rest["evaluation"] = rest.pop("about")
    rest["protocol"] = {**rest["protocol"], "lock": rest.pop("lock")}
    rest["contributions"] = [_contribution(one) for one in rest["contributions"]]
    rest["why"] = {row["explanation"]: row for row in rest["why"]}
    return {name: rest.pop(name) for name in _FIRST} | rest


def _contribution(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out the one of ``link`` and ``pathway`` that is empty: a claim is on one of them."""
    unused = "pathway" if values["link"] else "link"
    return {key: value for key, value in values.items() if key != unused}


def from_json(values: dict[str, Any]) -> Evaluation:
    """Return the record that `to_json` made the mapping from (draws and native results apart)."""
    if values.get("schema") != SCHEMA:
        raise ResultsError(
            f"The file is not a results file of the kind `{SCHEMA}`.",
            do="Give the `results.json` that `evalkit run` wrote.",
        )
    values = dict(values)
    protocol = dict(values["protocol"])
    values["lock"] = protocol.pop("lock", {})
    values["protocol"] = protocol
    values["about"] = values.pop("evaluation")
    values["contributions"] = [
        {"link": "", "pathway": [], **one} for one in values["contributions"]
    ]
    values["why"] = list(values["why"].values())
    return record(Evaluation, values)  # type: ignore[no-any-return] # the kind is given


def save(evaluation: Evaluation, out: Path) -> Path:
    """Write ``results.json`` into `out` (made when absent), in one step; return its path."""
    path = out / "results.json"
    write_whole(path, pretty_json(to_json(evaluation)))
    return path


def load(path: Path) -> Evaluation:
    """Read a ``results.json``.

    Raises
    ------
    ResultsError
        It is missing, too large, not JSON, or does not fit the schema.
    """
    if not path.is_file():
        raise ResultsError(f"There is no file `{path}`.", do="Make it with `evalkit run`.")
    if path.stat().st_size > MAX_BYTES:
        raise ResultsError(f"`{path}` is too large to be a results file.", do="Check the path.")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return from_json(values)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ResultsError(
            f"`{path}` is not JSON ({error}).", do="Run `evalkit run` again."
        ) from error
    except (KeyError, AttributeError, TypeError, IndexError, ValueError) as error:
        raise ResultsError(
            f"`{path}` does not fit the schema of a results file ({error!r}).",
            do="Run `evalkit run` again.",
        ) from error
