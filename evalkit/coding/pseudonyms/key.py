"""The key that leads from pseudonyms back to names: a file of its own, never inside the project."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evalkit.errors import CodingError
from evalkit.files.write import pretty_json

FORMAT = "evalkit-key/1"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Held:
    """What was replaced in one text: the fingerprint of the text after, and the words before."""

    sha256: str
    edits: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What leads back from pseudonyms to names.

    Attributes
    ----------
    pseudonyms : mapping of str to str
        Pseudonym or placeholder, and the words it stands for (the first form that was met).
    ids : mapping of str to str
        New ids of sources and cases, and the old ones.
    texts : mapping of str to Held
        By place in the project.
    segments : mapping of str to tuple of int
        Old spans of passages that ended inside a name.
    points : mapping of str to str
        Old ids of pointers whose passages ended inside a name.
    """

    pseudonyms: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Held] = field(default_factory=dict)
    segments: Mapping[str, Span] = field(default_factory=dict)
    points: Mapping[str, str] = field(default_factory=dict)


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def refuse_inside(path: Path, folders: Iterable[Path]) -> None:
    """Refuse a place for the key inside a project, also where a link leads there.

    Raises
    ------
    CodingError
        It is inside one of the folders, or a file stands there.
    """
    place = path.resolve()
    for folder in folders:
        home = folder.resolve()
        if place == home or home in place.parents or _same_inside(place, home):
            wrong = f"`{path}` is inside the project folder `{folder}`."
            do = "Keep the key elsewhere: whoever has both knows who everybody is."
            raise CodingError(wrong, do=do)
    if path.exists() or path.is_symlink():
        wrong = f"There is a file `{path}` already."
        raise CodingError(wrong, do="Choose another name: an earlier key must not be lost.")


def _same_inside(place: Path, home: Path) -> bool:
    """Say whether the place lies in the folder by another name (a disk that ignores capitals)."""
    return home.exists() and any(
        parent.exists() and parent.samefile(home) for parent in place.parents
    )


def write_key(key: Key, path: str | Path, *, outside: Iterable[str | Path]) -> Path:
    """Write a key, readable by its owner only.

    Parameters
    ----------
    key : Key
    path : str or pathlib.Path
        A new file.
    outside : iterable of str or pathlib.Path
        Folders it must not be in: the project's, and the one that is handed on.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    CodingError
        It would lie inside one of the folders, there is such a file, or it cannot be written.
    """
    place = Path(path)
    refuse_inside(place, [Path(folder) for folder in outside])
    data = pretty_json({"format": FORMAT, **asdict(key)}).encode("utf-8")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        # Made for its owner from the first moment on, and never over another file.
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        wrong = f"The key cannot be written to `{path}`: {error.strerror or error}."
        raise CodingError(wrong, do="Choose another place.") from error
    return place


def read_key(path: str | Path) -> Key:
    """Read a key.

    Raises
    ------
    CodingError
        It cannot be read, or is no key.
    """
    place = Path(path)
    try:
        found = json.loads(place.read_bytes())
        return _key(found)
    except OSError as error:
        wrong = f"The key cannot be read: {error.strerror or error}."
        raise CodingError(wrong, do="Check its name.", file=place.name) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        wrong = "The file is no key of evalkit, or was changed."
        raise CodingError(wrong, do="Give the key that was written.", file=place.name) from error


def _key(found: Mapping[str, Any]) -> Key:
    if found["format"] != FORMAT:
        raise ValueError
    texts = {
        str(at): Held(
            str(held["sha256"]), tuple((int(s), int(e), str(t)) for s, e, t in held["edits"])
        )
        for at, held in found["texts"].items()
    }
    return Key(
        pseudonyms=_strings(found["pseudonyms"]),
        ids=_strings(found["ids"]),
        texts=texts,
        segments={str(at): (int(s), int(e)) for at, (s, e) in found["segments"].items()},
        points=_strings(found["points"]),
    )


def _strings(values: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}
