"""The layer contract of the packages holds, and would be seen to break."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

LINT = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
)


def lint_imports(folder):
    """Check the contracts of the copy of the project in the folder, not of the installed one."""
    done = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    plain = re.sub(r"\x1b\[[0-9;]*m", "", f"{done.stdout}{done.stderr}")  # some versions colour
    return done.returncode, " ".join(plain.split())  # and lines are wrapped


@pytest.fixture
def copy(root, tmp_path):
    """A copy of the package and its settings, to be broken."""
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "evalkit", tmp_path / "evalkit", ignore=leave)
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def add_line(path, line):
    path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{line}\n", encoding="utf-8")


def test_the_contracts_hold(root):
    code, said = lint_imports(root)
    assert code == 0, said


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("impact/estimate.py", "from evalkit.coding import model", "Data flow one way"),
        ("theory/model.py", "def f():\n    import evalkit.report", "Data flow one way"),
        ("coding/model.py", "from evalkit.impact import estimate", "Data flow one way"),
        (
            "impact/designs/multilevel.py",
            "from evalkit.impact.designs import panel_fixed_effects",
            "Designs stand alone",
        ),
    ],
)
def test_an_import_that_breaks_a_contract_is_found(copy, file, line, broken):
    add_line(copy / "evalkit" / file, line)
    code, said = lint_imports(copy)
    assert code == 1, said
    assert f"{broken} BROKEN" in said
