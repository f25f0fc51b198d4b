from __future__ import annotations

import re

from evalkit.report.svg import clean, named, writable

RAW = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'viewBox="0 0 9 9" width="9pt" height="9pt"><metadata>today</metadata><style>*{}</style>'
    '<defs><path id="m" d="M0 0"/></defs><script>hit()</script><foreignObject/>'
    '<g style="fill: none; stroke: #fff; behaviour: x" onclick="hit()">'
    '<use xlink:href="#m" clip-path="url(#m)"/><use xlink:href="http://evil.example/x"/>'
    "<text style=\"font: 700 10px 'DejaVu Sans'; text-anchor: middle\">a &lt; b</text></g></svg>"
)


def test_a_picture_gets_a_name_and_a_description_first():
    svg = named(RAW, title="One & two", desc="Why", id="p")
    assert re.search(
        r'<svg[^>]*><title id="p-title">One &amp; two</title><desc id="p-desc">Why<', svg
    )
    assert 'role="img"' in svg
    assert 'aria-labelledby="p-title p-desc"' in svg


def test_only_known_elements_and_attributes_are_left():
    svg = named(RAW, title="t", desc="d", id="p")
    assert not re.search("metadata|<style|script|foreignObject|onclick|behaviour|evil|style=", svg)


def test_styles_become_attributes():
    svg = named(RAW, title="t", desc="d", id="p")
    assert 'fill="none" stroke="#fff"' in svg
    assert 'font-size="10" font-weight="700"' in svg


def test_ids_and_pointers_get_the_prefix():
    svg = named(RAW, title="t", desc="d", id="p")
    assert 'id="p-m"' in svg
    assert 'href="#p-m"' in svg
    assert "url(#p-m)" in svg


def test_text_is_made_fit_for_xml():
    assert clean("a\x00\n b\ud800") == "a b"
    assert writable("a\x00\nb\ud800") == "a\nb"
