"""Outcomes: found in a table, with a margin where they are compared, one of them the main one."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.errors import Fault
from evalkit.protocol.look import Look, pick
from evalkit.protocol.model import Outcome

HEADING = "outcomes"


def check_outcomes(look: Look) -> list[Fault]:
    """Return faults of outcomes, and advice on what they lack."""
    outcomes = look.protocol.outcomes.values()
    found = [fault for outcome in outcomes for fault in _places(look, outcome)]
    return [*found, *_main(look), *_margins(look), *_protected(look)]


def _places(look: Look, outcome: Outcome) -> Iterator[Fault]:
    plan, place = look.protocol, ("outcomes", outcome.id)
    if outcome.table and outcome.table not in plan.tables:
        wrong = f"The outcome `{outcome.id}` is in a table `{outcome.table}` that is not listed."
        yield look.fault(
            (*place, "table"), wrong, pick(outcome.table, plan.tables, "tables"), HEADING
        )
    if not outcome.gap_in:
        return
    made_from = plan.outcomes.get(outcome.gap_in)
    if made_from is None:
        wrong = f"The gap `{outcome.id}` is made from `{outcome.gap_in}`, which is no outcome."
        do = pick(outcome.gap_in, plan.outcomes, "outcomes")
        yield look.fault((*place, "gap_in"), wrong, do, HEADING)
    elif made_from.gap_in:
        wrong = f"The gap `{outcome.id}` is made from another gap, `{outcome.gap_in}`."
        do = "Name an outcome that has a table and a column."
        yield look.fault((*place, "gap_in"), wrong, do, HEADING)


def _main(look: Look) -> Iterator[Fault]:
    plan = look.protocol
    main = [outcome.id for outcome in plan.outcomes.values() if outcome.main]
    if len(main) > 1:
        wrong = f"{len(main)} outcomes are marked as the main one: {', '.join(main)}."
        do = "Keep `main: true` on one; it is the one the headline is about."
        yield look.fault(("outcomes", main[1], "main"), wrong, do, HEADING)
    if not main and plan.analyses and len(plan.outcomes) > 1:
        wrong = "No outcome is marked as the main one."
        do = "Write `main: true` on one, so that the headline is chosen before the results."
        yield look.advice((), wrong, do, HEADING)


def _margins(look: Look) -> Iterator[Fault]:
    plan = look.protocol
    compared = {name for analysis in plan.analyses.values() for name in analysis.outcomes}
    for outcome in plan.outcomes.values():
        if outcome.id in compared and outcome.margin is None:
            wrong = f"The outcome `{outcome.id}` does not say which change would matter."
            do = (
                "Add `smallest_change_that_matters:`; without it `about nil` cannot be told "
                "from `too uncertain to say`."
            )
            yield look.advice(("outcomes", outcome.id), wrong, do, HEADING)


def _protected(look: Look) -> Iterator[Fault]:
    """Find splits that the plan itself has forbidden."""
    plan, heading = look.protocol, "small numbers"
    for outcome in plan.outcomes.values():
        if outcome.between in plan.never_split_by:
            wrong = f"The gap `{outcome.id}` is split by `{outcome.between}`."
            yield look.fault(("outcomes", outcome.id), wrong, _NEVER, heading)
    for analysis in plan.analyses.values():
        by = analysis.options.get("by")
        for column in by if isinstance(by, list) else [by]:
            if column in plan.never_split_by:
                wrong = f"The analysis `{analysis.id}` is split by `{column}`."
                yield look.fault(("analyses", analysis.id, "by"), wrong, _NEVER, heading)


_NEVER = "`small_numbers: never_split_by` forbids it; take one of the two out."
