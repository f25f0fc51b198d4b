"""A small project: five people, three interviews, one of which two people give together."""

import pytest

from evalkit.coding.model import (
    Case,
    Code,
    Codebook,
    Coding,
    CodingProject,
    Segment,
    Source,
    Turn,
    Value,
)

TEXTS = {
    "a": "We read at home. The visits helped. Nothing changed at school.",
    "b": "Home visits helped us. It rained.",
    "c": "I came to every visit. I never saw a visitor.",
    "d": "It rained all the time.",
}
CODEBOOK = Codebook(
    (
        Code("home", "At home"),
        Code("visits", "Visits", parent="home", links=("visit -> reading",), says="for"),
        Code("nil", "No change", links=("visit -> reading",), says="nil"),
        Code("rain", "Rain", links=("rain -> reading",), says="rival"),
    )
)


def coded(source, quote, code, coder="ann", **more):
    start = TEXTS[source].index(quote)
    return Coding(Segment(source, start, start + len(quote), quote), code, coder, **more)


@pytest.fixture
def project():
    sources = tuple(
        Source(id, text, turns=(Turn(0, 22, "Gil"), Turn(23, 45, "Hal")) if id == "c" else ())
        for id, text in TEXTS.items()
    )
    codings = (
        coded("a", "read at home", "home"),
        coded("a", "at home. The", "home", "ben"),
        coded("a", "The visits helped", "visits"),
        coded("a", "visits", "home"),
        coded("a", "Nothing changed", "nil"),
        coded("b", "Home visits helped", "visits"),
        coded("c", "every visit", "visits"),
        coded("c", "never saw", "nil"),
        coded("b", "It rained", "rain", "machine", origin="rule"),
    )
    cases = (
        Case("ava", attributes={"role": Value("parent")}, sources=("a",)),
        Case("bo", attributes={"role": Value("parent")}, sources=("b",)),
        Case("gil", attributes={"role": Value("staff")}, segments=(Segment("c", 0, 22, ""),)),
        Case("hal", attributes={"role": Value("staff")}, segments=(Segment("c", 23, 45, ""),)),
        Case("dee", attributes={"role": Value("", missing="refused")}, sources=("d",)),
        Case("eve", attributes={"role": Value("pupil")}),
    )
    return CodingProject(sources=sources, codebook=CODEBOOK, codings=codings, cases=cases)
