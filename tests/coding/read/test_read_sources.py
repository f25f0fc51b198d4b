"""A folder of sources, and the contract that every reader of one format keeps."""

import hashlib

import documents
import numpy as np
import pytest
from documents import IN_OTHER_MARKS, SPEECH, TALKS, TEXT, words

from evalkit.coding import apart
from evalkit.coding.read import DRAFTS, READERS, read_cases, read_material, read_sources
from evalkit.errors import ProjectError

EXACT = [suffix for suffix in READERS if suffix not in IN_OTHER_MARKS]
PLAIN = (".csv", ".html", ".md", ".srt", ".txt", ".vtt")


def spoken(source):
    return tuple((turn.speaker, source.text[turn.start : turn.end]) for turn in source.turns)


def test_every_reader_has_a_talk_to_read():
    assert set(TALKS) == set(READERS)
    assert set(DRAFTS) < set(READERS)


@pytest.mark.parametrize("suffix", EXACT)
def test_the_same_talk_has_the_same_text_and_the_same_spans_in_every_format(suffix, put):
    (source,) = READERS[suffix](put(f"talk{suffix}", TALKS[suffix]()), f"sources/talk{suffix}")
    assert source.text == TEXT
    assert spoken(source) == SPEECH
    assert (source.id, source.text_type) == ("talk", "verbatim")


@pytest.mark.parametrize("suffix", READERS)
def test_the_same_talk_has_the_same_words_and_speakers_in_every_format(suffix, put):
    (source,) = READERS[suffix](put(f"talk{suffix}", TALKS[suffix]()), f"sources/talk{suffix}")
    assert words(source.text.replace("**", "")) == words(TEXT)
    assert [(who, words(said)) for who, said in spoken(source)] == [
        (who, words(said)) for who, said in SPEECH
    ]
    ends = [end for turn in source.turns for end in (turn.start, turn.end)]
    assert ends == sorted(ends)


@pytest.mark.parametrize("suffix", READERS)
def test_a_source_knows_the_bytes_it_came_from(suffix, put):
    data = TALKS[suffix]()
    (source,) = READERS[suffix](put(f"talk{suffix}", data), "x")
    assert source.file == "x"
    if suffix not in (".csv", ".xlsx"):
        assert source.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("suffix", PLAIN)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_mark_and_windows_line_ends_change_no_word(suffix, encoding, put):
    before = READERS[suffix](put(f"talk{suffix}", TALKS[suffix]()), "x")[0]
    text = TALKS[suffix]().decode().replace("\r\n", "\n").replace("\n", "\r\n")
    after = READERS[suffix](put(f"talk{suffix}", text.encode(encoding)), "x")[0]
    assert (after.text, after.turns) == (before.text, before.turns)


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize(
    "content", [b"", b" \n\n ", b"\x00\x01\x02", b"\xff\xd8\xff\xe0\x00\x10JFIF"]
)
def test_empty_and_binary_files_are_refused_by_every_reader(suffix, content, put):
    path = put(f"a{suffix}", content)
    with pytest.raises(ProjectError) as caught:
        READERS[suffix](path, f"sources/a{suffix}")
    (fault, *_) = caught.value.faults
    assert fault.file == f"sources/a{suffix}"
    assert fault.wrong
    assert fault.do


@pytest.mark.parametrize("suffix", [".docx", ".html", ".md", ".odt", ".rtf", ".txt"])
def test_lines_before_a_blank_line_are_attributes_in_every_document(suffix, put):
    head = ("title: A mother", "who: parent", "site: north", "", "Mother: We read.")
    made = {
        ".docx": documents.docx("".join(documents.docx_p(line) for line in head)),
        ".html": "<br>".join(head),
        ".odt": documents.odt("".join(documents.odt_p(line) for line in head)),
        ".rtf": documents.rtf("\\par\n".join(head)),
    }
    (source,) = READERS[suffix](put(f"a{suffix}", made.get(suffix, "\n".join(head))), "x")
    assert (source.title, source.text) == ("A mother", "Mother: We read.")
    assert source.attributes == {"who": "parent", "site": "north"}
    assert spoken(source) == (("Mother", "We read."),)


def folder(tmp_path, **files):
    for name, content in files.items():
        path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def test_sources_come_in_the_order_of_file_names_then_rows(tmp_path):
    where = folder(
        tmp_path, b_dot_txt="b", a_dot_csv="id,text\nz,1\ny,2\n", c__d_dot_md="d", B_dot_TXT="B"
    )
    (where / "a2.docx").write_bytes(documents.docx())
    assert [source.id for source in read_sources(where)] == ["B", "z", "y", "a2", "b", "d"]


def test_files_that_are_nobodys_words_are_passed_over(tmp_path):
    where = folder(tmp_path, README_dot_md="about", _dot_hidden="x", a_dot_txt="a")
    (where / "~$a.docx").write_bytes(b"lock")
    assert [source.id for source in read_sources(where)] == ["a"]


def test_a_folder_that_does_not_exist_holds_no_sources(tmp_path):
    assert read_sources(tmp_path / "none") == ()
    assert read_cases(tmp_path / "none") == ()


def test_every_fault_of_the_folder_is_told_at_once(tmp_path):
    where = folder(
        tmp_path,
        a_dot_txt="words",
        b_dot_csv="id,text,text_type\na,words,verbatim\n,x,verbatim\nc,,quoted\n",
        d_dot_docx="x",
        e_dot_txtt="x",
    )
    with pytest.raises(ProjectError) as caught:
        read_sources(where)
    assert [str(fault) for fault in caught.value.faults] == [
        "sources/b.csv:3: The row has no `id`. Give it one of its own.",
        "sources/b.csv:4: Source `c` has no text. Delete the row, or fill in the words.",
        (
            "sources/b.csv:4: `text_type` cannot be `quoted`."
            " Write verbatim (the person's own words) or paraphrase."
        ),
        (
            "sources/d.docx: It is damaged, or not a Word document (.docx): the zip file inside"
            " cannot be opened. Open it in the program it came from and save it again."
        ),
        (
            "sources/e.txtt: evalkit cannot read `.txtt` files as sources. Save it as one of:"
            " .csv, .docx, .htm, .html, .md, .odt, .pdf, .rtf, .srt, .txt, .vtt, .xlsx."
        ),
    ]


def test_an_id_that_stands_twice_names_both_places(tmp_path):
    where = folder(tmp_path, a_dot_txt="x", b_dot_csv="id,text\na,y\nc,1\nc,2\n")
    with pytest.raises(ProjectError) as caught:
        read_sources(where, file="sources/")
    assert [(fault.where(), fault.wrong) for fault in caught.value.faults] == [
        ("sources/b.csv:2", "The id `a` is taken by another source (sources/a.txt:1)."),
        ("sources/b.csv:4", "The id `c` is taken by another source (sources/b.csv:3)."),
    ]


def test_losses_are_added_up_over_files_and_name_them(put, tmp_path):
    put("a.docx", documents.docx())
    put("b.docx", documents.docx())
    put("c.srt", documents.srt())
    found = {loss.kind: loss for loss in read_material(tmp_path).losses}
    assert found["list mark"].count == 4
    assert found["page break"].where == ("sources/a.docx", "sources/b.docx")
    assert found["timestamp"].count == len(documents.lines())


def test_cases_of_surveys_come_with_the_folder(put, tmp_path):
    put(
        "answers.csv",
        "id,school,what\n1,North,It helped us a lot\n2,South,Nothing much has changed\n",
    )
    material = read_material(tmp_path)
    assert [case.id for case in material.cases] == ["1", "2"]
    assert material.cases == read_cases(tmp_path)
    assert material.cases[0].sources == ("1.what",)
    put("again.csv", "id,why\n1,It helped them so much\n")
    with pytest.raises(ProjectError, match="case `1` stands in two surveys"):
        read_material(tmp_path)


def test_a_large_program_does_not_start_a_child_for_every_document(put, tmp_path, monkeypatch):
    large = np.ones(60_000_000)  # 480 MB: a child starts with the largest size of its parent
    for number in range(5):
        put(f"{number}.docx", documents.docx())
    started, start = [], apart._start
    monkeypatch.setattr(apart, "_start", lambda: started.append(1) or start())
    assert len(read_sources(tmp_path)) == 5
    assert len(started) == 1
    assert large.size


def test_two_hundred_documents_do_not_cost_two_hundred_starts(put, tmp_path, monkeypatch):
    data = documents.docx()
    for number in range(200):
        put(f"{number}.docx", data)
    started, start = [], apart._start
    monkeypatch.setattr(apart, "_start", lambda: started.append(1) or start())
    assert len(read_sources(tmp_path)) == 200
    assert 1 <= len(started) <= 3  # a child that has grown large is replaced
