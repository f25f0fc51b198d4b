"""The theory, the delivery, the evaluation, the context, or a mix: why it came out as it did."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report.decision import decide
from evalkit.report.document import (
    Block,
    Column,
    FromFile,
    FromResult,
    Heading,
    Item,
    NestedList,
    Parts,
    Prose,
    Section,
    TableBlock,
    Tag,
)
from evalkit.report.name import at, estimate_id, outcome_words
from evalkit.report.number import measure, places_for
from evalkit.report.words import margin
from evalkit.synthesis.model import WhyRow


def why(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("why", "Why it came out like this", "three", _blocks(evaluation))


_HOW = (
    "Four explanations are held against this record. Each has signs that would speak for it and signs "
    "that would speak against it. No weight is worked out."
)


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    if not evaluation.why:
        return (
            Prose(("The signs for and against each explanation have not been looked up yet.",)),
        )
    return (
        Prose((_HOW,)),
        *(block for row in evaluation.why for block in _explanation(row)),
        _power_table(evaluation),
        *_rivals(evaluation),
        *_inseparable(evaluation),
    )


def _explanation(row: WhyRow) -> tuple[Block, ...]:
    base = f"why/{row.explanation}"
    signs = tuple(
        Item(
            (
                Tag(f"says-{sign.points}", _POINTS[sign.points]),
                " ",
                FromResult(f"{sign.sign}. {sign.words}", f"{base}#signs.{sign.id}.words"),
            )
        )
        for sign in row.signs
    )
    return (
        Heading(
            (f"{row.explanation.capitalize()}: ", FromResult(row.judgement, f"{base}#judgement"))
        ),
        Prose((FromResult(row.asks, f"{base}#asks"), " ", FromResult(row.words, f"{base}#words"))),
        NestedList(signs) if signs else Prose(("No sign is named.",)),
    )


_POINTS = {"for": "would speak for it", "against": "would speak against it"}


def _power_table(evaluation: Evaluation) -> TableBlock:
    """Return what each main estimate could have seen, against what would matter."""
    columns = (
        Column(("Outcome",)),
        Column(("Smallest effect it had a fair chance to see",), numeric=True),
        Column(("Smallest change that matters",), numeric=True),
        Column(("So",)),
    )
    rows: list[tuple[Parts, ...]] = []
    for one in decide(evaluation):
        check = one.estimate.check("smallest detectable effect")
        if one.role != "main" or check is None or check.statistic is None:
            continue
        result = f"{estimate_id(one.estimate)}#checks.{check.name}.statistic"
        so = (
            "no smallest change is stated to hold it against"
            if one.margin is None
            else "a change that matters could have gone unseen"
            if check.statistic > one.margin
            else "a change that matters had a fair chance to be seen"
        )
        rows.append(
            (
                (outcome_words(one.estimate.outcome, evaluation.protocol),),
                (measure(check.statistic, result, places_for(check.statistic)),),
                (margin(one),),
                (so,),
            )
        )
    return TableBlock(
        "table-power",
        ("What the evaluation could have seen, in each outcome's own unit.",),
        columns,
        tuple(rows),
        empty="What the evaluation could have seen is not known: no estimate says so.",
    )


def _rivals(evaluation: Evaluation) -> tuple[Block, ...]:
    theory = evaluation.theory
    heading = Heading(("Other explanations",))
    if not theory.rivals:
        return (heading, Prose(("The theory names no other explanation. There always are some.",)))
    standing = {rival for one in evaluation.contributions for rival in one.rivals}
    items = tuple(
        Item(
            (
                FromFile(one.words, at(theory.file, one.line)),
                ". Left standing. " if one.id in standing else ". Not left standing on any link. ",
                *(
                    ("To check: ", FromFile(one.check, at(theory.file, one.line)), ".")
                    if one.check
                    else ()
                ),
            )
        )
        for one in theory.rivals
    )
    return (heading, NestedList(items))


def _inseparable(evaluation: Evaluation) -> tuple[Block, ...]:
    """Say what no analysis of these places and years could tell apart."""
    found = evaluation.separation
    heading = Heading(("What cannot be told apart",))
    if found is None:
        unknown = (
            "When and where the other explanations were at work is not stated, so it was not worked "
            "out which of them could be told apart from the programme."
        )
        return (heading, Prose((unknown,)))
    items = tuple(
        Item((FromResult(words, f"separation#words[{k}]"),)) for k, words in enumerate(found.words)
    )
    how = "Read from where and when each was at work, not from any outcome."
    return (heading, Prose((how,)), NestedList(items))
