"""The same project and seed give the same bytes, wherever and however they are run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FILES = ("results.json", "report.html")
TURKISH = "tr_TR.ISO-8859-9"
"""Where the capital of i is not I, and text is not UTF-8 unless a program says so."""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Another time zone, hash seed and locale, which is made here from the system's sources."""
    locales = tmp_path_factory.mktemp("locales")
    words = ["localedef", "--inputfile=tr_TR", "--charmap=ISO-8859-9", locales / TURKISH]
    subprocess.run(words, check=False, capture_output=True)  # warnings give exit code 1
    settings = {"LOCPATH": str(locales), "LC_ALL": TURKISH, "LANG": TURKISH}
    return {**settings, "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "2"}


def test_the_turkish_locale_is_really_another_one(elsewhere):
    look = (
        "import locale; locale.setlocale(locale.LC_ALL, ''); print(locale.getpreferredencoding())"
    )
    words = [sys.executable, "-c", look]
    env = {**os.environ, **elsewhere}
    ended = subprocess.run(words, env=env, check=True, capture_output=True, text=True)
    assert ended.stdout.strip().upper() == "ISO-8859-9"


def _same(one, other):
    for name in FILES:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_a_small_project_gives_the_same_bytes_elsewhere(small, run_elsewhere, elsewhere, tmp_path):
    here = run_elsewhere(small.folder, tmp_path / "one", jobs=1, PYTHONHASHSEED="1")
    _same(here, run_elsewhere(small.folder, tmp_path / "two", jobs=2, **elsewhere))


def test_a_second_run_over_the_first_changes_nothing(small, run_elsewhere):
    out = run_elsewhere(small.folder, small.folder / "out", jobs=1)
    before = {name: (out / name).read_bytes() for name in FILES}
    run_elsewhere(small.folder, out, jobs=1)
    assert {name: (out / name).read_bytes() for name in FILES} == before
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)


@pytest.mark.slow
def test_the_case_study_gives_the_same_bytes_elsewhere(
    case, case_run, run_elsewhere, elsewhere, tmp_path
):
    _same(case_run, run_elsewhere(case, tmp_path / "out", jobs=1, **elsewhere))


@pytest.mark.slow
def test_the_report_of_the_case_study_is_the_same_from_its_results(case_run, evalkit_, tmp_path):
    ended = evalkit_("report", case_run / "results.json", "--to", "html", "--out", tmp_path)
    assert ended.code == 0, ended.printed
    assert (tmp_path / "report.html").read_bytes() == (case_run / "report.html").read_bytes()
