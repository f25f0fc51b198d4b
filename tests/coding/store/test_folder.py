"""A dumped folder holds everything, is the same each time, and is refused when it is not whole."""

import json
import shutil
from dataclasses import replace

import pytest
from hypothesis import given, settings

from evalkit.coding.model import Source
from evalkit.coding.store import (
    StoreError,
    add_source,
    check,
    dump,
    edit_note,
    events,
    every,
    load,
    open_store,
    original,
    project,
    put_project,
    remove_coding,
    revise_source,
    undo,
)


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def everything(store):
    kinds = ("project", "source", "code", "case", "coding", "memo", "claim", "loss", "graph")
    return [project(store), events(store), *(every(store, kind) for kind in kinds)]


def test_any_store_comes_back_from_its_folder_with_its_log(projects, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")

    @settings(deadline=None, max_examples=25)
    @given(projects)
    def comes_back(whole):
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        with open_store(folder / "a.db", create=True) as store:
            put_project(store, whole, "ana\u2028\x85")
            for it in every(store, "coding")[:1]:
                edit_note(store, it.key, "changed\r\n", revision=1, by="ben")
            for it in every(store, "coding")[-1:]:
                remove_coding(store, it.key, revision=it.revision, by="ben")
            dump(store, folder / "one")
            before = everything(store)
        with load(folder / "one", folder / "b.db") as again:
            assert everything(again) == before
            assert check(again) == ()
            dump(again, folder / "two")
        assert files(folder / "one") == files(folder / "two")

    comes_back()


def test_texts_are_files_byte_for_byte_and_git_is_told_to_leave_them(store, tmp_path):
    add_source(store, Source("Zoë/..", "a\r\nb\rc\u2028 "), by="lead", original=b"\xff\x00")
    folder = dump(store, tmp_path / "dump")
    assert (folder / "sources" / "000002-Zo.v1.txt").read_bytes() == "a\r\nb\rc\u2028 ".encode()
    assert (folder / "sources" / "000002-Zo.v1.original").read_bytes() == b"\xff\x00"
    assert "-text" in (folder / ".gitattributes").read_text()
    with load(folder, tmp_path / "b.db") as again:
        assert original(again, "Zoë/..") == b"\xff\x00"


def test_a_line_changes_where_a_thing_changed_and_nowhere_else(store, tmp_path):
    folder = dump(store, tmp_path / "dump")
    before = files(folder)
    edit_note(store, 1, "more", revision=1, by="ana")
    dump(store, folder)
    changed = {name for name, data in files(folder).items() if before.get(name) != data}
    assert changed == {"coding.jsonl", "events.jsonl", "store.json"}


def test_other_files_of_the_folder_stay_and_old_texts_go(store, tmp_path):
    folder = tmp_path / "dump"
    (folder / "sources").mkdir(parents=True)
    for name in ("README.md", "sources/mine.txt", "sources/000009-old.v1.txt"):
        (folder / name).write_text("x")
    dump(store, folder)
    assert (folder / "README.md").exists()
    assert sorted(it.name for it in (folder / "sources").iterdir()) == [
        "000001-talk.v1.txt",
        "mine.txt",
    ]


def test_numbers_of_removed_things_do_not_come_again_after_loading(store, coded, talk, tmp_path):
    remove_coding(store, 1, revision=1, by="ana")
    with load(dump(store, tmp_path / "dump"), tmp_path / "b.db") as again:
        put_project(again, replace(project(again), codings=(coded(talk, "home", "visits"),)), "ana")
        assert [it.key for it in every(again, "coding")] == [2]


def test_undo_works_after_loading(store, talk, tmp_path):
    step = revise_source(store, Source("talk", "So: " + talk), by="ana").step
    with load(dump(store, tmp_path / "dump"), tmp_path / "b.db") as again:
        undo(again, step, by="ben")
        assert project(again).sources[0].text == talk


def spoil_text(folder):
    (folder / "sources" / "000001-talk.v1.txt").write_text("We had no visits")


def spoil_quote(folder):
    path = folder / "coding.jsonl"
    path.write_text(path.read_text().replace("home visits", "home-visits"))


def spoil_line(folder):
    (folder / "code.jsonl").write_text("{\n")


def spoil_fields(folder):
    path = folder / "code.jsonl"
    path.write_text(path.read_text().replace('"words"', '"wordz"'))


def spoil_path(folder):
    path = folder / "source.jsonl"
    path.write_text(path.read_text().replace("000001-talk.v1.txt", "../../secret"))


def spoil_code(folder):
    (folder / "code.jsonl").write_text("")


def spoil_format(folder):
    head = json.loads((folder / "store.json").read_text())
    (folder / "store.json").write_text(json.dumps({**head, "format": "evalkit-coding/9"}))


def take_away_head(folder):
    (folder / "store.json").unlink()


def take_away_log(folder):
    (folder / "events.jsonl").unlink()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (spoil_text, "changed since it was dumped"),
        (spoil_quote, "words at talk:7-18 are not"),
        (spoil_line, "code.jsonl:1: The line is not one"),
        (spoil_fields, "does not have the fields"),
        (spoil_path, "source.jsonl:1: The line is not one"),
        (spoil_code, "still needs it"),
        (spoil_format, "install the newest evalkit"),
        (take_away_head, "no whole dump"),
        (take_away_log, "cannot be read"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused_and_leaves_no_store(store, tmp_path, spoil, told):
    folder = dump(store, tmp_path / "dump")
    spoil(folder)
    with pytest.raises(StoreError, match=told):
        load(folder, tmp_path / "b.db")
    assert not list(tmp_path.glob("b.db*"))


def test_a_store_is_never_loaded_over_another(store, tmp_path):
    with pytest.raises(StoreError, match="a file of this name"):
        load(dump(store, tmp_path / "dump"), store.path)


def test_a_folder_that_cannot_be_made_is_told(store, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be written to"):
        dump(store, tmp_path / "file")
