from __future__ import annotations

import pytest

from evalkit.report.document import (
    FromFile,
    Number,
    Passage,
    Strong,
    Tag,
    anchor,
    joined,
    plain,
)


def test_parts_become_plain_text():
    parts = ("rose by ", Number(2.36, "2.4", "e#value"), " ", Strong((FromFile("points", "p"),)))
    assert plain(parts) == "rose by 2.4 points"


def test_only_own_words_stand_in_quotation_marks():
    assert plain((Passage("as said", verbatim=True, origin="s"),)) == "“as said”"
    assert plain((Passage("retold", verbatim=False, origin="s"),)) == "retold"


def test_a_tag_is_its_word():
    assert plain((Tag("verdict-mixed", "mixed"),)) == "mixed"


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_several_things_are_listed_as_in_a_sentence(items, text):
    assert plain(joined([(item,) for item in items])) == text


def test_a_clean_name_is_its_own_anchor():
    assert anchor("estimate", "main") == "estimate-main"


def test_different_names_never_share_an_anchor():
    names = ["a/b", "a-b", "A-b", "a b", "é", "", "1", "a" * 90, "a" * 91]
    assert len({anchor(name) for name in names}) == len(names)
