"""A project folder, read whole: every file, every cross-check, every fault at once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evalkit.coding.codings import read_codings
from evalkit.coding.model import Codebook, Coding, Source
from evalkit.coding.read import read_sources
from evalkit.coding.read.codebook import check_codebook, read_codebook
from evalkit.data import Table, columns_of
from evalkit.errors import EvalkitError, Fault, ProjectError, nearest
from evalkit.files.yaml import Yaml, read_yaml
from evalkit.impact.besides import BESIDES
from evalkit.impact.designs import DESIGNS, design_options
from evalkit.impact.plan import Task, plan_tasks
from evalkit.protocol.about import About
from evalkit.protocol.about_read import read_about
from evalkit.protocol.checks import check_protocol
from evalkit.protocol.model import Combination, Protocol, TablePlan
from evalkit.protocol.read import protocol_of
from evalkit.protocol.tables import inside, read_tables
from evalkit.synthesis.configurations import truth_table
from evalkit.synthesis.configurations.planned import CaseSets, case_sets
from evalkit.synthesis.found import Found, check_found, read_found
from evalkit.theory.checks import check_theory
from evalkit.theory.model import Theory
from evalkit.theory.read import read_theory

Wrong = tuple[str, str]
"""What is wrong, and what to do."""


@dataclass(frozen=True)
class Project:
    """Everything that was read from a project folder, and everything that is wrong with it.

    Parts that could not be read are None or empty; `faults` then says why. ``waiting`` names
    analyses that cannot run yet for a reason that is no fault.
    """

    folder: Path
    about: About | None = None
    theory: Theory | None = None
    protocol: Protocol | None = None
    codebook: Codebook = field(default_factory=Codebook)
    found: Found = field(default_factory=Found)
    sources: tuple[Source, ...] = ()
    codings: tuple[Coding, ...] = ()
    tables: dict[str, Table] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()
    combinations: tuple[tuple[Combination, CaseSets], ...] = ()
    waiting: dict[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def broken(self) -> tuple[Fault, ...]:
        """The faults that stop a run."""
        return tuple(fault for fault in self.faults if fault.level == "fault")

    @property
    def advice(self) -> tuple[Fault, ...]:
        """What the authors should look at; it never stops a run."""
        return tuple(fault for fault in self.faults if fault.level == "advice")


class _Reader:
    """Collects the faults of one step after another, so that all are told at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def take(self, read: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return read()
        except ProjectError as error:
            self.faults.extend(error.faults)
        except EvalkitError as error:
            self.faults.append(error.fault())
        return otherwise


def read_project(folder: Path) -> Project:
    """Read a project folder; nothing is computed, nothing is written, no fault is raised."""
    reader = _Reader()
    about = reader.take(lambda: read_about(folder / "evaluation.yaml"), None)
    theory = reader.take(lambda: read_theory(folder / "theory.yaml"), None)
    yaml = reader.take(lambda: read_yaml(folder / "protocol.yaml"), None)
    protocol = reader.take(lambda: protocol_of(yaml), None) if yaml else None
    codebook = reader.take(lambda: _codebook(folder), Codebook())
    found = reader.take(lambda: read_found(folder / "findings.yaml"), Found())
    if protocol is None:
        return Project(folder, about, theory, protocol, faults=tuple(reader.faults))
    reader.faults += _plan_faults(folder, about, theory, protocol, yaml)
    reader.faults += _codebook_faults(codebook, theory)
    reader.faults += check_found(found, protocol.tests)
    sources, codings = _texts(folder, protocol, codebook, reader)
    reader.faults += _evidence_faults(found, sources)
    tables, table_faults = read_tables(folder, protocol)
    tasks, task_faults, waiting = plan_tasks(_without(protocol, reader.faults), tables)
    combinations = _combinations(protocol, tables, (sources, codings, codebook), reader)
    return Project(
        folder=folder,
        about=about,
        theory=theory,
        protocol=protocol,
        codebook=codebook,
        found=found,
        sources=sources,
        codings=codings,
        tables=tables,
        tasks=tuple(tasks),
        combinations=combinations,
        waiting=waiting,
        faults=tuple(sorted({*reader.faults, *table_faults, *task_faults})),
    )


def check_project(folder: Path) -> list[Fault]:
    """Return every fault and every piece of advice on a project folder.

    Parameters
    ----------
    folder : pathlib.Path
        The folder with ``evaluation.yaml`` in it.

    Returns
    -------
    list of Fault
        In the order of files and lines; those of level "fault" stop a run.
    """
    return list(read_project(Path(folder)).faults)


def _codebook(folder: Path) -> Codebook:
    path = folder / "codebook.yaml"
    return read_codebook(path) if path.is_file() else Codebook()


def _codebook_faults(codebook: Codebook, theory: Theory | None) -> list[Fault]:
    if theory is None:
        return []
    links, rivals = [link.id for link in theory.links], [rival.id for rival in theory.rivals]
    return check_codebook(codebook, links, rivals)


_EVIDENCE = re.compile(r"([^\s:]+):(\d+)-(\d+)")


def _evidence_faults(found: Found, sources: Sequence[Source]) -> list[Fault]:
    """Return a fault for each ``source:start-end`` of the findings that points at no passage.

    Evidence in any other form (a file, a document, a place in words) is for people to follow.
    """
    texts = {source.id: source.text for source in sources}
    return [
        Fault(found.file, test.line, f"Evidence of the test `{test.id}`: {wrong}", do)
        for test in found.tests.values()
        for pointer in test.evidence
        if (place := _EVIDENCE.fullmatch(pointer))
        for wrong, do in _astray(place[1], int(place[2]), int(place[3]), texts)
    ]


def _astray(source: str, start: int, end: int, texts: Mapping[str, str]) -> Iterator[Wrong]:
    if source not in texts:
        hint = nearest(source, texts).strip() or "Name a source of the project, or say it in words."
        yield f"there is no source `{source}`.", hint
    elif not start < end <= len(texts[source]):
        length = len(texts[source])
        wrong = f"`{source}` has no passage {start}-{end}: it is {length} characters long."
        yield wrong, "Write the first character, a hyphen, and the character after the last."


_WITHOUT_THEORY = ("analyses", "outcomes", "data")
"""Headings of the faults of a plan that can be seen without the theory."""


def _plan_faults(
    folder: Path, about: About | None, theory: Theory | None, protocol: Protocol, yaml: Yaml
) -> list[Fault]:
    """Return the faults of the plan: what can be seen of them, where another file cannot be read."""
    if about is not None and theory is not None:
        return _cross_checks(folder, about, theory, protocol, yaml)
    lenient = about or About("", status="illustration")
    seen = _cross_checks(folder, lenient, theory or Theory("", (), ()), protocol, yaml)
    return [
        fault
        for fault in seen
        if fault.level == "fault"
        and fault.file == protocol.file
        and fault.heading in _WITHOUT_THEORY
    ]


def _cross_checks(
    folder: Path, about: About, theory: Theory, protocol: Protocol, yaml: Yaml
) -> list[Fault]:
    asked = {link for question in protocol.questions.values() for link in question.links}
    asked |= {test.link for test in protocol.tests.values()}
    known = {name: design_options(name) | BESIDES.keys() for name in DESIGNS}
    return [
        *check_theory(theory, tested_links=sorted(asked), outcomes=protocol.outcomes),
        *check_protocol(
            protocol,
            theory,
            about,
            designs=known,
            needed={name: _needed(name) for name in DESIGNS},
            exists=lambda file: (folder / file).exists(),
            columns_of=lambda plan: _columns(folder, plan),
            line_of=yaml.line,
        ),
    ]


def _needed(design: str) -> frozenset[str]:
    """Return the options a design cannot do without: those with no default."""
    parameters = inspect.signature(DESIGNS[design]).parameters.values()
    empty = inspect.Parameter.empty
    names = {one.name for one in parameters if one.default is empty}
    return frozenset(names - {"frame", "outcome"})


def _columns(folder: Path, plan: TablePlan) -> tuple[str, ...] | None:
    """Return the columns of a table's file, or None when it cannot be read (said elsewhere)."""
    try:
        path = inside(folder, plan.file)
        return columns_of(path, plan.sheet) if path.is_file() else None
    except EvalkitError:
        return None


def _texts(
    folder: Path, protocol: Protocol, codebook: Codebook, reader: _Reader
) -> tuple[tuple[Source, ...], tuple[Coding, ...]]:
    listening = protocol.listening
    place = listening.sources.rstrip("/") if listening else "sources"
    file = listening.codings if listening else "codings.csv"
    sources = reader.take(
        lambda: read_sources(inside(folder, place), file=f"{place}/"), otherwise=()
    )
    path = reader.take(lambda: inside(folder, file), None)
    if not sources or path is None or not path.is_file():
        return sources, ()
    codings = reader.take(lambda: read_codings(path, sources, codebook, file=file), ())
    return sources, codings


def _combinations(
    protocol: Protocol,
    tables: Mapping[str, Table],
    texts: tuple[tuple[Source, ...], tuple[Coding, ...], Codebook],
    reader: _Reader,
) -> tuple[tuple[Combination, CaseSets], ...]:
    """Return the configurational analyses that are planned, with the memberships of their cases."""
    made = []
    for plan in protocol.combinations:
        try:
            sets = case_sets(plan, protocol, tables, *texts)
            truth_table(
                sets.frame.dropna(), sets.outcome, plan.conditions, case=sets.frame.columns[0]
            )
            made.append((plan, sets))
        except EvalkitError as error:
            fault = Fault(protocol.file, plan.line, f"`joining`: {error.wrong}", error.do)
            reader.faults.append(fault)
    return tuple(made)


def _without(protocol: Protocol, faults: Collection[Fault]) -> Protocol:
    """Return the plan without the analyses that already have a fault: one fault is told once."""
    lines = {
        fault.line for fault in faults if fault.level == "fault" and fault.file == protocol.file
    }
    starts = sorted(analysis.line for analysis in protocol.analyses.values())
    hit = {max((start for start in starts if start <= line), default=0) for line in lines}
    sound = {id: one for id, one in protocol.analyses.items() if one.line not in hit}
    return replace(protocol, analyses=sound)
