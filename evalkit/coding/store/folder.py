"""A store as a folder that can be compared and kept in git, and back; nothing is lost on the way.

One file of JSON lines for each kind of thing and one for the log, in the order of their numbers;
each text, and each file it was read from, in a file of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from evalkit.coding.store.connect import Store, open_store, reading, writing
from evalkit.coding.store.look import bound
from evalkit.coding.store.records import KINDS, StoreError
from evalkit.coding.store.step import event_of
from evalkit.coding.store.table import Row, insert_rows, original_of, rows_of

FORMAT = "evalkit-coding/1"
_HEAD = "store.json"
_EVENTS = "events.jsonl"
_TEXTS = "sources"
_ATTRIBUTES = "# Line ends are part of the texts: git must not change them.\n* -text\n"
_EVENT_FIELDS = ("number", "step", "at", "by", "verb", "kind", "key", "before", "after", "undoes")
_AGAIN = "Dump the store again, or take an earlier state of the folder."
_NAME = re.compile(r"\d{6,}(-[\w.-]+)?\.v\d+\.(txt|original)")


def dump(store: Store, folder: str | Path) -> Path:
    """Write a store as a folder; a dump that stands there is replaced, other files stay.

    Parameters
    ----------
    store : Store
    folder : str or pathlib.Path
        Made when it is not there.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    StoreError
        It cannot be written to.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".dump-", dir=folder) as made:
            _write(store, Path(made))
            _swap(Path(made), folder)
    except OSError as error:
        wrong = f"The folder cannot be written to ({error.strerror})."
        raise StoreError(wrong, do="Choose another one.", file=str(folder)) from error
    return folder


def load(folder: str | Path, path: str | Path) -> Store:
    """Make a store of a dumped folder, log included, and return it open.

    Parameters
    ----------
    folder : str or pathlib.Path
    path : str or pathlib.Path
        The new store; there must be none of this name.

    Returns
    -------
    Store

    Raises
    ------
    StoreError
        It is no whole dump, or does not fit together: a text was changed by hand, say. No store
        is left behind then.
    """
    folder, path = Path(folder), Path(path)
    head = _head(folder)
    if path.exists():
        raise StoreError("There is a file of this name.", do="Choose another.", file=str(path))
    store = open_store(path, create=True)
    try:
        _read(store, folder, head)
    except BaseException:
        store.close()
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        raise
    return store


def _write(store: Store, folder: Path) -> None:
    (folder / _TEXTS).mkdir()
    with reading(store) as connection:
        for kind in KINDS:
            rows = rows_of(connection, kind)
            _write_lines(folder / f"{kind}.jsonl", (_line(connection, row, folder) for row in rows))
        log = connection.execute(
            "SELECT number, step, at, by, verb, kind, key, before, after, undoes FROM event "
            "ORDER BY number"
        )
        told = (event_of(row) for row in log)
        lines = ({name: getattr(it, name) for name in _EVENT_FIELDS} for it in told)
        _write_lines(folder / _EVENTS, lines)
        last = dict(connection.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name"))
    (folder / ".gitattributes").write_text(_ATTRIBUTES, encoding="utf-8")
    head = json.dumps({"format": FORMAT, "last_numbers": last}, indent=2, ensure_ascii=False)
    (folder / _HEAD).write_text(head + "\n", encoding="utf-8", newline="\n")


def _line(connection: sqlite3.Connection, row: Row, folder: Path) -> dict[str, Any]:
    """Return a row as a line has it, and write the text of a source to its file, and its bytes."""
    line: dict[str, Any] = {"key": row.key, "revision": row.revision, "value": row.value}
    if row.kind == "source":
        version = row.value.get("version", 1)
        data = row.text.encode()
        line["file"] = f"{row.key:06d}{_slug(row.value['id'])}.v{version}.txt"
        line["text_sha256"] = hashlib.sha256(data).hexdigest()
        path = folder / _TEXTS / line["file"]
        path.write_bytes(data)
        kept = original_of(connection, row.key)
        if kept is not None:
            line["original_sha256"] = hashlib.sha256(kept).hexdigest()
            path.with_suffix(".original").write_bytes(kept)
    return line


def _slug(id: str) -> str:
    """Return what of an id may stand in a file name on every system; the number tells them apart."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", id).strip("-")[:40]
    return f"-{plain}" if plain else ""


def _write_lines(path: Path, lines: Iterable[object]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _swap(made: Path, folder: Path) -> None:
    """Put the new files in place of the old; without its head a folder is no dump meanwhile."""
    (folder / _HEAD).unlink(missing_ok=True)
    texts = folder / _TEXTS
    texts.mkdir(exist_ok=True)
    new = {path.name for path in (made / _TEXTS).iterdir()}
    for path in texts.iterdir():
        if _NAME.fullmatch(path.name) and path.name not in new:
            path.unlink()
    for path in (made / _TEXTS).iterdir():
        path.replace(texts / path.name)
    (made / _TEXTS).rmdir()
    for path in sorted(made.iterdir(), key=lambda it: (it.name == _HEAD, it.name)):
        shutil.move(path, folder / path.name)


def _head(folder: Path) -> dict[str, Any]:
    path = folder / _HEAD
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        wrong = "This folder is no whole dump of a store (`store.json`)."
        raise StoreError(wrong, do=_AGAIN, file=str(folder)) from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        wrong = "`format` is not one that this evalkit knows."
        raise StoreError(
            wrong, do=f"It knows {FORMAT}: install the newest evalkit.", file=str(path)
        )
    return head


def _read(store: Store, folder: Path, head: dict[str, Any]) -> None:
    texts: dict[tuple[str, int], str] = {}
    with writing(store) as connection:
        for kind in KINDS:
            path = folder / f"{kind}.jsonl"
            for row in _lines(path, partial(_row, folder, kind)):
                if kind == "source":
                    texts[row.value["id"], row.value.get("version", 1)] = row.text
                _verify(row, texts, path)
                insert_rows(connection, [row])
        connection.executemany(
            "INSERT INTO event (number, step, at, by, verb, kind, key, before, after, undoes) "
            "VALUES (?,?,?,?,?,?,?,?,?,?)",
            _lines(folder / _EVENTS, _event),
        )
        connection.execute("DELETE FROM sqlite_sequence")
        connection.executemany(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?,?)", head["last_numbers"].items()
        )


def _lines(path: Path, made: Callable[[dict[str, Any]], Any]) -> Iterator[Any]:
    try:
        # Only a line feed ends a line: texts may have other line ends in them.
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        wrong = f"A file of the dump cannot be read ({error.strerror})."
        raise StoreError(wrong, do=_AGAIN, file=str(path)) from error
    for number, line in enumerate(lines, 1):
        try:
            yield made(json.loads(line))
        except (ValueError, KeyError, TypeError, OSError) as error:
            wrong = f"The line is not one that a dump has ({error})."
            raise StoreError(wrong, do=_AGAIN, file=str(path), line=number) from error


def _row(folder: Path, kind: str, line: dict[str, Any]) -> Row:
    text, original = "", None
    if kind == "source":
        name = line["file"]
        if not _NAME.fullmatch(name):
            raise ValueError(f"`{name}` is no name of a text")
        path = folder / _TEXTS / name
        text = _unchanged(path, line["text_sha256"]).decode()
        if "original_sha256" in line:
            original = _unchanged(path.with_suffix(".original"), line["original_sha256"])
    body = json.dumps(line["value"], ensure_ascii=False, separators=(",", ":"))
    return Row(kind, line["key"], line["revision"], body, text, original)


def _unchanged(path: Path, sha256: str) -> bytes:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        wrong = "The file was changed since it was dumped."
        do = "Take it back; a corrected text goes into the store with `revise_source`."
        raise StoreError(wrong, do=do, file=str(path))
    return data


def _verify(row: Row, texts: dict[tuple[str, int], str], path: Path) -> None:
    """Refuse a passage whose words are not those of its text, and fields that nothing has."""
    row.kept()
    for segment, version in bound(row.value):
        text = texts.get((segment.source, version))
        if text is None or text[segment.start : segment.end] != segment.quote:
            wrong = f"The words at {segment.id} are not those of the passage."
            raise StoreError(wrong, do=_AGAIN, file=str(path))


def _event(line: dict[str, Any]) -> tuple[Any, ...]:
    held = {
        name: line[name] and json.dumps(line[name], ensure_ascii=False, separators=(",", ":"))
        for name in ("before", "after")
    }
    return tuple({**line, **held}[name] for name in _EVENT_FIELDS)
