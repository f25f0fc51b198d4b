from __future__ import annotations

import pytest

from evalkit.report.document import FromFile, Report, Section, UserProse
from evalkit.report.render.html import html


def prose(text: str) -> str:
    section = Section("s", "S", "all", (UserProse(text, "f.yaml"),))
    page = html(Report(FromFile("T", "f"), (), (), (section,)))
    return page[page.index('data-from="f.yaml">') :].split("</section>")[0]


@pytest.mark.parametrize(
    "text",
    [
        "[a](javascript:hit())",
        "[a](http://evil.example)",
        "![a](http://evil.example/x.png)",
        "<http://evil.example>",
        "<script>hit()</script>",
        "[a]: http://evil.example\n\n[a]",
        "```\ncode\n```",
        "# heading",
        "> quotation",
        "| a |\n|---|\n| b |",
    ],
)
def test_prose_becomes_no_element_but_paragraphs_lists_and_emphasis(text):
    found = prose(text)
    for tag in ("<a", "<img", "<script", "<pre", "<h1", "<blockquote", "<table"):
        assert tag not in found


def test_emphasis_and_lists_are_understood():
    assert "<em>a</em>" in prose("*a*")
    assert "<li>a</li>" in prose("- a\n- b")
