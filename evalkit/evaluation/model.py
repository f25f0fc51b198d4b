"""The frozen whole of an evaluation: everything the report may say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.coding.model import Agreement, Codebook, Coding, Source
from evalkit.errors import Fault
from evalkit.impact.estimate import Estimate
from evalkit.protocol.about import About
from evalkit.protocol.model import Departure, Protocol
from evalkit.synthesis.configurations.planned import Configuration
from evalkit.synthesis.finding import Finding
from evalkit.synthesis.found import Judgement, Reply
from evalkit.synthesis.inseparable import Separation
from evalkit.synthesis.model import Contribution, Harm, JointRow, TestResult, WhyRow
from evalkit.synthesis.traced import LinkTrace
from evalkit.theory.model import Theory


@dataclass(frozen=True, slots=True)
class TableRead:
    """What was read of one table: its size, and every change made on the way.

    ``changes`` are ``(column, what, how many cells)``; ``missing`` counts missing values as
    ``(column, reason, how many)``.
    """

    id: str
    file: str
    sha256: str
    n_rows: int
    n_columns: int
    changes: tuple[tuple[str, str, int], ...] = ()
    missing: tuple[tuple[str, str, int], ...] = ()
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Computed:
    """A departure that evalkit found itself by comparing with the lock.

    ``kind`` is "changed since lock", "not planned" (shown as exploratory), "not run", or
    "not locked" (there was no lock to compare with).
    """

    kind: str
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluation: the project as read, and, after `run`, what came out.

    Attributes
    ----------
    about, theory, protocol, codebook : About, Theory, Protocol, Codebook
        The project's files.
    sources, codings : tuple
        Texts and the passages coded in them.
    lock : mapping
        ``{"state": "locked" | "changed" | "not locked", "sha256": ..., "on": ...}``.
    tables : tuple of TableRead
        What was read, and what was changed on reading.
    estimates : tuple of Estimate
        In the order of the protocol.
    exploratory : tuple of str
        Ids of estimates that were not in the locked plan.
    failed : mapping of str to str
        Analyses that gave no estimate, with the reason.
    agreement, findings, tests, traces, joint, contributions, why, harms : tuple
        The synthesis.
    judgements, replies : tuple
        What people judged of the evidence and what partners said to it, from ``findings.yaml``.
    departures : tuple of Computed
        Found by comparing with the lock.
    told : tuple of Departure
        Departures that people wrote down.
    advice : tuple of Fault
        What the check would have the authors look at.
    separation : Separation or None
        Which of the programme and the other explanations could be told apart at all.
    provenance : mapping
        ``versions``, ``seeds``, ``inputs`` (sha256 by file).
    project : Project or None
        The folder as read, for `run`; not part of the record that is written.
    """

    about: About
    theory: Theory
    protocol: Protocol
    codebook: Codebook = field(default_factory=Codebook)
    sources: tuple[Source, ...] = ()
    codings: tuple[Coding, ...] = ()
    lock: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[TableRead, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    exploratory: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    agreement: tuple[Agreement, ...] = ()
    findings: tuple[Finding, ...] = ()
    tests: tuple[TestResult, ...] = ()
    traces: tuple[LinkTrace, ...] = ()
    configurations: tuple[Configuration, ...] = ()
    joint: tuple[JointRow, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    why: tuple[WhyRow, ...] = ()
    harms: tuple[Harm, ...] = ()
    separation: Separation | None = None
    judgements: tuple[Judgement, ...] = ()
    replies: tuple[Reply, ...] = ()
    departures: tuple[Computed, ...] = ()
    told: tuple[Departure, ...] = ()
    advice: tuple[Fault, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    project: Any = field(default=None, repr=False, compare=False)

    @classmethod
    def read(cls, folder: str | Path) -> Evaluation:
        """Read a project folder; raise `ProjectError` with every fault it has."""
        from evalkit.evaluation.run import read

        return read(Path(folder))

    def run(
        self,
        *,
        seed: int | None = None,
        jobs: int = 1,
        progress: Callable[[str], None] = lambda _words: None,
    ) -> Evaluation:
        """Compute everything; see `evalkit.evaluation.run.run`."""
        from evalkit.evaluation.run import SEED, run

        return run(self, seed=SEED if seed is None else seed, jobs=jobs, progress=progress)

    def report(self, path: str | Path) -> Path:
        """Write the report as one HTML file at `path`, and return the path."""
        from evalkit.files.write import write_whole
        from evalkit.report import render_html

        write_whole(Path(path), render_html(self))
        return Path(path)

    def estimate(self, id: str) -> Estimate:
        """Return the estimate with this id (KeyError when there is none)."""
        return {estimate.id: estimate for estimate in self.estimates}[id]

    def finding(self, id: str) -> Finding:
        """Return the finding with this id (KeyError when there is none)."""
        return {finding.id: finding for finding in self.findings}[id]
