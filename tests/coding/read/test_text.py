"""Plain text: the whole file is one source, and a header is only taken for one when it is."""

import pytest

from evalkit.coding.read.text import read_text, split_header
from evalkit.errors import ProjectError


def read(tmp_path, text):
    path = tmp_path / "interview-07.txt"
    path.write_bytes(text.encode())
    return read_text(path, "sources/interview-07.txt")[0]


def test_header_lines_become_attributes_and_leave_the_text(tmp_path):
    source = read(tmp_path, "who: parent\nsite: north\n\n\nIt helped.\n")
    assert (source.id, source.text, source.line) == ("interview-07", "It helped.\n", 5)
    assert source.attributes == {"who": "parent", "site": "north"}


def test_title_and_text_type_are_taken_from_the_header(tmp_path):
    source = read(tmp_path, "title: Notes\ntext_type: paraphrase\n\nShe said it helped.")
    assert (source.title, source.text_type, source.attributes) == ("Notes", "paraphrase", {})


@pytest.mark.parametrize(
    "text",
    [
        "interviewer: how are you\nmother: fine\n\nand so on",
        "Who: parent\n\nIt helped.",
        "who: parent\nIt helped.\n\nA lot.",
        "who: parent\nwho: child\n\nIt helped.",
        "who: parent",
        "who:\n\nIt helped.",
        "\nwho: parent\n\nIt helped.",
    ],
)
def test_what_may_be_talk_is_never_taken_for_a_header(text):
    assert split_header(text) == ({}, text, 1)


def test_an_unknown_text_type_names_the_nearest(tmp_path):
    with pytest.raises(ProjectError, match="Did you mean `verbatim`"):
        read(tmp_path, "text_type: verbatm\n\nIt helped.")


def test_a_header_without_words_is_refused(tmp_path):
    with pytest.raises(ProjectError, match="no words in it"):
        read(tmp_path, "who: parent\n\n")
