"""The theory of change in full: picture, list, conditions, who shaped it, how it changed, advice."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Block,
    Column,
    Details,
    FromFile,
    FromResult,
    Heading,
    Item,
    NestedList,
    Parts,
    Prose,
    Section,
    TableBlock,
    joined,
)
from evalkit.report.figures.theory import theory_figure
from evalkit.report.name import at, link_words, node_words
from evalkit.report.number import counted
from evalkit.theory.headings import HEADINGS
from evalkit.theory.model import Link, Theory


def theory(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("theory", "The theory of change in full", "all", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    its, figure = evaluation.theory, theory_figure(evaluation)
    if figure is None:
        return (Prose(("The theory has no boxes yet.",)),)
    return (
        Prose(("What it is all for: ", FromFile(its.purpose, its.file))),
        figure,
        Details(("Each link: why it should hold, and what it needs",), (_link_table(its),)),
        *_settings(its),
        *_history(its),
        *_advice(evaluation),
    )


def _link_table(its: Theory) -> TableBlock:
    columns = (
        Column(("Link",)),
        Column(("Because",)),
        Column(("Assumes",)),
        Column(("Expected",)),
        Column(("Believed before the data",)),
        Column(("Earlier research",)),
    )
    return TableBlock(
        "table-theory-links",
        ("The links of the theory as their authors wrote them.",),
        columns,
        tuple(_link_row(link, its) for link in its.links),
        empty="No links join the boxes.",
    )


def _link_row(link: Link, its: Theory) -> tuple[Parts, ...]:
    origin = at(its.file, link.line)
    prior: list[Parts] = [
        (f"{one.says}: ", FromFile(f"{one.words} ({one.source})", origin)) for one in link.prior
    ]
    unknown = "none known to the authors" if link.prior_unknown else "not stated"
    return (
        link_words(its, link.id),
        _or_not(link.because, origin),
        joined([(FromFile(one, origin),) for one in link.assumes], "; ", "; ") or ("not stated",),
        _or_not(link.expect, origin),
        (link.belief or "not stated",),
        joined(prior, "; ", "; ") or (unknown,),
    )


def _or_not(text: str, origin: str) -> Parts:
    return (FromFile(text, origin),) if text else ("not stated",)


def _settings(its: Theory) -> tuple[Block, ...]:
    heading = Heading(("When it works, and for whom",))
    if not its.works_when:
        return (heading, Prose(("The theory does not say in which settings it should work.",)))
    items = tuple(
        Item(
            (
                "In ",
                FromFile(one.setting, at(its.file, one.line)),
                ": ",
                FromFile(one.people, at(its.file, one.line)),
                ", so this follows: " if one.holds else ", so this does not follow: ",
                node_words(its, one.so),
                ".",
            )
        )
        for one in its.works_when
    )
    return (heading, NestedList(items))


def _history(its: Theory) -> tuple[Block, ...]:
    shapers = tuple(
        Item(
            (
                FromFile(
                    f"{one.who}{f' ({one.when})' if one.when else ''}", at(its.file, one.line)
                ),
                *_named(" put forward ", one.put_forward, its),
                *_named(" disagreed with ", one.disagreed_with, its),
                ".",
            )
        )
        for one in its.shaped_by
    )
    changes = tuple(
        Item(
            (
                FromFile(
                    "; ".join(
                        words
                        for words in (f"version {one.version}", one.when, one.what, one.why)
                        if words
                    ),
                    at(its.file, one.line),
                ),
            )
        )
        for one in its.changes
    )
    agreed: list[Parts] = [(FromFile(one, its.file),) for one in its.agreed_by]
    return (
        Heading(("Who shaped it, and how it changed",)),
        NestedList(shapers) if shapers else Prose(("Who shaped it is not stated.",)),
        Prose(
            ("Agreed by ", *joined(agreed), ".") if agreed else ("Nobody is named as agreeing.",)
        ),
        NestedList(changes) if changes else Prose(("No changes of version are written down.",)),
    )


def _named(start: str, ids: tuple[str, ...], its: Theory) -> Parts:
    words = [link_words(its, id) if " -> " in id else (node_words(its, id),) for id in ids]
    return (start, *joined(words, "; ", " and "), ";") if words else ()


def _advice(evaluation: Evaluation) -> tuple[Block, ...]:
    """Return what the check would have the authors look at, under its ten headings."""
    rows: list[tuple[Parts, ...]] = []
    for heading, asks in HEADINGS.items():
        found = [
            (place, one)
            for place, one in enumerate(evaluation.advice)
            if one.heading == heading and one.file == evaluation.theory.file
        ]
        items: list[Parts] = [
            (FromResult(f"{one.wrong} {one.do} ({one.where()})", f"advice[{place}]#wrong"),)
            for place, one in found
        ]
        rows.append(
            (
                (heading.capitalize(),),
                (asks,),
                (counted(len(found), f"advice#heading={heading}"),),
                joined(items, " ", " ") or ("Nothing found.",),
            )
        )
    table = TableBlock(
        "table-advice",
        ("Is the theory fit to be evaluated? Ten headings after Davies.",),
        (
            Column(("Heading",)),
            Column(("Asks",)),
            Column(("Points",), numeric=True),
            Column(("What to look at",)),
        ),
        tuple(rows),
    )
    return (
        Heading(("Is the theory fit to be evaluated?",)),
        Details(("The ten headings, and what was found",), (table,)),
    )
