"""From a checked trial to its `Estimate`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evalkit.impact.checks import smallest_detectable
from evalkit.impact.estimate import Check, Estimate, Standardised
from evalkit.impact.randomised import checks, words
from evalkit.impact.randomised.arms import arms_table
from evalkit.impact.randomised.attrition import (
    Bounds,
    attrition_table,
    differential,
    lee_bounds,
)
from evalkit.impact.randomised.balance import balance_table
from evalkit.impact.randomised.compliers import Compliers, complier_effect
from evalkit.impact.randomised.effect_size import effect_sizes, guidance, icc, null_model
from evalkit.impact.randomised.evidence import (
    NO_VARIATION,
    Result,
    infer,
    multilevel,
    with_estimates,
)
from evalkit.impact.randomised.mixed import Mixed
from evalkit.impact.randomised.months import months_table
from evalkit.impact.randomised.read import useful_strata
from evalkit.impact.randomised.regression import Model, build, least, lin_faults
from evalkit.impact.randomised.trial import Trial

CONTRAST = 1
"""The arm whose contrast is the value: the first after the reference arm."""
MOST_LIN = 400
"""Columns above which the strata are not estimated again with other weights."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the trial is analysed."""

    design: str
    estimator: str
    level: float
    seed: int
    margin: float | None
    domain: str | None
    months: str


@dataclass(frozen=True, slots=True)
class Found:
    """All that is computed before it is put into words."""

    whole: Trial
    model: Model
    results: tuple[Result, ...]
    models: dict[str, Mixed]
    standard: Standardised | None
    tables: dict[str, pd.DataFrame]
    compliers: Compliers | str
    bounds: Bounds | None
    gap: tuple[float, float]

    @property
    def trial(self) -> Trial:
        """The rows analysed."""
        return self.model.trial

    @property
    def first(self) -> Result:
        """The contrast whose estimate is the value."""
        return self.results[0]


def study(trial: Trial, model: Model, setting: Setting) -> Estimate:
    """Return the estimate of a trial, with every method, table and check.

    Parameters
    ----------
    trial : Trial
        Everyone randomised, with or without outcome.
    model : Model
        Of the rows analysed.
    setting : Setting
    """
    found = _find(trial, model, setting)
    drawn, distribution = checks.randomisation(found.first)
    one, seen = found.first, found.trial
    mine = seen.arm == CONTRAST
    return Estimate(
        id=setting.design,
        design=setting.design,
        estimator=words.estimator_words(seen, setting.estimator),
        estimand=words.estimand(seen, CONTRAST, setting.estimator),
        outcome=seen.roles.outcome,
        value=one.value,
        std_error=one.std_error,
        interval=one.interval,
        p_value=one.p_value,
        n_units=seen.n,
        n_observations=seen.n,
        n_clusters=seen.n_clusters,
        n_treated=seen.sides(CONTRAST)[0] if seen.by_cluster() else int(mine.sum()),
        standardised=found.standard,
        table={**found.tables, "permutation": distribution},
        checks=(*_checks(found, setting), drawn),
        assumptions=words.assumptions(seen),
        seed=setting.seed,
        notes=_notes(found, setting),
        contributions=_contributions(found),
    )


def _find(trial: Trial, model: Model, setting: Setting) -> Found:
    seen, level, seed = model.trial, setting.level, setting.seed
    results = tuple(
        with_estimates(
            infer(
                model,
                arm,
                estimator=setting.estimator,
                level=level,
                seed=seed,
                quick=arm != CONTRAST and not seen.by_cluster(),
            )
        )
        for arm in range(1, len(seen.arms))
    )
    models = _models(model)
    one = results[0]
    standard = guidance(seen, CONTRAST, one.value, one.interval)
    lost = bool(np.isnan(trial.y).any())
    bounds = lee_bounds(trial, CONTRAST, level=level, seed=seed) if lost else None
    compliers = complier_effect(model, CONTRAST, level)
    tables = {
        "inference": pd.DataFrame(list(one.rows)),
        "arms": arms_table(model, results, level=level, seed=seed),
        "balance": balance_table(trial, level),
        "attrition": attrition_table(trial),
        "effect_size": effect_sizes(seen, CONTRAST, standard, one.value, one.interval, models),
        "multilevel": _multilevel_table(models),
        "means": _means_table(seen),
    }
    if bounds is not None:
        tables["bounds"] = _bounds_table(bounds)
    if isinstance(compliers, Compliers):
        tables["complier_effect"] = pd.DataFrame(list(compliers.rows))
        tables["compliance"] = compliers.compliance
    if setting.domain == "attainment" and standard is not None:
        tables["months"] = months_table(standard, setting.months)
    gap = differential(trial, CONTRAST, level) if not trial.seen.all() else (0.0, math.nan)
    return Found(trial, model, results, models, standard, tables, compliers, bounds, gap)


def _models(model: Model) -> dict[str, Mixed]:
    """Return the multilevel models of a trial with clusters; none without."""
    trial = model.trial
    if not trial.clustered:
        return {}
    adjusted = multilevel(model)
    if adjusted is None:
        return {}
    alone = null_model(trial)
    if alone.within <= NO_VARIATION * float(np.var(trial.y)):
        return {}
    made = {"adjusted": adjusted.fit, "outcome alone": alone}
    if not trial.by_cluster() and model.contrasts == 1:
        slopes = multilevel(model, slopes=True)
        if slopes is not None:
            made["effects by cluster"] = slopes.fit
    return made


def _multilevel_table(models: dict[str, Mixed]) -> pd.DataFrame:
    rows = [
        {
            "model": name,
            "estimate": float(one.beta[0]) if name != "outcome alone" else math.nan,
            "std_error": math.sqrt(float(one.cov[0, 0])) if name != "outcome alone" else math.nan,
            "df": float(one.df[0]) if name != "outcome alone" else math.nan,
            "between": float(one.between[0, 0]),
            "within": one.within,
            "between_effects": float(one.between[-1, -1]) if len(one.between) > 1 else math.nan,
            "icc": icc(one),
            "singular": one.singular,
        }
        for name, one in models.items()
    ]
    columns = ["model", "estimate", "std_error", "df", "between", "within"]
    return pd.DataFrame(rows, columns=[*columns, "between_effects", "icc", "singular"])


def _means_table(trial: Trial) -> pd.DataFrame:
    rows = []
    for i, label in enumerate(trial.arms):
        mine = trial.arm == i
        y, w = trial.y[mine], trial.w[mine]
        mean = float(np.average(y, weights=w))
        spread = float((w / w.mean() * (y - mean) ** 2).sum()) / (len(y) - 1)
        clusters = len(np.unique(trial.cluster[mine]))
        rows.append(
            {"arm": label, "mean": mean, "sd": math.sqrt(spread), "n": len(y), "clusters": clusters}
        )
    return pd.DataFrame(rows)


def _bounds_table(bounds: Bounds) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "method": "Lee (2009), trimming",
                "low": bounds.low,
                "high": bounds.high,
                "low_std_error": bounds.low_error,
                "high_std_error": bounds.high_error,
                "interval_low": bounds.interval[0],
                "interval_high": bounds.interval[1],
                "trimmed": bounds.trimmed,
                "share": bounds.share,
            },
            {
                "method": "worst case within the outcomes seen (Manski 1990)",
                "low": bounds.worst[0],
                "high": bounds.worst[1],
                "low_std_error": math.nan,
                "high_std_error": math.nan,
                "interval_low": math.nan,
                "interval_high": math.nan,
                "trimmed": "",
                "share": math.nan,
            },
        ]
    )


def _checks(found: Found, setting: Setting) -> tuple[Check, ...]:
    trial, one, tables = found.trial, found.first, found.tables
    sizes = np.bincount(trial.cluster)
    share = icc(found.models["outcome alone"]) if "outcome alone" in found.models else math.nan
    useful = useful_strata(trial)
    return (
        checks.balance(found.whole, tables["balance"]),
        checks.attrition(tables["attrition"], trial.arms[CONTRAST], found.gap, found.bounds),
        checks.few_clusters(trial, one),
        checks.grade(trial, CONTRAST),
        checks.methods_agree(one, setting.level),
        checks.clustering(trial, share, float(sizes.mean())),
        checks.adjustment(
            one.value, _plain(trial), one.std_error, adjusted=_is_adjusted(trial, setting)
        ),
        checks.strata(trial, int(useful.sum()), len(useful), _even(trial), one),
        checks.family(tables["arms"], setting.level),
        checks.instrument(found.compliers, trial.roles.received),
        smallest_detectable(one.detectable, one.interval.method, setting.level, setting.margin),
    )


def _is_adjusted(trial: Trial, setting: Setting) -> bool:
    return bool(trial.x_names) and setting.estimator != "difference_in_means"


def _plain(trial: Trial) -> float:
    """Return the difference in means, within strata where there are some."""
    model, faults = build(trial, "difference_in_means")
    if faults:
        return math.nan
    return float(least(model, trial.y).solved.beta[CONTRAST - 1])


def _even(trial: Trial) -> float | None:
    """Return the effect with strata weighted by size, where every stratum has every arm."""
    count = int(trial.stratum.max()) + 1
    if not trial.roles.strata or count * len(trial.arms) > MOST_LIN or lin_faults(trial):
        return None
    model, faults = build(replace(trial, x=trial.x[:, :0], x_names=()), "lin")
    if faults:
        return None
    return float(least(model, trial.y).solved.beta[CONTRAST - 1])


def _contributions(found: Found) -> dict[str, float] | None:
    """Return the contribution of each cluster; without clusters no two estimates share any."""
    labels = found.trial.labels
    if labels is None or len(found.first.parts) != len(labels):
        return None
    return {str(label): float(part) for label, part in zip(labels, found.first.parts, strict=True)}


def _notes(found: Found, setting: Setting) -> tuple[str, ...]:
    trial = found.trial
    notes = list(found.whole.notes)
    if found.model.dropped:
        names = ", ".join(f"`{name}`" for name in found.model.dropped)
        notes.append(f"Left out because strata or other covariates already explain them: {names}.")
    if len(trial.arms) > 2:
        others = ", ".join(f"`{one}`" for one in trial.arms[2:])
        notes.append(
            f'The value is of `{trial.arms[1]}`; {others} stand in table["arms"], each against '
            f"`{trial.arms[0]}`."
        )
    if setting.estimator == "difference_in_means" and trial.x_names:
        notes.append("Covariates serve the balance table only: the estimate is not adjusted.")
    if trial.roles.weights:
        notes.append(
            f"`{trial.roles.weights}` are sampling weights: they enter every estimate, error and "
            "re-assignment; the multilevel model takes them as precision."
        )
    if found.models and found.models["adjusted"].singular:
        notes.append("The multilevel model puts the variance between clusters at zero.")
    notes += _size_notes(found, setting)
    return tuple(notes)


def _size_notes(found: Found, setting: Setting) -> list[str]:
    if found.standard is None:
        return ["No standardised effect: the outcome does not vary within the arms."]
    notes = [
        (
            "The effect size follows the EEF's guidance: adjusted difference over the total, unadjusted "
            'SD; table["effect_size"] has the others in use, with their numerators and SDs.'
        )
    ]
    if setting.domain == "attainment":
        notes.append(
            f"Months of progress by the table `{setting.months}`, for pupils of 3 to 16 years; the "
            'editions differ at 0 and 1 month and all stand in table["months"].'
        )
    else:
        notes.append(
            "No months of progress: these are for attainment; write `domain: attainment` if it is."
        )
    return notes
