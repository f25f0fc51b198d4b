"""Page one: what a decision maker should take away, how sure it is, and what cannot be said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from evalkit.coding.model import ONE_CODER
from evalkit.evaluation.model import Evaluation
from evalkit.protocol.model import Protocol
from evalkit.report import words
from evalkit.report.decision import Decision, decide, headline
from evalkit.report.document import (
    Block,
    Callout,
    FromFile,
    FromResult,
    Item,
    Message,
    Messages,
    NestedList,
    Panel,
    Panels,
    Parts,
    Prose,
    Ref,
    Section,
    Strong,
    joined,
)
from evalkit.report.figures.theory import mini_figure
from evalkit.report.name import at, estimate_anchor, link_words
from evalkit.report.number import counted, things
from evalkit.synthesis.contribution import ORDER
from evalkit.synthesis.inseparable import PROGRAMME

_MOST_NEEDS = 2
_SENTENCE = re.compile(r"(?<=[.])\s+(?=[A-Z])")
_MOST_HARMS, _MOST_LINKS, _MOST_LIMITS, _MOST_REASONS, _MOST_OUTCOMES = 2, 1, 5, 2, 4


def one_page(evaluation: Evaluation) -> Section:
    """Return page one."""
    decisions = decide(evaluation)
    figure = mini_figure(evaluation)
    blocks: list[Block] = [Messages(_messages(evaluation, decisions))]
    blocks += [figure] if figure else []
    blocks.append(
        Panels(
            (
                Panel("What we cannot say", (_limits(evaluation, decisions),)),
                Panel("What would settle it", (_settling(evaluation, decisions),)),
                Panel("Why it came out like this", (_why(evaluation),)),
            )
        )
    )
    blocks += _departed(evaluation)
    return Section("one-page", "On one page", "one", tuple(blocks))


def _messages(evaluation: Evaluation, decisions: tuple[Decision, ...]) -> tuple[Message, ...]:
    first = headline(decisions)
    harmed = {harm.outcome for harm in evaluation.harms}
    found: list[Message | None] = [
        _about_outcome(first, evaluation) if first else _no_numbers(evaluation),
        *(_harm(harm.outcome, evaluation, decisions) for harm in evaluation.harms[:_MOST_HARMS]),
        _others(
            [one for one in decisions if one is not first and one.estimate.outcome not in harmed],
            first,
            evaluation.protocol,
        ),
        _people(evaluation),
        _chain(evaluation),
    ]
    return tuple(one for one in found if one)


def _about_outcome(decision: Decision, evaluation: Evaluation, start: str = "") -> Message:
    protocol = evaluation.protocol
    care = words.reasons(decision, _MOST_REASONS)
    more: Parts = (*words.range_sentence(decision, protocol), *((" ", *care) if care else ()))
    chance = words.chance(decision)
    more = (*more, *((" ", *chance) if chance else ()))
    rests: Parts = ("numbers: ", Ref(decision.estimate.id, estimate_anchor(decision.estimate)))
    rival = _rival(decision, evaluation)
    head: Parts = (*((start,) if start else ()), *words.effect(decision, protocol, rival))
    return Message(head, more, words.how_sure(decision), rests)


def _rival(decision: Decision, evaluation: Evaluation) -> FromFile | None:
    """Return the words of the first rival left standing on a link that the estimate speaks to."""
    links = {one.link for one in evaluation.findings if one.of == decision.estimate.id}
    standing = {
        rival for one in evaluation.contributions if one.link in links for rival in one.rivals
    }
    theory = evaluation.theory
    first = next((rival for rival in theory.rivals if rival.id in standing), None)
    return FromFile(first.words, at(theory.file, first.line)) if first else None


def _no_numbers(evaluation: Evaluation) -> Message:
    planned = len(evaluation.protocol.analyses)
    more: Parts = (
        (
            "Planned: ",
            *things(planned, "analysis", "analyses", "protocol#analyses"),
            "; none has given a result.",
        )
        if planned
        else (
            "No estimate is planned; cases are ",
            Ref("compared as wholes", "configurations"),
            " instead.",
        )
        if evaluation.configurations
        else ("No analysis of numbers is planned.",)
    )
    head = "There is no estimate yet of what changed because of the programme."
    return Message((head,), more, words.sure_tag("not looked into"), ("nothing yet",))


def _harm(outcome: str, evaluation: Evaluation, decisions: Sequence[Decision]) -> Message | None:
    of_outcome = [one for one in decisions if one.estimate.outcome == outcome]
    leading = [one for one in of_outcome if one.role != "check"] or of_outcome
    if not leading:
        return None
    return _about_outcome(leading[0], evaluation, "A possible harm. ")


def _others(
    decisions: Sequence[Decision], first: Decision | None, protocol: Protocol
) -> Message | None:
    """Return what is to be said of the other main and supporting outcomes, together."""
    told = first.estimate.outcome if first else ""
    rest = [one for one in decisions if one.led_by is None and one.estimate.outcome != told]
    if not rest:
        return None
    groups: list[Parts] = []
    for state, said in _GROUPS:
        of_state = [one for one in rest if one.state == state and one.wanted]
        if of_state:
            groups.append((*said, *words.listed(of_state, protocol, _MOST_OUTCOMES)))
    aside = [one for one in rest if not one.wanted]
    if aside:
        groups.append(("Looked at, with neither side wanted: ", *words.listed(aside, protocol)))
    states = {one.state for one in rest}
    word = "differs by outcome" if len(states) > 1 else words.how_sure(rest[0]).word
    sure = words.sure_tag(word)
    rests: Parts = ("numbers: ", Ref("all effects", "table-effects"))
    head = (
        "Some of the other outcomes are settled, some are not."
        if len(states) > 1 and "imprecise" in states
        else "For the other outcomes the data cannot tell."
        if states == {"imprecise"}
        else "What the data say of the other outcomes."
    )
    return Message((head,), (*joined(groups, ". ", ". "), "."), sure, rests)


_GROUPS: tuple[tuple[str, Parts], ...] = (
    ("up", ("Came out better: ",)),
    ("down", ("Came out worse: ",)),
    ("about nil", ("Changed by too little to matter: ",)),
    ("imprecise", ("The data cannot tell for: ",)),
)


def _people(evaluation: Evaluation) -> Message | None:
    """Return which steps those heard say work, and which they doubt."""
    if not evaluation.codings:
        return None
    works = [row.link for row in evaluation.joint if row.qualitative == "up"]
    doubts = [row.link for row in evaluation.joint if row.qualitative in ("down", "nil reported")]
    both = [row.link for row in evaluation.joint if row.qualitative == "mixed"]
    said: list[Parts] = [
        (start, *_few_links(links, evaluation))
        for start, links in (
            ("They say that it works, for example: ", works),
            ("They doubt it, for example: ", doubts),
            ("They say both, for example: ", both),
        )
        if links
    ]
    head = (
        "What people said goes one way."
        if len(said) == 1
        else "What people said: some steps work, others are in doubt."
        if said
        else "People were heard, and took no side on any step."
    )
    sure = "leaning" if len(said) == 1 else "both ways" if said else "not looked into"
    rests: Parts = (
        "words: ",
        *things(
            len({one.segment.source for one in evaluation.codings}),
            "text",
            "texts",
            "codings#source",
        ),
    )
    return Message((head,), tuple(_sentences(said)), words.sure_tag(sure), rests)


def _sentences(said: Sequence[Parts]) -> Parts:
    return (*joined(said, ". ", ". "), ".") if said else ()


def _few_links(links: Sequence[str], evaluation: Evaluation) -> Parts:
    shown = [link_words(evaluation.theory, link) for link in links[:_MOST_LINKS]]
    more = len(links) - len(shown)
    if more:
        shown.append((counted(more, "joint#qualitative"), " more"))
    return joined(shown, "; ", "; and ")


def _chain(evaluation: Evaluation) -> Message | None:
    """Return how the links of the theory stand."""
    links = [one for one in evaluation.contributions if one.link]
    if not links:
        return None
    counts: Counter[str] = Counter(one.verdict for one in links)
    said: list[Parts] = [
        (
            counted(counts[verdict], f"contributions#verdict={verdict}"),
            " ",
            words.verdict_tag(verdict),
        )
        for verdict in reversed(ORDER)
        if counts[verdict]
    ]
    head = (
        "The steps from what was done to what was hoped for are not all shown."
        if counts["supported"] < len(links)
        else "Every step of the theory is supported."
    )
    more: Parts = (
        "Of ",
        counted(len(links), "contributions#link"),
        " links in the theory: ",
        *joined(said),
        ". A chain is only as strong as its weakest link.",
    )
    sure = "fairly sure" if counts["supported"] == len(links) else _chain_sure(counts)
    basis = (f"{_strands(evaluation)}, ", Ref("by link", "links"))
    return Message((head,), more, words.sure_tag(sure), basis)


def _strands(evaluation: Evaluation) -> str:
    """Return what the verdicts rest on, in a word or two."""
    found = {
        "numbers": bool(evaluation.estimates),
        "words": bool(evaluation.codings),
        "signs looked for": any(one.found != "not looked" for one in evaluation.tests),
    }
    names = [name for name, there in found.items() if there] or ["nothing yet"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _chain_sure(counts: Counter[str]) -> str:
    if counts["not tested"] == sum(counts.values()):
        return "not looked into"
    return "both ways" if counts["contradicted"] or counts["mixed"] else "leaning"


def _not_apart(evaluation: Evaluation) -> Iterator[Parts]:
    """Say it when other influences ran where and when the programme did."""
    groups = evaluation.separation.groups if evaluation.separation else ()
    for k, group in enumerate(groups):
        if PROGRAMME in group.members:
            others = counted(len(group.members) - 1, f"separation#groups[{k}].members")
            yield (
                "Whether it was the programme, or one of ",
                others,
                " other things that ran in the same places over the same time.",
            )


def _limits(evaluation: Evaluation, decisions: Sequence[Decision]) -> NestedList:
    """Return what the record cannot say, most important first."""
    protocol, theory = evaluation.protocol, evaluation.theory
    unsettled = [one for one in decisions if one.role == "main" and one.state == "imprecise"]
    standing = {rival for one in evaluation.contributions for rival in one.rivals}
    rivals = [rival for rival in theory.rivals if rival.id in standing]
    untested = [one for one in evaluation.contributions if one.link and one.verdict == "not tested"]
    found: list[Parts] = list(_not_apart(evaluation))
    named = 1 if found else 2
    if unsettled:
        found.append(
            ("Whether the programme changed: ", *words.listed(unsettled, protocol, 2), ".")
        )
    found += [
        ("Whether this explains it instead: ", FromFile(one.words, at(theory.file, one.line)), ".")
        for one in rivals[:named]
    ]
    if len(rivals) > named:
        more = things(
            len(rivals) - named, "further explanation", "further explanations", "theory#rivals"
        )
        found.append(("Whether it was instead one of ", *more, " that the theory names."))
    if untested:
        number = things(len(untested), "link", "links", "contributions#verdict=not tested")
        found.append(("Anything on ", *number, " that nothing in this record tests."))
    if any(one.reason == ONE_CODER for one in evaluation.agreement):
        found.append(("Whether a second reader would have read the texts in the same way.",))
    if not evaluation.codings:
        found.append(("What the people concerned saw: no texts were coded.",))
    if evaluation.failed:
        many = "planned analyses were to show; they"
        number = things(len(evaluation.failed), "planned analysis was to show; it", many, "failed")
        found.append(("What ", *number, " gave no estimate."))
    items = tuple(Item(one) for one in found[:_MOST_LIMITS])
    return NestedList(items or (Item(("No limit stands out beyond those told in each part.",)),))


def _settling(evaluation: Evaluation, decisions: tuple[Decision, ...]) -> NestedList:
    """Return what evidence would settle the headline and the links into it."""
    first = headline(decisions)
    ends = (
        {node.id for node in evaluation.theory.measured_by(first.estimate.outcome)}
        if first
        else set()
    )
    links = [one for one in evaluation.contributions if one.link]
    on_headline = [one for one in links if one.link.partition(" -> ")[2] in ends]
    found: dict[str, str] = {}
    for one in on_headline or links:
        for sentence in _SENTENCE.split(one.would_change_if):
            found.setdefault(sentence, one.id)
    protocol = evaluation.protocol
    items = [
        Item((FromFile(f"{one[:1].upper()}{one[1:]}", protocol.file), "."))
        for one in protocol.change_our_mind[:_MOST_NEEDS]
    ]
    items += [
        Item((FromResult(sentence, f"contributions/{id}#would_change_if"),))
        for sentence, id in list(found.items())[:_MOST_NEEDS]
    ][: _MOST_NEEDS if not items else 1]
    standing = {rival for one in evaluation.contributions for rival in one.rivals}
    theory = evaluation.theory
    items += [
        Item(("On another explanation: ", FromFile(one.check, at(theory.file, one.line)), "."))
        for one in theory.rivals
        if one.id in standing and one.check
    ][:1]
    return NestedList(tuple(items) or (Item(("Nothing has been judged yet.",)),))


def _why(evaluation: Evaluation) -> NestedList | Prose:
    if not evaluation.why:
        return Prose(("Nothing has been looked up yet.",))
    items = tuple(
        Item(
            (
                _ASKED[row.explanation],
                " ",
                Strong(
                    (FromResult(row.judgement.capitalize(), f"why/{row.explanation}#judgement"),)
                ),
                ".",
            )
        )
        for row in evaluation.why
    )
    return NestedList((*items, Item((Ref("The signs behind each", "why"),))))


_ASKED: dict[str, str] = {
    "theory": "Was the theory wrong?",
    "delivery": "Was it not done as meant?",
    "evaluation": "Could the evaluation not see it?",
    "context": "Did something else play in?",
}


def _departed(evaluation: Evaluation) -> list[Block]:
    """Return the callout that says the plan was departed from, when it was."""
    kinds = ("changed since lock", "not planned", "not run")
    found = [one for one in evaluation.departures if one.kind in kinds]
    number = len(found) + len(evaluation.told)
    if not number:
        return []
    title: Parts = (
        *things(number, "departure", "departures", "departures"),
        " from the plan: ",
        Ref("what and why", "departures"),
    )
    return [Callout("warning", title)]
