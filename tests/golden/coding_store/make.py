"""Make ``v1.db``: a store as the first version of the tables had it. Run once; never again.

A file that version 1 wrote cannot be made by a later version, so this script does by hand what
that one did. The words are invented.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from evalkit.coding.store.schema import APPLICATION, MIGRATIONS

TEXT = "We had home visits. Zoë said: “it helped” 😀."
SEGMENT = {"source": "talk", "start": 7, "end": 18, "quote": "home visits", "version": 1}


def main(path: Path) -> None:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA page_size = 1024")
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION:d}")
    connection.execute("PRAGMA user_version = 1")
    values = {
        "source": {"id": "talk", "title": "A talk"},
        "code": {"id": "visits", "words": "Home visits"},
        "coding": {"segment": SEGMENT, "code": "visits", "coder": "ana", "note": "first"},
    }
    bodies = {kind: json.dumps(value, ensure_ascii=False) for kind, value in values.items()}
    connection.execute(
        "INSERT INTO source (id, version, revision, text, body) VALUES ('talk', 1, 1, ?, ?)",
        (TEXT, bodies["source"]),
    )
    connection.execute(
        "INSERT INTO code (id, parent, revision, body) VALUES ('visits', NULL, 1, ?)",
        (bodies["code"],),
    )
    connection.execute(
        "INSERT INTO coding (source, version, first, last, code, coder, revision, body) "
        "VALUES ('talk', 1, 7, 18, 'visits', 'ana', 1, ?)",
        (bodies["coding"],),
    )
    for kind, body in bodies.items():
        connection.execute(
            "INSERT INTO event (step, at, by, verb, kind, key, before, after, undoes) "
            "VALUES (1, '2026-01-10T09:00:00Z', 'ana', 'add', ?, 1, NULL, ?, 0)",
            (kind, f'{{"revision":1,"value":{body}}}'),
        )
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.close()


if __name__ == "__main__":
    main(Path(__file__).with_name("v1.db"))
