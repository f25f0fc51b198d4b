"""Which passage belongs to which case."""

from evalkit.coding.model import Source, Turn
from evalkit.coding.queries.heard import lineage, passages, speakers, with_material


def test_what_several_coders_marked_is_one_passage(project):
    found = [it for it in passages(project.codings, project.codebook) if it.code == "home"]
    assert [(it.source, it.start, it.end) for it in found] == [("a", 3, 20), ("a", 21, 27)]


def test_passages_belong_to_the_cases_of_their_source_or_stretch(project):
    found = passages(project.codings, project.codebook, project.cases)
    assert {(it.code, it.case) for it in found if it.source == "c"} == {
        ("visits", "gil"),
        ("nil", "hal"),
    }


def test_what_a_rule_marked_is_left_out(project):
    assert "rain" not in {it.code for it in passages(project.codings, project.codebook)}


def test_parents_can_have_what_their_children_have(project):
    found = passages(project.codings, project.codebook, roll_up=True)
    homes = [(it.source, it.start, it.end) for it in found if it.code == "home"]
    assert homes == [("a", 3, 34), ("b", 0, 18), ("c", 10, 21)]
    assert lineage("visits", project.codebook) == ("visits", "home")
    assert lineage("unknown", project.codebook) == ("unknown",)


def test_cases_without_text_have_no_material(project):
    assert [it.id for it in with_material(project.cases)] == ["ava", "bo", "gil", "hal", "dee"]


def test_everyone_who_speaks_is_a_case_with_their_turns():
    sources = [
        Source(
            "x", "Hello. Yes.", attributes={"site": "n", "day": "1"}, turns=(Turn(0, 6, "Gil"),)
        ),
        Source("y", "No.", attributes={"site": "n", "day": "2"}, turns=(Turn(0, 3, "Gil"),)),
    ]
    (gil,) = speakers(sources)
    assert [it.quote for it in gil.segments] == ["Hello.", "No."]
    assert {name: value.text for name, value in gil.attributes.items()} == {"site": "n"}
