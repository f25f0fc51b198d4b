"""Time and memory of exchange: a simulated project of 10,000 documents, and the largest sample.

Run: ``python benchmarks/exchange.py FOLDER``; it writes two files into FOLDER.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from pathlib import Path

from evalkit.coding.model import Code, Codebook, Coding, CodingProject, Segment, Source
from evalkit.coding.refi import read_project, write_project

WORDS = [
    "the",
    "home",
    "visits",
    "mattered",
    "most",
    "because",
    "trust",
    "grew",
    "Zoë",
    "😀",
    "read",
    "aloud",
    "every",
    "night",
    "rose\n",
]
DOCUMENTS, CODES = 10_000, 49
SAMPLE = Path(__file__).parents[1] / "tests" / "golden" / "exchange" / "skyloom-TestProject.qdpx"


def simulated() -> CodingProject:
    chance = random.Random(1)
    sources, codings = [], []
    for number in range(DOCUMENTS):
        text = " ".join(chance.choice(WORDS) for _ in range(60))
        sources.append(
            Source(f"s{number}", text, f"doc {number}.txt", attributes={"site": str(number % 9)})
        )
        for _ in range(2):
            at = chance.randrange(len(text) - 20)
            segment = Segment(f"s{number}", at, at + 15, text[at : at + 15])
            code = f"c{chance.randrange(CODES)}"
            codings.append(
                Coding(segment, code, chance.choice(["ana", "ben"]), "2026-01-01T00:00:00Z")
            )
    book = Codebook(tuple(Code(f"c{number}", f"Code {number}") for number in range(CODES)))
    return CodingProject("simulated", tuple(sources), book, tuple(codings))


def main() -> None:
    path = Path(sys.argv[1]) / "simulated.qdpx"
    project = simulated()
    clock = time.perf_counter()
    write_project(project, path)
    wrote = time.perf_counter() - clock
    clock = time.perf_counter()
    same = read_project(path) == project
    read = time.perf_counter() - clock
    clock = time.perf_counter()
    read_project(SAMPLE)
    sample = time.perf_counter() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(project.sources):,} documents, {len(project.codings):,} codings; the same: {same}")
    print(f"write {wrote:.1f} s, read {read:.1f} s, sample {sample:.3f} s, peak {memory:.0f} MB")


if __name__ == "__main__":
    main()
