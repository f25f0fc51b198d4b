"""Opening a store: what it makes sure of, what it refuses, and who may use it at once."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.coding.model import Memo, Source
from evalkit.coding.store import (
    StoreError,
    add_memo,
    check,
    copy_store,
    events,
    open_store,
    project,
)
from evalkit.coding.store.connect import reading, writing
from evalkit.coding.store.schema import VERSION
from evalkit.errors import CodingError

GOLDEN = Path(__file__).parents[2] / "golden" / "coding_store"


def pragma(store, name):
    return store.connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_store_is_as_safe_as_sqlite_can_make_it(store):
    assert pragma(store, "journal_mode") == "wal"
    assert pragma(store, "synchronous") == 2  # FULL
    assert pragma(store, "foreign_keys") == 1
    assert pragma(store, "application_id") == 0x65766B63
    assert pragma(store, "user_version") == VERSION


def test_what_was_written_is_there_when_it_is_opened_again(store, path):
    whole = project(store)
    with open_store(path) as again:
        assert project(again) == whole
        assert [it.path for it in (store, again)] == [path, path]


def test_a_store_of_version_1_is_brought_up_to_date_with_everything_in_it(path):
    shutil.copy(GOLDEN / "v1.db", path)
    expected = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
    with pytest.raises(StoreError, match="Open it once for writing"):
        open_store(path, read_only=True)
    with open_store(path) as store:
        assert pragma(store, "user_version") == VERSION
        whole = project(store)
        (source,), (coding,) = whole.sources, whole.codings
        assert (source.text, source.title) == (expected["text"], expected["title"])
        assert whole.codebook.codes[0].words == expected["code"]
        assert (coding.segment.quote, coding.note) == (expected["quote"], expected["note"])
        assert (coding.coder, len(events(store))) == (expected["coder"], expected["events"])
        assert check(store) == ()
        assert add_memo(store, Memo("m", "new"), by="ben").revision == 1


def test_a_migration_that_fails_leaves_the_old_version_whole(path, monkeypatch):
    shutil.copy(GOLDEN / "v1.db", path)
    from evalkit.coding.store import connect

    broken = (*connect.MIGRATIONS[:1], ("CREATE TABLE original (x)", "CREATE NONSENSE"))
    monkeypatch.setattr(connect, "MIGRATIONS", broken)
    with pytest.raises(StoreError):
        open_store(path)
    monkeypatch.undo()
    with open_store(path) as store:
        assert len(project(store).codings) == 1


def other_database(path):
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE documents (id)")


def newer(path):
    open_store(path, create=True).close()
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA user_version = 99")


def damaged(path):
    with open_store(path, create=True) as store:
        for at in range(30):
            add_memo(store, Memo(f"m{at}", "words " * 400), by="ana")
        copy_store(store, path.with_name("copy.db"))
    data = bytearray(path.with_name("copy.db").read_bytes())
    data[4096:] = b"\x55" * (len(data) - 4096)
    path.write_bytes(data)


REFUSED = {
    "nothing": (lambda _: None, "There is no coding store here"),
    "an empty file": (lambda path: path.touch(), "There is no coding store here"),
    "a folder": (lambda path: path.mkdir(), "This is a folder"),
    "a text": (lambda path: path.write_text("source,quote,code\n" * 9), "is no coding store"),
    "another database": (other_database, "database of another program"),
    "a newer store": (newer, "Install the newest evalkit"),
    "half a database": (
        lambda path: path.write_bytes(b"SQLite format 3\x00" + b"\x07" * 500),
        "no coding store|damaged",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_store_is_refused_in_words(path, kind, read_only):
    make, told = REFUSED[kind]
    make(path)
    with pytest.raises(CodingError, match=told) as error:
        open_store(path, read_only=read_only)
    assert str(path) in str(error.value)
    assert error.value.do


def test_no_file_is_made_by_a_name_mistyped(path):
    with pytest.raises(StoreError):
        open_store(path)
    assert not path.exists()
    with pytest.raises(StoreError, match="folder does not exist"):
        open_store(path / "a" / "coding.db", create=True)


def test_a_damaged_store_is_told_as_such(path):
    damaged(path)
    with pytest.raises(StoreError, match="damaged"), open_store(path) as store:
        project(store)


def test_a_store_opened_for_reading_is_never_written(store, path):
    with open_store(path, read_only=True) as other:
        assert project(other) == project(store)
        with pytest.raises(StoreError, match="opened for reading only"):
            add_memo(other, Memo("m", "x"), by="ana")


@contextmanager
def powerless():
    """Do without the rights of root, which no read-only folder stops."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(me)


@pytest.fixture
def locked(store):
    """A store in a folder that nobody may write to."""
    folder = Path(tempfile.mkdtemp())
    copy_store(store, folder / "coding.db")
    with open_store(folder / "coding.db"):
        pass
    (folder / "coding.db").chmod(0o444)
    folder.chmod(0o555)
    yield folder / "coding.db"
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_store_on_a_read_only_disk_can_be_read(locked, store):
    with powerless(), open_store(locked, read_only=True) as other:
        assert project(other) == project(store)


def test_writing_on_a_read_only_disk_says_so(locked):
    with (
        powerless(),
        pytest.raises(StoreError, match="read_only=True"),
        open_store(locked) as other,
    ):
        add_memo(other, Memo("m", "x"), by="ana")


def test_a_log_that_a_read_only_disk_holds_back_is_not_ignored(locked):
    locked.parent.chmod(0o755)
    locked.with_name("coding.db-wal").write_bytes(b"changes")
    locked.parent.chmod(0o555)
    with powerless(), pytest.raises(StoreError, match=r"Copy it and `coding\.db-wal`"):
        open_store(locked, read_only=True)


def test_a_writer_that_waits_too_long_is_told_to_try_again(store, path):
    with (
        open_store(path, wait=0.05) as other,
        writing(store),
        pytest.raises(StoreError, match="Try again later"),
    ):
        add_memo(other, Memo("m", "x"), by="ben")


def test_a_reader_does_not_wait_for_a_writer_and_sees_nothing_half_done(store, path):
    with open_store(path, wait=0.05) as other, writing(store) as connection:
        connection.execute("DELETE FROM coding")
        assert len(project(other).codings) == 1
        connection.execute("INSERT INTO code VALUES (9, 'x', 'x', 1, '{}')")


def test_a_reader_sees_one_moment_while_others_write(store, path):
    with open_store(path) as other, reading(other) as connection:
        before = connection.execute("SELECT count(*) FROM event").fetchone()
        add_memo(store, Memo("m", "x"), by="ben")
        assert connection.execute("SELECT count(*) FROM event").fetchone() == before


def test_an_error_in_the_middle_leaves_nothing(store):
    whole = project(store)

    def stop_half_way():
        with writing(store) as connection:
            connection.execute("DELETE FROM coding")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        stop_half_way()
    assert project(store) == whole


def test_threads_share_a_store(store):
    def write(at):
        for number in range(10):
            add_memo(store, Memo(f"{at}-{number}", "x"), by=f"t{at}")

    threads = [threading.Thread(target=write, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(project(store).memos) == 40
    assert len({it.number for it in events(store)}) == len(events(store))


def test_a_store_of_another_process_is_refused(store):
    elsewhere = replace(store, process=store.process + 1)
    with pytest.raises(StoreError, match="another process"):
        project(elsewhere)


def test_processes_that_make_the_same_store_at_once_all_succeed(path):
    code = (
        "import sys; from evalkit.coding.store import *; from evalkit.coding.model import Source\n"
        "with open_store(sys.argv[1], create=True) as store:\n"
        "    add_source(store, Source(sys.argv[2], 'words'), by=sys.argv[2])\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), f"p{at}"]) for at in range(4)
    ]
    assert [it.wait(60) for it in running] == [0] * 4
    with open_store(path) as store:
        assert {it.id for it in project(store).sources} == {"p0", "p1", "p2", "p3"}
        assert check(store) == ()


def test_a_copy_is_one_file_with_everything(store, tmp_path):
    copy = copy_store(store, tmp_path / "copy.db")
    with open_store(copy, read_only=True) as other:
        assert project(other) == project(store)
    assert [it.name for it in tmp_path.glob("copy.db*")] == ["copy.db"]
    with pytest.raises(StoreError, match="Choose another name"):
        copy_store(store, copy)


def test_texts_and_the_log_cannot_be_changed_even_by_hand(store):
    for statement in (
        "UPDATE source SET text = 'other'",
        "UPDATE event SET by = 'nobody'",
        "DELETE FROM event",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            store.connection.execute(statement)


def test_no_text_breaks_the_sql(path):
    nasty = "'; DROP TABLE source; --\x00\"\\"
    with open_store(path, create=True) as store:
        from evalkit.coding.store import add_source

        add_source(store, Source(nasty, nasty, title=nasty), by=nasty)
        (source,) = project(store).sources
        assert (source.id, source.text, source.title) == (nasty, nasty, nasty)
        assert events(store)[0].by == nasty
