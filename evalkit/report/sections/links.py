"""How it works: numbers and words on each link, the verdict, and voices for and against."""

from __future__ import annotations

from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Block,
    Column,
    FromFile,
    FromResult,
    Heading,
    Parts,
    Prose,
    Ref,
    Section,
    TableBlock,
    joined,
)
from evalkit.report.figures.joint import joint
from evalkit.report.name import (
    at,
    estimate_anchor,
    link_letters,
    link_words,
    pathway_words,
)
from evalkit.report.number import things
from evalkit.report.voice import passages
from evalkit.report.words import verdict_tag
from evalkit.synthesis.contribution import ORDER
from evalkit.synthesis.model import Contribution

_MOST_VOICED = 6


def links(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("links", "How it works: link by link", "three", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    if not evaluation.contributions and not evaluation.joint:
        return (Prose(("No link of the theory has been judged yet.",)),)
    figure = joint(evaluation)
    return (
        *((figure,) if figure else ()),
        _verdict_table(evaluation),
        *_inquiries(evaluation),
        *_voices(evaluation),
        _pathway_table(evaluation),
    )


def _verdict_table(evaluation: Evaluation) -> TableBlock:
    judged = [one for one in evaluation.contributions if one.link]
    columns = (
        Column(("Link",)),
        Column(("Verdict",)),
        Column(("Why",)),
        Column(("Rests on",)),
        Column(("What would change it",)),
    )
    rows = tuple(_verdict_row(one, evaluation) for one in judged if one.verdict != "not tested")
    untested = len(judged) - len(rows)
    note: Parts = (
        (
            "Not tested by anything in this record: ",
            *things(untested, "further link", "further links", "contributions#verdict=not tested"),
            "; the theory in full names them.",
        )
        if untested
        else ()
    )
    return TableBlock(
        "table-verdicts",
        ("Verdict on each link that was tested.",),
        columns,
        rows,
        note,
        empty="Nothing in this record tests any link.",
    )


def _verdict_row(one: Contribution, evaluation: Evaluation) -> tuple[Parts, ...]:
    letter = link_letters(evaluation).get(one.link, "")
    head: Parts = (f"{letter}: ",) if letter else ()
    return (
        (*head, *link_words(evaluation.theory, one.link)),
        (verdict_tag(one.verdict),),
        (FromResult(one.words, f"contributions/{one.id}#words"), *_rivals(one, evaluation)),
        _rests_on(one, evaluation),
        (FromResult(one.would_change_if, f"contributions/{one.id}#would_change_if"),),
    )


def _rivals(one: Contribution, evaluation: Evaluation) -> Parts:
    theory = evaluation.theory
    named: list[Parts] = [
        (FromFile(rival.words, at(theory.file, rival.line)),)
        for rival in theory.rivals
        if rival.id in one.rivals
    ]
    return (" Left standing: ", *joined(named, "; ", "; "), ".") if named else ()


def _rests_on(one: Contribution, evaluation: Evaluation) -> Parts:
    """Return what a verdict rests on: estimates by name, passages and tests by number."""
    known = {finding.id: finding for finding in evaluation.findings}
    found = [known[id] for id in one.because if id in known]
    ids = {estimate.id: estimate for estimate in evaluation.estimates}
    numbers: list[Parts] = [
        (Ref(id, estimate_anchor(ids[id])),)
        for id in dict.fromkeys(each.of for each in found if each.strand == "impact")
        if id in ids
    ]
    rest: list[Parts] = [
        things(len(of_strand), single, many, f"contributions/{one.id}#because")
        for strand, single, many in _STRANDS
        if (of_strand := [each for each in found if each.strand == strand])
    ]
    return joined([*numbers, *rest]) or ("nothing",)


_STRANDS = (
    ("coded", "coded passage", "coded passages"),
    ("process", "sign looked for", "signs looked for"),
    ("delivery", "record of delivery", "records of delivery"),
    ("prior", "earlier study (not counted)", "earlier studies (not counted)"),
)


def _inquiries(evaluation: Evaluation) -> tuple[Block, ...]:
    rows = [row for row in evaluation.joint if row.inquiry]
    return tuple(
        Prose(
            (
                "Numbers and words differ on ",
                *link_words(evaluation.theory, row.link),
                ". ",
                FromResult(row.inquiry, f"joint/{row.link}#inquiry"),
            )
        )
        for row in rows
    )


_HOW_VOICES = (
    "Words in quotation marks are the speaker's own. A paraphrase is told in other words and marked "
    "as such. What speaks against a link is always shown."
)


def _voices(evaluation: Evaluation) -> tuple[Block, ...]:
    """Return passages for and against, for the links most was said of; the rest stand further on."""
    spoken = [row for row in evaluation.joint if row.n_sources]
    spoken.sort(key=lambda row: -row.n_sources)
    if not spoken:
        return (
            Heading(("Voices for and against",)),
            Prose(("No passages of texts have been coded on any link, so nobody is quoted here.",)),
        )
    blocks: list[Block] = [
        Heading(("Voices for and against",)),
        Prose((_HOW_VOICES,)),
    ]
    for row in spoken[:_MOST_VOICED]:
        blocks.append(Heading(link_words(evaluation.theory, row.link), 5))
        blocks += passages(evaluation, row.link, each=1)
    return tuple(blocks)


def _pathway_table(evaluation: Evaluation) -> TableBlock:
    columns = (Column(("Pathway",)), Column(("Verdict",)), Column(("Weakest link",)))
    found = [one for one in evaluation.contributions if one.pathway]
    found.sort(key=lambda one: -ORDER.index(one.verdict))
    rows = tuple(
        (
            pathway_words(evaluation.theory, one.pathway),
            (verdict_tag(one.verdict),),
            link_words(evaluation.theory, one.weakest) if one.weakest else ("none",),
        )
        for one in found
    )
    return TableBlock(
        "table-pathways",
        (
            "The best pathway from each activity to each outcome; it takes its weakest link's verdict.",
        ),
        columns,
        rows,
        ("Links confirmed one by one still say little of the whole chain.",) if rows else (),
        empty="No pathway leads from an activity to an outcome.",
    )
