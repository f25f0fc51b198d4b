"""The key: never in the project, never over another, readable by its owner."""

from __future__ import annotations

import os

import pytest

from evalkit.coding.model import CodingProject, Source
from evalkit.coding.pseudonyms import Person, Roster, pseudonymise, read_key, write_key
from evalkit.errors import CodingError


@pytest.fixture
def key():
    made = CodingProject(sources=(Source("s", "Anna rang 07700 900123."),))
    return pseudonymise(made, Roster((Person("Anna", "P1"),))).key


def test_what_is_written_is_read(key, tmp_path):
    (tmp_path / "project").mkdir()
    path = write_key(key, tmp_path / "keys" / "k.json", outside=[tmp_path / "project"])
    assert read_key(path) == key
    assert key.pseudonyms == {"P1": "Anna", "[phone 1]": "07700 900123"}


def test_only_its_owner_can_read_it(key, tmp_path):
    path = write_key(key, tmp_path / "k.json", outside=[])
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600  # Windows has no such modes


@pytest.mark.parametrize("place", ["k.json", "sub/k.json", "../project/k.json", "sub/../k.json"])
def test_a_place_inside_the_project_is_refused(key, tmp_path, place):
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    with pytest.raises(CodingError, match="is inside the project folder"):
        write_key(key, project / place, outside=[project])
    assert not list(project.rglob("*.json"))


def test_a_link_into_the_project_is_refused(key, tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "project", target_is_directory=True)
    with pytest.raises(CodingError, match="is inside"):
        write_key(key, tmp_path / "link" / "k.json", outside=[tmp_path / "project"])


def test_an_earlier_key_is_never_overwritten(key, tmp_path):
    (tmp_path / "k.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CodingError, match="already"):
        write_key(key, tmp_path / "k.json", outside=[])
    assert (tmp_path / "k.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "evalkit-key/2"}', "null"])
def test_what_is_no_key_is_refused(tmp_path, text):
    (tmp_path / "k.json").write_text(text, encoding="utf-8")
    with pytest.raises(CodingError, match="no key"):
        read_key(tmp_path / "k.json")


def test_a_key_that_is_not_there_is_said_to_be(tmp_path):
    with pytest.raises(CodingError, match="cannot be read"):
        read_key(tmp_path / "k.json")
