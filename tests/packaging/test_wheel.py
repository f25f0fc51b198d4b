"""The wheel holds what a user needs and nothing else, and works away from the clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def wheel(root, project_files, tmp_path_factory):
    """The wheel built from a copy in which a case study was run, and its results lie about."""
    copy, folder = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for path in project_files:
        target = copy / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    results = copy / "case_studies" / "opportunity_areas" / "out"
    results.mkdir()
    (results / "report.html").write_text("of one machine", encoding="utf-8")
    pip = ("pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run(
        [sys.executable, "-m", *pip, "--wheel-dir", str(folder), str(copy)],
        check=True,
        capture_output=True,
        text=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as packed:
        return packed.namelist()


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """A folder with the unpacked wheel in ``site`` and nothing else."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder


def evalkit(elsewhere, *words):
    """Run the command of the unpacked wheel; it must not find the clone."""
    return subprocess.run(
        [sys.executable, "-m", "evalkit", *map(str, words)],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(elsewhere / "site")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_name_is_free_on_the_index_and_its_import_name_is_evalkit(wheel, names):
    assert wheel.name.startswith("evalkit_framework-")
    assert "evalkit/__init__.py" in names


@pytest.mark.parametrize(
    "part",
    [
        "evalkit/py.typed",
        "evalkit/report/render/report.css",
        "evalkit/report/render/templates/page.html.jinja",
        "evalkit/_shipped/protocols/schemas/theory.schema.json",
        "evalkit/_shipped/protocols/schemas/protocol.schema.json",
        "evalkit/_shipped/case_studies/opportunity_areas/evaluation.yaml",
        "evalkit/_shipped/case_studies/opportunity_areas/codings.csv",
        "evalkit/_shipped/case_studies/ready_for_school/theory.yaml",
    ],
)
def test_it_holds_what_is_read_at_run_time(names, part):
    assert part in names


def test_every_file_of_the_case_studies_and_protocols_is_in_it(names, project_files, root):
    wanted = [
        f"evalkit/_shipped/{path.relative_to(root).as_posix()}"
        for path in project_files
        if path.relative_to(root).parts[0] in ("protocols", "case_studies")
    ]
    assert wanted
    assert sorted(set(wanted) - set(names)) == []


def test_it_holds_no_results_no_tests_and_no_compiled_files(names):
    odd = ("out", "tests", "__pycache__", ".pytest_cache", ".ruff_cache", "benchmarks")
    assert [name for name in names if set(name.split("/")) & set(odd)] == []
    assert [name for name in names if name.endswith((".pyc", ".log"))] == []


def test_it_carries_the_licence(names):
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_case_studies_and_templates_are_listed_from_the_wheel(elsewhere):
    done = evalkit(elsewhere, "new", "--list")
    assert done.returncode == 0, done.stderr
    for name in ("opportunity_areas", "ready_for_school", "before_and_after_with_comparison"):
        assert name in done.stdout


def test_a_project_made_from_the_wheel_passes_its_check(elsewhere):
    made = evalkit(elsewhere, "new", "mine", "--from", "opportunity_areas")
    assert made.returncode == 0, made.stderr
    code = "import evalkit; print(evalkit.__file__)"
    used = subprocess.run(
        [sys.executable, "-c", code],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(elsewhere / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert used.stdout.startswith(str(elsewhere / "site"))
    checked = evalkit(elsewhere, "check", "mine")
    assert checked.returncode == 0, checked.stdout
    assert "No faults" in checked.stdout
