"""The record that comes out: estimand, assumptions, notes."""

import dataclasses

import pytest

from evalkit.impact.synthetic.result import Setting, estimate

SETTING = Setting("classic", pooled=False, placebo=True, level=0.95, seed=1, margin=None)


def test_the_estimand_says_who_what_when_and_how_it_is_averaged(make_panel, read):
    one = estimate(read(make_panel()).sample, SETTING)
    for words in ("`score` of p00", "2014 to 2019", "2000 to 2013", "each period counting alike"):
        assert words in one.estimand
    several = estimate(read(make_panel(treated=2), ["p00", "p01"]).sample, SETTING)
    assert "the 2 treated `place` (p00, p01)" in several.estimand
    assert "that count alike, each followed by its own donors" in several.estimand
    pooled = dataclasses.replace(SETTING, pooled=True)
    weighted = read(make_panel(treated=2), ["p00", "p01"], weights="people").sample
    assert (
        "by the weights `people`, followed as their average" in estimate(weighted, pooled).estimand
    )


def test_counts_and_checks(make_panel, read):
    made = estimate(read(make_panel()).sample, dataclasses.replace(SETTING, margin=0.01))
    assert (made.n_units, made.n_observations, made.n_clusters, made.n_treated) == (25, 500, 25, 1)
    assert made.check("smallest detectable effect").verdict == "concern"
    assert made.check("decision grade").verdict == "fail"
    assert made.standardised.hedges_g == pytest.approx(made.value / made.standardised.sd, rel=0.05)


@pytest.mark.parametrize("estimator", ["classic", "synthetic_did", "augmented"])
def test_each_estimator_names_what_it_assumes(make_panel, read, estimator):
    made = estimate(read(make_panel()).sample, dataclasses.replace(SETTING, estimator=estimator))
    assert len(made.assumptions) >= 5
    assert any("no spillover" in one for one in made.assumptions)
    assert all(one.meaning for one in made.checks)
