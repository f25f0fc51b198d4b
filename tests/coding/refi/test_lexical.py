"""Values in the forms of XML Schema, and ids made from words."""

from __future__ import annotations

import pytest
from lxml import etree

from evalkit.coding.refi.lexical import (
    boolean,
    colour,
    day,
    integer,
    is_guid,
    key,
    made_guid,
    moment,
    number,
    plain,
    slug,
    unique,
)

SCHEMA = """<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema">
<xsd:element name="a" type="xsd:{}"/></xsd:schema>"""
FORMS = {
    "dateTime": (
        moment,
        [
            "2026-05-04",
            "2026-05-04 10:00:00",
            "2026-05-04T23:59:60",
            "2026-05-04T24:00:00",
            "0000-01-01",
            "2026-02-29",
            "2024-02-29Z",
            "2026-05-04T10:00:00.123+14:00",
            "2026-05-04T10:00:00+15:00",
            "yesterday",
            "",
            "٢٠٢٦-05-04",
        ],
    ),
    "date": (day, ["2026-05-04", "2026-13-01", "2026-05-04Z", "0000-01-01", "4 May"]),
    "decimal": (
        number,
        ["1", "-.5", "1.", "1e3", "1e-7", "nan", "inf", "1e999999", "1,5", "", "٣"],
    ),
    "integer": (integer, ["12", "+3", "1.0", "", "٣"]),
    "boolean": (boolean, ["true", "0", "yes", "TRUE", ""]),
}


@pytest.mark.parametrize("name", FORMS)
def test_what_is_written_is_valid_and_what_is_not_is_empty(name):
    schema = etree.XMLSchema(etree.fromstring(SCHEMA.format(name)))
    write, samples = FORMS[name]
    written = [write(sample) for sample in samples]

    assert any(written)
    assert not all(written)
    for value in filter(None, written):
        element = etree.Element("a")
        element.text = value
        schema.assertValid(element)


def test_numbers_lose_their_exponent_and_keep_their_digits():
    assert number("1.50e-3") == "0.00150"
    assert number("007.10") == "007.10"


@pytest.mark.parametrize(
    ("text", "right"),
    [("#0aF", "#00aaFF"), ("#FF0000", "#FF0000"), ("red", ""), ("#12345", ""), ("#GGGGGG", "")],
)
def test_colours_are_of_six_figures_or_none(text, right):
    assert colour(text) == right


def test_guids_with_and_without_braces_are_the_same_thing():
    plain_ = made_guid("code", "a")

    assert is_guid(plain_)
    assert is_guid("{" + plain_.upper() + "}")
    assert not is_guid("{" + plain_)
    assert key("{" + plain_.upper() + "}") == plain_
    assert made_guid("ab", "c") != made_guid("a", "bc")


def test_text_that_xml_cannot_hold_is_replaced_mark_by_mark():
    assert plain("a\x00b\ufffe\u2028\t😀") == "a\ufffdb\ufffd\u2028\t😀"


def test_ids_are_made_of_letters_of_any_script():
    assert slug("  Staff turnover (2026)! ") == "staff_turnover_2026"
    assert slug("قِراءة") == "قِراءة"
    assert slug("😀") == ""


def test_ten_thousand_homonyms_are_numbered_at_once():
    taken: dict[str, int] = {"a-3": 1}
    names = [unique("a", taken) for _ in range(10_000)]

    assert names[:4] == ["a", "a-2", "a-4", "a-5"]
    assert len(set(names)) == 10_000
