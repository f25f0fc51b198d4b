from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.coding.model import ONE_CODER, Agreement
from evalkit.impact.estimate import Check
from evalkit.protocol.model import Protocol
from evalkit.synthesis.contribution import contributions
from evalkit.synthesis.gather import impact_findings, process_findings
from evalkit.synthesis.joint import joint_display
from evalkit.synthesis.model import TestResult as Result
from evalkit.synthesis.why import ASKS, SIGNS, Record, smallest_detectable, why_table


@pytest.fixture
def record(theory, protocol):
    """Make a record from estimates, findings and tests, weighed as a run weighs them."""

    def make(estimates=(), said=(), tests=(), agreement=(), exploratory=()):
        numbers = impact_findings(estimates, protocol, theory, exploratory)
        findings = (*numbers, *said, *process_findings(tests))
        rows = joint_display(findings, [link.id for link in theory.links], ())
        return Record(
            theory=theory,
            protocol=protocol,
            estimates=estimates,
            findings=findings,
            contributions=contributions(theory, rows, findings),
            tests=tests,
            agreement=agreement,
            exploratory=exploratory,
        )

    return make


def _found(record, id):
    return next(sign for row in why_table(record) for sign in row.signs if sign.id == id)


def test_the_table_has_four_explanations_and_each_sign_once(record):
    table = why_table(record())
    assert [row.explanation for row in table] == list(ASKS)
    assert sorted(s.id for row in table for s in row.signs) == sorted(rule.id for rule in SIGNS)
    assert len({rule.id for rule in SIGNS}) == len(SIGNS)


def test_an_empty_record_knows_of_no_sign_but_the_rival_nobody_looked_into(record):
    known = {s.id: s.found for row in why_table(record()) for s in row.signs if s.found == "yes"}
    assert known == {"context-rival": "yes"}
    judged = {row.explanation: row.judgement for row in why_table(record())}
    assert judged["theory"] == judged["delivery"] == "not known"


def test_an_evaluation_that_could_not_see_what_matters_says_so(record, estimate):
    blind = _found(record([estimate(-4, 6)]), "evaluation-blind")
    assert (blind.found, blind.of) == ("yes", ("main",))
    assert _found(record([estimate(-1, 1)]), "evaluation-blind").found == "no"


def test_an_exploratory_estimate_is_not_asked_whether_it_could_have_seen_it(record, estimate):
    looked = _found(record([estimate(-4, 6)], exploratory=("main",)), "evaluation-blind")
    assert looked.found == "not known"


def test_without_a_smallest_change_that_matters_it_is_not_known(record, estimate, outcome):
    one = record([estimate(-4, 6)])
    plan = replace(one.protocol, outcomes={"score": outcome(None)})
    assert _found(replace(one, protocol=plan), "evaluation-blind").found == "not known"


def test_the_smallest_detectable_effect_is_the_check_s_or_made_from_the_standard_error(estimate):
    one = estimate(-1.96, 1.96)
    assert smallest_detectable(one) == pytest.approx(2.8)
    check = Check("smallest detectable effect", 3.5, None, "concern", "")
    assert smallest_detectable(replace(one, checks=(check,))) == 3.5


def test_an_answer_that_changes_with_the_comparison_is_fragile(record, estimate):
    fragile = record([estimate(3, 9), estimate(-1, 2, "close")])
    assert _found(fragile, "evaluation-fragile").found == "yes"
    steady = record([estimate(3, 9), estimate(3, 8, "close")])
    assert _found(steady, "evaluation-fragile").found == "no"
    assert _found(steady, "evaluation-settled").found == "yes"


def test_few_places_with_the_programme_are_a_sign_for_the_evaluation(record, estimate):
    few = record([estimate(3, 9, checks=[("few treated clusters", "concern")])])
    assert _found(few, "evaluation-few").found == "yes"


def test_one_coder_is_agreement_not_known(record):
    alone = Agreement("alpha", None, None, None, 4, 1, 0, ONE_CODER, "passages")
    assert _found(record(agreement=[alone]), "evaluation-coder").found == "yes"
    assert _found(record(), "evaluation-coder").found == "not known"


def test_a_supported_link_speaks_against_a_wrong_theory_and_names_it(record, finding):
    said = [finding("for"), finding("n", "impact", state="up")]
    sign = _found(record(said=said), "theory-supported")
    assert (sign.found, sign.of) == ("yes", ("contribution:a -> b",))
    assert "“Do” to “Know”" in sign.words


def test_a_contradicted_link_is_a_sign_for_a_wrong_theory(record, finding):
    said = [finding("against"), finding("n", "impact", state="down")]
    table = why_table(record(said=said))
    assert (table[0].explanation, table[0].judgement) == ("theory", "signs for it")


def test_a_planned_sign_that_failed_is_found_and_one_against_a_rival_is_no_failure(record):
    test = Result("t", "b -> c", "a sign", "likely", "unlikely", "no", rival="chance")
    assert _found(record(tests=[test]), "theory-sign-failed").found == "yes"
    seen = replace(test, found="yes")
    assert _found(record(tests=[seen]), "theory-sign-failed").found == "no"
    unseen = replace(test, found="not looked")
    assert _found(record(tests=[unseen]), "theory-sign-failed").found == "not known"


def test_without_a_link_into_an_activity_whether_it_was_delivered_is_not_known(record):
    assert _found(record(), "delivery-doubted").found == "not known"


def test_measured_delivery_is_never_claimed(record):
    one = record()
    assert _found(one, "delivery-measured").found == "not known"
    planned = replace(one, protocol=Protocol(rest={"delivery": {"dose": "sessions"}}))
    assert "planned" in _found(planned, "delivery-measured").words


def test_a_rival_left_standing_is_a_sign_for_the_context_and_is_named(record):
    sign = _found(record(), "context-rival")
    assert "It would have come by itself" in sign.words
    ruled_out = Result("t", "b -> c", "a sign", "likely", "unlikely", "yes", rival="chance")
    assert _found(record(tests=[ruled_out]), "context-rival").found == "no"


def test_signs_on_both_sides_make_it_part_of_a_mix(record, estimate):
    both = record([estimate(3, 9, checks=[("few treated clusters", "concern")])])
    judged = {row.explanation: row.judgement for row in why_table(both)}
    assert judged["evaluation"] == "signs both ways"
