"""Several outcomes at once: prepare the joint problem, sample it, and say what was found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.impact.bayes import diagnose, summary
from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.described.model import Quantity, Setting
from evalkit.impact.bayes.described.several import counts
from evalkit.impact.bayes.described.several import several as together
from evalkit.impact.bayes.described.weights import WhateverWeights, whatever_weights
from evalkit.impact.bayes.multi import checks, native, show, words
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.describe import (
    Densities,
    missing_of,
    quantity,
    setting_of,
    size,
    told_of,
)
from evalkit.impact.bayes.multi.joint import (
    Effects,
    Joint,
    effects_of,
    model_of,
    new_site,
    places_of,
)
from evalkit.impact.bayes.multi.moderators import (
    at_new_site,
    new_site_faults,
)
from evalkit.impact.bayes.multi.moderators import (
    new_site_words as place_words,
)
from evalkit.impact.bayes.multi.parts import joint_with, outcome_parts
from evalkit.impact.bayes.multi.read import Seen
from evalkit.impact.bayes.multi.scales import Scales, change_of, scale_table, scales_of
from evalkit.impact.estimate import Check, Estimate, Standardised, Verdict
from evalkit.impact.frame import Faults

MEAN_ALL = "mean effect over outcomes, in SD"
DRAWS, DRAWS_AGAIN = 1500, 1000


@dataclass(frozen=True)
class Problem:
    """The rows and the joint problem made of them."""

    seen: Seen
    joint: Joint


@dataclass(frozen=True)
class Fit:
    """What sampling gave: effects in the model's units, and the densities of the draws."""

    effects: Effects
    densities: Densities
    drivers: checks.Drivers


def prepare_joint(seen: Seen, asked: Asked) -> tuple[Problem | None, Faults]:
    """Return the joint problem of all outcomes, or every reason why there is none."""
    parts, faults = outcome_parts(seen, asked)
    if faults:
        return None, faults
    joint, faults = joint_with(seen, asked, parts)
    if joint is None:
        return None, faults
    faults = new_site_faults(asked.new_site, joint.moderators, {})
    return (None, faults) if faults else (Problem(seen, joint), [])


def fit(joint: Joint, scales: Scales, seed: int, draws: int = DRAWS) -> Fit:
    """Sample the joint model.

    Raises
    ------
    DesignError
        When the chains do not agree after the stated retries.
    """
    from evalkit.impact.gaussian import sample

    places = places_of(joint)
    model = model_of(joint, places, scales)
    made = sample(model, draws=draws, seed=seed)
    densities = Densities(made.log_prior, made.log_likelihood)
    spreads = np.concatenate(
        [
            scale
            for scale, block in zip(made.scales, model.varying, strict=True)
            if block.label.startswith("sites")
        ],
        axis=-1,
    )
    drivers = checks.Drivers(made.coef[..., 0], spreads)
    return Fit(effects_of(joint, places, made), densities, drivers)


def estimate_several(problem: Problem, asked: Asked) -> Estimate:
    """Sample the model of several outcomes and return everything that is reported of it.

    Raises
    ------
    DesignError
        When the sampling does not converge.
    """
    joint, scales = problem.joint, scales_of(asked.priors, 1.0)
    made, quantities, settled = checks.settled(
        lambda draws: fit(joint, scales, asked.seed, draws),
        lambda one: _quantities(joint, one.effects, asked),
    )
    value = quantities[0].draws
    sensitivity, moves = checks.sensitivity(
        (value, made.drivers),
        lambda other: fit(joint, other, asked.seed, DRAWS_AGAIN).effects.mean.mean(axis=-1),
        scales,
        change_of(None, 1.0, 1.0 if value.mean() >= 0 else -1.0),
        asked.level,
    )
    setting = setting_of(asked)
    told, more = told_of(quantities, made.densities, setting)
    missing, lost = missing_of(problem.seen.arms, _own_units(joint, made.effects, asked), setting)
    predicted, fits = predictive(joint, made.effects, asked)
    tables = {
        **_tables(joint, made.effects, asked),
        **told,
        "priors": scale_table(
            scales, words.several_slots(joint), 1.0, asked.priors, "standard deviations"
        ),
        "sensitivity": sensitivity,
        "prior_predictive": _prior_predictive(joint, scales, asked),
        "posterior_predictive": predicted,
        **missing,
    }
    spread = np.sqrt(np.einsum("...kk->...k", made.effects.covariance)).mean(axis=-1)
    few = checks.few_sites(len(joint.sites), spread, scales.spread)
    weighed = _whatever(joint, made.effects, asked)
    found = (settled, weighed, *more, moves, few, fits, *_trends(joint), *lost)
    return _estimate(problem, asked, value.ravel(), (tables, found), made.effects)


def _estimate(
    problem: Problem,
    asked: Asked,
    draws: Floats,
    told: tuple[dict[str, pd.DataFrame], tuple[Check, ...]],
    effects: Effects,
) -> Estimate:
    joint = problem.joint
    low, high = summary.equal_tailed(draws, asked.level)
    count = len(joint.sites) + max(part.effects.comparison_sites for part in joint.parts)
    return Estimate(
        id="multilevel",
        design="multilevel",
        estimator=words.SEVERAL_ESTIMATOR,
        estimand=words.several_estimand(joint, asked),
        outcome=", ".join(asked.outcomes),
        value=float(draws.mean()),
        std_error=float(draws.std(ddof=1)),
        interval=summary.credible(draws, asked.level),
        p_value=None,
        n_units=count,
        n_observations=len(problem.seen.y),
        n_clusters=count,
        n_treated=len(joint.sites),
        standardised=Standardised(float(draws.mean()), low, high, 1.0, words.SEVERAL_SD),
        table=told[0],
        checks=told[1],
        assumptions=words.several_assumptions(joint, asked),
        draws=draws,
        seed=asked.seed,
        notes=words.several_notes(joint, asked, told[0]["priors"]),
        native=native.joint_native(joint, effects),
    )


def _quantities(joint: Joint, effects: Effects, asked: Asked) -> list[Quantity]:
    """Return everything reported of the outcomes together, in SDs; the mean of all first."""
    made = [quantity(MEAN_ALL, effects.mean.mean(axis=-1))]
    spread = np.sqrt(np.einsum("...kk->...k", effects.covariance))
    for k, part in enumerate(joint.parts):
        margin = asked.margins.get(part.name)
        made.append(
            quantity(
                f"mean effect on {part.name}, in SD",
                effects.mean[..., k] * part.wanted,
                margin=margin / part.effects.sd if margin else None,
                wanted=part.wanted,
            )
        )
    for k, part in enumerate(joint.parts):
        made.append(size(f"{summary.SPREAD}: {part.name}, in SD", spread[..., k]))
        made += [
            quantity(f"{name}: {part.name}, in SD", effects.gamma[..., k, j] * part.wanted)
            for j, name in enumerate(joint.moderators.names)
        ]
    if asked.new_site is not False:
        at = at_new_site(asked.new_site, joint.moderators)
        drawn = new_site(effects, at, asked.seed).mean(axis=-1)
        made.append(quantity(f"{summary.NEW_SITE}: mean over outcomes, in SD", drawn))
    return made


def _weighed(own: list[Quantity], joint: Joint, setting: Setting) -> WhateverWeights:
    return whatever_weights(own, setting, [part.effects.sd for part in joint.parts])


def _whatever(joint: Joint, effects: Effects, asked: Asked) -> Check:
    """Say what holds of the outcomes together, whatever weights people give them."""
    own = [one for one, _ in _own_units(joint, effects, asked).values()]
    found = _weighed(own, joint, setting_of(asked))
    return Check("outcomes together", found.lowest, None, "information", found.words)


def _own_units(joint: Joint, effects: Effects, asked: Asked) -> dict[str, tuple[Quantity, float]]:
    """Return each outcome's mean effect in its own units, with its standard deviation."""
    return {
        part.name: (
            quantity(
                part.name,
                effects.mean[..., k] * part.unit,
                margin=asked.margins.get(part.name),
                wanted=part.wanted,
            ),
            part.effects.sd,
        )
        for k, part in enumerate(joint.parts)
    }


def _tables(joint: Joint, effects: Effects, asked: Asked) -> dict[str, pd.DataFrame]:
    own = [one for one, _ in _own_units(joint, effects, asked).values()]
    setting = setting_of(asked)
    tables = {
        "outcomes": show.outcome_table(joint, effects, asked),
        "together": together(own, setting),
        "how_many": counts(own, setting),
        "whatever_weights": _weighed(own, joint, setting).table,
        "sites": show.site_means(joint, effects, asked.level),
        "sites_by_outcome": show.site_outcomes(joint, effects, asked.level),
        "correlations": show.correlation_table(joint, effects, asked.level),
    }
    if asked.domains:
        tables["domains"] = show.domain_table(joint, effects, asked.level)
    if asked.new_site is not False:
        tables["new_site"] = _new_site(joint, effects, asked)
    return tables


def _prior_predictive(joint: Joint, scales: Scales, asked: Asked) -> pd.DataFrame:
    """Return what the priors alone lead to expect: of the value, one outcome, one site's outcome."""
    rng = np.random.default_rng([asked.seed, 11])
    count, parts = 4000, len(joint.parts)
    size = (count, parts)
    at = np.array([joint.domains.index(part.domain) for part in joint.parts])
    spreads = np.abs(rng.standard_normal((count, 3)))
    mean = scales.effect_mean + scales.effect * rng.standard_normal((count, 1))
    domain = np.zeros(size)
    if len(joint.domains) > 1:
        own = rng.standard_normal((count, len(joint.domains)))[:, at]
        domain = scales.domains * spreads[:, [0]] * own
    outcome = mean + domain + scales.outcomes * spreads[:, [1]] * rng.standard_normal(size)
    site = outcome + scales.spread * spreads[:, [2]] * rng.standard_normal(size)
    rows = []
    for name, draws in (
        (MEAN_ALL, outcome.mean(axis=1)),
        ("mean effect on one outcome, in SD", outcome[:, 0]),
        ("effect in one site on one outcome, in SD", site[:, 0]),
    ):
        low, high = summary.equal_tailed(draws, asked.level)
        median = float(np.median(draws))
        rows.append({"quantity": name, "low": low, "median": median, "high": high})
    return pd.DataFrame(rows)


def _new_site(joint: Joint, effects: Effects, asked: Asked) -> pd.DataFrame:
    at = at_new_site(asked.new_site, joint.moderators)
    drawn = new_site(effects, at, asked.seed)
    units = show.units_of(joint)
    every = drawn.mean(axis=-1)[..., None]
    table = show.new_site_table(
        [*(part.name for part in joint.parts), "mean over outcomes, in SD"],
        np.concatenate([drawn * units, every], axis=-1),
        np.append(np.sign(units), 1.0),
        np.append(show.margins_of(joint, asked), np.nan),
        asked.level,
    )
    table["place"] = place_words(asked.new_site, joint.moderators)
    return table


def predictive(joint: Joint, effects: Effects, asked: Asked) -> tuple[pd.DataFrame, Check]:
    """Hold each part's raw effects against replications, and return the table and the check."""
    tables, found = [], []
    for k, part in enumerate(joint.parts):
        at = [joint.sites.index(site) for site in part.effects.sites]
        problem, posterior = native.as_single(joint, effects, k, at)
        table, check = diagnose.posterior_predictive(
            problem, posterior, asked.seed + k, asked.level
        )
        table.insert(0, "outcome", part.name)
        tables.append(table)
        found.append((part.name, check))
    odd = [name for name, check in found if check.verdict == "concern"]
    name, check = next((one for one in found if one[1].verdict == "concern"), found[0])
    told = f"`{name}`: {check.meaning}" if len(found) > 1 else check.meaning
    more = f" The same holds of {', '.join(odd[1:])}." if len(odd) > 1 else ""
    statistic = check.statistic
    return pd.concat(tables, ignore_index=True), Check(
        "posterior predictive", statistic, None, check.verdict, told + more
    )


def _trends(joint: Joint) -> list[Check]:
    """Return one pre-trend check: the outcome whose paths lay furthest apart speaks for all."""
    every = [diagnose.pre_trend(part.effects) for part in joint.parts]
    known = [
        (check.p_value, part.name, check)
        for check, part in zip(every, joint.parts, strict=True)
        if check.p_value is not None
    ]
    if not known:
        return [every[0]]
    smallest, name, check = min(known, key=lambda one: (one[0], one[1]))
    adjusted = min(1.0, smallest * len(known))  # Bonferroni: the smallest of several
    verdict: Verdict = "concern" if adjusted < 0.1 else "pass"
    meaning = f"Of {len(known)} outcomes `{name}` stands out most. {check.meaning}"
    if verdict == "pass" and check.verdict == "concern":
        meaning += " Among so many outcomes one such path is within chance."
    return [Check("pre-trend", check.statistic, adjusted, verdict, meaning)]
