"""Each estimate in detail: target, every method of inference, checks, assumptions, Bayesian parts."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.impact.estimate import Estimate
from evalkit.report import words
from evalkit.report.decision import Decision, decide
from evalkit.report.document import (
    Block,
    Callout,
    Column,
    Details,
    FromResult,
    Heading,
    Item,
    NestedList,
    Parts,
    Prose,
    Section,
    TableBlock,
    anchor,
)
from evalkit.report.figures.event_study import event_study
from evalkit.report.figures.sites import sites
from evalkit.report.name import estimate_anchor, estimate_id, outcome_words
from evalkit.report.number import measure, p_value
from evalkit.report.small import check_words, note_words, shown_units
from evalkit.report.table import frame_table

_BAYES: tuple[tuple[str, str], ...] = (
    ("posterior", "What the model says after the data, with convergence (R-hat, effective draws)."),
    ("priors", "What was assumed before the data."),
    ("sensitivity", "The answer under other assumptions made before the data."),
    ("prior_predictive", "What the assumptions alone would have expected."),
    ("posterior_predictive", "Does the model make data like those seen?"),
)
_FURTHER: tuple[tuple[str, str], ...] = (
    ("aggregates", "The effect summed up in other ways."),
    ("group_time", "The effect by group of starters and period."),
    ("subgroups", "The effect by group."),
)
_UNITS: tuple[tuple[str, str], ...] = (
    ("n_units", "units"),
    ("n_treated", "treated"),
    ("n_clusters", "clusters"),
    ("n_observations", "rows"),
)


def estimates(evaluation: Evaluation) -> Section:
    """Return the section."""
    blocks: list[Block] = []
    for decision in decide(evaluation):
        blocks += _estimate(decision, evaluation)
    blocks = blocks or [Prose(("There is no estimate.",))]
    return Section("estimates", "Each estimate in detail", "all", tuple(blocks))


def _estimate(decision: Decision, evaluation: Evaluation) -> tuple[Block, ...]:
    estimate, protocol = decision.estimate, evaluation.protocol
    id = estimate_id(estimate)
    heading: Parts = (
        outcome_words(estimate.outcome, protocol),
        ": ",
        FromResult(estimate.id, f"{id}#id"),
    )
    care = words.reasons(decision)
    detail = (
        _inference(estimate, decision),
        *_bayes(estimate),
        _checks(estimate, evaluation),
        *_assumptions(estimate, evaluation),
        *_further(estimate),
    )
    figure, caterpillar = event_study(decision, protocol), sites(decision, protocol)
    return (
        Heading(heading, 4, estimate_anchor(estimate)),
        *_exploratory(decision),
        Prose(
            (
                *words.standing(decision, protocol),
                *words.range_sentence(decision, protocol),
                *((" ", *care) if care else ()),
            )
        ),
        Prose(("What is estimated: ", FromResult(estimate.estimand, f"{id}#estimand"))),
        Prose(
            (
                "How: ",
                FromResult(estimate.estimator, f"{id}#estimator"),
                ". Made from ",
                *_counts(estimate, evaluation),
                ".",
            )
        ),
        *_standardised(estimate),
        *((figure,) if figure and decision.role != "check" else ()),
        *((caterpillar,) if caterpillar else ()),
        Details(("Methods, checks and assumptions: ", *heading), detail),
    )


def _exploratory(decision: Decision) -> tuple[Block, ...]:
    if not decision.exploratory:
        return ()
    title = "Exploratory: it was not in the locked plan, and enters no verdict as a planned result."
    return (Callout("warning", (title,)),)


def _counts(estimate: Estimate, evaluation: Evaluation) -> Parts:
    parts: Parts = ()
    for field, noun in _UNITS:
        comma = (", ",) if parts else ()
        parts = (*parts, *comma, f"{noun}: ", *shown_units(evaluation, estimate, field))
    return parts


def _standardised(estimate: Estimate) -> tuple[Block, ...]:
    one, id = estimate.standardised, f"{estimate_id(estimate)}#standardised"
    if one is None:
        return (Prose(("The effect is not given in standard deviations; the notes say why.",)),)
    return (
        Prose(
            (
                "In standard deviations: ",
                measure(one.hedges_g, f"{id}.hedges_g", 2, sign=True),
                " (",
                measure(one.low, f"{id}.low", 2),
                " to ",
                measure(one.high, f"{id}.high", 2),
                "), with this divisor: ",
                FromResult(one.which_sd, f"{id}.which_sd"),
                ".",
            )
        ),
    )


def _inference(estimate: Estimate, decision: Decision) -> TableBlock:
    if "inference" in estimate.table and len(estimate.table["inference"]):
        return frame_table(
            estimate,
            "inference",
            caption=(
                "The same estimate by every method of inference; the one that leads is marked.",
            ),
        )
    id, one = estimate_id(estimate), estimate.interval
    places = decision.places
    columns = (
        Column(("Method",)),
        Column(("Standard error or posterior SD",), numeric=True),
        Column(("Low",), numeric=True),
        Column(("High",), numeric=True),
        Column(("p-value",), numeric=True),
    )
    row: tuple[Parts, ...] = (
        (FromResult(one.method or one.kind, f"{id}#interval.method"),),
        (measure(estimate.std_error, f"{id}#std_error", places),),
        (measure(one.low, f"{id}#interval.low", places),),
        (measure(one.high, f"{id}#interval.high", places),),
        (p_value(estimate.p_value, f"{id}#p_value"),),
    )
    return TableBlock(anchor(estimate.id, "interval"), ("The interval.",), columns, (row,))


def _checks(estimate: Estimate, evaluation: Evaluation) -> TableBlock:
    rows = tuple(
        (
            (FromResult(one.name, f"{estimate_id(estimate)}#checks.{one.name}.name"),),
            (words.check_tag(one.verdict),),
            (check_words(evaluation, estimate, one),),
        )
        for one in estimate.checks
    )
    return TableBlock(
        anchor(estimate.id, "checks"),
        ("Checks, and what each means.",),
        (Column(("Check",)), Column(("Verdict",)), Column(("What it means",))),
        rows,
        empty="No check was made on this estimate.",
    )


def _assumptions(estimate: Estimate, evaluation: Evaluation) -> tuple[Block, ...]:
    id = estimate_id(estimate)
    assumed = tuple(
        Item((FromResult(one, f"{id}#assumptions[{at}]"),))
        for at, one in enumerate(estimate.assumptions)
    )
    notes = tuple(
        Item((note_words(evaluation, estimate, at),)) for at in range(len(estimate.notes))
    )
    return (
        Heading(("It rests on these assumptions",), 5),
        NestedList(assumed) if assumed else Prose(("None is stated.",)),
        *((Heading(("Notes",), 5), NestedList(notes)) if notes else ()),
    )


def _bayes(estimate: Estimate) -> tuple[Block, ...]:
    return tuple(
        frame_table(estimate, name, caption=(caption,))
        for name, caption in _BAYES
        if name in estimate.table and len(estimate.table[name])
    )


def _further(estimate: Estimate) -> tuple[Block, ...]:
    return tuple(
        frame_table(estimate, name, caption=(caption,))
        for name, caption in _FURTHER
        if name in estimate.table and len(estimate.table[name])
    )
