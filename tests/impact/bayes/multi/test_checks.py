"""Sampling goes on until what is reported has settled, or is refused; other priors are tried."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.multi import checks
from evalkit.impact.bayes.multi.checks import Drivers, few_sites, sensitivity, settled
from evalkit.impact.bayes.multi.describe import quantity
from evalkit.impact.bayes.multi.scales import Scales

RNG = np.random.default_rng(0)


def test_more_draws_follow_when_too_few_are_effective():
    """The first attempt is a random walk, the second is not; the check says so."""
    asked = []

    def sample(draws):
        asked.append(draws)
        steps = RNG.standard_normal((4, draws))
        return np.cumsum(steps, axis=1) if len(asked) == 1 else steps

    _, quantities, check = settled(sample, lambda made: [quantity("a", made)])
    assert asked == list(checks.DRAWS[:2])
    assert "reached at attempt 2" in check.meaning
    assert quantities[0].draws.shape == (4, checks.DRAWS[1])


def test_draws_that_never_settle_are_no_result():
    """Three attempts, then the reason."""
    with pytest.raises(DesignError, match="did not converge in 3 attempts") as caught:
        settled(
            lambda draws: np.cumsum(RNG.standard_normal((4, draws)), axis=1),
            lambda made: [quantity("a", made)],
        )
    assert caught.value.do


def drivers(effect, spread=None):
    spreads = np.full((*effect.shape, 1), 0.3) if spread is None else spread
    return Drivers(effect, spreads)


def refused(_):
    raise AssertionError("sampled anew where weights would do")


def test_weighted_draws_are_those_of_the_other_prior():
    """A normal mean with known error: the exact posterior under each prior."""
    rng = np.random.default_rng(3)
    precision = 1 / 1.0**2 + 1 / 0.5**2
    base = rng.normal(0.4 / 0.25 / precision, precision**-0.5, (4, 1500))
    table, _ = sensitivity((base, drivers(base)), refused, Scales(), 0.4, 0.95)
    rows = table.set_index("priors")
    for name, sd, centre in (
        ("effect: prior half as wide", 0.5, 0.0),
        ("effect: prior twice as wide", 2.0, 0.0),
        ("sceptical", 0.4 / 1.645, 0.0),
        ("enthusiastic", 0.4 / 1.645, 0.4),
    ):
        exact = 1 / sd**2 + 1 / 0.25
        assert rows.loc[name, "mean"] == pytest.approx(
            (centre / sd**2 + 0.4 / 0.25) / exact, abs=0.03
        )
        assert rows.loc[name, "sd"] == pytest.approx(exact**-0.5, rel=0.06)
        assert rows.loc[name, "how"] == "weighted"
    assert rows.loc["spread: prior half as wide", "mean"] == pytest.approx(base.mean(), abs=1e-6)


def test_weights_that_cannot_be_trusted_are_replaced_by_sampling():
    """An effect far beyond what the sceptic holds possible."""
    base = RNG.normal(5, 0.3, (4, 1500))
    table, check = sensitivity(
        (base, drivers(base)), lambda _: base - 1.0, Scales(effect=10.0), 0.2, 0.95
    )
    rows = table.set_index("priors")
    assert rows.loc["sceptical", "how"] == "sampled"
    assert rows.loc["sceptical", "mean"] == pytest.approx(base.mean() - 1)
    assert check.verdict == "pass"


def test_a_value_that_follows_its_prior_is_a_concern():
    """Data that say little: halving the prior moves the mean by most of its standard deviation."""
    base = RNG.normal(1.0, 0.9, (4, 1500))
    given = Scales(effect_mean=1.0, effect=1.0)
    _, check = sensitivity((base, drivers(base)), lambda _: base - 0.9, given, 0.2, 0.95)
    assert check.statistic >= 0
    _, check = sensitivity(
        (base, drivers(base + 3.0)), lambda _: base - 0.9, Scales(effect=1.0), 0.2, 0.95
    )
    assert check.verdict == "concern"


@pytest.mark.parametrize(("count", "verdict"), [(3, "concern"), (7, "information"), (12, "pass")])
def test_few_sites_are_said(count, verdict):
    """And how much of the uncertainty of the spread is the prior's."""
    prior = np.abs(RNG.normal(0, 0.5, 40_000))
    check = few_sites(count, prior, 0.5)
    assert check.verdict == verdict
    assert "100 %" in check.meaning.replace("99 %", "100 %").replace("101 %", "100 %")
    assert "rests largely on the prior" in check.meaning
