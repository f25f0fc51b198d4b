"""Tables: files that are there or excused, columns that exist."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.errors import Fault
from evalkit.protocol.about import Agreement
from evalkit.protocol.columns import available, used_columns
from evalkit.protocol.look import Look, outside, pick
from evalkit.protocol.model import TablePlan

HEADING = "data"


def check_tables(look: Look) -> list[Fault]:
    """Return faults of files and columns, and advice on files still awaited."""
    found = [fault for table in look.protocol.tables.values() for fault in _table(look, table)]
    return [*found, *_sources(look), *_delivery(look), *_columns(look)]


def _table(look: Look, table: TablePlan) -> Iterator[Fault]:
    place = ("tables", table.id)
    if outside(table.file):
        wrong = f"The file of the table `{table.id}` stands outside the project folder."
        do = "Copy it into `data/` and write its path from the project folder."
        yield look.fault((*place, "file"), wrong, do, HEADING)
        return
    for other in table.joins:
        if other not in look.protocol.tables or other == table.id:
            wrong = f"The table `{table.id}` is joined with `{other}`, which is no other table."
            do = pick(other, look.protocol.tables, "tables")
            yield look.fault((*place, "join", other), wrong, do, HEADING)
    yield from _agreement(look, table)


def _agreement(look: Look, table: TablePlan) -> Iterator[Fault]:
    place, agreements = ("tables", table.id), look.about.agreements
    named = {it.what: it for it in agreements}
    if table.needs and table.needs not in named:
        wrong = f"The table `{table.id}` needs `{table.needs}`, which is no agreement."
        do = pick(table.needs, named, f"agreements in {look.about.file}")
        yield look.fault((*place, "needs"), wrong, do, HEADING)
        return
    held = [it for it in agreements if it.what == table.needs or table.file in it.holds_up]
    open_ones = [it for it in held if it.state != "signed"]
    there = look.exists(table.file)
    if there and open_ones:
        wrong = f"`{table.file}` is here although the {open_ones[0].what} is not signed."
        do = f"Ask the partners, and bring `agreements:` in {look.about.file} up to date."
        yield look.advice((*place, "file"), wrong, do, HEADING)
    if not there:
        yield _absent(look, table, open_ones)


def _absent(look: Look, table: TablePlan, open_ones: list[Agreement]) -> Fault:
    place = ("tables", table.id, "file")
    if open_ones:
        state = "still waits" if open_ones[0].state == "waiting" else "was refused"
        wrong = f"`{table.file}` is not here: the {open_ones[0].what} {state}."
        do = "What needs it is shown as not run, with this reason."
        return look.advice(place, wrong, do, HEADING)
    wrong = f"There is no file `{table.file}` for the table `{table.id}`."
    if look.illustration:
        return look.advice(place, wrong, "An illustration may leave it out.", HEADING)
    do = "Put it there, correct the path, or name the agreement it waits for with `needs:`."
    return look.fault(place, wrong, do, HEADING)


def _sources(look: Look) -> Iterator[Fault]:
    listening = look.protocol.listening
    if listening is None:
        return
    for key, path in (("sources", listening.sources), ("codings", listening.codings)):
        if outside(path):
            wrong = f"`{path}` stands outside the project folder."
            yield look.fault(("listening", key), wrong, "Copy it into the folder.", HEADING)
            return
    if not look.exists(listening.sources):
        wrong = f"There is no `{listening.sources}` with the texts of those listened to."
        do = "Put the texts there once they are written."
        yield look.advice(("listening", "sources"), wrong, do, HEADING)


def _delivery(look: Look) -> Iterator[Fault]:
    for name, entry in look.protocol.rest.get("delivery", {}).items():
        table = str(entry["table"])
        if table not in look.protocol.tables:
            wrong = f"`delivery: {name}` is in a table `{table}` that is not listed."
            do = pick(table, look.protocol.tables, "tables")
            yield look.fault(("delivery", name, "table"), wrong, do, HEADING)


def _columns(look: Look) -> Iterator[Fault]:
    known = {id: available(look, table) for id, table in look.protocol.tables.items()}
    for use in used_columns(look.protocol):
        columns = known.get(use.table)
        if columns is not None and use.column not in columns:
            file = look.protocol.tables[use.table].file
            wrong = f"`{file}` has no column `{use.column}` ({use.purpose})."
            yield look.fault(use.place, wrong, pick(use.column, columns, "columns"), HEADING)
