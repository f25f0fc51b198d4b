"""Many evaluations read together."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from evalkit.errors import ProjectError, ResultsError
from evalkit.evaluation.encode import plain, record
from evalkit.evaluation.model import Evaluation
from evalkit.evaluation.portfolio import FEWEST, compare, portfolio, read_portfolio, save, to_json
from evalkit.evaluation.portfolio_model import COMPARED_WORDS, Portfolio
from evalkit.evaluation.store import save as save_results
from evalkit.impact.estimate import Estimate, Interval
from evalkit.protocol.about import About
from evalkit.protocol.model import Analysis, Outcome, Protocol, Question
from evalkit.synthesis.model import Contribution
from evalkit.theory.model import Link, Node, Theory

THEORY = Theory(
    "", (Node("a", "activities", "Do"), Node("b", "outcomes", "Can", ("score",))), (Link("a", "b"),)
)
PLAN = Protocol(
    outcomes={"score": Outcome("score", "t", "score", "Score")},
    questions={
        "q": Question("q", "Did it?", "impact", ("a -> b",)),
        "why": Question("why", "Why?", "mechanism"),
    },
    analyses={"main": Analysis("main", "q", "randomised", ("score",))},
)


def estimate(value, error=1.0):
    reach = 1.96 * error
    return Estimate(
        *("main", "randomised", "", "", "score", value, error),
        Interval(value - reach, value + reach),
        *(0.1, 20, 20, 20, 10),
    )


def member(name, value=None, verdict="not tested"):
    return Evaluation(
        about=About(name.title(), short_name=name, place={"town": name}),
        theory=THEORY,
        protocol=PLAN,
        estimates=() if value is None else (estimate(value),),
        contributions=(Contribution("a -> b", (), verdict, "", "", (), ""),),
    )


@pytest.fixture
def three():
    return [member("x", 1.0, "plausible"), member("y", 2.0, "supported"), member("z", 6.0)]


def test_every_evaluation_keeps_its_own_questions_and_what_answers_them(three):
    found = portfolio(three)
    assert [one.id for one in found.members] == ["x", "y", "z"]
    own, why = found.members[0].questions
    assert (own.ask, own.answered_by) == ("Did it?", ("main", "contribution:a -> b"))
    assert why.answered_by == ()


def test_a_shared_measure_is_pooled_in_part_and_each_is_drawn_towards_the_others(three):
    (measure,) = portfolio(three).measures
    assert (measure.label, measure.why, len(measure.results)) == ("Score", "", 3)
    low, _, high = measure.results
    assert low.value < low.shrunken < measure.mean < high.shrunken < high.value
    assert measure.spread > 0
    assert measure.new.low < measure.low
    assert measure.new.of == "portfolio:score"


def test_two_are_too_few_to_pool_and_that_is_said(three):
    (measure,) = portfolio(three[:2]).measures
    assert (math.isnan(measure.mean), measure.new) == (True, None)
    assert f"takes {FEWEST}" in measure.why


@pytest.mark.parametrize("change", [{"label": "Other"}, {"unit": "points"}, {"higher_is": "worse"}])
def test_one_name_for_two_things_is_not_pooled(three, change):
    other = replace(PLAN.outcomes["score"], **change)
    plan = replace(PLAN, outcomes={"score": other})
    (measure,) = portfolio([*three[:2], replace(three[2], protocol=plan)]).measures
    assert "the name is the same" in measure.why


def test_only_planned_main_estimates_are_pooled_one_for_each_evaluation(three):
    twice = replace(three[0], estimates=(estimate(1.0), replace(estimate(9.0), id="main/two")))
    assert portfolio([twice, *three[1:]]).measures == portfolio(three).measures
    unplanned = replace(three[0], exploratory=("main",))
    assert len(portfolio([unplanned, *three[1:]]).measures[0].results) == 2


def test_common_links_are_compared(three):
    (link,) = portfolio(three).links
    assert link.verdicts == (("x", "plausible"), ("y", "supported"), ("z", "not tested"))
    assert (link.compared, link.words) == ("tested in some", COMPARED_WORDS["tested in some"])
    assert link.same_words


def test_boxes_that_say_different_things_under_one_name_are_pointed_out(three):
    nodes = (Node("a", "activities", "Something else"), THEORY.nodes[1])
    other = replace(three[0], theory=replace(THEORY, nodes=nodes))
    assert not portfolio([other, *three[1:]]).links[0].same_words


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        (["not tested"] * 2, "tested nowhere"),
        (["supported"] * 2, "agree"),
        (["supported", "contradicted", "not tested"], "conflict"),
        (["supported", "plausible"], "lean the same way"),
        (["mixed", "not tested"], "tested in some"),
    ],
)
def test_verdicts_are_compared_by_word(verdicts, word):
    assert compare(verdicts) == word
    assert word in COMPARED_WORDS


def test_what_nobody_knows_yet_is_listed():
    kinds = {
        (one.kind, one.what): one.members for one in portfolio([member("x", 1.0), member("y")]).gaps
    }
    assert kinds["link tested nowhere", "a -> b"] == ("x", "y")
    assert kinds["question without an answer", "Did it?"] == ("y",)
    assert kinds["measure used once", "score"] == ("x",)
    assert kinds["nobody heard", "coded passages"] == ("x", "y")
    assert kinds["delivery not measured", "delivery"] == ("x", "y")


def test_the_order_of_evaluations_does_not_matter(three):
    assert to_json(portfolio(three[::-1])) == to_json(portfolio(three))


def test_two_of_the_same_name_are_refused(three):
    with pytest.raises(ResultsError, match="called `x`"):
        portfolio([three[0], three[0]])


def test_results_are_read_from_folders_and_files_and_one_json_comes_out(three, tmp_path):
    for one in three:
        save_results(one, tmp_path / one.about.short_name / "out")
    paths = [tmp_path / "x", tmp_path / "y" / "out" / "results.json", tmp_path / "z"]
    found = read_portfolio(paths)
    values = json.loads(save(found, tmp_path / "portfolio.json").read_text(encoding="utf-8"))
    assert values["schema"] == "evalkit-portfolio/1"
    assert values["measures"][0]["results"][0]["member"] == "x"
    assert values == json.loads(json.dumps(to_json(portfolio(three))))


def test_every_path_without_results_is_told_at_once(tmp_path):
    with pytest.raises(ProjectError) as error:
        read_portfolio([tmp_path / "x", tmp_path / "y"])
    assert len(error.value.faults) == 2


def test_the_record_reads_back_as_it_was(three):
    values = json.loads(json.dumps(plain(portfolio(three))))
    assert plain(record(Portfolio, values)) == values
