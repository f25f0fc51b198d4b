import numpy as np
import pytest

from evalkit.impact.estimate import Interval
from evalkit.impact.randomised.effect_size import (
    Sizes,
    cluster_sizes,
    guidance,
    hedges_total,
    hedges_within,
    icc,
    null_model,
)


def test_with_equal_clusters_the_formulae_are_the_simple_ones():
    """Hedges (2007): m clusters of n an arm; factor sqrt(1 - 2 (n - 1) rho / (N - 2))."""
    sizes = Sizes(np.full(10, 20.0), np.full(10, 20.0))
    within, between, value = 16.0, 4.0, 2.0
    rho, n, total = 0.2, 20, 400
    d_within, error = hedges_within(value, within, between, sizes)
    assert d_within == pytest.approx(0.5)
    expected = 2 / 200 * (1 + (n - 1) * rho) / (1 - rho) + 0.25 / (2 * (total - 20))
    assert error**2 == pytest.approx(expected)
    d_total, error = hedges_total(value, within, between, sizes)
    assert d_total == pytest.approx(
        value / np.sqrt(20) * np.sqrt(1 - 2 * (n - 1) * rho / (total - 2))
    )
    top = (total - 2) * (1 - rho) ** 2 + n * (total - 2 * n) * rho**2
    top += 2 * (total - 2 * n) * rho * (1 - rho)
    below = 2 * (total - 2) * ((total - 2) - 2 * (n - 1) * rho)
    assert error**2 == pytest.approx(2 / 200 * (1 + (n - 1) * rho) + d_total**2 * top / below)


def test_the_guidance_divides_by_the_unadjusted_sd(make_people, make_model):
    frame = make_people(2)
    trial, _ = make_model(frame)
    made = guidance(trial, 1, 1.0, Interval(0.5, 1.5))
    one, other = (frame.loc[frame["arm"] == k, "y"] for k in (1, 0))
    sd = np.sqrt((one.var() + other.var()) / 2)
    assert made.sd == pytest.approx(sd)
    assert made.hedges_g == pytest.approx((1 - 3 / (4 * 118 - 1)) / sd)
    assert made.low == pytest.approx(made.hedges_g / 2)
    assert "unadjusted" in made.which_sd


def test_sizes_and_the_share_between_clusters(make_schools, make_model):
    trial, _ = make_model(make_schools(2), cluster="school")
    sizes = cluster_sizes(trial, 1)
    assert sizes.treated.sum() + sizes.control.sum() == trial.n
    model = null_model(trial)
    assert icc(model) == pytest.approx(model.between[0, 0] / (model.between[0, 0] + model.within))
