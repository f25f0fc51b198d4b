import numpy as np
import pytest

from evalkit.impact.randomised.evidence import (
    AROUND,
    CR1,
    CR2,
    HC2,
    MIXED,
    RANDOM,
    RULE,
    infer,
)


def run(model, arm=1, estimator="ancova", level=0.95):
    return infer(model, arm, estimator=estimator, level=level, seed=0)


def test_people_alone_are_led_by_hc2(make_people, make_model):
    _, model = make_model(make_people())
    assert run(model).interval.method == HC2
    assert "Bell-McCaffrey" in RULE


def test_many_clusters_are_led_by_cr2_and_few_by_the_wider(make_schools, make_model):
    _, many = make_model(make_schools(1, clusters=24), cluster="school")
    assert run(many).interval.method == CR2
    _, few = make_model(make_schools(1, clusters=12), cluster="school")
    made = run(few)
    rows = {one["method"]: one for one in made.rows}
    widths = {name: rows[name]["high"] - rows[name]["low"] for name in (CR2, RANDOM)}
    assert made.interval.method == max(widths, key=widths.get)


def test_a_single_cluster_in_an_arm_leaves_only_the_drawing_of_lots(make_schools, make_model):
    frame = make_schools(1, clusters=12)
    frame = frame[
        (frame["arm"] == 0) | (frame["school"] == frame.loc[frame["arm"] == 1, "school"].iloc[0])
    ]
    _, model = make_model(frame, cluster="school")
    made = run(model)
    assert made.interval.method == RANDOM
    assert np.isinf(made.interval.low)


def test_the_multilevel_estimate_is_led_by_the_wider_of_its_own(make_schools, make_model):
    _, model = make_model(make_schools(2), "multilevel", cluster="school", baseline=("pre",))
    made = run(model, estimator="multilevel")
    rows = {one["method"]: one for one in made.rows}
    assert made.value == rows[MIXED]["estimate"] != rows[CR2]["estimate"]
    assert made.interval.method in (MIXED, AROUND)


def test_exactly_one_row_leads_and_it_is_the_interval(make_schools, make_model):
    _, model = make_model(make_schools(2), cluster="school")
    made = run(model)
    leads = [one for one in made.rows if one["leads"]]
    assert [(one["low"], one["high"]) for one in leads] == [(made.interval.low, made.interval.high)]


def test_contributions_make_up_the_robust_error(make_schools, make_model):
    _, model = make_model(make_schools(2, clusters=24), cluster="school")
    made = run(model)
    assert np.sqrt((made.parts**2).sum()) == pytest.approx(made.std_error)


def test_without_noise_nothing_is_claimed(make_schools, make_model):
    frame = make_schools(2)
    frame["y"] = 2.0 * frame["arm"]
    _, model = make_model(frame, cluster="school")
    made = run(model)
    assert made.value == pytest.approx(2)
    assert made.p_value is None
    assert made.interval.method == CR1
