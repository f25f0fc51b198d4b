"""Reading ``protocol.yaml`` into a `Protocol`, with every fault and its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from evalkit.errors import Fault, ProjectError
from evalkit.files.record import check_record
from evalkit.files.yaml import Yaml, read_yaml
from evalkit.protocol import shapes
from evalkit.protocol.model import (
    Analysis,
    Calibration,
    Combination,
    Comparators,
    Departure,
    Listening,
    Margin,
    NewColumn,
    Outcome,
    ProcessTest,
    Protocol,
    Question,
    Spoken,
    TablePlan,
)

_OWN_KEYS = frozenset(part.name for part in fields(shapes.AnalysisShape))
_PRINTED_ONLY = ("delivery", "joining", "cases")


def read_protocol(path: Path, *, file: str = "protocol.yaml") -> Protocol:
    """Read a plan.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    file : str, optional
        The name it is given in messages.

    Returns
    -------
    Protocol
        The plan as frozen records. Whether it fits the theory and the data is another matter:
        see `evalkit.protocol.checks.check_protocol`.

    Raises
    ------
    ProjectError
        Every key and value that does not fit, with its line.
    """
    return protocol_of(read_yaml(path, file=file))


def protocol_of(yaml: Yaml) -> Protocol:
    """Return the plan in a YAML file already read (for callers who also want the lines).

    Raises
    ------
    ProjectError
        Every key and value that does not fit, with its line.
    """
    shape, faults = check_record(yaml, shapes.ProtocolShape)
    faults += _faults_between_keys(yaml)
    if shape is None or faults:
        raise ProjectError(faults)
    return _protocol(shape, yaml)


def _protocol(shape: shapes.ProtocolShape, yaml: Yaml) -> Protocol:
    hidden = shape.small_numbers
    return Protocol(
        tables={id: _table(id, it, yaml) for id, it in shape.tables.items()},
        outcomes={id: _outcome(id, it, yaml) for id, it in shape.outcomes.items()},
        questions={id: _question(id, it, yaml) for id, it in shape.questions.items()},
        analyses={id: _analysis(id, it, yaml) for id, it in shape.analyses.items()},
        tests={id: _test(id, it, yaml) for id, it in shape.tests.items()},
        combinations=_combinations(shape, yaml),
        listening=_listening(shape.listening),
        hide_counts_below=hidden.hide_counts_below,
        never_split_by=hidden.never_split_by,
        harms_to_watch=shape.harms_to_watch,
        why_not_random=shape.why_not_random,
        few_units_plan=shape.few_units_plan,
        change_our_mind=shape.we_would_change_our_mind_if,
        standards=shape.standards,
        departures=tuple(Departure(**asdict(it)) for it in shape.departures),
        version=shape.version,
        rest={key: yaml.values[key] for key in _PRINTED_ONLY if yaml.values.get(key)},
        file=yaml.file,
    )


def _table(id: str, it: shapes.TableShape, yaml: Yaml) -> TablePlan:
    return TablePlan(
        id=id,
        file=it.file,
        unit=it.unit,
        time=it.time,
        cluster=it.cluster,
        missing=it.missing,
        sheet=it.sheet,
        needs=it.needs,
        joins=it.join,
        new_columns={
            name: NewColumn(made.from_, made.is_, made.reached_by)
            for name, made in it.new_columns.items()
        },
        line=yaml.line("tables", id),
    )


def _outcome(id: str, it: shapes.OutcomeShape, yaml: Yaml) -> Outcome:
    values = asdict(it)
    size = values.pop("smallest_change_that_matters")
    found = shapes.margin(size) if size is not None else None
    return Outcome(
        **values,
        id=id,
        margin=Margin(*found) if found else None,
        line=yaml.line("outcomes", id),
    )


def _question(id: str, it: shapes.QuestionShape, yaml: Yaml) -> Question:
    return Question(id, it.ask, it.kind, it.links, yaml.line("questions", id))


def _test(id: str, it: shapes.ProcessTestShape, yaml: Yaml) -> ProcessTest:
    return ProcessTest(**asdict(it), id=id, line=yaml.line("tests", id))


def _combinations(shape: shapes.ProtocolShape, yaml: Yaml) -> tuple[Combination, ...]:
    """Return the entries of ``joining`` that a table makes ready to be worked out."""
    return tuple(
        Combination(
            id=it.id or f"{it.question}-{at + 1}",
            question=it.question,
            table=it.table,
            outcome=it.outcome,
            conditions=it.conditions,
            calibration={id: Calibration(**asdict(one)) for id, one in it.calibrate.items()},
            spoken={id: Spoken(**asdict(one)) for id, one in it.spoken_of.items()},
            inclusion=it.inclusion,
            frequency=it.frequency,
            pri=it.pri,
            expect=it.expect,
            line=yaml.line("joining", at),
        )
        for at, it in enumerate(shape.joining)
        if it.how == "configurations" and it.table
    )


def _listening(it: shapes.ListeningShape | None) -> Listening | None:
    return None if it is None else Listening(**asdict(it))


def _analysis(id: str, it: shapes.AnalysisShape, yaml: Yaml) -> Analysis:
    written: Mapping[str, Any] = yaml.values["analyses"][id]
    return Analysis(
        id=id,
        question=it.question,
        design=it.design,
        outcomes=it.outcome,
        table=it.table,
        keep=written.get("keep") or {},
        compare_with=_comparators(it.compare_with),
        options={key: value for key, value in written.items() if key not in _OWN_KEYS},
        role=it.role or ("check" if it.checks else "main"),
        checks=it.checks,
        links=it.links,
        because=it.because,
        line=yaml.line("analyses", id),
    )


def _comparators(it: shapes.CompareShape | None) -> Comparators | None:
    if it is None:
        return None
    over = shapes.span(it.over) or (0.0, 0.0)
    if it.lowest is not None:
        return Comparators("lowest", it.lowest, it.by, over)
    if it.highest is not None:
        return Comparators("highest", it.highest, it.by, over)
    return Comparators("nearest", it.nearest or 0, it.by, over)


# -- faults that no single value has, only several together ---------------------------------------


def _faults_between_keys(yaml: Yaml) -> list[Fault]:
    faults: list[Fault] = []
    for place, entry in _entries(yaml, "tables"):
        for name, made in _mapping(entry.get("new_columns")).items():
            if isinstance(made, dict) and ("is" in made) == ("reached_by" in made):
                wrong = f"The new column `{name}` needs either `is` or `reached_by`."
                faults.append(
                    _fault(yaml, (*place, "new_columns", name), wrong, "Give one of them.")
                )
    for place, entry in _entries(yaml, "analyses"):
        rule = entry.get("compare_with")
        ways = {"lowest", "highest", "nearest"}
        if isinstance(rule, dict) and len(ways & rule.keys()) != 1:
            wrong = "`compare_with` needs one of `lowest`, `highest`, `nearest`."
            do = "Write how many units, like `lowest: 30`."
            faults.append(_fault(yaml, (*place, "compare_with"), wrong, do))
        elif isinstance(rule, dict) and "nearest" not in rule and isinstance(rule.get("by"), list):
            wrong = "Units are lowest or highest by one column, and `by` names several."
            do = "Name one column, or write `nearest:` for neighbours on several."
            faults.append(_fault(yaml, (*place, "compare_with"), wrong, do))
        faults += _role_faults(yaml, place, entry)
    for place, entry in _entries(yaml, "outcomes"):
        faults += _outcome_faults(yaml, place, entry)
    return faults


def _role_faults(yaml: Yaml, place: tuple[str, str], entry: dict[str, Any]) -> list[Fault]:
    role, checks = entry.get("role"), entry.get("checks")
    if role == "check" and not checks:
        wrong = f"The analysis `{place[1]}` is a check, but not on which analysis."
        return [_fault(yaml, (*place, "role"), wrong, "Name it: `checks: <id of the analysis>`.")]
    if checks and role not in (None, "check"):
        wrong = f"The analysis `{place[1]}` has `checks`, so its role cannot be `{role}`."
        return [_fault(yaml, (*place, "role"), wrong, "Leave out `role` or `checks`.")]
    return []


def _outcome_faults(yaml: Yaml, place: tuple[str, str], entry: dict[str, Any]) -> list[Fault]:
    name = place[1]
    if "gap_in" in entry:
        if not entry.get("between"):
            do = "Write `between:` and the column whose groups are compared."
            return [_fault(yaml, place, f"The gap `{name}` does not say between whom.", do)]
        if "column" in entry or "table" in entry:
            wrong = f"The outcome `{name}` has both `gap_in` and a column of its own."
            return [_fault(yaml, place, wrong, "Keep one: a gap is made from another outcome.")]
        return []
    missing = [key for key in ("table", "column") if not entry.get(key)]
    if not missing:
        return []
    wrong = f"The outcome `{name}` does not say in which {' and '.join(missing)} it is found."
    return [_fault(yaml, place, wrong, f"Add `{missing[0]}:`.")]


def _entries(yaml: Yaml, key: str) -> list[tuple[tuple[str, str], dict[str, Any]]]:
    found = _mapping(yaml.values.get(key)).items()
    return [((key, name), entry) for name, entry in found if isinstance(entry, dict)]


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _fault(yaml: Yaml, place: tuple[str, ...], wrong: str, do: str) -> Fault:
    return Fault(yaml.file, yaml.line(*place), wrong, do)
