"""YAML with line numbers and without its traps."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import ProjectError
from evalkit.files.yaml import MAX_BYTES, Written, read_yaml, walk


def values_of(tmp_path, text):
    path = tmp_path / "plan.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path).values


def faults_of(tmp_path, text):
    with pytest.raises(ProjectError) as caught:
        values_of(tmp_path, text)
    return caught.value.faults


TRAPS = {
    "no": "no",
    "on": "on",
    "12:30": "12:30",
    "007": "007",
    "2024-05-01": "2024-05-01",
    "1_000": "1_000",
    "0x10": "0x10",
    "1e999": "1e999",
    ".nan": ".nan",
    "12": 12,
    "-0.5": -0.5,
    "true": True,
    "null": None,
    "~": None,
    "'12'": "12",
}


@pytest.mark.parametrize(("written", "read"), TRAPS.items())
def test_words_stay_words_and_numbers_are_numbers(tmp_path, written, read):
    value = values_of(tmp_path, f"a: {written}\n")["a"]
    assert value == read
    assert type(value) is type(read)


def test_a_number_remembers_how_it_was_written(tmp_path):
    value = values_of(tmp_path, "a: 1.10\n")["a"]
    assert isinstance(value, Written)
    assert value == 1.1
    assert str(value) == "1.10"


def test_every_place_knows_its_line(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("a: 1\n\nb:\n  - x\n  - {c: 2,\n     d: 3}\n")
    yaml = read_yaml(path)
    lines = [
        yaml.line("a"),
        yaml.line("b"),
        yaml.line("b", 0),
        yaml.line("b", 1, "c"),
        yaml.line("b", 1, "d"),
    ]
    assert lines == [1, 3, 4, 5, 6]
    assert yaml.line("b", 1, "not there") == 5


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path):
    assert values_of(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: caf\xc3\xa9\r\n") == {"a": 1, "b": "café"}


NESTED = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"b{at}: &b{at} [{', '.join(['*' + (f'b{at - 1}' if at else 'a')] * 10)}]\n" for at in range(12)
)
BROKEN = [
    ("", 0, "empty"),
    ("# only a remark\n", 0, "empty"),
    ("- a\n- b\n", 1, "not a list of keys"),
    ("hello\n", 1, "not a list of keys"),
    ("a: 1\nb:\n\tc: 2\n", 3, "tab"),
    ("a: 1\nb: x: y\n", 2, "colon in the middle"),
    ('a: 1\nb: "x\n', 3, "never closed"),
    ("a: [1, 2\nb: 3\n", 2, "bracket"),
    ("a: 1\n---\nb: 2\n", 2, "second document"),
    ("a: *gone\n", 1, "not there"),
    ("a: @x\n", 1, "cannot begin"),
    ("? [a, b]\n: c\n", 1, "a list or a mapping"),
    ("a: &a [*a]\n", 1, "too often"),
    (NESTED, 1, "too often"),
    ("a: " + "[" * 5000, 1, "too many brackets"),
    ("- " * 20000 + "x", 0, "nested too deeply"),
    ("a: 1\nb: \0\n", 2, "not text"),
    ('a: 1\nb: "\\x1b[31m"\n', 2, "not text"),
    ('a: "\\ud800"\n', 1, "not text"),
    ('a: "\\UFFFFFFFF"\n', 0, "not valid YAML"),
    (b"a: 1\nb: caf\xe9\n", 2, "not UTF-8"),
    ("a: 1\n".encode("utf-16"), 0, "UTF-16"),
    (b"a: " + b"x" * MAX_BYTES, 0, "larger than"),
    ("a:\n" + "  - 1\n" * 60_000, 0, "too many values"),
]


@pytest.mark.parametrize(("text", "line", "part"), BROKEN)
def test_each_kind_of_broken_file_has_one_plain_fault(tmp_path, text, line, part):
    (fault,) = faults_of(tmp_path, text)
    assert fault.line == line
    assert part in fault.wrong
    assert fault.do


def test_every_key_that_stands_twice_is_named_with_both_lines(tmp_path):
    first, second = faults_of(tmp_path, "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
    assert (first.line, second.line) == (4, 5)
    assert "`c` stands twice (first on line 3)" in first.wrong
    assert "`a` stands twice (first on line 1)" in second.wrong


def test_every_line_indented_with_a_tab_is_named(tmp_path):
    assert [fault.line for fault in faults_of(tmp_path, "a:\n\tb: 1\n \tc: 2\n")] == [2, 3]


def test_a_missing_file_and_a_folder_are_faults(tmp_path):
    for path in (tmp_path / "gone.yaml", tmp_path):
        with pytest.raises(ProjectError, match="no file"):
            read_yaml(path, file="plan.yaml")


def test_walking_yields_every_place():
    assert list(walk({"a": [1]})) == [((), {"a": [1]}), (("a",), [1]), (("a", 0), 1)]


YAML_LIKE = st.text(alphabet=st.sampled_from(list("ab:-[]{}&*!|>'\"\\#%@,? \n\t\r0x1.e~é\x00")))


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.one_of(st.binary(max_size=300), YAML_LIKE.map(str.encode)))
def test_no_bytes_raise_anything_but_a_project_error(tmp_path, content):
    path = tmp_path / "plan.yaml"
    path.write_bytes(content)
    try:
        values = read_yaml(path).values
    except ProjectError:
        return
    assert isinstance(values, dict)
