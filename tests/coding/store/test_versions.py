"""A corrected text: a passage goes to its right place or to a list, and never anywhere else."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalkit.coding.model import (
    Case,
    Claim,
    Code,
    Coding,
    CodingProject,
    Collection,
    Graph,
    Link,
    Memo,
    Segment,
    Source,
    Vertex,
)
from evalkit.coding.store import (
    Conflict,
    StoreError,
    Unmoved,
    add,
    add_claim,
    check,
    edit,
    edit_note,
    every,
    kept,
    move_coding,
    moved,
    open_store,
    project,
    put_project,
    recode,
    revise_source,
    undo,
    unplaced,
)

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
FEW = st.text("ab \n", max_size=80)
"""Few letters stand in many places alike: the hard case for finding the right one."""


@st.composite
def corrections(draw):
    """A text, a stretch of it and what replaces that, and a passage."""
    letters = draw(st.sampled_from([ANY, FEW]))
    old = draw(letters) * draw(st.sampled_from([1, 1, 2, 3]))
    first = draw(st.integers(0, len(old)))
    last = draw(st.integers(first, len(old)))
    copies = st.sampled_from(["", old, old[:first], old[last:], old[first:last] * 2])
    start = draw(st.integers(0, len(old)))
    end = draw(st.integers(start, len(old)))
    return old, (first, last, draw(letters | copies)), (start, end)


@settings(max_examples=400, deadline=None)
@given(corrections())
@example(("yes\nyes\n", (0, 4, ""), (4, 7)))
@example(("ab", (1, 1, "xab"), (0, 1)))
@example(("Did it help? no", (0, 15, "Did it help? yes. Any harm? no"), (13, 15)))
def test_a_passage_goes_to_its_right_place_or_to_the_list(correction):
    old, (first, last, put), (start, end) = correction
    new = old[:first] + put + old[last:]
    found = moved(old, Source("s", new), Segment("s", start, end, old[start:end]))
    if isinstance(found, Unmoved):
        assert found.why
        return
    assert new[found.start : found.end] == found.quote == old[start:end]
    found.verify(Source("s", new))
    before = end <= first and (start, end) != (first, first)
    after = start >= last and (start, end) != (last, last)
    if old != new and before:
        assert found.start == start
    elif old != new and after:
        assert found.start == start + len(new) - len(old)


@settings(max_examples=150, deadline=None)
@given(ANY, ANY, st.data())
def test_between_any_two_texts_the_words_stay_the_same(old, new, data):
    start = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(start, len(old)))
    found = moved(old, Source("s", new), Segment("s", start, end, old[start:end]))
    if isinstance(found, Segment):
        assert new[found.start : found.end] == old[start:end]
    elif old == new:
        pytest.fail("an unchanged text keeps its passages")


LONG = (
    "Interviewer: Did the home visits help?\nMother: Yes, they mattered most to me. "
    "He reads aloud now.\nInterviewer: Did anything get in the way?\nMother: The bus. "
    "It does not come on time, and the school is far away from where we live.\n"
)


def place(new, words, old=LONG, at=0):
    start = old.index(words, at)
    return moved(old, Source("s", new), Segment("s", start, start + len(words), words))


def test_a_correction_elsewhere_moves_the_passage():
    new = LONG.replace("Interviewer: Did the", "Interviewer (female): So, did the")
    assert place(new, "mattered most").start == LONG.index("mattered most") + len(new) - len(LONG)


def test_a_correction_close_by_on_one_side_moves_the_passage():
    found = place(LONG.replace("Yes, they", "Yeah, they"), "they mattered most")
    assert found.start == LONG.index("they mattered") + 1


def test_a_paragraph_that_was_moved_takes_its_passage_along():
    head, tail = LONG[:117], LONG[117:]
    words = "The bus. It does not come on time, and the school is far away"
    found = place(tail + head, words)
    assert found.start == (tail + head).index(words)


def test_changed_words_go_to_the_list_with_the_places_nearest_to_them():
    found = place(LONG.replace("mattered most to me", "mattered a lot to me"), "they mattered most")
    assert "no longer there" in found.why
    assert "[they mattered] a lot" in found.near[0].shown


def test_a_short_word_deleted_here_and_typed_there_is_not_the_same():
    old = "Did it help at all? no. And then we went home with the children."
    new = "Did it help at all? Yes. And then: was there any harm done? no"
    found = place(new, "no", old, old.index("no."))
    assert isinstance(found, Unmoved)


def test_of_two_equal_answers_of_which_one_went_neither_is_moved():
    answer = "Interviewer: Did the home visits help you?\nMother: Yes.\n"
    old = "Begin.\n" + answer + answer + "End.\n"
    new = "Begin.\n" + answer + "End.\n"
    for at in (0, old.rindex("Yes")):
        assert isinstance(place(new, "Yes", old, at), Unmoved)


def test_nothing_at_all_is_at_a_place_too():
    found = moved("abc" * 20 + LONG, Source("s", LONG), Segment("s", 90, 90, ""))
    assert (found.start, found.end) == (30, 30)
    found = moved(LONG, Source("s", LONG[:30] + "x" + LONG[30:]), Segment("s", 30, 30, ""))
    assert isinstance(found, Unmoved)
    assert found.near == ()


@pytest.fixture
def revised(path):
    """A store with a source of which every kind of thing holds a place."""
    with open_store(path, create=True) as store:
        segment = Segment("s", LONG.index("mattered"), LONG.index("mattered") + 13, "mattered most")
        gone = Segment("s", LONG.index("The bus"), LONG.index("The bus") + 7, "The bus")
        add(store, Source("s", LONG, title="A"), Code("v", "v"), Code("w", "w"), by="ana")
        add(store, Coding(segment, "v", "ana"), Coding(gone, "w", "ana"), by="ana")
        add_claim(store, Claim(gone, "bus", "late"), by="ana")
        add(store, Case("c", segments=(segment, gone)), by="ana")
        coding = Coding(segment, "v", "ana").id
        about = (segment.id, coding, gone.id, "s", "v", "other:0-1", "s:0-99999")
        add(store, Memo("m", "x", about=about), Collection("k", "k", about), by="ana")
        add(store, Link("l", coding, gone.id), by="ana")
        add(store, Graph("g", vertices=(Vertex("x", segment.id),)), by="ana")
        yield store, segment, gone


NEW = "1. " + LONG.replace("The bus. It", "The 42. It")


def test_everything_that_holds_a_place_moves_with_the_text(revised):
    store, segment, gone = revised
    found = revise_source(store, Source("s", NEW, title="B"), by="ben", at="2026-03-01T00:00:00Z")
    there = Segment("s", segment.start + 3, segment.end + 3, segment.quote)
    whole = project(store)
    assert (found.source.value.version, whole.sources[0].version) == (2, 2)
    assert (whole.sources[0].text, whole.sources[0].title) == (NEW, "B")
    assert found.moved == ((segment, there),)
    assert [it.segment for it in found.unmoved] == [gone]
    assert [it.segment for it in whole.codings] == [there]
    assert whole.claims == ()
    assert whole.cases[0].segments == (there,)
    coding = Coding(there, "v", "ana").id
    waits = f"s@1:{gone.start}-{gone.end}"
    about = (there.id, coding, waits, "s", "v", "other:0-1", "s:0-99999")
    assert (whole.memos[0].about, whole.sets[0].members) == (about, about)
    assert (whole.links[0].origin, whole.links[0].target) == (coding, waits)
    assert whole.graphs[0].vertices[0].represents == there.id
    assert check(store) == ()


def test_what_could_not_be_moved_is_listed_and_counted(revised):
    store, _, gone = revised
    revise_source(store, Source("s", NEW), by="ben")
    waiting = unplaced(store)
    assert [(it.kept.kind, it.segment, it.version) for it in waiting] == [
        ("coding", gone, 1),
        ("claim", gone, 1),
        ("case", gone, 1),
    ]
    assert [(it.kind, it.count, it.where) for it in project(store).losses] == [
        ("case", 1, (gone.id,)),
        ("coding", 1, (gone.id,)),
        ("claim", 1, (gone.id,)),
    ]


def test_a_person_places_what_waits(revised):
    store, _, _ = revised
    revise_source(store, Source("s", NEW), by="ben")
    coding, claim, case = unplaced(store)
    there = Segment("s", NEW.index("The 42"), NEW.index("The 42") + 6, "The 42")
    move_coding(store, coding.kept.key, there, revision=coding.kept.revision, by="ana")
    new_claim = Claim(there, "bus", "late")
    edit(store, "claim", claim.kept.key, new_claim, revision=claim.kept.revision, by="ana")
    first = project(store).cases[0].segments[0]
    new_case = Case("c", segments=(first, there))
    edit(store, "case", case.kept.key, new_case, revision=case.kept.revision, by="ana")
    assert unplaced(store) == ()
    assert project(store).losses == ()
    assert {it.segment for it in project(store).codings} == {first, there}


def test_a_change_of_what_waits_does_not_put_it_into_the_new_text(revised):
    store, _, gone = revised
    # The same words at the same place, but of another speaker: it must not slip in there.
    new = "x" * gone.start + "The bus" + "y" * 60
    revise_source(store, Source("s", new), by="ben")
    key, revision = next((it.kept.key, it.kept.revision) for it in unplaced(store))
    waiting = next(it.kept for it in unplaced(store) if it.segment == gone)
    assert waiting.kind == "coding"
    edit_note(store, waiting.key, "a note", revision=waiting.revision, by="ana")
    recode(store, waiting.key, "v", revision=waiting.revision + 1, by="ana")
    assert waiting.key in {it.kept.key for it in unplaced(store) if it.kept.kind == "coding"}
    assert project(store).codings == ()
    move_coding(store, key, Segment("s", 0, 1, "x"), revision=revision, by="ana")
    assert len(project(store).codings) == 1


def test_a_third_version_finds_what_the_second_had_lost(revised):
    store, _, gone = revised
    revise_source(store, Source("s", NEW), by="ben")
    found = revise_source(store, Source("s", "So. " + LONG), by="ben")
    assert found.source.value.version == 3
    assert unplaced(store) == ()
    assert gone.start + 4 in {it.segment.start for it in project(store).codings}


def test_a_correction_is_taken_back_whole(revised):
    store, _, _ = revised
    whole = project(store)
    step = revise_source(store, Source("s", NEW), by="ben").step
    undo(store, step, by="ben")
    assert project(store) == whole
    assert check(store) == ()


def test_a_correction_is_not_taken_back_over_later_work(revised):
    store, _, _ = revised
    step = revise_source(store, Source("s", NEW), by="ben").step
    edit_note(store, 1, "x", revision=2, by="ana")
    with pytest.raises(Conflict):
        undo(store, step, by="ben")
    assert project(store).sources[0].version == 2


def test_whoever_looked_at_a_coding_before_the_correction_gets_a_conflict(revised):
    store, _, _ = revised
    revise_source(store, Source("s", NEW), by="ben")
    with pytest.raises(Conflict) as told:
        edit_note(store, 1, "x", revision=1, by="ana")
    assert told.value.stored == kept(store, "coding", 1)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (Source("t", NEW), "no source `t`"),
        (Source("s", LONG), "already this one"),
        (Source("s", "\ud800"), "half a character"),
    ],
)
def test_a_correction_that_is_none_is_refused(revised, source, told):
    store, _, _ = revised
    with pytest.raises(StoreError, match=told):
        revise_source(store, source, by="ben")
    assert len(every(store, "source")) == 1


@settings(max_examples=30, deadline=None)
@given(ANY, st.lists(ANY, max_size=3), st.data())
def test_no_coding_of_a_store_ever_has_other_words(tmp_path_factory, text, later, data):
    path = tmp_path_factory.mktemp("any") / "coding.db"
    codings = []
    for at in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        codings.append(Coding(Segment("s", start, end, text[start:end]), "c", f"coder {at}"))
    with open_store(path, create=True) as store:
        put_project(store, CodingProject(sources=(Source("s", text),)), "ana")
        add(store, Code("c", "c"), *codings, by="ana")
        for new in later:
            if new == project(store).sources[0].text:
                continue
            revise_source(store, Source("s", new), by="ben")
            whole = project(store)
            for coding in whole.codings:
                coding.segment.verify(whole.sources[0])
            assert len(whole.codings) + len(unplaced(store)) == len(codings)
            assert check(store) == ()
