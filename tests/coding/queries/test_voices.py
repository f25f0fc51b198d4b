"""Whose words support a finding."""

import pytest

from evalkit.coding.queries.voices import voice_coverage
from evalkit.errors import CodingError


def of(project):
    return project.codings, project.codebook, project.cases


def test_kinds_that_speak_on_either_side_or_not_at_all_are_told_apart(project):
    table = voice_coverage(*of(project), "role", link="visit -> reading")
    assert table.loc["parent", ["cases", "spoke", "for", "against"]].tolist() == [2, 2, 2, 1]
    assert table.loc["staff", ["spoke", "for", "against"]].tolist() == [2, 1, 1]
    assert table.loc["(refused)", ["with_text", "spoke", "silent"]].tolist() == [1, 0, 1]
    assert table.loc["pupil", ["cases", "with_text", "silent", "no_text"]].tolist() == [1, 0, 0, 1]
    assert table.missing.to_dict() == {
        "parent": False,
        "pupil": True,
        "staff": False,
        "(refused)": True,
    }


def test_a_finding_can_rest_on_chosen_codes(project):
    table = voice_coverage(*of(project), "role", codes=["nil"])
    assert table.spoke.to_dict() == {"parent": 1, "pupil": 0, "staff": 1, "(refused)": 0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "no finding"),
        ({"link": "a -> b"}, "No code speaks to `a -> b`"),
        ({"codes": ["nill"]}, "Did you mean `nil`"),
    ],
)
def test_a_finding_that_rests_on_nothing_is_refused(project, options, message):
    with pytest.raises(CodingError, match=message):
        voice_coverage(*of(project), "role", **options)
