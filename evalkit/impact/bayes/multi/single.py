"""One outcome whose new site is described, or whose sites are of several kinds of place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.impact.bayes import diagnose, result, summary
from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.described.model import Quantity
from evalkit.impact.bayes.multi import checks, native, show, words
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.describe import (
    missing_of,
    quantity,
    setting_of,
    size,
    told_of,
)
from evalkit.impact.bayes.multi.joint import new_site
from evalkit.impact.bayes.multi.moderators import at_new_site, new_site_words
from evalkit.impact.bayes.multi.scales import Scales, change_of, scale_table, scales_of
from evalkit.impact.bayes.multi.several import DRAWS_AGAIN, Fit, Problem, fit
from evalkit.impact.bayes.priors import Priors
from evalkit.impact.bayes.result import Request
from evalkit.impact.estimate import Check, Estimate


def estimate_described(problem: Problem, asked: Asked) -> Estimate:
    """Sample the site-effects model through the Gaussian core and say what a new site may expect.

    Raises
    ------
    DesignError
        When the sampling does not converge.
    """
    joint, part = problem.joint, problem.joint.parts[0]
    scales = scales_of(asked.priors, part.unit)
    made, quantities, settled = checks.settled(
        lambda draws: fit(joint, scales, asked.seed, draws),
        lambda one: _quantities(problem, one, asked),
    )
    value = quantities[0].draws
    sensitivity, moves = checks.sensitivity(
        (value, made.drivers),
        lambda other: fit(joint, other, asked.seed, DRAWS_AGAIN).effects.mean[..., 0] * part.unit,
        scales,
        change_of(asked.margins.get(part.name), part.unit, 1.0 if value.mean() >= 0 else -1.0),
        asked.level,
    )
    setting = setting_of(asked)
    told, more = told_of(quantities, made.densities, setting)
    missing, lost = missing_of(
        problem.seen.arms, {part.name: (quantities[0], part.effects.sd)}, setting
    )
    tables, fits = _tables(problem, made, asked, scales)
    tables |= {**told, "sensitivity": sensitivity, **missing}
    if asked.new_site is not False:
        tables["new_site"] = _new_site(problem, quantities, asked)
    spread = np.sqrt(made.effects.covariance[..., 0, 0])
    few = checks.few_sites(len(joint.sites), spread, scales.spread)
    trend = diagnose.pre_trend(part.effects)
    found = (settled, *more, moves, few, fits, trend, *lost)
    return _estimate(problem, asked, value.ravel(), (tables, found), made)


def _estimate(
    problem: Problem,
    asked: Asked,
    draws: Floats,
    told: tuple[dict[str, pd.DataFrame], tuple[Check, ...]],
    made: Fit,
) -> Estimate:
    joint, part = problem.joint, problem.joint.parts[0]
    effects = part.effects
    request = Request(asked.columns, asked.priors, None, asked.level, asked.seed, new_site=True)
    count = len(effects.sites) + effects.comparison_sites
    kinds = tuple(
        f"Kinds of `{name}` are held against `{first}`."
        for name, first in joint.moderators.reference.items()
    )
    return Estimate(
        id="multilevel",
        design="multilevel",
        estimator=result.ESTIMATOR[effects.kind],
        estimand=result.estimand(effects, asked.columns),
        outcome=part.name,
        value=float(draws.mean()),
        std_error=float(draws.std(ddof=1)),
        interval=summary.credible(draws, asked.level),
        p_value=None,
        n_units=count,
        n_observations=effects.rows,
        n_clusters=count,
        n_treated=len(effects.sites),
        standardised=result.standardised(draws, effects.sd, asked.level),
        table=told[0],
        checks=told[1],
        assumptions=result.assumptions(effects, asked.columns),
        draws=draws,
        seed=asked.seed,
        notes=(*result.notes(effects, told[0]["priors"], request), *kinds),
        native=native.joint_native(joint, made.effects),
    )


def _quantities(problem: Problem, made: Fit, asked: Asked) -> list[Quantity]:
    joint, part = problem.joint, problem.joint.parts[0]
    unit, found = part.unit, made.effects
    margin, wanted = asked.margins.get(part.name), asked.wanted(part.name)
    named = {
        summary.MEAN: found.mean[..., 0],
        summary.TYPICAL: found.typical[..., 0],
    }
    if asked.new_site is not False:
        at = at_new_site(asked.new_site, joint.moderators)
        named[summary.NEW_SITE] = new_site(found, at, asked.seed)[..., 0]
    made_of = [
        quantity(name, draws * unit, margin=margin, wanted=wanted) for name, draws in named.items()
    ]
    made_of += [
        size(summary.SPREAD, np.sqrt(found.covariance[..., 0, 0]) * unit),
        size(summary.NOISE, found.noise[..., 0] * unit),
    ]
    return made_of + [
        quantity(name, found.gamma[..., 0, j] * unit, wanted=wanted)
        for j, name in enumerate(joint.moderators.names)
    ]


def _tables(
    problem: Problem, made: Fit, asked: Asked, scales: Scales
) -> tuple[dict[str, pd.DataFrame], Check]:
    joint, part = problem.joint, problem.joint.parts[0]
    one, posterior = native.as_single(joint, made.effects, 0, range(len(joint.sites)))
    predicted, fits = diagnose.posterior_predictive(one, posterior, asked.seed, asked.level)
    unit = part.unit
    priors = Priors(
        scales.effect_mean * unit,
        scales.effect * unit,
        scales.spread * unit,
        scales.noise * unit,
        scales.moderators * unit,
    )
    tables = {
        "sites": summary.site_table(
            part.effects.sites, part.effects.raw.effect, posterior, asked.level
        ),
        "priors": scale_table(
            scales, words.several_slots(joint), part.unit, asked.priors, "in outcome units"
        ),
        "prior_predictive": diagnose.prior_predictive(one, priors, asked.seed, asked.level),
        "posterior_predictive": predicted,
    }
    return tables, fits


def _new_site(problem: Problem, quantities: list[Quantity], asked: Asked) -> pd.DataFrame:
    part = problem.joint.parts[0]
    margin = asked.margins.get(part.name)
    draws = next(one.draws for one in quantities if one.name == summary.NEW_SITE)
    table = show.new_site_table(
        [summary.NEW_SITE],
        draws[..., None],
        np.array([asked.wanted(part.name)]),
        np.array([abs(margin) if margin else np.nan]),
        asked.level,
    )
    table["place"] = new_site_words(asked.new_site, problem.joint.moderators)
    return table
