"""What each source says with each code on each link: the passages behind a qualitative finding.

All passages of one source with one code are one package: coding a sentence twice, or by two people,
adds nothing to what was heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.coding.model import Case, Claim, Codebook, Coding, Segment, Source

Prompted = Literal["no", "yes", "leading", ""]
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "case": ("case",),
    "context": ("context", "site", "school", "place", "area"),
    "stance": ("stance", "role", "kind"),
    "prompted": ("prompted",),
    "first_hand": ("first_hand", "first-hand"),
}
"""Attributes of a source that are read, the first that it has, where no causal claim says more."""
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
_ASKED: tuple[Prompted, ...] = ("no", "yes", "leading")


@dataclass(frozen=True, slots=True)
class Heard:
    """What one source says with one code on one link.

    Attributes
    ----------
    link, code, source : str
    says : str
        The code's ``says``.
    cases : tuple of str
        Who or what it is about; the source itself where nothing else is recorded.
    context, stance : str
        Where it was said, and from which side (participant, staff, funder, independent); empty when
        not recorded.
    prompted : {"no", "yes", "leading", ""}
        Of its least prompted passage; empty when not recorded.
    first_hand : bool or None
        Whether any passage is first-hand; None when not recorded.
    words : int
        Of its passages together, overlaps counted once.
    passages : tuple of str
        ``source:start-end``, in order.
    """

    link: str
    code: str
    source: str
    says: str
    cases: tuple[str, ...]
    context: str
    stance: str
    prompted: Prompted
    first_hand: bool | None
    words: int
    passages: tuple[str, ...]


def heard(
    codings: Iterable[Coding],
    codebook: Codebook,
    sources: Iterable[Source],
    claims: Sequence[Claim] = (),
    cases: Sequence[Case] = (),
) -> tuple[Heard, ...]:
    """Return what each source says, in the order of links, codes and sources.

    Parameters
    ----------
    codings : iterable of Coding
        Of any order; the same passage may stand in it more than once.
    codebook : Codebook
    sources : iterable of Source
        Their attributes say who speaks, where, and whether asked (see `ATTRIBUTES`).
    claims : sequence of Claim
        Causal claims; one that overlaps a passage says more of it than the source does.
    cases : sequence of Case
        Which sources are about which case.
    """
    texts = {source.id: source for source in sources}
    spans: dict[tuple[str, str], dict[str, Segment]] = {}
    for coding in codings:
        passages = spans.setdefault((coding.code, coding.segment.source), {})
        passages[coding.segment.id] = coding.segment
    found = [
        _heard((link, code, name), passages.values(), codebook, texts.get(name), claims, cases)
        for (code, name), passages in spans.items()
        for link in codebook.by_id[code].links
    ]
    return tuple(sorted(found, key=lambda one: (one.link, one.code, one.source)))


def _heard(
    key: tuple[str, str, str],
    passages: Iterable[Segment],
    codebook: Codebook,
    source: Source | None,
    claims: Sequence[Claim],
    cases: Sequence[Case],
) -> Heard:
    link, code, name = key
    spans = sorted(passages, key=lambda one: (one.start, one.end))
    here = [one for one in claims if any(_overlap(one.segment, span) for span in spans)]
    about: Mapping[str, str] = source.attributes if source else {}
    named = {one.case for one in here if one.case} or {
        case.id for case in cases if name in case.sources
    }
    return Heard(
        link=link,
        code=code,
        source=name,
        says=codebook.by_id[code].says,
        cases=tuple(sorted(named)) or (_attribute(about, "case") or name,),
        context=_attribute(about, "context"),
        stance=min((one.stance for one in here if one.stance), default="")
        or _attribute(about, "stance"),
        prompted=_prompted(here, about),
        first_hand=_first_hand(here, about),
        words=_words(spans, source),
        passages=tuple(span.id for span in spans),
    )


def _overlap(one: Segment, other: Segment) -> bool:
    return one.source == other.source and one.start < other.end and other.start < one.end


def _attribute(about: Mapping[str, str], field: str) -> str:
    return next((about[name].strip() for name in ATTRIBUTES[field] if about.get(name)), "")


def _prompted(claims: Iterable[Claim], about: Mapping[str, str]) -> Prompted:
    said = {str(claim.prompted) for claim in claims if claim.prompted}
    said = said or {_attribute(about, "prompted").lower()}
    return next((word for word in _ASKED if word in said), "")


def _first_hand(claims: Iterable[Claim], about: Mapping[str, str]) -> bool | None:
    said = {claim.first_hand for claim in claims if claim.first_hand is not None}
    if said:
        return True in said
    word = _attribute(about, "first_hand").lower()
    return True if word in _YES else False if word in _NO else None


def _words(spans: Sequence[Segment], source: Source | None) -> int:
    """Count words of the passages, each place of the text once."""
    if source is None:
        return sum(len(span.quote.split()) for span in spans)
    count, done = 0, 0
    for span in spans:
        count += len(source.text[max(span.start, done) : span.end].split())
        done = max(done, span.end)
    return count
