"""What is loaded when, seen from a fresh Python."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("pandas", "statsmodels", "linearmodels", "pymc", "arviz", "nutpie", "nltk", "matplotlib")
ALSO_HEAVY = ("scipy.stats", "numpy", "networkx", "pydantic", "narwhals", "numba")
SAY = "import json, sys; print(json.dumps(sorted(sys.modules)))"


def loaded_after(code: str) -> set[str]:
    """Return the names of the modules a fresh Python holds after running the code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{SAY}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_evalkit_loads_nothing_heavy():
    assert loaded_after("import evalkit").isdisjoint([*HEAVY, *ALSO_HEAVY])


def test_asking_for_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['evalkit', '--help']\n"
        "from evalkit.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert loaded_after(code).isdisjoint([*HEAVY, *ALSO_HEAVY])


def test_checking_a_project_loads_no_statistics_no_sampler_and_no_plots():
    code = (
        "from pathlib import Path\n"
        "from evalkit.evaluation import check_project\n"
        "check_project(Path('case_studies/opportunity_areas'))"
    )
    unwanted = {*HEAVY, "scipy.stats", "numba", "networkx"} - {"pandas"}
    assert loaded_after(code).isdisjoint(unwanted)


@pytest.mark.parametrize("name", ["DESIGNS", "Evaluation", "read_table", "write_report"])
def test_names_of_the_package_are_loaded_when_they_are_asked_for(name):
    import evalkit

    assert getattr(evalkit, name) is not None
    assert name in dir(evalkit)


def test_a_name_that_is_not_there_is_an_attribute_error():
    import evalkit

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = evalkit.nothing
