"""From a planned analysis to a task: the rows, the outcome and the options its design is given."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from evalkit.data import Table, gap, keep_rows
from evalkit.errors import DesignError, EvalkitError, Fault, nearest
from evalkit.impact.besides import (
    BESIDES,
    columns_besides,
    refuse_besides,
    split,
    with_besides,
)
from evalkit.impact.compared import compared_rows, need_columns
from evalkit.impact.designs import DESIGNS, check_design, design_options
from evalkit.impact.estimate import Estimate
from evalkit.impact.synthetic.predictors import predictor_columns
from evalkit.protocol.columns import is_column
from evalkit.protocol.model import Analysis, Outcome, Protocol

_NOT_FILLED = {"multilevel": ("time",), "synthetic_control": ("cluster",)}
"""Roles of a table that a design does not take from it: there they are a choice of model."""


@dataclass(frozen=True)
class Task:
    """One computation, ready to run: a design, its rows, its outcome and its options.

    Attributes
    ----------
    id : str
        Id of the estimate: the analysis' id, or ``analysis/outcome`` when it has several outcomes.
    outcome, column : str
        Outcome id (or column) the estimate is about; the column it is read from.
    frame : pandas.DataFrame
        Rows kept, columns used.
    options : mapping
        Keyword arguments of the design.
    notes : tuple of str
        What was done to choose the rows.
    tables : mapping of str to pandas.DataFrame
        What the estimate shows of that choice.
    """

    id: str
    analysis: Analysis
    outcome: str
    column: str
    frame: pd.DataFrame
    options: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def plan_tasks(
    protocol: Protocol, tables: Mapping[str, Table]
) -> tuple[list[Task], list[Fault], dict[str, str]]:
    """Return the tasks of every planned analysis that this version can run.

    Returns
    -------
    tasks : list of Task
        In the order of the protocol.
    faults : list of Fault
        Why an analysis cannot be run, at its line of the protocol.
    waiting : dict of str to str
        Analyses left out for a reason that is no fault (a table that is awaited, a design that
        this version has not).
    """
    tasks: list[Task] = []
    faults: list[Fault] = []
    waiting: dict[str, str] = {}
    kept: dict[str, Table] = {}
    for analysis in protocol.analyses.values():
        reason = _not_now(analysis, protocol, tables)
        if reason:
            waiting[analysis.id] = reason
            continue
        for outcome in analysis.outcomes or (str(analysis.options.get("estimate", "")),):
            try:
                tasks.append(_task(analysis, outcome, protocol, tables, kept))
            except EvalkitError as error:
                faults.append(_at(error, analysis, protocol))
    for task in tasks:
        faults.extend(check_task(task, protocol))
    return tasks, faults, waiting


def check_task(task: Task, protocol: Protocol) -> list[Fault]:
    """Return every reason, seen in the data, why the task cannot give an estimate."""
    return [
        Fault(protocol.file, task.analysis.line, f"Analysis `{task.id}`: {wrong}", do)
        for wrong, do in check_design(
            task.analysis.design, task.frame, outcome=task.column, **split(task.options)[0]
        )
    ]


def run_task(task: Task, seed: int) -> Estimate:
    """Run one task; its own seed is drawn from `seed` and its id, so order does not matter."""
    own, asked = split(task.options)
    options = {"outcome": task.column, **own}
    if "seed" in design_options(task.analysis.design):
        options.setdefault("seed", task_seed(seed, task.id))
    design = DESIGNS[task.analysis.design]
    estimate = replace(design(task.frame, **options), id=task.id)
    estimate = with_besides(estimate, design, task.frame, options, asked)
    return replace(
        estimate,
        id=task.id,
        outcome=task.outcome,
        notes=(*task.notes, *estimate.notes),
        table={**task.tables, **estimate.table},
    )


def task_seed(seed: int, name: str) -> int:
    """Return a seed for the task of this name: the same whatever else is run, in whatever order."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:4], "big")


def _at(error: EvalkitError, analysis: Analysis, protocol: Protocol) -> Fault:
    return Fault(protocol.file, analysis.line, f"Analysis `{analysis.id}`: {error.wrong}", error.do)


def _not_now(analysis: Analysis, protocol: Protocol, tables: Mapping[str, Table]) -> str:
    """Return why an analysis waits (for data, or for a later version), or an empty string."""
    if analysis.design not in DESIGNS:
        return f"this version of evalkit has no design `{analysis.design}` yet"
    for name in analysis.outcomes:
        outcome = _outcome(name, analysis, protocol)
        if outcome.gap_in:
            return "the gap between groups of rows is not estimated in this version yet"
        if outcome.table not in tables:
            return f"its table `{outcome.table}` could not be read"
    return ""


def _outcome(name: str, analysis: Analysis, protocol: Protocol) -> Outcome:
    if name in protocol.outcomes:
        return protocol.outcomes[name]
    return Outcome(id=name, table=analysis.table, column=name, label=name)


def _task(
    analysis: Analysis,
    name: str,
    protocol: Protocol,
    tables: Mapping[str, Table],
    kept: dict[str, Table],
) -> Task:
    """Make one task; `kept` remembers rows chosen before, as most analyses keep the same ones."""
    outcome = _outcome(name, analysis, protocol)
    table = tables[outcome.table]
    options = _options(analysis, outcome, table)
    need_columns(table, [outcome.column, outcome.less, *analysis.keep], "The table has no column")
    need_columns(table, _columns_named(analysis.design, options), "The table has no column")
    rows = f"{table.id} {analysis.keep}"
    if rows not in kept:
        kept[rows] = keep_rows(table, analysis.keep)
    compared = compared_rows(kept[rows], analysis, options)
    frame = compared.frame
    column = outcome.id if outcome.less else outcome.column
    if outcome.less:
        frame = gap(frame, outcome.column, outcome.less, name=column)
    used = [column, *_columns_named(analysis.design, options), *_columns_within(options, table)]
    if analysis.design == "synthetic_control":
        used += predictor_columns(options.get("predictors"), column)
    return Task(
        id=name_of(analysis, name),
        analysis=analysis,
        outcome=name,
        column=column,
        frame=frame[[one for one in dict.fromkeys(used) if one in frame.columns]],
        options=options,
        notes=compared.notes,
        tables=compared.tables,
    )


def name_of(analysis: Analysis, outcome: str) -> str:
    """Return the id of the estimate of one outcome of an analysis."""
    return analysis.id if len(analysis.outcomes) == 1 else f"{analysis.id}/{outcome}"


def _options(analysis: Analysis, outcome: Outcome, table: Table) -> dict[str, Any]:
    """Return the design's options: those written, then roles of the table, then the margin."""
    known = design_options(analysis.design)
    own, asked = split(analysis.options)
    unknown = [name for name in own if name not in known]
    if unknown:
        raise DesignError(
            f"The design `{analysis.design}` has no option `{unknown[0]}`.",
            do=nearest(unknown[0], {*known, *BESIDES}).strip()
            or f"Its options: {', '.join(sorted(known))}.",
        )
    refuse_besides(asked, sorted(known))
    roles: dict[str, Any] = {"unit": table.unit, "time": table.time, "cluster": table.cluster}
    if outcome.margin is not None and outcome.margin.unit == "points":
        wanted = -1 if outcome.higher_is == "worse" else 1
        roles["margin"] = wanted * outcome.margin.value
    filled = {name: value for name, value in roles.items() if value and name in known}
    for role in _NOT_FILLED.get(analysis.design, ()):
        filled.pop(role, None)
    return {**filled, **analysis.options}


def _columns_named(design: str, options: Mapping[str, Any]) -> list[str]:
    """Return the columns that the options name."""
    named: list[str] = []
    for name, value in options.items():
        if is_column(design, name):
            named.extend(
                str(one) for one in (value if isinstance(value, list | tuple) else [value])
            )
    named.extend(columns_besides(split(options)[1], lambda name: is_column(design, name)))
    return [name for name in named if name and name != "None"]


def _columns_within(options: Mapping[str, Any], table: Table) -> list[str]:
    """Return the columns inside terms such as ``age^2`` and ``age:sex``."""
    terms = options.get("terms") or ()
    text = terms if isinstance(terms, str) else " ".join(str(one) for one in terms)
    return [str(name) for name in table.frame.columns if str(name) in re.split(r"[^\w]+", text)]
