"""Row models as a whole: what stands in the estimate, and what is refused before sampling."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.bayes.multi.row_estimate import (
    _checks,
    _sample,
    estimate_rows,
    prepare_rows,
)
from evalkit.impact.bayes.multi.row_tables import tables
from evalkit.impact.designs.multilevel import prepare

ROLES = {"site": "site", "treatment": "on"}


@pytest.fixture(scope="module")
def passed(rows, ask, seen_of):
    asked = ask(
        "passed",
        family="bernoulli",
        moderators=("dose", "place"),
        new_site={"dose": 0.9, "place": "town"},
        margins={"passed": 0.05},
        seed=2,
    )
    frame = rows.copy()
    frame["passed"] = frame["passed"].astype(float)
    frame.loc[frame.index[:5], "passed"] = np.nan
    model, faults = prepare_rows(seen_of(frame, asked), asked)
    assert faults == []
    return estimate_rows(model, asked)


@pytest.mark.slow
def test_the_record_is_whole(passed):
    """Value, interval, sizes, words; no SD where the outcome has no constant spread."""
    assert passed.interval.low < passed.value < passed.interval.high
    assert passed.interval.kind == "credible"
    assert passed.value == pytest.approx(passed.draws.mean())
    assert (passed.n_units, passed.n_observations, passed.n_treated) == (12, 475, 12)
    assert passed.standardised is None
    assert any("No effect in standard deviations" in note for note in passed.notes)
    assert "average marginal effect" in passed.estimand
    assert len(passed.assumptions) >= 4
    names = {
        *("sites", "coefficients", "priors", "prior_predictive", "link_scale", "new_site"),
        *("posterior", "decision", "power_scaling", "sensitivity", "posterior_predictive"),
        *("missing", "not_at_random"),
    }
    assert set(passed.table) == names
    checks = [one.name for one in passed.checks]
    assert checks[0] == "convergence"
    assert {"separation", "missing outcomes", "few treated sites", "prior sensitivity"} <= set(
        checks
    )
    assert all(one.meaning for one in passed.checks)
    assert "site_effect" in passed.native["posterior"]


@pytest.mark.slow
def test_natural_and_link_scale_tell_the_same_story(passed):
    """The effect found is about that put in: 0.7 on the log odds, some 0.17 in probability."""
    table = passed.table["posterior"].set_index("quantity")
    link = table.loc["mean effect in the treated sites (log odds)"]
    assert link["low"] < 0.7 < link["high"]
    ratio = passed.table["link_scale"].set_index("scale").loc["odds ratio"]
    assert ratio["median"] == pytest.approx(np.exp(link["median"]), rel=1e-3)
    assert passed.value == pytest.approx(0.17, abs=0.08)
    assert table["rhat"].max() < 1.01
    assert table[["ess_bulk", "ess_tail"]].min().min() > 400


@pytest.mark.slow
def test_a_described_new_site_has_its_probabilities(passed):
    """Benefit, harm and the margin; what it is like in words."""
    row = passed.table["new_site"].iloc[0]
    assert row["p_benefit"] + row["p_harm"] == pytest.approx(1)
    assert row["p_beyond_margin"] <= row["p_benefit"]
    assert "dose 0.9, place town" in row["place"]
    spread = passed.table["posterior"].set_index("quantity")["sd"]
    assert spread["effect in a new site"] > spread["mean effect in the treated sites"]


def sampled(frame, asked, seen_of):
    """Return the model and what was sampled, without looking at other priors."""
    model, faults = prepare_rows(seen_of(frame, asked), asked)
    assert faults == []
    return model, _sample(model, asked, model.scales, 1500)


@pytest.mark.slow
def test_sites_of_an_ordinal_outcome_move_between_categories(rows, ask, seen_of):
    """More in the highest grade, fewer in the lowest; the score rises."""
    asked = ask("grade", family="ordinal", seed=1)
    model, found = sampled(rows, asked, seen_of)
    table = tables(model, found, asked)["categories"].set_index("category")["change_in_share"]
    assert table["1"] < 0 < table["4"]
    assert table.sum() == pytest.approx(0, abs=1e-9)
    value = found.sites.natural.mean()
    assert value == pytest.approx((table * [1, 2, 3, 4]).sum(), abs=0.01)
    assert value > 0


@pytest.mark.slow
def test_an_outcome_that_never_happens_untreated_is_answered_by_the_prior(rows, ask, seen_of):
    """Separation: finite, and said to rest on the prior."""
    asked = ask("passed", family="bernoulli", seed=1)
    frame = rows.assign(passed=rows["passed"] * rows["on"])
    model, found = sampled(frame, asked, seen_of)
    assert np.isfinite(found.sites.natural).all()
    assert 0 < found.sites.natural.mean() < 1
    check = next(one for one in _checks(model, found, asked) if one.name == "separation")
    assert check.verdict == "concern"
    assert "untreated rows never have the outcome" in check.meaning
    assert "rests largely on the prior" in check.meaning


@pytest.mark.slow
def test_rates_over_exposure_are_rates(rows, ask, seen_of):
    """Ten times the exposure and the count: the same effect on a unit of exposure, surer."""
    asked = ask("count", family="poisson", exposure="years", new_site=False)
    _, once = sampled(rows.assign(years=1.0), asked, seen_of)
    frame = rows.assign(years=10.0, count=rows["count"] * 10)
    _, often = sampled(frame, asked, seen_of)
    one, ten = (found.sites.natural.mean(axis=-1) for found in (once, often))
    assert ten.mean() == pytest.approx(one.mean(), rel=0.1)
    assert ten.std() < one.std()


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({}, {"outcome": "count", "family": "bernoulli"}, "allows 0 and 1 only"),
        ({"count": -1.5}, {"outcome": "count", "family": "poisson"}, "is the same"),
        ({"site": "one"}, {"outcome": "passed", "family": "bernoulli"}, "one site only"),
        ({"on": 1}, {"outcome": "passed", "family": "bernoulli"}, "Every row is treated"),
        ({"passed": 1}, {"outcome": "passed", "family": "bernoulli"}, "is the same (1)"),
        (
            {},
            {"outcome": "score", "area": "area", "new_site": {"area": "area 9"}},
            "not in the data",
        ),
        ({}, {"outcome": "passed", "family": "bernoulli", "by": "sex"}, "one normal outcome"),
        ({}, {"outcome": "score", "family": "gaussian"}, "is unknown"),
    ],
)
def test_what_cannot_be_is_refused_before_sampling(rows, change, options, words):
    """Each with what to do."""
    model, faults = prepare(rows.assign(**change), **ROLES, **options)
    assert model is None
    assert any(words in wrong for wrong, _ in faults), faults
    assert all(remedy for _, remedy in faults)


def test_an_outcome_without_spread_among_the_untreated_is_refused(rows):
    """Nothing to judge chance by."""
    frame = pd.DataFrame(rows).assign(score=rows["on"] * rows["score"])
    _, faults = prepare(frame, outcome="score", area="area", **ROLES)
    assert any("does not vary among untreated rows" in wrong for wrong, _ in faults)
