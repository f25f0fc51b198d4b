"""What tests of several packages share: the case study, run once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time: a suite that fails by chance tells nobody anything. Time is not
# limited by example, as machines that are busy would fail it.
settings.register_profile("evalkit", derandomize=True, deadline=None)
settings.load_profile("evalkit")


@pytest.fixture(scope="session")
def case():
    """The folder of the Opportunity Areas case study."""
    return Path(__file__).parents[1] / "case_studies" / "opportunity_areas"


@pytest.fixture(scope="session")
def run_elsewhere():
    """Return a function that runs a project in a process with these variables of its own."""

    def run(folder: Path, out: Path, *, jobs: int, **environment: str) -> Path:
        command = [sys.executable, "-m", "evalkit", "run", str(folder), "--out", str(out), "-q"]
        ended = subprocess.run(
            [*command, "--jobs", str(jobs)],
            check=False,
            capture_output=True,
            text=True,
            timeout=600,
            env={**os.environ, **environment},
        )
        assert ended.returncode == 0, ended.stderr
        return out

    return run


@pytest.fixture(scope="session")
def case_run(case, run_elsewhere, tmp_path_factory):
    """The folder with results.json and report.html of the case study, made once for all tests."""
    out = tmp_path_factory.mktemp("opportunity_areas") / "out"
    return run_elsewhere(case, out, jobs=2, PYTHONHASHSEED="1")


def pytest_collection_modifyitems(items):
    """Keep the tests that share the one run of the case in one worker."""
    for item in items:
        if "case_run" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("case"))
