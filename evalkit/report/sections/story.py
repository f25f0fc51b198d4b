"""What changed: outcome by outcome, harms in the same words as benefits."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report import words
from evalkit.report.decision import Decision, decide
from evalkit.report.document import (
    Block,
    Callout,
    FromFile,
    FromResult,
    Heading,
    Item,
    NestedList,
    Prose,
    Section,
)
from evalkit.report.figures.forest import effect_table, forest
from evalkit.report.name import outcome_words


def story(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("outcomes", "What changed, outcome by outcome", "three", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    decisions = decide(evaluation)
    if not decisions:
        return (
            Prose(("No analysis has given an estimate, so nothing is said here of any change.",)),
        )
    shown = _in_order(decisions)
    figure = forest(shown, evaluation.protocol)
    return (
        *((figure,) if figure else (effect_table(shown, evaluation.protocol),)),
        *_harms(evaluation),
        Heading(("Each outcome in words",)),
        NestedList(tuple(_item(one, evaluation) for one in shown if one.role != "check")),
    )


def _in_order(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Return decisions with the checks on an outcome right behind its main estimate."""
    order = {
        id: at for at, id in enumerate(dict.fromkeys(one.estimate.outcome for one in decisions))
    }
    roles = ("main", "support", "check")
    return tuple(
        sorted(decisions, key=lambda one: (order[one.estimate.outcome], roles.index(one.role)))
    )


def _item(decision: Decision, evaluation: Evaluation) -> Item:
    protocol = evaluation.protocol
    care = words.reasons(decision)
    chance = words.chance(decision)
    exploratory = ("Exploratory, as it was not in the locked plan. ",)
    return Item(
        (
            *(exploratory if decision.exploratory else ()),
            *words.standing(decision, protocol),
            *words.range_sentence(decision, protocol),
            *((" ", *chance) if chance else ()),
            *((" ", *care) if care else ()),
        )
    )


_NO_HARM = (
    "No measured outcome meets the rule for a possible harm. That is not proof that there was none."
)


def _harms(evaluation: Evaluation) -> tuple[Block, ...]:
    """Return the possible harms, and those that were to be watched."""
    protocol = evaluation.protocol
    watched = tuple(
        Item(
            (
                outcome_words(one, protocol)
                if one in protocol.outcomes
                else FromFile(one, protocol.file),
            )
        )
        for one in protocol.harms_to_watch
    )
    blocks: list[Block] = [Heading(("Possible harms",))]
    if evaluation.harms:
        items = tuple(
            Item(
                (
                    outcome_words(harm.outcome, protocol),
                    ": ",
                    FromResult(harm.words, f"harms/{harm.outcome}#words"),
                )
            )
            for harm in evaluation.harms
        )
        blocks.append(Callout("warning", ("These may have got worse.",), (NestedList(items),)))
    else:
        blocks.append(Prose((_NO_HARM,)))
    if watched:
        blocks += [Prose(("The plan named these harms to watch for:",)), NestedList(watched)]
    return tuple(blocks)
