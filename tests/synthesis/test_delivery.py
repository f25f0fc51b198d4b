"""Delivery against its targets, and adaptations as people judge them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.data.table import Table
from evalkit.synthesis.adaptation import FITS, adaptations
from evalkit.synthesis.delivery import (
    LOST,
    SIGNS,
    STATE_WORDS,
    STATES,
    as_signs,
    delivered,
    delivery_signs,
)
from evalkit.synthesis.found import Judgement
from evalkit.synthesis.weighing import CLASSES


def read(frame, id="log", **roles):
    cells = pd.DataFrame(columns=["line", "column", "symbol", "reason", "low", "high"])
    return Table(id, frame, np.arange(len(frame)) + 2, cells, **roles)


def log(scores, site=()):
    frame = pd.DataFrame({"score": scores, "school": site or ["x"] * len(scores)})
    return {"log": read(frame, unit="school")}


PLAN = {"fidelity": {"table": "log", "column": "score", "target": 0.8}}


def only(scores, plan=PLAN, **more):
    (one,) = delivered(plan, log(scores, **more))
    return one


@pytest.mark.parametrize(
    ("scores", "state"),
    [
        ([0.9] * 8 + [0.1] * 2, "as planned"),
        ([0.9] * 6 + [0.1] * 4, "in part"),
        ([0.9] * 4 + [0.1] * 6, "not as planned"),
    ],
)
def test_the_state_is_by_the_share_of_rows_that_reached_the_target(scores, state):
    one = only(scores)
    assert (one.state, one.sentence) == (state, STATE_WORDS[state])
    assert one.share == pytest.approx(scores.count(0.9) / 10)


def test_every_state_has_words_and_shares_fall():
    assert set(STATE_WORDS) == {state for _, state in STATES} | {"not known"}
    assert [least for least, _ in STATES] == sorted((least for least, _ in STATES), reverse=True)


def test_a_few_missing_rows_count_as_not_delivered():
    one = only([0.9] * 8 + [None, 0.1])
    assert (one.state, one.n, one.n_missing) == ("as planned", 9, 1)
    assert (one.share, one.share_if_missing_failed) == (pytest.approx(8 / 9), 0.8)
    assert only([0.9] * 7 + [0.1] * 2 + [None]).state == "in part"


def test_many_missing_rows_leave_it_not_known_and_missing_is_not_undelivered():
    one = only([0.9] * 4 + [None] * 6)
    assert one.state == "not known"
    assert one.why == "6 of 10 rows have no value, too many to tell"
    assert only([0.1] * 8 + [None] * 3).state == "not as planned"
    assert LOST == 0.2


def test_reach_is_the_share_reached_over_its_target():
    plan = {"reach": {"table": "log", "column": "score", "target": 0.5}}
    one = only([1] * 4 + [0] * 6, plan)
    assert (one.share, one.met, one.state) == (0.8, 4, "as planned")
    assert only([1] * 10, plan).share == 1.0


def test_sites_are_listed_the_least_delivered_first():
    one = only([0.9, 0.9, 0.1, 0.9, 0.2, 0.1], site=["b", "b", "a", "a", "c", "c"])
    assert [(it.site, it.met, it.n) for it in one.sites] == [("c", 0, 2), ("a", 1, 2), ("b", 2, 2)]


@pytest.mark.parametrize(
    ("entry", "tables", "why"),
    [
        ({"table": "gone", "column": "score", "target": 1}, {}, "its table was not read"),
        ({"table": "log", "target": 1}, log([1]), "names no column"),
        ({"table": "log", "column": "skore", "target": 1}, log([1]), "no column `skore`"),
        ({"table": "log", "column": "score"}, log([1]), "names no target"),
        ({"table": "log", "column": "score", "target": 0}, log([1]), "not above zero"),
        ({"table": "log", "column": "score", "target": 1}, log([None]), "no row has a value"),
    ],
)
def test_what_cannot_be_measured_is_not_known_with_its_reason(entry, tables, why):
    (one,) = delivered({"dose": entry}, tables)
    assert one.state == "not known"
    assert why in one.why


SCORES = st.lists(st.sampled_from((0.9, 0.1, None)), min_size=2, max_size=15)


@given(SCORES, st.data())
def test_losing_a_row_that_was_delivered_never_makes_it_look_better(scores, data):
    at = data.draw(st.integers(0, len(scores) - 1))
    if scores[at] == 0.9:
        less = [None if i == at else one for i, one in enumerate(scores)]
        order = ["not known", "not as planned", "in part", "as planned"]
        before, after = only(scores).state, only(less).state
        if after != "not known" and before != "not known":
            assert order.index(after) <= order.index(before)
        assert not (after == "as planned" and before != "as planned")


@given(SCORES, st.randoms())
def test_the_order_of_rows_does_not_matter(scores, random):
    mixed = list(scores)
    random.shuffle(mixed)
    a, b = only(scores), only(mixed)
    assert (a.state, a.met, a.n_missing) == (b.state, b.met, b.n_missing)


CHANGES = {
    "changes": read(
        pd.DataFrame(
            {
                "what": ["shorter groups", "no coaching", "own stories"],
                "school": ["n", "s", "s"],
                "kind": ["fits the theory", "", "unsure"],
            }
        ),
        "changes",
        unit="school",
    )
}
LOGS = {"adaptation": {"table": "changes", "kinds": list(FITS)}, **PLAN}


def judged(at, level, by="Ada"):
    of = f"adaptation {at} of changes"
    return Judgement(of, "adaptation", level, "because", by, "2026-05-04")


# --- signs ------------------------------------------------------------------------------------------


def test_every_sign_of_delivery_has_a_weight_class():
    assert set(SIGNS) <= set(CLASSES)
    assert set(delivery_signs([])) == set(SIGNS)


def test_nothing_measured_is_not_known_either_way():
    assert {one.found for one in delivery_signs([]).values()} == {"not known"}
    unread = delivered(PLAN, {})
    found = delivery_signs(unread)["delivery-measured"]
    assert (found.found, found.detail) == ("not known", "fidelity: its table was not read")


def test_short_of_the_plan_is_a_sign_for_and_as_planned_one_against():
    short = delivery_signs([only([0.1] * 5)])
    assert short["delivery-measured"].of == ("delivery:fidelity",)
    assert (short["delivery-measured"].found, short["delivery-measured-well"].found) == (
        "yes",
        "no",
    )
    met = delivery_signs([only([0.9] * 5)])
    assert (met["delivery-measured"].found, met["delivery-measured-well"].found) == ("no", "yes")


def test_as_planned_asks_that_everything_planned_was_measured():
    (unread,) = delivered({"dose": {"table": "gone"}}, {})
    found = delivery_signs([only([0.9] * 5), unread])
    assert found["delivery-measured-well"].found == "not known"
    assert found["delivery-measured"].found == "not known"


def test_adaptations_against_the_theory_are_a_sign_and_unjudged_ones_leave_it_open():
    made = adaptations(LOGS, CHANGES, [judged(2, "against the theory")])
    assert delivery_signs([], made)["delivery-against-theory"].found == "yes"
    open_ = adaptations(LOGS, CHANGES)
    assert delivery_signs([], open_)["delivery-against-theory"].found == "not known"
    fit = [replace(one, judged="fits the theory") for one in open_]
    assert delivery_signs([], fit)["delivery-against-theory"].found == "no"


def test_measures_become_signs_of_the_why_table():
    signs = {one.id: one for one in as_signs(delivery_signs([only([0.1] * 5)]))}
    assert set(signs) == set(SIGNS)
    short = signs["delivery-measured"]
    assert (short.points, short.found, short.explanation) == ("for", "yes", "delivery")
    assert short.words == "Found: fidelity: not as planned."
    assert signs["delivery-measured-well"].points == "against"
