"""Analyses: a question, a design that exists with options it knows, outcomes that are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from evalkit.errors import Fault
from evalkit.protocol.look import KNOWN_DESIGNS, Look, pick, tables_of
from evalkit.protocol.mediators import mediators
from evalkit.protocol.model import Analysis
from evalkit.protocol.shapes import AnalysisShape

HEADING = "analyses"
FEW_CLUSTERS = 20
"""Below this many clusters, cluster-robust intervals are known to be too narrow (Cameron and
Miller 2015, section VI, name 20 to 50 as the range in which trouble starts)."""
_ROLES = ("unit", "time", "cluster")


def check_analyses(look: Look) -> list[Fault]:
    """Return faults of the analyses, and advice on those that need thought."""
    return [fault for it in look.protocol.analyses.values() for fault in _one(look, it)]


def _one(look: Look, analysis: Analysis) -> Iterator[Fault]:
    yield from _names(look, analysis)
    yield from _outcomes(look, analysis)
    yield from _design(look, analysis)
    yield from _few_clusters(look, analysis)
    yield from _mediators(look, analysis)


def _names(look: Look, analysis: Analysis) -> Iterator[Fault]:
    plan, place = look.protocol, ("analyses", analysis.id)
    if analysis.question not in plan.questions:
        wrong = f"The analysis `{analysis.id}` answers a question `{analysis.question}` not asked."
        do = pick(analysis.question, plan.questions, "questions")
        yield look.fault((*place, "question"), wrong, do, HEADING)
    if analysis.table and analysis.table not in plan.tables:
        wrong = f"The analysis `{analysis.id}` reads a table `{analysis.table}` that is not listed."
        do = pick(analysis.table, plan.tables, "tables")
        yield look.fault((*place, "table"), wrong, do, HEADING)
    others = {id: it for id, it in plan.analyses.items() if id != analysis.id}
    if analysis.checks and analysis.checks not in others:
        wrong = f"The analysis `{analysis.id}` checks `{analysis.checks}`, which is no other one."
        do = pick(analysis.checks, others, "analyses")
        yield look.fault((*place, "checks"), wrong, do, HEADING)


def _outcomes(look: Look, analysis: Analysis) -> Iterator[Fault]:
    plan, place = look.protocol, ("analyses", analysis.id)
    if not analysis.outcomes and analysis.design != "pooled":
        wrong = f"The analysis `{analysis.id}` has no outcome."
        yield look.fault(place, wrong, "Add `outcome:` with the id of an outcome.", HEADING)
    if not analysis.outcomes and analysis.design == "pooled" and not analysis.table:
        wrong = f"The analysis `{analysis.id}` does not say which table it reads."
        yield look.fault(place, wrong, "Add `table:`.", HEADING)
    for outcome in analysis.outcomes:
        if outcome not in plan.outcomes and not analysis.table:
            wrong = f"The analysis `{analysis.id}` has an outcome `{outcome}` that is not listed."
            do = pick(outcome, plan.outcomes, "outcomes")
            yield look.fault((*place, "outcome"), wrong, do, HEADING)


def _design(look: Look, analysis: Analysis) -> Iterator[Fault]:
    place, design = ("analyses", analysis.id), analysis.design
    known = look.designs.get(design)
    if known is not None:
        yield from _options(look, analysis, known)
        yield from _needed(look, analysis)
    elif design in KNOWN_DESIGNS:
        wrong = f"This version cannot run the design `{design}` of `{analysis.id}` yet."
        do = "It stays in the plan and is shown as not run."
        yield look.advice((*place, "design"), wrong, do, HEADING)
    else:
        names = tuple(sorted({*KNOWN_DESIGNS, *look.designs}))
        wrong = f"The analysis `{analysis.id}` has an unknown design `{design}`."
        yield look.fault((*place, "design"), wrong, pick(design, names, "designs"), HEADING)


def _options(look: Look, analysis: Analysis, known: frozenset[str]) -> Iterator[Fault]:
    own = {part.name for part in fields(AnalysisShape)}
    for option in analysis.options:
        if option not in known:
            wrong = f"The design `{analysis.design}` has no option `{option}`."
            do = pick(option, tuple(sorted(known | own)), "options")
            yield look.fault(("analyses", analysis.id, option), wrong, do, HEADING)


def _needed(look: Look, analysis: Analysis) -> Iterator[Fault]:
    tables = [look.protocol.tables.get(id) for id in tables_of(look.protocol, analysis)]
    roles = {role for role in _ROLES if all(getattr(table, role, "") for table in tables)}
    given = {*analysis.options, *(roles if tables else ()), "outcome"}
    for option in sorted(look.needed.get(analysis.design, frozenset()) - given):
        wrong = f"The design `{analysis.design}` of `{analysis.id}` needs `{option}`."
        where = f", here or as `{option}:` of its table" if option in _ROLES else ""
        do = f"Add `{option}:`{where}."
        yield look.fault(("analyses", analysis.id), wrong, do, HEADING)


def _few_clusters(look: Look, analysis: Analysis) -> Iterator[Fault]:
    if look.protocol.few_units_plan:
        return
    for id in tables_of(look.protocol, analysis):
        table = look.protocol.tables.get(id)
        if table is None:
            continue
        cluster = str(analysis.options.get("cluster") or table.cluster)
        count = look.count_of(table, cluster) if cluster else None
        if count is not None and count < FEW_CLUSTERS:
            wrong = f"The analysis `{analysis.id}` has only {count} clusters (`{cluster}`)."
            do = "Say under `few_units_plan:` how you will judge it without relying on p-values."
            yield look.advice(("analyses", analysis.id), wrong, do, HEADING)


def _mediators(look: Look, analysis: Analysis) -> Iterator[Fault]:
    for column, node in mediators(look.protocol, look.theory, analysis):
        wrong = (
            f"The analysis `{analysis.id}` holds `{column}` constant, but it measures `{node}`, "
            "a step through which the programme is meant to work."
        )
        do = "Take it out of `covariates:`, or use its value from before the programme."
        yield look.advice(("analyses", analysis.id, "covariates"), wrong, do, HEADING)
