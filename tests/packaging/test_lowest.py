"""The oldest libraries that are still supported are written down once, and tried with."""

from __future__ import annotations

import re
import tomllib

EXTRAS = ("parquet",)


def floors(root) -> list[str]:
    """Return pip's constraints for the lower bound of each library that evalkit needs."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"]]
    for extra in EXTRAS:
        needed += project["optional-dependencies"][extra]
    return [line.replace(">=", "==") for line in needed]


PLAIN = re.compile(r"[a-z0-9.-]+==[0-9.]+")


def test_every_library_has_a_lower_bound_and_no_other(root):
    assert [line for line in floors(root) if not PLAIN.fullmatch(line)] == []


def test_the_list_of_the_oldest_libraries_is_that_of_the_project(root):
    # When a bound of pyproject.toml moves, write the lines of `floors` into the file and run
    # `python start.py lowest`.
    written = (root / "tests" / "packaging" / "lowest.txt").read_text(encoding="utf-8")
    own, _, _theirs = written.partition("#")
    assert own.splitlines() == floors(root)
