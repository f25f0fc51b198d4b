"""Passages of sources as blocks: own words in quotation marks, paraphrases never."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.coding.model import Source
from evalkit.coding.quotes import Quotation as Chosen
from evalkit.coding.quotes import quotations
from evalkit.evaluation.model import Evaluation
from evalkit.report.document import FromFile, Paraphrase, Part, Parts, Quotation, Tag
from evalkit.report.name import at

_SAYS: Mapping[str, str] = {
    "for": "for",
    "mechanism": "how it works",
    "against": "against",
    "nil": "saw no change",
    "rival": "another explanation",
    "mixed": "both ways",
    "context": "depends on the setting",
}
_KIND: Mapping[str, str] = {"for": "for", "mechanism": "for", "mixed": "mixed", "context": "mixed"}


def says_tag(says: str) -> Tag:
    """Return what a passage says of a link, as a tag."""
    return Tag(f"says-{_KIND.get(says, 'against')}", _SAYS[says])


def source_origin(evaluation: Evaluation, id: str) -> str:
    """Return where a source stands."""
    for source in evaluation.sources:
        if source.id == id:
            return at(source.file or id, source.line)
    return id


def passages(
    evaluation: Evaluation, link: str, each: int = 2
) -> tuple[Quotation | Paraphrase, ...]:
    """Return the passages to print for a link, those against it always among them."""
    chosen = quotations(
        link, evaluation.codings, evaluation.codebook, evaluation.sources, each=each
    )
    return tuple(voice(one, evaluation) for one in chosen)


def voice(chosen: Chosen, evaluation: Evaluation) -> Quotation | Paraphrase:
    """Return a chosen passage as the block it may stand in."""
    origin = source_origin(evaluation, chosen.source)
    kind = Quotation if chosen.verbatim else Paraphrase
    return kind(chosen.text, origin, _by(chosen, origin), says_tag(chosen.says))


def _by(chosen: Chosen, origin: str) -> Parts:
    named: list[Part] = [FromFile(chosen.speaker, origin)] if chosen.speaker else []
    between: list[Part] = [", "] if named else []
    return (*named, *between, FromFile(chosen.title, origin))


def source_title(source: Source) -> FromFile:
    """Return the title of a source, or its id."""
    return FromFile(source.title or source.id, at(source.file or source.id, source.line))
