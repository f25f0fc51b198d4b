"""The why table's judgement as a range of words, and where the chain first breaks.

Each explanation begins wide open. A sign found for it lifts the lower end of the range, as far as
its weight class allows; a sign found against it, or one that should be there and is not, lowers the
upper end. Where the two cross, both stand, and the range spans them. Nothing is added up, so a sign
read twice weighs once, and the order of the signs does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.synthesis.model import Contribution, Explanation, Sign, Verdict, WhyRow
from evalkit.synthesis.tracing import SCALE
from evalkit.theory.model import SECTIONS, Theory

Weight = Literal["strong", "moderate", "weak"]
SCALE_UP: tuple[str, ...] = tuple(sorted(SCALE, key=lambda word: SCALE[word]))
"""Words for how likely an explanation is, from least to most; each stands for the range it has in
process tracing."""
CLASSES: dict[str, Weight] = {
    "theory-contradicted": "strong",
    "theory-sign-failed": "moderate",
    "theory-supported": "moderate",
    "delivery-doubted": "moderate",
    "delivery-measured": "strong",
    "delivery-seen": "weak",
    "delivery-measured-well": "strong",
    "delivery-against-theory": "moderate",
    "evaluation-blind": "strong",
    "evaluation-fragile": "moderate",
    "evaluation-few": "weak",
    "evaluation-coder": "weak",
    "evaluation-inseparable": "strong",
    "evaluation-settled": "strong",
    "context-rival": "moderate",
    "context-setting": "weak",
}
"""Weight class of every sign of the default list. A sign that a plan adds is moderate unless it says."""
FOUND_FOR: dict[Weight, str] = {"strong": "likely", "moderate": "possible", "weak": "unlikely"}
"""What a sign found for an explanation lifts the lower end of its range to."""
FOUND_AGAINST: dict[Weight, str] = {"strong": "unlikely", "moderate": "possible", "weak": "likely"}
"""What a sign found against an explanation lowers the upper end to."""
NOT_FOUND: dict[Weight, str] = {
    "strong": "possible",
    "moderate": "likely",
    "weak": "almost certain",
}
"""What a sign for an explanation that was looked for and not found lowers the upper end to."""
MIX: tuple[tuple[str, str], ...] = (
    ("one", "The record points to one explanation more than to the others."),
    ("mix", "The record points to a mix of explanations."),
    ("none", "The record makes none of the four likely."),
    ("not known", "The record does not tell the four explanations apart."),
)
"""The whole: “one” or “mix” by how many explanations have a lower end of at least `POINTED`; else
“none” where every upper end is below `POINTED`; else “not known”."""
POINTED = "possible"


@dataclass(frozen=True, slots=True)
class Weighed:
    """How likely one explanation is, as a range of words.

    Attributes
    ----------
    explanation : str
    known : bool
        False when no sign of it could be looked up: the range is then the whole scale.
    low, high : str
        Words of `SCALE_UP`.
    raised_by, lowered_by : tuple of str
        Ids of the signs that set the lower and the upper end.
    crossed : bool
        Whether signs for and against cross, so that the range spans both.
    not_known : tuple of str
        Ids of signs that the record could not show either way.
    words : str
    """

    explanation: Explanation
    known: bool
    low: str
    high: str
    raised_by: tuple[str, ...]
    lowered_by: tuple[str, ...]
    crossed: bool
    not_known: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Why:
    """The whole why table weighed: four ranges, the mix, where the chain first breaks."""

    rows: tuple[Weighed, ...]
    verdict: Literal["one", "mix", "none", "not known"]
    pointed: tuple[Explanation, ...]
    words: str
    chain: Chain


def weigh_why(
    table: Sequence[WhyRow],
    theory: Theory,
    contributions: Sequence[Contribution],
    more: Sequence[Sign] = (),
    classes: Mapping[str, Weight] | None = None,
) -> Why:
    """Return the why table's judgement.

    Parameters
    ----------
    table : sequence of WhyRow
        From `evalkit.synthesis.why.why_table`.
    theory : Theory
    contributions : sequence of Contribution
        Verdicts on the links.
    more : sequence of Sign
        Further signs (`delivery.as_signs`, `stated.stated_signs`, `stated.separation_sign`); one
        with the id of a sign of the table takes its place.
    classes : mapping of str to str, optional
        Weight classes of further signs, or others than those of `CLASSES`.
    """
    weights = {**CLASSES, **(classes or {})}
    rows = tuple(weighed(row.explanation, _signs(row, more), weights) for row in table)
    pointed = tuple(one.explanation for one in rows if _at_least(one.low, POINTED))
    verdict: Literal["one", "mix", "none", "not known"] = "not known"
    if pointed:
        verdict = "one" if len(pointed) == 1 else "mix"
    elif rows and all(not _at_least(one.high, POINTED) for one in rows):
        verdict = "none"
    named = f" ({', '.join(pointed)})" if pointed else ""
    words = dict(MIX)[verdict].rstrip(".") + f"{named}."
    return Why(rows, verdict, pointed, words, chain(theory, contributions))


def _signs(row: WhyRow, more: Sequence[Sign]) -> list[Sign]:
    replaced = {sign.id for sign in more}
    kept = [sign for sign in row.signs if sign.id not in replaced]
    return [*kept, *(sign for sign in more if sign.explanation == row.explanation)]


def _at_least(word: str, least: str) -> bool:
    return SCALE_UP.index(word) >= SCALE_UP.index(least)


def weighed(
    explanation: Explanation, signs: Iterable[Sign], classes: Mapping[str, Weight] = CLASSES
) -> Weighed:
    """Return how likely one explanation is, from its signs."""
    unlike = {(sign.id, sign.points, sign.found): sign for sign in signs}
    every = [unlike[key] for key in sorted(unlike)]
    lifts = [
        (FOUND_FOR[classes.get(sign.id, "moderate")], sign.id)
        for sign in every
        if sign.points == "for" and sign.found == "yes"
    ]
    lowers = [
        (FOUND_AGAINST[classes.get(sign.id, "moderate")], sign.id)
        for sign in every
        if sign.points == "against" and sign.found == "yes"
    ]
    lowers += [
        (NOT_FOUND[classes.get(sign.id, "moderate")], sign.id)
        for sign in every
        if sign.points == "for" and sign.found == "no"
    ]
    bottom, top = SCALE_UP[0], SCALE_UP[-1]
    low = max([word for word, _ in lifts], key=SCALE_UP.index, default=bottom)
    high = min([word for word, _ in lowers], key=SCALE_UP.index, default=top)
    crossed = SCALE_UP.index(low) > SCALE_UP.index(high)
    ends = sorted((low, high), key=SCALE_UP.index)
    known = (ends[0], ends[1]) != (bottom, top)
    return Weighed(
        explanation=explanation,
        known=known,
        low=ends[0],
        high=ends[1],
        raised_by=tuple(id for word, id in lifts if word == low),
        lowered_by=tuple(id for word, id in lowers if word == high != top),
        crossed=crossed,
        not_known=tuple(sign.id for sign in every if sign.found == "not known"),
        words=_words(ends[0], ends[1], known=known, crossed=crossed),
    )


def _words(low: str, high: str, *, known: bool, crossed: bool) -> str:
    if not known:
        return "Not known: no sign that could be looked up says anything of it."
    span = low if low == high else f"{low} to {high}"
    if crossed:
        return f"Between {low} and {high}: signs for it and against it stand side by side."
    return f"{span.capitalize()}."


# --- where the chain first breaks -------------------------------------------------------------------

Held = Literal["held", "leaning", "broken", "not known"]
LINKS: dict[Verdict, Held] = {
    "supported": "held",
    "plausible": "leaning",
    "mixed": "not known",
    "not shown": "not known",
    "contradicted": "broken",
    "not tested": "not known",
}
"""What a verdict on a link says of the chain."""
_DELIVERY = ("context", "inputs", "activities", "outputs")


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the chain of the theory first breaks.

    Attributes
    ----------
    breaks_at : str
        The first link, in causal order, that is contradicted; empty where none is.
    part : {"delivery", "theory", ""}
        Which part of the theory that link lies in: up to the outputs, or beyond.
    open_before : tuple of str
        Links before it of which nothing is known: it may have broken there already.
    held : tuple of str
        Links that held, in causal order.
    first_open : str
        Where nothing is shown to have broken: the first link of which nothing is known.
    words : str
    """

    breaks_at: str
    part: Literal["delivery", "theory", ""]
    open_before: tuple[str, ...]
    held: tuple[str, ...]
    first_open: str
    words: str


def chain(theory: Theory, contributions: Iterable[Contribution]) -> Chain:
    """Return where the chain first breaks, its links taken in causal order.

    A link that is not tested is no link that held: where one lies before the break, the chain may
    have broken there already, and that is said.
    """
    state = {one.link: LINKS[one.verdict] for one in contributions if one.link}
    order = causal_order(theory)
    broken = [id for id in order if state.get(id) == "broken"]
    first = broken[0] if broken else ""
    before = _before(theory, first) if first else ()
    unknown = [id for id in order if state.get(id, "not known") == "not known"]
    return Chain(
        breaks_at=first,
        part=_part(theory, first),
        open_before=tuple(id for id in unknown if id in before),
        held=tuple(id for id in order if state.get(id) == "held"),
        first_open="" if first else next(iter(unknown), ""),
        words=_chain_words(theory, first, [id for id in unknown if id in before], unknown),
    )


def causal_order(theory: Theory) -> tuple[str, ...]:
    """Return the links in causal order: by the longest way to their start, loops left out."""
    links = [link for link in theory.links if not link.loop]
    depth = {node.id: 0 for node in theory.nodes}
    for _ in theory.nodes:  # as often as a way can be long; circles that are not marked then stop
        for link in links:
            depth[link.target] = max(
                depth[link.target], min(depth[link.source] + 1, len(theory.nodes))
            )
    section = {node.id: SECTIONS.index(node.section) for node in theory.nodes}
    return tuple(
        link.id
        for link in sorted(
            links, key=lambda one: (depth[one.source], section[one.source], one.source, one.target)
        )
    )


def _before(theory: Theory, link: str) -> frozenset[str]:
    """Return the links on any way to the start of `link`."""
    into: dict[str, list[tuple[str, str]]] = {}
    for one in theory.links:
        if not one.loop:
            into.setdefault(one.target, []).append((one.source, one.id))
    waiting, seen, found = [theory.link(link).source], set[str](), set[str]()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        found.update(id for _, id in into.get(node, ()))
        waiting += [source for source, _ in into.get(node, ())]
    return frozenset(found)


def _part(theory: Theory, link: str) -> Literal["delivery", "theory", ""]:
    if not link:
        return ""
    return "delivery" if theory.node(theory.link(link).target).section in _DELIVERY else "theory"


def _chain_words(theory: Theory, first: str, before: Sequence[str], unknown: Sequence[str]) -> str:
    if not first and not unknown:
        return "No link of the chain is shown to have broken, and each was tested."
    if not first:
        name = _name(theory, unknown[0])
        return (
            f"No link of the chain is shown to have broken; the first of which nothing is known "
            f"is {name}."
        )
    words = f"The chain first breaks, as far as is known, at {_name(theory, first)}."
    if before:
        count = "one link" if len(before) == 1 else f"{len(before)} links"
        words += f" Nothing is known of {count} before it, where it may have broken already."
    return words


def _name(theory: Theory, link: str) -> str:
    claim = theory.link(link)
    return f"“{theory.node(claim.source).words}” to “{theory.node(claim.target).words}”"
