"""Generated coding projects: every part of the model, and texts that programs trip over."""

from __future__ import annotations

from hypothesis import strategies as st

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
    Memo,
    Segment,
    Source,
    Turn,
    User,
    Value,
    Variable,
    Vertex,
)

ODD = "ab \n\t\r\u00a0\u2028\u0301\u05d0\u0627😀👩\u200d🏫é\ufeff\x0b\x00\ufffe<&>\"']\u202e\x85…"
SHORT = st.text(ODD, max_size=6)
TEXTS = st.one_of(
    st.just(""),
    st.text(ODD, max_size=30),
    st.text(max_size=12),
    st.just("Tutor: Zoë 👩\u200d🏫 loved them.\nParent: I can't.\n\nZoë 👩\u200d🏫 loved them."),
)
GUIDS = st.one_of(
    st.just(""),
    st.uuids().map(str),
    st.uuids().map(lambda one: "{" + str(one).upper() + "}"),
    st.just("not a guid"),
)
WHEN = st.sampled_from(
    ["", "2026-05-04", "2026-05-04T10:11:12Z", "2026-05-04T10:11:12.5+01:00", "last week"]
)
COLOURS = st.sampled_from(["", "#FF0000", "#0af", "red"])
IDS = ["a", "b", "x/y", "mother: 1", "interview 1-2"]
PEOPLE = st.sampled_from(["", "ana", "ben", "Zoë 😀"])
VALUES = st.one_of(
    st.builds(Value, SHORT),
    st.builds(
        Value, st.sampled_from(["1", "-0.5", "1e-3", "nan", "9" * 30, "x"]), st.just("Float")
    ),
    st.builds(Value, st.sampled_from(["12", "1.5", ""]), st.just("Integer")),
    st.builds(Value, st.sampled_from(["true", "0", "yes"]), st.just("Boolean")),
    st.builds(Value, st.sampled_from(["2026-02-28", "2026-02-30"]), st.just("Date")),
    st.builds(Value, WHEN, st.just("DateTime")),
    st.builds(Value, st.just(""), st.just("Text"), st.sampled_from(["not asked", "refused"])),
)
NAMES = st.sampled_from(["age", "FSM share", "a\tb", ""])


def some(thing, most=3):
    return st.lists(thing, max_size=most).map(tuple)


def keyed(draw, make, most=3):
    """Things with ids of their own."""
    ids = draw(st.lists(st.sampled_from(IDS), max_size=most, unique=True))
    return tuple(draw(make(id)) for id in ids)


def codes(draw):
    ids = draw(
        st.lists(st.sampled_from(["trust", "m/x", "c", "d é", "e"]), max_size=4, unique=True)
    )
    made = []
    for place, id in enumerate(ids):
        parent = st.sampled_from(["", "gone", *ids[:place]])
        made.append(
            draw(
                st.builds(
                    Code,
                    id=st.just(id),
                    words=SHORT,
                    says=st.sampled_from(["for", "against", "rival"]),
                    links=some(st.sampled_from(["a -> b", "b -> c", "odd"]), 2),
                    rival=SHORT,
                    parent=parent,
                    define=st.one_of(SHORT, st.just("x\n\n[evalkit]\nid: 1\n[/evalkit]")),
                    include=SHORT,
                    exclude=SHORT,
                    example=SHORT,
                    line=st.integers(0, 9),
                    guid=GUIDS,
                    colour=COLOURS,
                    codable=st.booleans(),
                    version=st.integers(1, 3),
                )
            )
        )
    return tuple(draw(st.permutations(made)))


@st.composite
def codebooks(draw, least=0):
    book = Codebook(
        codes(draw), draw(st.integers(1, 3)), draw(st.sampled_from(["codebook.yaml", ""]))
    )
    if len(book.codes) < least:
        book = Codebook((Code("one", "One"),), book.version, book.file)
    return book


def sources(draw):
    return keyed(
        draw,
        lambda name: st.builds(
            Source,
            id=st.just(name),
            text=TEXTS,
            title=SHORT,
            text_type=st.sampled_from(["verbatim", "paraphrase"]),
            attributes=st.dictionaries(NAMES, SHORT, max_size=2),
            file=SHORT,
            line=st.integers(0, 3),
            guid=GUIDS,
            turns=some(st.builds(Turn, st.integers(0, 3), st.integers(3, 9), SHORT), 2),
            sha256=SHORT,
            encoding=st.sampled_from(["", "cp1252"]),
            newline=st.sampled_from(["", "CRLF"]),
            version=st.integers(1, 2),
            on=WHEN,
            by=PEOPLE,
        ),
    )


@st.composite
def segments(draw, texts):
    if not texts:
        return Segment("nowhere", 0, 3, "abc")
    source = draw(st.sampled_from(texts))
    ends = sorted(draw(st.tuples(*2 * [st.integers(0, len(source.text))])))
    if draw(st.booleans()) and draw(st.booleans()):
        ends = [0, len(source.text)]
    return Segment(source.id, *ends, source.text[slice(*ends)])


@st.composite
def projects(draw):
    texts = sources(draw)
    book = draw(codebooks())
    passage = segments(texts)
    code = st.sampled_from([one.id for one in book.codes] or ["unknown"])
    about_all = [*IDS, "trust", "project", "a -> b", "b", "gone"]
    codings = draw(
        some(
            st.builds(
                Coding,
                segment=passage,
                code=code,
                coder=PEOPLE,
                on=WHEN,
                note=SHORT,
                file=SHORT,
                line=st.integers(0, 2),
                round=SHORT,
                origin=st.sampled_from(["human", "rule"]),
                guid=GUIDS,
                selection=st.one_of(GUIDS, *(st.just(one.guid) for one in texts)),
            ),
            6,
        )
    )
    here = [*(one.segment.id for one in codings), *(one.id for one in codings), *about_all]
    about = st.one_of(st.sampled_from(here), passage.map(lambda one: one.id))
    meant = st.one_of(about, GUIDS)
    point = st.builds(
        Vertex,
        guid=GUIDS,
        represents=meant,
        words=SHORT,
        x=st.integers(-5, 5),
        x2=st.one_of(st.none(), st.integers(0, 9)),
        shape=st.sampled_from(["", "Oval", "Blob"]),
        colour=COLOURS,
    )
    line = st.builds(
        Edge,
        guid=GUIDS,
        origin=GUIDS,
        target=GUIDS,
        represents=meant,
        words=SHORT,
        direction=st.sampled_from(["", "OneWay", "both"]),
        style=st.sampled_from(["", "dashed", "wavy"]),
        colour=COLOURS,
    )
    return CodingProject(
        name=draw(SHORT),
        sources=texts,
        codebook=book,
        codings=codings,
        cases=keyed(
            draw,
            lambda name: st.builds(
                Case,
                id=st.just(name),
                words=SHORT,
                attributes=st.dictionaries(NAMES, VALUES, max_size=3),
                sources=some(st.sampled_from(IDS), 2),
                segments=some(passage, 2),
                note=SHORT,
                guid=GUIDS,
            ),
        ),
        memos=keyed(
            draw,
            lambda name: st.builds(
                Memo,
                id=st.just(name),
                text=TEXTS,
                words=SHORT,
                by=PEOPLE,
                on=WHEN,
                kind=st.sampled_from(["", "reflexive"]),
                about=some(about, 2),
                guid=GUIDS,
            ),
            4,
        ),
        claims=draw(
            some(
                st.builds(
                    Claim,
                    segment=passage,
                    cause=st.one_of(code, SHORT),
                    effect=st.one_of(code, SHORT),
                    sign=st.sampled_from(["+", "-", "none"]),
                    mechanism=SHORT,
                    case=SHORT,
                    first_hand=st.sampled_from([None, True, False]),
                    id=SHORT,
                    guid=GUIDS,
                )
            )
        ),
        links=keyed(
            draw,
            lambda name: st.builds(
                Link,
                id=st.just(name),
                origin=meant,
                target=meant,
                words=SHORT,
                direction=st.sampled_from(["OneWay", "Associative", "Bidirectional"]),
                colour=COLOURS,
                note=SHORT,
                guid=GUIDS,
            ),
        ),
        sets=keyed(
            draw,
            lambda name: st.builds(Collection, st.just(name), SHORT, some(about, 3), SHORT, GUIDS),
            2,
        ),
        graphs=keyed(
            draw,
            lambda name: st.builds(Graph, st.just(name), SHORT, some(point), some(line), GUIDS),
            2,
        ),
        users=keyed(draw, lambda name: st.builds(User, st.just(name), SHORT, GUIDS), 2),
        note=draw(SHORT),
        guid=draw(GUIDS),
        variables=tuple(
            draw(
                st.builds(Variable, st.just(name), st.sampled_from(["Text", "Float"]), SHORT, GUIDS)
            )
            for name in draw(st.lists(NAMES, max_size=2, unique=True))
        ),
    )
