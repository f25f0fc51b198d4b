from __future__ import annotations

import pytest

from evalkit.errors import ProjectError
from evalkit.evaluation import Evaluation, check_project, read_project


def _faults(folder):
    return [fault for fault in check_project(folder) if fault.level == "fault"]


def test_the_template_is_read_without_a_fault(folder):
    project = read_project(folder)
    assert project.broken == ()
    assert [task.id for task in project.tasks] == ["main", "harm"]
    assert project.sources
    assert project.codings


def test_a_project_with_faults_cannot_be_read_into_a_record(folder, change):
    change("theory.yaml", "- volunteers -> listening", "- volunteers -> listning")
    with pytest.raises(ProjectError, match="listning"):
        Evaluation.read(folder)


def test_an_empty_folder_lacks_the_three_files(tmp_path):
    assert {fault.file for fault in _faults(tmp_path)} == {
        "evaluation.yaml",
        "theory.yaml",
        "protocol.yaml",
    }


def test_faults_of_the_plan_are_told_beside_those_of_an_unreadable_theory(folder, change):
    change("theory.yaml", "- volunteers -> listening", "- volunteers -> listning")
    change("protocol.yaml", "column: reading", "column: raeding")
    change("protocol.yaml", "design: difference_in_differences", "design: diff")
    wrong = " ".join(fault.wrong for fault in _faults(folder))
    assert all(name in wrong for name in ("listning", "raeding", "diff"))


def test_an_unreadable_theory_makes_no_fault_of_the_links_of_the_plan(folder, change):
    change("theory.yaml", "- volunteers -> listening", "- volunteers -> listning")
    assert [fault.file for fault in _faults(folder)] == ["theory.yaml"]


def test_an_unreadable_first_file_makes_no_fault_of_the_plan(folder, change):
    change("evaluation.yaml", "title:", "titel:")
    assert {fault.file for fault in _faults(folder)} == {"evaluation.yaml"}


def _evidence(folder, pointer):
    (folder / "findings.yaml").write_text(
        "format: evalkit/1\ntests:\n"
        f"  t1: {{found: yes, evidence: ['{pointer}'], by: me, on: 2025-06-20}}\n",
        encoding="utf-8",
    )
    return [fault for fault in _faults(folder) if fault.file == "findings.yaml"]


@pytest.mark.parametrize("pointer", ["volunteer_north:0-10", "volunteer_north", "the log: week 3"])
def test_evidence_that_points_at_a_passage_or_says_where_it_is_passes(folder, pointer):
    assert _evidence(folder, pointer) == []


def test_evidence_in_a_source_that_is_not_there_is_a_fault_with_its_line(folder):
    (fault,) = _evidence(folder, "volunteer_nort:0-10")
    assert (fault.line, fault.do) == (3, "Did you mean `volunteer_north`?")


@pytest.mark.parametrize("place", ["10-10", "12-3", "0-999999"])
def test_evidence_beyond_its_source_is_a_fault(folder, place):
    (fault,) = _evidence(folder, f"volunteer_north:{place}")
    assert f"no passage {place}" in fault.wrong


def test_an_analysis_with_a_fault_is_told_once(folder, change):
    change("protocol.yaml", "treated: programme", "treated: program")
    assert len(_faults(folder)) == 1
