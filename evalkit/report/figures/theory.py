"""The theory of change with the verdict on each link; its twin is a nested list."""

from __future__ import annotations

import re
from collections import Counter

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Figure,
    FromFile,
    Item,
    NestedList,
    Part,
    Parts,
    joined,
    plain,
)
from evalkit.report.name import at, link_words
from evalkit.report.number import counted
from evalkit.report.svg import clean
from evalkit.report.words import verdict_tag
from evalkit.synthesis.contribution import ORDER
from evalkit.theory.diagram import mini_theory, theory_outline, theory_svg
from evalkit.theory.model import Theory


def verdicts_of(evaluation: Evaluation) -> dict[str, str] | None:
    """Return the verdict by link, or None before anything was judged."""
    found = {one.link: str(one.verdict) for one in evaluation.contributions if one.link}
    return found or None


def theory_figure(evaluation: Evaluation) -> Figure | None:
    """Return the whole theory, or None when it has no boxes."""
    if not evaluation.theory.nodes:
        return None
    title = _title(evaluation)
    return _figure(evaluation, evaluation.theory, title, "figure-theory", "")


def mini_figure(evaluation: Evaluation) -> Figure | None:
    """Return the theory cut down to the first page, or None when nothing is left of it."""
    mini = mini_theory(evaluation.theory, _weightiest(evaluation))
    if not mini.nodes:
        return None
    return _figure(evaluation, mini, _mini_title(evaluation), "figure-mini-theory", _CUT_DOWN)


_WEIGHT = ("contradicted", "supported", "mixed", "plausible", "not shown")


def _weightiest(evaluation: Evaluation) -> list[str]:
    """Return the tested links: those into what the headline measures first, then the clearest."""
    main = {id for id, outcome in evaluation.protocol.outcomes.items() if outcome.main}
    ends = {node.id for node in evaluation.theory.nodes if main & set(node.measure)}
    tested = [one for one in evaluation.contributions if one.link and one.verdict in _WEIGHT]
    tested.sort(
        key=lambda one: (one.link.partition(" -> ")[2] not in ends, _WEIGHT.index(one.verdict))
    )
    return [one.link for one in tested]


def _figure(evaluation: Evaluation, theory: Theory, title: Parts, id: str, note: str) -> Figure:
    verdicts = verdicts_of(evaluation)
    alt = f"{plain(title)} {_alt(theory, verdicts)}"
    svg = theory_svg(theory, verdicts=verdicts, title=plain(title), desc=clean(alt), id_prefix=id)
    return Figure(
        id=id,
        svg=svg,
        title=title,
        alt=alt,
        twin=outline(theory, verdicts),
        result="contributions",
        note=(note,) if note else (),
        size="small" if note else "wide" if _width(svg) > _FITS else "plain",
    )


_FITS = 1200.0
"""A picture up to this wide is still readable when it is shrunk to the column."""
_CUT_DOWN = "Cut down by rule to the boxes that were tested and measured; the whole theory stands further on."


def _width(svg: str) -> float:
    """Return the width a picture was laid out with."""
    found = re.search(r'viewBox="0 0 ([0-9.]+) ', svg)
    return float(found[1]) if found else 0.0


def _mini_title(evaluation: Evaluation) -> Parts:
    """Return a sentence that names the weakest of the links that were tested."""
    tested = [one for one in evaluation.contributions if one.link and one.verdict != "not tested"]
    if not tested:
        return ("How the programme is meant to work; nothing of it has been tested yet.",)
    first = _weightiest(evaluation)
    weakest = min(tested, key=lambda one: (ORDER.index(one.verdict), first.index(one.link)))
    if len({one.verdict for one in tested}) == 1:
        return (f"Every link that was tested stands the same: {weakest.verdict}.",)
    return (
        "The chain is weakest here, of what was tested: ",
        *link_words(evaluation.theory, weakest.link),
        f" ({weakest.verdict}).",
    )


def _title(evaluation: Evaluation) -> Parts:
    """Return a sentence that counts the verdicts, strongest first."""
    verdicts = verdicts_of(evaluation)
    if verdicts is None:
        return ("How the programme is meant to work; nothing of it has been tested yet.",)
    counts = Counter(verdicts.values())
    said: list[Parts] = [
        (counted(counts[verdict], f"contributions#verdict={verdict}"), f" {verdict}")
        for verdict in reversed(ORDER)
        if counts[verdict]
    ]
    start: tuple[Part, ...] = ("Of ", counted(len(verdicts), "contributions#link"))
    return (
        *start,
        " links in the theory: " if len(verdicts) != 1 else " link: ",
        *joined(said),
        ".",
    )


def _alt(theory: Theory, verdicts: dict[str, str] | None) -> str:
    words = {node.id: node.words for node in theory.nodes}
    links = "; ".join(
        f"{words.get(link.source, link.source)} to {words.get(link.target, link.target)}"
        + (f", {verdicts.get(link.id, 'not tested')}" if verdicts is not None else "")
        for link in theory.links
    )
    return f"Boxes in columns, joined by arrows: {links}."


def outline(theory: Theory, verdicts: dict[str, str] | None) -> NestedList:
    """Return the twin: sections, boxes, and where each leads."""
    lines = {node.id: node.line for node in theory.nodes}
    link_lines = {link.id: link.line for link in theory.links}
    items = []
    for section in theory_outline(theory, verdicts):
        boxes = []
        for node in section.nodes:
            leads = tuple(
                Item(
                    (
                        "leads back to " if link.loop else "leads to ",
                        FromFile(link.target_words, at(theory.file, link_lines[link.link])),
                        *((" ", verdict_tag(link.verdict)) if link.verdict else ()),
                    )
                )
                for link in node.links
            )
            boxes.append(Item((FromFile(node.words, at(theory.file, lines[node.node])),), leads))
        items.append(Item((section.words,), tuple(boxes)))
    return NestedList(tuple(items))
