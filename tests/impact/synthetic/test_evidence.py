"""Which method leads, and that the rows say what they are."""

import math

import numpy as np
import pytest

from evalkit.impact.synthetic.evidence import (
    CONFORMAL,
    JACKKNIFE,
    NOTHING,
    PLAIN,
    RATIO,
    SCALED,
    infer,
)


def run(fitted, *, level=0.95, placebo=True):
    found = infer(fitted, level=level, seed=1, placebo=placebo)
    leads = [one for one in found.rows if one["leads"]]
    assert len(leads) == 1
    assert leads[0]["method"] == found.interval.method
    return found


def test_with_enough_donors_placebos_lead(make_panel, read):
    found = run(read(make_panel()))
    assert found.interval.method == SCALED
    assert {one["method"] for one in found.rows} >= {SCALED, RATIO, CONFORMAL}
    assert found.p_value == found.rows[0]["p_value"]
    assert (found.interval.low <= 0 <= found.interval.high) == (found.p_value > 0.05)


@pytest.mark.parametrize("estimator", ["synthetic_did", "augmented"])
def test_other_estimators_take_gaps_as_they_are(make_panel, read, estimator):
    assert run(read(make_panel(), estimator=estimator)).interval.method == PLAIN


def test_with_few_donors_time_leads(make_panel, read):
    found = run(read(make_panel(units=12, before=20, later=4), start=2020))
    assert found.interval.method == CONFORMAL
    assert math.isfinite(found.interval.low) or math.isfinite(found.interval.high)
    assert found.p_value == found.conformal_p
    assert math.isfinite(found.std_error)


def test_with_few_donors_and_few_periods_the_ends_are_infinite(make_panel, read):
    found = run(read(make_panel(units=8, before=7, later=3), start=2007))
    assert found.interval.method == SCALED
    assert math.isinf(found.interval.low)
    assert math.isinf(found.interval.high)
    assert found.p_value is not None


def test_without_placebos_and_with_few_periods_nothing_leads(make_panel, read):
    found = run(read(make_panel(before=7, later=3), start=2007), placebo=False)
    assert found.interval.method == NOTHING
    assert found.p_value is None
    assert math.isnan(found.std_error)
    assert "placebo: false" in found.placebos.reason


def test_time_is_not_asked_where_the_weights_could_take_up_the_effect(make_panel, read):
    found = run(read(make_panel(before=9, later=11), start=2009))
    assert "more periods lie after the start" in found.why_no_conformal


def test_many_treated_units_lead_with_the_jackknife_of_synthetic_did(make_panel, read):
    frame = make_panel(units=40, treated=12)
    treated = [f"p{i:02d}" for i in range(12)]
    found = run(read(frame, treated, "synthetic_did", pooled=True))
    assert found.interval.method == JACKKNIFE
    few = run(read(frame, treated[:3], "synthetic_did", pooled=True))
    assert few.interval.method == PLAIN


def test_treated_units_followed_one_by_one_are_averaged_with_their_share(make_panel, read):
    frame = make_panel(treated=3)
    fitted = read(frame, ["p00", "p01", "p02"], weights="people")
    values = [one.effect(14) for one in fitted.courses]
    assert fitted.value == pytest.approx(float(np.dot(values, fitted.sample.share)))
    assert len(run(fitted).placebos.draws) == 9999
