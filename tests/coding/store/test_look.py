"""Reading single things, and lists of them."""

import pytest

from evalkit.coding.model import CodingProject, Memo
from evalkit.coding.store import (
    StoreError,
    add_coding,
    add_memo,
    codings_of,
    every,
    kept,
    open_store,
    project,
    unplaced,
)


def test_an_empty_store_is_an_empty_project(path):
    with open_store(path, create=True) as store:
        assert project(store) == CodingProject()
        assert unplaced(store) == ()


def test_things_have_numbers_of_their_own_and_come_in_that_order(store, coded, talk):
    add_coding(store, coded(talk, "We", "reads"), by="ana")
    found = every(store, "coding")
    assert [it.key for it in found] == [1, 2]
    assert tuple(it.value for it in found) == project(store).codings
    assert kept(store, "coding", 2) == found[1]


def test_codings_of_a_source_come_in_the_order_of_its_text(store, coded, talk):
    add_coding(store, coded(talk, "We", "reads"), by="ana")
    assert [it.value.segment.quote for it in codings_of(store, "talk")] == ["We", "home visits"]
    assert codings_of(store, "none") == ()


def test_a_number_belongs_to_one_kind(store):
    memo = add_memo(store, Memo("m", "x"), by="ana")
    assert kept(store, "memo", memo.key).value == memo.value
    with pytest.raises(StoreError, match="no claim with the number"):
        kept(store, "claim", memo.key)
