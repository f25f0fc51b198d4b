"""Things as JSON and back."""

import json
from types import MappingProxyType

import pytest

from evalkit.coding.model import Case, Code, Coding, Graph, Segment, Source, Turn, Value, Vertex
from evalkit.coding.store.plain import dumped, made, plain
from evalkit.coding.store.records import KIND_OF, StoreError

THINGS = [
    Source(
        "s", "text", attributes=MappingProxyType({"b": "1", "a": "2"}), turns=(Turn(0, 2, "A"),)
    ),
    Code("c", "words", links=("a -> b",), codable=False),
    Coding(Segment("s", 0, 0, ""), "c", "ana"),
    Case(
        "k",
        attributes={"age": Value("", "Integer", "refused")},
        segments=(Segment("s", 0, 1, "t"),),
    ),
    Graph("g", vertices=(Vertex("v", x2=0), Vertex("w"))),
]


@pytest.mark.parametrize("thing", THINGS, ids=lambda it: type(it).__name__)
def test_a_thing_comes_back_from_json(thing):
    line = json.loads(dumped(plain(thing, lambda _: 4), "It"))
    again = made(KIND_OF[type(thing)], line, getattr(thing, "text", ""))
    assert again == thing
    assert hash(type(again)) == hash(type(thing))


def test_fields_that_hold_their_default_take_no_room():
    assert plain(THINGS[2]) == {
        "segment": {"source": "s", "start": 0, "end": 0, "quote": ""},
        "code": "c",
        "coder": "ana",
    }


def test_a_segment_is_kept_with_the_version_it_was_cut_from():
    assert plain(THINGS[2], lambda _: 4)["segment"]["version"] == 4


def test_attributes_keep_their_order():
    assert list(plain(THINGS[0])["attributes"]) == ["b", "a"]


def test_a_field_of_a_newer_evalkit_is_not_dropped_in_silence():
    with pytest.raises(StoreError, match="newer evalkit"):
        made("code", {"id": "c", "words": "w", "weight": 3})


def test_half_a_character_is_named_with_what_stands_before_it():
    with pytest.raises(
        StoreError, match=r"The memo has half a character \(U\+D800\) after “.*abc”"
    ):
        dumped({"text": "abc\ud800"}, "The memo")
