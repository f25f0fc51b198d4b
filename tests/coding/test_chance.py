"""The kappa family beyond published values: weights, categories that were never chosen, two coders."""

import numpy as np
import pytest

from evalkit.coding.chance import brennan_prediger, gwet_ac1, gwet_ac2, percent, scott_pi
from evalkit.coding.estimated import NO_VARIATION
from evalkit.errors import CodingError

RATINGS = [[1, 2, 3, 3, 2, 1, 4, 1, 2], [1, 2, 3, 3, 2, 2, 4, 1, 4]]


def test_ac2_with_weights_that_count_no_near_misses_is_ac1():
    assert gwet_ac2(RATINGS, "identity").value == pytest.approx(gwet_ac1(RATINGS).value)


@pytest.mark.parametrize("weights", ["ordinal", "linear", "quadratic", "radical", "ratio"])
def test_ac2_follows_its_definition(weights):
    from evalkit.coding.weights import agreement_weights

    scores = np.arange(1.0, 5.0)
    table = agreement_weights(weights, scores)
    first, second = np.array(RATINGS) - 1
    seen = table[first, second].mean()
    shares = np.bincount(np.concatenate([first, second]), minlength=4) / 18
    chance = table.sum() / (4 * 3) * (shares * (1 - shares)).sum()
    found = gwet_ac2(RATINGS, weights)
    assert found.value == pytest.approx((seen - chance) / (1 - chance))
    assert found.low < found.value < found.high
    assert found.level_of_measurement == f"{weights} weights"


def test_categories_that_nobody_chose_count_when_they_could_be_chosen():
    seen = brennan_prediger(RATINGS).value
    assert brennan_prediger(RATINGS, categories=6).value > seen
    assert brennan_prediger(RATINGS, categories=[1, 2, 3, 4, 5, 6]).value == pytest.approx(
        brennan_prediger(RATINGS, categories=6).value
    )
    assert gwet_ac2(RATINGS, categories=[1, 2, 3, 4, 9]).value != gwet_ac2(RATINGS).value


def test_weighted_brennan_and_prediger_sets_chance_at_the_mean_weight():
    two = [[1, 2, 3], [1, 3, 3]]
    seen, chance = (1 + 0.5 + 1) / 3, (3 + 4 * 0.5) / 9
    found = brennan_prediger(two, "linear")
    assert found.value == pytest.approx((seen - chance) / (1 - chance))


def test_scotts_pi_leaves_out_units_that_one_coder_did_not_rate():
    a, b = ["x", "y", "x", None, "y"], ["x", "y", "y", "x", None]
    assert scott_pi(a, b).value == scott_pi(a[:3], b[:3]).value
    assert scott_pi([a, b]) == scott_pi(a, b)


def test_scotts_pi_is_for_two_coders():
    with pytest.raises(CodingError, match=r"there are 3.*fleiss_kappa"):
        scott_pi([["x"], ["y"], ["x"]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gwet_ac2(RATINGS, "quadratc"), "Did you mean `quadratic`"),
        (lambda: gwet_ac2([["a", "b"], ["a", "a"]]), "must be numbers"),
        (lambda: gwet_ac2(RATINGS, categories=[1, 2]), "no category: 3.0, 4.0"),
        (lambda: brennan_prediger(RATINGS, "linear", categories=9), "does not say which they are"),
        (lambda: brennan_prediger(RATINGS, categories=2), "4 categories were used"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(call, message):
    with pytest.raises(CodingError, match=message):
        call()


def test_percent_says_that_chance_is_not_taken_off_and_is_undefined_for_one_category():
    assert "Not corrected for chance" in percent(RATINGS).note
    alone = percent([["yes"] * 9, ["yes"] * 9])
    assert (alone.value, alone.reason) == (None, NO_VARIATION)
