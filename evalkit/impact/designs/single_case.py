"""One case or a few, followed closely through baseline and intervention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from evalkit.impact.bayes.forms.cases import SLOTS
from evalkit.impact.bayes.forms.common_priors import Asked, form_faults
from evalkit.impact.cases.methods import Plan
from evalkit.impact.cases.read import Cases, Roles, read_cases
from evalkit.impact.cases.study import Choices, study
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import BOTH, Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.subgroups import with_subgroups

NAME = "single_case"
RANDOMISATIONS = ("start", "case_order")
STATISTICS = ("mean_difference", "immediate")
DIRECTIONS = ("higher", "lower")
USUAL_PHASE = 3


@with_subgroups
def single_case(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    time: str,
    phase: str,
    case: str | None = None,
    min_phase: int | None = None,
    starts: Sequence[Any] | None = None,
    randomisation: str = "start",
    randomised: bool | None = None,
    statistic: str = "mean_difference",
    direction: str = "higher",
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
    margin: float | None = None,
) -> Estimate:
    """Test the change from baseline to intervention within one case or a few.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row for each case and time.
    outcome, time : str
        Columns.
    phase : str
        Column of the condition: A and B, or 0 and 1, or words; B1 and B2 are the same condition.
    case : str, optional
        Column; left out when there is one case only.
    min_phase : int, optional
        Fewest points of a phase that the plan allowed: what else could have been drawn. Default 3,
        or the shortest phase where that is shorter.
    starts : list, optional
        Times from which the start of the intervention was drawn (two phases only).
    randomisation : {"start", "case_order"}
        What chance decided: when phases change, or which case begins at which of the starts.
    randomised : bool, optional
        Whether chance did decide it; said in the checks.
    statistic : {"mean_difference", "immediate"}
        Difference of means, or the change over three points on either side.
    direction : {"higher", "lower"}
        Which way is better, for overlap and Tau-U.
    covariates, weights : optional
        Refused: neither has a place in this design.
    cluster : str, optional
        Not used: cases are the clusters. Taken so that a table may name its clusters.
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups of cases: each is tested alone, and the gap between them.
    seed : int
        Seed of the layouts drawn, where there are too many to try all, or of the posterior's draws.
    inference : {"frequentist", "bayesian"}
        A randomisation test, or the posterior of changes that are partly pooled over cases.
    priors : mapping, optional
        Of the Bayesian form, in outcome units: any of ``{"effect": {"mean", "sd"}, "noise": {"sd"},
        "memory": {"mean", "sd"}, "spread": {"sd"}, "drift": {"mean", "sd"}}``. The rest follow the
        documented rule.
    margin : float, optional
        Smallest change that matters, in the outcome's units.

    Returns
    -------
    Estimate
        The mean over cases of the change, with the randomisation test leading, or its posterior.

    Raises
    ------
    DesignError
        When the data cannot carry the design, with every reason and what to do.

    References
    ----------
    Edgington and Onghena (2007), Randomization Tests, 4th ed., ch. 11.
    Marascuilo and Busk (1988), Behavioral Assessment 10.
    Parker, Vannest, Davis and Sauber (2011), Behavior Therapy 42.
    """
    cases, faults = prepare(
        frame,
        outcome=outcome,
        time=time,
        phase=phase,
        case=case,
        min_phase=min_phase,
        starts=starts,
        randomisation=randomisation,
        statistic=statistic,
        direction=direction,
        covariates=covariates,
        weights=weights,
        level=level,
        inference=inference,
        priors=priors,
    )
    refuse(faults, NAME)
    cases = cast("Cases", cases)
    sign = 1 if direction == "higher" else -1
    if inference == "bayesian":
        given = {
            "min_phase": min_phase is not None,
            "starts": starts is not None,
            "randomisation": randomisation != "start",
            "statistic": statistic != "mean_difference",
        }
        asked = Asked(priors, level, margin, seed)
        return _with_cluster(_bayesian(cases, asked, sign, given, randomised=randomised), cluster)
    least = min(USUAL_PHASE, cases.shortest) if min_phase is None else min_phase
    drawn = None if starts is None else _positions(cases, starts)
    plan = Plan(randomisation, least, drawn, statistic)
    made = study(cases, Choices(plan, sign, randomised, level, margin, seed))
    return _with_cluster(made, cluster)


def _with_cluster(made: Estimate, cluster: str | None) -> Estimate:
    if cluster is None:
        return made
    from dataclasses import replace

    said = f"`cluster: {cluster}` is not used: each case is its own cluster."
    return replace(made, notes=(*made.notes, said))


def _bayesian(
    cases: Cases, asked: Asked, sign: int, given: Mapping[str, bool], *, randomised: bool | None
) -> Estimate:
    from evalkit.impact.bayes.forms import cases_study as bayesian

    idle = ", ".join(f"`{name}`" for name, set_ in given.items() if set_)
    said = (f"{idle} have no bearing here: no layouts are drawn.",) if idle else ()
    return bayesian.study(cases, bayesian.Choices(sign, randomised, said), asked)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    time: str,
    phase: str,
    case: str | None = None,
    min_phase: int | None = None,
    starts: Sequence[Any] | None = None,
    randomisation: str = "start",
    statistic: str = "mean_difference",
    direction: str = "higher",
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
) -> tuple[Cases | None, Faults]:
    """Return the cases, or None and every reason why the design cannot be run, and what to do."""
    faults = option_faults(level=level, inference=inference, built=BOTH)
    faults += form_faults(inference, priors, SLOTS)
    faults += choice_fault("randomisation", randomisation, RANDOMISATIONS)
    faults += choice_fault("statistic", statistic, STATISTICS)
    faults += choice_fault("direction", direction, DIRECTIONS)
    if names_of(covariates) or weights:
        faults.append(
            (
                "`covariates` and `weights` have no place in a single-case design.",
                "Leave them out; for many people use `panel_fixed_effects`.",
            )
        )
    cases, found = read_cases(frame, Roles(outcome, time, phase, case))
    faults += found
    if cases is not None:
        faults += _plan_faults(cases, min_phase, starts, randomisation)
    return (None if faults else cases), faults


def _plan_faults(
    cases: Cases, min_phase: int | None, starts: Sequence[Any] | None, randomisation: str
) -> Faults:
    faults: Faults = []
    if min_phase is not None and (
        isinstance(min_phase, bool) or not isinstance(min_phase, int) or min_phase < 1
    ):
        return [(f"`min_phase: {min_phase}` is no number of points.", "Write a number from 1.")]
    if min_phase is not None and cases.shortest < min_phase:
        faults.append(
            (
                (
                    f"A phase has {cases.shortest} points, fewer than `min_phase: {min_phase}`, so "
                    "what happened is not among what could have."
                ),
                f"Write `min_phase: {cases.shortest}`, or what the plan said.",
            )
        )
    several = len(cases.cases[0].changes) > 1
    if randomisation == "case_order" and (several or len(cases.cases) < 2):
        faults.append(
            (
                "`randomisation: case_order` is for several cases with two phases each.",
                "Write `randomisation: start`.",
            )
        )
    if starts is not None:
        faults += _start_faults(cases, starts, several=several)
    return faults


def _start_faults(cases: Cases, starts: Sequence[Any], *, several: bool) -> Faults:
    if several:
        return [
            (
                "`starts` is for cases with two phases.",
                "Leave it out; `min_phase` says what was possible with more phases.",
            )
        ]
    known = {_word(one): i for i, one in enumerate(cases.times)}
    lost = [one for one in starts if _word(one) not in known]
    if lost:
        return [
            (
                f"`starts` holds `{lost[0]}`, which is no time of the data.",
                "Write the times just as they stand in the data.",
            )
        ]
    places = {known[_word(one)] for one in starts}
    outside = [
        case.label for case in cases.cases if int(case.position[case.changes[0]]) not in places
    ]
    if outside:
        return [
            (
                f"`{outside[0]}` began at a time that is not among `starts`.",
                "Add it: what happened must be among what could have.",
            )
        ]
    return []


def _word(value: Any) -> str:
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        return f"{float(value):g}"
    return str(value)[:10]


def _positions(cases: Cases, starts: Sequence[Any]) -> tuple[int, ...]:
    known = {_word(one): i for i, one in enumerate(cases.times)}
    return tuple(sorted({known[_word(one)] for one in starts}))
