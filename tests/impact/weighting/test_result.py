import numpy as np
import pytest

from evalkit.impact.weighting.result import estimate_matching, rows_table
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.solve import solve


def test_weights_of_rows_are_told_in_the_callers_order(make_frame, make_sample):
    made = rows_table(solve(make_sample(), Setting("ipw")))
    assert made["row"].tolist() == list(range(300))
    np.testing.assert_array_equal(made["treated"], make_frame()["treated"] == 1)


def test_counts_are_of_rows_used_and_of_clusters(make_sample):
    made = estimate_matching(make_sample(cluster="school"), Setting(), None, "matching")
    treated = int((make_sample().arm == 1).sum())
    assert (made.n_units, made.n_observations, made.n_treated) == (300, 2 * treated, treated)
    assert made.n_clusters == 24
    assert len(made.contributions) == 24


def test_sampling_weights_are_said_to_be_so(make_sample):
    made = estimate_matching(make_sample(weights="w"), Setting("ipw"), None, "matching")
    assert any("sampling weights" in note for note in made.notes)
    assert "averaged with the weights `w`" in made.estimand


def test_the_margin_is_compared_with_what_could_be_seen(make_sample):
    for margin, verdict in ((0.01, "concern"), (9.0, "pass")):
        made = estimate_matching(make_sample(), Setting("ipw"), margin, "matching")
        assert made.check("smallest detectable effect").verdict == verdict


def test_the_standardised_effect_is_over_the_sd_of_comparison_rows(make_sample):
    sample = make_sample()
    made = estimate_matching(sample, Setting("ipw"), None, "matching")
    assert made.standardised.sd == pytest.approx(sample.y[sample.arm == 0].std(ddof=1))
