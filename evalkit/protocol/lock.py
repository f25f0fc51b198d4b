"""The lock: the fingerprint that freezes a plan, and what it was when it was frozen.

``protocol.lock`` is JSON. It holds, for the theory, the plan and the codebook, the SHA-256 of the
exact bytes, the SHA-256 of the canonical content and that content itself (so that a later change
can be named, not only noticed); the names and SHA-256 of the data files; the ids of the analyses;
the day of locking; and the fingerprint of the lock before it. Its own fingerprint is the SHA-256
of the canonical JSON of all of that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.errors import Fault, ProjectError
from evalkit.files.write import canonical_json, pretty_json, sha256, sha256_file, write_whole
from evalkit.files.yaml import read_yaml

LOCK = "protocol.lock"
FORMAT = "evalkit-lock/1"
PLANNED = ("theory.yaml", "protocol.yaml", "codebook.yaml")
"""The files a lock freezes; the codebook may be absent."""
ABSENT = ""
"""Stands for the SHA-256 of a data file that was not there yet."""


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file of the plan: fingerprints of its bytes and of its content, and the content."""

    sha256: str
    content_sha256: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The plan as it stands in a folder.

    Attributes
    ----------
    files : mapping of str to LockedFile
        By name, only those that are there.
    data : mapping of str to str
        SHA-256 of each data file of the plan by name; empty for one that is not there.
    analyses : tuple of str
        Ids of the planned analyses, in order.
    """

    files: Mapping[str, LockedFile]
    data: Mapping[str, str] = field(default_factory=dict)
    analyses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lock:
    """A plan frozen.

    Attributes
    ----------
    snapshot : Snapshot
        The plan as it was.
    on : str
        The day it was locked, as given.
    previous : str
        Fingerprint of the lock before this one; empty for the first.
    sha256 : str
        The fingerprint.
    """

    snapshot: Snapshot
    on: str
    previous: str
    sha256: str


def snapshot(folder: Path) -> Snapshot:
    """Take the fingerprints of the plan in a project folder as it stands now.

    Raises
    ------
    ProjectError
        A file of the plan is missing (the codebook may be) or is not YAML.
    """
    needed = [name for name in PLANNED if name != "codebook.yaml" or (folder / name).exists()]
    files = {name: _file(folder / name) for name in needed}
    plan = files["protocol.yaml"].content
    return Snapshot(files, _data(folder, plan), tuple(_mapping(plan.get("analyses"))))


def _file(path: Path) -> LockedFile:
    content = read_yaml(path).values
    return LockedFile(sha256_file(path), sha256(canonical_json(content)), content)


def _data(folder: Path, plan: Mapping[str, Any]) -> dict[str, str]:
    tables = _mapping(plan.get("tables")).values()
    names = sorted({str(table["file"]) for table in tables if _mapping(table).get("file")})
    root = folder.resolve()
    paths = {name: (folder / name).resolve() for name in names}
    kept = {name: path for name, path in paths.items() if path.is_relative_to(root)}
    return {name: sha256_file(path) if path.is_file() else ABSENT for name, path in kept.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def lock_project(folder: Path, *, on: str, faults: Iterable[Fault] = ()) -> Lock:
    """Freeze the plan of a project folder: write ``protocol.lock`` in one step.

    A plan that has not changed since it was locked keeps its lock. A changed one gets a new lock
    that names the fingerprint of the one before.

    Parameters
    ----------
    folder : pathlib.Path
        The project folder.
    on : str
        The day, as ``2026-05-04``. It stands in the lock and nowhere else.
    faults : iterable of Fault, optional
        What the check found. A plan with faults is not locked.

    Raises
    ------
    ProjectError
        The project has faults, or the lock that is there was changed by hand.
    """
    stopping = [fault for fault in faults if fault.level == "fault"]
    if stopping:
        raise ProjectError(stopping)
    now, before = snapshot(folder), read_lock(folder)
    if before is not None and before.snapshot == now:
        return before
    previous = before.sha256 if before is not None else ""
    lock = Lock(now, on, previous, _fingerprint(_plain(now, on, previous)))
    write_whole(folder / LOCK, pretty_json({**_plain(now, on, previous), "sha256": lock.sha256}))
    return lock


def _plain(taken: Snapshot, on: str, previous: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "on": on,
        "previous": previous,
        "analyses": list(taken.analyses),
        "data": dict(taken.data),
        "files": {
            name: {
                "sha256": file.sha256,
                "content_sha256": file.content_sha256,
                "content": file.content,
            }
            for name, file in taken.files.items()
        },
    }


def _fingerprint(values: Mapping[str, Any]) -> str:
    return sha256(canonical_json(values))


def read_lock(folder: Path) -> Lock | None:
    """Read ``protocol.lock``, or return None when the project was never locked.

    Raises
    ------
    ProjectError
        It is no lock, or no longer fits its own fingerprint.
    """
    path = folder / LOCK
    if not path.exists():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return _lock(values)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise _broken("The lock is not JSON.") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _broken("The lock does not have the parts of a lock.") from error


def _lock(values: dict[str, Any]) -> Lock:
    found = str(values.pop("sha256"))
    if found != _fingerprint(values):
        raise _broken("The lock does not fit its own fingerprint: it was changed by hand.")
    files = {name: LockedFile(**file) for name, file in values["files"].items()}
    taken = Snapshot(files, values["data"], tuple(values["analyses"]))
    return Lock(taken, values["on"], values["previous"], found)


def _broken(wrong: str) -> ProjectError:
    do = "Bring back the lock as `evalkit lock` wrote it (from your copy or version history)."
    return ProjectError([Fault(LOCK, 0, wrong, do)])
