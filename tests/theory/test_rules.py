"""The table of rules covers the table of headings."""

from __future__ import annotations

from evalkit.theory.headings import HEADINGS
from evalkit.theory.rules import RULES


def test_every_heading_has_at_least_one_rule_and_no_other_exists():
    assert list(RULES) == list(HEADINGS)
    assert all(RULES.values())


def test_every_rule_says_what_it_asks():
    rules = [rule for group in RULES.values() for rule in group]
    assert len(rules) == len(set(rules))
    assert all(rule.__doc__ for rule in rules)
