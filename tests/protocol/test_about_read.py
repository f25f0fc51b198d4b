"""Reading evaluation.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.errors import ProjectError
from evalkit.protocol.about import Agreement, Cost
from evalkit.protocol.about_read import read_about

CASES = Path(__file__).parents[2] / "case_studies"


def test_a_programme_in_clusters_of_schools_is_read():
    about = read_about(CASES / "talking_together" / "evaluation.yaml")
    assert about.status == "illustration"
    assert about.runs == ("2023-09", "2027-07")
    assert about.place["kind"] == ("town", "coastal", "rural")
    assert about.intervention["how"] == "face to face, whole school and small groups"
    assert about.partners[0].decides == ("menu", "training")
    assert about.money[2] == Cost("Training and materials", 1500, "school", "charity", "start-up")


def test_folded_words_are_one_text():
    why = read_about(CASES / "talking_together" / "evaluation.yaml").intervention["why"]
    assert why.startswith("Many children start school behind")
    assert why.isprintable() or why.strip().isprintable()


def test_words_with_a_comma_inside_braces_stay_together():
    about = read_about(CASES / "talking_together" / "evaluation.yaml")
    assert about.ethics["consent"] == "parents opt out for tests, opt in for interviews"


def test_agreements_say_which_files_they_hold_up():
    about = read_about(CASES / "ready_for_school" / "evaluation.yaml")
    assert about.size == {"children_each_year": 20, "years": 2}
    assert about.agreements[1] == Agreement(
        "data sharing agreement",
        ("housing", "school", "centre", "la"),
        "waiting",
        ("data/school.csv",),
    )


def test_a_title_is_all_that_is_needed(tmp_path):
    path = tmp_path / "evaluation.yaml"
    path.write_text("format: evalkit/1\ntitle: 12:30\n", encoding="utf-8")
    about = read_about(path)
    assert (about.title, about.status, about.partners) == ("12:30", "draft", ())


def test_faults_name_the_line_and_the_nearest_key(tmp_path):
    path = tmp_path / "evaluation.yaml"
    path.write_text(
        "format: evalkit/1\ntitle: T\nstatus: done\npartnrs: []\n"
        "money:\n  - {what: x, amount: lots}\nethics: {approved: y}\n",
        encoding="utf-8",
    )
    with pytest.raises(ProjectError) as caught:
        read_about(path)
    found = [str(fault) for fault in caught.value.faults]
    assert [fault.split(": ")[0] for fault in found] == [
        f"evaluation.yaml:{line}" for line in (3, 4, 6, 7)
    ]
    assert "One of: illustration, draft, locked, final." in found[0]
    assert "Did you mean `partners`?" in found[1]
    assert "must be a number" in found[2]
    assert "Did you mean `approved_by`?" in found[3]
