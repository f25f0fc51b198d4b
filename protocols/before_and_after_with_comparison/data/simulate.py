"""Make SIMULATED_schools.csv: invented schools, so that the example runs. Not real data.

Run ``python simulate.py`` in this folder. The seed is fixed, so the file comes out the same.
Delete both files once you have your own table.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

SEED = 20230901
YEARS = (2021, 2022, 2023, 2024)
START = 2023
SCHOOLS_ON_EACH_SIDE = 12
EFFECT_IN_POINTS = 2.5  # what the programme "does" in this invented world


def rows() -> list[dict[str, object]]:
    """Return one row for each invented school and year."""
    chance = random.Random(SEED)  # noqa: S311 (an example, nothing secret)
    made: list[dict[str, object]] = []
    for number in range(1, 2 * SCHOOLS_ON_EACH_SIDE + 1):
        programme = int(number <= SCHOOLS_ON_EACH_SIDE)
        level, presence = chance.gauss(100 - 2 * programme, 4), chance.gauss(94, 1)
        for year in YEARS:
            effect = EFFECT_IN_POINTS * programme * (year >= START)
            reading = level + 0.6 * (year - YEARS[0]) + effect + chance.gauss(0, 1.5)
            made.append(
                {
                    "school": f"school-{number:02d}",
                    "year": year,
                    "programme": programme,
                    "reading": f"{reading:.1f}",
                    "attendance": f"{presence + chance.gauss(0, 0.6):.1f}",
                }
            )
    return made


def write(path: Path) -> None:
    """Write the rows as CSV."""
    made = rows()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(made[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)


if __name__ == "__main__":
    write(Path(__file__).with_name("SIMULATED_schools.csv"))
