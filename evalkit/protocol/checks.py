"""Does the plan fit itself, the theory, the agreements and the data? Every fault, and advice."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evalkit.errors import Fault
from evalkit.protocol.about import About
from evalkit.protocol.check_analyses import check_analyses
from evalkit.protocol.check_links import check_links
from evalkit.protocol.check_outcomes import check_outcomes
from evalkit.protocol.check_questions import check_questions
from evalkit.protocol.check_tables import check_tables
from evalkit.protocol.look import Look
from evalkit.protocol.model import Protocol, TablePlan
from evalkit.theory.model import Theory


def check_protocol(  # noqa: PLR0913 (each is another way to look; all but three have a default)
    protocol: Protocol,
    theory: Theory,
    about: About,
    *,
    designs: Mapping[str, frozenset[str]],
    needed: Mapping[str, frozenset[str]] | None = None,
    exists: Callable[[str], bool] = lambda _: True,
    columns_of: Callable[[TablePlan], tuple[str, ...] | None] = lambda _: None,
    count_of: Callable[[TablePlan, str], int | None] = lambda _table, _column: None,
    line_of: Callable[..., int] | None = None,
) -> list[Fault]:
    """Hold the plan against the theory, the agreements and the data.

    Parameters
    ----------
    protocol, theory, about : Protocol, Theory, About
        As read.
    designs : mapping of str to frozenset of str
        Each design that this version can run, and the names of its options. A design that is
        known but not in here gets advice, not a fault.
    needed : mapping of str to frozenset of str, optional
        For each design, the options it cannot do without.
    exists : callable, optional
        Whether a path, relative to the project folder, exists; by default everything does.
    columns_of : callable, optional
        The columns of a table's file before anything is made or joined, or None when not known.
    count_of : callable, optional
        How many different values a column of a table has, or None when not known.
    line_of : callable, optional
        ``Yaml.line`` of ``protocol.yaml``; without it the line of the entry is given.

    Returns
    -------
    list of Fault
        Sorted; those of level "fault" stop a run.
    """
    look = Look(
        protocol,
        theory,
        about,
        designs,
        needed or {},
        exists,
        columns_of,
        count_of,
        line_of or _lines_of(protocol),
    )
    parts = (check_links, check_questions, check_outcomes, check_analyses, check_tables)
    return sorted({fault for part in parts for fault in part(look)})


def _lines_of(protocol: Protocol) -> Callable[..., int]:
    """Return the lines that the records themselves know: one for each entry."""

    def line(*place: str) -> int:
        entry = getattr(protocol, place[0], {}) if place else {}
        found = entry.get(place[1]) if isinstance(entry, Mapping) and len(place) > 1 else None
        return int(getattr(found, "line", 0))

    return line
