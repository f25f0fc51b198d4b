"""What was done differently, computed from the lock."""

from __future__ import annotations

import pytest

from evalkit.protocol.departures import departures, state
from evalkit.protocol.lock import lock_project, snapshot


@pytest.fixture
def since(project):
    """Lock the project now; return the departures found later, as ``(kind, what, detail)``."""
    lock = lock_project(project, on="2026-05-04")

    def found(**more):
        return [(it.kind, it.what, it.detail) for it in departures(lock, snapshot(project), **more)]

    return found


CHANGED = "changed since lock"


def test_an_unchanged_plan_has_no_departure(since):
    assert since() == []


def test_without_a_lock_that_is_said(project):
    [found] = departures(None, snapshot(project))
    assert (found.kind, found.what) == ("not locked", "the plan")
    assert "no protocol.lock" in found.detail


@pytest.mark.parametrize(
    ("old", "new", "what", "detail"),
    [
        ("treated: club", "treated: clubs", "analyses.main.treated", "was club, is clubs"),
        ("start: 2020", "start: '2020'", "analyses.main.start", "was 2020, is 2020"),
        ("[age]", "[age, staff]", "analyses.main.covariates", "was added: staff"),
        ("[age]", "[]", "analyses.main.covariates", "was age, was taken out"),
        ("[age]", "[staff]", "analyses.main.covariates", "was age, is staff"),
        ("    start: 2020\n", "", "analyses.main.start", "was 2020, was taken out"),
        ("    start: 2020", "    start: 2020\n    by: club", "analyses.main.by", "was added: club"),
        (
            "[coaching -> know, know -> skills]",
            "[know -> skills, coaching -> know]",
            "questions.q1.links",
            "its entries stand in another order or number: [know -> skills, coaching -> know]",
        ),
        ("kind: impact", "kind: true", "questions.q1.kind", "was impact, is true"),
    ],
)
def test_a_change_is_named_with_its_key_and_both_values(since, spoil, old, new, what, detail):
    spoil(old, new)
    assert since() == [(CHANGED, f"protocol.yaml: {what}", detail)]


def test_an_entry_of_a_list_is_compared_key_by_key(since, spoil):
    spoil("words: Intake changed", "words: Intake fell", file="theory.yaml")
    assert since() == [
        (
            CHANGED,
            "theory.yaml: other_explanations.entry 1.words",
            "was Intake changed, is Intake fell",
        )
    ]


def test_long_words_are_shown_from_where_they_part(project, spoil):
    long = "word " * 40
    spoil("purpose: Children do well", f"purpose: {long}old", file="theory.yaml")
    lock = lock_project(project, on="2026-05-04")
    spoil(f"{long}old", f"{long}new", file="theory.yaml")
    [found] = departures(lock, snapshot(project))
    assert found.detail.endswith("word old, is ...word word word word new")
    assert len(found.detail) < 200


def test_a_comment_is_a_change_but_not_of_a_value(since, spoil):
    spoil("analyses:", "# thought again\nanalyses:")
    assert since() == [
        (
            CHANGED,
            "protocol.yaml",
            "Only comments, spaces, order or way of writing changed, no value.",
        )
    ]


def test_data_that_change_are_named_and_data_that_vanish_too(project, since):
    path = project / "data/pupils.csv"
    path.write_text("pupil\n", encoding="utf-8")
    assert since() == [(CHANGED, "data/pupils.csv", "The data file is not the same.")]
    path.unlink()
    assert since() == [(CHANGED, "data/pupils.csv", "The data file is gone.")]


def test_data_that_arrive_after_the_lock_are_no_departure(project):
    path = project / "data/pupils.csv"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    lock = lock_project(project, on="2026-05-04")
    path.write_text(text, encoding="utf-8")
    assert departures(lock, snapshot(project)) == ()


def test_an_analysis_added_later_was_not_planned(since, spoil):
    spoil("  main:\n", "  extra: {question: q1, design: matching, outcome: score}\n  main:\n")
    assert (
        "not planned",
        "extra",
        "It was not in the locked plan: read it as exploratory.",
    ) in since()


def test_an_analysis_taken_out_was_not_run(since, spoil):
    spoil("  main:\n", "  other:\n")
    assert ("not run", "main", "It was planned and taken out after the lock.") in since()


def test_planned_analyses_that_gave_no_estimate_are_listed_with_the_reason(since):
    assert since(not_run={"main": "no data yet"}) == [("not run", "main", "no data yet")]


def test_a_file_added_or_lost_after_the_lock_is_named(project, since):
    (project / "codebook.yaml").unlink()
    assert since() == [(CHANGED, "codebook.yaml", "It was locked and is no longer there.")]


def test_the_state_of_the_plan_is_locked_changed_or_not_locked(project, spoil):
    assert state(None, ())["state"] == "not locked"
    lock = lock_project(project, on="2026-05-04")
    same = departures(lock, snapshot(project), not_run={"main": "no data"})
    assert state(lock, same) == {
        "state": "locked",
        "sha256": lock.sha256,
        "on": "2026-05-04",
        "previous": "",
    }
    spoil("start: 2020", "start: 2021")
    assert state(lock, departures(lock, snapshot(project)))["state"] == "changed"
