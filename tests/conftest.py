"""What tests of several packages share: the case study, run once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ELSEWHERE = {"TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}


@pytest.fixture(scope="session")
def case():
    """The folder of the Opportunity Areas case study."""
    return Path(__file__).parents[1] / "case_studies" / "opportunity_areas"


@pytest.fixture(scope="session")
def run_elsewhere():
    """Return a function that runs a project in a process of its own, in another place and order."""

    def run(folder: Path, out: Path, *, jobs: int, **environment: str) -> Path:
        command = [sys.executable, "-m", "evalkit", "run", str(folder), "--out", str(out), "-q"]
        subprocess.run(
            [*command, "--jobs", str(jobs)],
            check=True,
            timeout=600,
            env={**os.environ, **environment},
        )
        return out

    return run


@pytest.fixture(scope="session")
def case_run(case, run_elsewhere, tmp_path_factory):
    """The folder with results.json and report.html of the case study, made once for all tests."""
    out = tmp_path_factory.mktemp("opportunity_areas") / "out"
    return run_elsewhere(case, out, jobs=2, PYTHONHASHSEED="1")


def pytest_collection_modifyitems(items):
    """Keep the tests that share the case's one run in the same worker."""
    for item in items:
        if "case_run" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("case"))
