"""The checkers of style and types find nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(root, *words):
    """Run a checker as a module of this Python; return its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=root, capture_output=True, text=True, check=False
    )
    return done.returncode, f"{done.stdout}{done.stderr}"[-4000:]


def test_ruff_finds_nothing(root):
    code, said = run(root, "ruff", "check", "--no-cache", ".")
    assert code == 0, said


def test_every_file_is_formatted(root):
    code, said = run(root, "ruff", "format", "--check", "--no-cache", ".")
    assert code == 0, said


@pytest.mark.slow
def test_mypy_in_strict_mode_finds_nothing(root, tmp_path):
    # The newest numpy declares its types in words that only this version's rules can read.
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    code, said = run(root, "mypy", "--cache-dir", str(tmp_path), "--python-version", version)
    assert code == 0, said
