"""From a row model (a family, or further groupings) to the `Estimate`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.multi import (
    checks,
    family_rows,
    general,
    replicate,
    row_tables,
    row_words,
    rowwise,
)
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.cells import averaged
from evalkit.impact.bayes.multi.densities import family_densities
from evalkit.impact.bayes.multi.describe import missing_of, setting_of, told_of
from evalkit.impact.bayes.multi.family import separated, support_faults
from evalkit.impact.bayes.multi.family_rows import Units
from evalkit.impact.bayes.multi.layout import Layout, groupings, layout_of
from evalkit.impact.bayes.multi.linear import sample_linear, scale_of
from evalkit.impact.bayes.multi.moderators import new_site_faults
from evalkit.impact.bayes.multi.native import record
from evalkit.impact.bayes.multi.read import Seen
from evalkit.impact.bayes.multi.row_tables import Found, Model
from evalkit.impact.bayes.multi.scales import Scales, change_of, scales_of
from evalkit.impact.bayes.multi.several import DRAWS_AGAIN
from evalkit.impact.estimate import Check, Estimate, Standardised
from evalkit.impact.frame import Faults


def prepare_rows(seen: Seen, asked: Asked) -> tuple[Model | None, Faults]:
    """Return the model of the rows, or every reason why there is none."""
    name = asked.outcomes[0]
    size = seen.number.get(asked.trials, np.ones(len(seen.y)))
    known = ~np.isnan(seen.y[:, 0])
    faults = support_faults(asked.family, seen.y[known, 0], size[known], name, asked.trials)
    cells, told = averaged(seen, asked) if asked.family == "normal" else (seen, ())
    layout, found = layout_of(cells, asked)
    if layout is None or faults or found:
        return None, faults + found
    layout = replace(layout, notes=(*told, *layout.notes))
    extra = groupings(layout)
    faults = new_site_faults(asked.new_site, layout.moderators, extra)
    if asked.family == "normal":
        centre, sd = scale_of(layout)
        if sd == 0:
            wrong = f"`{name}` does not vary among untreated rows of the same period."
            faults.append((wrong, "Choose an outcome that varies without the programme."))
        units = Units(centre, sd or 1.0, np.zeros(0))
    else:
        units = family_rows.units_of(layout, asked.family)
    if faults:
        return None, faults
    every = family_rows.every_row(layout, asked.family, units)
    rows = every if asked.family == "normal" else family_rows.fewer(every, asked.family)
    scaled = asked.family in ("normal", "student_t")
    scales = scales_of(asked.priors, units.scale if scaled else 1.0)
    return Model(seen, layout, every, rows, units, scales), []


def _sample(model: Model, asked: Asked, scales: Scales, draws: int) -> Found:
    layout, units = model.layout, model.units
    if asked.family == "normal":
        fitted, densities = sample_linear(
            layout, scales, asked.seed, by_site=asked.heteroskedastic, draws=draws
        )
        sites = rowwise.linear_sites(layout, fitted, units.scale)
    else:
        fitted = general.sample_family(layout, model.rows, asked.family, units, scales, asked.seed)
        sites = rowwise.family_sites(layout, model.rows, fitted, asked.family, units)
        densities = family_densities(layout, model.rows, fitted, asked.family, scales)
    if asked.new_site is False:
        return Found(fitted, sites, None, densities)
    level, link = rowwise.new_site_link(layout, fitted, asked.new_site, asked.seed)
    if asked.family == "normal":
        return Found(fitted, sites, (link, link * units.scale), densities)
    natural = rowwise.new_site_natural(
        layout, model.rows, fitted, (level, link), (asked.family, units)
    )
    return Found(fitted, sites, (link, natural), densities)


def estimate_rows(model: Model, asked: Asked) -> Estimate:
    """Sample a row model and return everything that is reported of it.

    Raises
    ------
    DesignError
        When the sampling does not converge.
    """
    found, quantities, settled = checks.settled(
        lambda draws: _sample(model, asked, model.scales, draws),
        lambda one: row_tables.quantities(model, one, asked),
    )
    value = quantities[0].draws
    scaled = asked.family in ("normal", "student_t")
    margin = asked.margins.get(asked.outcomes[0]) if scaled else None
    without = replace(asked, new_site=False)
    sensitivity, moves = checks.sensitivity(
        (value, _drivers(model, found)),
        lambda other: _sample(model, without, other, DRAWS_AGAIN).sites.natural.mean(axis=-1),
        model.scales,
        change_of(margin, model.units.scale, 1.0 if value.mean() >= 0 else -1.0),
        asked.level,
    )
    setting = setting_of(asked)
    told, more = told_of(quantities, found.densities, setting)
    predicted, fits = replicate.predictive(model.layout, model.every, found.fitted, asked)
    effect = (quantities[0], row_tables.outcome_sd(model))
    missing, lost = missing_of(model.seen.arms, {asked.outcomes[0]: effect}, setting)
    tables = {
        **row_tables.tables(model, found, asked),
        **told,
        "sensitivity": sensitivity,
        "posterior_predictive": predicted,
        **missing,
    }
    how = replace(settled, meaning=f"{found.fitted.how}. {settled.meaning}")
    judged = (how, *more, moves, *_checks(model, found, asked), fits, *lost)
    return _estimate(model, found, asked, value.ravel(), (tables, judged))


def _estimate(
    model: Model,
    found: Found,
    asked: Asked,
    draws: Floats,
    told: tuple[dict[str, pd.DataFrame], tuple[Check, ...]],
) -> Estimate:
    layout = model.layout
    count = len(np.unique(layout.site))
    return Estimate(
        id="multilevel",
        design="multilevel",
        estimator=row_words.estimator(asked),
        estimand=row_words.estimand(layout, asked),
        outcome=asked.outcomes[0],
        value=float(draws.mean()),
        std_error=float(draws.std(ddof=1)),
        interval=summary.credible(draws, asked.level),
        p_value=None,
        n_units=count,
        n_observations=used_rows(model),
        n_clusters=count,
        n_treated=len(layout.studied),
        standardised=_standardised(draws, model, asked),
        table=told[0],
        checks=told[1],
        assumptions=row_words.assumptions(layout, asked),
        draws=draws,
        seed=asked.seed,
        notes=row_words.notes(layout, asked, told[0]["priors"], model.units),
        native=_native(layout, found),
    )


def used_rows(model: Model) -> int:
    """Return how many rows of the data stand behind the model's own, which may be means."""
    label = model.seen.label[model.layout.blocks[0].name]
    used = np.unique(model.layout.site)
    known = ~np.isnan(model.seen.y[:, 0])
    return int((np.isin(label.code, used) & known).sum())


def _standardised(draws: Floats, model: Model, asked: Asked) -> Standardised | None:
    if asked.family not in ("normal", "student_t"):
        return None
    sd = model.units.scale if asked.family == "normal" else scale_of(model.layout)[1]
    low, high = summary.equal_tailed(draws / sd, asked.level)
    which = "outcome among rows not under the programme, within periods"
    return Standardised(float(draws.mean() / sd), low, high, sd, which)


def _drivers(model: Model, found: Found) -> checks.Drivers:
    """Return the draws of the typical effect and of every spread of effects."""
    layout, fitted = model.layout, found.fitted
    spreads = [
        fitted.spreads[b][..., j]
        for b, block in enumerate(layout.blocks)
        for j, feature in enumerate(block.features)
        if feature == "effect"
    ]
    effect = fitted.beta[..., layout.roles.index("effect")]
    return checks.Drivers(effect, np.stack(spreads, axis=-1))


def _checks(model: Model, found: Found, asked: Asked) -> list[Check]:
    layout = model.layout
    block = general.treated_block(layout)
    spread = found.fitted.spreads[layout.blocks.index(block)]
    spread = spread[..., block.features.index("effect")]
    made = [
        checks.few_sites(len(layout.studied), spread, model.scales.spread),
        row_words.pre_trend(layout),
    ]
    if asked.family in ("bernoulli", "binomial"):
        arms, sites = separated(layout.y, layout.size, layout.treated, layout.site)
        made.append(row_words.separation(arms, sites))
    return made


def _native(layout: Layout, found: Found) -> object:
    fitted = found.fitted
    names = [layout.sites[one] for one in layout.studied]
    named = {"beta": fitted.beta, "site_effect": found.sites.natural, **fitted.noise}
    dims = {"beta": ["term"], "site_effect": ["site"]}
    for b in range(len(layout.blocks)):
        named |= {f"u_{b}": fitted.groups[b], f"spread_{b}": fitted.spreads[b]}
        if len(layout.blocks[b].features) == 2:
            named[f"correlation_{b}"] = fitted.correlations[b]
    return record(named, {"term": layout.names, "site": names}, dims)
