"""The tables of a coding store, and the steps from each version of them to the next."""

from __future__ import annotations

APPLICATION = 0x65766B63
"""``evkc`` in the header of the file: this SQLite file is a coding store."""

_FIRST = (
    """CREATE TABLE source (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        text TEXT NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (id, version))""",
    """CREATE TABLE code (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        parent TEXT REFERENCES code (id) DEFERRABLE INITIALLY DEFERRED,
        revision INTEGER NOT NULL,
        body TEXT NOT NULL)""",
    """CREATE TABLE coding (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL,
        version INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        code TEXT NOT NULL REFERENCES code (id) DEFERRABLE INITIALLY DEFERRED,
        coder TEXT NOT NULL,
        revision INTEGER NOT NULL,
        body TEXT NOT NULL,
        FOREIGN KEY (source, version) REFERENCES source (id, version)
            DEFERRABLE INITIALLY DEFERRED)""",
    # Everything else: cases, memos, claims, links, sets, graphs, users, losses, the project.
    """CREATE TABLE entry (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        id TEXT,
        source TEXT,
        version INTEGER,
        revision INTEGER NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (kind, id),
        FOREIGN KEY (source, version) REFERENCES source (id, version)
            DEFERRABLE INITIALLY DEFERRED)""",
    """CREATE TABLE event (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        step INTEGER NOT NULL,
        at TEXT NOT NULL,
        by TEXT NOT NULL,
        verb TEXT NOT NULL,
        kind TEXT NOT NULL,
        key INTEGER NOT NULL,
        before TEXT,
        after TEXT,
        undoes INTEGER NOT NULL)""",
    "CREATE INDEX code_parent ON code (parent)",
    "CREATE INDEX coding_source ON coding (source, version, first, last)",
    "CREATE INDEX coding_code ON coding (code)",
    "CREATE INDEX entry_source ON entry (source, version)",
    """CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
        BEGIN SELECT RAISE(ABORT, 'the log of events only grows'); END""",
    """CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event
        BEGIN SELECT RAISE(ABORT, 'the log of events only grows'); END""",
    """CREATE TRIGGER text_is_never_changed BEFORE UPDATE OF id, version, text ON source
        BEGIN SELECT RAISE(ABORT, 'a text is never changed: add a new version'); END""",
)

_ORIGINALS = (
    # The bytes a text was decoded from, beside it: reading texts must not read them.
    """CREATE TABLE original (
        source INTEGER PRIMARY KEY REFERENCES source (key) DEFERRABLE INITIALLY DEFERRED,
        bytes BLOB NOT NULL)""",
    "CREATE INDEX event_of ON event (kind, key)",
)

MIGRATIONS = (_FIRST, _ORIGINALS)
"""Step ``n`` makes version ``n + 1`` of version ``n``; a step that was released never changes."""

VERSION = len(MIGRATIONS)
