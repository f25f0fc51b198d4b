"""Writing a project and reading it back is the identity; every file written is to the standard."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
from generated_projects import projects
from hypothesis import HealthCheck, given, settings
from made_refi import CODE, SELECTION, SOURCE, USER, qdpx, source, xml

from evalkit.coding.model import (
    Case,
    Claim,
    Code,
    Codebook,
    Coding,
    CodingProject,
    Loss,
    Memo,
    Segment,
    Source,
    User,
    Value,
)
from evalkit.coding.refi import losses_of_export, read_project, write_project
from evalkit.errors import CodingError

GENERATED = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TEXT = "Tutor: Zoë 👩\u200d🏫 loved them.\nParent: we read every night."


def small(**more):
    """A project as evalkit itself makes it: ids, no guids."""
    segment = Segment("talk", 27, 53, TEXT[27:53])
    return CodingProject(
        name="Reading",
        sources=(Source("talk", TEXT, "A talk", attributes={"place": "library"}),),
        codebook=Codebook(
            (
                Code("how", "How it works", codable=False),
                Code(
                    "home", "Home", parent="how", links=("visits -> home",), include="said at home"
                ),
            )
        ),
        codings=(Coding(segment, "home", "ana", "2026-05-04", note="clear", round="1"),),
        **more,
    )


def back(project, folder):
    path = folder / "p.qdpx"
    write_project(project, path)
    return read_project(path)


@GENERATED
@given(project=projects())
def test_write_then_read_is_the_identity_and_valid(project, tmp_path, assert_valid_project):
    path = tmp_path / "p.qdpx"
    write_project(project, path)

    assert_valid_project(path)
    assert read_project(path) == project


@pytest.mark.parametrize(
    "name", ["p1_lf", "p1_maxqda_crlf", "made_utf16_offsets", "skyloom-TestProject"]
)
def test_projects_of_other_programs_survive_a_round_trip(
    golden, tmp_path, name, assert_valid_project
):
    first = read_project(golden / f"{name}.qdpx")
    second = back(first, tmp_path)

    assert_valid_project(tmp_path / "p.qdpx")
    assert second.losses == ()
    assert replace(second, losses=first.losses) == first


def test_guids_of_other_programs_stand_in_the_file_that_is_written(golden, tmp_path):
    def guids(path, name):
        with zipfile.ZipFile(path) as opened:
            text = opened.read(name).decode("utf-8")
        return {part[:36].lower() for part in text.split('guid="')[1:]}

    write_project(read_project(golden / "p1_lf.qdpx"), tmp_path / "p.qdpx")
    first = guids(golden / "p1_lf.qdpx", "project.qde")
    kept = guids(tmp_path / "p.qdpx", "project.qde")

    # The one selection inside a memo is reported as lost.
    assert first - kept == {"464f3f35-519b-4a46-a287-b96778810c0a"}


def test_the_same_project_gives_the_same_bytes(tmp_path):
    code = (
        "import sys; from evalkit.coding.refi import *; "
        "write_project(read_project(sys.argv[1]), sys.argv[2])"
    )
    write_project(small(), tmp_path / "0.qdpx")
    write_project(small(), tmp_path / "1.qdpx")
    for seed in "12":
        command = [sys.executable, "-c", code, tmp_path / "0.qdpx", tmp_path / f"{seed}.qdpx"]
        subprocess.run(command, check=True, env={"PYTHONHASHSEED": seed})

    first = (tmp_path / "0.qdpx").read_bytes()
    assert first == (tmp_path / "1.qdpx").read_bytes() == (tmp_path / "2.qdpx").read_bytes()


def test_texts_are_written_without_a_mark_and_with_line_feeds(tmp_path):
    write_project(small(), tmp_path / "p.qdpx")

    with zipfile.ZipFile(tmp_path / "p.qdpx") as opened:
        texts = [opened.read(name) for name in opened.namelist()[1:]]
    assert TEXT.encode("utf-8") in texts


def test_what_others_will_not_see_is_reported_and_comes_back(tmp_path):
    claim = Claim(Segment("talk", 0, 5, "Tutor"), "visits", "home", mechanism="trust")
    project = small(claims=(claim,))
    found = losses_of_export(project)

    assert write_project(project, tmp_path / "p.qdpx") == found
    assert {loss.kind for loss in found} == {
        "Code.include",
        "Code.links",
        "Coding.round",
        "Claim",
        "Coding.on",
    }
    assert (
        Loss(
            "Claim",
            "claims travel as links between codes; the rest is kept in the memo `evalkit`",
            1,
            ("",),
            "changed",
        )
        in found
    )
    assert read_project(tmp_path / "p.qdpx") == project


def test_theory_and_claims_travel_as_links_and_a_graph(tmp_path):
    claim = Claim(Segment("talk", 0, 5, "Tutor"), "visits", "home", id="c1")
    write_project(small(claims=(claim,)), tmp_path / "p.qdpx")

    with zipfile.ZipFile(tmp_path / "p.qdpx") as opened:
        text = opened.read("project.qde").decode()
    assert 'name="Theory of change (evalkit)"' in text
    assert 'name="visits"' in text
    assert 'name="speaks to: visits -&gt; home" direction="OneWay"' in text
    assert 'name="claim (+): visits -&gt; home" direction="OneWay"' in text


def test_rules_of_a_code_stand_in_its_description_for_people(tmp_path):
    write_project(small(), tmp_path / "p.qdpx")

    with zipfile.ZipFile(tmp_path / "p.qdpx") as opened:
        text = opened.read("project.qde").decode()
    assert '[evalkit]\nid: "home"\nlinks: ["visits -&gt; home"]\ninclude: "said at home"\n' in text


def changed_by_another(path, *pairs):
    """Rewrite the XML as another program might have, its own name on it."""
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    text = members["project.qde"].decode()
    for old, new in (('origin="evalkit', 'origin="Another program'), *pairs):
        assert old in text
        text = text.replace(old, new)
    members["project.qde"] = text.encode()
    with zipfile.ZipFile(path, "w") as opened:
        for name, data in members.items():
            opened.writestr(name, data)


def test_what_another_program_changed_counts_and_the_rest_comes_back(tmp_path):
    project = small(users=(User("ana", "Ana\x00"),))
    path = tmp_path / "p.qdpx"
    write_project(project, path)
    changed_by_another(
        path, ('name="A talk"', 'name="Renamed"'), ('name="Ana\ufffd"', 'name="Anna"')
    )

    found = read_project(path)

    assert found.sources[0].title == "Renamed"
    assert found.users == (User("ana", "Anna"),)
    assert [replace(one, file="") for one in found.codings] == list(project.codings)


def test_what_another_program_added_is_kept(tmp_path):
    path = tmp_path / "p.qdpx"
    write_project(small(memos=(Memo("m", "first", "A memo"),)), path)
    added = (
        f'<Note guid="{SOURCE}" name="Added"><PlainTextContent>x</PlainTextContent></Note></Notes>'
    )
    changed_by_another(path, ("</Notes>", added))

    assert [memo.words for memo in read_project(path).memos] == ["A memo", "Added"]


def test_without_the_memo_the_standard_part_is_all_there(tmp_path):
    path = tmp_path / "p.qdpx"
    write_project(small(), path)
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    text = members["project.qde"].decode()
    members["project.qde"] = (
        text[: text.index(" <Notes>")] + text[text.index("</Notes>") + 9 :]
    ).encode()
    with zipfile.ZipFile(path, "w") as opened:
        for name, data in members.items():
            opened.writestr(name, data)

    found = read_project(path)

    assert found.codings[0].segment.quote == TEXT[27:53]
    assert (found.codings[0].coder, found.codings[0].note) == ("ana", "clear")
    assert found.sources[0].attributes == {"place": "library"}
    assert [code.id for code in found.codebook.codes] == ["how", "home"]


def test_a_memo_of_evalkit_that_was_damaged_is_reported(tmp_path):
    path = tmp_path / "p.qdpx"
    write_project(small(), path)
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(path, "w") as opened:
        for name, data in members.items():
            opened.writestr(name, data.replace(b'"round":[', b'"round":[["a"],"b",'))

    assert read_project(path).codings[0].round == ""


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"sources": 2 * (Source("talk", TEXT),)}, "Two things of the kind `source`"),
        ({"codebook": Codebook((Code("a", "a", parent="a"),))}, "stands under itself"),
        ({"codebook": Codebook((Code("home", "a"), Code("home", "b")))}, "Two codes"),
        ({"codings": (Coding(Segment("talk", 0, 5, "Other"), "home", ""),)}, "no longer those"),
        ({"codings": (Coding(Segment("talk", 0, 999, "Other"), "home", ""),)}, "not inside"),
        ({"sources": (Source("talk", "\ud800"),), "codings": ()}, "half of a character"),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_reason(tmp_path, change, wrong):
    with pytest.raises(CodingError, match=wrong):
        write_project(replace(small(), **change), tmp_path / "p.qdpx")
    assert not (tmp_path / "p.qdpx").exists()


def test_codings_of_one_passage_share_a_selection_and_keep_their_own_coders(tmp_path):
    content = xml(
        f'<Sources><TextSource guid="{SOURCE}" name="t"><PlainTextContent>Zoë read</PlainTextContent>'
        f'<PlainTextSelection guid="{SELECTION.format(1)}" startPosition="0" endPosition="3" name="Zoë">'
        f"<Description>why</Description>"
        f'<Coding guid="{SELECTION.format(2)}" creatingUser="{USER}"><CodeRef targetGUID="{CODE}"/></Coding>'
        f'<Coding guid="{SELECTION.format(3)}"><CodeRef targetGUID="{CODE}"/></Coding>'
        "</PlainTextSelection></TextSource></Sources>"
    )
    first = read_project(qdpx(tmp_path, content))
    second = back(first, tmp_path)

    assert [one.coder for one in first.codings] == ["ana", ""]
    assert {one.selection for one in first.codings} == {SELECTION.format(1)}
    assert [one.note for one in first.codings] == ["why", "why"]
    assert second.codings == first.codings


def test_a_whole_source_may_be_coded(tmp_path):
    coding = f'<Coding guid="{SELECTION.format(2)}"><CodeRef targetGUID="{CODE}"/></Coding>'
    first = read_project(qdpx(tmp_path, xml(source(coding, path="", text="Zoë read"))))

    assert first.codings[0].segment == Segment("talk", 0, 8, "Zoë read")
    assert first.codings[0].selection == SOURCE
    assert back(first, tmp_path).codings == first.codings


def test_a_passage_without_a_code_is_kept_as_a_memo_about_it(tmp_path):
    bare = f'<PlainTextSelection guid="{SELECTION.format(9)}" startPosition="0" endPosition="3" name="Zoë"/>'
    first = read_project(qdpx(tmp_path, xml(source(bare, path="", text="Zoë read"))))

    assert first.memos == (Memo("passage", "", about=("talk:0-3",), guid=SELECTION.format(9)),)
    assert back(first, tmp_path).memos == first.memos


def test_variables_are_accepted_on_cases_on_sources_and_on_nameless_cases(tmp_path):
    variable = "00000000-0000-4000-8000-0000000000aa"
    value = f'<VariableValue><VariableRef targetGUID="{variable}"/><IntegerValue>7</IntegerValue></VariableValue>'
    content = xml(
        f'<Variables><Variable guid="{variable}" name="age" typeOfVariable="Integer"/></Variables>'
        f'<Cases><Case guid="{SELECTION.format(1)}" name="Amy">{value}</Case>'
        f'<Case guid="{SELECTION.format(2)}">{value}<SourceRef targetGUID="{SOURCE}"/></Case></Cases>'
        + source(value, path="", text="Zoë read")
    )
    found = read_project(qdpx(tmp_path, content))

    assert found.sources[0].attributes == {"age": "7"}
    assert [case.attributes for case in found.cases] == 2 * [{"age": Value("7", "Integer")}]
    assert found.cases[1].sources == ("talk",)
    assert not [loss for loss in found.losses if loss.severity == "lost" and loss.kind != "Project"]


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        ("1e-3", "Float", "<FloatValue>0.001</FloatValue>"),
        ("nan", "Float", None),
        ("12", "Integer", "<IntegerValue>12</IntegerValue>"),
        ("2026-02-30", "Date", None),
        ("yes", "Boolean", None),
    ],
)
def test_values_are_written_as_the_standard_wants_or_left_out(tmp_path, text, kind, written):
    project = small(cases=(Case("a", attributes={"x": Value(text, kind)}),))
    write_project(project, tmp_path / "p.qdpx")

    with zipfile.ZipFile(tmp_path / "p.qdpx") as opened:
        inside = opened.read("project.qde").decode()
    assert ("Value>" in inside.split("<Sources>")[0]) == (written is not None)
    assert (written or "") in inside
    assert read_project(tmp_path / "p.qdpx").cases == project.cases
