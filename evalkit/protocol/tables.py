"""The plan's tables, read: joined with one another and with the columns the plan makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from evalkit.data import Table, join_tables, new_column, read_table
from evalkit.errors import DataError, EvalkitError, Fault
from evalkit.protocol.model import Protocol, TablePlan


def read_tables(folder: Path, protocol: Protocol) -> tuple[dict[str, Table], list[Fault]]:
    """Read every table of the plan whose file is there.

    Files that are absent are left out here; whether that is a fault is for the check to say.

    Returns
    -------
    tables : dict of str to Table
        By the id in the plan, with joins made and new columns added.
    faults : list of Fault
        Tables that could not be read, at their line of the plan.
    """
    faults: list[Fault] = []
    read: dict[str, Table] = {}
    for plan in protocol.tables.values():
        try:
            path = inside(folder, plan.file)
            if path.is_file():
                read[plan.id] = _read(path, plan)
        except EvalkitError as error:
            faults.append(_at(error, plan, protocol.file))
    whole: dict[str, Table] = {}
    for plan in protocol.tables.values():
        if plan.id not in read or any(other not in read for other in plan.joins):
            continue
        try:
            whole[plan.id] = _complete(read[plan.id], plan, read)
        except EvalkitError as error:
            faults.append(_at(error, plan, protocol.file))
    return whole, faults


def inside(folder: Path, file: str) -> Path:
    """Return the path of a file named in the plan; refuse one outside the project folder."""
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DataError(
            f"The file `{file}` is outside the project folder.",
            do="Copy it into `data/` and name it from there.",
        )
    return path


def _read(path: Path, plan: TablePlan) -> Table:
    table = read_table(
        path,
        id=plan.id,
        unit=plan.unit,
        time=plan.time,
        cluster=plan.cluster,
        missing=plan.missing,
        sheet=plan.sheet,
    )
    return replace(table, file=plan.file)


def _complete(table: Table, plan: TablePlan, read: Mapping[str, Table]) -> Table:
    for other, key in plan.joins.items():
        table = join_tables(table, read[other], by=key)
    for name, made in plan.new_columns.items():
        table = new_column(table, name, made.column, values=made.values, reached_by=made.reached_by)
    return table


def _at(error: EvalkitError, plan: TablePlan, file: str) -> Fault:
    fault = error.fault(file, plan.line)
    return Fault(file, plan.line, f"Table `{plan.id}`: {fault.wrong}", fault.do)
