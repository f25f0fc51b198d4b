"""The same project and seed give the same bytes, wherever and however they are run."""

from __future__ import annotations

import pytest

FILES = ("results.json", "report.html")
ELSEWHERE = {
    "TZ": "Pacific/Auckland",
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "PYTHONHASHSEED": "2",
}


def _same(one, other):
    for name in FILES:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_a_small_project_gives_the_same_bytes_elsewhere(small, run_elsewhere, tmp_path):
    here = run_elsewhere(small.folder, tmp_path / "one", jobs=1, PYTHONHASHSEED="1")
    _same(here, run_elsewhere(small.folder, tmp_path / "two", jobs=2, **ELSEWHERE))


def test_a_second_run_over_the_first_changes_nothing(small, run_elsewhere):
    out = run_elsewhere(small.folder, small.folder / "out", jobs=1)
    before = {name: (out / name).read_bytes() for name in FILES}
    run_elsewhere(small.folder, out, jobs=1)
    assert {name: (out / name).read_bytes() for name in FILES} == before
    assert sorted(path.name for path in out.iterdir()) == sorted(FILES)


@pytest.mark.slow
def test_the_case_study_gives_the_same_bytes_elsewhere(case, case_run, run_elsewhere, tmp_path):
    _same(case_run, run_elsewhere(case, tmp_path / "out", jobs=1, **ELSEWHERE))


@pytest.mark.slow
def test_the_report_of_the_case_study_is_the_same_from_its_results(case_run, evalkit_, tmp_path):
    ended = evalkit_("report", case_run / "results.json", "--to", "html", "--out", tmp_path)
    assert ended.code == 0, ended.printed
    assert (tmp_path / "report.html").read_bytes() == (case_run / "report.html").read_bytes()
