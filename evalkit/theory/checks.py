"""Is the theory fit to be evaluated? Advice under the ten headings of Davies (2012).

Nothing here stops a run: a theory may have good reasons to be as it is. What makes a file
unusable is found on reading (`evalkit.theory.references`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from evalkit.errors import Fault
from evalkit.theory import graph
from evalkit.theory.headings import HEADINGS, SOURCE
from evalkit.theory.model import Theory
from evalkit.theory.rules import RULES, Looked

__all__ = ["HEADINGS", "SOURCE", "check_covariates", "check_theory"]


def check_theory(
    theory: Theory,
    *,
    tested_links: Collection[str] = (),
    outcomes: Collection[str] | None = None,
    newest_data: int = 0,
) -> list[Fault]:
    """Return advice on a theory, under the ten headings.

    Parameters
    ----------
    theory : Theory
        As read.
    tested_links : collection of str
        Ids of links that a question or a process test of the protocol is about.
    outcomes : collection of str, optional
        Ids of the protocol's outcomes, to see whether each is about a box.
    newest_data : int
        Last year in the data; 0 when not known.

    Returns
    -------
    list of Fault
        With ``level="advice"`` and one of `HEADINGS` as heading, in the order of the headings,
        then of the file.
    """
    looked = Looked(
        theory,
        tuple(link for link in theory.links if link.id in tested_links),
        None if outcomes is None else frozenset(outcomes),
        newest_data,
    )
    return [
        Fault(each.file, each.line, each.wrong, each.do, "advice", heading)
        for heading in HEADINGS
        for each in sorted(fault for rule in RULES[heading] for fault in rule(looked))
    ]


def check_covariates(
    theory: Theory,
    source: str,
    target: str,
    covariates: Mapping[str, Collection[str]],
    *,
    file: str = "protocol.yaml",
    line: int = 0,
) -> list[Fault]:
    """Return a warning for each covariate that lies on the way from `source` to `target`, or beyond.

    Holding a mediator constant hides the part of the effect that runs through it; holding an
    effect of the outcome constant invents relations (Pearl 2009, section 11.3.1).

    Parameters
    ----------
    theory : Theory
        Loops are left out.
    source, target : str
        The boxes whose relation an analysis estimates.
    covariates : mapping of str to collection of str
        Boxes that each covariate measures, by its name.
    file, line : str, int
        Where the analysis stands.
    """
    between = set(graph.mediators(theory, source, target))
    beyond = set(graph.effects(theory, source)) - between - {target}
    faults = []
    for name, nodes in covariates.items():
        on_way = [node for node in nodes if node in between or node == target]
        after = [node for node in nodes if node in beyond]
        if on_way:
            wrong = f"`{name}` measures `{on_way[0]}`, which lies on the way from `{source}` to `{target}`."
            do = "Leave it out: holding it constant hides a part of the effect."
            faults.append(Fault(file, line, wrong, do, "advice", "testable"))
        elif after:
            wrong = f"`{name}` measures `{after[0]}`, which `{source}` itself may change."
            do = "Leave it out, or use its value from before the start."
            faults.append(Fault(file, line, wrong, do, "advice", "testable"))
    return faults
