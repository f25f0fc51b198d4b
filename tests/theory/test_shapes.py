"""The published schema of theory.yaml."""

from __future__ import annotations

from dataclasses import fields

from evalkit.files.record import json_schema
from evalkit.files.yaml import read_yaml
from evalkit.theory.model import SECTIONS
from evalkit.theory.shapes import TheoryFile


def test_every_section_is_a_key_of_the_file():
    assert set(SECTIONS) <= {field.name for field in fields(TheoryFile)}


def test_the_schema_accepts_a_file_that_evalkit_reads(tmp_path, sound_text):
    import jsonschema

    (tmp_path / "t.yaml").write_text(sound_text)
    values = read_yaml(tmp_path / "t.yaml").values
    schema = json_schema(TheoryFile, "theory.yaml")
    jsonschema.Draft202012Validator(schema).validate(values)
    assert schema["required"] == ["format"]
