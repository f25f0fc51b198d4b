"""The first case study comes out careful: its numbers, its verdicts, and what its report says.

The expected numbers and how they were made independently of evalkit: see
``tests/golden/panel_fixed_effects/README.md``.
"""

from __future__ import annotations

import html
import json
import re

import pytest

from evalkit.evaluation import load
from evalkit.report.trace import published, untraced

pytestmark = pytest.mark.slow

PRIMARY = "teaching -> primary"


@pytest.fixture(scope="module")
def record(case_run):
    return load(case_run / "results.json")


@pytest.fixture(scope="module")
def page(case_run):
    return (case_run / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def words(page):
    """The words of the report as they are read, without marks and pictures."""
    bare = re.sub(r"<(style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", bare)))


@pytest.fixture(scope="module")
def verdicts(record):
    return {one.link: one for one in record.contributions if one.link}


@pytest.mark.parametrize(
    ("id", "value", "std_error", "digits"),
    [
        ("main", 2.357, 0.462, 3),
        ("low_attaining", 1.40, 0.62, 2),
        ("in_school/suspensions", 2.16, 1.04, 2),
    ],
)
def test_the_numbers_are_those_found_by_other_means(record, id, value, std_error, digits):
    one = record.estimate(id)
    assert (round(one.value, digits), round(one.std_error, digits)) == (value, std_error)


def test_shuffling_which_areas_had_it_gives_such_a_rise_about_one_time_in_seven(record):
    assert record.estimate("low_attaining").check("permutation").p_value == pytest.approx(
        0.14, abs=0.015
    )


def test_the_areas_rose_before_the_programme_as_well(record):
    study = record.estimate("low_attaining").table["event_study"]
    before = study.loc[study["period"] == 2016, "estimate"].item()
    assert round(before, 2) == -1.53


@pytest.mark.parametrize(
    "id",
    [
        "early_years/early_years",
        "early_years/phonics",
        "key_stage_4/progress_eight",
        "key_stage_4/english_maths",
    ],
)
def test_at_five_and_at_sixteen_the_numbers_cannot_tell(record, id):
    estimate = record.estimate(id)
    assert estimate.interval.low < 0 < estimate.interval.high
    assert {one.state for one in record.findings if one.of == id} == {"imprecise"}


def test_the_rise_at_eleven_is_not_called_supported_and_its_rivals_are_named(verdicts):
    one = verdicts[PRIMARY]
    assert one.verdict == "not shown"
    assert {"regression", "new_tests", "own_path"} <= set(one.rivals)
    assert "cannot be told apart" in one.words


def test_the_careless_estimate_is_unsettled_by_its_own_checks(record):
    (one,) = [it for it in record.findings if it.of == "main"]
    assert (one.state, one.says) == ("imprecise", "unclear")
    assert {"pre-trend", "differs in low_attaining"} <= set(one.cautions)


def test_nothing_at_all_is_called_supported(record):
    assert "supported" not in {one.verdict for one in record.contributions}


def test_suspensions_are_a_possible_harm(record):
    (harm,) = record.harms
    assert harm.outcome == "suspensions"
    assert "in_school/suspensions" in harm.because


def test_every_verdict_names_findings_that_are_there_and_what_would_change_it(record):
    findings = {one.id for one in record.findings}
    for one in record.contributions:
        assert set(one.because) <= findings
        assert one.would_change_if
        assert one.because or one.verdict == "not tested"


def test_silence_is_no_voice_against_a_link(record):
    silent = [
        row for row in record.joint if row.qualitative in ("asked but not mentioned", "not asked")
    ]
    assert silent
    for row in silent:
        assert row.relation in ("silence of one strand", "not comparable")


def test_one_coder_is_told_and_no_number_is_made_of_it(record, words):
    assert all(one.value is None for one in record.agreement)
    assert "one coder" in words.lower()


def test_the_evaluation_could_not_have_seen_what_matters(record):
    signs = {sign.id: sign for row in record.why for sign in row.signs}
    assert "main" in signs["evaluation-blind"].of
    assert signs["evaluation-fragile"].found == "yes"
    assert signs["context-rival"].found == "yes"


@pytest.mark.parametrize(
    "said",
    [
        "cannot be told apart",
        "come back by themselves",
        "possible harm",
        "settle",
    ],
)
def test_the_report_says_what_it_has_to(words, said):
    assert said in words.lower()


def test_the_report_never_says_that_there_was_no_effect(words):
    said = words.lower().replace("this does not show that there was no effect", "")
    for claim in ("had no effect", "no effect on", "there was no effect", "did not work"):
        assert claim not in said, claim


def test_a_paraphrase_is_never_printed_in_quotation_marks(record, words):
    paraphrased = {one.id for one in record.sources if one.text_type == "paraphrase"}
    quotes = [one.segment.quote for one in record.codings if one.segment.source in paraphrased]
    assert quotes
    for quote in quotes:
        assert f"“{quote}”" not in words
        assert f'"{quote}"' not in words


def test_every_number_of_the_report_belongs_to_a_result_or_a_file(page):
    assert untraced(page) == []
    assert len(published(page)) > 200


def test_the_record_on_disk_holds_no_number_that_is_none(case_run):
    def refuse(name):
        raise AssertionError(name)

    text = (case_run / "results.json").read_text(encoding="utf-8")
    json.loads(text, parse_constant=refuse)
