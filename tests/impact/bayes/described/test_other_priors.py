"""Weighted draws give what sampling under the other prior would."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.described import Quantity, Setting, under_other_priors

SETTING = Setting(0.95, 1.0)


def posterior(y, sigma, mean, tau):
    precision = sigma**-2 + tau**-2
    return (y / sigma**2 + mean / tau**2) / precision, precision**-0.5


def ratio(draws, mean, tau, planned):
    return -0.5 * ((draws - mean) / tau) ** 2 + 0.5 * (draws / planned) ** 2


@pytest.mark.parametrize(("mean", "tau"), [(0.0, 0.6), (1.0, 0.6), (0.0, 20.0)])
def test_a_conjugate_posterior_under_another_prior(z, mean, tau):
    """Planned Normal(0, 5); the other in closed form."""
    centre, sd = posterior(2.0, 0.8, 0.0, 5.0)
    draws = centre + sd * z
    table, _ = under_other_priors(
        [Quantity("a", draws)], {"other": ratio(draws, mean, tau, 5.0)}, SETTING
    )
    row = table[table["prior"] == "other"].iloc[0]
    expected, spread = posterior(2.0, 0.8, mean, tau)
    assert row["trusted"]
    assert row["mean"] == pytest.approx(expected, abs=0.05)
    assert row["sd"] == pytest.approx(spread, rel=0.05)
    assert (row["low"], row["high"]) == pytest.approx(
        (expected - 1.96 * spread, expected + 1.96 * spread), abs=0.1
    )


def test_the_same_prior_changes_nothing(z):
    table, check = under_other_priors([Quantity("a", 2 + z)], {"same": 0 * z + 7}, SETTING)
    one, other = (table.drop(columns=["prior", "worth"]).iloc[k] for k in (0, 1))
    assert one.equals(other)
    assert table["worth"].to_numpy() == pytest.approx(4000)
    assert check.verdict == "pass"


def test_a_sceptic_who_is_left_unsure_is_a_concern(z):
    draws = 1.2 + 0.8 * z
    table, check = under_other_priors(
        [Quantity("a", draws)], {"sceptic": ratio(draws, 0.0, 0.4, 50.0)}, SETTING
    )
    assert check.verdict == "concern"
    assert "“sceptic”" in check.meaning
    assert table["decision"].iloc[0] != table["decision"].iloc[1]


def test_a_prior_too_far_away_is_not_trusted(z):
    draws = 10 + z
    table, check = under_other_priors(
        [Quantity("a", draws)], {"far": ratio(draws, -10.0, 0.5, 50.0)}, SETTING
    )
    assert list(table["trusted"]) == [True, False]
    assert check.verdict == "information"
    assert "sample again" in check.meaning


def test_a_prior_without_any_chance_for_some_draws_leaves_them_out(z):
    barred = np.where(z < 0, -np.inf, 0.0)
    table, _ = under_other_priors([Quantity("a", z)], {"no harm": barred}, SETTING)
    assert table["low"].iloc[1] >= 0
    assert table["p_above_zero"].iloc[1] == 1


def test_order_of_priors_and_unit_do_not_matter(z):
    ratios = {"a": -0.1 * z**2, "b": 0.3 * z}
    one, _ = under_other_priors([Quantity("a", 1 + z)], ratios, SETTING)
    other, _ = under_other_priors(
        [Quantity("a", 1000 * (1 + z))], dict(reversed(ratios.items())), Setting(0.95, 1000.0)
    )
    both = one.set_index("prior"), other.set_index("prior").loc[one["prior"]]
    assert both[0]["decision"].equals(both[1]["decision"])
    assert both[0]["p_beyond_margin"].to_numpy() == pytest.approx(both[1]["p_beyond_margin"])


def test_a_standard_deviation_gets_no_word(z):
    table, check = under_other_priors(
        [Quantity("s", np.abs(z), signed=False)], {"a": 0.1 * z}, SETTING
    )
    assert list(table["decision"]) == ["", ""]
    assert check.verdict == "pass"


def test_ratios_that_do_not_match_are_refused(z):
    one = [Quantity("a", z)]
    for ratios, said in (
        ({}, "no other prior"),
        ({"b": z[0]}, "`b` have shape"),
        ({"b": np.full_like(z, np.nan)}, "`b` are missing"),
        ({"b": np.full_like(z, -np.inf)}, "`b` are missing"),
    ):
        with pytest.raises(DesignError, match=said):
            under_other_priors(one, ratios, SETTING)
