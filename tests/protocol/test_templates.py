"""Ready-made projects."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from evalkit.errors import EvalkitError
from evalkit.protocol import templates as module
from evalkit.protocol.templates import FIRST_CHOICE, new_project, templates


def test_templates_come_first_and_have_a_title():
    found = templates()
    assert next(iter(found)) == FIRST_CHOICE
    assert found["talking_together"].kind == "case study"
    assert found["talking_together"].title.startswith("Talking Together")
    assert all(it.title and it.path.is_dir() for it in found.values())


def test_a_new_project_has_the_files_of_its_template(tmp_path):
    made = new_project(FIRST_CHOICE, tmp_path / "mine")
    names = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert {"evaluation.yaml", "theory.yaml", "protocol.yaml", "README.md", "codings.csv"} <= names
    assert list(tmp_path.iterdir()) == [made]


def test_results_and_reports_are_left_behind(tmp_path, monkeypatch):
    case = tmp_path / "case_studies" / "old"
    (case / "out").mkdir(parents=True)
    for name in ("evaluation.yaml", "out/results.json", "results.json", "report.html", ".hidden"):
        (case / name).write_text("title: Old\n", encoding="utf-8")
    monkeypatch.setattr(module, "shipped", lambda: tmp_path)
    made = new_project("old", tmp_path / "new")
    assert [path.name for path in made.iterdir()] == ["evaluation.yaml"]


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "mine").mkdir()
    assert (new_project(FIRST_CHOICE, tmp_path / "mine") / "theory.yaml").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "kept.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(EvalkitError, match="is there already and is not an empty folder"):
        new_project(FIRST_CHOICE, tmp_path)
    with pytest.raises(EvalkitError, match="is there already"):
        new_project(FIRST_CHOICE, tmp_path / "kept.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(EvalkitError, match="Did you mean `talking_together`"):
        new_project("talking_togther", tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_nothing_is_left_when_copying_fails(tmp_path, monkeypatch):
    def fail(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.shutil, "copytree", fail)
    with pytest.raises(KeyboardInterrupt):
        new_project(FIRST_CHOICE, tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_in_a_wheel_the_templates_are_inside_the_package(tmp_path, monkeypatch):
    package = tmp_path / "evalkit"
    (package / "_shipped" / "protocols").mkdir(parents=True)
    (package / "protocol").mkdir()
    monkeypatch.setattr(module, "__file__", str(package / "protocol" / "templates.py"))
    assert module.shipped() == package / "_shipped"


def test_the_simulated_table_is_what_its_script_makes(tmp_path):
    folder = templates()[FIRST_CHOICE].path / "data"
    spec = importlib.util.spec_from_file_location("simulate", folder / "simulate.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.write(tmp_path / "made.csv")
    assert (tmp_path / "made.csv").read_bytes() == (folder / "SIMULATED_schools.csv").read_bytes()


def test_what_is_invented_in_the_template_says_so():
    folder: Path = templates()[FIRST_CHOICE].path
    texts = [path.read_text(encoding="utf-8") for path in (folder / "sources").glob("*.txt")]
    assert len(texts) == 4
    assert all("INVENTED" in text.splitlines()[0] for text in texts)
    assert "status: illustration" in (folder / "evaluation.yaml").read_text(encoding="utf-8")
