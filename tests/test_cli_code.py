"""The commands `evalkit code ...`: what they print, what they write, and how they leave."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evalkit.cli_code import code_app
from evalkit.coding.project_folder import read_coding
from evalkit.coding.refi import read_codebook, read_project
from evalkit.coding.store import events, open_store

GOLDEN = Path(__file__).parent / "golden" / "exchange"
TALK = (
    "Interviewer: What changed?\n"
    "Anna: The home visits helped us to read. We read every night.\n"
    "Interviewer: And then?\n"
    "Anna: She talks more. Nothing changed at school. Ring 07700 900123.\n"
)
CODINGS = """source,quote,code,coder
talk,The home visits helped us to read.,visits,ann
talk,The home visits helped us to read.,visits,ben
talk,We read every night.,reading,ann
talk,She talks more.,reading,ben
talk,Nothing changed at school.,nil,ann
talk,Nothing changed at school.,nil,ben
"""
CODEBOOK = """format: evalkit/1
codes:
  visits: {words: Visits, says: for, links: [visits -> reading]}
  reading: {words: Reading}
  nil: {words: No change, says: nil, links: [reading -> school]}
"""
CLAIMS = """source,quote,cause,effect,sign,prompted,first_hand
talk,The home visits helped us to read.,visits,reading,+,no,yes
talk,She talks more.,reading,talking,more,yes,yes
"""
THEORY = """format: evalkit/1
version: 1
purpose: Children read.
activities: {visits: Home visits}
early_outcomes: {reading: Reading at home}
outcomes: {school: School}
links:
  - visits -> reading
  - reading -> school
"""
SURVEY = """id,place,What changed?,What was hard?
p1,north,We read at home every night now,Finding the time for it
p2,south,Not much has changed so far,She would not sit still
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "mine"
    (made / "sources").mkdir(parents=True)
    (made / "sources" / "talk.txt").write_text(TALK, encoding="utf-8")
    (made / "codings.csv").write_text(CODINGS, encoding="utf-8")
    (made / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    (made / "claims.csv").write_text(CLAIMS, encoding="utf-8")
    (made / "theory.yaml").write_text(THEORY, encoding="utf-8")
    return made


def code(*arguments, leaves=0):
    done = CliRunner().invoke(code_app, [str(argument) for argument in arguments])
    assert done.exit_code == leaves, done.output
    return done


def as_json(*arguments, leaves=0):
    return json.loads(code(*arguments, "--json", leaves=leaves).stdout)


# -- import and export -----------------------------------------------------------------------------


def test_import_of_a_project_makes_a_store_and_prints_what_was_not_carried(tmp_path):
    done = code("import", tmp_path / "new", GOLDEN / "p1_lf.qdpx")
    assert f"Written: {tmp_path / 'new' / 'coding.db'}" in done.stdout
    assert read_coding(tmp_path / "new").codings == read_project(GOLDEN / "p1_lf.qdpx").codings


def test_the_folder_and_the_file_may_come_in_either_order(tmp_path):
    code("import", GOLDEN / "p1_lf.qdpx", tmp_path / "new")
    assert (tmp_path / "new" / "coding.db").is_file()


def test_importing_twice_changes_nothing(tmp_path):
    for _ in range(2):
        code("import", tmp_path, GOLDEN / "p1_lf.qdpx", "--by", "ann", "--quiet")
    with open_store(tmp_path / "coding.db", read_only=True) as store:
        assert len({event.step for event in events(store)}) == 1
        assert {event.by for event in events(store)} == {"ann"}


def test_the_folders_own_files_become_a_store_with_the_files_they_came_from(folder):
    shown = as_json("import", folder)
    assert shown["counts"]["codings"] == 6
    assert shown["losses"] == []
    made = read_coding(folder)
    assert (len(made.codings), len(made.claims)) == (6, 2)
    with open_store(folder / "coding.db", read_only=True) as store:
        from evalkit.coding.store import original

        assert original(store, "talk") == TALK.encode()


def test_import_to_plain_files_reads_back_and_never_overwrites(tmp_path):
    code("import", tmp_path, GOLDEN / "p1_lf.qdpx", "--to", "csv")
    plain, whole = read_coding(tmp_path), read_project(GOLDEN / "p1_lf.qdpx")
    assert {(it.segment.id, it.code, it.coder) for it in plain.codings} == {
        (it.segment.id, it.code, it.coder) for it in whole.codings
    }
    again = code("import", tmp_path, GOLDEN / "p1_lf.qdpx", "--to", "csv", leaves=1)
    assert "There is a `codings.csv` already." in again.stderr


def test_an_import_that_fails_leaves_no_store_behind(tmp_path):
    (tmp_path / "x.qdpx").write_bytes(b"no zip")
    done = code("import", tmp_path / "new", tmp_path / "x.qdpx", leaves=1)
    assert "1 fault" in done.stderr
    assert not (tmp_path / "new" / "coding.db").exists()


@pytest.mark.parametrize("stored", [False, True])
def test_export_writes_every_kind(folder, stored):
    if stored:
        code("import", folder)
    for kind in ("qdpx", "qdc", "csv", "folder"):
        assert "Written:" in code("export", folder, "--to", kind).stdout
    out = folder / "out"
    assert {it.segment.id for it in read_project(out / "coding.qdpx").codings} == {
        it.segment.id for it in read_coding(folder).codings
    }
    assert [it.id for it in read_codebook(out / "coding.qdc").codes] == ["visits", "reading", "nil"]
    again = read_coding(out / "coding")
    assert [it.id for it in again.codings] == [it.id for it in read_coding(folder).codings]
    assert again.claims == read_coding(folder).claims
    assert again.sources[0].text == TALK
    assert (out / "coding.dump" / "store.json").is_file()


def test_export_says_what_is_left_out(folder, tmp_path):
    shown = as_json("export", folder, "--to", "qdc", "--out", tmp_path / "codes.qdc")
    assert {loss["kind"]: loss["count"] for loss in shown["losses"]} == {
        "sources": 1,
        "codings": 6,
        "claims": 2,
    }


# -- questions -------------------------------------------------------------------------------------


def test_agreement_prints_coefficient_unit_and_why_there_is_no_interval(folder):
    line = code("agreement", folder, "--coefficient", "krippendorff_alpha").stdout.splitlines()[0]
    assert line.startswith("Krippendorff's alpha, everyone, all codes: 0.")
    assert "units: sentence" in line


def test_agreement_as_json_has_one_row_a_coefficient_and_code(folder):
    rows = as_json("agreement", folder, "--coefficient", "percent", "--unit", "turn")
    assert [row["code"] for row in rows] == ["", "visits", "reading", "nil"]
    assert {row["unit"] for row in rows} == {"turn"}


def test_reflexive_coding_gets_no_coefficient_and_the_reason(folder):
    (row,) = as_json("agreement", folder, "--reflexive")
    assert row["value"] is None
    assert row["reason"].startswith("coded reflexively")


def test_matrix_counts_by_case_attribute_link_and_code(folder):
    (folder / "sources" / "spring.csv").write_text(SURVEY, encoding="utf-8")
    with (folder / "codings.csv").open("a", encoding="utf-8") as file:
        file.write("p1.what_changed,We read at home every night now,reading,ann\n")
    rows = {row["code"]: row for row in as_json("matrix", folder)}
    assert rows["reading"] == {"code": "reading", "p1": 1, "p2": 0}
    by = as_json("matrix", folder, "--by", "attribute", "--attribute", "place", "--count", "cases")
    assert {row["code"]: row for row in by}["reading"]["north"] == 1
    links = as_json("matrix", folder, "--by", "link")
    assert [row["code"] for row in links] == ["visits", "nil"]
    assert isinstance(as_json("matrix", folder, "--by", "code"), list)
    assert "not the same as not so" in code("matrix", folder).stdout


def test_suggestions_come_with_how_often_they_were_right_and_code_nothing(folder):
    for n in range(4):
        words = "We read a book. " * 4 + "It rained all day. " * 4
        (folder / "sources" / f"more-{n}.txt").write_text(words, encoding="utf-8")
        with (folder / "codings.csv").open("a", encoding="utf-8") as file:
            file.writelines(f"more-{n},We read a book.,reading,ann,{k}\n" for k in (1, 2, 3))
    text = (folder / "codings.csv").read_text(encoding="utf-8")
    text = text.replace("code,coder\n", "code,coder,occurrence\n", 1)
    (folder / "codings.csv").write_text(text, encoding="utf-8")
    before = read_coding(folder).codings
    shown = as_json("suggest", folder, "--examples", "5")
    assert {one["segment"]["quote"] for one in shown["suggestions"]} >= {"We read a book."}
    assert {row["code"] for row in shown["held_out"]} == {"visits", "reading", "nil"}
    assert "a person accepts it" in code("suggest", folder, "--examples", "5").stdout
    assert read_coding(folder).codings == before


def test_claims_stand_beside_the_theory(folder):
    shown = as_json("claims", folder)
    assert [row["link"] for row in shown["links"]] == ["reading -> talking", "visits -> reading"]
    status = {row["link"]: row["status"] for row in shown["beside_the_theory"]}
    assert status == {
        "visits -> reading": "said and in the theory",
        "reading -> school": "in the theory, not said; whether asked is not recorded",
        "reading -> talking": "said but not in the theory",
    }
    assert "not how likely" in shown["note"]


def test_claims_trace_a_way_and_say_how_many_voices_it_hangs_on(folder):
    shown = as_json("claims", folder, "--from", "visits", "--to", "talking")
    assert [row["path"] for row in shown["ways"]] == ["visits -> reading -> talking"]
    assert shown["robustness"]["value"] == 1
    text = code("claims", folder, "--from", "visits", "--to", "talking").stdout
    assert "Every way is broken when 1 of 1 source falls" in text


def test_search_finds_words_whatever_their_case(folder):
    done = code("search", folder, "home VISITS")
    assert "[home visits]" in done.stdout
    assert done.stdout.endswith("1 place.\n")
    assert as_json("search", folder, "nobody said this") == []


# -- pseudonyms ------------------------------------------------------------------------------------


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("name,pseudonym\nAnna,Mother 1\n", encoding="utf-8")
    return path


def test_pseudonymise_without_a_new_folder_only_reports(folder, roster):
    before = sorted(path for path in folder.rglob("*"))
    shown = as_json("pseudonymise", folder, "--roster", roster)
    assert {row["kind"] for row in shown["found"]} >= {"roster name", "phone"}
    assert sorted(path for path in folder.rglob("*")) == before


def test_pseudonymise_writes_a_new_folder_and_restore_brings_the_names_back(
    folder, roster, tmp_path
):
    new, key = tmp_path / "safe", tmp_path / "keys" / "key.json"
    shown = as_json("pseudonymise", folder, "--roster", roster, "--key", key, "--out", new)
    assert {row["kind"]: row["times"] for row in shown["replaced"]} == {"name": 2, "phone": 1}
    made = read_coding(new)
    assert "Anna" not in made.sources[0].text
    assert "900123" not in (new / "coding.db").read_bytes().decode("latin-1")
    again = tmp_path / "again"
    code("pseudonymise", new, "--restore", "--key", key, "--out", again)
    assert read_coding(again).codings == read_coding(folder).codings


def test_a_key_inside_either_folder_is_refused_before_anything_is_written(folder, roster, tmp_path):
    new = tmp_path / "safe"
    for place in (folder / "key.json", new / "sub" / "key.json", new / ".." / "mine" / "k.json"):
        done = code(
            "pseudonymise", folder, "--roster", roster, "--key", place, "--out", new, leaves=1
        )
        assert "is inside the project folder" in done.stderr
    assert not new.exists()


def test_names_are_never_replaced_in_the_folder_itself(folder, roster, tmp_path):
    arguments = ("--roster", roster, "--key", tmp_path / "k.json", "--out", folder)
    assert (
        "its log and files keep them" in code("pseudonymise", folder, *arguments, leaves=1).stderr
    )
    assert not (tmp_path / "k.json").exists()


# -- faults and wrong usage ------------------------------------------------------------------------


def test_every_fault_of_the_files_is_printed_with_its_line(folder):
    (folder / "codings.csv").write_text(
        "source,quote,code,coder\ntalk,Not there at all,visits,ann\ntolk,x,visit,ann\n",
        encoding="utf-8",
    )
    done = code("matrix", folder, leaves=1)
    assert done.stderr.startswith("3 faults")
    assert "codings.csv:3:" in done.stderr
    assert {fault["line"] for fault in as_json("matrix", folder, leaves=1)} == {2, 3}


@pytest.mark.parametrize("command", ["agreement", "matrix", "suggest", "claims", "export"])
def test_a_folder_without_texts_is_a_fault_with_a_remedy(tmp_path, command):
    done = code(command, tmp_path, leaves=1)
    assert "evalkit code import DIR FILE" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["import"], "Missing argument"),
        (["matrix", "nowhere"], "There is no folder"),
        (["export", ".", "--to", "qdpxx"], "Did you mean `qdpx`?"),
        (["import", ".", "--to", "xls"], "Give one of: db, csv"),
        (["agreement", ".", "--unit", "sentences"], "Did you mean `sentence`?"),
        (["agreement", ".", "--by", "codes"], "Did you mean `code`?"),
        (["matrix", ".", "--by", "cases"], "Did you mean `case`?"),
        (["matrix", ".", "--by", "attribute"], "Name the attribute"),
        (["claims", ".", "--from", "a"], "A way has two ends"),
        (["pseudonymise", ".", "--restore"], "Give the key and a new folder"),
        (["pseudonymise", ".", "--out", "x"], "Give the roster and a place for the key"),
        (["serch", "."], "No such command"),
    ],
)
def test_wrong_usage_leaves_with_two_and_says_what_is_right(tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    assert says in " ".join(code(*arguments, leaves=2).output.replace("│", "").split())
    assert list(tmp_path.iterdir()) == []


def test_help_loads_nothing_heavy():
    script = (
        "import sys, evalkit.cli_code\n"
        "heavy = {'pandas', 'numpy', 'nltk', 'scipy'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
