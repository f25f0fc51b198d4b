"""Elicited quantiles and chips against another program, and against what was put in."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.impact.bayes.beliefs import from_chips, from_quantiles
from evalkit.impact.bayes.beliefs.elicited import Bin, fit_chips, fit_quantiles, inner_edges
from evalkit.impact.bayes.beliefs.shape import Part, cumulative, moments, quantile

GOLDEN = json.loads(
    (Path(__file__).parents[3] / "golden" / "elicitation" / "expected.json").read_text("utf-8")
)
QUARTILES = np.array([0.25, 0.5, 0.75])
FIVE = np.array([0.05, 0.25, 0.5, 0.75, 0.95])


@pytest.mark.parametrize(
    ("name", "levels", "values"),
    [
        ("normal_a", QUARTILES, [25, 30, 35]),
        ("normal_b", QUARTILES, [30, 35, 50]),
        ("normal_five", FIVE, [-2, 0.5, 2, 3.2, 6]),
    ],
)
def test_the_normal_is_the_one_of_least_squares(name, levels, values):
    fit = fit_quantiles(levels, np.array(values, dtype=float), "normal")
    assert moments(fit.part) == pytest.approx(GOLDEN[name], rel=1e-8)


@pytest.mark.parametrize(
    ("name", "levels", "values"),
    [("skew_b", QUARTILES, [30, 35, 50]), ("skew_five", FIVE, [-1, 0.5, 2, 5, 12])],
)
def test_the_skewed_shape_is_the_one_of_least_squares(name, levels, values):
    part = fit_quantiles(levels, np.array(values, dtype=float), "skew").part
    assert (part.centre, part.scale, part.tilt) == pytest.approx(GOLDEN[name], rel=1e-5)


@pytest.mark.parametrize(
    ("name", "bins"),
    [
        ("chips", [Bin(-2, 0, 3), Bin(0, 2, 10), Bin(2, 4, 5), Bin(4, 6, 1), Bin(6, math.inf, 1)]),
        ("chips_two", [Bin(-2, 0, 5), Bin(0, 2, 10), Bin(2, 4, 5)]),
    ],
)
def test_chips_give_the_normal_of_least_squares(name, bins):
    assert moments(fit_chips(bins, "normal").part) == pytest.approx(GOLDEN[name], rel=1e-5)


@given(st.floats(-50, 50), st.floats(0.1, 20), st.sampled_from([1000.0, 1.0, 0.001]))
def test_quantiles_of_a_normal_come_back_whatever_the_unit(mean, sd, unit):
    levels = np.array([0.1, 0.5, 0.8])
    values = unit * quantile(Part(mean, sd), levels)
    fit = fit_quantiles(levels, values)
    assert fit.name == "normal"
    assert moments(fit.part) == pytest.approx((unit * mean, unit * sd), rel=1e-6, abs=1e-9)


@given(st.floats(0.15, 1.2), st.sampled_from([-1, 1]), st.floats(0.5, 5))
def test_three_quantiles_of_a_skewed_shape_come_back(tilt, side, scale):
    levels = np.array([0.05, 0.5, 0.95])
    true = Part(1.0, scale, side * tilt)
    fit = fit_quantiles(levels, quantile(true, levels))
    assert fit.name == "skew"
    assert quantile(fit.part, np.array([0.2, 0.9])) == pytest.approx(
        quantile(true, np.array([0.2, 0.9])), rel=1e-4, abs=1e-4
    )


def test_long_tails_come_back_as_a_student_t():
    fit = fit_quantiles(FIVE, quantile(Part(1.0, 2.0, df=4.0), FIVE))
    assert (fit.name, fit.part.df) == ("student_t", 4.0)
    assert fit.part.scale == pytest.approx(2)


def test_the_table_shows_what_was_said_beside_what_was_fitted():
    belief = from_quantiles({0.05: -1.0, 0.5: 2.0, 0.95: 6.0}, shape="normal", unit="points")
    assert list(belief.table["elicited"]) == [-1, 2, 6]
    assert belief.table["difference"].abs().max() == pytest.approx(1 / 3, abs=0.01)
    assert "at most 4.8 % of their range" in belief.words
    skewed = from_quantiles({0.05: -1.0, 0.5: 2.0, 0.95: 6.0})
    assert skewed.table["difference"].abs().max() < 1e-6
    assert "no chance at all to an effect below" in skewed.words


def test_what_no_shape_fits_is_said_to_be_far_off():
    belief = from_quantiles({0.05: 0.0, 0.25: 0.01, 0.5: 5.0, 0.75: 5.01, 0.95: 10.0})
    assert "far off" in belief.words
    steep = from_quantiles({0.25: 0.0, 0.5: 1.0, 0.75: 20.0})
    assert "as skewed as is allowed" in steep.words


def test_quantiles_of_one_side_only_are_remarked_on():
    assert "Nothing was said of one side" in from_quantiles({0.6: 1.0, 0.9: 3.0}).words
    assert "Nothing was said of one side" not in from_quantiles({0.3: 1.0, 0.9: 3.0}).words


def test_chips_on_many_bins_recover_a_normal():
    edges = np.arange(-8.0, 11.0, 1.0)
    shares = np.diff(cumulative(Part(1.0, 2.5), edges))
    bins = [Bin(*ends, 1000 * s) for *ends, s in zip(edges, edges[1:], shares, strict=False)]
    assert moments(fit_chips(bins).part) == pytest.approx((1.0, 2.5), abs=0.01)


def test_lopsided_chips_give_a_skewed_shape():
    edges = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0]
    chips = [12, 11, 6, 4, 4, 2, 1]
    bins = [Bin(*ends, c) for *ends, c in zip(edges, edges[1:], chips, strict=False)]
    belief = from_chips(bins)
    assert belief.parts[0].tilt > 0.2
    assert "skewed" in belief.words
    assert (belief.table["share"] - belief.table["fitted_share"]).abs().max() < 0.08


@pytest.mark.parametrize("bins", [[Bin(0, 2, 10)], [Bin(-1, 0, 0), Bin(0, 1, 5), Bin(1, 2, 5)]])
def test_too_few_bins_take_mean_and_spread_of_even_chips(bins):
    """All between 0 and 2, evenly: mean 1, standard deviation 2 / sqrt 12."""
    belief = from_chips(bins)
    assert (belief.mean, belief.sd) == pytest.approx((1.0, 2 / math.sqrt(12)))
    assert "fixes no shape" in belief.words


def test_few_chips_are_warned_of():
    assert "say little of the tails" in from_chips([Bin(0, 1, 2), Bin(1, 2, 3), Bin(2, 3, 2)]).words


def test_empty_bins_at_the_ends_and_a_gap_change_nothing():
    bare = [Bin(0, 1, 2), Bin(1, 2, 5), Bin(2, 3, 3)]
    padded = [Bin(-1, 0, 0), *bare, Bin(3, 9, 0)]
    assert fit_chips(bare).part == fit_chips(padded).part
    edges, shares = inner_edges([Bin(0, 1, 1), Bin(3, 4, 1)])
    assert (list(edges), list(shares)) == ([1, 3], [0.5, 0.5])


def test_open_bins_count_only_by_their_finite_edge():
    belief = from_chips([Bin(-math.inf, 0, 5), Bin(0, 2, 10), Bin(2, math.inf, 5)])
    assert (belief.mean, belief.sd) == pytest.approx((1.0, 1.4826), abs=1e-4)
