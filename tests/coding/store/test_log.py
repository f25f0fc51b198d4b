"""The log tells everything, and every step can be taken back, once and again."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from evalkit.coding.model import Code, Coding, Segment, Source
from evalkit.coding.store import (
    Conflict,
    StoreError,
    add,
    add_coding,
    add_source,
    check,
    edit_note,
    events,
    every,
    history,
    open_store,
    original,
    project,
    recode,
    remove,
    remove_coding,
    undo,
)


def test_an_event_says_who_when_before_and_after(store):
    edit_note(store, 1, "why", revision=1, by="ben", at="2026-02-01T12:00:00Z")
    (event,) = events(store, since=4)
    assert (event.number, event.step, event.at, event.by) == (5, 5, "2026-02-01T12:00:00Z", "ben")
    assert (event.verb, event.kind, event.key) == ("edit", "coding", 1)
    assert "note" not in event.before["value"]
    assert (event.after["value"]["note"], event.after["revision"]) == ("why", 2)


def test_an_event_without_a_time_has_the_present_one(store):
    edit_note(store, 1, "why", revision=1, by="ben")
    assert events(store)[-1].at.endswith("Z")
    assert events(store)[-1].at > "2026"


def test_a_removal_stays_in_the_log_and_comes_back(store):
    whole = project(store)
    remove_coding(store, 1, revision=1, by="ana")
    assert project(store).codings == ()
    (back,) = undo(store, events(store)[-1], by="ben")
    assert (back.verb, back.undoes, back.by) == ("add", 5, "ben")
    assert project(store) == whole
    assert every(store, "coding")[0].key == 1
    assert [it.verb for it in history(store, "coding", 1)] == ["add", "remove", "add"]


def test_undoing_an_undo_does_it_again(store):
    recode(store, 1, "reads", revision=1, by="ana")
    after = project(store)
    undo(store, 5, by="ana")
    assert project(store).codings[0].code == "visits"
    undo(store, 6, by="ana")
    assert project(store) == after


def test_a_step_of_several_things_is_taken_back_whole(store, coded, talk):
    whole = project(store)
    add(store, Code("new", "New"), coded(talk, "most", "new"), by="ana")
    undone = undo(store, 6, by="ana")
    assert [(it.verb, it.kind) for it in undone] == [("remove", "coding"), ("remove", "code")]
    assert project(store) == whole
    undo(store, undone[0], by="ana")
    assert project(store).codebook.by_id["new"].words == "New"
    assert check(store) == ()


def test_a_source_that_comes_back_has_its_text_and_its_bytes(store):
    add_source(store, Source("s", "a\r\nb \u2028"), by="ana", original=b"\x00\xff")
    undo(store, 5, by="ana")
    assert original(store, "s") is None
    undo(store, 6, by="ana")
    assert project(store).sources[1].text == "a\r\nb \u2028"
    assert original(store, "s") == b"\x00\xff"
    remove(store, "source", 2, revision=2, by="ana")
    assert len(project(store).sources) == 1


def test_steps_are_taken_back_one_after_the_other(store):
    whole = project(store)
    edit_note(store, 1, "one", revision=1, by="ana")
    edit_note(store, 1, "two", revision=2, by="ana")
    remove_coding(store, 1, revision=3, by="ana")
    for number in (7, 6, 5):
        undo(store, number, by="ana")
    assert project(store) == whole
    assert every(store, "coding")[0].revision == 6


def test_what_was_changed_since_is_not_undone_over_it(store):
    edit_note(store, 1, "one", revision=1, by="ana")
    edit_note(store, 1, "two", revision=2, by="ben")
    with pytest.raises(Conflict, match="changed by ben") as told:
        undo(store, 5, by="ana")
    assert told.value.stored.value.note == "two"
    assert told.value.yours.note == ""
    undo(store, 6, by="ana")
    assert project(store).codings[0].note == "one"


def test_a_source_or_code_that_others_need_is_not_taken_away(path):
    with open_store(path.with_name("b.db"), create=True) as other:
        add(other, Source("talk", "We"), by="ana")
        add(other, Code("v", "v"), by="ana")
        add_coding(other, Coding(Segment("talk", 0, 2, "We"), "v", "ana"), by="ana")
        for event in (1, 2):
            with pytest.raises(StoreError, match="still needs it"):
                undo(other, event, by="ben")
        assert check(other) == ()


def test_a_coding_does_not_come_back_without_its_code(store):
    remove_coding(store, 1, revision=1, by="ana")
    remove(store, "code", 1, revision=1, by="ana")
    with pytest.raises(StoreError, match=r"no code `visits`|still needs"):
        undo(store, 5, by="ana")
    undo(store, 6, by="ana")
    undo(store, 5, by="ana")
    assert len(project(store).codings) == 1


def test_an_event_that_is_not_there_cannot_be_undone(store):
    with pytest.raises(StoreError, match="no event 99"):
        undo(store, 99, by="ana")


TEXT = "one two three four five"


class Coders(RuleBasedStateMachine):
    """Anything that people do, taken back from its end, gives each state before it again."""

    def __init__(self):
        super().__init__()
        self.store = open_store(self.folder / f"{self.count()}.db", create=True)
        codes = [Code(it, it) for it in ("a", "b", "c")]
        add(self.store, Source("s", TEXT), *codes, by="lead")
        self.states = []

    def count(self):
        return len(list(self.folder.glob("*.db")))

    def remember(self):
        self.states.append((project(self.store), len(events(self.store))))

    @rule(start=st.integers(0, 20), code=st.sampled_from("abc"), coder=st.sampled_from("xy"))
    def put(self, start, code, coder):
        said = {(it.segment.start, it.code, it.coder) for it in project(self.store).codings}
        if (start, code, coder) not in said:
            self.remember()
            segment = Segment("s", start, start + 3, TEXT[start : start + 3])
            add_coding(self.store, Coding(segment, code, coder), by=coder)

    @precondition(lambda self: every(self.store, "coding"))
    @rule(data=st.data(), what=st.sampled_from(["note", "recode", "remove"]))
    def change(self, data, what):
        it = data.draw(st.sampled_from(every(self.store, "coding")))
        self.remember()
        if what == "note":
            edit_note(self.store, it.key, f"n{it.revision}", revision=it.revision, by="x")
        elif what == "recode":
            recode(self.store, it.key, "c", revision=it.revision, by="x")
        else:
            remove_coding(self.store, it.key, revision=it.revision, by="x")

    @precondition(lambda self: self.states)
    @rule()
    def undo_last(self):
        before, count = self.states.pop()
        undo(self.store, count + 1, by="z")
        assert project(self.store) == before

    def teardown(self):
        while self.states:
            self.undo_last()
        assert check(self.store) == ()
        made = [it for it in events(self.store) if it.kind == "coding" and it.after]
        # No revision of a coding ever means two things.
        assert len(made) == len({(it.key, it.after["revision"]) for it in made})
        self.store.close()


def test_anything_that_people_do_can_be_taken_back_step_by_step(tmp_path):
    from hypothesis.stateful import run_state_machine_as_test

    machine = type("Machine", (Coders,), {"folder": tmp_path})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=30, stateful_step_count=15, deadline=None)
    )
