"""Adding, changing and removing: what fits, what is refused, and what two people do at once."""

import hashlib
from dataclasses import replace

import pytest

from evalkit.coding.model import Case, Claim, Code, Coding, Link, Memo, Segment, Source, Value
from evalkit.coding.store import (
    Conflict,
    StoreError,
    add,
    add_case,
    add_claim,
    add_code,
    add_coding,
    add_memo,
    add_source,
    check,
    codings_of,
    edit,
    edit_note,
    events,
    every,
    history,
    kept,
    move_coding,
    open_store,
    original,
    project,
    recode,
    remove,
    remove_coding,
    undo,
)


def test_each_kind_of_thing_can_be_added(store):
    segment = Segment("talk", 0, 2, "We")
    add_case(store, Case("c", attributes={"age": Value("", "Integer", "refused")}), by="ana")
    add_memo(store, Memo("m", "x", about=("talk",)), by="ana")
    add_claim(store, Claim(segment, "visits", "reads", first_hand=False), by="ana")
    (link,) = add(store, Link("l", "visits", "reads"), by="ana")
    whole = project(store)
    assert whole.cases[0].attributes["age"].missing == "refused"
    assert whole.claims[0].first_hand is False
    assert (whole.links, link.revision) == ((link.value,), 1)
    assert check(store) == ()


def test_a_coding_has_a_number_and_a_revision(store, coded, talk):
    it = add_coding(store, coded(talk, "reads aloud", "reads", "ben"), by="ben")
    assert (it.kind, it.key, it.revision) == ("coding", 2, 1)
    assert kept(store, "coding", 2) == it
    assert codings_of(store, "talk") == (*every(store, "coding"),)


def test_several_things_are_one_step_all_or_none(store, coded, talk):
    count = len(events(store))
    good, bad = coded(talk, "most", "reads"), Coding(Segment("talk", 0, 1, "X"), "reads", "ana")
    with pytest.raises(StoreError, match="not those of the segment"):
        add(store, good, bad, by="ana")
    assert len(events(store)) == count
    add(store, Code("new", "New"), coded(talk, "most", "new"), by="ana")
    assert len({it.step for it in events(store)[count:]}) == 1


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        (
            Coding(Segment("talk", 7, 18, "Home visits"), "visits", "ana"),
            "not those of the segment",
        ),
        (Coding(Segment("talk", -5, 0, ""), "visits", "ana"), "not within its source"),
        (Coding(Segment("talk", 5, 2, ""), "visits", "ana"), "not within its source"),
        (Coding(Segment("talks", 0, 2, "We"), "visits", "ana"), "Did you mean `talk`"),
        (Coding(Segment("talk", 0, 2, "We"), "visit", "ana"), "Did you mean `visits`"),
        (Code("visits", "Other"), "There is a code `visits`"),
        (Code("", "Other"), "has no id"),
        (Code("more", "Visits"), "same words under the same parent"),
        (Code("more", "More", parent="none"), "not in the codebook"),
        (Source("talk", "x"), "revise_source"),
        (Source("new", "x", version=0), "versions count from 1"),
        (Case("c", sources=("talks",)), "names source `talks`"),
        (Memo("m", "half \ud83d"), "U.D83D. after “.*half ”"),
        (Source("s", "half \ude00"), "U.DE00. after “half ”"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(store, thing, told):
    count = len(events(store))
    with pytest.raises(StoreError, match=told) as error:
        add(store, thing, by="ana")
    assert error.value.do
    assert len(events(store)) == count


def test_a_homonym_may_stand_under_another_parent(store):
    add_code(store, Code("v2", "Visits", parent="reads"), by="ana")
    with pytest.raises(StoreError, match="same words"):
        add_code(store, Code("v3", "Visits", parent="reads"), by="ana")


def test_nobody_can_say_the_same_twice_in_one_round(store, coded, talk):
    with pytest.raises(StoreError, match="ana has already put `visits` on talk:7-18"):
        add_coding(store, coded(talk, "home visits", "visits"), by="ana")
    add_coding(store, coded(talk, "home visits", "visits", round="consensus"), by="ana")
    add_coding(store, coded(talk, "home visits", "visits", "ben"), by="ben")
    assert len(project(store).codings) == 3


def test_memos_of_one_id_are_refused_and_those_without_are_not(store):
    add(store, Memo("m", "x"), Memo("", "x"), Memo("", "x"), by="ana")
    with pytest.raises(StoreError, match="There is a memo `m`"):
        add_memo(store, Memo("m", "y"), by="ana")
    assert len(project(store).memos) == 3


def test_somebody_must_be_named(store):
    with pytest.raises(StoreError, match="Say who"):
        add_memo(store, Memo("m", "x"), by="")
    with pytest.raises(StoreError, match="half a character"):
        add_memo(store, Memo("m", "x"), by="\udc00")
    assert project(store).memos == ()


def test_the_bytes_of_a_source_must_be_those_it_was_read_from(store):
    data = b"\xef\xbb\xbfwords\r\n"
    source = Source("s", "words\n", sha256=hashlib.sha256(data).hexdigest())
    with pytest.raises(StoreError, match="not those it was read from"):
        add_source(store, source, by="ana", original=b"words\n")
    add_source(store, source, by="ana", original=data)
    assert original(store, "s") == data
    assert original(store, "s", 1) == data
    assert original(store, "s", 2) is None


def test_each_change_raises_the_revision_and_keeps_the_rest(store):
    recode(store, 1, "reads", revision=1, by="ana")
    move_coding(store, 1, Segment("talk", 0, 2, "We"), revision=2, by="ana")
    last = edit_note(store, 1, "why", revision=3, by="ana")
    assert last.revision == 4
    (coding,) = project(store).codings
    assert (coding.code, coding.segment.quote, coding.note) == ("reads", "We", "why")
    assert coding.coder == "ana"
    assert [it.verb for it in history(store, "coding", 1)] == ["add", "recode", "move", "edit"]


def test_a_change_that_does_not_fit_is_refused(store):
    for change in (
        lambda: recode(store, 1, "none", revision=1, by="ana"),
        lambda: move_coding(store, 1, Segment("talk", 0, 2, "No"), revision=1, by="ana"),
        lambda: edit(store, "coding", 1, Memo("m", "x"), revision=1, by="ana"),
        lambda: edit(store, "code", 1, Code("other", "Visits"), revision=1, by="ana"),
        lambda: edit(store, "code", 1, Code("visits", "V", parent="visits"), revision=1, by="ana"),
        lambda: edit(store, "source", 1, Source("talk", "new text"), revision=1, by="ana"),
        lambda: edit(store, "codes", 1, Code("visits", "V"), revision=1, by="ana"),
        lambda: edit(store, "memo", 1, Memo("m", "x"), revision=1, by="ana"),
        lambda: remove(store, "code", 1, revision=1, by="ana"),
        lambda: remove(store, "source", 1, revision=1, by="ana"),
        lambda: kept(store, "coding", 9),
    ):
        with pytest.raises(StoreError) as error:
            change()
        assert not isinstance(error.value, Conflict)
    assert len(events(store)) == 4


def test_the_title_of_a_source_can_be_changed_and_its_text_cannot(store, talk):
    edit(store, "source", 1, Source("talk", talk, title="A talk"), revision=1, by="ana")
    assert project(store).sources[0].title == "A talk"
    with pytest.raises(StoreError, match="revise_source"):
        edit(store, "source", 1, Source("talk", talk, version=2), revision=2, by="ana")


def test_the_second_of_two_who_edit_one_coding_gets_both_versions(store, path):
    with open_store(path) as other:
        seen = kept(store, "coding", 1)
        also_seen = kept(other, "coding", 1)
        edit_note(store, 1, "mine", revision=seen.revision, by="ana", at="2026-02-01T00:00:00Z")
        with pytest.raises(Conflict, match="changed by ana at 2026-02-01") as told:
            edit_note(other, 1, "theirs", revision=also_seen.revision, by="ben")
        assert told.value.yours.note == "theirs"
        assert told.value.stored.value.note == "mine"
        assert (told.value.by, told.value.stored.revision) == ("ana", 2)
        assert kept(other, "coding", 1).value.note == "mine"
        again = told.value.stored.revision
        edit_note(other, 1, "both", revision=again, by="ben")
    assert kept(store, "coding", 1).value.note == "both"


@pytest.mark.parametrize(
    "change",
    [
        lambda store: recode(store, 1, "reads", revision=1, by="ben"),
        lambda store: remove_coding(store, 1, revision=1, by="ben"),
        lambda store: edit_note(store, 1, "x", revision=1, by="ben"),
        lambda store: move_coding(store, 1, Segment("talk", 0, 1, "W"), revision=1, by="ben"),
    ],
)
def test_a_removal_that_was_not_seen_is_a_conflict_too(store, change):
    remove_coding(store, 1, revision=1, by="ana")
    with pytest.raises(Conflict, match="it was removed") as told:
        change(store)
    assert told.value.stored is None
    assert project(store).codings == ()


def test_a_revision_from_before_an_undo_is_old(store):
    edit_note(store, 1, "x", revision=1, by="ana")
    undo(store, events(store)[-1], by="ana")
    with pytest.raises(Conflict):
        edit_note(store, 1, "y", revision=1, by="ben")
    assert edit_note(store, 1, "y", revision=3, by="ben").revision == 4


def test_codes_and_memos_have_conflicts_too(store):
    code = kept(store, "code", 1).value
    edit(store, "code", 1, replace(code, define="one", version=2), revision=1, by="ana")
    with pytest.raises(Conflict) as told:
        edit(store, "code", 1, replace(code, define="two"), revision=1, by="ben")
    assert (told.value.yours.define, told.value.stored.value.define) == ("two", "one")
