"""Check letters and digits of numbers, against published examples."""

from __future__ import annotations

import pytest

from evalkit.coding.pseudonyms import is_nhs_number, is_nino, is_upn, upn_letter


def test_the_check_letter_of_a_upn_is_the_weighted_sum_modulo_23():
    # 8*2 + 1*4 + 2*5 + 1*10 + 1*13 = 53 = 2 * 23 + 7, and H is number 7 from A = 0
    assert upn_letter("801200001001") == "H"


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("H801200001001", True),
        ("h8012 0000 1001", True),
        ("A801200001001", False),
        ("H801200001002", False),
        ("H80120000100", False),
        (upn_letter("80120000100A") + "80120000100A", True),
        ("A80120000100I", False),
    ],
)
def test_a_upn_is_told_by_its_letter(number, right):
    assert is_upn(number) is right


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("943 476 5919", True),  # the example of the NHS Data Dictionary
        ("943 476 5918", False),
        ("4010232137", True),
        ("111 111 1111", False),
        ("123456789", False),
    ],
)
def test_an_nhs_number_is_told_by_its_last_digit(number, right):
    assert is_nhs_number(number) is right


@pytest.mark.parametrize(
    ("number", "right"),
    [("AB123456C", True), ("GB123456C", False), ("AO123456C", False), ("DA123456C", False)],
)
def test_a_nino_has_letters_that_are_given_out(number, right):
    assert is_nino(number) is right
