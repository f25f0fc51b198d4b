"""Several people's beliefs, pooled or side by side, and what data do to each."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from scipy.integrate import quad

from evalkit.impact.bayes.beliefs import (
    against_data,
    doubted,
    from_quantiles,
    given,
    log_density,
    mixture_cumulative,
    pooled,
    updated,
)

PEOPLE = {"head": given(3.0, 0.5), "parents": given(0.0, 1.5)}


def test_a_linear_pool_keeps_every_belief_whole():
    one = pooled(PEOPLE)
    assert [(part.name, part.centre, part.weight) for part in one.parts] == [
        ("head", 3.0, 0.5),
        ("parents", 0.0, 0.5),
    ]
    at = np.array([1.0, 3.0])
    expected = [0.5 * NormalDist(3, 0.5).cdf(x) + 0.5 * NormalDist(0, 1.5).cdf(x) for x in at]
    assert mixture_cumulative(one.parts, at) == pytest.approx(expected)
    assert one.mean == pytest.approx(1.5)


def test_disagreement_is_the_share_of_variance_between_people():
    """Between: 1.5^2 = 2.25; within: (0.25 + 2.25) / 2 = 1.25."""
    one = pooled(PEOPLE)
    assert one.table["share_between_people"].iloc[0] == pytest.approx(2.25 / 3.5)
    assert "They disagree" in one.words
    assert "0 (parents) to 3 (head)" in one.words
    assert "misses the whole by up to" in one.words
    same = pooled({"a": given(1.0, 1.0), "b": given(1.1, 1.0)})
    assert "largely agree" in same.words


def test_a_logarithmic_pool_adds_precisions():
    """Genest and Zidek 1986: weights 2/3 and 1/3 of precisions 4 and 4/9."""
    one = pooled(PEOPLE, weights={"head": 2.0}, pool="logarithmic")
    precision = 2 / 3 * 4 + 1 / 3 * 4 / 9
    assert one.sd == pytest.approx(precision**-0.5)
    assert one.mean == pytest.approx(2 / 3 * 4 * 3 / precision)
    assert len(one.parts) == 1


def test_a_pool_of_equals_is_each_of_them():
    for pool in ("linear", "logarithmic"):
        one = pooled({"a": given(1.0, 2.0), "b": given(1.0, 2.0)}, pool=pool)
        assert (one.mean, one.sd) == pytest.approx((1.0, 2.0))


def test_order_and_size_of_weights_do_not_matter():
    one = pooled(PEOPLE, weights={"head": 2.0, "parents": 1.0})
    other = pooled(dict(reversed(PEOPLE.items())), weights={"head": 40.0, "parents": 20.0})
    assert (one.mean, one.sd) == pytest.approx((other.mean, other.sd))


def test_one_voice_is_called_one_voice():
    assert "one voice only (head)" in pooled({"head": given(1.0, 1.0)}).words


def exact(belief, estimate, error):
    """Posterior mean, SD and probability above zero by quadrature."""

    def weight(x, power=0):
        return (
            math.exp(float(log_density(belief, x))) * NormalDist(x, error).pdf(estimate) * x**power
        )

    def over(low, power=0):
        return quad(weight, low, 15, args=(power,), points=[0, 3], limit=300)[0]

    total, first, second = (over(-15, power) for power in range(3))
    mean = first / total
    return mean, math.sqrt(second / total - mean**2), over(0) / total


@pytest.mark.parametrize(("estimate", "error"), [(2.5, 1.0), (-2.0, 0.7), (6.0, 1.0)])
@pytest.mark.parametrize("belief", [pooled(PEOPLE), doubted(given(3.0, 0.5), 0.2, 4.0)])
def test_the_update_of_a_mixture_is_exact(belief, estimate, error):
    assert updated(belief, estimate, error) == pytest.approx(
        exact(belief, estimate, error), abs=1e-5
    )


def test_data_far_from_a_belief_shift_the_weight_to_doubt():
    """A robust mixture: near the belief it leads, far from it the default takes over."""
    belief = doubted(given(3.0, 0.5), 0.2, 5.0)
    near, far = (against_data(belief, at, 0.5)["weight_after"].iloc[1] for at in (3.0, -4.0))
    assert near < 0.1
    assert far > 0.95


def test_each_voice_is_named_and_its_surprise_told():
    table = against_data(pooled(PEOPLE), 0.0, 0.5).set_index("who")
    assert table.loc["parents", "weight_after"] > 0.99
    assert table.loc["head", "surprise"] < 0.001 < table.loc["parents", "surprise"]
    assert table["weight_after"].sum() == pytest.approx(1)


def test_a_skewed_voice_is_kept_skewed_in_a_linear_pool():
    skewed = from_quantiles({0.05: 0.0, 0.5: 1.0, 0.95: 6.0})
    one = pooled({"a": skewed, "b": given(0.0, 1.0)})
    assert one.parts[0].tilt == skewed.parts[0].tilt
