"""How long evalkit takes and how much memory, on the Opportunity Areas case study.

Each measure is a command run in a process of its own, in a copy of the case study. "Cold" means
that no compiled function is kept from an earlier run: the caches of numba, PyTensor and matplotlib
are pointed at an empty folder. "Warm" uses the same folder again. Memory is the largest resident
size of any one process the command started, and, for the whole run, the largest sum over the
processes alive at one moment, looked at twenty times a second.

Run: python benchmarks/speed.py          (prints the table and writes benchmarks/results.md)
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASE = HERE.parent / "case_studies" / "opportunity_areas"
RESULTS = HERE / "results.md"
EVALKIT = [sys.executable, "-m", "evalkit"]
LOOK_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Measure:
    """One command, and what it may cost."""

    name: str
    words: list[str]
    seconds: float
    megabytes: float | None = None
    repeats: int = 1


@dataclass(frozen=True)
class Cost:
    """What it did cost: seconds of wall and of processor, megabytes at once."""

    wall: float
    processor: float
    megabytes: float


def main() -> None:
    """Measure everything, print the table, write it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        case = folder / "case"
        shutil.copytree(CASE, case, ignore=shutil.ignore_patterns("out"))
        environment = with_empty_caches(folder / "caches")
        lines = [line(one, cheapest(one, environment)) for one in measures(case)]
    text = page(lines)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def measures(case: Path) -> list[Measure]:
    run = [*EVALKIT, "run", str(case), "--jobs", "2"]
    return [
        Measure("`evalkit run`, cold", run, 60, 1500),
        Measure("`evalkit run`, warm", run, 20, 1500),
        Measure("`evalkit check`", [*EVALKIT, "check", str(case)], 1.5, repeats=5),
        Measure("`evalkit --help`", [*EVALKIT, "--help"], 0.5, repeats=5),
        Measure("`import evalkit`", [sys.executable, "-c", "import evalkit"], 0.15, repeats=5),
    ]


def with_empty_caches(folder: Path) -> dict[str, str]:
    """Return an environment in which everything that is compiled is kept in this folder."""
    for name in ("numba", "pytensor", "matplotlib"):
        (folder / name).mkdir(parents=True)
    return {
        **os.environ,
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "PYTENSOR_FLAGS": f"base_compiledir={folder / 'pytensor'}",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
    }


def cheapest(one: Measure, environment: dict[str, str]) -> Cost:
    """Return the cheapest of the repeats: the others had to wait for the machine."""
    costs = [cost(one.words, environment) for _ in range(one.repeats)]
    return min(costs, key=lambda each: each.wall)


def cost(words: list[str], environment: dict[str, str]) -> Cost:
    """Run one command to its end and return what it cost."""
    start, peak = time.perf_counter(), 0.0
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            peak = max(peak, resident(process.pid))
            time.sleep(LOOK_EVERY if time.perf_counter() - start > 1 else LOOK_EVERY / 50)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed with exit code {process.returncode}")
    wall = time.perf_counter() - start
    return Cost(wall, used.ru_utime + used.ru_stime, max(peak, used.ru_maxrss / 1024))


def resident(pid: int) -> float:
    """Return the megabytes held now by a process and all it started (Linux; elsewhere 0)."""
    total, waiting = 0.0, [pid]
    while waiting:
        place = Path("/proc") / str(waiting.pop())
        try:
            pages = int((place / "statm").read_text().split()[1])
            children = (place / "task" / place.name / "children").read_text().split()
        except (OSError, IndexError):
            continue
        total += pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        waiting += [int(child) for child in children]
    return total


def line(one: Measure, found: Cost) -> str:
    memory = f"{found.megabytes:.0f} MB"
    most = f"{one.megabytes:.0f} MB" if one.megabytes else "-"
    kept = found.wall <= one.seconds and found.megabytes <= (one.megabytes or float("inf"))
    return (
        f"| {one.name} | {found.wall:.2f} s | {found.processor:.2f} s | {one.seconds:g} s "
        f"| {memory} | {most} | {'yes' if kept else 'no'} |"
    )


def page(lines: list[str]) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return "\n".join(
        [
            "# Speed on the Opportunity Areas case study",
            "",
            (
                f"Made by `python benchmarks/speed.py` with Python {platform.python_version()} "
                f"on {platform.system()}, {cores} cores."
            ),
            (
                "Wall times are those of this machine while it may have had other work; processor time "
                "(of the command and every process it waited for) says less about that."
            ),
            (
                "Short commands are the fastest of five. Memory is the sum over all processes at the "
                "worst moment; pages they share are counted more than once."
            ),
            "",
            "| Command | Wall time | Processor time | Target (wall) | Memory | Target | Kept |",
            "|---|---|---|---|---|---|---|",
            *lines,
            "",
        ]
    )


if __name__ == "__main__":
    main()
