"""Bayesian form of `pooled`: random effects of studies, in clusters or not, with known errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.forms import common_show as show
from evalkit.impact.bayes.forms import pooled_tables
from evalkit.impact.bayes.forms.common import (
    DIGITS,
    Common,
    Fitted,
    Form,
    Group,
    fit,
)
from evalkit.impact.bayes.forms.common_priors import Asked, Slots, beliefs_of, idle_priors
from evalkit.impact.bayes.forms.common_slots import POOLED
from evalkit.impact.bayes.forms.pooled_tables import MEAN, NEW, scales_of
from evalkit.impact.estimate import Check, Estimate, Verdict
from evalkit.impact.gaussian import gram
from evalkit.impact.least_squares import Floats
from evalkit.impact.pooling import checks as diagnostics
from evalkit.impact.pooling.methods import Pooled, rows_of
from evalkit.impact.pooling.methods import fit as fit_reml
from evalkit.impact.pooling.read import Studies

SPREAD, WITHIN = "spread of effects between studies", "spread of effects within a cluster"
BETWEEN = "spread of effects between clusters"
UNIT_RULE = (
    "the largest of the standard deviation of the estimates, their median standard error, and half "
    "their root mean square"
)


def slots_of(*, nested: bool, moderators: bool) -> Slots:
    """Return the priors of a pool, their defaults in units of `unit_of`."""
    left = {"within": nested, "moderators": moderators}
    slots = {name: slot for name, slot in POOLED.items() if left.get(name, True)}
    return slots | ({"spread": replace(slots["spread"], words=BETWEEN)} if nested else {})


def unit_of(studies: Studies) -> float:
    """Return the unit of the default priors: by `UNIT_RULE`, so that it follows the data's own."""
    y, v = studies.y, studies.v
    size = math.sqrt(float((y**2).mean()))
    return max(float(y.std(ddof=1)), math.sqrt(float(np.median(v))), size / 2)


def form_of(studies: Studies, unit: float) -> Form:
    """Return the pool as a collapsed model: rows weighted by their known precision."""
    k, p = len(studies.y), studies.x.shape[1]
    spread = scales_of(studies)
    blocks = [studies.x / spread]
    groups = []
    if studies.groups is not None:
        count = len(studies.clusters)
        blocks.append(np.eye(count)[studies.groups])
        at = (p + np.arange(count, dtype=np.intp))[:, None]
        groups.append(Group(("spread",), at, "cluster", ("deviation of a cluster",)))
    start = sum(one.shape[1] for one in blocks)
    own = (start + np.arange(k, dtype=np.intp))[:, None]
    prior = "spread" if studies.groups is None else "within"
    groups.append(Group((prior,), own, "study", ("deviation of an estimate",)))
    x = np.column_stack([*blocks, np.eye(k)]).round(DIGITS)
    y = (studies.y / unit).round(DIGITS)
    precision = 1 / (studies.v / unit**2).round(DIGITS + 2)
    effect = np.zeros(x.shape[1])
    effect[0] = 1.0
    common = (Common("effect", np.array([0])), Common("moderators", np.arange(1, p)))
    slots = slots_of(nested=studies.groups is not None, moderators=p > 1)

    def residuals(coef: Floats) -> Floats:
        return np.asarray((y - x @ coef) * np.sqrt(precision))

    return Form(
        gram(x, y, precision), common, tuple(groups), effect, unit, slots, known=True,
        residuals=residuals,
    )  # fmt: skip


def study(studies: Studies, asked: Asked) -> Estimate:
    """Pool the estimates, and return everything that is reported of them.

    Raises
    ------
    DesignError
        When the sampling does not converge.
    """
    unit, level, seed = unit_of(studies), asked.level, asked.seed
    form = form_of(studies, unit)
    beliefs = beliefs_of(asked, form.slots, unit)
    fitted = fit(form, beliefs, seed)
    quantities = _quantities(fitted, studies, seed)
    reference = fit_reml(studies, "reml" if studies.groups is None else "three_level", "auto", 0.0)
    tables, found = _shown(fitted, quantities, studies, asked)
    lead = next(row for row in rows_of(reference, level=level) if row["leads"])
    name = f"none: REML, {lead['method']}"
    tables["sensitivity"] = show.with_row(
        tables["sensitivity"], name, float(reference.beta[0]), lead
    )
    clusters = studies.clusters if studies.groups is not None else studies.labels
    return Estimate(
        id="pooled",
        design="pooled",
        estimator="Bayesian random effects"
        + (", three-level" if studies.groups is not None else ""),
        estimand=_estimand(studies),
        outcome=studies.roles.estimate,
        value=float(fitted.effect.mean()),
        std_error=float(fitted.effect.std(ddof=1)),
        interval=summary.credible(fitted.effect, level),
        p_value=None,
        n_units=len(studies.y),
        n_observations=len(studies.y),
        n_clusters=len(clusters),
        n_treated=len(clusters),
        table=tables,
        checks=(*found, *_reml_checks(reference)),
        assumptions=_assumptions(studies),
        draws=fitted.effect.ravel(),
        seed=seed,
        notes=(
            *studies.notes,
            *show.priors_in_words(tables["priors"], unit, UNIT_RULE),
            *idle_priors(asked.priors, form.slots),
            "No standardised effect: the estimates are taken in the units of the studies.",
        ),
        native=_native(fitted, quantities, studies),
        contributions=None
        if reference.robust is None
        else dict(zip(clusters, reference.robust.parts[:, 0].tolist(), strict=True)),
    )


def _quantities(fitted: Fitted, studies: Studies, seed: int) -> dict[str, Floats]:
    rng = np.random.default_rng([seed, 7])
    effect = fitted.effect
    spreads = [fitted.spread(k) for k in range(len(fitted.form.groups))]
    total = np.sqrt(sum(one**2 for one in spreads))
    made = {MEAN: effect, NEW: effect + total * rng.standard_normal(effect.shape)}
    made |= dict(zip(_spread_names(studies), spreads, strict=True))
    scales = scales_of(studies)
    for j, name in enumerate(studies.names[1:], start=1):
        slope = np.zeros(fitted.form.gram.xy.shape)
        slope[j] = 1 / scales[j]
        made[f"slope of {name}"] = fitted.contrast(slope)
    return made


def _spread_names(studies: Studies) -> tuple[str, ...]:
    return (SPREAD,) if studies.groups is None else (BETWEEN, WITHIN)


def _shown(
    fitted: Fitted, quantities: dict[str, Floats], studies: Studies, asked: Asked
) -> tuple[dict[str, pd.DataFrame], tuple[Check, ...]]:
    level, new = asked.level, quantities[NEW]
    priors = [name for one in fitted.form.groups for name in one.priors]
    own = {MEAN: "effect", **dict(zip(_spread_names(studies), priors, strict=True))}
    tables, checks = show.shown(fitted, quantities, own, asked)
    sites = pooled_tables.sites(fitted, studies, level)
    tables |= {
        "heterogeneity": pooled_tables.heterogeneity(fitted, studies, level),
        "prediction": pooled_tables.prediction(new, level, asked.margin),
        "sites": sites,
        "forest": pooled_tables.forest(sites, fitted.effect, new, level),
        "prior_predictive": pooled_tables.prior_predictive(fitted, studies, asked.seed, level),
    }
    if studies.x.shape[1] > 1:
        tables["moderators"] = pooled_tables.moderators(quantities, level)
    return tables, (*checks, _new_site(new, fitted.effect, level))


def _reml_checks(pooled: Pooled) -> tuple[Check, ...]:
    """Return the checks that need no prior: number of studies, small studies, dependence."""
    small, _, _ = diagnostics.small_study(pooled)
    alone = pooled.studies.groups is None
    meaning = (
        "Every estimate is taken as independent of the others. Where one study or place gave several, "
        "name it in `cluster`."
        if alone
        else f"{len(pooled.studies.y)} estimates in {len(pooled.studies.clusters)} clusters: effects "
        "differ between clusters and within them; sampling errors are taken as independent."
    )
    dependence = Check("dependent estimates", None, None, "information", meaning)
    return (diagnostics.number(pooled), small, dependence)


def _new_site(new: Floats, effect: Floats, level: float) -> Check:
    low, high = summary.equal_tailed(new, level)
    above = summary.beyond(new, 0.0)
    mean = summary.beyond(effect, 0.0)
    verdict: Verdict = (
        "concern" if max(mean, 1 - mean) > 0.95 > max(above, 1 - above) else ("information")
    )
    meaning = (
        f"The true effect in a new study or site like these lies between {low:.3g} and {high:.3g} "
        f"({100 * level:g} %), above zero with probability {above:.2f}; the mean effect is above "
        f"zero with probability {mean:.2f}."
    )
    return Check("heterogeneity", above, None, verdict, meaning)


def _native(fitted: Fitted, quantities: Mapping[str, Floats], studies: Studies) -> Any:
    named = {"mean_effect": fitted.effect, "new_effect": quantities[NEW]}
    group = fitted.form.groups[-1]
    named["deviation"] = fitted.draws.coef[..., group.columns[:, 0]] * fitted.form.unit
    for name, key in zip(_spread_names(studies), ("spread", "within"), strict=False):
        named[key] = quantities[name]
    return show.native_of(named, {"deviation": ("study", list(studies.labels))})


def _estimand(studies: Studies) -> str:
    roles = studies.roles
    where = f" at the average of {', '.join(roles.moderators)}" if roles.moderators else ""
    nested = (
        f" ({len(studies.clusters)} clusters, which count alike in the long run)"
        if studies.groups is not None
        else ""
    )
    return (
        f"Mean of the true effects `{roles.estimate}` in the population of studies or sites of which "
        f"these {len(studies.y)} estimates are taken as a sample{nested}{where}, in the units, contrast "
        "and period of the single studies."
    )


def _assumptions(studies: Studies) -> tuple[str, ...]:
    apart = (
        "Estimates of different clusters are independent; within a cluster the sampling errors are."
        if studies.groups is not None
        else "The estimates are independent: no study, place or comparison group stands in two rows."
    )
    return (
        (
            "The studies are a fair sample of those that could have been done: none is missing because "
            "of what it found."
        ),
        apart,
        "Each estimate is unbiased for its own study, normal, and its standard error is right.",
        "The true effects follow a normal distribution"
        + (", apart from what the moderators explain." if studies.x.shape[1] > 1 else "."),
        "The effects are of the same outcome on the same scale, and of contrasts that can be averaged.",
        "A moderator was not assigned to studies: what goes with it may go with something else.",
    )
