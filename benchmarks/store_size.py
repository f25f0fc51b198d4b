"""Time and memory of a large project in the coding store: 10,000 documents, 100,000 codings.

The memory is that of the whole process, the project itself (made first) included.

Run: python benchmarks/store_size.py [documents] [codings of each]     (10000 10)
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from evalkit.coding.model import Code, Codebook, Coding, CodingProject, Segment, Source
from evalkit.coding.store import (
    codings_of,
    dump,
    load,
    open_store,
    project,
    put_project,
    saturation,
)

TEXT = "We had home visits every week and they mattered most of all to me. " * 30


def made(documents: int, each: int) -> CodingProject:
    sources = tuple(Source(f"s{at}", f"Interview {at}. {TEXT}") for at in range(documents))
    codes = tuple(Code(f"c{at}", f"c{at}") for at in range(50))
    codings = tuple(
        Coding(Segment(it.id, at, at + 40, it.text[at : at + 40]), f"c{at % 50}", "ana")
        for it in sources
        for at in range(each)
    )
    return CodingProject("large", sources, Codebook(codes), codings)


def measure(what: str, do: Callable[[], object]) -> None:
    began, worked = time.perf_counter(), time.process_time()
    do()
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {seconds:.2f} s, {cpu:.2f} s of processor (peak so far {peak:.0f} MB)")


def main() -> None:
    documents, each = (int(it) for it in (*sys.argv[1:], *(10_000, 10)[len(sys.argv) - 1 :]))
    whole = made(documents, each)
    print(f"{documents:,} documents of {len(TEXT):,} characters, {documents * each:,} codings")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_store(folder / "coding.db", create=True) as store:
            measure("put in", lambda: put_project(store, whole, "ana"))
        measure("open and close", lambda: open_store(folder / "coding.db").close())
        with open_store(folder / "coding.db") as store:
            measure("codings of one document", lambda: codings_of(store, "s9"))
            measure("whole project out", lambda: project(store))
            measure("saturation", lambda: saturation(store))
            measure("dump", lambda: dump(store, folder / "dump"))
        measure("load", lambda: load(folder / "dump", folder / "again.db").close())
        print(f"file: {(folder / 'coding.db').stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
