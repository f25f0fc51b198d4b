"""Codebooks: the tree, homonyms, rules in descriptions, and the schema of the standard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from generated_projects import codebooks
from hypothesis import HealthCheck, given, settings
from lxml import etree

from evalkit.coding.model import Code, Codebook, Collection
from evalkit.coding.refi import read_codebook, read_codes_file, write_codebook
from evalkit.errors import CodingError

HEAD = '<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="A program">'
GUID = "00000000-0000-4000-8000-{:012x}"


def code(number, name, inside="", more=' isCodable="true"'):
    return f'<Code guid="{GUID.format(number)}" name="{name}"{more}>{inside}</Code>'


def qdc(folder, codes, after="", head=HEAD):
    path = folder / "a.qdc"
    path.write_text(f"{head}<Codes>{codes}</Codes>{after}</CodeBook>", encoding="utf-8")
    return path


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(book=codebooks(least=1))
def test_write_then_read_is_the_identity_and_valid(book, tmp_path, codebook_schema):
    path = tmp_path / "a.qdc"
    write_codebook(book, path)

    codebook_schema.assertValid(etree.parse(str(path)))
    assert read_codebook(path) == book


def test_a_codebook_of_262_codes_with_homonyms_keeps_every_one(tmp_path, codebook_schema):
    """A simulated NVivo codebook: 12 headings; under each the same names come again."""
    branches = []
    number = 0
    for branch in range(12):
        inside = ""
        for place in range(20):
            number += 1
            inside += code(number, "barriers" if place == 0 else f"theme {branch}.{place}")
        number += 1
        branches.append(code(number, f"case {branch}", inside))
    extra = "".join(code(number + place, f"free {place}") for place in range(1, 11))
    book = read_codebook(qdc(tmp_path, "".join(branches) + extra))

    assert len(book.codes) == 12 * 21 + 10 == 262
    assert len(book.by_id) == 262
    homonyms = [one for one in book.codes if one.words == "barriers"]
    assert len({one.parent for one in homonyms}) == 12
    assert {one.parent for one in homonyms} <= set(book.by_id)

    write_codebook(book, tmp_path / "b.qdc")
    codebook_schema.assertValid(etree.parse(str(tmp_path / "b.qdc")))
    assert read_codebook(tmp_path / "b.qdc") == book


def test_homonyms_under_one_parent_are_told_apart(tmp_path):
    book = read_codebook(qdc(tmp_path, code(1, "a", code(2, "b") + code(3, "b") + code(4, "B"))))

    assert [one.id for one in book.codes] == ["a", "a/b", "a/b-2", "a/b-3"]
    assert [one.parent for one in book.codes] == ["", "a", "a", "a"]


def test_reading_a_file_twice_gives_the_same_ids(tmp_path):
    path = qdc(tmp_path, code(1, "??", code(2, "¿?")) + code(3, "قراءة"))

    assert read_codebook(path) == read_codebook(path)
    assert [one.id for one in read_codebook(path).codes] == ["code", "code/code", "قراءة"]


def test_colours_descriptions_and_headings_are_read(tmp_path):
    book = read_codebook(
        qdc(
            tmp_path,
            code(
                1, "a", "<Description>What it is</Description>", ' isCodable="false" color="#0aF"'
            ),
        )
    )

    assert book.codes == (
        Code("a", "a", define="What it is", guid=GUID.format(1), colour="#00aaFF", codable=False),
    )


def test_departures_from_the_standard_are_read_and_reported(tmp_path):
    head = '<CodeBook xmlns="urn:QDA-XML:codebook:0:4">'
    inside = code(1, "a", code(2, "b") + "<Description>late</Description>", "")
    found = read_codes_file(
        qdc(tmp_path, inside + '<Code guid="x" name="c" color="red"/>', "<Sets/>", head)
    )

    assert [one.words for one in found.codebook.codes] == ["a", "b", "c"]
    said = {loss.why for loss in found.losses}
    assert "its namespace is not `urn:QDA-XML:codebook:1.0`" in said
    assert "its parts are not in the order of the standard" in said
    assert "an empty list, which the standard does not allow" in said
    assert "its guid has not the form of one" in said
    assert "it is no colour of the form #rrggbb" in said


def test_sets_of_a_codebook_are_read(tmp_path):
    group = f'<Sets><Set guid="{GUID.format(9)}" name="Both"><MemberCode guid="{GUID.format(1)}"/><MemberCode guid="{GUID.format(7)}"/></Set></Sets>'
    found = read_codes_file(qdc(tmp_path, code(1, "a"), group))

    assert found.sets == (Collection("both", "Both", ("a",), guid=GUID.format(9)),)
    assert [loss.kind for loss in found.losses] == ["MemberCode"]


def test_guids_are_compared_without_braces_and_case_and_kept_as_they_are(tmp_path):
    guid = "{" + GUID.format(10).upper() + "}"
    path = qdc(tmp_path, f'<Code guid="{guid}" name="a" isCodable="true"/>')
    write_codebook(read_codebook(path), tmp_path / "b.qdc")

    assert f'guid="{guid}"' in (tmp_path / "b.qdc").read_text(encoding="utf-8")


def test_a_code_of_ours_has_the_same_guid_in_every_export(tmp_path):
    book = Codebook((Code("trust", "Trust"),))
    write_codebook(book, tmp_path / "a.qdc")
    write_codebook(
        replace(book, codes=(replace(book.codes[0], define="Now said"),)), tmp_path / "b.qdc"
    )

    guids = [(tmp_path / name).read_text().split('guid="')[1][:36] for name in ("a.qdc", "b.qdc")]
    assert guids[0] == guids[1]


def test_another_program_may_change_the_description_and_the_rules_come_back(tmp_path):
    path = tmp_path / "a.qdc"
    write_codebook(Codebook((Code("t", "Trust", define="old", include="only if said"),)), path)
    text = path.read_text(encoding="utf-8").replace("old", "new").replace("\n", "\r\n")
    path.write_bytes(text.replace('name="Trust"', 'name="Confidence"').encode())

    found = read_codebook(path).codes[0]
    assert (found.words, found.define, found.include) == ("Confidence", "new", "only if said")


def test_an_empty_codebook_cannot_be_written(tmp_path):
    with pytest.raises(CodingError, match="no codes"):
        write_codebook(Codebook(), tmp_path / "a.qdc")


@pytest.mark.parametrize(
    "content",
    ["", "<CodeBook>", "<Project/>", "no xml", '<!DOCTYPE a [<!ENTITY b "c">]><CodeBook/>'],
)
def test_what_is_no_codebook_says_so(tmp_path, content):
    path = tmp_path / "a.qdc"
    path.write_text(content)

    with pytest.raises(CodingError, match=r"a\.qdc: "):
        read_codebook(path)


def test_a_tree_too_deep_for_any_program_is_refused(tmp_path):
    codes = [Code(f"c{n}", "x", parent=f"c{n - 1}" if n else "") for n in range(300)]

    with pytest.raises(CodingError, match="levels deep"):
        write_codebook(Codebook(tuple(codes)), tmp_path / "a.qdc")
