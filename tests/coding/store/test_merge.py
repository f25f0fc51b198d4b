"""A whole project goes in and comes out the same, once, or not at all."""

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.coding.model import (
    Case,
    Code,
    Codebook,
    Coding,
    CodingProject,
    Memo,
    Segment,
    Source,
)
from evalkit.coding.store import (
    Conflict,
    StoreError,
    check,
    edit,
    events,
    every,
    open_store,
    original,
    project,
    put_project,
    undo,
)

SMALL = CodingProject(
    "Small",
    (Source("a", "Yes, it helped."),),
    Codebook((Code("h", "helped"), Code("n", "not"))),
    (Coding(Segment("a", 5, 14, "it helped"), "h", "ana"),),
)


def test_any_project_comes_out_as_it_went_in(projects, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")

    @settings(deadline=None, max_examples=40)
    @given(projects)
    def comes_out_the_same(whole):
        path = folder / "coding.db"
        path.unlink(missing_ok=True)
        with open_store(path, create=True) as store:
            put_project(store, whole, "ana", at="2026-01-01T00:00:00Z")
            found = project(store)
            assert found == whole
            # Order is not part of equality of mappings; files have one.
            assert [list(it.attributes) for it in found.sources] == [
                list(it.attributes) for it in whole.sources
            ]
            assert check(store) == ()
            assert put_project(store, whole, "ben") == 0
            if events(store):
                undo(store, 1, by="ben")
            assert project(store) == CodingProject()
            assert check(store) == ()

    comes_out_the_same()


def test_no_part_of_a_project_is_unknown_to_the_store():
    """A new field must be stored, and drawn by the strategy, before this list gets longer."""
    parts = "sources codebook codings cases memos claims links sets graphs users losses variables"
    assert {it.name for it in fields(CodingProject)} == {*parts.split(), "name", "note", "guid"}


def test_putting_it_in_twice_changes_nothing(store):
    first = put_project(store, SMALL, "ana")
    count = len(events(store))
    assert (put_project(store, SMALL, "ben"), len(events(store))) == (0, count)
    assert first > 0


def test_codings_that_a_project_has_twice_stay_two(path):
    twice = replace(SMALL, codings=SMALL.codings * 2)
    with open_store(path, create=True) as store:
        put_project(store, SMALL, "ana")
        put_project(store, twice, "ana")
        assert project(store).codings == twice.codings


def test_another_coder_s_project_is_added_to_the_first(store):
    theirs = replace(SMALL, codings=(replace(SMALL.codings[0], coder="ben"),))
    put_project(store, SMALL, "ana")
    put_project(store, theirs, "ben")
    assert {it.coder for it in project(store).codings} == {"ana", "ben"}


def test_every_fault_of_a_project_is_told_at_once_and_nothing_is_written(path):
    faulty = CodingProject(
        sources=(Source("a", "words"), Source("a", "other"), Source("", "x")),
        codebook=Codebook((Code("h", "h", parent="none"), Code("p", "p", parent="p"))),
        codings=(
            Coding(Segment("a", 0, 3, "wor"), "h", "ana"),
            Coding(Segment("b", 0, 3, "wor"), "hh", "ana"),
            Coding(Segment("a", 0, 99, "wor"), "h", "ana"),
        ),
        cases=(Case("c", sources=("zz",)),),
        memos=(Memo("m", "x"), Memo("m", "y")),
    )
    with open_store(path, create=True) as store:
        with pytest.raises(StoreError) as told:
            put_project(store, faulty, "ana")
        for part in (
            *("2 of kind source with the id `a`", "2 of kind memo", "A source has no id"),
            *("under `none`, which is not in the codebook", "Code `p` stands under itself"),
            *("words at a:0-3 are not", "no source `b`", "no code `hh`", "a:0-99 is not within"),
            "names source `zz`",
        ):
            assert part in str(told.value)
        assert project(store) == CodingProject()
        assert events(store) == ()


def test_many_faults_are_counted(path):
    codings = tuple(Coding(Segment("a", 0, 1, "z"), "h", f"c{at}") for at in range(25))
    with (
        open_store(path, create=True) as store,
        pytest.raises(StoreError, match="and 5 more"),
    ):
        put_project(store, replace(SMALL, codings=codings), "ana")


def test_a_thing_of_the_same_id_that_differs_is_refused_by_name(store):
    other = replace(SMALL, sources=(Source("talk", "Another text"),), codings=())
    with pytest.raises(StoreError, match="another source `talk`"):
        put_project(store, other, "ana")


def test_the_files_that_sources_were_read_from_are_kept(path):
    with open_store(path, create=True) as store:
        put_project(store, SMALL, "ana", originals={"a": b"Yes,\r\n"})
        assert original(store, "a") == b"Yes,\r\n"
        assert original(store, "h") is None


def test_the_log_names_who_imported_each_coding(path):
    with open_store(path, create=True) as store:
        step = put_project(store, SMALL, "ana", at="2026-02-03T00:00:00Z")
        assert {(it.step, it.by, it.at) for it in events(store)} == {
            (step, "ana", "2026-02-03T00:00:00Z")
        }


def test_an_import_is_not_taken_back_over_somebody_s_later_change(path):
    with open_store(path, create=True) as store:
        step = put_project(store, SMALL, "ana")
        (coding,) = every(store, "coding")
        edit(store, "coding", 1, replace(coding.value, note="x"), revision=1, by="ben")
        with pytest.raises(Conflict, match="changed by ben"):
            undo(store, step, by="ana")
        assert len(project(store).codings) == 1


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 3), st.sampled_from(["\ud800", "a\udfff"]))
def test_half_a_character_is_refused_wherever_it_stands(tmp_path_factory, at, half):
    parts = (
        replace(SMALL, sources=(*SMALL.sources, Source("b", f"x{half}"))),
        replace(SMALL, note=half),
        replace(SMALL, codings=(replace(SMALL.codings[0], note=half),)),
        replace(SMALL, memos=(Memo(half, "x"),)),
    )
    path = tmp_path_factory.mktemp("half") / "coding.db"
    with (
        open_store(path, create=True) as store,
        pytest.raises(StoreError, match="half a character"),
    ):
        put_project(store, parts[at], "ana")
