"""What the checks look at: the plan, what it is held against, and the few ways to look further."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from evalkit.errors import Fault, nearest
from evalkit.protocol.about import About
from evalkit.protocol.model import Analysis, Protocol, TablePlan
from evalkit.theory.model import Theory

KNOWN_DESIGNS = (
    "difference_in_differences",
    "instrumental_variable",
    "interrupted_time_series",
    "matching",
    "multilevel",
    "panel_fixed_effects",
    "pooled",
    "randomised",
    "regression_discontinuity",
    "single_case",
    "staggered_adoption",
    "synthetic_control",
)
"""Every design that may be planned, built in this version or not."""


@dataclass(frozen=True, slots=True)
class Look:
    """The plan, and the ways to look beyond it.

    Attributes
    ----------
    protocol, theory, about : Protocol, Theory, About
        The project's plan.
    designs : mapping of str to frozenset of str
        Each design that this version can run, and the names of its options.
    needed : mapping of str to frozenset of str
        The options a design cannot do without.
    exists : callable
        Whether a path, relative to the project folder, exists.
    columns_of : callable
        The columns of a table's file, or None when they cannot be read cheaply.
    count_of : callable
        How many different values a column of a table has, or None when not known.
    line_of : callable
        The line of a place in ``protocol.yaml``.
    """

    protocol: Protocol
    theory: Theory
    about: About
    designs: Mapping[str, frozenset[str]]
    needed: Mapping[str, frozenset[str]]
    exists: Callable[[str], bool]
    columns_of: Callable[[TablePlan], tuple[str, ...] | None]
    count_of: Callable[[TablePlan, str], int | None]
    line_of: Callable[..., int]

    @property
    def illustration(self) -> bool:
        """True where the project only shows how it would be done."""
        return self.about.status == "illustration"

    def fault(self, place: tuple[str, ...], wrong: str, do: str, heading: str) -> Fault:
        """Return a fault at a place of ``protocol.yaml``."""
        return Fault(self.protocol.file, self.line_of(*place), wrong, do, heading=heading)

    def advice(self, place: tuple[str, ...], wrong: str, do: str, heading: str) -> Fault:
        """Return advice about a place of ``protocol.yaml``."""
        line = self.line_of(*place) if place else 0
        return Fault(self.protocol.file, line, wrong, do, "advice", heading)


def table_of(protocol: Protocol, outcome: str) -> str:
    """Return the id of the table an outcome is read from; empty when there is no such outcome."""
    found = protocol.outcomes.get(outcome)
    if found is not None and found.gap_in:
        found = protocol.outcomes.get(found.gap_in)
    return found.table if found is not None else ""


def tables_of(protocol: Protocol, analysis: Analysis) -> tuple[str, ...]:
    """Return the ids of the tables that an analysis reads, each once, in order."""
    if analysis.table:
        return (analysis.table,)
    return tuple(dict.fromkeys(filter(None, (table_of(protocol, it) for it in analysis.outcomes))))


def outside(file: str) -> bool:
    """Return True when a path leads out of the project folder."""
    posix, windows = PurePosixPath(file.replace("\\", "/")), PureWindowsPath(file)
    return posix.is_absolute() or bool(windows.drive) or ".." in posix.parts


def pick(word: str, known: Mapping[str, object] | tuple[str, ...], what: str) -> str:
    """Return what to do about an unknown word: the nearest one, or all that are known."""
    hint = nearest(word, known).strip()
    if hint:
        return hint
    return f"Known {what}: {', '.join(known)}." if known else f"There are no {what} yet: add it."
