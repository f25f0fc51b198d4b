"""Opens documents one after the other in a process of its own, with little memory and time.

Run as a program by `evalkit.coding.apart`. Standard input brings jobs: a line of JSON with the
kind (``.docx``) and the number of bytes, then the bytes. Standard output takes answers: eight bytes
with the length, then JSON. A document that makes a parser ask for endless memory or time ends this
process only; the parent starts another for the documents that are left.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

RETIRE_MB = 400  # a process that grew beyond this is replaced


def main() -> None:
    """Answer jobs until there are no more.

    The arguments are the folder evalkit is in, megabytes of memory, and seconds of processor time
    for one document.
    """
    sys.path.append(sys.argv[1])
    memory_mb, seconds = int(sys.argv[2]), int(sys.argv[3])
    jobs, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever a parser prints must not get between the answers.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    from evalkit.coding.read import DRAFTS

    _limit(memory_mb)
    while line := jobs.readline():
        job = json.loads(line)
        _more_time(seconds)
        answer = _answer(DRAFTS[job["kind"]], jobs.read(job["size"]))
        said = json.dumps({**answer, "last": _grown()}).encode()
        answers.write(len(said).to_bytes(8, "big") + said)
        answers.flush()


def _limit(memory_mb: int) -> None:
    """Limit memory and take away the writing of files, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the caller's time limit is all there is
        return
    memory = memory_mb << 20
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for which, most in limits.items():
        try:
            resource.setrlimit(which, (most, most))
        except (OSError, ValueError):  # macOS refuses some of them
            continue


def _answer(parse: Any, data: bytes) -> dict[str, Any]:
    """Return the draft of one document, or what is wrong with it."""
    from evalkit.errors import EvalkitError

    try:
        return {"draft": asdict(parse(data))}
    except EvalkitError as error:
        return {"wrong": error.wrong, "do": error.do}
    except MemoryError:
        return {"heavy": True}
    except RecursionError:
        do = "Open it in the program it came from and save it again."
        return {"wrong": "It is nested too deeply.", "do": do}
    except Exception as error:  # noqa: BLE001 (whatever a parser says of a damaged file)
        return {"damaged": type(error).__name__}


def _more_time(seconds: int) -> None:
    """Let the processor time allowed begin anew with each document."""
    try:
        import resource
    except ImportError:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def _grown() -> bool:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return _most_held() > RETIRE_MB << 20
    return pages * os.sysconf("SC_PAGE_SIZE") > RETIRE_MB << 20


def _most_held() -> int:
    """Return the most memory ever held, in bytes.

    Where there is no better count: on Linux a new process starts with the largest size its parent
    ever had, and would be replaced after every document of a large one.
    """
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main()
