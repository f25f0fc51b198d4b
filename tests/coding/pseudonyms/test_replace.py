"""Names go, passages stay on their words, and everything comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evalkit.coding.model import (
    Case,
    Claim,
    Code,
    Codebook,
    Coding,
    CodingProject,
    Collection,
    Graph,
    Link,
    Loss,
    Memo,
    Segment,
    Source,
    Turn,
    Value,
    Vertex,
)
from evalkit.coding.pseudonyms import Person, Roster, pseudonymise, restore
from evalkit.errors import CodingError

ROSTER = Roster(
    (
        Person("Anna Smith", "Mother 1", ("Anna", "Annie", "Mrs Smith")),
        Person("Zoë", "Girl", ("Zo",)),
        Person("Oakfield Primary School", "School A", ("Oakfield",)),
        Person("Will", "Boy 2"),
    )
)
TEXT = (
    "Anna: I told Annie\u2019s friend that ANNA SMITH of Oakfield\nPrimary School rang 07700 900123.\n"
    "Zoe: Zoe\u0308 and zoë went. Ring 07700900123 or anna.smith@example.org."
)


def segment(text, words, source="anna-01", start=0):
    at = text.index(words, start)
    return Segment(source, at, at + len(words), words)


def project():
    turns = (Turn(6, TEXT.index("\nZoe:"), "Anna"), Turn(TEXT.index("Zoe:") + 5, len(TEXT), "Zoe"))
    said = segment(TEXT, "told Annie\u2019s friend")
    inside = segment(TEXT, "SMITH")
    claim = Claim(said, "Anna's visits", "reading", case="Anna Smith", mechanism="Annie reads")
    return CodingProject(
        name="Oakfield",
        sources=(
            Source(
                "anna-01",
                TEXT,
                "Talk with Anna Smith",
                attributes={
                    "speaker": "Anna Smith",
                    "date of birth": "12/03/1985",
                    "URN": "123456",
                },
                file="sources/anna-01.txt",
                turns=turns,
                sha256="ab" * 32,
            ),
            Source("other", "Nobody is named here.", sha256="cd" * 32),
        ),
        codebook=Codebook((Code("visits", "Visits", example="Anna came"), Code("anna", "A code"))),
        codings=(
            Coding(said, "visits", "kit", note="Annie means Anna"),
            Coding(inside, "visits", "kit"),
            Coding(segment(TEXT, "ANNA"), "visits", "kit"),
            Coding(segment(TEXT, "Zoe\u0308 and"), "anna", "kit"),
        ),
        cases=(
            Case(
                "Anna Smith",
                "Mrs Smith",
                {"phone": Value("07700 900 123")},
                ("anna-01",),
                (inside,),
            ),
        ),
        memos=(
            Memo("m1", "Ask Anna.", about=(said.id, inside.id, "Anna Smith", "anna-01", "anna")),
            Memo("cell:Anna Smith:visits", "She came.", about=("Anna Smith", "visits", said.id)),
        ),
        claims=(replace(claim, id=f"claim:{said.id}:Anna's visits -> reading:kit"),),
        links=(Link("l1", "anna-01", f"coding:{inside.id}:visits:kit", "Anna to it"),),
        sets=(Collection("s1", "With Anna", ("anna-01", "visits")),),
        graphs=(Graph("g1", "Map of Oakfield", (Vertex("v", "anna-01", "Anna"),)),),
        losses=(Loss("x", "Anna's picture", where=("anna.png",)),),
    )


@pytest.fixture(scope="module")
def done():
    return pseudonymise(project(), ROSTER)


def test_names_go_in_every_form_and_so_do_identifiers(done):
    assert done.project.sources[0].text == (
        "Mother 1: I told Mother 1\u2019s friend that Mother 1 of School A rang [phone 1].\n"
        "Girl: Girl and Girl went. Ring [phone 1] or [email 1]."
    )


def test_nothing_of_a_name_is_left_anywhere_but_in_ids_of_codes(done):
    said = repr(replace(done.project, codebook=Codebook(), codings=()))
    left = [
        name for name in ("Anna", "Annie", "Smith", "Oakfield", "07700", "1985") if name in said
    ]
    assert left == []
    assert [code.example for code in done.project.codebook.codes] == ["Mother 1 came", ""]


def test_ids_of_sources_and_cases_change_with_everything_that_points_at_them(done):
    made = done.project
    assert [source.id for source in made.sources] == ["Mother_1-01", "other"]
    assert made.sources[0].file == "sources/Mother_1-01.txt"
    assert made.cases[0].id == "Mother 1"
    assert made.cases[0].sources == ("Mother_1-01",)
    assert made.claims[0].case == "Mother 1"
    assert made.memos[0].about[:1] == (made.codings[0].segment.id,)
    assert made.memos[0].about[2:] == ("Mother 1", "Mother_1-01", "anna")
    assert made.memos[1].id == "cell:Mother 1:visits"
    assert (
        made.claims[0].id == f"claim:{made.claims[0].segment.id}:Mother 1's visits -> reading:kit"
    )


def test_a_passage_that_ends_inside_a_name_grows_to_its_end(done):
    assert [coding.segment.quote for coding in done.project.codings] == [
        "told Mother 1\u2019s friend",
        "Mother 1",
        "Mother 1",
        "Girl and",
    ]


def test_turns_move_with_the_text(done):
    source = done.project.sources[0]
    words = [source.text[turn.start : turn.end].split()[0] for turn in source.turns]
    assert words == ["I", "Girl"]
    assert [turn.speaker for turn in source.turns] == ["Mother 1", "Girl"]


def test_attributes_are_read_with_their_names(done):
    assert done.project.sources[0].attributes == {
        "speaker": "Mother 1",
        "date of birth": "[date of birth 1]",
        "URN": "[URN 1]",
    }


def test_the_fingerprint_of_a_file_with_names_goes_and_others_stay(done):
    assert [source.sha256 for source in done.project.sources] == ["", "cd" * 32]


def test_everything_comes_back(done):
    back = restore(done.project, done.key)
    assert back.project == project()
    assert back.left == ()


def test_what_was_coded_since_comes_back_with_the_names_in_it(done):
    text = done.project.sources[0].text
    new = Coding(segment(text, "Mother 1 of School", "Mother_1-01"), "visits", "ben", note="Girl?")
    grown = replace(done.project, codings=(*done.project.codings, new))
    back = restore(grown, done.key).project
    assert back.codings[-1].segment.quote == "ANNA SMITH of Oakfield\nPrimary School"
    assert back.codings[:-1] == project().codings


def test_a_note_changed_since_keeps_its_pseudonyms_and_is_named(done):
    first = replace(done.project.codings[0], note="Mother 1 again")
    back = restore(replace(done.project, codings=(first, *done.project.codings[1:])), done.key)
    assert back.project.codings[0].note == "Mother 1 again"
    assert back.left == ("coding:Mother_1-01:visits:kit:note",)


def test_a_key_of_another_text_is_refused(done):
    source = replace(done.project.sources[0], text=done.project.sources[0].text + " More.")
    with pytest.raises(CodingError, match="does not fit the text of `Mother_1-01`"):
        restore(replace(done.project, sources=(source,), codings=(), cases=(), claims=()), done.key)


def test_a_kind_of_identifier_can_be_left():
    kept = pseudonymise(project(), ROSTER, identifiers=("email",)).project.sources[0].text
    assert "07700 900123" in kept
    assert "[email 1]" in kept
    with pytest.raises(CodingError, match="Did you mean `phone`"):
        pseudonymise(project(), ROSTER, identifiers=("phon",))


def test_numbers_of_placeholders_go_on_where_the_texts_end():
    one = CodingProject(sources=(Source("a", "[phone 3] rang 07700 900123."),))
    assert pseudonymise(one, Roster()).project.sources[0].text == "[phone 3] rang [phone 4]."


def test_the_order_of_sources_changes_nothing():
    made = CodingProject(
        sources=tuple(Source(id, f"Ring 0113 496 000{id}.") for id in ("1", "2", "3"))
    )
    turned = replace(made, sources=made.sources[::-1])
    one, other = (pseudonymise(it, ROSTER).project.sources for it in (made, turned))
    assert one == other[::-1]


def test_two_ids_never_become_one():
    made = CodingProject(
        sources=(Source("anna", "x"), Source("annie", "y"), Source("Mother 1", "z"))
    )
    ids = [source.id for source in pseudonymise(made, ROSTER).project.sources]
    assert len(set(ids)) == 3
    assert (
        restore(pseudonymise(made, ROSTER).project, pseudonymise(made, ROSTER).key).project == made
    )


def test_a_passage_of_a_source_that_is_missing_is_refused():
    made = CodingProject(codings=(Coding(Segment("gone", 0, 1, "x"), "a", "kit"),))
    with pytest.raises(CodingError, match="`gone`"):
        pseudonymise(made, ROSTER)


def test_what_is_said_of_it_promises_nothing(done):
    assert "personal data" in done.note
    assert "anonym" not in done.note.lower()


WORDS = ("Anna", "Anna Smith", "annie", "Zoe\u0308", "ZOË", "Will", "will", "she", "Oakfield", "S")
MARKS = (" ", "\n", ". ", "\u2019s", "😀", "\u0301", "-", ":")
NUMBERS = ("07700 900123", "a@b.org", "Mother 1", "[phone 1]")
PIECES = st.sampled_from((*WORDS, *MARKS, *NUMBERS))
TEXTS = st.lists(PIECES, max_size=14).map("".join)


@st.composite
def coded(draw):
    texts = {name: draw(TEXTS) for name in ("anna", "b")}
    codings, memos = [], []
    for name, text in texts.items():
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(text)))
            end = draw(st.integers(start, len(text)))
            part = Segment(name, start, end, text[start:end])
            codings.append(Coding(part, draw(st.sampled_from("xy")), "ann", note=draw(TEXTS)))
            memos.append(Memo(f"m{len(memos)}", draw(TEXTS), about=(part.id, codings[-1].id, name)))
    turns = draw(st.lists(st.integers(0, len(texts["b"])), min_size=2, max_size=2).map(sorted))
    sources = (
        Source("anna", texts["anna"], texts["b"], file="anna.txt", sha256="ff"),
        Source("b", texts["b"], turns=(Turn(turns[0], turns[1], "Annie"),)),
    )
    book = Codebook((Code("x", "X"), Code("y", "Y")))
    return CodingProject("p", sources, book, tuple(codings), memos=tuple(memos))


@given(coded())
@example(CodingProject(sources=(Source("anna", "Anna\u0301"),)))
def test_there_and_back_is_the_identity_whatever_is_coded(made):
    done = pseudonymise(made, ROSTER)
    by_id = {source.id: source for source in done.project.sources}
    for coding in done.project.codings:
        coding.segment.verify(by_id[coding.segment.source])
    back = restore(done.project, done.key)
    assert back.project == made
    assert back.left == ()
