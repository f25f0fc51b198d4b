"""Sources, the passages marked in them and the codes on those, as a project file has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from evalkit.coding.model import Coding, Memo, Segment, Source
from evalkit.coding.package import local
from evalkit.coding.refi.codes import text_of
from evalkit.coding.refi.desk import Desk, child, children, enter, refer, when, who
from evalkit.coding.refi.lexical import integer, is_guid, key, made_guid, slug
from evalkit.coding.refi.offsets import (
    OUTSIDE,
    STANDARD,
    Anchored,
    Mark,
    Placed,
    anchored,
    conventions,
)
from evalkit.coding.refi.tally import note
from evalkit.coding.refi.texts import Text, newline, read_words
from evalkit.coding.refi.variables import read_values

_TEXTS = {
    "TextSource": (),
    "PDFSource": ("Representation",),
    "PictureSource": ("TextDescription",),
    "AudioSource": ("Transcript",),
    "VideoSource": ("Transcript",),
}
"""Where each kind of source has its words: in itself, or in children of that name."""

_DRAWN = ("PictureSelection", "AudioSelection", "VideoSelection", "PDFSelection")
_MARKED = ("PlainTextSelection", "TranscriptSelection")


@dataclass(frozen=True, slots=True)
class Read:
    """A source with its codings, and the passages that carry no code."""

    source: Source
    codings: tuple[Coding, ...]
    marks: tuple[Memo, ...]
    anchored: Anchored


def read_sources(holder: Element | None, desk: Desk) -> tuple[Read, ...]:
    """Read every source of a project that has words."""
    found = []
    for node in children(holder, *_TEXTS):
        texts = list(_texts(node))
        found += [_source(node, text, desk, alone=len(texts) == 1) for text in texts]
        _report_media(node, desk, with_text=bool(texts))
    # By place in the file: two sources may have one name.
    ways = conventions({f"{n}\n{r.source.title}": r.anchored for n, r in enumerate(found)})
    for way, names in ways.items():
        for name in names:
            why = f"positions are not the standard's: {way}"
            note(desk.tally, "offsets", why, name.partition("\n")[2], "deviation")
    return tuple(found)


def _texts(node: Element) -> Iterator[Element]:
    inside = _TEXTS[local(node.tag)]
    yield from children(node, *inside) if inside else (node,)


def _source(owner: Element, node: Element, desk: Desk, *, alone: bool) -> Read:
    named = node if local(node.tag) == "Transcript" else owner
    title = named.get("name") or owner.get("name") or ""
    given = enter(desk, "source", named.get("guid", ""), slug(_stem(title)))
    if owner is not node and alone:  # cases and sets may mean the recording or its words
        for other in (owner, node):
            desk.known["source"].setdefault(key(other.get("guid", "")), given)
    words = read_words(node, desk, title or given)
    source = Source(
        id=given,
        text=words.text,
        title=named.get("name", ""),
        attributes={name: value.text for name, value in read_values(owner, desk).items()},
        file="" if desk.own else desk.file,
        guid=named.get("guid", ""),
        sha256=words.sha256,
        encoding=words.encoding,
        newline="" if words.exact else newline(words.raw),
        on=when(desk, node, owner),
        by=who(desk, node, owner),
    )
    refer(desk, owner, given)
    if owner is not node:
        refer(desk, node, given)
    read = _passages(node, source, words, desk)
    about = [read_description(one, desk, given) for one in dict.fromkeys((owner, node))]
    whole = [c for one in dict.fromkeys((owner, node)) for c in _whole(one, source, desk)]
    notes = tuple(memo for memo in about if memo is not None)
    return replace(read, codings=(*read.codings, *whole), marks=(*notes, *read.marks))


def _stem(title: str) -> str:
    head, dot, tail = title.rpartition(".")
    return head if dot and head and len(tail) <= 4 and tail.isalnum() else title


def read_description(node: Element, desk: Desk, about: str) -> Memo | None:
    """Return the description of a thing whose type has no field for one, as a memo about it."""
    text = text_of(node)
    if not text:
        return None
    guid = described(node.get("guid", ""))
    return Memo(id=enter(desk, "memo", guid, f"{about}.note"), text=text, about=(about,), guid=guid)


def described(guid: str) -> str:
    """Return the guid of the memo that stands for the description of a thing."""
    return made_guid("description", key(guid))


def _whole(node: Element, source: Source, desk: Desk) -> list[Coding]:
    """Return the codes put on a source as a whole."""
    segment = Segment(source.id, 0, len(source.text), source.text)
    codings = children(node, "Coding")
    return _codings(codings, node, segment, "", source.guid, desk) if codings else []


def _passages(node: Element, source: Source, words: Text, desk: Desk) -> Read:
    points = {key(p.get("guid", "")): p.get("position", "") for p in children(node, "SyncPoint")}
    nodes = children(node, *_MARKED)
    marks = [_mark(one, points) for one in nodes]
    found = _as_written(words.raw, marks) if words.exact else anchored(words.raw, marks)
    codings: list[Coding] = []
    bare: list[Memo] = []
    for one, place in zip(nodes, found.places, strict=True):
        if place.span is None:
            why = place.why if words.found else "the text of its source is missing"
            _unplaced(one, why, place.own, source, desk)
            continue
        segment = Segment(source.id, *place.span, source.text[slice(*place.span)])
        here, memo = _passage(one, segment, place, desk)
        codings.extend(here)
        bare.extend(memo)
    return Read(source, tuple(codings), tuple(bare), found)


def _as_written(text: str, marks: list[Mark]) -> Anchored:
    """Place the marks of a text that evalkit wrote: by the standard, names being for others."""
    return Anchored(
        STANDARD,
        tuple(
            Placed((mark.start, mark.end))
            if 0 <= mark.start <= mark.end <= len(text)
            else Placed(None, OUTSIDE, own=mark.name)
            for mark in marks
        ),
    )


def _mark(node: Element, points: Mapping[str, str]) -> Mark:
    """Return the positions of a selection; what is no whole number stands nowhere (-1)."""
    if local(node.tag) == "TranscriptSelection":
        ends = [points.get(key(node.get(end, "")), "") for end in ("fromSyncPoint", "toSyncPoint")]
    else:
        ends = [node.get(end, "") for end in ("startPosition", "endPosition")]
    start, end = (int(text) if integer(text) and len(text) < 19 else -1 for text in ends)
    return Mark(start, end, node.get("name", ""))


def _unplaced(node: Element, why: str, name: str, source: Source, desk: Desk) -> None:
    where = f"{source.title or source.id}: {name or node.get('guid', '')}"
    note(desk.tally, local(node.tag), why, where)
    for _ in children(node, "Coding"):
        note(desk.tally, "Coding", "its passage could not be placed", where)


def _passage(
    node: Element, segment: Segment, place: Placed, desk: Desk
) -> tuple[list[Coding], tuple[Memo, ...]]:
    guid = node.get("guid", "")
    where = f"{segment.id}: {place.own}" if place.own else segment.id
    if not place.checked and not desk.own:
        why = "nothing in the file shows that its positions are right; the standard's were taken"
        note(desk.tally, local(node.tag), why, where, "deviation")
    elif place.own:
        why = "its name is not a quotation; it is kept as a note"
        note(desk.tally, local(node.tag), why, where, "changed")
    desk.known.setdefault("selection", {}).setdefault(key(guid), segment.id)
    desk.passages.setdefault(key(guid), segment)
    refer(desk, node, segment.id)
    text = "\n".join(part for part in (place.own, text_of(node)) if part)
    nodes = children(node, "Coding")
    codings = _codings(nodes, node, segment, text, guid, desk)
    if nodes or (key(guid) in desk.cased and not text):
        return codings, ()
    memo = Memo(
        id=enter(desk, "memo", guid, "passage"),
        text=text,
        by=who(desk, node),
        on=when(desk, node),
        about=(segment.id,),
        guid=guid,
    )
    return [], (memo,)


def _codings(
    nodes: list[Element], holder: Element, segment: Segment, text: str, selection: str, desk: Desk
) -> list[Coding]:
    found = []
    for node in nodes:
        target = child(node, "CodeRef")
        guid = key(target.get("targetGUID", "")) if target is not None else ""
        code = desk.known.get("code", {}).get(guid)
        if code is None:
            note(desk.tally, "Coding", "its code is not in the codebook", segment.id)
            continue
        coding = Coding(
            segment=segment,
            code=code,
            coder=who(desk, node, holder),
            on=when(desk, node, holder),
            note=text,
            file="" if desk.own else desk.file,
            guid=node.get("guid", ""),
            selection=selection,
        )
        if not is_guid(coding.guid):
            why = "its guid is missing or has not the form of one"
            note(desk.tally, "Coding", why, segment.id, "deviation")
        desk.known.setdefault("coding", {}).setdefault(key(coding.guid), coding.id)
        refer(desk, node, coding.id)
        found.append(coding)
    return found


def _report_media(node: Element, desk: Desk, *, with_text: bool) -> None:
    """Report what of a picture, recording or page layout is not carried."""
    kind = local(node.tag)
    name = node.get("name", "") or node.get("guid", "")
    if kind != "TextSource":
        why = (
            "its words were read, not the file itself" if with_text else "evalkit keeps words only"
        )
        note(desk.tally, kind, why, name, "changed" if with_text else "lost")
    elif node.get("richTextPath"):
        why = "the document with layout was not read, its plain text was"
        note(desk.tally, "richTextPath", why, name, "changed")
    held = {
        key(one.get("guid", ""))
        for text in children(node, "Representation")
        for one in children(text, "PlainTextSelection")
    }
    for drawn in children(node, *_DRAWN):
        where = f"{name}: {drawn.get('name', '') or drawn.get('guid', '')}"
        if key(drawn.get("guid", "")) in held:
            why = "its words are coded; its place on the page is not kept"
            note(desk.tally, local(drawn.tag), why, where, "changed")
            continue
        note(desk.tally, local(drawn.tag), "evalkit keeps passages of words only", where)
        for _ in children(drawn, "Coding"):
            note(desk.tally, "Coding", "it stands on a picture, recording or page area", where)
    if not with_text:
        for _ in children(node, "Coding"):
            note(desk.tally, "Coding", "it stands on a source without words", name)
