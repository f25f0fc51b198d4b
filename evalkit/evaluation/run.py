"""The run: from a project without faults to the whole record."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalkit.coding.agreement import agreement
from evalkit.data import Table
from evalkit.errors import EvalkitError, ProjectError
from evalkit.evaluation.model import Computed, Evaluation, TableRead
from evalkit.evaluation.project import Project, read_project
from evalkit.files.write import sha256_file
from evalkit.impact.estimate import Estimate
from evalkit.impact.plan import Task, run_task, task_seed
from evalkit.impact.several import with_family
from evalkit.protocol.departures import departures, state
from evalkit.protocol.lock import read_lock, snapshot
from evalkit.protocol.model import Protocol
from evalkit.synthesis.configurations.planned import configuration
from evalkit.synthesis.contribution import contributions
from evalkit.synthesis.gather import (
    coded_findings,
    impact_findings,
    prior_findings,
    process_findings,
    test_results,
)
from evalkit.synthesis.harm import possible_harms
from evalkit.synthesis.inseparable import programme_and_rivals
from evalkit.synthesis.joint import joint_display
from evalkit.synthesis.traced import trace_links
from evalkit.synthesis.why import Record, why_table

SEED = 20260101
"""The seed of a run that was given none."""

LIBRARIES = (
    *("numpy", "scipy", "pandas", "statsmodels", "linearmodels", "pymc", "arviz", "nutpie"),
    *("nltk", "networkx", "matplotlib"),
)
Tell = Callable[[str], None]


def read(folder: Path) -> Evaluation:
    """Read a project folder into a record that has not been run.

    Raises
    ------
    ProjectError
        Every fault of the project.
    """
    project = read_project(Path(folder))
    if (
        project.broken
        or project.about is None
        or project.theory is None
        or project.protocol is None
    ):
        raise ProjectError(project.broken)
    return Evaluation(
        about=project.about,
        theory=project.theory,
        protocol=project.protocol,
        codebook=project.codebook,
        sources=project.sources,
        codings=project.codings,
        tables=_tables(project.protocol, project.tables),
        judgements=project.found.judgements,
        replies=project.found.replies,
        advice=project.advice,
        project=project,
    )


def run(
    evaluation: Evaluation, *, seed: int = SEED, jobs: int = 1, progress: Tell = lambda _words: None
) -> Evaluation:
    """Compute everything the plan asks for and weigh it link by link.

    Parameters
    ----------
    evaluation : Evaluation
        As returned by `read`.
    seed : int
        Seed of every random step; each task draws its own from it and from its name.
    jobs : int
        Worker processes; the result is the same for any number.
    progress : callable
        Told in words what is being done.

    Returns
    -------
    Evaluation
        The same record with its estimates, findings and verdicts.
    """
    project: Project = evaluation.project
    progress(f"Estimating ({len(project.tasks)} analyses)")
    estimates, failed = _estimates(project.tasks, seed, jobs)
    estimates = _by_family(estimates, seed)
    progress("Weighing the evidence link by link")
    departed = _departures(project, failed)
    computed = replace(
        evaluation,
        estimates=estimates,
        failed=failed,
        lock=departed[0],
        departures=departed[1],
        exploratory=_exploratory(estimates, departed[1]),
        told=evaluation.protocol.departures,
        provenance=_provenance(project, seed),
    )
    return _synthesis(computed, project, seed)


def _estimates(
    tasks: Sequence[Task], seed: int, jobs: int
) -> tuple[tuple[Estimate, ...], dict[str, str]]:
    """Run the tasks, in as many processes as asked; keep the order of the plan.

    Bayesian tasks stay together in this process, where the second needs no compiling; with two
    workers or more the others run beside them in another.
    """
    sampled = [task for task in tasks if task.analysis.design == "multilevel"]
    others = [task for task in tasks if task.analysis.design != "multilevel"]
    if jobs > 1 and sampled and others:
        from joblib.externals.loky import get_reusable_executor

        workers = None
        try:
            with _starting_workers():
                workers = get_reusable_executor(max_workers=1)
                beside = workers.submit(run_batch, others, seed)
            parts = [run_batch(sampled, seed), beside.result()]
        except BaseException:
            # Ctrl-C: a worker that is just starting would be waited for without end.
            if workers is not None:
                workers.shutdown(wait=True, kill_workers=True)
            raise
    else:
        parts = [run_batch(others, seed), run_batch(sampled, seed)]
    done: dict[str, Estimate | str] = {name: one for part in parts for name, one in part.items()}
    results = [(task.id, done[task.id]) for task in tasks]
    return (
        tuple(one for _, one in results if isinstance(one, Estimate)),
        {name: one for name, one in results if isinstance(one, str)},
    )


@contextlib.contextmanager
def _starting_workers() -> Iterator[None]:
    """Hold Ctrl-C back while processes start, for them for good and for this one until they have.

    It strikes the whole group: a worker struck while it starts would print where. This process
    ends its workers itself; the helper that clears away what a killed one held need not tell.
    """
    told = os.environ.get("PYTHONWARNINGS")
    quiet = "ignore:resource_tracker:UserWarning"
    os.environ["PYTHONWARNINGS"] = f"{told},{quiet}" if told else quiet
    held = hasattr(signal, "pthread_sigmask")  # not on Windows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if held else set()
    try:
        yield
    finally:
        if told is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = told
        if held:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _by_family(estimates: Sequence[Estimate], seed: int) -> tuple[Estimate, ...]:
    """Return the estimates, those of one analysis with p-values that allow for their number."""
    families: dict[str, list[Estimate]] = {}
    for one in estimates:
        families.setdefault(one.id.partition("/")[0], []).append(one)
    made = [
        one
        for name, family in families.items()
        for one in with_family(family, task_seed(seed, name))
    ]
    place = {one.id: one for one in made}
    return tuple(place[one.id] for one in estimates)


def run_batch(tasks: Sequence[Task], seed: int) -> dict[str, Estimate | str]:
    """Run tasks one after another; a task that gives no estimate gives its reason.

    Linear algebra is held to one thread: sums taken in another order would change the last digit.
    """
    from threadpoolctl import threadpool_limits

    done: dict[str, Estimate | str] = {}
    with threadpool_limits(limits=1):
        for task in tasks:
            try:
                done[task.id] = replace(run_task(task, seed), native=None, draws=None)
            except EvalkitError as error:
                done[task.id] = str(error)
    return done


def _departures(
    project: Project, failed: dict[str, str]
) -> tuple[dict[str, str], tuple[Computed, ...]]:
    lock = read_lock(project.folder)
    found = departures(lock, snapshot(project.folder), not_run={**project.waiting, **failed})
    return state(lock, found), tuple(Computed(one.kind, one.what, one.detail) for one in found)


def _exploratory(estimates: Iterable[Estimate], departed: Iterable[Computed]) -> tuple[str, ...]:
    """Return the estimates of analyses that were not in the locked plan."""
    unplanned = {
        one.what.removeprefix("analyses.") for one in departed if one.kind == "not planned"
    }
    return tuple(one.id for one in estimates if one.id.partition("/")[0] in unplanned)


def _late(departed: Iterable[Computed]) -> frozenset[str]:
    """Return the process tests that were added or changed after the lock."""
    places = (one.what.partition(": ")[2].split(".") for one in departed)
    return frozenset(place[1] for place in places if place[0] == "tests" and len(place) > 1)


def _synthesis(evaluation: Evaluation, project: Project, seed: int) -> Evaluation:
    theory, protocol = evaluation.theory, evaluation.protocol
    tests = test_results(protocol, project.found.tests)
    findings = (
        *impact_findings(evaluation.estimates, protocol, theory, evaluation.exploratory),
        *coded_findings(evaluation.codings, evaluation.codebook),
        *process_findings(tests),
        *prior_findings(theory.links),
    )
    asked = protocol.listening.asked_about if protocol.listening else ()
    joint = joint_display(findings, [link.id for link in theory.links], asked)
    verdicts = contributions(theory, joint, findings)
    agreed = (
        agreement(evaluation.codings, evaluation.sources, evaluation.codebook)
        if evaluation.codings
        else ()
    )
    record = Record(
        theory=theory,
        protocol=protocol,
        estimates=evaluation.estimates,
        findings=findings,
        contributions=verdicts,
        tests=tests,
        agreement=agreed,
        exploratory=evaluation.exploratory,
    )
    return replace(
        evaluation,
        agreement=agreed,
        findings=findings,
        tests=tests,
        traces=trace_links(tests, theory, _late(evaluation.departures)),
        configurations=tuple(
            configuration(plan, sets, task_seed(seed, plan.id))
            for plan, sets in project.combinations
        ),
        joint=joint,
        contributions=verdicts,
        why=why_table(record),
        harms=possible_harms(evaluation.estimates, protocol),
        separation=programme_and_rivals(evaluation.about, theory),
    )


def _tables(protocol: Protocol, tables: dict[str, Table]) -> tuple[TableRead, ...]:
    read = []
    for plan in protocol.tables.values():
        table = tables.get(plan.id)
        if table is None:
            absent = f"held up by: {plan.needs}" if plan.needs else "the file is not there"
            read.append(TableRead(plan.id, plan.file, "", 0, 0, absent=absent))
            continue
        read.append(
            TableRead(
                id=plan.id,
                file=plan.file,
                sha256=table.sha256,
                n_rows=len(table.frame),
                n_columns=table.frame.shape[1],
                changes=tuple((one.column, one.what, one.count) for one in table.changes),
                missing=tuple((one.column, one.reason, one.count) for one in table.missing),
            )
        )
    return tuple(read)


def _provenance(project: Project, seed: int) -> dict[str, Any]:
    """Return what made the numbers: versions, seed, and the fingerprint of every file read."""
    return {
        "versions": {
            "evalkit": _version("evalkit-framework"),
            "python": platform.python_version(),
            **{name: _version(name) for name in LIBRARIES},
        },
        "seeds": {"run": seed},
        "inputs": {
            str(path.relative_to(project.folder).as_posix()): sha256_file(path)
            for path in _inputs(project)
        },
    }


def _inputs(project: Project) -> list[Path]:
    """Return the files the record was made from, in order."""
    names = ["evaluation.yaml", "theory.yaml", "protocol.yaml", "codebook.yaml", "findings.yaml"]
    listening = project.protocol.listening if project.protocol else None
    names.append(listening.codings if listening else "codings.csv")
    names += [plan.file for plan in project.protocol.tables.values()] if project.protocol else []
    names += [source.file for source in project.sources]
    paths = {project.folder / name for name in names if name}
    return sorted(path for path in paths if path.is_file())


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
