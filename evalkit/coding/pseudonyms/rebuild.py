"""A project gone through, every text, passage and pointer of it replaced by what a mover says.

Going there (pseudonyms) and back (names) is the same walk with two movers, so nothing that is
replaced can be forgotten on the way back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from evalkit.coding.model import (
    Case,
    Claim,
    Code,
    Codebook,
    Coding,
    CodingProject,
    Collection,
    Edge,
    Graph,
    Link,
    Loss,
    Memo,
    Segment,
    Source,
    Turn,
    Variable,
    Vertex,
)

T = TypeVar("T")
Drawn = TypeVar("Drawn", Vertex, Edge)


@dataclass(frozen=True)
class Mover:
    """What becomes of the parts of a project. Places are named by the ids after pseudonymising.

    Attributes
    ----------
    rename : function
        Id of a source or case to its new id.
    place : function
        The same id to the one that places are named by.
    named : function
        The same for the id of anything else, which may hold an id of a case in it.
    text, sha256, file : function
        Of a source: its new text, fingerprint and file name.
    words : function
        ``(place, text, before)`` to the new words of a field; `before` says what they are (the
        name of an attribute).
    segment : function
        ``(place, segment)`` to the segment in the new text.
    point : function
        ``(place, id)``: an id that may point at a source, case or passage.
    span : function
        ``(place, source id, start, end)`` to the new span.
    codes : frozenset of str
        Ids of codes, which are never replaced.
    """

    rename: Callable[[str], str]
    place: Callable[[str], str]
    named: Callable[[str], str]
    text: Callable[[Source], str]
    sha256: Callable[[Source], str]
    file: Callable[[Source], str]
    words: Callable[[str, str, str], str]
    segment: Callable[[str, Segment], Segment]
    point: Callable[[str, str], str]
    span: Callable[[str, str, int, int], tuple[int, int]]
    codes: frozenset[str] = frozenset()
    count: Counter[str] = field(default_factory=Counter)

    def at(self, name: str) -> str:
        """Return a place of its own for one of several things of the same name."""
        self.count[name] += 1
        return name if self.count[name] == 1 else f"{name}#{self.count[name]}"

    def of(self, place: str, text: str, before: str = "") -> str:
        """Return the new words of a field."""
        return self.words(place, text, before)


def rebuilt(project: CodingProject, mover: Mover) -> CodingProject:
    """Return the project with everything moved."""
    return replace(
        project,
        name=mover.of("project:name", project.name),
        note=mover.of("project:note", project.note),
        sources=tuple(_source(one, mover) for one in project.sources),
        codebook=_codebook(project.codebook, mover),
        codings=tuple(_coding(one, mover) for one in project.codings),
        cases=tuple(_case(one, mover) for one in project.cases),
        memos=tuple(_memo(one, mover) for one in project.memos),
        claims=tuple(_claim(one, mover) for one in project.claims),
        links=tuple(_link(one, mover) for one in project.links),
        sets=tuple(_set(one, mover) for one in project.sets),
        graphs=tuple(_graph(one, mover) for one in project.graphs),
        losses=tuple(_loss(one, mover) for one in project.losses),
        variables=tuple(_variable(one, mover) for one in project.variables),
    )


def _source(source: Source, mover: Mover) -> Source:
    at = f"source:{mover.place(source.id)}"
    return replace(
        source,
        id=mover.rename(source.id),
        text=mover.text(source),
        title=mover.of(f"{at}:title", source.title),
        attributes=_texts(f"{at}:attribute", source.attributes, mover),
        file=mover.file(source),
        turns=tuple(
            _turn(f"{at}:turn:{n}", source.id, turn, mover) for n, turn in enumerate(source.turns)
        ),
        sha256=mover.sha256(source),
    )


def _turn(at: str, source: str, turn: Turn, mover: Mover) -> Turn:
    start, end = mover.span(at, source, turn.start, turn.end)
    return Turn(start, end, mover.of(at, turn.speaker))


def _texts(at: str, values: Mapping[str, str], mover: Mover) -> dict[str, str]:
    return {name: mover.of(f"{at}:{name}", text, f"{name}: ") for name, text in values.items()}


def _codebook(codebook: Codebook, mover: Mover) -> Codebook:
    return replace(codebook, codes=tuple(_code(code, mover) for code in codebook.codes))


def _code(code: Code, mover: Mover) -> Code:
    return _worded(
        code, f"code:{code.id}", mover, "words", "define", "include", "exclude", "example"
    )


def _worded(thing: T, at: str, mover: Mover, *fields: str) -> T:
    """Return a thing with these fields of it moved."""
    found = {name: mover.of(f"{at}:{name}", getattr(thing, name)) for name in fields}
    return cast("T", replace(cast("Any", thing), **found))


def _coding(coding: Coding, mover: Mover) -> Coding:
    name = f"coding:{mover.place(coding.segment.source)}:{coding.code}:{coding.coder}"
    at = mover.at(name)
    note = mover.of(f"{at}:note", coding.note)
    return replace(coding, segment=mover.segment(at, coding.segment), note=note)


def _case(case: Case, mover: Mover) -> Case:
    at = f"case:{mover.place(case.id)}"
    values = {
        name: replace(value, text=mover.of(f"{at}:attribute:{name}", value.text, f"{name}: "))
        for name, value in case.attributes.items()
    }
    return replace(
        case,
        id=mover.rename(case.id),
        words=mover.of(f"{at}:words", case.words),
        attributes=values,
        sources=tuple(mover.rename(source) for source in case.sources),
        segments=tuple(
            mover.segment(f"{at}:segment:{n}", segment) for n, segment in enumerate(case.segments)
        ),
        note=mover.of(f"{at}:note", case.note),
    )


def _memo(memo: Memo, mover: Mover) -> Memo:
    at = mover.at(f"memo:{mover.named(memo.id)}")
    moved: Memo = _worded(memo, at, mover, "text", "words")
    id, *about = _pointed(at, (memo.id, *memo.about), mover)
    return replace(moved, id=id, about=tuple(about))


def _pointed(at: str, ids: tuple[str, ...], mover: Mover) -> tuple[str, ...]:
    return tuple(mover.point(f"{at}:{n}", id) for n, id in enumerate(ids))


def _claim(claim: Claim, mover: Mover) -> Claim:
    at = mover.at(f"claim:{mover.place(claim.segment.source)}:{claim.coder}")

    def end(name: str, text: str) -> str:
        return text if text in mover.codes else mover.of(f"{at}:{name}", text)

    return replace(
        _worded(claim, at, mover, "mechanism", "context"),
        segment=mover.segment(at, claim.segment),
        cause=end("cause", claim.cause),
        effect=end("effect", claim.effect),
        case=mover.rename(claim.case) if claim.case else "",
        id=mover.point(f"{at}:id", claim.id),
    )


def _link(link: Link, mover: Mover) -> Link:
    at = mover.at(f"link:{link.id}")
    moved: Link = _worded(link, at, mover, "words", "note")
    origin, target = _pointed(at, (link.origin, link.target), mover)
    return replace(moved, origin=origin, target=target)


def _set(one: Collection, mover: Mover) -> Collection:
    at = mover.at(f"set:{one.id}")
    moved: Collection = _worded(one, at, mover, "words", "note")
    return replace(moved, members=_pointed(at, one.members, mover))


def _graph(graph: Graph, mover: Mover) -> Graph:
    at = mover.at(f"graph:{graph.id}")
    moved: Graph = _worded(graph, at, mover, "words")
    return replace(
        moved,
        vertices=tuple(
            _drawn(f"{at}:vertex:{n}", it, mover) for n, it in enumerate(graph.vertices)
        ),
        edges=tuple(_drawn(f"{at}:edge:{n}", it, mover) for n, it in enumerate(graph.edges)),
    )


def _drawn(at: str, part: Drawn, mover: Mover) -> Drawn:
    moved = _worded(part, at, mover, "words")
    return replace(moved, represents=mover.point(f"{at}:of", part.represents))


def _loss(loss: Loss, mover: Mover) -> Loss:
    at = mover.at(f"loss:{loss.kind}")
    where = tuple(mover.of(f"{at}:where:{n}", it) for n, it in enumerate(loss.where))
    return replace(loss, why=mover.of(f"{at}:why", loss.why), where=where)


def _variable(variable: Variable, mover: Mover) -> Variable:
    return _worded(variable, f"variable:{variable.id}", mover, "note")
