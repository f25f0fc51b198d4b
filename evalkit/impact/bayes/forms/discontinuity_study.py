"""From a checked plan to the Bayesian `Estimate` of `regression_discontinuity`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from evalkit.errors import EvalkitError
from evalkit.impact.bayes import summary
from evalkit.impact.bayes.forms import common_show as show
from evalkit.impact.bayes.forms import discontinuity as core
from evalkit.impact.bayes.forms.common_priors import Asked, idle_priors
from evalkit.impact.bayes.forms.gap import FittedGap, fit
from evalkit.impact.bayes.forms.gap_form import beliefs_in_units
from evalkit.impact.bayes.forms.gap_layer import layer
from evalkit.impact.bayes.forms.gap_show import (
    answer_of,
    errors_beside_normals,
    shown,
    standardised,
)
from evalkit.impact.checks import decision_grade
from evalkit.impact.discontinuity import checks
from evalkit.impact.discontinuity.bandwidth import Bandwidths, Pair, select
from evalkit.impact.discontinuity.result import Plan
from evalkit.impact.discontinuity.robust import estimate as robust
from evalkit.impact.discontinuity.robust import linearised
from evalkit.impact.estimate import Check, Estimate, Verdict
from evalkit.impact.least_squares import Floats

JUMP, KINK = "jump at the cutoff", "change of slope at the cutoff"
NOISE = {
    0: "residual spread below the cutoff",
    1: "residual spread above the cutoff",
    2: "residual spread",
}
BEND, CLUSTERS = "bend: distance of the curve from its line at the edge", "spread between clusters"
PLACES = 21
OTHER_WINDOWS = (0.5, 0.75, 1.5, 2.0)
BOUND = 1.96
"""Standard normal quantile that a greatest curvature which is given is taken as."""


def study(plan: Plan, asked: Asked) -> Estimate:
    """Sample the curves on either side, and return the jump with everything that is shown.

    Parameters
    ----------
    plan : Plan
    asked : Asked

    Raises
    ------
    DesignError
        When the outcome does not vary, or the sampling does not converge.
    """
    sample, kink = plan.sample, bool(plan.settings.derivative)
    window = plan.h or select(linearised(sample, plan.settings), plan.settings).h
    data, fitted = _fit(plan, window, asked)
    answer = answer_of(fitted, asked.seed)
    named, priors = _quantities(data, fitted, asked.seed)
    predicted = _predicted(data, fitted, asked.seed)
    tables, found = shown(answer, named, priors, predicted, asked)
    tables["sensitivity"] = _without(plan, window, tables["sensitivity"], asked.level)
    tables |= {"plot": _plot(data, fitted, asked), "sample": _sample(data)}
    varied, tables["windows"] = _windows(plan, window, fitted, asked)
    placebo, tables["placebo_cutoffs"] = checks.placebo_cutoffs(sample, plan.settings, asked.level)
    balance, tables["placebo_outcomes"] = checks.covariate_balance(
        sample, plan.settings, asked.level
    )
    effect = answer.effect
    treated = data.upper if data.sign > 0 else ~data.upper
    which = (
        f"of `{sample.roles.outcome}` among the {int((~treated).sum())} rows on the untreated side "
        "within the window"
    )
    groups = None if data.cluster is None else int(data.cluster.max()) + 1
    return Estimate(
        id="regression_discontinuity",
        design="regression_discontinuity",
        estimator=_estimator(data),
        estimand=_estimand(plan),
        outcome=sample.roles.outcome,
        value=float(effect.mean()),
        std_error=float(effect.std(ddof=1)),
        interval=summary.credible(effect, asked.level),
        p_value=None,
        n_units=len(data.y),
        n_observations=len(data.y),
        n_clusters=groups or len(data.y),
        n_treated=int(treated.sum()),
        standardised=None if kink else standardised(effect, data.unit, asked.level, which),
        table=tables,
        checks=(
            *found,
            varied,
            checks.density(plan.every, sample, plan.density_h),
            placebo,
            balance,
            _values(data, sample.roles.running),
            _grade(data),
        ),
        assumptions=_assumptions(data, bool(sample.roles.covariates)),
        draws=effect.ravel(),
        seed=asked.seed,
        notes=_notes(plan, data, fitted, tables["priors"], asked),
        native=show.native_of({"effect": effect, "bend": fitted.hyper[..., -1] * data.unit}, {}),
    )


def _fit(
    plan: Plan, window: Pair, asked: Asked, near: FittedGap | None = None
) -> tuple[core.Data, FittedGap]:
    data = core.read_data(plan.sample, window, kink=bool(plan.settings.derivative))
    form = core.form_of(data, bend=_given_bend(plan, data))
    beliefs = beliefs_in_units(_per_window(asked, data), form)
    return data, fit(form, beliefs, asked.seed, near=near)


def _given_bend(plan: Plan, data: core.Data) -> float | None:
    """Return the scale of the bend under a greatest second derivative that was given.

    Half of it times the window squared is where a curve of that bend is at the edge; as a half-normal
    has no greatest value, it is taken as the one that is passed with 5 %.
    """
    if plan.curvature is None:
        return None
    return max(plan.curvature * data.reach**2 / 2 / BOUND / data.unit, 1e-3)


def _per_window(asked: Asked, data: core.Data) -> Asked:
    """Return what was asked; of a kink, priors in outcome units as slopes over the window."""
    if not asked.priors or not data.kink:
        return asked
    priors = {
        name: value
        if name == "effect"
        else {key: number if key == "df" else number / data.reach for key, number in value.items()}
        for name, value in asked.priors.items()
    }
    return replace(asked, priors=priors)


def _draws(data: core.Data, fitted: FittedGap, seed: int, count: int) -> tuple[Floats, Floats]:
    """Return coefficients, with the effects drawn, and parameters of some of the draws."""
    rng = np.random.default_rng([seed, 151])
    values = fitted.hyper.reshape(-1, fitted.hyper.shape[-1])[:: max(1, fitted.theta.size // count)]
    theta = fitted.theta.ravel()[:: max(1, fitted.theta.size // count)]
    products = core.products_of(data)
    parts = [
        layer(core.system_of(data, products, values[rows], fitted.beliefs)).draw_with(
            data.place, theta[rows], rng
        )
        for rows in np.array_split(np.arange(len(values)), max(1, len(values) // 500))
    ]
    return np.concatenate(parts), values


def _quantities(
    data: core.Data, fitted: FittedGap, seed: int
) -> tuple[dict[str, Floats], dict[str, str]]:
    coef, _ = _draws(data, fitted, seed, fitted.theta.size)
    coef = coef.reshape(*fitted.theta.shape, -1) * data.unit
    name = KINK if data.kink else JUMP
    named = {name: fitted.effect}
    priors = {name: "effect"}
    if not data.kink:
        without = coef[..., core.LEVEL] + data.centre
        named["level at the cutoff without treatment"] = without
        named["level at the cutoff with treatment"] = without + fitted.effect
    if data.cluster is None:
        for k in (0, 1):
            named[NOISE[k]] = fitted.hyper[..., k] * data.unit
    else:
        named[NOISE[2]] = fitted.hyper[..., 0] * data.unit
        named[CLUSTERS] = fitted.hyper[..., 1] * data.unit
    named[BEND] = fitted.hyper[..., -1] * data.unit
    if not data.kink:
        priors |= {BEND: "bend"} | ({} if data.cluster is None else {CLUSTERS: "clusters"})
    return named, priors


def _predicted(
    data: core.Data, fitted: FittedGap, seed: int
) -> tuple[dict[str, float], dict[str, Floats]]:
    """Set the residuals, in order of the running variable, beside independent normals."""
    rng = np.random.default_rng([seed, 157])
    mean = fitted.hyper.reshape(-1, fitted.hyper.shape[-1]).mean(axis=0)
    spread = np.full(len(data.y), float(np.hypot(mean[0], mean[1])))
    if data.cluster is None:
        spread = np.where(data.upper, mean[1], mean[0])
    order = np.argsort(data.distance, kind="stable")
    weight = (np.sqrt(data.w) / spread)[order]
    root = np.zeros(data.x.shape[1])
    root[core.KINK + 1 :] = 1 / mean[-1]
    if data.covariates:
        root[-data.covariates :] = 1 / fitted.beliefs["covariates"].sd
    x, y = data.x[order] * weight[:, None], data.y[order] * weight
    seen, again = errors_beside_normals(x, y, root, np.zeros(len(root)), rng)
    if data.cluster is None:
        return seen, again
    first = next(iter(seen))  # neighbours of one cluster are alike anyway
    return {first: seen[first]}, {first: again[first]}


def _without(plan: Plan, window: Pair, table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Add what the frequentist form says with the same window."""
    from scipy.special import ndtri

    bands = None if plan.h is None and plan.b is None else Bandwidths(window, plan.b or window)
    try:
        found = robust(plan.sample, plan.settings, bands)
    except EvalkitError:
        return table
    reach = float(ndtri(0.5 + level / 2)) * found.robust.std_error
    lead = {
        "std_error": found.robust.std_error,
        "low": found.corrected - reach,
        "high": found.corrected + reach,
    }
    name = "none: local regression, robust bias-corrected"
    return show.with_row(table, name, found.corrected, lead)


def _plot(data: core.Data, fitted: FittedGap, asked: Asked) -> pd.DataFrame:
    """Return the curve of each side with its interval."""
    coef, _ = _draws(data, fitted, asked.seed, 1500)
    ends, parts = [(1 - asked.level) / 2, (1 + asked.level) / 2], []
    for k, side in enumerate(core.SIDES):
        reach = (-1.0, 1.0)[k] * data.window[k] / data.reach
        at = np.linspace(0.0, reach, PLACES)
        rows = core.curve_rows(data, at, np.full(PLACES, k == 1))
        curve = coef @ rows.T * data.unit + data.centre
        low, high = np.quantile(curve, ends, axis=0)
        made = {"estimate": curve.mean(axis=0), "low": low, "high": high}
        parts.append(pd.DataFrame({"side": side, "distance": at * data.reach, **made}))
    return pd.concat(parts, ignore_index=True)


def _sample(data: core.Data) -> pd.DataFrame:
    rows = []
    for k, side in enumerate(core.SIDES):
        mine = data.upper if k else ~data.upper
        rows.append(
            {
                "side": side,
                "treated": (k == 1) == (data.sign > 0),
                "rows_within": int(mine.sum()),
                "different_values": len(np.unique(data.distance[mine])),
                "window": data.window[k],
            }
        )
    return pd.DataFrame(rows)


def _windows(plan: Plan, window: Pair, lead: FittedGap, asked: Asked) -> tuple[Check, pd.DataFrame]:
    """Sample again in narrower and wider windows."""
    effect = lead.effect
    rows = [{"window": 1.0, "why": "", **show.summed(effect, asked.level)}]
    for factor in OTHER_WINDOWS:
        other = (window[0] * factor, window[1] * factor)
        try:
            _, fitted = _fit(plan, other, asked, near=lead)
        except (EvalkitError, np.linalg.LinAlgError) as error:
            why = getattr(error, "wrong", "too few rows")
            rows.append({"window": factor, "why": why, **dict.fromkeys(_NUMBERS, np.nan)})
        else:
            rows.append({"window": factor, "why": "", **show.summed(fitted.effect, asked.level)})
    table = pd.DataFrame(rows).sort_values("window").reset_index(drop=True)
    found = table["estimate"].to_numpy(dtype=float)
    known = found[np.isfinite(found)]
    moved = float(np.abs(known - effect.mean()).max() / effect.std())
    far = moved > 1
    meaning = (
        f"In windows from half to twice as wide the effect lies between {known.min():.3g} and "
        f"{known.max():.3g}, at most {moved:.2f} of its standard deviation from the one that leads"
        + (": the answer hangs on the window." if far else ".")
    )
    verdict: Verdict = "concern" if far else "pass"
    return Check("bandwidth", moved, None, verdict, meaning), table


_NUMBERS = ("estimate", "std_error", "low", "high", "p_above_zero")


def _values(data: core.Data, running: str) -> Check:
    """Say how many different values of the running variable carry the curves."""
    seen = min(len(np.unique(data.distance[side])) for side in (data.upper, ~data.upper))
    few = seen < 2 * core.CELLS
    meaning = f"At least {seen} different values of `{running}` on each side within the window" + (
        ": with so few, the shape of the curve between them and the cutoff is the prior's."
        if few
        else "."
    )
    return Check("mass points", float(seen), None, "concern" if few else "pass", meaning)


def _grade(data: core.Data) -> Check:
    if data.cluster is None:
        meaning = "Does not apply: no clusters are named."
        return Check("decision grade", None, None, "information", meaning)
    treated = data.upper if data.sign > 0 else ~data.upper
    sides = [len(np.unique(data.cluster[side])) for side in (treated, ~treated)]
    return decision_grade(*sides)


def _estimator(data: core.Data) -> str:
    clusters = "" if data.cluster is None else ", clusters with levels of their own"
    covariates = ", adjusted for covariates" if data.covariates else ""
    return (
        f"Bayesian lines that may bend, on each side of the cutoff within a window{covariates}"
        f"{clusters}"
    )


def _estimand(plan: Plan) -> str:
    from evalkit.impact.discontinuity import words

    return words.estimand(plan.sample, plan.settings)


def _assumptions(data: core.Data, covariates: bool) -> tuple[str, ...]:  # noqa: FBT001 (said or not)
    what = "slope" if data.kink else "level"
    made = [
        (
            f"Without treatment, the {what} of the outcome would not change at the cutoff: nothing else "
            "starts or stops there."
        ),
        "Units cannot place themselves exactly on the side they prefer.",
        (
            "The outcome follows a smooth curve near the cutoff on each side, no more bent next to it "
            "than elsewhere in the window."
        ),
        "The treatment of one unit does not change the outcome of another.",
        "Units vary normally around the curve"
        + (", with a spread of its own on each side." if data.cluster is None else "."),
    ]
    if covariates:
        made.append("The covariates were measured before treatment and do not jump at the cutoff.")
    return tuple(made)


def _notes(
    plan: Plan, data: core.Data, fitted: FittedGap, priors: pd.DataFrame, asked: Asked
) -> tuple[str, ...]:
    how = "given" if plan.h else f"chosen by {plan.settings.selector}"
    notes = [
        *plan.sample.notes,
        (
            f"Window ({how}): {data.window[0]:.6g} below and {data.window[1]:.6g} above the cutoff; "
            "every row within it counts alike (no kernel), as bends are allowed for."
        ),
    ]
    if plan.sample.roles.weights:
        notes.append(f"`{plan.sample.roles.weights}` are taken as precision weights.")
    if data.kink:
        notes.append(
            "No standardised effect: a change of slope in SD would depend on the unit of the running "
            "variable."
        )
        priors = priors[priors["prior"] == "effect"]
    notes += show.priors_in_words(priors, fitted.form.unit, core.UNIT_RULE)
    return (*notes, *idle_priors(asked.priors, fitted.form.slots))
