"""The tables of a row model: everything reported of it, natural scale first, then the link's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.described.model import Quantity
from evalkit.impact.bayes.multi import replicate, row_words, show
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.describe import Densities, quantity, size
from evalkit.impact.bayes.multi.family import FAMILY
from evalkit.impact.bayes.multi.family_rows import Rows, Units
from evalkit.impact.bayes.multi.general import Fitted
from evalkit.impact.bayes.multi.layout import Layout
from evalkit.impact.bayes.multi.moderators import new_site_words
from evalkit.impact.bayes.multi.read import Seen
from evalkit.impact.bayes.multi.rowwise import SiteDraws
from evalkit.impact.bayes.multi.scales import Scales, scale_table

_WHAT = {"level": "levels", "late": "changes", "effect": "effects"}


@dataclass(frozen=True)
class Model:
    """A row model ready to sample.

    Attributes
    ----------
    seen : Seen
    layout : Layout
    every, rows : Rows
        One a row of the data, and those alike made one; for a normal outcome the same.
    units : Units
        `scale` is one standard deviation of a normal outcome.
    scales : Scales
    """

    seen: Seen
    layout: Layout
    every: Rows
    rows: Rows
    units: Units
    scales: Scales


@dataclass(frozen=True)
class Found:
    """What was sampled and what it says of sites; `new` is a new site's effect, link and natural."""

    fitted: Fitted
    sites: SiteDraws
    new: tuple[Floats, Floats] | None
    densities: Densities


def is_scaled(asked: Asked) -> bool:
    """Whether the predictor is in the outcome's own units, apart from a factor."""
    return asked.family in ("normal", "student_t")


def outcome_sd(model: Model) -> float:
    """Return the standard deviation of the outcome (a rate, where it has a size) when untreated."""
    layout = model.layout
    rate = layout.y / np.maximum(layout.size, 1e-12)
    off = layout.treated == 0
    return float(rate[off].std()) or float(rate.std())


def quantities(model: Model, found: Found, asked: Asked) -> list[Quantity]:
    """Return everything reported; the mean effect on the natural scale first."""
    layout, fitted = model.layout, found.fitted
    scaled = is_scaled(asked)
    unit = model.units.scale if scaled else 1.0
    told = "" if scaled else f" ({FAMILY[asked.family].link})"
    margin = asked.margins.get(asked.outcomes[0])
    wanted = asked.wanted(asked.outcomes[0])
    roles = np.array(layout.roles)
    natural = found.sites.natural.mean(axis=-1)
    typical = fitted.beta[..., roles == "effect"][..., 0] * unit
    made = [quantity(summary.MEAN, natural, margin=margin, wanted=wanted)]
    if not scaled:
        link = found.sites.link.mean(axis=-1)
        made.append(quantity(f"{summary.MEAN}{told}", link, wanted=wanted))
    own = margin if scaled else None
    made.append(quantity(f"{summary.TYPICAL}{told}", typical, margin=own, wanted=wanted))
    if found.new is not None:
        new = found.new[1]
        made.append(quantity(summary.NEW_SITE, new, margin=margin, wanted=wanted))
        if not scaled:
            made.append(quantity(f"{summary.NEW_SITE}{told}", found.new[0], wanted=wanted))
    made += [size(*one) for one in _spreads(layout, fitted, unit, told)]
    made += [size(*one) for one in _noise(fitted, asked, unit)]
    at = np.flatnonzero(roles == "moderators")
    for name, place in zip(layout.moderators.names, at, strict=True):
        draws = fitted.beta[..., place] * unit
        made.append(quantity(f"{name}{told}", draws, wanted=wanted))
    return made


def _spreads(
    layout: Layout, fitted: Fitted, unit: float, told: str
) -> Iterator[tuple[str, Floats]]:
    """Return how far groups lie apart, and how their features are related."""
    own = layout.blocks[0].name
    for b, block in enumerate(layout.blocks):
        where = "sites" if block.name == own else f"groups of {block.name}"
        for j, feature in enumerate(block.features):
            name = f"spread of {_WHAT[feature]} between {where}{told}"
            yield name, fitted.spreads[b][..., j] * unit
        if len(block.features) == 2:
            one, other = (_WHAT[feature] for feature in block.features)
            yield f"correlation of {one} and {other} of {where}", fitted.correlations[b]


def _noise(fitted: Fitted, asked: Asked, unit: float) -> Iterator[tuple[str, Floats]]:
    noise = fitted.noise
    if "sigma" in noise:
        sigma = noise["sigma"]
        yield summary.NOISE, (sigma.mean(axis=-1) if sigma.ndim > 2 else sigma) * unit
        if asked.heteroskedastic:
            ratio = sigma.max(axis=-1) / sigma.min(axis=-1)
            yield "largest over smallest residual standard deviation of sites", ratio
    if "df" in noise:
        yield "degrees of freedom of the residuals", noise["df"]
    if "overdispersion" in noise:
        yield "overdispersion (SD of rates between rows, as a share)", noise["overdispersion"]


def tables(model: Model, found: Found, asked: Asked) -> dict[str, pd.DataFrame]:
    """Return the tables of sites, coefficients, priors and, where they apply, the link scale."""
    layout, scaled = model.layout, is_scaled(asked)
    made = {
        "sites": site_table(layout, found.sites, asked.level),
        "coefficients": _coefficients(model, found.fitted, asked),
        "priors": scale_table(
            model.scales,
            row_words.slots(layout, asked),
            model.units.scale if scaled else 1.0,
            asked.priors,
            "in outcome units" if scaled else f"in {FAMILY[asked.family].link}",
        ),
        "prior_predictive": replicate.prior_predictive(
            layout, model.rows, asked, model.units, model.scales
        ),
    }
    if not scaled:
        made["link_scale"] = _link_table(found, asked)
    if found.sites.categories is not None:
        made["categories"] = _category_table(model, found.sites.categories, asked.level)
    if found.new is not None:
        made["new_site"] = _new_site(model, found.new[1], asked)
    if asked.heteroskedastic:
        made["site_noise"] = _noise_table(model, found.fitted, asked.level)
    return made


def _new_site(model: Model, draws: Floats, asked: Asked) -> pd.DataFrame:
    margin = asked.margins.get(asked.outcomes[0])
    table = show.new_site_table(
        [summary.NEW_SITE],
        draws[..., None],
        np.array([asked.wanted(asked.outcomes[0])]),
        np.array([abs(margin) if margin else np.nan]),
        asked.level,
    )
    table["place"] = new_site_words(asked.new_site, model.layout.moderators)
    return table


def _noise_table(model: Model, fitted: Fitted, level: float) -> pd.DataFrame:
    """Return each site's residual standard deviation."""
    sigma = fitted.noise["sigma"] * model.units.scale
    rows = []
    for i, code in enumerate(np.unique(model.layout.site)):
        low, high = summary.equal_tailed(sigma[..., i], level)
        rows.append((model.layout.sites[code], float(sigma[..., i].mean()), low, high))
    return pd.DataFrame(rows, columns=["site", "mean", "low", "high"])


def site_table(layout: Layout, sites: SiteDraws, level: float) -> pd.DataFrame:
    """Return each studied site's effect on the natural scale and on the link scale."""
    draws = sites.natural.reshape(-1, len(layout.studied))
    link = sites.link.reshape(-1, len(layout.studied))
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return pd.DataFrame(
        {
            "site": [layout.sites[one] for one in layout.studied],
            "estimate": draws.mean(axis=0),
            "low": low,
            "high": high,
            "raw_estimate": [_raw(layout, one) for one in layout.studied],
            "p_above_zero": (draws > 0).mean(axis=0),
            "link_scale": link.mean(axis=0),
        }
    )


def _raw(layout: Layout, site: int) -> float:
    """Return the plain difference of a site's arms, NaN where it has one arm only or `time` counts."""
    if layout.kind != "within":
        return float("nan")
    rows, on = layout.site == site, layout.treated == 1
    weight = layout.weight
    one, other = (
        float(layout.y[part] @ weight[part]) / float(layout.size[part] @ weight[part])
        for part in (rows & on, rows & ~on)
    )
    return one - other


def _coefficients(model: Model, fitted: Fitted, asked: Asked) -> pd.DataFrame:
    """Return the fixed part, on the scale of the predictor (outcome units where that is linear)."""
    layout, scaled = model.layout, is_scaled(asked)
    unit = model.units.scale if scaled else 1.0
    rows = []
    for j, (name, role) in enumerate(zip(layout.names, layout.roles, strict=True)):
        if asked.family == "ordinal" and role == "level":
            continue
        draws = fitted.beta[..., j] * unit
        if role == "level" and scaled:
            draws = draws + model.units.centre
        low, high = summary.equal_tailed(draws, asked.level)
        rows.append((name, float(draws.mean()), float(draws.std(ddof=1)), low, high))
    return pd.DataFrame(rows, columns=["term", "mean", "sd", "low", "high"])


def _link_table(found: Found, asked: Asked) -> pd.DataFrame:
    """Return the mean effect on the link scale, and as a ratio."""
    family = FAMILY[asked.family]
    draws = found.sites.link.mean(axis=-1)
    rows = []
    for name, one in ((family.link, draws), (family.ratio, np.exp(draws))):
        low, high = summary.equal_tailed(one, asked.level)
        rows.append((name, float(one.mean()), float(np.median(one)), low, high))
    return pd.DataFrame(rows, columns=["scale", "mean", "median", "low", "high"])


def _category_table(model: Model, moved: Floats, level: float) -> pd.DataFrame:
    rows = []
    for k, score in enumerate(model.units.scores):
        low, high = summary.equal_tailed(moved[..., k], level)
        rows.append((f"{score:g}", float(moved[..., k].mean()), low, high))
    return pd.DataFrame(rows, columns=["category", "change_in_share", "low", "high"])
