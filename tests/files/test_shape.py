"""Pydantic's locations turned into places of the user's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

from evalkit.files.shape import Step, form_of_value, keys_at, steps_to

Some = Annotated[tuple[str, ...], BeforeValidator(lambda value: value)]


@dataclass
class Inner:
    a: int
    b: Some = ()


@dataclass
class Outer:
    one: Inner | None = None
    many: tuple[str | Inner, ...] = ()
    named: dict[str, Inner | str] | None = None


def test_a_form_that_was_tried_is_no_part_of_the_place():
    steps = steps_to(Outer, {"many": ["x", {"a": "b"}]}, ("many", 1, "Inner", "a"))
    assert steps[-2:] == (Step(("many", 1), "Inner", fits=True), Step(("many", 1, "a")))


def test_a_form_the_user_did_not_write_does_not_fit():
    steps = steps_to(Outer, {"many": [{"a": 1}]}, ("many", 0, "str"))
    assert steps[-1] == Step(("many", 0), "str", fits=False)


def test_a_number_inside_one_value_that_stood_for_a_list_is_dropped():
    steps = steps_to(Outer, {"one": {"b": 3}}, ("one", "b", 0))
    assert steps[-1].place == ("one", "b")


def test_keys_are_found_through_containers_and_empty_ones():
    assert keys_at(Outer, ()) == ["many", "named", "one"]
    assert keys_at(Outer, ("named", "x")) == ["a", "b"]
    assert keys_at(Outer, ("one", "b", 0)) == []


def test_values_have_one_of_four_forms():
    assert [form_of_value(value) for value in ({}, [], None, 0)] == [
        "mapping",
        "list",
        "nothing",
        "words",
    ]
