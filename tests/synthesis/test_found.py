"""Reading findings.yaml."""

from __future__ import annotations

import pytest

from evalkit.errors import ProjectError
from evalkit.synthesis.found import Found, Judgement, Reply, check_found, read_found


def write(folder, text):
    path = folder / "findings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_project_without_findings_has_found_nothing_yet(tmp_path):
    assert read_found(tmp_path / "findings.yaml") == Found()


def test_the_words_yes_and_no_stay_words(tmp_path):
    path = write(
        tmp_path,
        "tests:\n"
        "  t1: {found: yes, evidence: [interview-07:1203-1288], by: lead, on: 2026-05-04}\n"
        "  t2: {found: no, evidence: log, by: lead, on: 2026-05, because: not once}\n"
        "  t3: {found: not looked, by: lead, on: 2026}\n",
    )
    found = read_found(path)
    assert [test.found for test in found.tests.values()] == ["yes", "no", "not looked"]
    assert found.tests["t1"].evidence == ("interview-07:1203-1288",)
    assert (found.tests["t2"].evidence, found.tests["t2"].because) == (("log",), "not once")
    assert (found.tests["t3"].on, found.tests["t3"].line) == ("2026", 4)


def test_judgements_and_replies_are_kept_in_order(tmp_path):
    path = write(
        tmp_path,
        "judgements:\n"
        "  - {of: finding-12, scheme: cerqual, component: adequacy, level: moderate concerns,\n"
        "     because: three of nine schools spoke, by: AB, on: 2026-05-04}\n"
        "replies:\n"
        "  - {from: schools, to: contribution universal -> skills, says: yes, on: 2026-06-01}\n",
    )
    found = read_found(path)
    assert found.judgements == (
        Judgement(
            "finding-12",
            "cerqual",
            "moderate concerns",
            "three of nine schools spoke",
            "AB",
            "2026-05-04",
            "adequacy",
            2,
        ),
    )
    assert found.replies == (
        Reply("schools", "contribution universal -> skills", "yes", "2026-06-01", 5),
    )


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("tests: {t1: {found: yes, on: 2026-05-04}}", "`by`"),
        ("tests: {t1: {found: yes, by: me}}", "`on`"),
        ("tests: {t1: {found: yes, by: '', on: 2026-05-04}}", "Nobody is named here."),
        ("tests: {t1: {found: yes, by: me, on: last week}}", "`last week` is not a day."),
        ("tests: {t1: {found: yes, by: me, on: 2026-13-01}}", "`2026-13-01` is not a day."),
        ("tests: {t1: {found: maybe, by: me, on: 2026}}", "`found` cannot be `maybe`."),
        ("judgements: [{of: a, scheme: b, level: c, because: d, on: 2026}]", "`by`"),
        ("replies: [{to: a, says: b, on: 2026}]", "`from`"),
        ("replies: [{from: x, to: a, says: b}]", "`on`"),
        ("tests: {t1: {found: yes, by: me, on: 2026, evidnce: x}}", "Did you mean `evidence`?"),
    ],
)
def test_every_entry_says_who_and_when(tmp_path, entry, says):
    with pytest.raises(ProjectError) as caught:
        read_found(write(tmp_path, f"format: evalkit/1\n{entry}\n"))
    [fault] = caught.value.faults
    assert fault.line == 2
    assert says in str(fault)


def test_what_was_found_must_be_of_a_test_of_the_plan(tmp_path):
    path = write(tmp_path, "tests: {test1: {found: yes, evidence: x, by: me, on: 2026}}\n")
    [fault] = check_found(read_found(path), ["test2", "other"])
    assert fault.wrong == "The plan has no test `test1`."
    assert fault.do == "Did you mean `test2`?"


def test_an_answer_without_evidence_is_pointed_out(tmp_path):
    path = write(
        tmp_path,
        "tests: {a: {found: yes, by: me, on: 2026}, b: {found: not looked, by: me, on: 2026}}\n",
    )
    [advice] = check_found(read_found(path), ["a", "b"])
    assert (advice.level, advice.line) == ("advice", 1)
    assert advice.wrong == "The test `a` was answered without evidence."
