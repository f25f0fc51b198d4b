"""A folder of sources, and the contract that every reader of one format keeps."""

from pathlib import Path

import pytest

from evalkit.coding.read import READERS, read_sources
from evalkit.errors import ProjectError

EXAMPLES = Path(__file__).parent / "examples"
TALK = (
    "INTERVIEWER: What changed?\nMOTHER: We read at home \u2013 “every night”, she\u2019d say.\n\n"
    "INTERVIEWER: And at school?\nMOTHER: Nothing changed at Zoë's school 👩‍🏫, really."
)


@pytest.mark.parametrize("suffix", READERS)
def test_the_same_talk_has_the_same_words_in_every_format(suffix):
    (source,) = READERS[suffix](EXAMPLES / f"talk{suffix}", f"sources/talk{suffix}")
    assert source.text.strip() == TALK
    assert (source.id, source.text_type, source.title) == ("talk", "verbatim", "A mother")
    assert source.attributes == {"speaker": "mother", "site": "north"}


@pytest.mark.parametrize("suffix", READERS)
def test_byte_order_mark_and_windows_line_ends_change_no_word(suffix, tmp_path):
    example = (EXAMPLES / f"talk{suffix}").read_text(encoding="utf-8")
    for encoding in ("utf-8-sig", "utf-16"):
        path = tmp_path / f"talk{suffix}"
        path.write_bytes(example.replace("\n", "\r\n").encode(encoding))
        assert READERS[suffix](path, "x")[0].text.strip() == TALK


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize(
    "content", [b"", b" \n\n ", b"\x00\x01\x02", b"\xff\xd8\xff\xe0\x00\x10JFIF"]
)
def test_empty_and_binary_files_are_refused_by_every_reader(suffix, content, tmp_path):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(ProjectError) as caught:
        READERS[suffix](path, f"sources/a{suffix}")
    assert caught.value.faults[0].file == f"sources/a{suffix}"


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
    assert [source.id for source in read_sources(where)] == ["B", "z", "y", "b", "d"]


def test_files_that_are_nobodys_words_are_passed_over(tmp_path):
    where = folder(tmp_path, README_dot_md="about", _dot_hidden="x", a_dot_txt="a")
    (where / "~$a.docx").write_bytes(b"lock")
    assert [source.id for source in read_sources(where)] == ["a"]


def test_a_folder_that_does_not_exist_holds_no_sources(tmp_path):
    assert read_sources(tmp_path / "none") == ()


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
            "sources/d.docx: evalkit cannot read `.docx` files as sources."
            " Save it as one of: .csv, .md, .txt."
        ),
        (
            "sources/e.txtt: evalkit cannot read `.txtt` files as sources."
            " Save it as one of: .csv, .md, .txt."
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
