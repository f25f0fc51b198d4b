"""The Opportunity Areas case: its files say what they say of themselves."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from evalkit.evaluation.project import Project, read_project

CASE = Path(__file__).parents[2] / "case_studies" / "opportunity_areas"
HEADINGS = ("meant", "held", "doubted", "setting", "knowing")
NOTHING_TO_CODE = ("OA06",)
# SHA-256 of the 38 texts joined by line feeds, computed from the collection they were taken from.
TEXTS = "0fb3cbe628f43ff8e3842576f00ff6da56976792c3458a0dfb31fcfafbe84ee3"


@cache
def project() -> Project:
    return read_project(CASE)


def test_the_folder_has_no_fault() -> None:
    """`evalkit check` finds nothing that would stop a run."""
    assert project().broken == ()


def test_every_planned_analysis_can_run() -> None:
    """Each analysis of the plan has its data and its design."""
    protocol = project().protocol
    assert protocol is not None
    assert {task.analysis.id for task in project().tasks} == set(protocol.analyses)
    assert project().waiting == {}


def test_texts_are_unchanged() -> None:
    """Not a character of the 38 texts differs from the collection."""
    joined = "\n".join(source.text for source in project().sources)
    assert hashlib.sha256(joined.encode()).hexdigest() == TEXTS


def test_verbatim_and_paraphrase_are_told_apart() -> None:
    """Sixteen texts are verbatim, 22 are paraphrases, each under a licence."""
    kinds = [source.text_type for source in project().sources]
    assert (kinds.count("verbatim"), kinds.count("paraphrase")) == (16, 22)
    assert all(source.attributes["licence"] for source in project().sources)


def test_only_free_licences_are_quoted_verbatim() -> None:
    """A text kept word for word is under an open licence."""
    licences = {
        source.attributes["licence"]
        for source in project().sources
        if source.text_type == "verbatim"
    }
    assert licences == {"Open Parliament Licence v3.0", "Open Government Licence v3.0"}


def test_every_text_was_read_and_all_but_the_named_ones_coded() -> None:
    """Texts without a coding are those that the README lists."""
    coded = {coding.segment.source for coding in project().codings}
    left = tuple(source.id for source in project().sources if source.id not in coded)
    assert left == NOTHING_TO_CODE
    assert all(f"`{id}`" in (CASE / "README.md").read_text("utf-8") for id in left)


def test_every_code_is_used_except_headings() -> None:
    """A code without a passage is a heading, and no passage carries a heading."""
    used = {coding.code for coding in project().codings}
    assert set(project().codebook.by_id) - used == set(HEADINGS)


def test_every_code_has_a_rule_and_an_example_that_carries_it() -> None:
    """The example of each code points to a source coded with it, and holds no quotation."""
    where = {(coding.code, coding.segment.source) for coding in project().codings}
    for code in project().codebook.by_id.values():
        assert code.define, code.id
        if code.id not in HEADINGS:
            assert (code.id, code.example[:4]) in where, code.id
            assert '"' not in code.example, code.id


@pytest.mark.parametrize("source", ["OA05", "OA07", "OA08", "OA09", "OA21", "OA32", "OA33"])
def test_disconfirming_texts_are_coded_as_such(source: str) -> None:
    """What speaks against the programme, or warns, is in the codings."""
    codes = project().codebook.by_id
    says = {
        codes[coding.code].says for coding in project().codings if coding.segment.source == source
    }
    assert says & {"against", "rival", "context"}
    assert "for" not in says


def test_aims_are_never_evidence_for() -> None:
    """Evaluation aims and delivery plans are not coded as saying that a link holds."""
    codes = project().codebook.by_id
    plans = {source.id for source in project().sources if "plan" in source.attributes["kind"]}
    hits = [
        coding.id
        for coding in project().codings
        if coding.segment.source in plans and codes[coding.code].says == "for"
    ]
    assert hits == []


def test_evidence_of_tests_stands_in_the_texts() -> None:
    """Each pointer of findings.yaml is a place in a text or an analysis of the plan."""
    texts = {source.id: source.text for source in project().sources}
    protocol = project().protocol
    assert protocol is not None
    for found in project().found.tests.values():
        for pointer in found.evidence:
            if match := re.fullmatch(r"(OA\d\d):(\d+)-(\d+)", pointer):
                start, end = int(match[2]), int(match[3])
                words = texts[match[1]][start:end]
                assert len(words) == end - start > 0, pointer
                assert words == words.strip(), pointer
            else:
                assert pointer in protocol.analyses


def test_every_planned_sign_has_an_answer() -> None:
    """No process test of the plan is left without a word, if only that nobody looked."""
    protocol = project().protocol
    assert protocol is not None
    assert set(project().found.tests) == set(protocol.tests)


def test_outcomes_have_a_before_and_an_after_in_all_six_areas() -> None:
    """Each outcome has figures for the six whole authorities before 2018 and in 2018 and 2019."""
    protocol = project().protocol
    assert protocol is not None
    panel = pd.read_csv(CASE / "data" / "panel.csv")
    areas = pd.read_csv(CASE / "data" / "areas.csv")
    six = panel[panel["la_code"].isin(areas.loc[areas["oa_status"] == "full", "la_code"])]
    for outcome in protocol.outcomes.values():
        for column in filter(None, (outcome.column, outcome.less)):
            counts = six.groupby("year")[column].count()
            assert counts[2017] == counts[2018] == counts[2019] == 6, column


def test_outcomes_reach_from_five_to_nineteen() -> None:
    """Ages, the disadvantaged and a harm are all among the outcomes."""
    protocol = project().protocol
    assert protocol is not None
    outcomes = protocol.outcomes.values()
    assert {"5", "11", "16", "19"} <= {outcome.age for outcome in outcomes}
    assert {"ks2_disadvantaged", "ks2_gap"} <= set(protocol.outcomes)
    assert any(outcome.higher_is == "worse" for outcome in outcomes)
    assert all(outcome.margin is not None for outcome in outcomes)
    assert [outcome.id for outcome in outcomes if outcome.main] == ["ks2_all"]


def test_the_theory_is_connected_and_doubted() -> None:
    """There is a feedback loop, other explanations with a check each, and someone who disagrees."""
    theory = project().theory
    assert theory is not None
    assert any(link.loop for link in theory.links)
    assert len(theory.rivals) >= 6
    assert all(rival.check and rival.links for rival in theory.rivals)
    assert any(shaper.disagreed_with for shaper in theory.shaped_by)


def test_nobody_was_asked() -> None:
    """Found documents: silence on a link never counts as "asked but not mentioned"."""
    protocol = project().protocol
    assert protocol is not None
    assert protocol.listening is not None
    assert protocol.listening.asked_about == ()


def test_the_folder_stays_small() -> None:
    """The case can travel with the package."""
    parts = [CASE / "data", CASE / "sources"]
    files = [file for part in parts for file in part.iterdir()]
    assert sum(file.stat().st_size for file in (*files, *CASE.glob("*.*"))) < 620_000


def test_no_result_is_written_into_the_case() -> None:
    """Numbers come from a run: no estimate is typed into the plan, the theory or the README."""
    for name in ("README.md", "theory.yaml", "protocol.yaml", "evaluation.yaml", "findings.yaml"):
        text = (CASE / name).read_text("utf-8")
        assert not re.search(r"\b\d+\.\d{2,}\b(?! points)", text.replace("0.05 points", "")), name
        assert not re.search(r"\bp\s*[=<]\s*0?\.\d", text), name
