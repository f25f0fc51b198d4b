"""What still stands there, in every part of a source."""

from __future__ import annotations

from evalkit.coding.model import CodingProject, Source, Turn
from evalkit.coding.pseudonyms import Person, Roster, pseudonymise, residual

SOURCE = Source(
    "anna-talk",
    "Anna met Priya on 3 May 2021. Her UPN is A801200001001. Ring 07700 900123.",
    "Talk with Anna",
    attributes={"date of birth": "12/03/2009"},
    file="sources/anna-talk.txt",
    turns=(Turn(0, 5, "Anna"),),
)
ROSTER = Roster((Person("Anna", "P1"),))


def test_every_part_is_looked_at_and_the_surest_come_first():
    frame = residual([SOURCE], ROSTER)
    assert list(zip(frame["kind"], frame["where"], frame["words"], strict=True)) == [
        ("roster name", "file", "anna"),
        ("roster name", "id", "anna"),
        ("roster name", "speaker", "Anna"),
        ("roster name", "text", "Anna"),
        ("roster name", "title", "Anna"),
        ("date of birth", "attribute date of birth", "12/03/2009"),
        ("phone", "text", "07700 900123"),
        ("possible UPN", "text", "A801200001001"),
        ("date", "text", "3 May 2021"),
        ("possible name", "text", "Priya"),
    ]


def test_after_pseudonyms_only_what_a_person_must_judge_is_left():
    done = pseudonymise(CodingProject(sources=(SOURCE,)), ROSTER)
    kinds = list(residual(done.project.sources, ROSTER)["kind"])
    assert kinds == ["possible UPN", "date", "possible name"]


def test_nothing_found_is_an_empty_frame_with_its_columns():
    frame = residual([Source("s", "Nothing here.")])
    assert len(frame) == 0
    assert "kind" in frame.columns
