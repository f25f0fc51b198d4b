"""Messages: long or odd values are shown short, on one line."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.files.record import CONFIG, check_record
from evalkit.files.yaml import Yaml


@dataclass
class Sheet:
    __pydantic_config__ = CONFIG
    size: int = 0
    ready: bool = False


def only_fault(values):
    _, (fault,) = check_record(Yaml("sheet.yaml", values), Sheet)
    return fault


def test_a_long_value_is_cut():
    assert "…`" in only_fault({"size": "x" * 500}).wrong
    assert len(only_fault({"size": "x" * 500}).wrong) < 120


def test_line_ends_in_values_do_not_break_the_message():
    assert "\n" not in str(only_fault({"size": "a\nb"}))


def test_a_long_unknown_key_is_cut_and_known_keys_are_listed():
    fault = only_fault({"q" * 300: 1})
    assert len(fault.wrong) < 120
    assert fault.do == "Known keys: ready, size."


def test_the_value_found_is_shown_or_its_form_is_told():
    _, faults = check_record(Yaml("sheet.yaml", {"size": [True]}), Sheet)
    assert "and is a list" in faults[0].wrong
    _, faults = check_record(Yaml("sheet.yaml", {"ready": "maybe"}), Sheet)
    assert faults[0].wrong == "`ready` must be `true` or `false`, and is `maybe`."
