import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.weighting.sample import Roles, read_sample
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.solve import others, score_of, solve, space_of, trimmed


@pytest.mark.parametrize("distance", ["propensity", "logit", "mahalanobis", "scaled"])
@pytest.mark.parametrize("replace", [False, True])
def test_every_distance_gives_an_estimate_near_the_truth(make_sample, distance, replace):
    made = solve(make_sample(rows=600), Setting(distance=distance, replace=replace))
    assert made.value == pytest.approx(2, abs=0.5)
    assert made.leads["std_error"] > 0


def test_the_caliper_is_in_sd_of_the_score(make_sample):
    sample = make_sample()
    fitted = score_of(sample)
    spread = np.sqrt(sum(fitted.p[sample.arm == k].var(ddof=1) for k in (0, 1)) / 2)
    assert space_of(sample, fitted, Setting(caliper=0.2)).caliper == pytest.approx(0.2 * spread)


def test_a_narrow_caliper_leaves_some_unmatched(make_sample):
    made = solve(make_sample(), Setting(caliper=0.01))
    assert made.unmatched > 0
    assert (made.weights > 0).sum() == 2 * ((made.sample.arm == 1).sum() - made.unmatched)


def test_exact_matches_are_of_one_group(make_sample):
    sample = make_sample(exact=("kind",))
    made = solve(sample, Setting(distance="mahalanobis"))
    used = made.weights > 0
    counts = [
        (used & (sample.group == g) & (sample.arm == k)).sum() for g in (0, 1) for k in (0, 1)
    ]
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]


def test_trimming_leaves_out_rows_beyond_the_bounds(make_sample):
    sample = make_sample()
    p = score_of(sample).p
    assert trimmed(sample, Setting("ipw", "ate", trim=0.2)).n == ((p >= 0.2) & (p <= 0.8)).sum()
    assert trimmed(sample, Setting("ipw", "att", trim=0.2)).n == (p <= 0.8).sum()


def test_no_match_at_all_is_refused_with_a_remedy(make_sample):
    with pytest.raises(DesignError, match="found a match") as caught:
        solve(make_sample(), Setting(caliper=1e-12))
    assert "caliper" in caught.value.do


def test_impossible_balance_is_refused_with_a_remedy():
    rng = np.random.default_rng(0)
    t = np.arange(80) % 2
    # The treated lie higher than nearly all others: some overlap, yet their mean is out of reach.
    a = np.where(t == 1, rng.uniform(4, 5, 80), rng.uniform(0, 4.2, 80))
    frame = pd.DataFrame({"score": rng.normal(size=80), "treated": t, "a": a})
    sample, _ = read_sample(frame, Roles("score", "treated", ("a",)))
    with pytest.raises(DesignError, match="no weights give") as caught:
        solve(sample, Setting("entropy_balancing"))
    assert "fewer covariates" in caught.value.do


def test_contributions_of_clusters_make_the_leading_error(make_sample):
    for setting in (Setting(), Setting(replace=True), Setting("ipw"), Setting("doubly_robust")):
        made = solve(make_sample(cluster="school"), setting)
        error = np.sqrt((made.contributions**2).sum())
        assert error == pytest.approx(made.leads["std_error"])


def test_all_estimators_stand_side_by_side(make_sample):
    sample = make_sample(rows=500)
    rows = {row["estimator"]: row for row in others(sample, Setting("ipw"))}
    assert len(rows) == 6
    assert rows["ipw"]["chosen"]
    adjusted = [row["estimate"] for name, row in rows.items() if name != "difference of means"]
    assert np.ptp(adjusted) < 0.6
    assert rows["difference of means"]["estimate"] > max(adjusted)
