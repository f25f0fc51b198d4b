"""Bayesian form of `difference_in_differences`: changes of clusters differ, treated or not.

Every unit has its own level and every period its own effect (flat priors, integrated out); every
cluster has its own change from before the start to after it::

    y = level(unit) + effect(period) + effect * treated * after + change(cluster) * after + noise

As treatment is given to whole clusters, the spread of their changes, learnt from treated and
comparison clusters together, is what the effect is measured against, and any correlation of a
cluster's years on one side of the start is in it (Bertrand, Duflo and Mullainathan 2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from evalkit.impact import checks
from evalkit.impact.bayes import summary
from evalkit.impact.bayes.forms import common_show as show
from evalkit.impact.bayes.forms.common import FLAT, Common, Fitted, Form, Group, fit, in_units
from evalkit.impact.bayes.forms.common_gram import Grouped, collapse
from evalkit.impact.bayes.forms.common_priors import Asked, beliefs_of, idle_priors
from evalkit.impact.bayes.forms.common_show import Tables
from evalkit.impact.bayes.forms.common_slots import DIFFERENCES
from evalkit.impact.estimate import Check, Estimate, Standardised
from evalkit.impact.event_study import event_study, pre_trend
from evalkit.impact.inference import Evidence, sides_of
from evalkit.impact.least_squares import Floats, Ints, absorb, cr2_parts, independent_columns
from evalkit.impact.panel import NEVER, Panel
from evalkit.impact.study import Words, hedges_g, period_label
from evalkit.impact.two_way import Effects, build, paths_for, without_singletons

UNIT_RULE = "the standard deviation of the outcome among rows not treated, within periods"
FEWEST_MIXED = 3
"""Fewer clusters with treated and untreated units than this cannot show how effects differ."""
EFFECT, CHANGES = "effect on the treated", "spread of changes between clusters"
EFFECTS, NOISE = "spread of effects between clusters", "residual standard deviation"


@dataclass(frozen=True)
class Collapsed:
    """A panel as a form, with the panel used and the names of the varying parts."""

    form: Form
    panel: Panel
    names: tuple[str, ...]


def unit_of(panel: Panel) -> float:
    """Return the standard deviation of rows not treated, within periods."""
    free = panel.d == 0
    y, w, time = panel.y[free], panel.w[free], panel.time[free]
    count = len(panel.times)
    total = np.bincount(time, w, count)
    mean = np.bincount(time, w * y, count) / np.where(total > 0, total, 1.0)
    spread = float(np.average((y - mean[time]) ** 2, weights=w))
    return float(np.sqrt(spread)) if spread > 0 else float(panel.y.std())


def collapse_panel(panel: Panel) -> Collapsed:
    """Return the form of a panel whose ``d`` and ``first`` are filled in."""
    unit = unit_of(panel)
    first = cast("Ints", panel.first)
    begins = int(first[first < NEVER].min())
    fixed = _fixed_effects(panel)
    y = in_units(panel.y, float(panel.y.mean()), unit)
    others = _other_columns(panel, fixed)
    z, names = _random_columns(panel, begins)
    groups = None if fixed is None else fixed
    made = [absorb(part, groups, panel.w) for part in (y[:, None], panel.d[:, None], others, z)]
    kept = independent_columns(made[2], np.linalg.norm(others, axis=0), after=made[1])
    x = np.column_stack([made[1], made[2][:, kept]])
    absorbed = 0 if groups is None else int(groups.max()) + 1
    rows = Grouped(made[0][:, 0], x, made[3], panel.cluster, np.ones(len(y)), absorbed)
    done = collapse(rows)
    common = (Common("effect", np.array([0])), Common(FLAT, np.arange(1, x.shape[1])))
    blocks = (Group(names, done.columns, "cluster", tuple(_WORDS[one] for one in names)),)
    effect = np.zeros(x.shape[1] + done.columns.size)
    effect[0] = 1.0
    sampled = names if done.taken_out is None else ()
    form = Form(
        done.gram,
        common,
        blocks if done.columns.size else (),
        effect,
        unit,
        {name: slot for name, slot in DIFFERENCES.items() if name in ("effect", "noise", *sampled)},
        taken_out=done.taken_out,
        taken_priors=names if done.taken_out is not None else (),
        residuals=done.residuals,
    )
    return Collapsed(form, panel, names)


_WORDS = {"changes": "change of a cluster", "spread": "deviation of a cluster's effect"}


def _fixed_effects(panel: Panel) -> Ints | None:
    """Return the levels that are absorbed: of units, else of clusters, else none."""
    if panel.roles.unit:
        return panel.unit
    return panel.cluster if panel.roles.cluster else None


def _other_columns(panel: Panel, fixed: Ints | None) -> Floats:
    """Return periods, covariates in SDs, and, where nothing is absorbed, constant and group."""
    present = np.unique(panel.time)
    parts = [(panel.time[:, None] == present[1:]).astype(float)]
    if fixed is None:
        assert panel.ever is not None  # noqa: S101 (the design fills it in for cross-sections)
        parts += [np.ones((len(panel.y), 1)), panel.ever[:, None]]
    spread = panel.x.std(axis=0)
    parts.append(((panel.x - panel.x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).round(10))
    return np.column_stack(parts)


def _random_columns(panel: Panel, begins: int) -> tuple[Floats, tuple[str, ...]]:
    """Return what differs by cluster: the change, and the effect where clusters hold both sides."""
    after = (panel.time >= begins).astype(float)
    none = np.zeros((len(after), 0))
    if panel.roles.unit is None and panel.roles.cluster is None:
        return none, ()
    count = panel.n_clusters
    cells = np.bincount(panel.cluster * 2 + after.astype(int), minlength=2 * count)
    if cells.max() < 2:
        return none, ()  # one row before and after: the noise is the spread of changes
    ever = _ever(panel)
    on = np.bincount(panel.cluster, ever, count)
    rows = np.bincount(panel.cluster, minlength=count)
    mixed = int(((on > 0) & (on < rows)).sum())
    if mixed < FEWEST_MIXED:
        return after[:, None], ("changes",)
    return np.column_stack([after, panel.d]), ("changes", "spread")


def _ever(panel: Panel) -> Floats:
    first = cast("Ints", panel.first)
    return (first < NEVER).astype(float) if panel.ever is None else panel.ever


def study(panel: Panel, words: Words, asked: Asked) -> Estimate:
    """Sample the model of a panel and return everything that is reported of it.

    Raises
    ------
    DesignError
        When the sampling does not converge.
    """
    effects: Effects = "two_way" if panel.roles.unit else "time"
    kept, alone = without_singletons(panel, effects)
    made = collapse_panel(kept)
    form, level = made.form, asked.level
    fitted = fit(form, beliefs_of(asked, form.slots, form.unit), asked.seed)
    quantities, spreads = _quantities(fitted, made)
    tables, found = show.shown(fitted, quantities, spreads, asked)
    model = build(kept, effects)
    evidence = checks.evidence_of(model, level, asked.seed, quick=True)
    more, looked = _checks(kept, effects, evidence, asked)
    tables |= more
    tables["prior_predictive"] = _prior_predictive(fitted, made, asked)
    lead = next(row for row in evidence.rows if row["leads"])
    name = f"none: least squares, {lead['method']}"
    tables["sensitivity"] = show.with_row(tables["sensitivity"], name, evidence.value, lead)
    treated, comparison = sides_of(model, paths_for(model))
    effect = fitted.effect
    return Estimate(
        id=words.design,
        design=words.design,
        estimator=f"Bayesian, {words.estimator}" + _how(made),
        estimand=words.estimand,
        outcome=panel.roles.outcome,
        value=float(effect.mean()),
        std_error=float(effect.std(ddof=1)),
        interval=summary.credible(effect, level),
        p_value=None,
        n_units=kept.n_units,
        n_observations=len(kept.y),
        n_clusters=kept.n_clusters,
        n_treated=treated,
        standardised=_standardised(kept, effect, level),
        table=tables,
        checks=(*found, _few(kept, treated, comparison), *looked),
        assumptions=(*words.assumptions, *_assumptions(made)),
        draws=effect.ravel(),
        seed=asked.seed,
        notes=_notes(panel, made, alone, tables, asked),
        native=show.native_of({_KEYS[name]: one for name, one in quantities.items()}, {}),
        contributions=None if model.swept else kept.by_label(cr2_parts(model.fit())[0]),
    )


_KEYS = {EFFECT: "effect", NOISE: "noise", CHANGES: "changes", EFFECTS: "spread"}


def _how(made: Collapsed) -> str:
    return ", and clusters whose changes differ" if made.names else ""


def _quantities(fitted: Fitted, made: Collapsed) -> tuple[dict[str, Floats], dict[str, str]]:
    named = {EFFECT: fitted.effect, NOISE: fitted.noise}
    sampled = {EFFECT: "effect", NOISE: "noise"}
    for part, prior in enumerate(made.names):
        name = CHANGES if prior == "changes" else EFFECTS
        named[name] = fitted.spread(0, part)
        sampled |= {name: prior} if fitted.form.groups else {}
    return named, sampled


def _checks(
    panel: Panel, effects: Effects, evidence: Evidence, asked: Asked
) -> tuple[Tables, tuple[Check, ...]]:
    """Return the path before and after the start by least squares, and what is looked at in it."""
    level, seed = asked.level, asked.seed
    model = build(panel, effects)
    events = event_study(panel, effects, paths_for(model), level=level, seed=seed)
    setting = checks.Setting(effects, level, seed)
    found = (
        pre_trend(events, evidence.value),
        checks.placebo_date(panel, evidence.value, setting),
        checks.comparison_group(panel, evidence, setting),
        checks.serial_correlation(model),
        checks.decision_grade(*sides_of(model, paths_for(model))),
    )
    return {"event_study": events.table, "changes": _changes(panel)}, found


def _changes(panel: Panel) -> pd.DataFrame:
    """Return each cluster's mean after the start less its mean before, treated or not."""
    first = cast("Ints", panel.first)
    begins = int(first[first < NEVER].min())
    after, count = panel.time >= begins, panel.n_clusters
    means = []
    for side in (~after, after):
        total = np.bincount(panel.cluster[side], panel.w[side], count)
        summed = np.bincount(panel.cluster[side], (panel.w * panel.y)[side], count)
        means.append(np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan))
    at = np.unique(panel.cluster, return_index=True)[1]
    labels = at if panel.labels is None else panel.labels[at]
    share = np.bincount(panel.cluster, _ever(panel), count) / np.bincount(panel.cluster)
    return pd.DataFrame(
        {
            "cluster": [str(one) for one in labels],
            "share_treated": share,
            "before": means[0],
            "after": means[1],
            "change": means[1] - means[0],
        }
    ).head(MOST_SHOWN)


MOST_SHOWN = 500
"""Clusters whose changes are listed."""


def _prior_predictive(fitted: Fitted, made: Collapsed, asked: Asked) -> pd.DataFrame:
    """Return what the priors alone lead to expect, beside what was seen."""
    rng = np.random.default_rng([asked.seed, 11])
    beliefs, unit, level = fitted.beliefs, fitted.form.unit, asked.level
    effect = show.prior_draws(beliefs["effect"], rng, half=False) * unit
    rows = [show.quantity(EFFECT, effect, None, level)]
    if "changes" in beliefs:
        changes = show.prior_draws(beliefs["changes"], rng, half=True) * unit
        own = changes * rng.standard_normal(len(changes))
        table = _changes(made.panel)
        plain = table.loc[table["share_treated"] == 0, "change"]
        seen = float(plain.median()) if len(plain) else None
        rows.append(
            show.quantity("change of a comparison cluster against others", own, None, level)
        )
        treated = table.loc[table["share_treated"] > 0, "change"]
        gap = float(treated.mean()) - seen if seen is not None and len(treated) else None
        rows.append(
            show.quantity("change of a treated cluster against others", own + effect, gap, level)
        )
    return pd.DataFrame(rows)


def _few(panel: Panel, treated: int, comparison: int) -> Check:
    if panel.roles.unit or panel.roles.cluster:
        return show.few_clusters(treated, comparison, "clusters")
    meaning = (
        "No cluster is named, so every row counts as independent although treatment was given to a "
        "whole group; the interval is likely to be too narrow."
    )
    return Check("few treated clusters", float(treated), None, "concern", meaning)


def _standardised(panel: Panel, draws: Floats, level: float) -> Standardised | None:
    """Return the effect in SD between comparison units in the last period before the start."""
    first = cast("Ints", panel.first)
    begins = int(first[first < NEVER].min())
    pool = (_ever(panel) == 0) & (panel.time < begins)
    if not pool.any():
        return None
    last = int(panel.time[pool].max())
    values = panel.y[pool & (panel.time == last)]
    which = (
        f"of `{panel.roles.outcome}` between the {len(values)} comparison rows in "
        f"{period_label(panel, last)}, the last period before the start"
    )
    return hedges_g(float(draws.mean()), summary.credible(draws, level), values, which)[0]


def _assumptions(made: Collapsed) -> tuple[str, ...]:
    some = ["Residuals are normal, with one spread."]
    if "changes" in made.names:
        some.append(
            "The changes of clusters follow a normal distribution, with the same spread among treated "
            "and comparison clusters."
        )
    if "spread" in made.names:
        some.append("The effects of clusters follow a normal distribution.")
    return tuple(some)


def _notes(
    panel: Panel, made: Collapsed, alone: int, tables: Tables, asked: Asked
) -> tuple[str, ...]:
    notes = [*panel.notes]
    if alone:
        notes.append(f"{alone} units are seen once only and were left out: they show no change.")
    if made.form.taken_out is not None:
        notes.append(
            "There are so many clusters that the ratio of the spread of their changes to the residual "
            "spread is taken from REML as known; the spread itself is learnt."
        )
    notes.append("The event study and the checks before the start are by least squares.")
    notes += show.priors_in_words(tables["priors"], made.form.unit, UNIT_RULE)
    return (*notes, *idle_priors(asked.priors, made.form.slots))
