"""What readers of sources do with damaged files, and how fast they read sound ones.

Takes the talk that the tests write in every format, damages it in ten thousand ways (the same for
the same seed), and reads every one. A reader keeps its promise when each file gives words or a
sentence that says what is wrong, the main process lives, and no file takes more than 20 seconds.

Run: python benchmarks/fuzz_readers.py                     (every format, 10,000 files each)
     python benchmarks/fuzz_readers.py --count 500 .docx    (fewer, one format)

Prints its table and writes it to benchmarks/results_readers.md; a format that was not run keeps
the row it had.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results_readers.md"
sys.path.insert(0, str(HERE.parent / "tests" / "coding" / "read"))

import documents  # noqa: E402 (they stand beside the tests)
import mutations  # noqa: E402

from evalkit.coding.apart import drafts  # noqa: E402
from evalkit.coding.material import Draft  # noqa: E402
from evalkit.coding.read import DRAFTS, READERS, read_sources  # noqa: E402
from evalkit.errors import ProjectError  # noqa: E402

SEED = 20261124
HEAD = "| format | files | read | refused | unforeseen | crashes | slowest (s) | files a second |"
LINE = "|---|---:|---:|---:|---:|---:|---:|---:|"


def main() -> None:
    """Read the damaged files of the formats asked for, then time the sound ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*")
    parser.add_argument("--count", type=int, default=10_000)
    asked = parser.parse_args()
    rows = old_rows()
    for kind in asked.formats or [kind for kind in READERS if kind != ".htm"]:
        rows[kind] = row(kind, asked.count)
        print(rows[kind], flush=True)
    page = "\n".join([*INTRODUCTION, "", HEAD, LINE, *(rows[kind] for kind in sorted(rows)), ""])
    RESULTS.write_text(f"{page}\n{speed()}\n", encoding="utf-8")


def row(kind: str, count: int) -> str:
    said: Counter[str] = Counter()
    slowest = 0.0
    start = before = time.perf_counter()
    for answer in answers(kind, mutations.mutated(documents.TALKS[kind](), SEED, count)):
        now = time.perf_counter()
        slowest, before = max(slowest, now - before), now
        said[answer] += 1
    rate = count / (time.perf_counter() - start)
    refused = said.total() - said["words"]
    odd = sum(n for words, n in said.items() if "cannot be opened (" in words)
    dead = sum(n for words, n in said.items() if " MB of memory" in words or " seconds" in words)
    shown = f"{count:,} | {said['words']:,} | {refused:,} | {odd:,} | {dead:,}"
    return f"| {kind} | {shown} | {slowest:.2f} | {rate:,.0f} |"


def answers(kind: str, files: Iterator[bytes]) -> Iterator[str]:
    """Yield `words` or the fault for each file, as a user would get it."""
    if kind in DRAFTS:
        helper = drafts()
        next(helper)
        for data in files:
            said = helper.send((kind, data))
            yield "words" if isinstance(said, Draft) else str(said)
        helper.close()
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"talk{kind}")
        for data in files:
            path.write_bytes(data)
            try:
                READERS[kind](path, path.name)
                yield "words"
            except ProjectError as error:
                yield str(error)


def old_rows() -> dict[str, str]:
    if not RESULTS.is_file():
        return {}
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    return {line.split(" | ")[0].strip("| "): line for line in lines if line.startswith("| .")}


def speed() -> str:
    times = {}
    for many in (1, 200):
        with tempfile.TemporaryDirectory() as folder:
            for number in range(many):
                Path(folder, f"{number}.docx").write_bytes(documents.docx())
            start = time.perf_counter()
            read_sources(Path(folder))
            times[many] = time.perf_counter() - start
    return (
        "## Speed\n\n"
        f"A folder with one small .docx is read in {times[1]:.2f} s, one with 200 of them in "
        f"{times[200]:.2f} s: one child process opens them all."
    )


INTRODUCTION = (
    "# Damaged sources",
    "",
    (
        f"Made by `python benchmarks/fuzz_readers.py`, seed {SEED}, Python {platform.python_version()} "
        f"on {platform.system()}."
    ),
    "",
    (
        "Each file is the same short talk with one to six things changed: bytes, pieces cut out, "
        "doubled or put in, numbers made absurd, and inside zip files the XML itself. *Read*: the words "
        "that are left were read. *Refused*: a sentence says what is wrong and what to do. "
        "*Unforeseen*: refused, but in words for any damage, because a parser failed in a way nobody "
        "wrote a sentence for. *Crashes*: the child process died or ran out of time or memory; the main "
        "process never did. The first file of a format pays for the start of the child."
    ),
)


if __name__ == "__main__":
    main()
