from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sample as samples

from evalkit.errors import EvalkitError
from evalkit.evaluation.store import from_json, to_json
from evalkit.report import render_html, render_markdown, write_report
from evalkit.report.report import report_of
from evalkit.report.sections import STANDARD


def text_of(html: str) -> str:
    body = html[html.index("<body>") :]
    return " ".join(re.sub(r"<[^>]+>", "", body).split())


def test_the_report_is_written_where_asked(whole, tmp_path):
    paths = write_report(whole, tmp_path / "out", formats=("html", "md"))
    assert [path.name for path in paths] == ["report.html", "report.md"]
    assert all(path.stat().st_size > 5000 for path in paths)


def test_an_unknown_format_is_refused_before_anything_is_written(whole, tmp_path):
    with pytest.raises(
        EvalkitError, match=r"cannot be written as `docx`.*Use one or more of: html"
    ):
        write_report(whole, tmp_path, formats=("html", "docx"))
    assert list(tmp_path.iterdir()) == []


def test_the_same_record_gives_the_same_bytes(whole, page):
    assert render_html(whole) == page


def test_a_record_read_from_its_file_gives_the_same_bytes(whole, page):
    assert render_html(from_json(to_json(whole))) == page


@pytest.mark.slow
def test_hash_seed_time_zone_and_locale_change_nothing(page):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import sample; from evalkit.report import "
        "render_html; sys.stdout.buffer.write(render_html(sample.sample()).encode())"
    )
    for seed, zone in (("1", "Asia/Tokyo"), ("77", "America/New_York")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        command = [sys.executable, "-c", program, str(Path(__file__).parent)]
        done = subprocess.run(command, env=env, capture_output=True, check=True)
        assert done.stdout.decode() == page


def test_the_page_holds_no_script_and_its_policy_names_its_only_style(page):
    assert "<script" not in page
    assert "style=" not in page.replace("style-src", "")
    assert re.search(r"default-src 'none'; img-src data:; style-src 'sha256-[A-Za-z0-9+/=]+'", page)
    assert page.startswith('<!DOCTYPE html>\n<html lang="en-GB">')


@pytest.mark.parametrize("name", STANDARD)
def test_every_section_says_something_of_an_empty_record(nothing, name):
    section = STANDARD[name](nothing)
    assert section.blocks


def test_an_empty_record_says_what_is_not_there(nothing):
    text = text_of(render_html(nothing))
    for words in (
        "There is no estimate yet",
        "No text has been given",
        "No link of the theory has been judged yet",
        "The plan was not locked",
        "No table of data was read",
        "There is no codebook",
    ):
        assert words in text


@pytest.mark.parametrize(
    "strand",
    ["estimates", "codings", "sources", "joint", "contributions", "why", "tests", "tables"],
)
def test_a_strand_that_is_missing_breaks_nothing(whole, strand):
    assert report_of(replace(whole, **{strand: ()}))


def test_a_departure_stands_on_page_one(whole):
    one = next(iter(report_of(whole).sections))
    assert "3 departures from the plan" in render_markdown(whole)
    assert one.page == "one"


def test_a_status_and_simulated_data_are_told_before_anything_else(page):
    text = text_of(page)
    assert text.index("This is an illustration") < text.index("On one page")
    assert text.index("are simulated, not measured") < text.index("On one page")


def test_a_paraphrase_never_stands_in_quotation_marks(page, whole):
    paraphrase = whole.codings[2].segment.quote
    own = whole.codings[0].segment.quote
    text = text_of(page)
    assert f"“{own}”" in text
    assert f"Paraphrase: {paraphrase}" in text
    assert f"“{paraphrase}" not in text
    assert f"“{paraphrase}" not in render_markdown(whole).replace("\\", "")


def test_what_speaks_against_a_link_is_shown(page):
    assert "risen anyway, as 2016 had been a bad year" in text_of(page)


def test_one_coder_is_said_and_not_given_a_number(page):
    assert "one coder: agreement not known" in text_of(page)


def test_markdown_of_users_prose_is_emphasis_and_lists_only(page):
    assert "<em>less well</em>" in page
    assert "<li>a board sets priorities</li>" in page


def test_counts_of_few_people_are_hidden_wherever_they_would_stand(few):
    text = text_of(render_html(few))
    detail = text[text.rindex("Each estimate in detail") : text.rindex("The data, and every")]
    assert "units: fewer than 10, not shown" in detail
    assert "3 treated and 11" not in text
    assert "Its words are not shown" in text


def test_counts_of_areas_are_not_hidden():
    text = text_of(render_html(samples.small(unit="area")))
    assert "treated: 3" in text
    assert "3 treated and 11 comparison" in text


def test_the_report_is_made_in_good_time(whole):
    import time

    start = time.process_time()
    render_html(whole)
    assert time.process_time() - start < 4
