"""From a checked sample to the Bayesian `Estimate` of `staggered_adoption`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.forms import common_show as show
from evalkit.impact.bayes.forms.common import Fitted, fit
from evalkit.impact.bayes.forms.common_priors import Asked, beliefs_of, idle_priors
from evalkit.impact.bayes.forms.common_show import Tables
from evalkit.impact.bayes.forms.staggered import (
    UNIT_RULE,
    Collapsed,
    collapse_sample,
)
from evalkit.impact.checks import decision_grade
from evalkit.impact.estimate import Check, Estimate, Standardised
from evalkit.impact.event_study import grade, ratio_of
from evalkit.impact.inference import known
from evalkit.impact.least_squares import Floats
from evalkit.impact.panel import NEVER
from evalkit.impact.staggered.checks import evidence_of
from evalkit.impact.staggered.found import (
    Found,
    Plan,
    estimate,
    event_study_table,
    pre_test,
    sides,
)
from evalkit.impact.staggered.rows import NoFitError
from evalkit.impact.staggered.sample import Sample
from evalkit.impact.staggered.words import assumption_words, estimand_words
from evalkit.impact.study import hedges_g, period_label

EFFECT, NEW, NOISE = "effect on the treated", "effect in a new site", "residual standard deviation"
SPREADS = {
    "drift": "spread of drifts of sites",
    "event": "spread of effects between times since the start",
    "cohort": "spread of effects between groups",
    "cell": "spread of effects between cells",
    "spread": "spread of effects between sites",
}


def study(sample: Sample, plan: Plan, asked: Asked) -> Estimate:
    """Sample the model of a staggered design and return everything that is reported of it.

    Raises
    ------
    DesignError
        When nothing can be compared, or the sampling does not converge.
    """
    made = collapse_sample(sample, plan.choices.anticipation, plan.aggregate)
    form, level = made.form, asked.level
    fitted = fit(form, beliefs_of(asked, form.slots, form.unit), asked.seed)
    named, priors = _quantities(fitted, asked.seed, made)
    tables, found = show.shown(fitted, named, priors, asked)
    plain = _least_squares(sample, plan)
    tables |= _tables(fitted, made, sample, plan, plain, asked)
    treated, comparison = sides(sample.rows)
    effect = fitted.effect
    return Estimate(
        id="staggered_adoption",
        design="staggered_adoption",
        estimator=f"Bayesian, group-time effects partially pooled ({plan.aggregate} average)",
        estimand=estimand_words(sample, plan),
        outcome=sample.panel.roles.outcome,
        value=float(effect.mean()),
        std_error=float(effect.std(ddof=1)),
        interval=summary.credible(effect, level),
        p_value=None,
        n_units=sample.rows.n_units,
        n_observations=len(sample.rows.y),
        n_clusters=sample.rows.n_clusters,
        n_treated=treated,
        standardised=_standardised(sample, effect, level),
        table=tables,
        checks=(
            *found,
            _pre_trend(plain, float(effect.mean())),
            show.few_clusters(treated, comparison, "clusters"),
            decision_grade(treated, comparison),
        ),
        assumptions=(*assumption_words(plan, sample), *_assumptions()),
        draws=effect.ravel(),
        seed=asked.seed,
        notes=_notes(sample, made, tables, asked),
        native=_native(fitted, made, named, sample),
        contributions=None
        if isinstance(plain, str)
        else sample.panel.by_label(evidence_of(plain, plan).contributions),
    )


def _quantities(
    fitted: Fitted, seed: int, made: Collapsed
) -> tuple[dict[str, Floats], dict[str, str]]:
    named = {EFFECT: fitted.effect, NOISE: fitted.noise}
    priors = {EFFECT: "effect", NOISE: "noise"}
    for k, group in enumerate(fitted.form.groups):
        name = SPREADS[group.label]
        named[name], priors[name] = fitted.spread(k), group.label
    if SPREADS["spread"] in named:
        spread = named[SPREADS["spread"]]
        drawn = np.random.default_rng([seed, 7]).standard_normal(spread.shape)
        named[NEW] = fitted.contrast(made.typical) + spread * drawn
    return named, priors


def _least_squares(sample: Sample, plan: Plan) -> Found | str:
    """Return the frequentist estimate of the same rows, or why there is none."""
    try:
        return estimate(sample.rows, plan, permute=False)
    except NoFitError as error:
        return error.why


def _tables(
    fitted: Fitted, made: Collapsed, sample: Sample, plan: Plan, plain: Found | str, asked: Asked
) -> Tables:
    times = [_label(value) for value in sample.panel.times]
    cells = fitted.contrast(made.of_cell)
    level = asked.level
    tables = {
        "group_time": _group_time(cells, made, times, level),
        "aggregates": _aggregates(cells, made, times, level),
        "event_study": _event_study(cells, made, plain, plan, level),
        "prior_predictive": _prior_predictive(fitted, made, asked),
    }
    if len(made.treated):
        tables["sites"] = _sites(fitted.contrast(made.of_site), made, times, level)
    return tables


def _label(value: Any) -> Any:
    return int(value) if float(value).is_integer() else float(value)


def _group_time(cells: Floats, made: Collapsed, times: list[Any], level: float) -> pd.DataFrame:
    treated, compared = made.counts
    rows = [
        {
            "group": times[one.group],
            "time": times[one.time],
            "base": times[one.base],
            **show.summed(cells[..., k], level),
            "post": True,
            "n_treated": int(treated[k]),
            "n_comparison": int(compared[k]),
        }
        for k, one in enumerate(made.cells)
    ]
    return pd.DataFrame(rows)


def _aggregates(cells: Floats, made: Collapsed, times: list[Any], level: float) -> pd.DataFrame:
    rows = []
    for name, one in made.averages.items():
        values = [("all", one.value_influence)]
        for k, at in enumerate(one.levels.tolist()):
            label = at if name == "dynamic" else times[at]
            values.append((str(label), one.influence[:, k]))
        rows += [
            {"aggregate": name, "level": label, **show.summed(cells @ weights, level)}
            for label, weights in values
        ]
    return pd.DataFrame(rows)


def _event_study(
    cells: Floats, made: Collapsed, plain: Found | str, plan: Plan, level: float
) -> pd.DataFrame:
    """Return effects by time since the start with a band for all at once; before it, least squares."""
    dynamic = made.averages["dynamic"]
    paths = (cells @ dynamic.influence).reshape(-1, len(dynamic.levels))
    mean, sd = paths.mean(axis=0), paths.std(axis=0, ddof=1)
    far = np.abs((paths - mean) / np.where(sd > 0, sd, 1.0)).max(axis=1)
    reach = float(np.quantile(far, level)) * sd
    rows = [
        {
            "period": at,
            "relative": at,
            **show.summed(paths[:, k], level),
            "reference": False,
            "band_low": float(mean[k] - reach[k]),
            "band_high": float(mean[k] + reach[k]),
            "from": "posterior",
        }
        for k, at in enumerate(dynamic.levels.tolist())
    ]
    table = pd.DataFrame(rows)
    if isinstance(plain, str):
        return table
    before = event_study_table(plain, plan)
    before = before[before["relative"] < 0].assign(**{"from": "least squares"})
    if before.empty:
        return table
    blank = before.assign(p_above_zero=math.nan)[list(table.columns)]
    return pd.concat([blank, table], ignore_index=True)


def _sites(draws: Floats, made: Collapsed, times: list[Any], level: float) -> pd.DataFrame:
    rows = [
        {
            "site": made.sites.labels[s],
            "group": times[int(made.sites.cohort[s])],
            **show.summed(draws[..., k], level),
        }
        for k, s in enumerate(made.treated.tolist())
    ]
    return pd.DataFrame(rows)


def _prior_predictive(fitted: Fitted, made: Collapsed, asked: Asked) -> pd.DataFrame:
    """Return what the priors alone lead to expect, beside what was seen."""
    rng = np.random.default_rng([asked.seed, 11])
    beliefs, unit, level = fitted.beliefs, fitted.form.unit, asked.level

    def drawn(name: str, *, half: bool = True) -> Floats:
        return show.prior_draws(beliefs[name], rng, half=half) * unit

    effect = drawn("effect", half=False)
    rows = [show.quantity("mean effect on the treated", effect, None, level)]
    one = effect.copy()
    for name in ("event", "cohort", "cell", "spread"):
        if name in beliefs:
            one = one + drawn(name) * rng.standard_normal(len(one))
    rows.append(show.quantity("effect in one cell of one site", one, None, level))
    if "drift" in beliefs:
        moved = drawn("drift") * rng.standard_normal(len(one))
        moved = moved + np.sqrt(2) * drawn("noise") * rng.standard_normal(len(one))
        seen = _untreated_change(made)
        rows.append(
            show.quantity("change of an untreated site over all periods", moved, seen, level)
        )
    return pd.DataFrame(rows)


def _untreated_change(made: Collapsed) -> float | None:
    """Return the median change of sites never treated, from their first period to their last."""
    sites = made.sites
    changes = []
    for s in np.flatnonzero(sites.cohort == NEVER).tolist():
        y = sites.y[sites.site == s]
        changes.append(float(y[-1] - y[0]))
    return float(np.median(np.array(changes) - np.mean(changes))) if len(changes) > 1 else None


def _pre_trend(plain: Found | str, value: float) -> Check:
    name = "pre-trend"
    if isinstance(plain, str):
        return Check(name, None, None, "information", f"Not tested: {plain}.")
    statistic, p, count, how = pre_test(plain)
    if not count:
        meaning = (
            "Not tested: no group is seen in two periods before its start, so nothing shows whether "
            "groups moved alike before."
        )
        return Check(name, None, None, "information", meaning)
    effects = plain.fitted.dynamic
    before = effects.levels < 0
    largest = float(np.abs(effects.effects[before]).max(initial=0.0))
    ratio = ratio_of(largest, value)
    verdict, reading = grade(known(p), ratio)
    meaning = (
        f"By least squares, joint test that all {count} differences before the start are zero: {how}, "
        f"p = {'not known' if known(p) is None else f'{p:.3g}'}. The largest average before the "
        f"start, {largest:.3g}, is {ratio:.0%} of the estimate. {reading}"
    )
    return Check(name, known(statistic), known(p), verdict, meaning)


def _standardised(sample: Sample, draws: Floats, level: float) -> Standardised | None:
    rows = sample.rows
    last = int(rows.cohort.min()) - 1
    pool = rows.cohort == (NEVER if (rows.cohort == NEVER).any() else rows.cohort.max())
    values = rows.y[pool[rows.unit] & (rows.time == last)]
    which = (
        f"of `{sample.panel.roles.outcome}` between the {len(values)} comparison units in "
        f"{period_label(sample.panel, last)}, the last period before the first start"
    )
    return hedges_g(float(draws.mean()), summary.credible(draws, level), values, which)[0]


def _assumptions() -> tuple[str, ...]:
    return (
        (
            "Sites drift apart as random walks of one spread, treated or not, and their periods vary "
            "around it with one spread."
        ),
        (
            "Effects of times since the start, groups, cells and sites vary around their mean as normal "
            "distributions; each site counts alike within its group."
        ),
    )


def _notes(sample: Sample, made: Collapsed, tables: Tables, asked: Asked) -> tuple[str, ...]:
    notes = [*sample.notes]
    if (made.sites.size > 1).any():
        notes.append(
            f"{int(made.sites.size.sum())} sites are averaged into {len(made.sites.size)} blocks of "
            "sites that start together: the effects lose nothing by it, and the spreads little."
        )
    held = np.unique(made.sites.cluster)
    if len(held) < len(made.sites.cohort) and (made.sites.size == 1).all():
        notes.append("Some clusters hold several groups: these share the cluster's drift.")
    notes.append("What is shown of the periods before the start is by least squares.")
    notes += show.priors_in_words(tables["priors"], made.form.unit, UNIT_RULE)
    return (*notes, *idle_priors(asked.priors, made.form.slots))


def _native(fitted: Fitted, made: Collapsed, named: Mapping[str, Floats], sample: Sample) -> Any:
    keys = {EFFECT: "effect", NOISE: "noise", NEW: "new_effect"}
    keys |= {words: name for name, words in SPREADS.items()}
    arrays = {keys[name]: draws for name, draws in named.items()}
    arrays["group_time"] = fitted.contrast(made.of_cell)
    times = [_label(value) for value in sample.panel.times]
    labels = [f"{times[one.group]}:{times[one.time]}" for one in made.cells]
    return show.native_of(arrays, {"group_time": ("cell", labels)})
