"""From a checked sample to the `Estimate` of a discontinuity design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.checks import decision_grade, smallest_detectable
from evalkit.impact.discontinuity import checks, words
from evalkit.impact.discontinuity.bandwidth import Bandwidths, Pair, Settings, select
from evalkit.impact.discontinuity.bins import plot_table
from evalkit.impact.discontinuity.evidence import Evidence, detectable, infer
from evalkit.impact.discontinuity.local_polynomial import kernel
from evalkit.impact.discontinuity.local_randomisation import LocalTrial, local_randomisation
from evalkit.impact.discontinuity.robust import Effect, estimate, linearised
from evalkit.impact.discontinuity.sample import Sample
from evalkit.impact.estimate import Check, Estimate, Standardised
from evalkit.impact.inference import interval_of, known
from evalkit.impact.least_squares import Floats
from evalkit.impact.study import hedges_g

NAME = "regression_discontinuity"
ROUNDING = 1e-12
"""An error below this share of the outcome's range is rounding."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A sample with the settings of its design.

    Attributes
    ----------
    every : ndarray
        Running variable less the cutoff of all rows, for the density test.
    h, b : pair of float or None
        Bandwidths that were given.
    curvature, density_bandwidth : optional
        Bound on the second derivative; bandwidths of the density test.
    """

    sample: Sample
    every: Floats
    settings: Settings
    h: Pair | None = None
    b: Pair | None = None
    curvature: float | None = None
    density_h: Pair | None = None


def result(plan: Plan, *, level: float, seed: int, margin: float | None) -> Estimate:
    """Estimate the effect with every interval, check and table."""
    sample, settings = plan.sample, plan.settings
    effect = estimate(sample, settings, _bandwidths(plan))
    local = local_randomisation(sample, _covariates(sample), seed=seed, level=level)
    evidence = infer(sample, settings, effect, level=level, curvature=plan.curvature, local=local)
    if not effect.plain.std_error > ROUNDING * float(np.ptp(sample.y)) / abs(effect.scale):
        raise DesignError(
            f"{NAME} cannot be estimated: the outcome does not vary around its line within the "
            "bandwidth, so there is no error to speak of.",
            do="Check the outcome: it may be computed from the running variable.",
        )
    below, above = checks.rows_within(sample, settings.kernel, effect.bands.h)
    standard, why_not = _standardised(sample, settings, effect, evidence, level)
    found, tables = _checks(plan, evidence, local, level=level, margin=margin)
    selected = "given" if plan.h else f"chosen by {settings.selector}"
    return Estimate(
        id=NAME,
        design=NAME,
        estimator=words.estimator(sample, settings),
        estimand=words.estimand(sample, settings),
        outcome=sample.roles.outcome,
        value=effect.value,
        std_error=effect.plain.std_error,
        interval=interval_of(evidence.leads, level),
        p_value=known(evidence.leads["p_value"]),
        n_units=below + above,
        n_observations=below + above,
        n_clusters=sum(effect.held) - effect.straddling
        if sample.labels is not None
        else below + above,
        n_treated=above if sample.sign > 0 else below,
        standardised=standard,
        table={
            "inference": pd.DataFrame(list(evidence.rows)),
            "sample": _sample_table(sample, settings, effect),
            **tables,
            "plot": plot_table(sample, settings, effect.bands, level=level),
        },
        checks=found,
        assumptions=words.assumptions(sample, settings),
        seed=seed,
        notes=words.notes(sample, evidence, len(plan.every), selected=selected, why_not=why_not),
        contributions=_contributions(sample, effect),
    )


def _bandwidths(plan: Plan) -> Bandwidths | None:
    """Return the bandwidths: those given, and the bias bandwidth like that of the effect."""
    if plan.h is None and plan.b is None:
        return None
    h = plan.h
    if h is None:
        h = select(linearised(plan.sample, plan.settings), plan.settings).h
    return Bandwidths(h, plan.b or h)


def _covariates(sample: Sample) -> Floats:
    return sample.d[:, 2 if sample.fuzzy else 1 :]


def _contributions(sample: Sample, effect: Effect) -> dict[str, float] | None:
    if sample.labels is None:
        return None
    pairs = zip(sample.labels, effect.contribution * sample.sign, strict=True)
    return {str(label): float(one) for label, one in pairs if one != 0}


def _standardised(
    sample: Sample, settings: Settings, effect: Effect, evidence: Evidence, level: float
) -> tuple[Standardised | None, str]:
    """Return the effect in SD of the untreated side within the bandwidth."""
    if settings.derivative:
        return (
            None,
            "the effect is a change of slope; in SD it would depend on the unit of the running variable",
        )
    interval = interval_of(evidence.leads, level)
    if not (np.isfinite(interval.low) and np.isfinite(interval.high)):
        return None, "the interval has no finite ends"
    place = 0 if sample.sign > 0 else 1
    side, h = sample.sides()[place], effect.bands.h[place]
    values = side.d[kernel(side.x / h, settings.kernel) > 0, 0]
    which = (
        f"of `{sample.roles.outcome}` among the {len(values)} rows on the untreated side within the "
        "bandwidth"
    )
    return hedges_g(effect.value, interval, values, which)


def _sample_table(sample: Sample, settings: Settings, effect: Effect) -> pd.DataFrame:
    """Return rows, different values and bandwidths of each side."""
    within = checks.rows_within(sample, settings.kernel, effect.bands.h)
    rows: list[dict[str, Any]] = []
    for place, (name, side) in enumerate(zip(("below", "above"), sample.sides(), strict=True)):
        rows.append(
            {
                "side": name,
                "treated": (name == "above") == (sample.sign > 0),
                "rows": len(side.x),
                "rows_within": within[place],
                "different_values": len(np.unique(side.x)),
                "bandwidth": effect.bands.h[place],
                "bias_bandwidth": effect.bands.b[place],
            }
        )
    return pd.DataFrame(rows)


def _checks(
    plan: Plan,
    evidence: Evidence,
    local: LocalTrial | str,
    *,
    level: float,
    margin: float | None,
) -> tuple[tuple[Check, ...], dict[str, pd.DataFrame]]:
    sample, settings, effect = plan.sample, plan.settings, evidence.effect
    placebo, cutoffs = checks.placebo_cutoffs(sample, settings, level)
    balance, covariates = checks.covariate_balance(sample, settings, level)
    without, holes = checks.donut(sample, settings, effect, level)
    varied, curve = checks.bandwidths(sample, settings, effect, level)
    method = evidence.leads["method"]
    found = [
        checks.density(plan.every, sample, plan.density_h),
        placebo,
        balance,
        without,
        varied,
        checks.effective_rows(sample, settings, effect.bands.h),
        checks.mass_points(evidence, sample.roles.running),
        checks.first_stage(sample, evidence),
        checks.randomised_window(local, evidence),
        _grade(sample, effect),
        smallest_detectable(detectable(evidence.leads, level), method, level, margin),
    ]
    windows = [] if isinstance(local, str) else list(local.windows)
    tables = {
        "bandwidths": curve,
        "placebo_cutoffs": cutoffs,
        "placebo_outcomes": covariates,
        "donut": holes,
        "local_randomisation": pd.DataFrame(
            windows, columns=["window", "rows_comparison", "rows_treated", "smallest_p"]
        ),
    }
    return tuple(found), tables


def _grade(sample: Sample, effect: Effect) -> Check:
    if sample.labels is not None:
        below, above = effect.held
        pair = (above, below) if sample.sign > 0 else (below, above)
        return decision_grade(*pair)
    meaning = "Does not apply: no clusters are named; see the check `effective sample`."
    return Check("decision grade", None, None, "information", meaning)
