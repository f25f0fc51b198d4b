from __future__ import annotations

import pytest

from evalkit.evaluation import Evaluation
from evalkit.files.write import sha256_file
from evalkit.protocol.lock import lock_project

MORE = """\
  again:
    question: q1
    design: difference_in_differences
    outcome: reading_score
    treated: programme
    start: 2023
    checks: main

why_not_random:"""


def test_a_run_gives_an_estimate_of_every_planned_analysis_in_order(ran):
    assert [one.id for one in ran.estimates] == ["main", "harm"]
    assert ran.failed == {}


def test_what_rests_on_something_rests_on_something_that_is_there(ran):
    findings = {one.id for one in ran.findings}
    assert len(findings) == len(ran.findings)
    for one in (*ran.joint, *ran.contributions):
        assert set(one.because) <= findings
    known = findings | {one.id for one in (*ran.estimates, *ran.contributions, *ran.codings)}
    known |= {f"test:{one.id}" for one in ran.tests} | {"agreement"}
    for row in ran.why:
        for sign in row.signs:
            assert set(sign.of) <= known, sign


def test_the_fingerprint_of_every_file_read_is_kept(ran):
    folder, inputs = ran.project.folder, ran.provenance["inputs"]
    assert list(inputs) == sorted(inputs)
    assert {"protocol.yaml", "data/SIMULATED_schools.csv", "sources/teacher_hill.txt"} <= set(
        inputs
    )
    assert all(sha256_file(folder / name) == value for name, value in inputs.items())
    assert ran.provenance["seeds"] == {"run": 1}


def test_without_a_lock_the_record_says_so(ran):
    assert ran.lock["state"] == "not locked"
    assert [one.kind for one in ran.departures] == ["not locked"]
    assert ran.exploratory == ()


def test_an_analysis_added_after_the_lock_is_exploratory_and_does_not_count(folder, change):
    lock_project(folder, on="2024-01-01", faults=[])
    assert Evaluation.read(folder).run().lock["state"] == "locked"
    change("protocol.yaml", "why_not_random:", MORE)
    ran = Evaluation.read(folder).run()
    assert ran.lock["state"] == "changed"
    assert ran.exploratory == ("again",)
    assert not any(one.counts for one in ran.findings if one.of == "again")


def test_a_planned_analysis_left_out_after_the_lock_is_a_departure(folder, change):
    lock_project(folder, on="2024-01-01", faults=[])
    change("protocol.yaml", "    role: support\n", "")
    told = Evaluation.read(folder).run().departures
    assert any("harm" in one.what and "role" in f"{one.what} {one.detail}" for one in told)


def test_the_seed_changes_only_what_chance_decides(folder):
    evaluation = Evaluation.read(folder)
    one, other = evaluation.run(seed=1), evaluation.run(seed=2)
    assert [e.value for e in one.estimates] == [e.value for e in other.estimates]
    assert [e.seed for e in one.estimates] != [e.seed for e in other.estimates]


def test_progress_is_told_in_words(folder):
    said = []
    Evaluation.read(folder).run(progress=said.append)
    assert said[0] == "Estimating (2 analyses)"


def test_a_part_of_the_record_is_found_by_its_id(ran):
    assert ran.estimate("main").id == "main"
    assert ran.finding(ran.findings[0].id) is ran.findings[0]
    with pytest.raises(KeyError):
        ran.estimate("none")
