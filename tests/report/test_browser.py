"""The report in a real browser: nothing planted runs, nobody is shut out, nothing overflows."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import sample as samples
from hostile import planted

from evalkit.report import render_html

AXE = "axe.min.js"
FOREIGN = (
    "script, img, iframe, object, embed, link, form, input, b, i, [onerror], [onfocus], [style]"
)


def opened(browser, path: Path, width: int = 1280, *, bypass_csp: bool = False):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, bypass_csp=bypass_csp, offline=True
    )
    tab = context.new_page()
    tab.said = []
    tab.on("console", lambda message: tab.said.append(message.text))
    tab.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1 }")
    tab.goto(path.as_uri())
    return tab


@pytest.fixture(scope="module")
def files(tmp_path_factory, page, nothing):
    folder = tmp_path_factory.mktemp("report")
    hostile = render_html(samples.sample(planted(samples.INPUTS)))
    texts = {
        "whole": page,
        "nothing": render_html(nothing),
        "hostile": hostile,
        "hostile_without_policy": re.sub(r"<meta http-equiv=[^>]*>", "", hostile),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


def test_the_page_breaks_none_of_its_own_rules(chromium, files):
    assert opened(chromium, files["whole"]).said == []


@pytest.mark.parametrize("name", ["hostile", "hostile_without_policy"])
def test_nothing_planted_runs_or_becomes_an_element(chromium, files, name):
    tab = opened(chromium, files[name])
    assert "onerror=hit()" in tab.inner_text("main")
    assert tab.evaluate("window.hits") == 0
    assert tab.locator(FOREIGN).count() == 0
    assert tab.locator("a:not([href^='#'])").count() == 0
    assert tab.evaluate("document.querySelectorAll('*:not(svg *)').length") > 500


def test_nothing_planted_breaks_out_of_its_place(chromium, files):
    whole, hostile = (opened(chromium, files[name]) for name in ("whole", "hostile"))
    count = "document.querySelectorAll('section, h3, table, figure, svg').length"
    assert whole.evaluate(count) == hostile.evaluate(count)


@pytest.mark.parametrize("name", ["whole", "nothing", "hostile"])
def test_axe_finds_nothing(chromium, files, name):
    import axe_core_python

    tab = opened(chromium, files[name], bypass_csp=True)
    tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    tab.evaluate((Path(axe_core_python.__file__).parent / AXE).read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    told = [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found["violations"]
    ]
    assert told == []


@pytest.mark.parametrize("width", [320, 640, 1280])
@pytest.mark.parametrize("name", ["whole", "nothing", "hostile"])
def test_nothing_runs_out_of_the_page(chromium, files, name, width):
    tab = opened(chromium, files[name], width)
    tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_every_picture_has_a_name_a_description_and_a_twin(chromium, files):
    tab = opened(chromium, files["whole"])
    pictures = tab.locator("svg")
    assert pictures.count() >= 8
    for at in range(pictures.count()):
        svg = pictures.nth(at)
        title, desc = svg.get_attribute("aria-labelledby").split()
        assert svg.get_attribute("role") == "img"
        for id in (title, desc):
            assert tab.locator(f"[id='{id}']").count() == 1
            assert tab.locator(f"[id='{id}']").text_content().strip()
        figure = svg.locator("xpath=ancestor::figure[1]")
        assert figure.locator("figcaption").first.text_content().strip()
        assert figure.locator("details table, details ul").count() >= 1


def test_ids_are_unique_and_every_pointer_leads_somewhere(chromium, files):
    for name in ("whole", "nothing", "hostile"):
        tab = opened(chromium, files[name])
        ids = tab.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
        assert len(ids) == len(set(ids))
        to = tab.evaluate(
            "[...document.querySelectorAll('a[href^=\"#\"]')].map(one => one.getAttribute('href').slice(1))"
        )
        assert set(to) <= set(ids)


def test_headings_go_down_one_step_at_a_time(chromium, files):
    tab = opened(chromium, files["whole"])
    levels = tab.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => +one.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(now - before <= 1 for before, now in pairwise(levels))


def test_page_one_fits_one_printed_page(chromium, files):
    tab = opened(chromium, files["whole"], 703)  # A4 less its margins, at 96 dots an inch
    tab.emulate_media(media="print")
    assert tab.evaluate("document.querySelector('.page-one').getBoundingClientRect().bottom") < 1039
    assert tab.evaluate("document.documentElement.scrollWidth") <= 703


def test_a_keyboard_reaches_the_report_first(chromium, files):
    tab = opened(chromium, files["whole"])
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
