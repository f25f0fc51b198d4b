"""Writing that never leaves half a file, and bytes that are the same each time."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

from evalkit.errors import EvalkitError


def write_whole(path: Path, content: str | bytes) -> None:
    """Write `content` to `path` in one step: the old file or the new one, never a part.

    Text is written as UTF-8, with line feeds as line ends on every system.

    Raises
    ------
    EvalkitError
        The place cannot be written to.
    """
    try:
        _write_whole(path, content)
    except OSError as error:
        wrong = f"`{path}` cannot be written: {error.strerror or error}."
        do = "Choose another place, or close the program that holds the file open."
        raise EvalkitError(wrong, do=do) from error


def _write_whole(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def canonical_json(values: Any) -> str:
    """Return `values` as JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(
        values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def pretty_json(values: Any) -> str:
    """Return `values` as indented JSON in the order given, ending with a line end."""
    return json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def finite(value: float | None) -> float | None:
    """Return the number, or None where it is missing or not finite (JSON has no NaN)."""
    return None if value is None or not math.isfinite(value) else float(value)


def sha256(data: bytes | str) -> str:
    """Return the SHA-256 of bytes, or of text as UTF-8, in hexadecimal."""
    return hashlib.sha256(data.encode("utf-8") if isinstance(data, str) else data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
