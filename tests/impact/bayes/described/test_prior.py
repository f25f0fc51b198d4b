"""Prior against posterior: what the data taught."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from evalkit.impact.bayes.described import Quantity, Setting, prior_against_posterior
from evalkit.impact.bayes.described.prior import overlap

WIDE = Setting(0.95, None)


@pytest.mark.parametrize(
    ("mean", "sd", "start"),
    [
        (0.5, 0.2, "Learnt mostly from the data"),
        (0.5, 0.7, "Learnt from the data and the prior together"),
        (0.0, 0.98, "The data said little"),
        (0.0, 1.5, "The data made this less certain"),
    ],
)
def test_the_words_follow_how_much_narrower_it_got(z, mean, sd, start):
    row = prior_against_posterior([Quantity("a", mean + sd * z, prior=z)], WIDE).iloc[0]
    assert row["words"].startswith(start)
    assert row["narrower"] == pytest.approx(1 - sd, abs=0.01)
    assert (row["prior_low"], row["posterior_high"]) == pytest.approx(
        (-1.96, mean + 1.96 * sd), abs=0.02
    )


@pytest.mark.parametrize(("mean", "sd"), [(0, 1), (1, 1), (3, 1), (0, 0.1), (2, 0.5)])
def test_the_overlap_is_the_area_under_both_densities(mean, sd):
    exact = NormalDist(0, 1).overlap(NormalDist(mean, sd))
    levels = (np.arange(20_000) + 0.5) / 20_000
    one = np.array([NormalDist().inv_cdf(float(level)) for level in levels])
    assert overlap(one, mean + sd * one) == pytest.approx(exact, abs=0.02)
    assert overlap(1e6 * one, 1e6 * (mean + sd * one)) == pytest.approx(exact, abs=0.02)


def test_data_far_from_the_prior_are_called_so(z):
    rows = prior_against_posterior(
        [Quantity("far", 4 + 0.5 * z, prior=z), Quantity("near", 1 + 0.5 * z, prior=z)], WIDE
    )
    assert "hardly expected" in rows["words"].iloc[0]
    assert "hardly expected" not in rows["words"].iloc[1]
    assert rows["prior_tail"].iloc[1] == pytest.approx(2 * NormalDist().cdf(-1), abs=0.01)


def test_a_quantity_without_a_prior_is_left_out_and_columns_stay(z):
    table = prior_against_posterior([Quantity("a", z)], WIDE)
    assert len(table) == 0
    assert "overlap" in table.columns


def test_a_fixed_prior_is_said_to_be_one():
    row = prior_against_posterior([Quantity("a", np.ones((2, 10)), prior=np.ones(5))], WIDE).iloc[0]
    assert row["words"].startswith("The prior fixed this")
    assert row["overlap"] == 1
