"""QualCoder's own database (``data.qda``): more than its exports give, and exact."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evalkit.coding.exchange.sqlite import Row, cell, moment, number, opened, rows, tables
from evalkit.coding.model import (
    Case,
    Code,
    Codebook,
    Coding,
    CodingProject,
    Kind,
    Memo,
    Segment,
    Source,
    User,
    Value,
    Variable,
)
from evalkit.coding.refi.lexical import colour, slug, unique
from evalkit.coding.refi.offsets import Mark, Placed, anchored
from evalkit.coding.refi.tally import Tally, losses, note
from evalkit.coding.refi.texts import newline
from evalkit.errors import CodingError

NEEDED = frozenset(("source", "code_name", "code_text", "code_cat", "cases"))
_NOT_CARRIED = {
    "code_image": "a code on a picture or page area",
    "code_av": "a code on a recording",
    "graph": "a drawing",
    "stored_sql": "a stored query",
    "ris": "a bibliographic reference",
}
_NUMERIC = "numeric"


@dataclass(frozen=True, slots=True)
class Texts:
    """Sources by their numbers, and their texts with line ends untouched."""

    sources: Mapping[int, Source]
    raw: Mapping[int, str]


def read_qualcoder(path: str | Path) -> CodingProject:
    """Read a QualCoder project.

    Parameters
    ----------
    path : str or pathlib.Path
        The project's folder (``name.qda``) or the database in it (``data.qda``).

    Returns
    -------
    CodingProject
        Categories as headings of the tree, codings with coder and date, cases with attributes,
        journals, memos and annotations as memos.

    Raises
    ------
    CodingError
        It is no database of QualCoder, or is damaged.
    """
    place = Path(path)
    if place.is_dir():
        place = place / "data.qda"
    with opened(place) as link:
        if not tables(link) >= NEEDED:
            wrong = "It is a database, but not one of QualCoder."
            raise CodingError(wrong, do="Give the file `data.qda`.", file=place.name)
        name = place.parent.name if place.name == "data.qda" else place.stem
        return _project(link, name.removesuffix(".qda"), place.name)


def _project(link: sqlite3.Connection, name: str, file: str) -> CodingProject:
    tally: Tally = {}
    taken: dict[str, int] = {}
    codes, by_number = _codes(link, taken, tally)
    texts = _texts(link, taken, file, tally)
    texts, attributes, variables = _attributes(link, texts, tally)
    codings = _codings(link, texts, by_number, file, tally)
    cases = _cases(link, texts, attributes, taken, tally)
    memos = tuple(_memos(link, texts, taken, tally))
    for table, what in _NOT_CARRIED.items():
        for row in rows(link, table, _first(link, table)) if table in tables(link) else ():
            note(tally, table, what, cell(row, "name") or str(row[0]))
    about = next(iter(rows(link, "project", "databaseversion")), None)
    sources = tuple(texts.sources.values())
    return CodingProject(
        name=name,
        sources=sources,
        codebook=Codebook(codes),
        codings=codings,
        cases=cases,
        memos=memos,
        users=_users(sources, codings, memos),
        losses=losses(tally),
        note=cell(about, "memo") if about is not None else "",
        variables=variables,
    )


def _first(link: sqlite3.Connection, table: str) -> str:
    return str(next(link.execute(f'PRAGMA table_info("{table}")'))["name"])


def _users(
    sources: Iterable[Source], codings: Iterable[Coding], memos: Iterable[Memo]
) -> tuple[User, ...]:
    names = [
        *(one.coder for one in codings),
        *(one.by for one in sources),
        *(one.by for one in memos),
    ]
    return tuple(User(name, name) for name in dict.fromkeys(names) if name)


def _codes(
    link: sqlite3.Connection, taken: dict[str, int], tally: Tally
) -> tuple[tuple[Code, ...], dict[int, str]]:
    """Return categories and codes as one tree, and the id of each code's number."""
    nodes: dict[tuple[str, int], tuple[Row, tuple[str, int] | None]] = {}
    for row in rows(link, "code_cat", "catid"):
        above = number(row, "supercatid")
        nodes["cat", number(row, "catid")] = (row, ("cat", above) if above >= 0 else None)
    for row in rows(link, "code_name", "cid"):
        code, heading = number(row, "supercid"), number(row, "catid")
        above_code = ("code", code) if code >= 0 else None
        nodes["code", number(row, "cid")] = (
            row,
            above_code or (("cat", heading) if heading >= 0 else None),
        )
    ids: dict[tuple[str, int], str] = {}
    codes = []
    for place in _from_the_top(nodes, tally):
        row, parent = nodes[place]
        stem = f"{ids[parent]}/" if parent in ids and parent is not None else ""
        ids[place] = unique(stem + (slug(cell(row, "name")) or "code"), taken)
        codes.append(
            Code(
                id=ids[place],
                words=cell(row, "name"),
                parent=stem[:-1],
                define=cell(row, "memo"),
                colour=colour(cell(row, "color")),
                codable=place[0] == "code",
            )
        )
    return tuple(codes), {place[1]: id for place, id in ids.items() if place[0] == "code"}


def _from_the_top(
    nodes: Mapping[tuple[str, int], tuple[Row, tuple[str, int] | None]], tally: Tally
) -> Iterator[tuple[str, int]]:
    """Yield parents before children; what stands in a circle comes last, without a parent."""
    below: dict[tuple[str, int] | None, list[tuple[str, int]]] = {}
    for place, (row, parent) in nodes.items():
        known = parent if parent in nodes else None
        if known != parent:
            note(tally, "code_name", "its parent is missing", cell(row, "name"), "deviation")
        below.setdefault(known, []).append(place)
    done: set[tuple[str, int]] = set()
    stack = list(reversed(below.get(None, [])))
    while stack:
        place = stack.pop()
        done.add(place)
        yield place
        stack.extend(reversed(below.get(place, [])))
    for place, (row, _) in nodes.items():
        if place not in done:
            note(tally, "code_name", "it stands under itself", cell(row, "name"), "deviation")
            yield place


def _texts(link: sqlite3.Connection, taken: dict[str, int], file: str, tally: Tally) -> Texts:
    sources: dict[int, Source] = {}
    raw: dict[int, str] = {}
    for row in rows(link, "source", "id"):
        name, text = cell(row, "name"), cell(row, "fulltext")
        if not text and cell(row, "mediapath"):
            note(tally, "source", "a picture or recording; evalkit keeps words only", name)
            continue
        id = number(row, "id")
        raw[id] = text
        sources[id] = Source(
            id=unique(slug(name.rpartition(".")[0] or name) or "source", taken),
            text=text.replace("\r\n", "\n").replace("\r", "\n"),
            title=name,
            file=file,
            newline=newline(text),
            on=moment(cell(row, "date")),
            by=cell(row, "owner"),
        )
    return Texts(sources, raw)


def _attributes(
    link: sqlite3.Connection, texts: Texts, tally: Tally
) -> tuple[Texts, dict[int, dict[str, Value]], tuple[Variable, ...]]:
    """Return the texts and, by their numbers, the cases' values; and what the variables mean."""
    kinds: dict[str, Kind] = {}
    variables = []
    for row in rows(link, "attribute_type", "name"):
        name = cell(row, "name")
        kinds[name] = "Float" if cell(row, "valuetype") == _NUMERIC else "Text"
        variables.append(Variable(name, kinds[name], cell(row, "memo")))
    sources = dict(texts.sources)
    cases: dict[int, dict[str, Value]] = {}
    for row in rows(link, "attribute", "attrid"):
        name, value, id = cell(row, "name"), cell(row, "value"), number(row, "id")
        if not value:
            continue
        if cell(row, "attr_type") == "case":
            cases.setdefault(id, {})[name] = Value(value, kinds.get(name, "Text"))
        elif id in sources:
            had = sources[id]
            sources[id] = replace(had, attributes={**had.attributes, name: value})
        else:
            note(tally, "attribute", "it is of something that was not read", f"{name}: {value}")
    return Texts(sources, texts.raw), cases, tuple(variables)


def _placed(
    found: Sequence[Row], texts: Texts, kind: str, quote: str, tally: Tally
) -> Iterator[tuple[Row, Segment]]:
    """Yield each row whose passage is in its text; the others are reported."""
    by_source: dict[int, list[Row]] = {}
    for row in found:
        by_source.setdefault(number(row, "fid"), []).append(row)
    for id, here in by_source.items():
        if id not in texts.sources:
            for row in here:
                note(tally, kind, "its source was not read", cell(row, quote))
            continue
        source = texts.sources[id]
        marks = [Mark(number(r, "pos0"), number(r, "pos1"), cell(r, quote)) for r in here]
        for row, place in zip(here, anchored(texts.raw[id], marks).places, strict=True):
            segment = _segment(source, place, cell(row, quote), kind, tally)
            if segment is not None:
                yield row, segment


def _segment(source: Source, place: Placed, quote: str, kind: str, tally: Tally) -> Segment | None:
    where = f"{source.title}: {quote}"
    if place.span is None:
        note(tally, kind, place.why, where)
        return None
    if place.own:  # QualCoder itself writes the words beside the positions
        note(tally, kind, "its words are not in the text; the text was changed", where)
        return None
    return Segment(source.id, *place.span, source.text[slice(*place.span)])


def _codings(
    link: sqlite3.Connection,
    texts: Texts,
    by_number: Mapping[int, str],
    file: str,
    tally: Tally,
) -> tuple[Coding, ...]:
    found: dict[int, Coding] = {}
    listed = rows(link, "code_text", "ctid")
    for row, segment in _placed(listed, texts, "code_text", "seltext", tally):
        code = by_number.get(number(row, "cid"))
        if code is None:
            note(tally, "code_text", "its code is not in the codebook", segment.id)
            continue
        found[number(row, "ctid")] = Coding(
            segment=segment,
            code=code,
            coder=cell(row, "owner"),
            on=moment(cell(row, "date")),
            note=cell(row, "memo"),
            file=file,
        )
    return tuple(found[place] for place in sorted(found))


def _cases(
    link: sqlite3.Connection,
    texts: Texts,
    attributes: Mapping[int, Mapping[str, Value]],
    taken: dict[str, int],
    tally: Tally,
) -> tuple[Case, ...]:
    listed = rows(link, "case_text", "id")
    whole = [row for row in listed if _is_whole(row, texts)]
    apart = [row for row in listed if not _is_whole(row, texts)]
    passages = list(_placed(apart, texts, "case_text", "seltext", tally))
    cases = []
    for row in rows(link, "cases", "caseid"):
        id, name = number(row, "caseid"), cell(row, "name")
        mine = [number(one, "fid") for one in whole if number(one, "caseid") == id]
        cases.append(
            Case(
                id=unique(slug(name) or "case", taken),
                words=name,
                attributes=attributes.get(id, {}),
                sources=tuple(dict.fromkeys(texts.sources[one].id for one in mine)),
                segments=tuple(part for one, part in passages if number(one, "caseid") == id),
                note=cell(row, "memo"),
            )
        )
    return tuple(cases)


def _is_whole(row: Row, texts: Texts) -> bool:
    """Say whether a case has the whole of a text: QualCoder ends it at the last character or after."""
    raw = texts.raw.get(number(row, "fid"))
    if raw is None:
        return False
    start, end = number(row, "pos0"), number(row, "pos1")
    return start == 0 and (end >= len(raw) - 1 or end == 0)


def _memos(
    link: sqlite3.Connection, texts: Texts, taken: dict[str, int], tally: Tally
) -> Iterator[Memo]:
    for row in rows(link, "source", "id"):
        if number(row, "id") in texts.sources and cell(row, "memo"):
            id = texts.sources[number(row, "id")].id
            yield _memo(row, "memo", unique(f"{id}.note", taken), (id,))
    for row, segment in _placed(rows(link, "annotation", "anid"), texts, "annotation", "", tally):
        yield _memo(row, "memo", unique("annotation", taken), (segment.id,))
    for row in rows(link, "journal", "jid"):
        name = cell(row, "name")
        memo = _memo(row, "jentry", unique(slug(name) or "journal", taken), ())
        yield replace(memo, words=name)


def _memo(row: Row, column: str, id: str, about: tuple[str, ...]) -> Memo:
    return Memo(
        id=id,
        text=cell(row, column),
        by=cell(row, "owner"),
        on=moment(cell(row, "date")),
        about=about,
    )
