"""From a checked trial to the Bayesian `Estimate` of `randomised`."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.forms import common_show as show
from evalkit.impact.bayes.forms.common import Fitted, fit
from evalkit.impact.bayes.forms.common_priors import Asked, beliefs_of, idle_priors
from evalkit.impact.bayes.forms.common_show import Tables
from evalkit.impact.bayes.forms.randomised import CONTRAST, UNIT_RULE, Collapsed, collapse_trial
from evalkit.impact.estimate import Check, Estimate
from evalkit.impact.least_squares import Floats
from evalkit.impact.randomised import checks, words
from evalkit.impact.randomised.attrition import attrition_table, differential, lee_bounds
from evalkit.impact.randomised.balance import balance_table
from evalkit.impact.randomised.effect_size import guidance
from evalkit.impact.randomised.evidence import parts_of
from evalkit.impact.randomised.months import months_table
from evalkit.impact.randomised.regression import build, least
from evalkit.impact.randomised.trial import Trial

EFFECT = "effect of {arm} against {reference}"
LEVELS, EFFECTS = "spread of levels between clusters", "spread of effects between sites"
NOISE, NEW, SHARE = "residual standard deviation", "effect in a new site", "share between clusters"


def study(trial: Trial, asked: Asked, domain: str | None, months: str) -> Estimate:
    """Sample the model of a trial and return everything that is reported of it.

    Parameters
    ----------
    trial : Trial
        Everyone randomised, with or without outcome.
    asked : Asked
    domain, months : str
        As in the design.

    Raises
    ------
    DesignError
        When the sampling does not converge.
    """
    seen = trial.analysed()
    made = collapse_trial(seen)
    form = made.form
    fitted = fit(form, beliefs_of(asked, form.slots, form.unit), asked.seed)
    effect = fitted.effect
    quantities, spreads = _quantities(fitted, made, asked.seed)
    tables, found = show.shown(fitted, quantities, spreads, asked)
    interval = summary.credible(effect, asked.level)
    standard = guidance(seen, CONTRAST, float(effect.mean()), interval)
    tables |= _tables(fitted, made, quantities, asked)
    tables |= {"balance": balance_table(trial, asked.level), "attrition": attrition_table(trial)}
    if domain == "attainment" and standard is not None:
        tables["months"] = months_table(standard, months)
    mine = seen.arm == CONTRAST
    return Estimate(
        id="randomised",
        design="randomised",
        estimator=_estimator(made),
        estimand=_estimand(made),
        outcome=seen.roles.outcome,
        value=float(effect.mean()),
        std_error=float(effect.std(ddof=1)),
        interval=interval,
        p_value=None,
        n_units=seen.n,
        n_observations=seen.n,
        n_clusters=seen.n_clusters,
        n_treated=seen.sides(CONTRAST)[0] if seen.by_cluster() else int(mine.sum()),
        standardised=standard,
        table=tables,
        checks=(*found, *_checks(trial, made, fitted, quantities, tables, asked)),
        assumptions=(*words.assumptions(seen), *_assumptions(made)),
        draws=effect.ravel(),
        seed=asked.seed,
        notes=_notes(trial, made, tables, asked),
        native=show.native_of(*_native(fitted, made, quantities)),
        contributions=_contributions(made),
    )


def _quantities(
    fitted: Fitted, made: Collapsed, seed: int
) -> tuple[dict[str, Floats], dict[str, str]]:
    """Return the draws of everything reported, and which are spreads with which prior."""
    arms, form = made.trial.arms, fitted.form
    named = {
        EFFECT.format(arm=arms[k + 1], reference=arms[0]): fitted.contrast(made.contrasts[:, k])
        for k in range(len(arms) - 1)
    }
    names = form.groups[0].priors if form.groups else form.taken_priors
    sampled = {**dict.fromkeys(named, "effect"), NOISE: "noise"}
    named[NOISE] = fitted.noise
    if "levels" in names:
        levels = named[LEVELS] = fitted.spread(0, 0)
        named[SHARE] = levels**2 / (levels**2 + fitted.noise**2)
        sampled |= {LEVELS: "levels"} if form.groups else {}
    if "spread" in names:
        spread = named[EFFECTS] = fitted.spread(0, names.index("spread"))
        sampled |= {EFFECTS: "spread"} if form.groups else {}
        mean = np.zeros(len(form.effect))
        mean[CONTRAST - 1] = 1.0
        drawn = np.random.default_rng([seed, 7]).standard_normal(spread.shape)
        named[NEW] = fitted.contrast(mean) + spread * drawn
    return named, sampled


def _tables(
    fitted: Fitted, made: Collapsed, quantities: Mapping[str, Floats], asked: Asked
) -> Tables:
    tables = {
        "arms": _arms(fitted, made, asked.level),
        "prior_predictive": _prior_predictive(fitted, made, asked),
    }
    if NEW in quantities:
        row = {"method": "posterior predictive", **show.summed(quantities[NEW], asked.level)}
        tables["prediction"] = pd.DataFrame([{**row, "leads": True}])
    if made.site_contrasts is not None:
        tables["sites"] = _sites(fitted, made, asked.level)
    return tables


def _arms(fitted: Fitted, made: Collapsed, level: float) -> pd.DataFrame:
    trial = made.trial
    rows = [
        {
            "arm": trial.arms[k + 1],
            "reference": trial.arms[0],
            **show.summed(fitted.contrast(made.contrasts[:, k]), level),
            "n": int((trial.arm == k + 1).sum()),
            "n_reference": int((trial.arm == 0).sum()),
            "n_clusters": trial.sides(k + 1)[0],
        }
        for k in range(len(trial.arms) - 1)
    ]
    return pd.DataFrame(rows)


def _sites(fitted: Fitted, made: Collapsed, level: float) -> pd.DataFrame:
    """Return the partially pooled effect of the leading arm in each site, with its rows."""
    trial, own = made.trial, made.site_contrasts
    assert own is not None and made.sites is not None  # noqa: S101, PT018 (the caller looked)
    draws = fitted.contrast(own).reshape(-1, own.shape[1])
    names = (
        [str(one) for one in trial.labels]
        if trial.labels is not None
        else [f"stratum {k + 1}" for k in range(own.shape[1])]
    )
    rows = []
    for k, name in enumerate(names):
        mine = made.sites == k
        treated, control = (trial.y[mine & (trial.arm == arm)] for arm in (CONTRAST, 0))
        both = len(treated) and len(control)
        raw = float(treated.mean() - control.mean()) if both else math.nan
        sizes = {"n": len(treated), "n_reference": len(control), "raw_estimate": raw}
        rows.append({"site": name, **show.summed(draws[:, k], level), **sizes})
    return pd.DataFrame(rows)


def _prior_predictive(fitted: Fitted, made: Collapsed, asked: Asked) -> pd.DataFrame:
    """Return what the priors alone lead to expect, beside what was seen."""
    rng = np.random.default_rng([asked.seed, 11])
    beliefs, unit, trial, level = fitted.beliefs, fitted.form.unit, made.trial, asked.level

    def drawn(name: str, *, half: bool = True) -> Floats:
        return show.prior_draws(beliefs[name], rng, half=half) * unit

    effect, noise = drawn("effect", half=False), drawn("noise")
    between = drawn("levels") if "levels" in beliefs else np.zeros(len(effect))
    share = sum(1 / int((trial.arm == arm).sum()) for arm in (0, CONTRAST))
    lots = sum(1 / side for side in trial.sides(CONTRAST))
    error = np.sqrt(noise**2 * share + between**2 * lots)
    gap = effect + error * rng.standard_normal(len(effect))
    means = [float(trial.y[trial.arm == arm].mean()) for arm in (CONTRAST, 0)]
    total = np.sqrt(noise**2 + between**2)
    return pd.DataFrame(
        [
            show.quantity("effect", effect, None, level),
            show.quantity("difference of the arms' means", gap, means[0] - means[1], level),
            show.quantity("standard deviation within arms", total, unit, level),
        ]
    )


def _checks(
    trial: Trial,
    made: Collapsed,
    fitted: Fitted,
    quantities: Mapping[str, Floats],
    tables: Tables,
    asked: Asked,
) -> tuple[Check, ...]:
    seen, level = made.trial, asked.level
    lost = bool(np.isnan(trial.y).any())
    bounds = lee_bounds(trial, CONTRAST, level=level, seed=asked.seed) if lost else None
    gap = differential(trial, CONTRAST, level) if not trial.seen.all() else (0.0, math.nan)
    share = float(quantities[SHARE].mean()) if SHARE in quantities else math.nan
    size = float(np.bincount(seen.cluster).mean())
    value, error = float(fitted.effect.mean()), float(fitted.effect.std(ddof=1))
    clusters = (
        show.few_clusters(*seen.sides(CONTRAST), "clusters")
        if seen.by_cluster()
        else _rows_alone(seen)
    )
    return (
        checks.balance(trial, tables["balance"]),
        checks.attrition(tables["attrition"], seen.arms[CONTRAST], gap, bounds),
        clusters,
        checks.grade(seen, CONTRAST),
        checks.clustering(seen, share, size),
        checks.adjustment(value, _plain(seen), error, adjusted=bool(seen.x_names)),
    )


def _rows_alone(trial: Trial) -> Check:
    meaning = (
        f"Clusters hold several arms: {trial.n_clusters} of them."
        if trial.clustered
        else "No cluster is named, so every row counts as drawn alone; if whole schools or groups were "
        "randomised, name them as `cluster`."
    )
    return Check("few clusters", None, None, "information", meaning)


def _plain(trial: Trial) -> float:
    """Return the difference in means, within strata where there are some."""
    model, faults = build(trial, "difference_in_means")
    if faults:
        return math.nan
    return float(least(model, trial.y).solved.beta[CONTRAST - 1])


def _contributions(made: Collapsed) -> dict[str, float] | None:
    """Return each cluster's part in the error of the least-squares difference, for subgroups."""
    labels = made.trial.labels
    if labels is None:
        return None
    parts, _ = parts_of(least(made.model, made.trial.y), CONTRAST - 1)
    if len(parts) != len(labels):
        return None
    return {str(label): float(part) for label, part in zip(labels, parts, strict=True)}


def _native(
    fitted: Fitted, made: Collapsed, quantities: Mapping[str, Floats]
) -> tuple[dict[str, Floats], dict[str, tuple[str, list[str]]]]:
    keys = {NOISE: "noise", LEVELS: "levels", EFFECTS: "spread", NEW: "new_effect"}
    named = {key: quantities[name] for name, key in keys.items() if name in quantities}
    named["effect"] = fitted.contrast(made.contrasts)
    return named, {"effect": ("arm", list(made.trial.arms[1:]))}


def _estimator(made: Collapsed) -> str:
    trial, parts = made.trial, []
    if trial.clustered:
        parts.append(f"levels that differ by `{trial.roles.cluster}`")
    if made.sites is not None:
        parts.append("effects that differ by " + ("cluster" if trial.clustered else "stratum"))
    if trial.x_names:
        parts.append("baseline and covariates")
    return "Bayesian linear model" + (f" with {', '.join(parts)}" if parts else "")


def _estimand(made: Collapsed) -> str:
    trial = made.trial
    roles = trial.roles
    if trial.clustered:
        over = f"averaged over `{roles.cluster}` like those in the trial"
    elif made.sites is not None:
        over = "averaged over the people analysed, each stratum by its rows"
    else:
        over = "averaged over the people analysed"
    return (
        f"Average effect on `{roles.outcome}`, when it was measured, of being assigned to "
        f"`{roles.treatment}` = {trial.arms[CONTRAST]} rather than {trial.arms[0]} (intention to "
        f"treat), whatever was then received, among the {trial.n} rows analysed; {over}."
    )


def _assumptions(made: Collapsed) -> tuple[str, ...]:
    some = ["Residuals are normal, with the same spread in all arms."]
    if made.trial.clustered:
        some.append("The clusters' levels follow a normal distribution of one spread in all arms.")
    if made.sites is not None:
        some.append("The sites' true effects follow a normal distribution.")
    return tuple(some)


def _notes(trial: Trial, made: Collapsed, tables: Tables, asked: Asked) -> tuple[str, ...]:
    roles, form = made.trial.roles, made.form
    notes = list(trial.notes)
    if made.model.dropped:
        names = ", ".join(f"`{name}`" for name in made.model.dropped)
        notes.append(f"Left out because strata or other covariates already explain them: {names}.")
    if roles.received:
        notes.append(
            f"`{roles.received}` has no bearing here: the complier effect stands in the frequentist "
            "form."
        )
    if roles.weights:
        notes.append(f"`{roles.weights}` are taken as precision: a row of weight 2 counts as two.")
    if form.taken_out is not None:
        notes.append(
            "There are so many clusters that the ratio of the spread between them to that within is "
            "taken from REML as known; the spread itself is learnt."
        )
    notes += show.priors_in_words(tables["priors"], form.unit, UNIT_RULE)
    return (*notes, *idle_priors(asked.priors, form.slots))
