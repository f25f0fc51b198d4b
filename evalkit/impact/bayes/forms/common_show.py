"""What a Bayesian form is never shown without: posterior, priors, sensitivity, predictions, checks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from evalkit.errors import EvalkitError
from evalkit.impact.bayes import summary
from evalkit.impact.bayes.described import (
    Quantity,
    Setting,
    convergence,
    decide,
    posterior_table,
    power_scaling,
    predictive_check,
    prior_against_posterior,
)
from evalkit.impact.bayes.described.model import Wanted
from evalkit.impact.bayes.described.pareto import smoothed
from evalkit.impact.bayes.forms.common import Fitted, fit
from evalkit.impact.bayes.forms.common_priors import (
    SMALL,
    Asked,
    Belief,
    Beliefs,
    log_density,
    prior_table,
    variants,
)
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.least_squares import Floats

REPLICATIONS = 4000


Tables = dict[str, pd.DataFrame]


def shown(
    fitted: Fitted, named: Mapping[str, Floats], priors: Mapping[str, str], asked: Asked
) -> tuple[Tables, tuple[Check, ...]]:
    """Return the tables and checks that every form has.

    Parameters
    ----------
    fitted : Fitted
    named : mapping of str to ndarray
        Everything reported, in outcome units; the effect that leads first.
    priors : mapping of str to str
        The prior of those quantities that have one of their own, by its name.
    asked : Asked
    """
    form, draws = fitted.form, fitted.draws
    setting = setting_of(asked)
    quantities = quantities_of(fitted, named, priors, asked.seed)
    change = change_of(asked.margin, form.unit, float(fitted.effect.mean()))
    table, moves = sensitivity(fitted, change, asked.seed, asked.level)
    predicted, fits = posterior_predictive(fitted, setting)
    scaled, powers = power_scaling(quantities, draws.log_prior, draws.log_likelihood, setting)
    tables = {
        "posterior": posterior_table(quantities, setting),
        "priors": prior_table(fitted.beliefs, form.slots, form.unit, asked.priors),
        "prior_posterior": prior_against_posterior(quantities, setting),
        "posterior_predictive": predicted,
        "sensitivity": table,
        "power_scaling": scaled,
    }
    agreed = convergence(quantities, attempts=draws.attempts)
    return tables, (agreed, moves, powers, fits, decided(quantities[0], setting))


def setting_of(asked: Asked) -> Setting:
    """Return how quantities are judged: the sign of a margin says which direction is wanted."""
    wanted = 0 if not asked.margin else 1 if asked.margin > 0 else -1
    return Setting(asked.level, asked.margin, seed=asked.seed, wanted=cast("Wanted", wanted))


def quantities_of(
    fitted: Fitted, named: Mapping[str, Floats], priors: Mapping[str, str], seed: int
) -> tuple[Quantity, ...]:
    """Return the quantities with draws of their priors, where they have one of their own."""
    made = []
    for place, (name, draws) in enumerate(named.items()):
        before = None
        if name in priors:
            slot, belief = fitted.form.slots[priors[name]], fitted.beliefs[priors[name]]
            rng = np.random.default_rng([seed, 17, place])
            before = prior_draws(belief, rng, half=slot.half) * fitted.form.unit
        made.append(Quantity(name, draws, signed=not name.startswith(UNSIGNED), prior=before))
    return tuple(made)


UNSIGNED = ("spread", "residual", "share")
"""Quantities whose names begin so are never below zero."""


def decided(quantity: Quantity, setting: Setting) -> Check:
    """Say in words what may be said of the effect, by the printed rule."""
    made = decide(quantity, setting)
    near = " More draws could change the word." if made.close else ""
    meaning = f"{made.word}. {made.because}{near}"
    chance = made.probabilities["wanted"]
    return Check("decision", chance, None, "information", meaning[:1].upper() + meaning[1:])


def summed(draws: Floats, level: float) -> dict[str, float]:
    """Return estimate, error, interval and probability of draws, as the tables have them."""
    low, high = summary.equal_tailed(draws, level)
    return {
        "estimate": float(draws.mean()),
        "std_error": float(draws.std(ddof=1)),
        "low": low,
        "high": high,
        "p_above_zero": summary.beyond(draws, 0.0),
    }


def change_of(margin: float | None, unit: float, value: float) -> float:
    """Return the change a sceptic doubts, in units: the margin, or a small effect."""
    return math.copysign(abs(margin) / unit if margin else SMALL, value or 1.0)


def sensitivity(
    fitted: Fitted, change: float, seed: int, level: float
) -> tuple[pd.DataFrame, Check]:
    """Return the effect under other priors, and how far it moves.

    The draws are weighted by the ratio of the priors where enough of them count (Pareto-smoothed
    importance sampling, Vehtari and others 2024); else the model is sampled again.

    Parameters
    ----------
    change : float
        The change a sceptic doubts, in units.
    """
    draws = fitted.effect.ravel()
    even = np.full(len(draws), 1 / len(draws))
    rows = [_weighted_row("as planned", draws, even, level)]
    for name, other in variants(fitted.beliefs, change).items():
        rows.append(_under(name, fitted, other, seed, level))
    table = pd.DataFrame(rows)
    return table, _sensitivity_check(table, change * fitted.form.unit)


ENOUGH, TRUST = 400.0, 0.7
"""Effective draws, and tail shape, up to which weighted draws are used."""


def _under(
    name: str, fitted: Fitted, other: Beliefs, seed: int, level: float
) -> dict[str, str | float]:
    """Return the effect under other priors: from weighted draws, or else sampled again."""
    ratio = log_prior_ratio(fitted, other)
    if np.ptp(ratio) > 0:
        made = smoothed(ratio)
        if made.shape < TRUST and 1 / float((made.weights**2).sum()) >= ENOUGH:
            return _weighted_row(name, fitted.effect.ravel(), made.weights, level)
    try:
        draws = fit(fitted.form, other, seed).effect.ravel()
    except EvalkitError as error:
        nothing = dict.fromkeys(("mean", "sd", "low", "high", "p_above_zero"), math.nan)
        return {"priors": name, **nothing, "why": error.wrong}
    return _weighted_row(name, draws, np.full(len(draws), 1 / len(draws)), level)


def log_prior_ratio(fitted: Fitted, other: Beliefs) -> Floats:
    """Return the log ratio of other priors to those in use, at every draw."""
    form, draws = fitted.form, fitted.draws
    total = np.zeros(fitted.effect.size)
    parts = [(one.prior, draws.coef[..., one.columns]) for one in form.common]
    for k, group in enumerate(form.groups):
        parts += [(name, draws.scales[k][..., [j]]) for j, name in enumerate(group.priors)]
    for name, values in parts:
        if name in other and other[name] != fitted.beliefs[name]:
            new, old = (log_density(one[name], values) for one in (other, fitted.beliefs))
            total += (new - old).reshape(len(total), -1).sum(axis=1)
    return total


def _weighted_row(
    name: str, draws: Floats, weights: Floats, level: float
) -> dict[str, str | float]:
    mean = float(weights @ draws)
    order = np.argsort(draws, kind="stable")
    # the middle of each draw's share, so that equal weights give the usual quantiles
    at = np.cumsum(weights[order]) - weights[order] / 2
    low, high = np.interp([(1 - level) / 2, (1 + level) / 2], at, draws[order])
    return {
        "priors": name,
        "mean": mean,
        "sd": math.sqrt(float(weights @ (draws - mean) ** 2)),
        "low": float(low),
        "high": float(high),
        "p_above_zero": float(weights @ (draws > 0)),
        "why": "",
    }


def _sensitivity_check(table: pd.DataFrame, change: float) -> Check:
    """Judge by the halved and doubled priors; report what the sceptic is left with."""
    names = table["priors"].to_numpy(dtype=str)
    mean, sd, above = (table[key].to_numpy(dtype=float) for key in ("mean", "sd", "p_above_zero"))
    wide = np.char.find(names, "as wide") >= 0
    known = wide & np.isfinite(mean)
    moved = float(np.abs(mean[known] - mean[0]).max() / sd[0])  # the first row is "as planned"
    sure, doubt = (max(p, 1 - p) for p in (above[0], above[names == "sceptical"][0]))
    failed = int(np.isnan(mean).sum())
    verdict: Verdict = "concern" if moved > 0.25 or (sure > 0.95 and doubt < 0.9) else "pass"
    meaning = (
        f"With priors half and twice as wide the effect moves by at most {moved:.2f} of its standard "
        f"deviation. A sceptic who held an effect of {abs(change):.3g} or more to be unlikely (5 %) "
        f"would now be {100 * doubt:.0f} % sure of the direction, against {100 * sure:.0f} % under the "
        "planned priors." + (f" {failed} of them did not converge and are blank." if failed else "")
    )
    return Check("prior sensitivity", moved, None, verdict, meaning)


def with_row(table: pd.DataFrame, name: str, value: float, lead: Mapping[str, Any]) -> pd.DataFrame:
    """Return the table of sensitivity with the answer without any prior as its last row.

    Parameters
    ----------
    lead : mapping
        ``std_error, df, low, high`` of the method that leads.
    """
    from scipy.special import ndtr, stdtr

    error, df = lead["std_error"], lead.get("df", math.nan)
    above = math.nan
    if error > 0:
        above = float(stdtr(df, value / error) if np.isfinite(df) else ndtr(value / error))
    ends = {"low": lead["low"], "high": lead["high"]}
    row = {"priors": name, "mean": value, "sd": error, **ends, "p_above_zero": above, "why": ""}
    return pd.concat([table, pd.DataFrame([row])], ignore_index=True)


def prior_draws(belief: Belief, rng: np.random.Generator, *, half: bool) -> Floats:
    """Return draws of one prior, in units."""
    if math.isinf(belief.df):
        drawn = rng.standard_normal(REPLICATIONS)
    else:
        drawn = rng.standard_t(belief.df, REPLICATIONS)
    made = belief.mean + belief.sd * drawn
    return np.abs(made) if half else np.asarray(made)


def quantity(
    name: str, draws: Floats, seen: float | None, level: float
) -> dict[str, str | float | None]:
    """Return a row of a predictive table."""
    low, high = summary.equal_tailed(draws, level)
    return {
        "quantity": name,
        "low": low,
        "median": float(np.median(draws)),
        "high": high,
        "observed": seen,
        "share_as_large": None if seen is None else float((draws >= seen).mean()),
    }


def posterior_predictive(fitted: Fitted, setting: Setting) -> tuple[pd.DataFrame, Check]:
    """Set the groups' coefficients, and the largest residual, beside what the model gives anew.

    The groups' are realised discrepancies (Gelman, Meng and Stern 1996): the largest coefficient of
    a draw in its own standard deviations, against the largest of as many normals.
    """
    rng = np.random.default_rng([setting.seed, 13])
    observed: dict[str, float] = {}
    again: dict[str, Floats] = {}
    for k, group in enumerate(fitted.form.groups):
        own = fitted.draws.coef[..., group.columns].reshape(-1, *group.columns.shape)
        scale = fitted.draws.scales[k].reshape(-1, group.columns.shape[1])
        for j in range(group.columns.shape[1]):
            name = f"largest {group.names[j]}, in SDs"
            seen = np.abs(own[:, :, j]).max(axis=1) / np.maximum(scale[:, j], TINY)
            observed[name] = float(np.median(seen))
            again[name] = _largest_normal(len(group.columns), rng)
    if fitted.form.residuals is not None:
        left = _residuals(fitted)
        observed["largest residual, in SDs"] = float(np.abs(left).max())
        again["largest residual, in SDs"] = _largest_normal(len(left), rng)
    return predictive_check(observed, again, setting)


TINY = 1e-12


def _residuals(fitted: Fitted) -> Floats:
    form, draws = fitted.form, fitted.draws
    assert form.residuals is not None  # noqa: S101 (the caller asked only where there are some)
    mean = draws.coef.reshape(-1, draws.coef.shape[-1]).mean(axis=0)
    noise = 1.0 if form.known else float(draws.noise[..., 0].mean())
    return np.asarray(form.residuals(mean)) / noise


def _largest_normal(count: int, rng: np.random.Generator) -> Floats:
    """Draw the largest of `count` absolute standard normals by inverting its distribution."""
    from scipy.special import ndtri

    # P(largest <= x) = (2 Phi(x) - 1)^count, so the upper tail is 1 - u^(1 / count), halved
    tail = -np.expm1(np.log(rng.uniform(size=REPLICATIONS)) / count) / 2
    return np.asarray(-ndtri(tail))


def few_clusters(treated: int, comparison: int, what: str) -> Check:
    """Say whether there are enough groups to learn how much they differ."""
    fewest = min(treated, comparison)
    verdict: Verdict = "fail" if fewest < 2 else "concern" if fewest < 5 else "pass"
    meaning = (
        f"{treated} treated and {comparison} comparison {what}. How much they differ by chance is "
        "learnt from all of them together, as equal on both sides"
        + (
            "; with so few on a side the result leans on that and on the prior."
            if verdict != "pass"
            else "."
        )
    )
    return Check("few treated clusters", float(treated), None, verdict, meaning)


def native_of(named: Mapping[str, Floats], dims: Mapping[str, tuple[str, Sequence[Any]]]) -> Any:
    """Return an ``InferenceData`` or ``DataTree`` of draws in outcome units.

    Parameters
    ----------
    named : mapping of str to ndarray, shape (chains, draws) or (chains, draws, n)
    dims : mapping of str to (dimension, labels)
        For those with a last axis.
    """
    from evalkit.impact.bayes.multi.native import record

    coords = {dimension: [str(one) for one in labels] for dimension, labels in dims.values()}
    arrays = {name: np.asarray(draws) for name, draws in named.items()}
    return record(arrays, coords, {name: [dimension] for name, (dimension, _) in dims.items()})


def priors_in_words(table: pd.DataFrame, unit: float, rule: str) -> tuple[str, ...]:
    """Return the priors in words, and in which unit the defaults are set."""
    words = tuple(
        f"Prior, {row.parameter}: {row.distribution} ({row.source}). {row.words}"
        for row in table.itertuples()
    )
    return (f"Default priors are set in units of {unit:.4g}: {rule}.", *words)
