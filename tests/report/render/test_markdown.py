from __future__ import annotations

import re
from html import escape

import pytest
import sample as samples
from hostile import planted
from markdown_it import MarkdownIt

from evalkit.report import render_markdown
from evalkit.report.document import FromFile
from evalkit.report.render.markdown import inline


def test_every_section_and_table_is_there(whole):
    text = render_markdown(whole)
    assert text.startswith("# Twelve Towns (simulated): a place-based programme")
    assert "## On one page" in text
    assert "### How it works" in text
    assert "| --- |" in text


def test_no_mark_of_a_users_text_is_live():
    text = render_markdown(samples.sample(planted(samples.INPUTS)))
    page = MarkdownIt("commonmark").enable("table").render(text)
    tags = set(re.findall(r"<([a-z0-9]+)", page))
    known = "h1 h2 h3 h4 h5 p strong ul li table thead tbody tr th td blockquote"
    assert tags <= set(known.split())
    assert "<script" not in text


@pytest.mark.parametrize("words", ["- a", "1. a", "# a", "> a", "=== a", "+ a", "| a | b |", "`a`"])
def test_words_that_look_like_marks_stay_words(words):
    page = MarkdownIt("commonmark").enable("table").render(inline((FromFile(words, "f"),)))
    assert page == f"<p>{escape(words, quote=False)}</p>\n"


def test_it_is_the_same_each_time(whole):
    assert render_markdown(whole) == render_markdown(whole)


def test_nothing_yet_can_be_written(nothing):
    assert "There is no estimate yet" in render_markdown(nothing)
