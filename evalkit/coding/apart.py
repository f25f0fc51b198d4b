"""Opens documents at arm's length: parsed one after the other in a child process with limits."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.coding.decode import MAX_BYTES
from evalkit.coding.material import Draft, Material, to_material
from evalkit.coding.model import Loss, Turn
from evalkit.errors import CodingError, Fault, ProjectError

SECONDS = 19  # on the clock, for one document
CPU_SECONDS = 15  # of processor time, for one document
MEMORY_MB = 1024
MAX_DOCUMENT = 100_000_000  # bytes; documents may hold pictures
_TEXTS = (".srt", ".vtt")

_CHILD = Path(__file__).with_name("child.py")
_ROOT = Path(__file__).parents[2]
_SAVE = "Open it in the program it came from and save it again."

Child = subprocess.Popen[bytes]
Said = Draft | CodingError


@dataclass(frozen=True, slots=True)
class Document:
    """One file to open: where it is, its name in messages, and its kind (``.docx``)."""

    path: Path
    file: str
    kind: str


def read_apart(path: Path, file: str, kind: str) -> Material:
    """Read one document in a child process.

    Parameters
    ----------
    path, file : pathlib.Path, str
        The document, and its name in messages.
    kind : str
        A key of ``evalkit.coding.read.DRAFTS``.

    Raises
    ------
    ProjectError
        It cannot be read, with the reason.
    """
    ((_, found),) = read_all_apart([Document(path, file, kind)])
    if isinstance(found, ProjectError):
        raise found
    return found


def read_all_apart(
    documents: Iterable[Document],
) -> Generator[tuple[Document, Material | ProjectError]]:
    """Yield the material of each document, or what is wrong with it, from one child for all."""
    helper = drafts()
    next(helper)
    try:
        for document in documents:
            yield document, _one(document, helper)
    finally:
        helper.close()


def drafts() -> Generator[Said | None, tuple[str, bytes]]:
    """Take kinds and bytes by ``send`` and yield drafts; one child serves until it is spent.

    A child that died on a document, and had opened others before, is replaced and the document
    is tried once more, so that no document is blamed for the memory of another.
    """
    child: Child | None = None
    served = 0
    said: Said | None = None  # nothing was asked yet
    try:
        while True:
            kind, data = yield said
            answer: dict[str, Any] = {"died": True}
            for _ in range(2):
                if child is None or child.poll() is not None:
                    child, served = _start(), 0
                answer = _ask(child, kind, data)
                served += 1
                if "died" in answer or "late" in answer or answer["last"]:
                    _end(child)
                    child = None
                if served == 1 or not ("died" in answer or "heavy" in answer):
                    break
            said = _said(answer)
    finally:
        if child is not None:
            _end(child)


def _one(
    document: Document, helper: Generator[Said | None, tuple[str, bytes]]
) -> Material | ProjectError:
    try:
        data = _bytes(document)
        said = helper.send((document.kind, data))
        if not isinstance(said, Draft):
            return ProjectError([(said or _damaged("")).fault(document.file)])
        return to_material(said, document.path, document.file, data)
    except ProjectError as error:
        return error


def _bytes(document: Document) -> bytes:
    most = MAX_BYTES if document.kind in _TEXTS else MAX_DOCUMENT
    try:
        size = document.path.stat().st_size
        data = document.path.read_bytes() if size <= most else b""
    except OSError as error:
        wrong = f"It cannot be read: {error.strerror}."
        do = "Close it in other programs and check who may open it."
        raise ProjectError([Fault(document.file, 0, wrong, do)]) from None
    if size > most:
        wrong = f"The file has more than {most // 1_000_000} MB."
        do = "Cut it into several, or make its pictures smaller."
        raise ProjectError([Fault(document.file, 0, wrong, do)])
    if not data:
        do = "Fill it, or delete it."
        raise ProjectError([Fault(document.file, 0, "The file is empty.", do)])
    return data


def _start() -> Child:
    # -P: a file named like a library in the current folder must not be imported. -B: it may not write.
    limits = [str(_ROOT), str(MEMORY_MB), str(CPU_SECONDS)]
    command = [sys.executable, "-P", "-B", str(_CHILD), *limits]
    return subprocess.Popen(  # noqa: S603 (our own program; nothing of the document is in it)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _ask(child: Child, kind: str, data: bytes) -> dict[str, Any]:
    """Give one document to the child and return its answer; a child out of time is killed."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        child.kill()

    clock = threading.Timer(SECONDS, stop)
    clock.start()
    try:
        answer = _exchange(child, kind, data)
    finally:
        clock.cancel()
        clock.join()
    if answer is None:
        return {"late": True} if late.is_set() or _out_of_time(child) else {"died": True}
    return {**answer, "last": answer["last"] or late.is_set()}


def _exchange(child: Child, kind: str, data: bytes) -> dict[str, Any] | None:
    if child.stdin is None or child.stdout is None:
        return None
    job = json.dumps({"kind": kind, "size": len(data)}).encode() + b"\n"
    try:
        child.stdin.write(job + data)
        child.stdin.flush()
        size = child.stdout.read(8)
        said = child.stdout.read(int.from_bytes(size, "big"))
        answer: dict[str, Any] = json.loads(said)
    except (OSError, ValueError):  # it died before or while it spoke
        return None
    return answer


def _out_of_time(child: Child) -> bool:
    """Say whether the system ended the child for its processor time (signal 24 on every Unix)."""
    try:
        return child.wait(timeout=1) == -24
    except subprocess.TimeoutExpired:
        return False


def _end(child: Child) -> None:
    child.kill()
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:  # what was left to write has no reader any more
                continue
    child.wait()


def _said(answer: dict[str, Any]) -> Said:
    if "draft" in answer:
        return _draft(answer["draft"])
    if "wrong" in answer:
        return CodingError(answer["wrong"], do=answer["do"])
    if "damaged" in answer:
        return _damaged(answer["damaged"])
    if "late" in answer:
        wrong = f"It cannot be opened within {SECONDS} seconds."
    else:
        wrong = f"It cannot be opened within {MEMORY_MB} MB of memory."
    return CodingError(f"{wrong} It is damaged, or far larger than any transcript.", do=_SAVE)


def _damaged(what: str) -> CodingError:
    detail = f" ({what})" if what else ""
    return CodingError(f"It is damaged: it cannot be opened{detail}.", do=_SAVE)


def _draft(found: dict[str, Any]) -> Draft:
    losses = tuple(Loss(**{**loss, "where": tuple(loss["where"])}) for loss in found["losses"])
    turns = tuple(Turn(**turn) for turn in found["turns"])
    return Draft(**{**found, "losses": losses, "turns": turns})
