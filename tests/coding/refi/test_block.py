"""The marked block at the end of a description comes back, whatever stands around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.refi.block import joined, parted

FIELDS = st.dictionaries(st.from_regex(r"[a-z_]+", fullmatch=True), st.text() | st.lists(st.text()))
TEXTS = (
    st.text() | st.just("x\n\n[evalkit]\na: 1\n[/evalkit]") | st.just("\n\n[evalkit]\n[/evalkit]")
)


@given(TEXTS, FIELDS)
def test_a_text_and_its_fields_come_back(text, fields):
    assert parted(joined(text, fields)) == (text, fields)


def test_a_description_without_a_block_stays_as_it_is():
    assert joined("Plain.", {}) == "Plain."
    assert parted("Plain.") == ("Plain.", {})


def test_people_can_read_it():
    assert joined("What.", {"include": "Zoë says", "links": ["a -> b"]}) == (
        'What.\n\n[evalkit]\ninclude: "Zoë says"\nlinks: ["a -> b"]\n[/evalkit]'
    )


@pytest.mark.parametrize("body", ["no colon", "a: {", "a: 1 2", "A: 1"])
def test_a_block_that_somebody_broke_stays_as_text(body):
    text = f"x\n\n[evalkit]\n{body}\n[/evalkit]"

    assert parted(text) == (text, {})


def test_windows_line_ends_do_no_harm():
    assert parted('x\r\n\r\n[evalkit]\r\na: "b"\r\n[/evalkit]') == ("x", {"a": "b"})
