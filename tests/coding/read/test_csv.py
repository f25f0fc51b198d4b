"""Sources from CSV: the columns that mean something, and all others as attributes."""

import pytest

from evalkit.coding.read.csv import read_csv
from evalkit.errors import ProjectError


def read(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    return read_csv(path, "sources/a.csv")


def test_source_is_the_title_unless_there_is_one(tmp_path):
    first, second = read(tmp_path, "id,text,title,source\n1,a,T,S\n2,b,,S\n")
    assert (first.title, first.attributes) == ("T", {"source": "S"})
    assert (second.title, second.attributes) == ("S", {})


def test_other_columns_are_attributes_and_blanks_are_left_out(tmp_path):
    first, second = read(tmp_path, "id,text,speaker_type,wave\n1,a,head teacher,2\n2,b, ,\n")
    assert first.attributes == {"speaker_type": "head teacher", "wave": "2"}
    assert second.attributes == {}


def test_a_file_without_text_types_is_verbatim_and_one_with_them_must_say(tmp_path):
    assert read(tmp_path, "id,text\n1,a\n")[0].text_type == "verbatim"
    assert read(tmp_path, "id,text,text_type\n1,a,paraphrase\n")[0].text_type == "paraphrase"
    with pytest.raises(ProjectError, match="`text_type` cannot be ``"):
        read(tmp_path, "id,text,text_type\n1,a,\n")


def test_blanks_around_the_words_stay_and_around_the_id_go(tmp_path):
    (source,) = read(tmp_path, 'id,text\n 1 ,"  a\n b "\n')
    assert (source.id, source.text, source.line) == ("1", "  a\n b ", 2)


def test_an_id_that_cannot_be_printed_is_refused(tmp_path):
    with pytest.raises(ProjectError, match="cannot be printed"):
        read(tmp_path, 'id,text\n"a\nb",x\n')


SURVEY = "id;wave;What changed?\n1;a;We read, every night now\n2;b;Not so much has changed\n"


def test_a_file_without_a_column_of_texts_is_a_survey(tmp_path):
    first, second = read(tmp_path, SURVEY)
    assert (first.id, first.title, first.attributes["wave"]) == (
        "1.what_changed",
        "What changed?",
        "a",
    )
    assert second.text == "Not so much has changed"


def test_a_file_without_texts_and_answers_is_told_its_missing_column(tmp_path):
    with pytest.raises(ProjectError) as caught:
        read(tmp_path, "id,words\n1,yes\n")
    (fault,) = caught.value.faults
    assert (fault.wrong, fault.line) == ("The column `text` is missing.", 1)


def test_a_row_too_long_in_a_survey_is_told(tmp_path):
    with pytest.raises(ProjectError, match="4 cells and the file has 3"):
        read(tmp_path, SURVEY + "3;a;It is as it was;x\n")


def test_who_speaks_in_a_cell_is_found(tmp_path):
    (source,) = read(tmp_path, 'id,text\n1,"Interviewer: a\nMother: b"\n')
    assert [turn.speaker for turn in source.turns] == ["Interviewer", "Mother"]
