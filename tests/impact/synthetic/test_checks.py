"""Each check finds what it looks for."""

import numpy as np

from evalkit.impact.synthetic import checks
from evalkit.impact.synthetic.evidence import infer


def test_a_good_fit_passes_and_a_hopeless_one_fails(make_panel, read):
    frame = make_panel()
    assert checks.pre_period_fit(read(frame)).verdict == "pass"
    high = frame.assign(score=frame["score"] + 30 * (frame["place"] == "p00"))
    found = checks.pre_period_fit(read(high))
    assert found.verdict == "fail"
    assert "not followed" in found.meaning
    assert checks.convex_hull(read(high)).verdict == "fail"
    assert checks.pre_period_fit(read(high, estimator="synthetic_did")).verdict == "pass"


def test_a_perfect_fit_with_more_donors_than_periods_is_a_concern(make_panel, read):
    frame = make_panel(before=4, later=2)
    wide = frame.pivot(index="year", columns="place", values="score")
    frame.loc[frame["place"] == "p00", "score"] = wide.drop(columns="p00").mean(axis=1).to_numpy()
    fitted = read(frame, start=2004)
    assert checks.pre_period_fit(fitted).verdict == "concern"
    found = checks.weights(fitted)
    assert found.verdict == "concern"
    assert "fit the time before the start equally well" in found.meaning


def test_predictors_beyond_the_donors_are_named(make_panel, read):
    frame = make_panel()
    frame.loc[frame["place"] == "p00", "trait"] = 9.0
    found = checks.convex_hull(read(frame, predictors=["trait", "people"]))
    assert found.verdict == "concern"
    assert "trait" in found.meaning


def test_the_loss_its_bound_and_what_else_fits_are_reported(make_panel, read):
    """Predictors that no weights match; and those that can be matched, whatever their importance."""
    frame = make_panel()
    wanted = {"predictors": ["trait", {"outcome": [2003, 2013]}]}
    assert "can be matched exactly" in checks.weights(read(frame, **wanted)).meaning
    beyond = frame.assign(trait=frame["trait"] + 3 * (frame["place"] == "p00"))
    found = checks.weights(read(beyond, **wanted))
    assert "no weights at all can have less than" in found.meaning
    assert "within 5 %" in found.meaning


def test_a_start_set_too_early_shows_a_gap_before_it(make_panel, read):
    """The effect began four years before the start that is claimed."""
    fitted = read(make_panel(effect=6.0), start=2018)
    found = checks.placebo_in_time(fitted, 0.95, 1)
    assert found.verdict == "fail"
    assert found.statistic > 3
    honest = checks.placebo_in_time(read(make_panel(effect=6.0)), 0.95, 1)
    assert honest.verdict in {"pass", "concern"}
    short = checks.placebo_in_time(read(make_panel(before=2, later=2), start=2002), 0.95, 1)
    assert short.verdict == "information"


def test_a_donor_that_makes_the_estimate_is_named(make_panel, read):
    frame = make_panel(effect=0.3)
    fitted = read(frame)
    heavy = fitted.sample.donor_names[int(np.argmax(fitted.courses[0].weights))]
    spoilt = frame.copy()
    spoilt.loc[(frame["place"] == heavy) & (frame["year"] >= 2014), "score"] += 60
    found, rows = checks.leave_one_out(read(spoilt))
    assert found.verdict in {"fail", "concern"}
    assert str(heavy) in found.meaning
    assert rows[0]["left_out"] == heavy


def test_few_donors_are_a_concern_and_the_smallest_p_is_stated(make_panel, read):
    fitted = read(make_panel(units=8))
    evidence = infer(fitted, level=0.95, seed=1, placebo=True)
    found = checks.donors(fitted, evidence, 0.95)
    assert found.verdict == "concern"
    assert "0.125" in found.meaning
    space = checks.placebo_in_space(fitted, evidence, 0.95)
    assert "smallest p possible here is 0.125" in space.meaning
    assert space.verdict == "concern"


def test_what_was_not_done_says_why(make_panel, read):
    fitted = read(make_panel(units=3, before=5, later=2), start=2005)
    evidence = infer(fitted, level=0.95, seed=1, placebo=True)
    assert "too few" in checks.placebo_in_space(fitted, evidence, 0.95).meaning
    assert checks.conformal(fitted, evidence).verdict == "information"
    assert checks.leave_one_out(fitted)[0].verdict == "information"
    assert "No placebos" in checks.error_noise(evidence).meaning


def test_the_exact_minimum_of_synthetic_did_is_reported(make_panel, read):
    fitted = read(make_panel(), estimator="synthetic_did")
    assert abs(checks.minimum(fitted).statistic - fitted.value) < 0.05
