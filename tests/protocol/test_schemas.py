"""JSON Schemas for editors."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest

from evalkit.files.yaml import read_yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "protocols" / "schemas"
NAMES = ("codebook", "evaluation", "findings", "protocol", "theory")
PROJECTS = sorted(path.parent for path in ROOT.glob("*/*/evaluation.yaml"))


@pytest.fixture(scope="module")
def made():
    spec = importlib.util.spec_from_file_location("make_schemas", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def committed(name):
    return json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))


def test_the_committed_schemas_are_those_that_the_shapes_give(made, tmp_path):
    made.write(tmp_path)
    for name in NAMES:
        file = f"{name}.schema.json"
        assert (tmp_path / file).read_bytes() == (FOLDER / file).read_bytes(), (
            "Run: python protocols/schemas/make.py"
        )
    assert len(list(tmp_path.iterdir())) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(committed(name))


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
@pytest.mark.parametrize("name", NAMES)
def test_the_files_of_every_project_shipped_fit_their_schema(name, project):
    path = project / f"{name}.yaml"
    if path.exists():
        values = read_yaml(path).values
        values.pop("ethics", None)  # words with a comma in braces: the reader mends them, YAML not
        errors = list(jsonschema.Draft202012Validator(committed(name)).iter_errors(values))
        assert [error.message for error in errors] == []


def test_a_misspelt_key_and_a_wrong_choice_do_not_fit():
    check = jsonschema.Draft202012Validator(committed("protocol"))
    wrong = {
        "format": "evalkit/1",
        "questions": {"q": {"ask": "?", "kind": "imapct"}},
        "tabels": {},
    }
    found = {error.message for error in check.iter_errors(wrong)}
    assert len(found) == 2
    assert any("tabels" in message for message in found)
    assert any("imapct" in message for message in found)


def test_options_of_a_design_and_numbers_for_words_fit():
    check = jsonschema.Draft202012Validator(committed("protocol"))
    plan = {
        "format": "evalkit/1",
        "tables": {"t": {"file": "t.csv", "missing": [-99, "SUPP"]}},
        "analyses": {"a": {"question": "q", "design": "d", "outcome": "o", "start": 2020}},
    }
    assert list(check.iter_errors(plan)) == []
