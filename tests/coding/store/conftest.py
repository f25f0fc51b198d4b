"""What the tests of the store share: a small store, and projects of any shape."""

from __future__ import annotations

import pytest
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
    Loss,
    Memo,
    Segment,
    Source,
    Turn,
    User,
    Value,
    Variable,
    Vertex,
)
from evalkit.coding.store import add, open_store

TALK = "We had home visits every week. They mattered most to me, and he reads aloud now."


@pytest.fixture
def path(tmp_path):
    return tmp_path / "coding.db"


@pytest.fixture
def store(path):
    """A store with one source, two codes and one coding (key 1, on "home visits")."""
    with open_store(path, create=True) as made:
        add(made, Source("talk", TALK), Code("visits", "Visits"), Code("reads", "Reads"), by="lead")
        add(made, coding_of(TALK, "home visits", "visits"), by="ana", at="2026-01-10T10:00:00Z")
        yield made


def coding_of(text, words, code, coder="ana", **more):
    start = text.index(words)
    return Coding(Segment("talk", start, start + len(words), words), code, coder, **more)


@pytest.fixture(scope="session")
def coded():
    return coding_of


@pytest.fixture(scope="session")
def talk():
    return TALK


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def some(strategy, most=3):
    return st.lists(strategy, max_size=most).map(tuple)


def named(make, ids, most=3):
    """Several things with ids of their own."""
    names = st.lists(ids, max_size=most, unique=True)
    return names.flatmap(lambda found: st.tuples(*(make(name) for name in found)))


def a_source(id):
    turns = some(st.builds(Turn, st.integers(0, 9), st.integers(0, 9), WORDS), 2)
    return st.builds(
        Source,
        st.just(id),
        TEXTS,
        title=WORDS,
        text_type=st.sampled_from(["verbatim", "paraphrase"]),
        attributes=st.dictionaries(WORDS, WORDS, max_size=2),
        line=st.integers(0, 5),
        guid=WORDS,
        turns=turns,
        encoding=WORDS,
        version=st.integers(1, 3),
        on=WORDS,
    )


@st.composite
def a_segment(draw, sources):
    source = draw(st.sampled_from(sources))
    start = draw(st.integers(0, len(source.text)))
    end = draw(st.integers(start, len(source.text)))
    return Segment(source.id, start, end, source.text[start:end])


@st.composite
def some_codes(draw):
    """A tree: each code stands under none or one before it; the order is any."""
    codes = []
    for id in draw(st.lists(IDS, max_size=4, unique=True)):
        parent = draw(st.sampled_from(["", *(code.id for code in codes)]))
        links, colour = draw(some(WORDS, 2)), draw(WORDS)
        says = draw(st.sampled_from(["for", "nil", "rival"]))
        codable = draw(st.booleans())
        codes.append(
            Code(
                *(id, draw(WORDS), says, links, draw(WORDS), parent),
                colour=colour,
                codable=codable,
                version=draw(st.integers(1, 3)),
            )
        )
    return tuple(draw(st.permutations(codes)))


@st.composite
def some_projects(draw):
    """Projects with everything in them, on any Unicode text."""
    sources = draw(named(a_source, IDS))
    codes = draw(some_codes())
    segment = a_segment(sources) if sources else st.nothing()
    coded = [
        st.just(segment).flatmap(lambda it: it),
        st.sampled_from([code.id for code in codes] or [""]),
        WORDS,
    ]
    both = bool(sources and codes)
    codings = some(st.builds(Coding, *coded, note=WORDS, round=WORDS, guid=WORDS), 4)
    claims = some(
        st.builds(
            Claim,
            *(segment, WORDS, WORDS),
            sign=st.sampled_from(["+", "none"]),
            first_hand=st.sampled_from([None, True, False]),
        )
    )
    values = st.builds(
        Value, WORDS, st.sampled_from(["Text", "Date"]), st.sampled_from(["", "refused"])
    )
    whole = some(st.sampled_from([source.id for source in sources] or [""]), 2 if sources else 0)

    def a_case(id):
        segments = some(segment, 2) if sources else st.just(())
        attributes = st.dictionaries(WORDS, values, max_size=2)
        return st.builds(Case, st.just(id), WORDS, attributes, whole, segments, WORDS)

    vertices = some(st.builds(Vertex, WORDS, WORDS, x2=st.sampled_from([None, 0, 5])), 2)
    return CodingProject(
        name=draw(WORDS),
        sources=sources,
        codebook=Codebook(
            codes, draw(st.integers(1, 3)), draw(st.sampled_from(["codebook.yaml", "a"]))
        ),
        codings=draw(codings) if both else (),
        cases=draw(named(a_case, IDS)),
        memos=draw(
            named(lambda name: st.builds(Memo, st.just(name), WORDS, about=some(WORDS)), IDS)
        ),
        claims=draw(claims) if sources else (),
        links=draw(named(lambda name: st.builds(Link, st.just(name), WORDS, WORDS), IDS)),
        sets=draw(
            named(lambda name: st.builds(Collection, st.just(name), WORDS, some(WORDS)), IDS)
        ),
        graphs=draw(
            named(
                lambda name: st.builds(
                    Graph,
                    st.just(name),
                    WORDS,
                    vertices,
                    some(st.builds(Edge, WORDS, WORDS, WORDS), 2),
                ),
                IDS,
            )
        ),
        users=draw(named(lambda name: st.builds(User, st.just(name), WORDS), IDS)),
        losses=draw(some(st.builds(Loss, WORDS, WORDS, where=some(WORDS)), 2)),
        note=draw(WORDS),
        guid=draw(WORDS),
        variables=draw(named(lambda name: st.builds(Variable, st.just(name), note=WORDS), IDS)),
    )


@pytest.fixture(scope="session")
def projects():
    """A strategy for projects."""
    return some_projects()
