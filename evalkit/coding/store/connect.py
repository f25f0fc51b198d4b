"""Opening a store, and reading or writing it in one piece."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Literal, Self, TypeVar

from evalkit.coding.store.records import StoreError
from evalkit.coding.store.schema import APPLICATION, MIGRATIONS, VERSION

WAIT = 60.0
"""Seconds that a writer waits for its turn."""

_PAUSE = 0.01
_MAGIC = b"SQLite format 3\x00"
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Store:
    """A coding store that is open. Threads may share it; another process opens its own.

    Attributes
    ----------
    path : pathlib.Path
    connection : sqlite3.Connection
    read_only : bool
    wait : float
        Seconds to wait for other writers.
    """

    path: Path
    connection: sqlite3.Connection = field(repr=False)
    read_only: bool = False
    wait: float = WAIT
    lock: RLock = field(default_factory=RLock, repr=False)
    process: int = field(default_factory=os.getpid, repr=False)

    def close(self) -> None:
        """Close the file; what was written is already safe."""
        self.connection.close()

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()


def open_store(
    path: str | Path, *, create: bool = False, read_only: bool = False, wait: float = WAIT
) -> Store:
    """Open a coding store, one SQLite file.

    A store of an earlier version is brought up to date in one transaction.

    Parameters
    ----------
    path : str or pathlib.Path
        Usually ``coding.db`` in the project folder.
    create : bool
        Make the store when there is none yet.
    read_only : bool
        Nothing can be written; also works from a disk that cannot be written to.
    wait : float
        Seconds to wait for other writers before giving up.

    Returns
    -------
    Store
        A context manager that closes itself.

    Raises
    ------
    StoreError
        There is no such file, it is no coding store or of a newer version, it is damaged, or it
        stands on a disk that cannot be written to.
    """
    path = Path(path)
    _look(path, create=create, read_only=read_only)
    with _told(path):
        connection = _connect(path, read_only=read_only, wait=wait)
        try:
            _prepare(connection, path, read_only=read_only, wait=wait)
        except BaseException:
            connection.close()
            raise
    return Store(path, connection, read_only=read_only, wait=wait)


@contextmanager
def reading(store: Store) -> Iterator[sqlite3.Connection]:
    """Read several things as they were at one moment, whatever others write meanwhile."""
    with _transaction(store, "BEGIN") as connection:
        yield connection


@contextmanager
def writing(store: Store) -> Iterator[sqlite3.Connection]:
    """Write everything or nothing; when this ends without an error it is on the disk."""
    if store.read_only:
        raise _error(store.path, "The store was opened for reading only.", "Open it for writing.")
    # IMMEDIATE: a writer waits for its turn before it reads what it is about to change.
    with _transaction(store, "BEGIN IMMEDIATE") as connection:
        yield connection


def copy_store(store: Store, path: str | Path) -> Path:
    """Write a copy of the store as a single file, as it is at this moment, to hand on.

    Raises
    ------
    StoreError
        There is a file of that name, or it cannot be written.
    """
    path = Path(path)
    if path.exists():
        raise _error(path, "There is a file of this name.", "Choose another name.")
    with store.lock, _told(path):
        copy = sqlite3.connect(path, isolation_level=None)
        try:
            store.connection.backup(copy)
            # Without the write-ahead log there is no second file that can be left behind.
            copy.execute("PRAGMA journal_mode = DELETE").fetchone()
        finally:
            copy.close()
    return path


@contextmanager
def _transaction(
    store: Store, begin: Literal["BEGIN", "BEGIN IMMEDIATE"]
) -> Iterator[sqlite3.Connection]:
    if store.process != os.getpid():
        wrong = "The store was opened by another process."
        raise _error(store.path, wrong, "Open it in the process that uses it.")
    connection = store.connection
    with store.lock, _told(store.path):
        _patiently(lambda: connection.execute(begin), store.wait)
        try:
            yield connection
            _patiently(lambda: connection.execute("COMMIT"), store.wait)
        except BaseException:
            # A full disk has already rolled back; the first error is the one to tell.
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


def _patiently(do: Callable[[], R], wait: float) -> R:
    """Do it again while the file is locked: recovery after a crash does not ask the busy handler."""
    until = time.monotonic() + wait
    while True:
        try:
            return do()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() >= until:
                raise
            time.sleep(_PAUSE)


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0


def _look(path: Path, *, create: bool, read_only: bool) -> None:
    """Refuse what can be seen without opening, so that no file is made by a mistake."""
    if path.is_dir():
        raise _error(path, "This is a folder.", "Name the file in it, such as `coding.db`.")
    if not path.exists() or not path.stat().st_size:
        if not create or read_only:
            wrong = "There is no coding store here."
            raise _error(path, wrong, "Check the name, or make one with `create=True`.")
        if not path.parent.is_dir():
            raise _error(path, "Its folder does not exist.", "Make the folder first.")
        return
    with _told(path), path.open("rb") as file:
        head = file.read(len(_MAGIC))
    if head != _MAGIC:
        raise _error(path, "The file is no coding store.", "Import it, or choose another file.")


def _connect(path: Path, *, read_only: bool, wait: float) -> sqlite3.Connection:
    if not read_only:
        return _opened(path, "mode=rwc", wait)
    connection = _opened(path, "mode=ro", wait)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        connection.close()
        log = path.with_name(path.name + "-wal")
        if _code(error) & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        if log.exists() and log.stat().st_size:
            wrong = "The last changes are still in the file beside it, and the disk is read-only."
            do = f"Copy it and `{log.name}` to a disk that can be written to."
            raise _error(path, wrong, do) from error
        # Nobody can write to this disk, so the file needs no lock.
        return _opened(path, "mode=ro&immutable=1", wait)
    return connection


def _opened(path: Path, mode: str, wait: float) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{mode}"
    # Own transactions, and threads in turn by the lock of the store.
    return sqlite3.connect(
        uri, uri=True, timeout=wait, isolation_level=None, check_same_thread=False
    )


def _prepare(connection: sqlite3.Connection, path: Path, *, read_only: bool, wait: float) -> None:
    """Check whose file it is, bring it up to date, and set how safely it is written."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    version = _patiently(lambda: _version(connection, path), wait)
    if version < VERSION and read_only:
        wrong = "An earlier version of evalkit wrote this store."
        raise _error(path, wrong, "Open it once for writing; that brings it up to date.")
    if not read_only:
        _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone(), wait)
        if version < VERSION:
            _migrate(connection, path, wait)


def _migrate(connection: sqlite3.Connection, path: Path, wait: float) -> None:
    _patiently(lambda: connection.execute("BEGIN IMMEDIATE"), wait)
    try:
        # Another process may have done it while this one waited.
        for step in MIGRATIONS[_version(connection, path) :]:
            for statement in step:
                connection.execute(statement)
        # A pragma takes no parameter; both are numbers of ours.
        connection.execute(f"PRAGMA application_id = {APPLICATION:d}")
        connection.execute(f"PRAGMA user_version = {VERSION:d}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of the tables; 0 for a file that was just made."""
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application != APPLICATION and (application or version or tables):
        wrong = "This is a database of another program, not a coding store."
        raise _error(path, wrong, "Import it (Taguette, QualCoder), or choose another file.")
    if version > VERSION:
        wrong = f"The store has version {version}; this evalkit knows versions up to {VERSION}."
        raise _error(path, wrong, "Install the newest evalkit.")
    return version


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in words what SQLite or the disk refuses."""
    try:
        yield
    except sqlite3.Error as error:
        wrong, do = _in_words(error)
        raise _error(path, wrong, do) from error
    except OSError as error:
        wrong = f"The file cannot be used ({error.strerror})."
        raise _error(path, wrong, "Check that you may read and write it.") from error


_WORDS = {
    sqlite3.SQLITE_BUSY: ("Others are writing to the store all the time.", "Try again later."),
    sqlite3.SQLITE_LOCKED: ("Others are writing to the store all the time.", "Try again later."),
    sqlite3.SQLITE_READONLY: (
        "The store cannot be written to: the file or its disk is read-only.",
        "Copy it to a disk that can be written to, or open it with `read_only=True`.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The file, or the files that belong beside it, cannot be opened.",
        "Check that you may write to its folder, or open it with `read_only=True`.",
    ),
    sqlite3.SQLITE_FULL: ("The disk is full; nothing of this step was kept.", "Make room."),
    sqlite3.SQLITE_CONSTRAINT: (
        "Something else in the store still needs it, or there is one like it.",
        "Change or remove that first.",
    ),
    sqlite3.SQLITE_CORRUPT: ("The store is damaged.", "Take the last copy or the dumped folder."),
    sqlite3.SQLITE_NOTADB: ("The file is no coding store.", "Choose another file."),
}


def _in_words(error: sqlite3.Error) -> tuple[str, str]:
    other = (f"SQLite refuses ({error}).", "Take a copy of the file, then try again.")
    return _WORDS.get(_code(error) & 0xFF, other)


def _error(path: Path, wrong: str, do: str) -> StoreError:
    return StoreError(wrong, do=do, file=str(path))
