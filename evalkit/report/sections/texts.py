"""The texts: whom was listened to, the codebook, agreement, every coded passage."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.coding.model import Agreement, Coding, Source
from evalkit.coding.quotes import shortened, speaker
from evalkit.evaluation.model import Evaluation
from evalkit.report.document import (
    Block,
    Column,
    Details,
    FromFile,
    FromResult,
    Heading,
    Parts,
    Passage,
    Prose,
    Section,
    TableBlock,
    joined,
)
from evalkit.report.name import at, link_words
from evalkit.report.number import count, counted, measure, share, things
from evalkit.report.voice import says_tag, source_origin, source_title

_LONGEST = 240


def texts(evaluation: Evaluation) -> Section:
    """Return the section."""
    return Section("texts", "The texts, and how they were read", "all", _blocks(evaluation))


def _blocks(evaluation: Evaluation) -> tuple[Block, ...]:
    return (
        *_listening(evaluation),
        *_sources(evaluation),
        Heading(("Do coders agree?",)),
        *_agreement(evaluation),
        Details(("The codebook",), (_codebook(evaluation),)),
        Details(("Every coded passage",), (_passages(evaluation),)),
    )


def _listening(evaluation: Evaluation) -> tuple[Block, ...]:
    plan, file = evaluation.protocol.listening, evaluation.protocol.file
    if plan is None:
        return (Prose(("The plan does not say whom to listen to.",)),)
    planned = ", ".join(f"{who}: {number}" for who, number in plan.interviews.items())
    return (
        Prose(
            (
                "Planned to hear: ",
                *_or(planned, file),
                ". Chosen by: ",
                *_or(plan.chosen_by, file),
                ". How children are heard: ",
                *_or(plan.children, file),
                ".",
            )
        ),
    )


def _or(text: str, origin: str) -> Parts:
    return (FromFile(text, origin),) if text else ("not stated",)


def _sources(evaluation: Evaluation) -> tuple[Block, ...]:
    if not evaluation.sources:
        return (Prose(("No text has been given, so nothing is known from people's words.",)),)
    verbatim = sum(one.text_type == "verbatim" for one in evaluation.sources)
    total = len(evaluation.sources)
    table = TableBlock(
        "table-sources",
        ("The texts.",),
        (
            Column(("Text",)),
            Column(("Who speaks",)),
            Column(("When",)),
            Column(("Own words or paraphrase",)),
            Column(("Passages coded",), numeric=True),
            Column(("Licence",)),
        ),
        tuple(_source_row(one, evaluation) for one in evaluation.sources),
    )
    return (
        Prose(
            (
                *things(total, "text was read; ", "texts were read; ", "sources"),
                "in people's own words: ",
                counted(verbatim, "sources#text_type=verbatim"),
                "; paraphrased: ",
                counted(total - verbatim, "sources#text_type=paraphrase"),
                ". Paraphrases never stand in quotation marks here.",
            )
        ),
        Details(("Every text",), (table,)),
    )


def _source_row(one: Source, evaluation: Evaluation) -> tuple[Parts, ...]:
    origin = at(one.file or one.id, one.line)
    passages = {each.segment.id for each in evaluation.codings if each.segment.source == one.id}
    return (
        (source_title(one),),
        _or(speaker(one), origin),
        _or(one.attributes.get("date", ""), origin),
        ("own words" if one.text_type == "verbatim" else "paraphrase",),
        (counted(len(passages), f"codings#source={one.id}"),),
        _or(one.attributes.get("licence", ""), origin),
    )


def _agreement(evaluation: Evaluation) -> tuple[Block, ...]:
    if not evaluation.agreement:
        return (Prose(("No texts were coded, so there is no agreement to speak of.",)),)
    unknown = all(one.value is None for one in evaluation.agreement)
    if unknown:
        reasons = dict.fromkeys(one.reason for one in evaluation.agreement)
        said: list[Parts] = [(FromResult(one, "agreement#reason"),) for one in reasons]
        return (Prose((*joined(said, "; ", "; "), ".")),)
    columns = (
        Column(("Code",)),
        Column(("Coefficient",)),
        Column(("Value",), numeric=True),
        Column(("Interval",), numeric=True),
        Column(("Coders",), numeric=True),
        Column(("What was compared",)),
    )
    rows = tuple(_agreement_row(place, one) for place, one in enumerate(evaluation.agreement))
    caption: Parts = ("Agreement between coders.",)
    return (TableBlock("table-agreement", caption, columns, rows),)


def _agreement_row(place: int, one: Agreement) -> tuple[Parts, ...]:
    id = f"agreement[{place}]"
    ends: Parts = ("not known",)
    if one.low is not None and one.high is not None:
        ends = (
            measure(one.low, f"{id}#low"),
            " to ",
            measure(one.high, f"{id}#high"),
            " (",
            share(one.level, f"{id}#level"),
            ")",
        )
    value: Parts = (
        (measure(one.value, f"{id}#value"),)
        if one.value is not None
        else (FromResult(one.reason, f"{id}#reason"),)
    )
    note: Parts = (". ", FromResult(one.note, f"{id}#note")) if one.note else ()
    return (
        (FromResult(one.code, f"{id}#code") if one.code else "all codes",),
        (FromResult(one.coefficient, f"{id}#coefficient"),),
        value,
        ends,
        (count(one.n_coders, f"{id}#n_coders"),),
        (FromResult(one.unit, f"{id}#unit") if one.unit else "passages", *note),
    )


def _codebook(evaluation: Evaluation) -> TableBlock:
    file = evaluation.codebook.file
    rows = tuple(
        (
            (FromFile(one.words or one.id, at(file, one.line)),),
            (says_tag(one.says),),
            joined([link_words(evaluation.theory, link) for link in one.links], "; ", "; ")
            or ("no link",),
            _or(one.define, at(file, one.line)),
            (counted(_used(one.id, evaluation), f"codings#code={one.id}"),),
        )
        for one in evaluation.codebook.by_id.values()
    )
    columns = (
        Column(("Code",)),
        Column(("Says of its links",)),
        Column(("Links",)),
        Column(("Means",)),
        Column(("Passages",), numeric=True),
    )
    return TableBlock(
        "table-codebook", ("The codebook.",), columns, rows, empty="There is no codebook."
    )


def _used(code: str, evaluation: Evaluation) -> int:
    return sum(one.code == code for one in evaluation.codings)


def _passages(evaluation: Evaluation) -> TableBlock:
    types = {one.id: one.text_type for one in evaluation.sources}
    titles = {one.id: source_title(one) for one in evaluation.sources}
    rows = tuple(_passage_row(one, evaluation, types, titles) for one in evaluation.codings)
    columns = (
        Column(("Text",)),
        Column(("Passage",)),
        Column(("Code",)),
        Column(("Says",)),
        Column(("Coder",)),
    )
    return TableBlock(
        "table-passages",
        ("Every coded passage. Own words stand in quotation marks, paraphrases do not.",),
        columns,
        rows,
        empty="No passage has been coded.",
    )


def _passage_row(
    one: Coding,
    evaluation: Evaluation,
    types: Mapping[str, str],
    titles: dict[str, FromFile],
) -> tuple[Parts, ...]:
    source = one.segment.source
    verbatim = types.get(source) == "verbatim"
    origin = source_origin(evaluation, source)
    code = evaluation.codebook.by_id.get(one.code)
    start: Parts = () if verbatim else ("Paraphrase: ",)
    return (
        (titles.get(source, FromFile(source, origin)),),
        (*start, Passage(shortened(one.segment.quote, _LONGEST), verbatim, origin)),
        (FromFile(code.words if code else one.code, evaluation.codebook.file),),
        (says_tag(code.says),) if code else ("not known",),
        (FromFile(one.coder, at(one.file or "codings", one.line)),),
    )
