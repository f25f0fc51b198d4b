"""The London Challenge case: what its files say of themselves, and how careful its report is."""

from __future__ import annotations

import hashlib
import html
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evalkit.evaluation.project import Project, read_project

CASE = Path(__file__).parents[2] / "case_studies" / "london_challenge"
HEADINGS = ("meant", "held", "doubted", "setting", "others")
# SHA-256 of the 19 texts joined by line feeds, computed from the collection they were taken from.
TEXTS = "bd8cbcc070f8662836af84542c5a96d3a19bfd5c3bfe13316d560b22e7138635"
TOGETHER = ["funding", "prosperity", "local_authorities", "composition", "earlier_gains"]


@cache
def project() -> Project:
    return read_project(CASE)


@pytest.fixture(scope="module")
def out(run_elsewhere: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The case, run once by the command line."""
    made: Path = run_elsewhere(CASE, tmp_path_factory.mktemp("london") / "out", jobs=1)
    return made


@pytest.fixture(scope="module")
def results(out: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((out / "results.json").read_text("utf-8"))
    return read


@pytest.fixture(scope="module")
def report(out: Path) -> str:
    """The words of the report, without its marks."""
    page = re.sub(r"(?s)<(script|style).*?</\1>", " ", (out / "report.html").read_text("utf-8"))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def verdicts(results: dict[str, Any]) -> dict[str, str]:
    return {one["link"]: one["verdict"] for one in results["contributions"] if one.get("link")}


def traces(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["link"]: one for one in results["traces"]}


# -- the files ---------------------------------------------------------------------------------


def test_the_folder_has_no_fault() -> None:
    """`evalkit check` finds nothing that would stop a run."""
    assert project().broken == ()


def test_texts_are_unchanged() -> None:
    """Not a character of the 19 texts differs from the collection."""
    joined = "\n".join(source.text for source in project().sources)
    assert hashlib.sha256(joined.encode()).hexdigest() == TEXTS


def test_verbatim_and_paraphrase_are_told_apart() -> None:
    """Seven texts are verbatim, twelve are paraphrases, each under a licence."""
    kinds = [source.text_type for source in project().sources]
    assert (kinds.count("verbatim"), kinds.count("paraphrase")) == (7, 12)
    assert all(source.attributes["licence"] for source in project().sources)


def test_verbatim_texts_are_free_or_short_quotations_that_the_readme_names() -> None:
    """Word for word: open licences, and two short quotations with attribution."""
    readme = (CASE / "README.md").read_text("utf-8")
    for source in project().sources:
        if source.text_type == "verbatim":
            licence = source.attributes["licence"]
            free = licence in ("Open Government Licence v3.0", "CC BY-SA")
            assert free or ("short quotation" in licence and f"`{source.id}`" in readme), source.id


def test_every_text_is_coded_by_the_one_coder() -> None:
    """All 19 texts carry at least one passage."""
    codings = project().codings
    assert {one.segment.source for one in codings} == {one.id for one in project().sources}
    assert {one.coder for one in codings} == {"coder-1"}


def test_every_code_is_used_except_headings() -> None:
    """A code without a passage is a heading, and no passage carries a heading."""
    used = {coding.code for coding in project().codings}
    assert set(project().codebook.by_id) - used == set(HEADINGS)


def test_the_example_of_each_code_carries_it() -> None:
    """The example points to a source coded with it, and holds no quotation."""
    where = {(coding.code, coding.segment.source) for coding in project().codings}
    for code in project().codebook.by_id.values():
        assert code.define, code.id
        if code.id not in HEADINGS:
            assert (code.id, code.example[:4]) in where, code.id
            assert '"' not in code.example, code.id


@pytest.mark.parametrize("source", ["LC04", "LC05", "LC06", "LC18", "LC19"])
def test_what_speaks_against_the_programme_is_coded(source: str) -> None:
    """Texts that doubt it, or name another reason, are coded as doing so."""
    codes = project().codebook.by_id
    says = {
        codes[coding.code].says for coding in project().codings if coding.segment.source == source
    }
    assert says & {"against", "rival"}


@pytest.mark.parametrize("source", ["LC08", "LC09", "LC10", "LC15", "LC16", "LC17"])
def test_figures_and_designs_are_no_evidence_for_a_link(source: str) -> None:
    """A rise, a level, an aim or a design takes no side."""
    codes = project().codebook.by_id
    says = {
        codes[coding.code].says for coding in project().codings if coding.segment.source == source
    }
    assert says <= {"context", "mechanism"}


def test_every_other_explanation_has_a_check_and_links() -> None:
    """Nine of them; all but one say when they were at work."""
    theory = project().theory
    assert theory is not None
    assert len(theory.rivals) == 9
    assert all(rival.check and rival.links for rival in theory.rivals)
    assert [rival.id for rival in theory.rivals if rival.first is None] == ["from_the_bottom"]


def test_every_planned_sign_has_an_answer() -> None:
    """No sign is left without a word, if only that nobody looked."""
    protocol = project().protocol
    assert protocol is not None
    assert set(project().found.tests) == set(protocol.tests)


def test_evidence_is_whole_words_of_the_texts() -> None:
    """Each pointer of findings.yaml is a passage that somebody coded."""
    coded = {
        f"{one.segment.source}:{one.segment.start}-{one.segment.end}" for one in project().codings
    }
    texts = {source.id: source.text for source in project().sources}
    pointers = [place for one in project().found.tests.values() for place in one.evidence]
    assert len(pointers) > 10
    for pointer in pointers:
        source, start, end = re.split("[:-]", pointer)
        words = texts[source][int(start) : int(end)]
        assert words == words.strip(), pointer
        inside = any(words in one.segment.quote for one in project().codings)
        assert pointer in coded or inside, pointer


def test_nobody_was_asked() -> None:
    """Found texts: silence on a link never counts as "asked but not mentioned"."""
    protocol = project().protocol
    assert protocol is not None
    assert protocol.listening is not None
    assert protocol.listening.asked_about == ()


# -- the run -----------------------------------------------------------------------------------


def test_the_plan_is_locked_and_nothing_departs_from_it(results: dict[str, Any]) -> None:
    """The lock beside the plan is that of the plan."""
    assert results["departures"] == []


def test_it_is_not_shown_that_teaching_raised_results(results: dict[str, Any]) -> None:
    """Words for and against, and every other explanation left standing: not "it worked"."""
    (one,) = [it for it in results["contributions"] if it.get("link") == "teaching -> attainment"]
    assert one["verdict"] == "not shown"
    theory = project().theory
    assert theory is not None
    assert set(one["rivals"]) == {
        rival.id for rival in theory.rivals if "teaching -> attainment" in rival.links
    }


def test_no_link_is_supported_and_what_nobody_looked_into_is_not_tested(
    results: dict[str, Any],
) -> None:
    """Praise of the programme's parts is at best plausible; silence is not failure."""
    found = verdicts(results)
    assert set(found.values()) == {"plausible", "not shown", "not tested"}
    assert found["partnership -> commitment"] == found["attainment -> lasting"] == "plausible"
    assert found["advisers -> teaching"] == found["partnership -> teaching"] == "not shown"
    assert found["keys -> teaching"] == found["teaching -> gap"] == "not tested"


def test_no_pathway_is_stronger_than_not_shown(results: dict[str, Any]) -> None:
    """From anything done to results at sixteen, every way leads over a link that is not shown."""
    ways = [one for one in results["contributions"] if one.get("pathway")]
    to_results = [one for one in ways if one["pathway"][-1] == "attainment"]
    assert to_results
    assert {one["verdict"] for one in to_results} <= {"not shown", "not tested"}


def test_the_signs_leave_a_wide_range(results: dict[str, Any]) -> None:
    """Whatever one believed before, the range is wide, and from even odds it holds one half."""
    one = traces(results)["teaching -> attainment"]
    assert one["verdict"] == "cannot tell"
    before_low, even, before_high = one["posterior"]
    assert even["low"] < 0.2
    assert even["high"] > 0.8
    assert before_low["middle"] < even["middle"] < before_high["middle"]
    assert all(0 <= it["low"] <= it["middle"] <= it["high"] <= 1 for it in one["posterior"])


def test_what_every_explanation_gives_is_worth_next_to_nothing(results: dict[str, Any]) -> None:
    """That London rose faster than England weighs less than two decibels, and flips nothing."""
    signs = {one["id"]: one for one in traces(results)["teaching -> attainment"]["signs"]}
    assert signs["rose_faster"]["found"] == "found"
    assert signs["rose_faster"]["decibels"][1] < 2
    assert not signs["rose_faster"]["flips"]
    assert signs["left_after_pupils"]["decibels"][1] < 0
    assert signs["left_after_pupils"]["flips"]


def test_signs_from_one_report_are_one_package(results: dict[str, Any]) -> None:
    """Three reports stand behind four signs and eight passages on results."""
    one = traces(results)["teaching -> attainment"]
    assert one["packages"] == 3
    looked = [sign for sign in one["signs"] if sign["found"] != "not looked"]
    assert sorted({sign["package"] for sign in looked}) == ["LC01", "LC04", "LC10"]


def test_signs_that_nobody_looked_for_change_nothing(results: dict[str, Any]) -> None:
    """The strongest sign of the plan has no text: what was believed stays as it was."""
    one = traces(results)["keys -> teaching"]
    assert one["verdict"] == "nobody has looked yet"
    assert [it["middle"] for it in one["posterior"]] == pytest.approx([0.2, 0.5, 0.8])
    assert one["packages"] == 0


def test_six_things_happened_at_once(results: dict[str, Any]) -> None:
    """The programme and five other explanations shared place and years."""
    separation = results["separation"]
    (group,) = separation["groups"]
    assert group["members"] == ["programme", *TOGETHER]
    assert group["how"] == "never"
    assert separation["unseen"] == ["national_strategies", "academies"]
    assert separation["separable"] == ["teach_first"]


def test_agreement_is_not_known(results: dict[str, Any]) -> None:
    """One coder: no coefficient, and the reason in its place."""
    assert results["agreement"]
    for one in results["agreement"]:
        assert one["value"] is None
        assert "one coder" in one["reason"]


def test_nothing_is_estimated(results: dict[str, Any]) -> None:
    """There are no figures, so there is no effect."""
    assert results["estimates"] in ({}, [])


# -- the report --------------------------------------------------------------------------------


def test_the_report_says_what_cannot_be_told_apart(report: str) -> None:
    """In one sentence that names all six."""
    (sentence,) = {it for it in re.split(r"(?<=\.) ", report) if "can tell them apart" in it}
    theory = project().theory
    assert theory is not None
    assert "London Challenge" in sentence
    for rival in theory.rivals:
        assert (rival.words in sentence) == (rival.id in TOGETHER), rival.id


@pytest.mark.parametrize(
    "words",
    [
        "This is a draft.",
        "There is no estimate yet of what changed because of the programme.",
        "one coder: agreement not known",
        "nobody has looked yet",
        "Whether a second reader would have read the texts in the same way.",
        "Links confirmed one by one still say little of the whole chain.",
        "The plan and its signs were written after the texts had been read",
    ],
)
def test_the_report_says_how_little_is_known(report: str, words: str) -> None:
    """Draft, no estimate, one coder, signs not looked for, a plan after the fact."""
    assert words in report


@pytest.mark.parametrize("words", ["it worked", "had no effect", "proves that", "did not work"])
def test_the_report_does_not_say_more_than_it_knows(report: str, words: str) -> None:
    """Neither success nor failure is claimed."""
    assert words not in report


def test_paraphrases_are_not_shown_as_quotations(report: str) -> None:
    """No paraphrase stands between quotation marks."""
    for coding in project().codings:
        source = next(one for one in project().sources if one.id == coding.segment.source)
        if source.text_type == "paraphrase" and len(coding.segment.quote) > 40:
            assert f"“{coding.segment.quote}”" not in report
            assert f'"{coding.segment.quote}"' not in report
