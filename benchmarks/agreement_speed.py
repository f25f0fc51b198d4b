"""Krippendorff's alpha on a million units: evalkit beside the `krippendorff` package and nltk.

Four coders, five categories, one rating in ten missing. Each is given the same array, in turn, and
the best of five is shown: processor time, so that other work on the machine counts less. nltk is
asked for a thousand units only.

Run: python benchmarks/agreement_speed.py   (needs the `krippendorff` package; writes its part of
benchmarks/results_coding.md)
"""

from __future__ import annotations

import time
from importlib.metadata import version
from pathlib import Path

import krippendorff
import numpy as np
from results_coding import write_part

from evalkit.coding.agreement import krippendorff_alpha

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LEVELS = ("nominal", "ordinal", "interval", "ratio")
REPEATS = 5


def ratings(units: int) -> np.ndarray:
    generator = np.random.default_rng(20261124)
    truth = generator.integers(1, 6, units)
    noise = generator.integers(1, 6, (4, units))
    said = np.where(generator.random((4, units)) < 0.7, truth, noise).astype(float)
    said[generator.random((4, units)) < 0.1] = np.nan
    return said


def best(*calls) -> list[tuple[float, float]]:
    """Return the least processor time of each call, taken in turns, and what it gave."""
    least = [(float("inf"), 0.0)] * len(calls)
    for _ in range(REPEATS):
        for at, call in enumerate(calls):
            start = time.process_time()
            value = call()
            least[at] = min(least[at], (time.process_time() - start, value))
    return least


def line(units: int, level: str) -> str:
    said = ratings(units)
    (theirs, value), (ours, same) = best(
        lambda: krippendorff.alpha(said, level_of_measurement=level),
        lambda: krippendorff_alpha(said, level, draws=0).value,
    )
    assert abs(value - same) < 1e-9
    return f"| {units:,} | {level} | {same:.6f} | {ours:.4f} | {theirs:.4f} | {theirs / ours:.1f} |"


def with_nltk() -> str:
    from nltk.metrics.agreement import AnnotationTask

    said = ratings(1_000)
    data = [
        (str(coder), str(unit), int(said[coder, unit]))
        for coder in range(4)
        for unit in range(1_000)
        if not np.isnan(said[coder, unit])
    ]
    (theirs, value), (ours, same) = best(
        lambda: AnnotationTask(data).alpha(), lambda: krippendorff_alpha(said, draws=0).value
    )
    assert abs(value - same) < 1e-9
    return f"nltk's `AnnotationTask` takes {theirs:.4f} s for 1,000 units, evalkit {ours:.4f} s."


def main() -> None:
    rows = [line(units, "nominal") for units in SIZES]
    rows += [line(SIZES[-1], level) for level in LEVELS[1:]]
    write_part(
        Path(__file__).name,
        "Krippendorff's alpha, four coders",
        f"Beside `krippendorff` {version('krippendorff')}, processor seconds, best of {REPEATS}, taken "
        "in turns; without an interval.",
        [
            "| units | level | alpha | evalkit (s) | krippendorff (s) | times as fast |",
            "|---:|---|---:|---:|---:|---:|",
            *rows,
            "",
            with_nltk(),
        ],
    )


if __name__ == "__main__":
    main()
