"""The picture: accessible, safe, readable without colour, and the same each time."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EvalkitError
from evalkit.theory.diagram import BAND, EDGE, INK, PAPER, PLAIN, VERDICTS, theory_svg
from evalkit.theory.layout import lay_out

SVG = "{http://www.w3.org/2000/svg}"
THEORIES = Path(__file__).parents[2] / "case_studies"


def drawn(theory, **options):
    return theory_svg(theory, title="How it works", desc="From left to right.", **options)


def luminance(colour):
    """Relative luminance (WCAG 2.2, definition)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, two):
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_it_is_an_image_with_a_name_first_and_a_description(example):
    root = ET.fromstring(drawn(example, id_prefix="fig 1"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "fig-1-title fig-1-desc"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert (root[0].text, root[0].get("id")) == ("How it works", "fig-1-title")
    assert (root[1].text, root[1].get("id")) == ("From left to right.", "fig-1-desc")


def test_every_word_of_every_box_is_text(example):
    root = ET.fromstring(drawn(example))
    said = "".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    squeezed = "".join(said.split())
    assert all("".join(node.words.split()) in squeezed for node in example.nodes)


def test_no_style_sheet_and_no_script_are_needed(example):
    text = drawn(example, verdicts={})
    assert "style=" not in text
    assert "<style" not in text
    assert "<script" not in text
    assert "href" not in text


def test_each_verdict_differs_in_colour_and_in_line_style():
    assert len({stroke.colour for stroke in VERDICTS.values()}) == len(VERDICTS)
    assert len({(stroke.dashes, stroke.double) for stroke in VERDICTS.values()}) == len(VERDICTS)


def test_text_and_lines_have_enough_contrast():
    for stroke in (*VERDICTS.values(), PLAIN):
        assert contrast(stroke.colour, PAPER) >= 4.5
        assert contrast(stroke.colour, BAND) >= 3
    assert contrast(INK, BAND) >= 4.5
    assert contrast(EDGE, BAND) >= 3


def test_each_link_is_drawn_in_its_verdict_and_says_it(make):
    boxes = {"a": "activities"} | {f"o{at}": "outcomes" for at in range(len(VERDICTS))}
    links = [f"a -> o{at}" for at in range(len(VERDICTS))]
    theory = make(boxes, *links)
    verdicts = dict(zip((link.id for link in theory.links), VERDICTS, strict=True))
    root = ET.fromstring(drawn(theory, verdicts=verdicts))
    groups = {
        group.get("data-link"): group for group in root.iter(f"{SVG}g") if group.get("data-link")
    }
    words = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    for link, verdict in verdicts.items():
        line = groups[link][1]
        assert line.get("stroke") == VERDICTS[verdict].colour
        assert line.get("stroke-dasharray", "") == VERDICTS[verdict].dashes
        assert line.get("marker-end") == f"url(#theory-{VERDICTS[verdict].slug})"
        assert words.count(verdict) == 2  # on the link and in the legend
    assert (
        root.find(f".//{SVG}marker[@id='theory-supported']").get("markerUnits") == "userSpaceOnUse"
    )


def test_a_link_without_verdict_is_not_tested_and_feedback_is_said(make):
    theory = make({"a": "activities", "o": "outcomes"}, "a -> o", "o => a")
    words = {
        "".join(text.itertext())
        for text in ET.fromstring(drawn(theory, verdicts={})).iter(f"{SVG}text")
    }
    assert {"not tested", "feedback: not tested"} <= words
    plain = {"".join(text.itertext()) for text in ET.fromstring(drawn(theory)).iter(f"{SVG}text")}
    assert "feedback" in plain


def test_an_unknown_verdict_is_refused_with_those_that_are_known(make):
    theory = make({"a": "activities", "o": "outcomes"}, "a -> o")
    with pytest.raises(EvalkitError, match="Did you mean `supported`"):
        drawn(theory, verdicts={"a -> o": "suported"})


def test_measured_boxes_have_a_heavy_edge_and_marked_ones_a_band(sound):
    root = ET.fromstring(drawn(sound, highlight=["know", "know -> skills"]))
    edges = [rect.get("stroke-width") for rect in root.iter(f"{SVG}rect") if rect.get("rx") == "5"]
    assert edges.count("3") == 2
    assert drawn(sound, highlight=["know"]).count("#ffe08a") == 1
    assert drawn(sound).count("#ffe08a") == 0


HOSTILE = "</text><script>alert('x')</script><img src=x onerror=\"alert(1)\"> & \x1b[31m \ud800"


def test_hostile_words_stay_words(make):
    theory = make({"a": "activities", "o": "outcomes"}, "a -> o")
    nodes = tuple(replace(node, words=HOSTILE * 6) for node in theory.nodes)
    text = theory_svg(
        replace(theory, nodes=nodes), title=HOSTILE, desc=HOSTILE, id_prefix='"><script>'
    )
    root = ET.fromstring(text)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "defs", "marker", "path", "rect", "g", "text", "tspan",
    }  # fmt: skip
    assert "<script" not in text
    assert "\x1b" not in text


def test_words_that_do_not_fit_are_whole_in_the_title_of_the_box(make):
    theory = make({"a": "activities"})
    long = replace(theory, nodes=(replace(theory.nodes[0], words="word " * 100),))
    titles = [title.text for title in ET.fromstring(drawn(long)).iter(f"{SVG}title")]
    assert "word " * 99 + "word" in titles


PROGRAM = """
from pathlib import Path
from evalkit.theory.diagram import theory_svg
from evalkit.theory.read import read_theory
theory = read_theory(Path({path!r}))
verdicts = {{link.id: "mixed" for link in theory.links[::2]}}
print(theory_svg(theory, title="T", desc="D", verdicts=verdicts), end="")
"""


def test_the_bytes_are_the_same_whatever_the_hash_seed_zone_or_locale():
    program = PROGRAM.format(path=str(THEORIES / "talking_together" / "theory.yaml"))
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone, locale in (("0", "UTC", "C.UTF-8"), ("77", "Asia/Tokyo", "de_DE.UTF-8"))
    }
    assert len(outputs) == 1
    assert outputs.pop().startswith(b"<svg")


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_theory_gives_well_formed_svg_with_all_its_links(theories, data):
    theory = data.draw(theories)
    root = ET.fromstring(drawn(theory, verdicts={}))
    links = [group.get("data-link") for group in root.iter(f"{SVG}g") if group.get("data-link")]
    assert sorted(links) == sorted(route.link for route in lay_out(theory).routes)
