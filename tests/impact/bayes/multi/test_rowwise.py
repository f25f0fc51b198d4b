"""Effects of sites are averages over their treated rows; a new site draws what it is new to."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.multi.family_rows import every_row, fewer, units_of
from evalkit.impact.bayes.multi.general import Fitted
from evalkit.impact.bayes.multi.layout import layout_of
from evalkit.impact.bayes.multi.rowwise import (
    family_sites,
    linear_sites,
    new_site_link,
    new_site_natural,
)

CHAINS = (2, 3)


def fitted_for(layout, seed=0, draws=CHAINS):
    """Return random draws of every parameter of a layout."""
    rng = np.random.default_rng(seed)
    groups = tuple(
        0.5 * rng.standard_normal((*draws, len(block.names), len(block.features)))
        for block in layout.blocks
    )
    spreads = tuple(np.full((*draws, len(block.features)), 0.4) for block in layout.blocks)
    related = tuple(
        np.full(draws, 0.3 if len(block.features) == 2 else 0.0) for block in layout.blocks
    )
    beta = rng.standard_normal((*draws, len(layout.roles)))
    return Fitted(beta, groups, spreads, related, {}, "by hand")


def test_average_marginal_effects_are_those_of_every_single_row(rows, ask, seen_of):
    """Rows made one give what a loop over the rows of a site gives."""
    asked = ask("passed", family="bernoulli", moderators=("dose",), adjust=("pre",), area="area")
    layout, _ = layout_of(seen_of(rows, asked), asked)
    units = units_of(layout, "bernoulli")
    fitted = fitted_for(layout)
    made = family_sites(
        layout,
        fewer(every_row(layout, "bernoulli", units), "bernoulli"),
        fitted,
        "bernoulli",
        units,
    )
    on = np.flatnonzero((layout.site == 2) & (layout.treated == 1))
    total = []
    for row in on:
        eta = {}
        for arm in (0, 1):
            x = layout.fixed[row].copy()
            mine = np.isin(layout.roles, ("effect", "moderators"))
            x[mine] *= arm
            level = fitted.beta @ x
            for block, own in zip(layout.blocks, fitted.groups, strict=True):
                code = block.codes[row, 0]
                level = level + own[..., code, 0] + arm * own[..., code, 1]
            eta[arm] = level
        total.append([1 / (1 + np.exp(-eta[1])) - 1 / (1 + np.exp(-eta[0])), eta[1] - eta[0]])
    natural, link = np.array(total).mean(axis=0)
    np.testing.assert_allclose(made.natural[..., 2], natural)
    np.testing.assert_allclose(made.link[..., 2], link)


def test_linear_effects_are_the_same_by_either_way(rows, ask, seen_of):
    """Averages of coefficients equal averages over rows when the link is the identity."""
    asked = ask("score", family="student_t", crossed=("trust",))
    layout, _ = layout_of(seen_of(rows, asked), asked)
    units, fitted = units_of(layout, "student_t"), fitted_for(layout)
    every = every_row(layout, "student_t", units)
    one = family_sites(layout, every, fitted, "student_t", units)
    two = linear_sites(layout, fitted, units.scale)
    np.testing.assert_allclose(one.natural, two.natural)


def test_changes_in_shares_of_categories_add_to_nought(rows, ask, seen_of):
    """What one category gains others lose, and scores follow."""
    asked = ask("grade", family="ordinal")
    layout, _ = layout_of(seen_of(rows, asked), asked)
    units, fitted = units_of(layout, "ordinal"), fitted_for(layout)
    cuts = np.broadcast_to(np.array([-1.0, 0.2, 1.4]), (*CHAINS, 3))
    fitted.noise["cuts"] = cuts
    every = every_row(layout, "ordinal", units)
    made = family_sites(layout, every, fitted, "ordinal", units)
    np.testing.assert_allclose(made.categories.sum(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(
        made.categories @ units.scores, made.natural.mean(axis=-1), atol=1e-12
    )


def test_a_new_site_in_a_known_area_shares_its_effect(rows, ask, seen_of):
    """Many draws: the mean moves by the area's own effect, and its spread is not added."""
    asked = ask("score", area="area", moderators=("dose",))
    layout, _ = layout_of(seen_of(rows, asked), asked)
    fitted = fitted_for(layout, draws=(2, 20000))
    _, anywhere = new_site_link(layout, fitted, {}, 1)
    _, there = new_site_link(layout, fitted, {"area": "area 2", "dose": 1.0}, 1)
    block = next(b for b, one in enumerate(layout.blocks) if one.name == "area")
    base = fitted.beta[..., layout.roles.index("effect")]
    own = fitted.groups[block][..., 2, 1]
    gamma = fitted.beta[..., layout.roles.index("moderators")]
    at = (1.0 - layout.moderators.centre[0]) / layout.moderators.scale[0]
    assert (there - base - own - gamma * at).std() == pytest.approx(0.4, rel=0.02)
    assert (anywhere - base).std() == pytest.approx(0.4 * np.sqrt(2), rel=0.02)


def test_a_new_sites_effect_on_the_natural_scale_starts_from_its_own_level(rows, ask, seen_of):
    """Far from the middle the same odds ratio moves fewer people."""
    asked = ask("passed", family="bernoulli")
    layout, _ = layout_of(seen_of(rows, asked), asked)
    units, fitted = units_of(layout, "bernoulli"), fitted_for(layout)
    made = every_row(layout, "bernoulli", units)
    fitted.beta[..., 0] = 0.0
    effect = np.full(CHAINS, 1.0)
    middle, end = (
        new_site_natural(
            layout, made, fitted, (np.full(CHAINS, level), effect), ("bernoulli", units)
        )
        for level in (0.0, -4.0)
    )
    np.testing.assert_allclose(middle, 1 / (1 + np.exp(-1.0)) - 0.5)
    assert (end < 0.05).all()
