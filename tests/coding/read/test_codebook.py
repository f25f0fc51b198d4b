"""The codebook file: its two forms of a code, and every fault against the theory."""

import pytest

from evalkit.coding.model import Code, Codebook
from evalkit.coding.read.codebook import check_codebook, codebook_shape, read_codebook
from evalkit.errors import ProjectError
from evalkit.files.record import json_schema

LINKS = ("home -> reading", "reading -> learning")


def read(tmp_path, text):
    path = tmp_path / "codebook.yaml"
    path.write_text(text, encoding="utf-8")
    return read_codebook(path)


def faults(tmp_path, text):
    with pytest.raises(ProjectError) as caught:
        read(tmp_path, text)
    return [str(fault) for fault in caught.value.faults]


def test_a_code_is_a_mapping_or_plain_words(tmp_path):
    codebook = read(
        tmp_path,
        "format: evalkit/1\nversion: 3\ncodes:\n  plain: Reading at home\n  full:\n"
        "    words: Doubts\n    says: against\n    links: [home->reading, reading -> learning]\n"
        "    under: plain\n    define: d\n    include: i\n    exclude: e\n    example: x\n",
    )
    assert (codebook.version, codebook.file) == (3, "codebook.yaml")
    assert codebook.by_id["plain"] == Code("plain", "Reading at home", line=4)
    assert codebook.by_id["full"] == Code(
        "full", "Doubts", "against", LINKS, "", "plain", "d", "i", "e", "x", line=5
    )


@pytest.mark.parametrize("key", ["link: home -> reading", "links: home -> reading"])
def test_one_link_may_stand_alone(tmp_path, key):
    head = "format: evalkit/1\ncodes:\n  a:\n    words: w\n    says: for\n    "
    assert read(tmp_path, head + key + "\n").by_id["a"].links == ("home -> reading",)


def test_a_code_named_no_is_a_word(tmp_path):
    assert list(read(tmp_path, "format: evalkit/1\ncodes: {no: Refusals}\n").by_id) == ["no"]


def test_faults_of_the_file_are_told_at_once_with_lines_and_nearest_words(tmp_path):
    found = faults(
        tmp_path,
        "format: evalkit/1\ncodes:\n  a:\n    words: w\n    says: agianst\n"
        "  b:\n    wrods: w\n    words: v\n",
    )
    assert found == [
        (
            "codebook.yaml:5: `says` cannot be `agianst`. Did you mean `against`? One of: for, against,"
            " mixed, nil, mechanism, context, rival."
        ),
        "codebook.yaml:7: `wrods` is not a key that is known here. Did you mean `words`?",
    ]


def test_links_need_a_direction_and_words_must_be_there(tmp_path):
    found = faults(
        tmp_path,
        'format: evalkit/1\ncodes:\n  a: {words: w, links: [x -> y]}\n  b: " "\n'
        "  c: {words: w, says: for, link: x -> y, links: [x -> y]}\n",
    )
    assert [line.split(": ", 1)[1].split(".")[0] for line in found] == [
        "The code `a` names links but not what it says of them",
        "The code `b` has no words",
        "The code `c` has both `link` and `links`",
    ]


def test_a_sound_codebook_has_no_faults():
    codes = (
        Code("a", "a", "for", LINKS),
        Code("b", "b", "rival", LINKS, rival="covid", parent="a"),
        Code("c", "c", parent="b"),
    )
    assert check_codebook(Codebook(tuple(codes)), LINKS, ["covid"]) == []


@pytest.mark.parametrize(
    ("code", "wrong", "do"),
    [
        (Code("a", "a", "for", ("home -> readin",)), "is not a link", "`home -> reading`"),
        (Code("a", "a", "rival", rival="covd"), "names the rival `covd`", "`covid`"),
        (Code("a", "a", "rival"), "says `rival` but not which one", "one of: covid"),
        (Code("a", "a", parent="bb"), "`bb`, which is not a code", "Did you mean `b`"),
        (Code("a", "a", parent="a"), "stands under itself", "Correct `under:`"),
    ],
)
def test_each_fault_against_the_theory_is_named_with_a_remedy(code, wrong, do):
    codebook = Codebook((code, Code("b", "b", parent="a" if code.parent == "a" else "")))
    (found,) = check_codebook(codebook, LINKS, ["covid"])[:1]
    assert found.level == "fault"
    assert wrong in found.wrong
    assert do in found.do


def test_a_circle_of_parents_names_only_the_codes_in_it():
    codes = {
        "a": Code("a", "a", parent="b", line=1),
        "b": Code("b", "b", parent="a", line=2),
        "c": Code("c", "c", parent="a", line=3),
    }
    assert [fault.line for fault in check_codebook(Codebook(tuple(codes.values())), LINKS, [])] == [
        1,
        2,
    ]


def test_a_direction_without_links_is_advice_and_not_a_fault():
    (found,) = check_codebook(Codebook((Code("a", "a", "against"),)), LINKS, [])
    assert (found.level, found.wrong) == ("advice", "The code `a` says `against` of no link.")


def test_the_json_schema_of_the_file_knows_the_ways_to_speak_of_a_link():
    schema = json_schema(codebook_shape(), "codebook.yaml")
    assert "mechanism" in str(schema)
    assert schema["additionalProperties"] is False
