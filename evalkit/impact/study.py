"""From a checked panel to the `Estimate` of a design with two-way effects."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evalkit.impact import checks
from evalkit.impact.estimate import Check, Estimate, Interval, Standardised
from evalkit.impact.event_study import EventStudy, event_study, pre_trend
from evalkit.impact.inference import Evidence, infer, sides_of
from evalkit.impact.least_squares import Floats
from evalkit.impact.panel import NEVER, Panel
from evalkit.impact.two_way import Effects, Model, build, paths_of, without_singletons


@dataclass(frozen=True, slots=True)
class Words:
    """What a design says of itself: its key, its formula, its target, what it rests on."""

    design: str
    estimator: str
    estimand: str
    assumptions: tuple[str, ...]


def study(
    panel: Panel,
    words: Words,
    *,
    effects: Effects,
    level: float,
    seed: int,
    margin: float | None,
) -> Estimate:
    """Estimate the effect in a panel, with event study, every inference and every check.

    Parameters
    ----------
    panel : Panel
        With ``d`` and ``first`` filled in.
    margin : float or None
        Smallest change that matters, in the outcome's units.
    """
    kept, alone = without_singletons(panel, effects)
    model, paths = build(kept, effects), paths_of(kept)
    evidence = infer(model, paths, level=level, seed=seed)
    events = event_study(kept, effects, paths, level=level, seed=seed)
    permuted, distribution = checks.permutation(evidence)
    setting = checks.Setting(effects, level, seed)
    standard, why_not = standardise(kept, evidence)
    treated, _ = sides_of(model, paths)
    return Estimate(
        id=words.design,
        design=words.design,
        estimator=words.estimator,
        estimand=words.estimand,
        outcome=panel.roles.outcome,
        value=evidence.value,
        std_error=evidence.std_error,
        interval=evidence.interval,
        p_value=evidence.p_value,
        n_units=kept.n_units,
        n_observations=len(kept.y),
        n_clusters=kept.n_clusters,
        n_treated=treated,
        standardised=standard,
        table={
            "event_study": events.table,
            "inference": pd.DataFrame(list(evidence.rows)),
            "permutation": distribution,
        },
        checks=_checks(model, evidence, events, setting, margin, permuted),
        assumptions=words.assumptions,
        seed=seed,
        notes=_notes(panel, model, alone, why_not, events),
        contributions=kept.by_label(evidence.contributions),
    )


def _checks(
    model: Model,
    evidence: Evidence,
    events: EventStudy,
    setting: checks.Setting,
    margin: float | None,
    permuted: Check,
) -> tuple[Check, ...]:
    panel = model.panel
    method = evidence.interval.method
    paths = paths_of(panel)
    found = [
        pre_trend(events, evidence.value),
        checks.placebo_date(panel, evidence.value, setting),
        permuted,
        checks.few_treated(model, paths, method),
        checks.decision_grade(*sides_of(model, paths)),
        checks.comparison_group(panel, evidence, setting),
        checks.serial_correlation(model),
        checks.smallest_detectable(evidence.detectable, method, setting.level, margin),
    ]
    staggered = checks.staggered_start(panel)
    return tuple(found if staggered is None else [*found, staggered])


def _notes(
    panel: Panel, model: Model, alone: int, why_not: str, events: EventStudy
) -> tuple[str, ...]:
    notes = [*panel.notes]
    if alone:
        notes.append(f"{alone} units are seen once only and were left out: they show no change.")
    if model.dropped:
        names = ", ".join(f"`{name}`" for name in model.dropped)
        notes.append(
            f"Left out because the effects or other covariates already explain them: {names}."
        )
    if events.reason:
        notes.append(f"No event study: {events.reason}.")
    if why_not:
        notes.append(f"No standardised effect: {why_not}.")
    notes.append(
        "The standard error is cluster-robust (CR1) and counts every effect of units and periods "
        "as a parameter; the interval and p-value are of the method named with them."
    )
    return tuple(notes)


def standardise(panel: Panel, evidence: Evidence) -> tuple[Standardised | None, str]:
    """Return the effect in SD between comparison units before the start, or why there is none."""
    if panel.first is None:
        return None, "the treatment is a dose; an effect in SD would depend on its unit"
    untreated = panel.first == NEVER
    started = panel.first[~untreated]
    early = panel.time < (started.min() if len(started) else NEVER)
    if not (untreated & early).any():
        return None, "no comparison unit is seen before the start"
    last = panel.time[untreated & early].max()
    values = panel.y[untreated & (panel.time == last)]
    return hedges_g(
        evidence.value,
        evidence.interval,
        values,
        f"of `{panel.roles.outcome}` between the {len(values)} comparison units in "
        f"{period_label(panel, int(last))}, the last period before the start",
    )


def hedges_g(
    value: float, interval: Interval, values: Floats, which: str
) -> tuple[Standardised | None, str]:
    """Return the effect over the SD of `values`, with Hedges' (1981) correction for their number.

    The interval is the leading one over the same SD: the SD is taken as known.
    """
    if len(values) < 3 or values.std() == 0:
        return None, f"the SD {which} cannot be had"
    sd = float(values.std(ddof=1))
    scale = (1 - 3 / (4 * (len(values) - 1) - 1)) / sd
    return (
        Standardised(value * scale, interval.low * scale, interval.high * scale, sd, f"SD {which}"),
        "",
    )


def period_label(panel: Panel, index: int) -> str:
    """Return a period as people write it: 2017, not 2017.0."""
    value = panel.times[index]
    if isinstance(value, np.datetime64):
        return str(value)[:10]
    return f"{float(value):g}"


def with_treatment(panel: Panel, d: Floats, first: Floats | None) -> Panel:
    """Return the panel with its treatment filled in."""
    return replace(panel, d=d, first=None if first is None else first.astype(np.intp))
