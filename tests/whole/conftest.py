"""Run the real command in a process of its own, on a small project that can be spoiled."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from evalkit.protocol.templates import FIRST_CHOICE, new_project


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and what it printed."""

    code: int
    printed: str

    def says(self, *words: str) -> bool:
        """Return whether one line and its remedy below it hold all of these words."""
        lines = self.printed.splitlines()
        pairs = [f"{one}\n{two}" for one, two in zip(lines, [*lines[1:], ""], strict=True)]
        return any(all(word in pair for word in words) for pair in pairs)


@pytest.fixture(scope="session")
def evalkit_():
    """Return a function that runs ``python -m evalkit`` with these arguments."""

    def run(*arguments: object, **environment: str) -> Ended:
        command = [sys.executable, "-m", "evalkit", *(str(one) for one in arguments)]
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=300,
            env={**os.environ, **environment},
        )
        return Ended(ended.returncode, ended.stdout + ended.stderr)

    return run


@dataclass(frozen=True)
class Small:
    """A copy of the template, and ways to spoil it."""

    folder: Path

    def spoil(self, file: str, old: str, new: str) -> int:
        """Replace words once in a file; return the number of the line they stood in."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, (file, old)
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return text[: text.index(old)].count("\n") + 1

    def line(self, file: str, words: str) -> int:
        """Return the number of the first line that holds these words."""
        text = (self.folder / file).read_text(encoding="utf-8")
        return text[: text.index(words)].count("\n") + 1


@pytest.fixture
def small(tmp_path):
    """A sound small project: the first template."""
    return Small(new_project(FIRST_CHOICE, tmp_path / "project"))


@pytest.fixture
def refused(evalkit_, small):
    """Run `check` and `run` on the project: both refuse it, and nothing is written."""

    def both() -> Ended:
        ended = [evalkit_(command, small.folder) for command in ("check", "run")]
        for one in ended:
            assert one.code == 1, one.printed
            assert "Traceback" not in one.printed, one.printed
        assert not (small.folder / "out").exists()
        return ended[1]

    return both
