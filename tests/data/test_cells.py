"""One cell of text, understood without its neighbours."""

from __future__ import annotations

import math

import pytest

from evalkit.data.cells import declared_codes, identifier, mended, understand
from evalkit.data.symbols import SYMBOLS

NOTHING = declared_codes(())


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("5", "number", 5),
        (" -0.5 ", "number", -0.5),
        ("1.", "number", 1),
        ("1e-05", "number", 1e-05),
        ("1.5E3", "number", 1500),
        ("1E5", "words", math.nan),
        ("nan", "symbol", math.nan),
        ("inf", "words", math.nan),
        ("1_000", "words", math.nan),
        ("0x1A", "words", math.nan),
        ("1,204", "dressed", 1204),
        ("1,20", "words", math.nan),
        ("£1,234.50", "dressed", 1234.5),
        ("12 %", "dressed", 12),
        ("٣", "words", math.nan),
        ("C", "symbol", math.nan),
        ("< 5", "bound", math.nan),
        ("", "blank", math.nan),
        ("\u00a0", "blank", math.nan),
        ("4 (est)", "words", math.nan),
    ],
)
def test_each_text_is_one_kind_of_thing(text, kind, number):
    """What Python's float() would take for a number is not always one."""
    cell = understand(text, SYMBOLS["dfe"], NOTHING)
    assert cell.kind == kind
    assert cell.number == pytest.approx(number, nan_ok=True)


def test_declared_codes_come_before_everything_else():
    """A declared 999 is no number, a declared c no symbol."""
    codes = declared_codes(("999", "c"))
    assert understand("999.0", {}, codes).kind == "declared"
    assert understand("c", SYMBOLS["dfe"], codes).reason == "declared missing"


def test_digits_that_are_names_are_recognised():
    """Zeros in front, and more digits than a number can hold."""
    assert identifier("007")
    assert identifier("1234567890123456")
    assert not identifier("0")
    assert not identifier("0.5")
    assert not identifier("123456")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("childrenâ\x80\x99s", "children\u2019s"),
        ("CafÃ©", "Café"),
        ("Café", "Café"),
        ("naïve", "naïve"),
        ("plain", "plain"),
    ],
)
def test_garbled_letters_are_mended_and_good_ones_left(text, whole):
    """Only what decodes cleanly is changed."""
    assert mended(text) == whole
