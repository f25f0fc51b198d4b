from __future__ import annotations

import re

import pytest

from evalkit.evaluation.store import to_json
from evalkit.report import render_html
from evalkit.report.trace import published, resolve, untraced


def test_every_number_of_the_report_belongs_to_a_result_or_a_file(page):
    assert untraced(page) == []


def test_so_it_is_for_an_empty_record_and_a_small_one(nothing, few):
    assert untraced(render_html(nothing)) == []
    assert untraced(render_html(few)) == []


def test_a_bare_number_is_found():
    assert untraced("<p>It rose by 2.4 points.</p>") == ["It rose by 2.4 points."]


def test_a_section_may_not_vouch_for_all_its_numbers_at_once():
    assert untraced('<section data-result="x"><p>2.4</p></section>') == ["<section>"]


def test_style_and_names_of_pictures_are_not_text():
    assert untraced("<style>p{margin:1px}</style><svg><title>2 of 3</title></svg>") == []


def test_a_void_element_does_not_swallow_what_follows():
    assert untraced('<p><span data-from="f">7</span><br>8</p>') == ["8"]


def test_every_printed_number_is_the_one_in_the_record(whole, page):
    results = to_json(whole)
    plain = [one for one in published(page) if not one.how and not one.result.startswith("rules/")]
    assert len(plain) > 150
    for one in plain:
        assert resolve(results, one.result) == pytest.approx(one.value, abs=0), one


def test_a_printed_number_is_its_value_rounded(page):
    for one in published(page):
        digits = one.text.replace(",", "").replace("\u2212", "-").replace("+", "")
        if re.fullmatch(r"-?\d+(\.\d+)?", digits):
            places = len(digits.partition(".")[2])
            assert float(digits) == pytest.approx(one.value, abs=0.5000001 * 10**-places), one


@pytest.mark.parametrize("id", ["estimates/none#value", "estimates/read#none", "tables/areas#no"])
def test_an_id_of_nothing_is_refused(whole, id):
    with pytest.raises(KeyError):
        resolve(to_json(whole), id)
