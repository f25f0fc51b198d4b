"""Verdicts: on each link by a printed table, on each pathway by its weakest link.

In the manner of contribution analysis (Mayne 2008): a claim is only as good as the weakest link it
needs, and as the rivals it leaves standing. No percentage of contribution is ever computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evalkit.synthesis.finding import Finding, QualState, QuantState
from evalkit.synthesis.model import Contribution, JointRow, Verdict
from evalkit.theory.model import Rival, Theory

ORDER: tuple[Verdict, ...] = (
    "contradicted",
    "not tested",
    "not shown",
    "mixed",
    "plausible",
    "supported",
)
"""From weakest to strongest; a pathway takes the weakest of the links it needs."""

_SILENT: tuple[QualState, QualState] = ("asked but not mentioned", "not asked")

VERDICTS: dict[tuple[QuantState, QualState], Verdict] = {
    ("up", "up"): "supported",
    ("up", "mixed"): "plausible",
    ("up", "down"): "mixed",
    ("up", "nil reported"): "mixed",
    **{("up", silent): "plausible" for silent in _SILENT},
    ("down", "up"): "mixed",
    ("down", "mixed"): "mixed",
    ("down", "down"): "contradicted",
    ("down", "nil reported"): "contradicted",
    **{("down", silent): "contradicted" for silent in _SILENT},
    ("about nil", "up"): "mixed",
    ("about nil", "mixed"): "not shown",
    ("about nil", "down"): "contradicted",
    ("about nil", "nil reported"): "contradicted",
    **{("about nil", silent): "contradicted" for silent in _SILENT},
    ("imprecise", "up"): "plausible",
    ("imprecise", "mixed"): "mixed",
    ("imprecise", "down"): "not shown",
    ("imprecise", "nil reported"): "not shown",
    **{("imprecise", silent): "not shown" for silent in _SILENT},
    ("no data", "up"): "plausible",
    ("no data", "mixed"): "mixed",
    ("no data", "down"): "not shown",
    ("no data", "nil reported"): "not shown",
    **{("no data", silent): "not tested" for silent in _SILENT},
}
"""Verdict at every pair of states, before rivals are considered."""

RIVAL_CAPS: dict[str, Verdict] = {"up": "plausible", "otherwise": "not shown"}
"""With a rival left standing a link is at most this: by whether the numbers read "up" or not."""

WORDS: dict[Verdict, str] = {
    "supported": "Numbers and words agree that this link held, and no named rival is left standing.",
    "plausible": "The evidence leans towards this link, but does not settle it.",
    "mixed": "The evidence points both ways.",
    "not shown": "The evidence does not show that this link held; it does not show that it failed.",
    "contradicted": "The evidence speaks against this link.",
    "not tested": "Nothing in this record tests this link.",
}
_RIVAL_WORDS = "It cannot be told apart from another explanation with these data."

WOULD_CHANGE: dict[QuantState, str] = {
    "up": "An estimate with a closer comparison that loses the change, or first-hand accounts against it.",
    "down": "An estimate with a closer comparison that turns it round.",
    "about nil": "An estimate for a group or a later time whose interval leaves the margin.",
    "imprecise": "More places or years, or a comparison group as alike before the start, so that the interval leaves out either nil or every change that matters.",
    "no data": "A measure of the end of this link, taken before and after, here and in a comparison place.",
}
_WORDS_WOULD_CHANGE: dict[QualState, str] = {
    "up": "First-hand accounts that it did not happen.",
    "down": "First-hand accounts, from people with nothing to gain, that it did.",
    "mixed": "Finding out which places or people the two accounts come from.",
    "nil reported": "Asking later, or asking those who were reached most.",
    "asked but not mentioned": "Asking about it directly.",
    "not asked": "Asking the people concerned about it.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A rival of a link that is left standing, and the findings that keep it there."""

    rival: str
    because: tuple[str, ...]


def standing_rivals(
    rivals: Sequence[Rival], findings: Sequence[Finding], row: JointRow
) -> tuple[Standing, ...]:
    """Return the rivals of a link that nothing in the record rules out.

    A rival belongs to a link when the theory names the link in it. It stands unless something found
    on this very link speaks against it and nothing found anywhere speaks for it: an explanation
    that nobody looked into is not ruled out, and one ruled out elsewhere may still hold here.
    """
    standing = []
    for rival in rivals:
        if row.link not in rival.links:
            continue
        on = [finding for finding in findings if finding.rival == rival.id]
        speaks_for = tuple(finding.id for finding in on if finding.says != "against")
        ruled_out = any(one.link == row.link and one.says == "against" for one in on)
        if speaks_for or not ruled_out:
            standing.append(Standing(rival.id, speaks_for))
    return tuple(standing)


def link_verdict(row: JointRow, theory: Theory, findings: Sequence[Finding]) -> Contribution:
    """Return the verdict on one link."""
    base = VERDICTS[row.quantitative, row.qualitative]
    standing = standing_rivals(theory.rivals, findings, row)
    cap = RIVAL_CAPS["up" if row.quantitative == "up" else "otherwise"]
    capped = bool(standing) and ORDER.index(base) > ORDER.index(cap)
    verdict = cap if capped else base
    extra = {identity for rival in standing for identity in rival.because}
    because = (*row.because, *sorted(extra - set(row.because)))
    return Contribution(
        link=row.link,
        pathway=(),
        verdict=verdict,
        words=f"{WORDS[verdict]} {_RIVAL_WORDS}" if capped else WORDS[verdict],
        rule=f"{row.rule}{' with a rival standing' if capped else ''}",
        because=because,
        would_change_if=f"{WOULD_CHANGE[row.quantitative]} {_WORDS_WOULD_CHANGE[row.qualitative]}",
        rivals=tuple(rival.rival for rival in standing),
    )


def pathway_verdict(pathway: Sequence[str], verdicts: Mapping[str, Contribution]) -> Contribution:
    """Return the verdict on a pathway: that of its weakest link.

    Links confirmed one by one still say little of the whole chain; the report says so beside it.
    """
    links = [verdicts[f"{one} -> {two}"] for one, two in pairwise(pathway)]
    weakest = min(links, key=lambda link: ORDER.index(link.verdict))
    return Contribution(
        link="",
        pathway=tuple(pathway),
        verdict=weakest.verdict,
        words=f"{WORDS[weakest.verdict].replace('this link', 'the weakest link of this pathway')}",
        rule="weakest link",
        because=weakest.because,
        would_change_if=weakest.would_change_if,
        rivals=tuple(sorted({rival for link in links for rival in link.rivals})),
        weakest=weakest.link,
    )


def strongest_pathway(
    start: str, end: str, theory: Theory, verdicts: Mapping[str, Contribution]
) -> tuple[str, ...]:
    """Return the pathway from `start` to `end` whose weakest link is strongest, or ().

    Ties go to the shorter pathway, then to the first in the order of node ids; loops are left out.
    """
    ends: dict[str, list[str]] = {link.source: [] for link in theory.links}
    for link in theory.links:
        if not link.loop:
            ends[link.source].append(link.target)
    best: tuple[tuple[int, int, tuple[str, ...]], tuple[str, ...]] | None = None
    waiting: list[tuple[int, tuple[str, ...]]] = [(len(ORDER), (start,))]
    reached: dict[str, tuple[int, int]] = {}
    while waiting:
        strength, path = waiting.pop(0)
        if path[-1] == end:
            key = (-strength, len(path), path)
            best = min(best, (key, path)) if best else (key, path)
            continue
        for target in sorted(ends.get(path[-1], ())):
            step = min(strength, ORDER.index(verdicts[f"{path[-1]} -> {target}"].verdict))
            known = reached.get(target)
            if target in path or (known and known[0] >= step and known[1] <= len(path)):
                continue
            reached[target] = (step, len(path))
            waiting.append((step, (*path, target)))
    return best[1] if best else ()


def contributions(
    theory: Theory, rows: Sequence[JointRow], findings: Sequence[Finding]
) -> tuple[Contribution, ...]:
    """Return a verdict on every link, then on the best pathway from each activity to each outcome."""
    links = {row.link: link_verdict(row, theory, findings) for row in rows}
    starts = [node.id for node in theory.nodes if node.section == "activities"]
    ends = [node.id for node in theory.nodes if node.section in ("outcomes", "impact")]
    paths = [
        path
        for start in starts
        for end in ends
        if (path := strongest_pathway(start, end, theory, links))
    ]
    return (*links.values(), *(pathway_verdict(path, links) for path in paths))
