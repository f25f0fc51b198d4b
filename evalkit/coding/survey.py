"""Answers to open questions: rows to sources and cases, by rules that are stated.

A table with the columns ``id`` and ``text`` holds one source a row. Any other table is a survey:
one row a case, its open questions columns of answers in words, its other columns attributes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast

from evalkit.coding.material import TEXT_TYPES, Material, clean, merge_losses, place_losses
from evalkit.coding.model import Case, Kind, Loss, Missing, Source, Turn, Value
from evalkit.coding.rows import Row
from evalkit.coding.speakers import find_turns
from evalkit.errors import Fault, ProjectError, nearest

Per = Literal["answer", "case"]

_OWN = ("id", "text", "title", "text_type")
_IDS = (
    *("id", "case", "case id", "respondent", "respondent id", "participant", "participant id"),
    *("responseid", "response id", "record id", "person", "pupil", "_id", "_uuid", "key"),
)
"""Names of columns that hold the case's id, without regard to capitals, ``_`` and ``-``."""
_WORDS_OF_AN_ANSWER = 4
_MISSING: dict[str, Missing] = {
    **dict.fromkeys(("refused", "prefer not to say", "declined", "rather not say"), "refused"),
    **dict.fromkeys(("n/a", "na", "not applicable", "does not apply"), "not applicable"),
    **dict.fromkeys(("not asked", "skipped by routing", "not shown"), "not asked"),
    **dict.fromkeys(
        ("don't know", "dont know", "do not know", "not known", "unknown"), "not known"
    ),
    **dict.fromkeys(("-99", "-999", "-98", "null", "nan", "none given", "no answer"), "not known"),
}
"""Whole cells that give a reason instead of a value, without regard to capitals."""
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_FLOAT = re.compile(r"-?(?:0|[1-9]\d{0,17})\.\d{1,18}", re.ASCII)
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which columns mean what."""

    id: str
    questions: tuple[str, ...]
    attributes: tuple[str, ...]
    names: Mapping[str, str]


def has_answers(rows: Sequence[Row], columns: Sequence[str]) -> bool:
    """Say whether a table is a survey: it has a column that holds answers in words."""
    return bool(_plan(_without_labels(rows)[0], columns).questions)


def rows_to_sources(
    rows: Sequence[Row], columns: Collection[str], file: str, faults: Sequence[Fault] = ()
) -> tuple[Source, ...]:
    """Make one source of each row of a table with the columns ``id`` and ``text``.

    ``title`` (or else ``source``) is the title; ``text_type`` is verbatim or paraphrase, and a
    table without that column is verbatim. Every other column is an attribute, blanks left out.

    Raises
    ------
    ProjectError
        `faults`, and every row without an id, without text or with an unknown text type.
    """
    found = list(faults)
    for row in rows:
        found.extend(_row_faults(row, file, typed="text_type" in columns))
    if found:
        raise ProjectError(found)
    return tuple(_row_source(row, file) for row in rows)


def _row_faults(row: Row, file: str, *, typed: bool) -> list[Fault]:
    faults = []
    if not row.cell("id"):
        faults.append(Fault(file, row.line, "The row has no `id`.", "Give it one of its own."))
    elif any(not mark.isprintable() for mark in row.cell("id")):
        wrong = f"The id {row.cell('id')!r} has characters that cannot be printed."
        faults.append(Fault(file, row.line, wrong, "Use letters, figures and hyphens."))
    if not row.cell("text"):
        do = "Delete the row, or fill in the words."
        faults.append(Fault(file, row.line, f"Source `{row.cell('id')}` has no text.", do))
    if typed and row.cell("text_type") not in TEXT_TYPES:
        wrong = f"`text_type` cannot be `{row.cell('text_type')}`."
        hint = nearest(row.cell("text_type"), TEXT_TYPES)
        do = f"Write verbatim (the person's own words) or paraphrase.{hint}"
        faults.append(Fault(file, row.line, wrong, do))
    return faults


def _row_source(row: Row, file: str) -> Source:
    title = "title" if row.cell("title") else "source"
    attributes = {
        name: row.cell(name)
        for name in row.cells
        if name not in _OWN and name != title and row.cell(name)
    }
    text_type = cast("Literal['verbatim', 'paraphrase']", row.cell("text_type") or "verbatim")
    return Source(
        id=row.cell("id"),
        text=row.cells["text"],
        title=row.cell(title),
        text_type=text_type,
        attributes=attributes,
        file=file,
        line=row.line,
        turns=find_turns(row.cells["text"]),
    )


def survey_material(
    rows: Sequence[Row], columns: Sequence[str], file: str, per: Per = "answer"
) -> Material:
    """Make cases and sources of a survey.

    The case's id is in the first column called ``id``, ``respondent``, ``ResponseId`` or the like
    that is filled and different in every row; without one, cases are ``row-2``, ``row-3`` ... by
    the lines of the file. A column is an open question when half of its filled cells have four
    words or more and more than half of them differ. Everything else is an attribute of the case.

    Parameters
    ----------
    rows : sequence of Row
        One a case.
    columns : sequence of str
        In the order of the file.
    file : str
        Its name in messages.
    per : {"answer", "case"}
        ``answer``: each answer is a source ``case.question``, the question its title. ``case``: all
        answers of a case are one source, each under its question.

    Returns
    -------
    Material
        Blank answers make no source: they stand among the case's attributes with the reason why
        they are missing, and so do ``Prefer not to say``, ``N/A`` and the like.
    """
    rows, labels, losses = _without_labels(rows)
    plan = _plan(rows, columns)
    kinds = {name: _kind([row.cell(name) for row in rows]) for name in plan.attributes}
    asked = {name: labels.get(name, name) for name in plan.questions}
    make = _answers if per == "answer" else _whole
    sources = [make(row, plan, asked, file) for row in rows]
    cases = [
        _case(row, plan, kinds, [source.id for source in own])
        for row, own in zip(rows, sources, strict=True)
    ]
    losses += _reasons(rows, plan)
    return Material(
        tuple(source for own in sources for source in own),
        tuple(case for case in cases if case.sources or case.attributes),
        place_losses(merge_losses(losses), file),
    )


def _without_labels(rows: Sequence[Row]) -> tuple[Sequence[Row], dict[str, str], list[Loss]]:
    """Take off the two rows Qualtrics puts under the header: questions in full, and import ids."""
    second = rows[1].cells.values() if len(rows) > 1 else ()
    if not any('{"ImportId"' in cell.replace(" ", "") for cell in second):
        return rows, {}, []
    labels = {name: " ".join(cell.split()) for name, cell in rows[0].cells.items() if cell.strip()}
    loss = Loss("row of import ids", "Qualtrics writes it for itself", severity="lost")
    return rows[2:], labels, [loss]


def _plan(rows: Sequence[Row], columns: Sequence[str]) -> _Plan:
    id = next((name for name in columns if _plain(name) in _IDS and _tells(rows, name)), "")
    questions = tuple(name for name in columns if name != id and _is_open(rows, name))
    attributes = tuple(name for name in columns if name != id and name not in questions)
    return _Plan(id, questions, attributes, _slugs(questions))


def _plain(name: str) -> str:
    low = name.strip().lower()
    return low if low.startswith("_") else low.replace("_", " ").replace("-", " ")


def _tells(rows: Sequence[Row], name: str) -> bool:
    """Say whether a column tells all rows apart."""
    cells = [row.cell(name) for row in rows]
    printable = all(cell and cell.isprintable() for cell in cells)
    return printable and len(set(cells)) == len(cells)


def _is_open(rows: Sequence[Row], name: str) -> bool:
    if _plain(name) == "text":
        return True
    cells = [row.cell(name) for row in rows]
    filled = [cell for cell in cells if cell and cell.casefold() not in _MISSING]
    long = sum(len(cell.split()) >= _WORDS_OF_AN_ANSWER for cell in filled)
    return bool(filled) and 2 * long >= len(filled) and 2 * len(set(filled)) > len(filled)


def _slugs(questions: Sequence[str]) -> dict[str, str]:
    """Return a short name for each question, each once."""
    slugs: dict[str, str] = {}
    for place, question in enumerate(questions, start=1):
        slug = _SLUG.sub("_", question.lower()).strip("_")[:40].strip("_") or f"q{place}"
        slugs[question] = f"{slug}_{place}" if slug in slugs.values() else slug
    return slugs


def _answers(row: Row, plan: _Plan, asked: Mapping[str, str], file: str) -> list[Source]:
    return [
        Source(
            id=f"{_id(row, plan)}.{plan.names[name]}",
            text=clean(row.cells[name])[0],
            title=asked[name],
            attributes={"case": _id(row, plan), "question": asked[name], **_filled(row, plan)},
            file=file,
            line=row.line,
        )
        for name in plan.questions
        if _answered(row, name)
    ]


def _whole(row: Row, plan: _Plan, asked: Mapping[str, str], file: str) -> list[Source]:
    """Return all answers of a case as one source; the turns are the answers, not the questions."""
    text = ""
    turns = []
    for name in plan.questions:
        if not _answered(row, name):
            continue
        text += ("\n\n" if text else "") + asked[name] + "\n"
        answer = clean(row.cells[name])[0]
        turns.append(Turn(len(text), len(text) + len(answer), _id(row, plan)))
        text += answer
    if not text:
        return []
    id = _id(row, plan)
    attributes = {"case": id, **_filled(row, plan)}
    return [Source(id, text, id, "verbatim", attributes, file, row.line, turns=tuple(turns))]


def _answered(row: Row, name: str) -> bool:
    return bool(row.cell(name)) and row.cell(name).casefold() not in _MISSING


def _id(row: Row, plan: _Plan) -> str:
    # A colon parts a source from its span wherever evidence is pointed at.
    return row.cell(plan.id).replace(":", "_") if plan.id else f"row-{row.line}"


def _filled(row: Row, plan: _Plan) -> dict[str, str]:
    return {
        name: row.cell(name)
        for name in plan.attributes
        if row.cell(name) and row.cell(name).casefold() not in _MISSING
    }


def _case(row: Row, plan: _Plan, kinds: Mapping[str, Kind], sources: Sequence[str]) -> Case:
    values = {name: _value(row.cell(name), kinds[name]) for name in plan.attributes}
    unanswered = {
        name: _value(row.cell(name), "Text") for name in plan.questions if not _answered(row, name)
    }
    id = _id(row, plan)
    return Case(id, row.cell(plan.id) or id, {**values, **unanswered}, tuple(sources))


def _value(cell: str, kind: Kind) -> Value:
    reason = _MISSING.get(cell.casefold(), "") if cell else "not known"
    return Value("" if reason else cell, kind, reason)


def _kind(cells: Sequence[str]) -> Kind:
    """Return what all filled cells of a column are; dates only as ISO 8601 writes them."""
    filled = [cell for cell in cells if cell and cell.casefold() not in _MISSING]
    if not filled:
        return "Text"
    if all(cell.lower() in ("true", "false") for cell in filled):
        return "Boolean"
    if all(_INTEGER.fullmatch(cell) for cell in filled):
        return "Integer"
    if all(_INTEGER.fullmatch(cell) or _FLOAT.fullmatch(cell) for cell in filled):
        return "Float"
    if all(_is_date(cell) for cell in filled):
        return "Date"
    return "DateTime" if all(_is_time(cell) for cell in filled) else "Text"


def _is_date(cell: str) -> bool:
    if len(cell) != len("2026-01-01"):
        return False
    try:
        date.fromisoformat(cell)
    except ValueError:
        return False
    return True


def _is_time(cell: str) -> bool:
    if not cell.startswith(("1", "2")) or len(cell) < len("2026-01-01T12:00"):
        return False
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return False
    return True


def _reasons(rows: Sequence[Row], plan: _Plan) -> list[Loss]:
    """Say which words were read as the reason why there is no value."""
    counts = Counter(
        row.cell(name)
        for row in rows
        for name in (*plan.questions, *plan.attributes)
        if row.cell(name).casefold() in _MISSING and row.cell(name)
    )
    return [
        Loss(
            f"`{cell}`", f"read as missing: {_MISSING[cell.casefold()]}", count, severity="changed"
        )
        for cell, count in sorted(counts.items())
    ]
