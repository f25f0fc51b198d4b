"""What is wrong with a store is found, wherever it was put wrong."""

import pytest

from evalkit.coding.model import Case, Segment
from evalkit.coding.store import add_case, check


def test_a_store_that_is_whole_has_nothing_wrong(store):
    assert check(store) == ()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE coding SET body = replace(body, 'home visits', 'home visit')", "are not those at"),
        (
            "UPDATE coding SET body = replace(body, '\"start\":7', '\"start\":8')",
            "are not those at",
        ),
        ("UPDATE coding SET revision = 5", "log does not say what coding 1 is now"),
        ("DELETE FROM coding", "log has coding 1, which is not there"),
        ("INSERT INTO code VALUES (9, 'x', NULL, 1, '{\"id\":\"x\"}')", "does not say what code 9"),
        ("UPDATE coding SET code = 'none'", "refers to something in `code`"),
        ("UPDATE coding SET version = 3", "refers to something in `source`"),
    ],
)
def test_what_was_changed_by_hand_is_found(store, statement, told):
    store.connection.execute("PRAGMA foreign_keys = OFF")
    store.connection.execute(statement)
    assert any(told in wrong for wrong in check(store)), check(store)


def test_passages_of_cases_are_looked_at_too(store):
    add_case(store, Case("c", segments=(Segment("talk", 0, 2, "We"),)), by="ana")
    store.connection.execute("UPDATE entry SET body = replace(body, 'We', 'They')")
    assert "The words of case 1 are not those at talk:0-2." in check(store)
