"""What is coded in a folder: its store, or its plain files; and plain files that read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.model import Claim, Code, Codebook, Coding, CodingProject, Memo, Segment, Source
from evalkit.coding.project_folder import read_coding, write_plain
from evalkit.coding.read.codebook import read_codebook
from evalkit.coding.store import open_store, put_project
from evalkit.errors import ProjectError

TEXT = "Ann: It helped.\nBen: It did not."
PROJECT = CodingProject(
    sources=(Source("talk", TEXT, "A talk"), Source("a/b", "\nsite: north\n\nOdd.")),
    codebook=Codebook(
        (Code("help", "Help"), Code("no", 'No "help": none', says="nil", parent="help"))
    ),
    codings=(Coding(Segment("talk", 5, 15, "It helped."), "help", "ann"),),
    claims=(Claim(Segment("a/b", 14, 18, "Odd."), "x", "y", id="c1"),),
    memos=(Memo("m", "Think."),),
)


def test_the_store_is_read_where_there_is_one(tmp_path):
    write_plain(PROJECT, tmp_path)
    with open_store(tmp_path / "coding.db", create=True) as store:
        put_project(store, CodingProject(sources=(Source("other", "x"),)), "ann")
    assert [source.id for source in read_coding(tmp_path).sources] == ["other"]


def test_plain_files_read_back_and_what_they_cannot_hold_is_said(tmp_path):
    losses = write_plain(PROJECT, tmp_path)
    made = read_coding(tmp_path)
    assert {source.id: source.text for source in made.sources} == {
        source.id: source.text for source in PROJECT.sources
    }
    assert [code.parent for code in made.codebook.codes] == ["", "help"]
    assert [(it.segment, it.code, it.coder) for it in made.codings] == [
        (it.segment, it.code, it.coder) for it in PROJECT.codings
    ]
    assert made.claims == PROJECT.claims
    assert [(loss.kind, loss.count) for loss in losses] == [("memo", 1), ("source.turns", 1)]


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "codings.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(ProjectError, match="already"):
        write_plain(PROJECT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["codings.csv"]


def test_a_folder_with_neither_says_what_to_do(tmp_path):
    with pytest.raises(ProjectError, match="evalkit code import DIR FILE"):
        read_coding(tmp_path)


def test_the_places_that_the_plan_names_are_read(tmp_path):
    write_plain(PROJECT, tmp_path)
    (tmp_path / "sources").rename(tmp_path / "texts")
    (tmp_path / "codings.csv").rename(tmp_path / "ours.csv")
    plan = "format: evalkit/1\nlistening: {sources: texts, codings: ours.csv}\n"
    (tmp_path / "protocol.yaml").write_text(plan, encoding="utf-8")
    assert len(read_coding(tmp_path).codings) == 1


ODD = (
    st.text(
        st.sampled_from("ab: #\n\t\"'{}[]&*!|>%@`,é\u2028-?\\")
        | st.characters(categories=["L", "N", "P"]),
        min_size=1,
        max_size=12,
    )
    .map(str.strip)
    .filter(bool)
)


@given(words=ODD, define=ODD)
def test_a_codebook_reads_back_whatever_its_words_are(words, define, tmp_path_factory):
    path = tmp_path_factory.mktemp("made")
    book = Codebook(
        (Code("no", words, define=define, says="mixed", links=("a -> b",)), Code("1.5", words))
    )
    write_plain(CodingProject(codebook=book), path)
    back = read_codebook(path / "codebook.yaml").codes
    assert [(code.id, code.words, code.define, code.says, code.links) for code in back] == [
        (code.id, code.words, code.define, code.says, code.links) for code in book.codes
    ]


IDS = ODD.map(lambda text: "".join(text.split())).filter(bool) | st.just("README")


@given(texts=st.dictionaries(IDS, ODD, min_size=1, max_size=4))
def test_texts_read_back_whatever_they_are_called(texts, tmp_path_factory):
    path = tmp_path_factory.mktemp("made")
    made = CodingProject(sources=tuple(Source(id, text) for id, text in texts.items()))
    write_plain(made, path)
    assert {source.id: source.text for source in read_coding(path).sources} == texts
