"""The table of a posterior, and the verdict on its chains."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.described import (
    Quantity,
    Setting,
    convergence,
    interval_of,
    posterior_table,
)


def test_every_number_of_a_normal_posterior(z, setting):
    """Against the exact distribution, Normal(2, 1.5), with a margin of 1."""
    prior = 3 * z
    row = posterior_table([Quantity("effect", 2 + 1.5 * z, prior=prior)], setting).iloc[0]
    exact = NormalDist(2, 1.5)
    expected = {
        "mean": 2,
        "median": 2,
        "sd": 1.5,
        "low": exact.inv_cdf(0.025),
        "high": exact.inv_cdf(0.975),
        "hdi_low": exact.inv_cdf(0.025),
        "hdi_high": exact.inv_cdf(0.975),
        "p_above_zero": 1 - exact.cdf(0),
        "p_beyond_margin": 1 - exact.cdf(1),
        "p_harm_beyond_margin": exact.cdf(-1),
        "p_within_margin": exact.cdf(1) - exact.cdf(-1),
        "prior_mean": 0,
        "prior_sd": 3,
        "rhat": 1,
    }
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, abs=0.02), name
    assert row["decision"] == "likely helped by a margin that matters"
    assert 0 < row["mcse"] < 1.1 * 1.5 / math.sqrt(4000)
    assert min(row["ess_bulk"], row["ess_tail"]) > 2000


def test_the_unit_changes_no_probability(z):
    """The outcome times 1000, and times 0.001, with its margin."""
    tables = [
        posterior_table([Quantity("effect", k * (1 + z))], Setting(0.9, k))
        for k in (1, 1000, 0.001)
    ]
    chances = [c for c in tables[0] if c.startswith("p_")] + ["rhat", "ess_bulk"]
    for k, table in zip((1000, 0.001), tables[1:], strict=True):
        assert table[chances].to_numpy() == pytest.approx(tables[0][chances].to_numpy(), abs=1e-6)
        assert table["decision"].equals(tables[0]["decision"])
        assert table["low"].iloc[0] == pytest.approx(k * tables[0]["low"].iloc[0])


def test_a_standard_deviation_gets_no_probability_and_no_word(z, setting):
    row = posterior_table([Quantity("spread", np.abs(z), signed=False)], setting).iloc[0]
    assert row[["p_above_zero", "p_beyond_margin", "p_within_margin"]].isna().all()
    assert row["decision"] == ""


def test_columns_are_there_without_margin_or_prior(z):
    table = posterior_table([Quantity("effect", 1 + z)], Setting(0.95, None))
    assert table[["p_beyond_margin", "p_within_margin", "prior_mean"]].isna().all(axis=None)
    assert table["p_above_zero"].iloc[0] == pytest.approx(NormalDist().cdf(1), abs=0.01)


def test_a_fall_that_is_wanted_is_counted_as_wanted(z):
    row = posterior_table([Quantity("absence", -3 + z)], Setting(0.95, -1.0)).iloc[0]
    assert row["p_above_zero"] < 0.01
    assert row["p_beyond_margin"] == pytest.approx(NormalDist().cdf(2), abs=0.01)


def test_all_faults_of_the_draws_are_told_at_once(z, setting):
    bad = [
        Quantity("a", z[0]),
        Quantity("b", np.where(z > 3, np.nan, z)),
        Quantity("b", z, prior=np.array([np.inf])),
    ]
    with pytest.raises(DesignError) as caught:
        posterior_table(bad, Setting(1.5, math.nan))
    for said in ("level 1.5", "margin is not", "called `b`", "`a` have shape", "Some draws of `b`"):
        assert said in str(caught.value)
    assert "prior draws" in str(caught.value)
    with pytest.raises(DesignError, match="no quantity"):
        posterior_table([], setting)


def test_the_interval_is_equal_tailed_and_credible(z):
    found = interval_of(z, Setting(0.8, None))
    assert (found.low, found.high) == pytest.approx((-1.2816, 1.2816), abs=0.01)
    assert (found.kind, found.level) == ("credible", 0.8)


def test_good_chains_pass(z):
    check = convergence([Quantity("a", z), Quantity("b", 5 + z[::-1])])
    assert check.verdict == "pass"
    assert check.statistic == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("spoil", "divergences"),
    [
        (lambda z: z + np.arange(4)[:, None], 0),  # chains apart
        (lambda z: np.repeat(z[:, ::50], 50, axis=1), 0),  # every draw fifty times
        (lambda z: z, 1),
        (lambda z: z[:1], 0),  # one chain cannot be compared
    ],
    ids=["apart", "sticky", "divergent", "one chain"],
)
def test_bad_chains_fail_and_are_not_to_be_used(z, spoil, divergences):
    check = convergence([Quantity("good", z), Quantity("bad", spoil(z))], divergences)
    assert check.verdict == "fail"
    assert "do not use them" in check.meaning


def test_a_quantity_that_never_varies_is_named_not_judged(z):
    still = Quantity("fixed", np.ones((4, 1000)))
    check = convergence([Quantity("a", z), still], attempts=2)
    assert check.verdict == "pass"
    assert "`fixed`" in check.meaning
    assert "attempt 2" in check.meaning
    assert convergence([still]).verdict == "information"
    row = posterior_table([still], Setting(0.95, None)).iloc[0]
    assert row["sd"] == 0
    assert np.isnan(row["rhat"])
