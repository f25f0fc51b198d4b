"""E-values: published numbers, and the bias formula they solve."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from evalkit.impact.confounding.e_value import (
    e_value,
    of_difference,
    of_hazard_ratio,
    of_odds_ratio,
)

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "golden" / "confounding" / "expected.json").read_text()
)["e_value"]


@pytest.mark.parametrize("ratio", ["3.9", "2.0", "1.5"])
def test_published_values_are_met(ratio):
    assert e_value(float(ratio)).of_estimate == pytest.approx(GOLDEN[ratio], abs=1e-6)
    assert e_value(1 / float(ratio)).of_estimate == pytest.approx(GOLDEN[ratio], abs=1e-6)


def test_the_published_example_is_met():
    one = GOLDEN["example"]
    found = e_value(one["ratio"], one["low"], one["high"])
    assert round(found.of_estimate, 2) == one["of_estimate"]
    assert round(found.of_interval, 2) == one["of_interval"]


def test_the_bounding_factor_of_the_e_value_is_the_ratio():
    """Ding and VanderWeele (2016): bias is at most RR_ud RR_eu / (RR_ud + RR_eu - 1)."""
    for ratio in np.linspace(1.01, 20, 50):
        e = e_value(ratio).of_estimate
        assert e * e / (2 * e - 1) == pytest.approx(ratio)


def test_an_interval_that_holds_one_has_e_value_one():
    assert e_value(1.4, 0.9, 2.2).of_interval == 1.0
    assert e_value(0.7, 0.4, 1.2).of_interval == 1.0
    assert e_value(0.7, 0.4, 0.9).of_interval == pytest.approx(e_value(0.9).of_estimate)


def test_without_interval_its_e_value_is_not_known():
    assert math.isnan(e_value(2.0).of_interval)


def test_another_true_ratio_can_be_asked_for():
    assert e_value(3.0, true=1.5).of_estimate == pytest.approx(e_value(2.0).of_estimate)


def test_odds_and_hazards_are_turned_into_risks():
    assert of_odds_ratio(4.0).of_estimate == pytest.approx(e_value(2.0).of_estimate)
    assert of_odds_ratio(4.0, rare=True).of_estimate == pytest.approx(e_value(4.0).of_estimate)
    risk = (1 - 0.5 ** math.sqrt(2)) / (1 - 0.5 ** (1 / math.sqrt(2)))
    assert of_hazard_ratio(2.0).of_estimate == pytest.approx(e_value(risk).of_estimate)
    assert of_hazard_ratio(2.0, rare=True).of_estimate == e_value(2.0).of_estimate


def test_a_difference_in_means_is_read_as_a_ratio():
    found = of_difference(0.5, 0.1)
    assert found.ratio == pytest.approx(math.exp(0.455))
    assert found.low == pytest.approx(math.exp(0.455 - 0.178))
    assert found.of_interval == pytest.approx(e_value(found.low).of_estimate)


def test_a_ratio_below_zero_is_refused():
    with pytest.raises(ValueError, match="not its log"):
        e_value(-0.2)
