"""codings.csv: every fault at once, and the same codings back after writing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.coding.codings import read_codings, write_codings
from evalkit.coding.model import Code, Codebook, Coding, Segment, Source
from evalkit.errors import CodingError, ProjectError

SOURCES = (
    Source("s1", "The visits helped, “a lot”. The visits came late."),
    Source("s2", "Nothing changed at school."),
)
CODEBOOK = Codebook((Code("visits", "Visits"), Code("nil", "No change")))
HEAD = "source,quote,code,coder\n"
HOSTILE = st.text(
    st.sampled_from("ab \n\t\"',;\u2019\u2028\u200d\U0001f469\u0301שׁ\u202e=+@<&")
    | st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"),
    min_size=1,
    max_size=60,
)


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "codings.csv"
    path.write_bytes(text.encode(encoding))
    return read_codings(path, SOURCES, CODEBOOK)


def faults(tmp_path, text):
    with pytest.raises(ProjectError) as caught:
        read(tmp_path, text)
    return [str(fault) for fault in caught.value.faults]


def test_each_row_becomes_a_coding_with_its_place_date_note_and_line(tmp_path):
    text = (
        "source,quote,code,coder,on,note,occurrence\n"
        's1,"visits helped, “a lot”",visits,ann,2026-05-04,"first, sure",\n'
        "s1,The visits,visits,ann,,,2\n"
    )
    first, second = read(tmp_path, text, "utf-16")
    assert first == Coding(
        Segment("s1", 4, 26, "visits helped, “a lot”"),
        "visits",
        "ann",
        "2026-05-04",
        "first, sure",
        "codings.csv",
        2,
    )
    assert (second.segment.id, second.line) == ("s1:28-38", 3)


def test_every_fault_is_told_at_once_with_its_line(tmp_path):
    text = HEAD + (
        "s1,The visits,visits,ann\n"
        "s3,visits,visits,ann\n"
        "s2,Nothing,nill,ann\n"
        "s2,Nothing,nil,\n"
        "s2,,nil,ann\n"
        ",Nothing,,ann\n"
        "s1,Nothing changed,nil,ann\n"
    )
    found = faults(tmp_path, text)
    assert [line.partition(" ")[0] for line in found] == [
        "codings.csv:2:",
        "codings.csv:3:",
        "codings.csv:4:",
        "codings.csv:5:",
        "codings.csv:6:",
        "codings.csv:7:",
        "codings.csv:7:",
        "codings.csv:8:",
    ]
    assert "stands 2 times" in found[0]
    assert found[1].endswith("Did you mean `s2`?") or found[1].endswith("Did you mean `s1`?")
    assert found[2].endswith("Did you mean `nil`?")
    assert "Write who coded it" in found[3]
    assert "The quotation is empty" in found[4]
    assert "has no `code`" in found[5]
    assert "has no `source`" in found[6]
    assert found[7].endswith("It stands in source `s2`: correct one of the two.")


def test_the_same_coding_twice_names_the_first_line(tmp_path):
    (found,) = faults(
        tmp_path, HEAD + "s2,Nothing,nil,ann\ns2,Nothing,nil,ben\ns2,Nothing,nil,ann\n"
    )
    assert found == (
        "codings.csv:4: ann put `nil` on s2:0-7 on line 2 already. Delete one of the two rows."
    )


@pytest.mark.parametrize("which", ["0", "x", "-1", "1.5", "99999999"])
def test_an_occurrence_that_is_no_number_is_refused(tmp_path, which):
    found = faults(tmp_path, f"{HEAD[:-1]},occurrence\ns2,Nothing,nil,ann,{which}\n")
    assert f"`occurrence` cannot be `{which}`" in found[0]


def test_an_unknown_column_names_the_nearest(tmp_path):
    assert faults(tmp_path, "source,quote,code,coder,notes\n") == [
        (
            "codings.csv:1: `notes` is not a column that is known here."
            " Known columns: source, quote, code, coder, on, note, occurrence. Did you mean `note`?"
        )
    ]


def test_a_missing_file_and_a_missing_column_say_what_to_write(tmp_path):
    with pytest.raises(ProjectError, match=r"There is no file `codings\.csv`"):
        read_codings(tmp_path / "codings.csv", SOURCES, CODEBOOK)
    assert "Is it the one called `coders`?" in faults(tmp_path, "source,quote,code,coders\n")[0]


def test_a_file_with_no_rows_holds_no_codings(tmp_path):
    assert read(tmp_path, HEAD) == ()


def test_the_place_is_written_only_where_the_words_stand_several_times(tmp_path):
    path = tmp_path / "codings.csv"
    codings = [
        Coding(Segment("s1", 28, 38, "The visits"), "visits", "ann"),
        Coding(Segment("s2", 0, 7, "Nothing"), "nil", "ann"),
    ]
    write_codings(path, codings, SOURCES)
    assert path.read_bytes().decode("utf-8-sig").splitlines() == [
        "source,quote,code,coder,on,note,occurrence",
        "s1,The visits,visits,ann,,,2",
        "s2,Nothing,nil,ann,,,",
    ]


def test_codings_that_no_longer_fit_are_not_written(tmp_path):
    path = tmp_path / "codings.csv"
    for segment in (Segment("s2", 1, 8, "Nothing"), Segment("s9", 0, 7, "Nothing")):
        with pytest.raises(CodingError):
            write_codings(path, [Coding(segment, "nil", "ann")], SOURCES)
    assert not path.exists()


@settings(max_examples=150)
@given(text=HOSTILE, note=HOSTILE, data=st.data())
def test_whatever_is_written_is_read_back_the_same(tmp_path_factory, text, note, data):
    source = Source("s", text)
    codings = []
    for coder in ("ann", "Ben, “B”\U0001f469"):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        if text[start:end].strip():
            segment = Segment("s", start, end, text[start:end])
            codings.append(Coding(segment, "visits", coder, "2026-05-04", note))
    path = tmp_path_factory.mktemp("codings") / "codings.csv"
    write_codings(path, codings, [source])
    found = read_codings(path, [source], CODEBOOK)
    assert [replace(it, file="", line=0) for it in found] == codings
