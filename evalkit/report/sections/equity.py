"""Who gained and who was missed: gaps between groups, and subgroups where they were analysed."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report.decision import Decision, decide
from evalkit.report.document import Block, FromFile, Heading, Item, NestedList, Prose, Section
from evalkit.report.name import at, outcome_words
from evalkit.report.table import frame_table
from evalkit.report.words import effect, how_sure, range_sentence


def equity(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("equity", "Who gained, and who was missed", "three", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    decisions = decide(evaluation)
    gaps = [one for one in decisions if _is_gap(one) and one.role != "check"]
    split = [one for one in decisions if "subgroups" in one.estimate.table]
    protocol = evaluation.protocol
    blocks: list[Block] = list(_asked(evaluation))
    if gaps:
        blocks += [
            Heading(("Gaps between groups",)),
            NestedList(
                tuple(
                    Item(
                        (
                            *effect(one, protocol),
                            " ",
                            how_sure(one),
                            " ",
                            *range_sentence(one, protocol),
                        )
                    )
                    for one in gaps
                )
            ),
        ]
    blocks += [
        frame_table(
            one.estimate,
            "subgroups",
            caption=("By group: ", outcome_words(one.estimate.outcome, protocol), "."),
        )
        for one in split
    ]
    if not gaps and not split:
        words = (
            "No gap between groups and no group by itself was analysed, so this record cannot "
            "say who gained and who was missed."
        )
        blocks.append(Prose((words,)))
    if protocol.never_split_by:
        names = ", ".join(protocol.never_split_by)
        blocks.append(
            Prose(("By the plan results are never split by: ", FromFile(names, protocol.file), "."))
        )
    return tuple(blocks)


def _is_gap(decision: Decision) -> bool:
    outcome = decision.outcome
    return outcome is not None and bool(outcome.less or outcome.gap_in)


def _asked(evaluation: Evaluation) -> tuple[Block, ...]:
    protocol = evaluation.protocol
    asked = [one for one in protocol.questions.values() if one.kind == "equity"]
    return tuple(
        Prose(("Asked: ", FromFile(one.ask, at(protocol.file, one.line)))) for one in asked
    )
