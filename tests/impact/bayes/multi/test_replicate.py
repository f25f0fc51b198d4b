"""Simulated outcomes have the distribution of the family, and unlike data are noticed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.impact.bayes.multi.family_rows import every_row, units_of
from evalkit.impact.bayes.multi.general import Fitted
from evalkit.impact.bayes.multi.layout import layout_of
from evalkit.impact.bayes.multi.replicate import linear_predictor, predictive, prior_predictive
from evalkit.impact.bayes.multi.scales import Scales

SHAPE = (4, 200)


def problem(rows, ask, seen_of, outcome, family, **more):
    asked = ask(outcome, family=family, **more)
    layout, _ = layout_of(seen_of(rows, asked), asked)
    units = units_of(layout, family)
    return asked, layout, every_row(layout, family, units), units


def constant(layout, noise=None, level=0.0):
    """Draws that are all alike: a level, no effect, no groups."""
    beta = np.zeros((*SHAPE, len(layout.roles)))
    beta[..., 0] = level
    groups = tuple(np.zeros((*SHAPE, len(b.names), len(b.features))) for b in layout.blocks)
    spreads = tuple(np.ones((*SHAPE, len(b.features))) for b in layout.blocks)
    none = tuple(np.zeros(SHAPE) for _ in layout.blocks)
    return Fitted(beta, groups, spreads, none, noise or {}, "")


@pytest.mark.parametrize(
    ("outcome", "family", "noise"),
    [
        ("passed", "bernoulli", {}),
        ("count", "poisson", {}),
        ("count", "negative_binomial", {"overdispersion": np.full(SHAPE, 0.8)}),
        ("grade", "ordinal", {"cuts": np.broadcast_to([-1.0, 0.0, 1.0], (*SHAPE, 3))}),
        ("score", "student_t", {"sigma": np.ones(SHAPE), "df": np.full(SHAPE, 5.0)}),
        ("score", "normal", {"sigma": np.ones((*SHAPE, 1))}),
    ],
)
def test_outcomes_drawn_from_the_model_fit_it(rows, ask, seen_of, outcome, family, noise):
    """Data from the very model are well within the replications."""
    asked, layout, every, _ = problem(rows, ask, seen_of, outcome, family)
    rng = np.random.default_rng(0)
    y = {
        "bernoulli": rng.integers(0, 2, 480).astype(float),
        "poisson": rng.poisson(1, 480).astype(float),
        "negative_binomial": rng.poisson(rng.gamma(1 / 0.64, 0.64, 480)).astype(float),
        "ordinal": np.digitize(rng.logistic(size=480), [-1.0, 0.0, 1.0]).astype(float),
        "student_t": rng.standard_t(5, 480),
        "normal": rng.standard_normal(480),
    }[family]
    table, check = predictive(layout, replace(every, y=y), constant(layout, noise), asked)
    assert check.verdict == "pass"
    assert table["share_as_large"].between(0.01, 0.99).all()


def test_counts_with_too_many_noughts_are_noticed(rows, ask, seen_of):
    """Half of the rows at nought, and the rest as a Poisson of two."""
    asked, layout, every, _ = problem(rows, ask, seen_of, "count", "poisson")
    rng = np.random.default_rng(0)
    y = rng.poisson(2, 480) * (rng.random(480) < 0.5)
    _, check = predictive(layout, replace(every, y=y.astype(float)), constant(layout), asked)
    assert check.verdict == "concern"
    assert "nought" in check.meaning


def test_memberships_are_averaged_in_the_predictor(rows, ask, seen_of):
    """Half of each of two groups."""
    frame = rows.assign(first="a", second="b")
    frame.loc[frame["site"] > "s06", "first"] = "b"
    asked, layout, every, _ = problem(
        frame, ask, seen_of, "score", "normal", members=("first", "second")
    )
    fitted = constant(layout, {"sigma": np.ones((*SHAPE, 1))})
    block = next(b for b, one in enumerate(layout.blocks) if one.name == "first + second")
    fitted.groups[block][..., 0, 0] = 2.0  # group a
    made = linear_predictor(layout, every, fitted)
    assert made[0, 0] == pytest.approx(1.0)
    assert made[0, -1] == pytest.approx(0.0)
    assert asked.members == ("first", "second")


@pytest.mark.parametrize(
    ("outcome", "family"), [("passed", "bernoulli"), ("grade", "ordinal"), ("score", "student_t")]
)
def test_the_priors_alone_expect_effects_either_way(rows, ask, seen_of, outcome, family):
    """Intervals round nought; the site's is wider."""
    asked, layout, every, units = problem(rows, ask, seen_of, outcome, family)
    table = prior_predictive(layout, every, asked, units, Scales())
    assert (table["low"] < 0).all()
    assert (table["high"] > 0).all()
    assert table["high"][1] > table["high"][0]
