"""What a fitted row model says of sites: effects on the link and the natural scale, a new site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.bayes.multi.blocks import Block
from evalkit.impact.bayes.multi.family import category_shares, natural_mean
from evalkit.impact.bayes.multi.family_rows import Rows, Units
from evalkit.impact.bayes.multi.general import Fitted, link_effects, predictor, row_weights
from evalkit.impact.bayes.multi.layout import Layout
from evalkit.impact.bayes.multi.moderators import at_new_site

CHUNK = 500
"""Rows taken at once, so that draws times rows stay small."""


@dataclass(frozen=True)
class SiteDraws:
    """Effects of the studied sites, shape (chains, draws, sites).

    Attributes
    ----------
    link : numpy.ndarray
        Mean over a site's rows under the programme, on the predictor's scale.
    natural : numpy.ndarray
        Average marginal effect on the natural scale, in outcome units.
    categories : numpy.ndarray, shape (chains, draws, categories), or None
        Change in the share of each category, averaged over sites (ordinal).
    """

    link: Floats
    natural: Floats
    categories: Floats | None


def family_sites(
    layout: Layout, rows: Rows, fitted: Fitted, family: str, units: Units
) -> SiteDraws:
    """Return the effects of the studied sites under a non-normal family."""
    on = np.flatnonzero(rows.treated == 1)
    weight = row_weights(rows, on, family)
    site = np.searchsorted(np.array(layout.studied), rows.site[on])
    count = len(layout.studied)
    total = np.bincount(site, weight, count)
    shape = (*fitted.beta.shape[:2], count)
    link, natural = np.zeros(shape), np.zeros(shape)
    categories = np.zeros((*shape[:2], len(units.scores)))
    cuts = fitted.noise.get("cuts")
    for start in range(0, len(on), CHUNK):
        at = np.arange(start, min(start + CHUNK, len(on)))
        part = _picked(rows, on[at])
        delta = link_effects(layout, part, fitted)
        eta = predictor(layout, part, fitted, np.arange(len(at)))
        share = np.zeros((len(at), count))
        share[np.arange(len(at)), site[at]] = weight[at] / total[site[at]]
        spread = None if cuts is None else cuts[..., None, :]
        with_it = natural_mean(family, eta, spread, units.scores)
        without = natural_mean(family, eta - delta, spread, units.scores)
        link += delta @ share
        natural += (with_it - without) @ share
        if spread is not None:
            moved = category_shares(eta, spread) - category_shares(eta - delta, spread)
            categories += np.einsum("cdrk,r->cdk", moved, share.sum(axis=1) / count)
    natural = natural * units.scale if family == "student_t" else natural
    return SiteDraws(link, natural, categories if cuts is not None else None)


def _picked(rows: Rows, at: Ints) -> Rows:
    from dataclasses import fields, replace

    return replace(rows, **{one.name: getattr(rows, one.name)[at] for one in fields(rows)})


def linear_sites(layout: Layout, fitted: Fitted, scale: float) -> SiteDraws:
    """Return the effects of the studied sites in a normal model: averages of coefficients."""
    mine = [role in ("effect", "moderators") for role in layout.roles]
    made = []
    for one in layout.studied:
        rows = layout.under_programme(one)
        weight = layout.weight[rows] / layout.weight[rows].sum()
        effect = fitted.beta[..., mine] @ (weight @ layout.fixed[rows][:, mine])
        for block, groups in zip(layout.blocks, fitted.groups, strict=True):
            if "effect" in block.features:
                share = _shares(block, rows, weight)
                effect = effect + groups[..., block.features.index("effect")] @ share
        made.append(effect)
    link = np.stack(made, axis=-1)
    return SiteDraws(link, link * scale, None)


def _shares(
    block: Block, rows: np.ndarray[tuple[int], np.dtype[np.bool_]], weight: Floats
) -> Floats:
    share = np.zeros(len(block.names))
    np.add.at(share, block.codes[rows].ravel(), (block.share[rows] * weight[:, None]).ravel())
    return share


# --- a new site -----------------------------------------------------------------------------------


def new_site_link(layout: Layout, fitted: Fitted, asked: Any, seed: int) -> tuple[Floats, Floats]:
    """Return draws of a new site's level and effect deviations included, on the link scale.

    The first is how far its level lies from the typical one, the second its effect: typical, at its
    moderators, with a deviation of its own and of each group it is new to; where it lies in a known
    area or other group, that group's own deviation.

    Parameters
    ----------
    asked : bool or mapping
        What was said of the new site.
    """
    rng = np.random.default_rng([seed, 7])
    at = at_new_site(asked, layout.moderators)
    roles = np.array(layout.roles)
    effect = fitted.beta[..., roles == "effect"][..., 0]
    effect = effect + fitted.beta[..., roles == "moderators"] @ at
    level = np.zeros(effect.shape)
    described: Mapping[str, Any] = asked if isinstance(asked, Mapping) else {}
    for b, block in enumerate(layout.blocks):
        drawn = _deviation(block, b, fitted, described, rng)
        for j, feature in enumerate(block.features):
            if feature == "effect":
                effect = effect + drawn[..., j]
            elif block.name == layout.blocks[0].name or block.name in described:
                level = level + drawn[..., j]
    return level, effect


def _deviation(
    block: Block, b: int, fitted: Fitted, described: Mapping[str, Any], rng: np.random.Generator
) -> Floats:
    """Return a known group's own vector, or one drawn for a new group."""
    if block.name in described:
        return fitted.groups[b][..., block.names.index(str(described[block.name])), :]
    spread, rho = fitted.spreads[b], fitted.correlations[b]
    z = rng.standard_normal(spread.shape)
    if len(block.features) == 2:
        z[..., 1] = rho * z[..., 0] + np.sqrt(1 - rho**2) * z[..., 1]
    return np.asarray(spread * z)


def new_site_natural(
    layout: Layout,
    rows: Rows,
    fitted: Fitted,
    drawn: tuple[Floats, Floats],
    measure: tuple[str, Units],
) -> Floats:
    """Return draws of a new site's effect on the natural scale, at the average of what is adjusted for.

    Parameters
    ----------
    drawn : tuple of numpy.ndarray
        Level and effect of the new site, from `new_site_link`.
    measure : tuple
        Family and units.
    """
    family, units = measure
    level, effect = drawn
    on = np.flatnonzero(rows.treated == 1)
    weight = row_weights(rows, on, family)
    still = [role in ("level", "adjust") for role in layout.roles]
    usual = fitted.beta[..., still] @ (weight @ rows.fixed[on][:, still] / weight.sum())
    cuts = fitted.noise.get("cuts")
    eta = usual + level
    with_it = natural_mean(family, eta + effect, cuts, units.scores)
    made = with_it - natural_mean(family, eta, cuts, units.scores)
    return np.asarray(made * units.scale if family == "student_t" else made)
