from __future__ import annotations

from dataclasses import replace

from evalkit.report.decision import decide, headline


def test_the_state_is_the_one_of_the_findings(whole):
    states = {one.of: one.state for one in whole.findings if one.strand == "impact"}
    decisions = {one.estimate.id: one for one in decide(whole)}
    assert states
    for id, state in states.items():
        assert decisions[id].state == state


def test_the_headline_is_the_main_outcome(whole):
    assert headline(decide(whole)).estimate.id == "read"


def test_without_a_main_outcome_the_first_main_analysis_leads(whole):
    rest = replace(whole, estimates=whole.estimates[3:])
    assert headline(decide(rest)).estimate.id == "ready"


def test_an_exploratory_result_never_leads(whole):
    only = replace(whole, estimates=whole.estimates[:1], exploratory=("read",))
    assert headline(decide(only)) is None


def test_an_analysis_that_the_plan_no_longer_has_is_still_told(whole):
    lost = replace(whole, protocol=replace(whole.protocol, analyses={}))
    assert {one.role for one in decide(lost)} == {"support"}


def test_the_chance_is_read_from_the_posterior(whole):
    found = {one.estimate.id: one.chance_above for one in decide(whole)}
    assert found["read_bayes"] == (0, 0.994)
    assert found["read"] is None
