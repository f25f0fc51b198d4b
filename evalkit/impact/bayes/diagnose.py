"""Checks and tables that a Bayesian result is never shown without."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.engine import (
    EFFORTS,
    Posterior,
    Problem,
    sample_posterior,
    worst_diagnostics,
)
from evalkit.impact.bayes.priors import SMALL, Priors, variants
from evalkit.impact.bayes.sites import SiteEffects, Trend
from evalkit.impact.estimate import Check, Verdict

Floats = NDArray[np.float64]
REPLICATIONS = 4000


def convergence(posterior: Posterior) -> Check:
    """Say how well the chains agree (results that did not converge are refused before this)."""
    worst, effort = worst_diagnostics(posterior), posterior.effort
    again = "" if posterior.attempts == 1 else f" (reached at attempt {posterior.attempts})"
    meaning = (
        f"Four chains of {effort.draws} draws after {effort.tune} of tuning, target acceptance "
        f"{effort.target_accept:g}{again}: R-hat at most {worst.rhat:.4f} (limit 1.01), at least "
        f"{min(worst.ess_bulk, worst.ess_tail):.0f} effective draws (limit 400), "
        f"{posterior.divergences} divergent transitions (limit 0)."
    )
    return Check("convergence", worst.rhat, None, "pass", meaning)


def few_treated_sites(posterior: Posterior, priors: Priors) -> Check:
    """Say whether there are enough treated sites to learn how far their effects lie apart."""
    count = posterior.site_effect.shape[-1]
    prior_sd = priors.spread_sd * float(np.sqrt(1 - 2 / np.pi))
    left = float(posterior.tau.std() / prior_sd)
    verdict: Verdict = "concern" if count < 5 else "information" if count < 10 else "pass"
    meaning = (
        f"{count} treated sites. The uncertainty about how far their effects lie apart is "
        f"{100 * left:.0f} % of what it was before the data: "
        + (
            "that spread, and with it the effect in a new site, rests largely on the prior."
            if left > 0.5
            else "that spread is learnt mostly from the data."
        )
    )
    return Check("few treated sites", float(count), None, verdict, meaning)


def prior_predictive(problem: Problem, priors: Priors, seed: int, level: float) -> pd.DataFrame:
    """Return what the priors alone lead to expect, beside what was seen."""
    rng = np.random.default_rng([seed, 11])
    count = len(problem.raw.effect)
    mu = priors.effect_mean + priors.effect_sd * rng.standard_normal((REPLICATIONS, 1))
    tau = priors.spread_sd * np.abs(rng.standard_normal((REPLICATIONS, 1)))
    sigma = priors.noise_sd * np.abs(rng.standard_normal((REPLICATIONS, 1)))
    slopes = priors.moderators_sd * rng.standard_normal((REPLICATIONS, problem.moderators.shape[1]))
    effects = mu + slopes @ problem.moderators.T + tau * rng.standard_normal((REPLICATIONS, count))
    raw = effects + sigma * (rng.standard_normal((REPLICATIONS, count)) @ _root(problem.raw.noise))
    seen = problem.raw.effect
    return pd.DataFrame(
        [
            _quantity("mean effect in the treated sites", effects.mean(axis=1), None, level),
            _quantity("mean of the raw effects", raw.mean(axis=1), float(seen.mean()), level),
            _quantity("raw effect of one site", raw[:, 0], float(seen[0]), level),
        ]
    )


def posterior_predictive(
    problem: Problem, posterior: Posterior, seed: int, level: float
) -> tuple[pd.DataFrame, Check]:
    """Compare the raw effects, and the largest residual, with replications from the fitted model."""
    rng = np.random.default_rng([seed, 13])
    raw, seen = problem.raw, problem.raw.effect
    pick = rng.integers(0, posterior.mu.size, REPLICATIONS)
    mu, tau, sigma = (
        draws.ravel()[pick][:, None] for draws in (posterior.mu, posterior.tau, posterior.sigma)
    )
    slopes = posterior.gamma.reshape(posterior.mu.size, -1)[pick]
    shape = (REPLICATIONS, len(seen))
    effects = mu + slopes @ problem.moderators.T + tau * rng.standard_normal(shape)
    again = effects + sigma * (rng.standard_normal(shape) @ _root(raw.noise))
    largest = _largest_normal(raw.residuals, rng)
    table = pd.DataFrame(
        [
            _quantity("spread (SD) of raw effects", again.std(axis=1), float(seen.std()), level),
            _quantity("largest raw effect", again.max(axis=1), float(seen.max()), level),
            _quantity("smallest raw effect", again.min(axis=1), float(seen.min()), level),
            _quantity("largest residual, in SDs", largest, raw.largest, level),
        ]
    )
    return table, _predictive_check(table)


def _predictive_check(table: pd.DataFrame) -> Check:
    share = table["share_as_large"].to_numpy(dtype=float)
    sides = np.minimum(share, 1 - share)
    sides[-1] = share[-1]  # only an outlying residual matters, not one that is small
    worst = int(sides.argmin())
    odd = sides[worst] < 0.01
    name = str(table["quantity"].iloc[worst])
    meaning = (
        f"Data simulated from the fitted model were set beside the real ones. The {name} is "
        + (
            "unlike the simulated ones: the normal model does not fit that part of the data."
            if odd
            else "the least alike, and still well within what the model gives."
        )
    )
    verdict: Verdict = "concern" if odd else "pass"
    return Check("posterior predictive", float(share[worst]), None, verdict, meaning)


def prior_sensitivity(
    problem: Problem, priors: Priors, base: Posterior, margin: float | None, seed: int, level: float
) -> tuple[pd.DataFrame, Check]:
    """Sample again under other priors, and show how far the mean effect moves."""
    direction = 1.0 if problem.raw.effect.mean() >= 0 else -1.0
    change = direction * (abs(margin) if margin else SMALL * problem.sd)
    rows = [_sensitivity_row("as planned", base.mean_effect, level)]
    for name, other in variants(priors, change).items():
        draws = sample_posterior(problem, other, seed, EFFORTS).mean_effect
        rows.append(_sensitivity_row(name, draws, level))
    rows.append(_without_priors(problem, level))
    table = pd.DataFrame(rows)
    return table, _sensitivity_check(table, change)


def _sensitivity_row(name: str, draws: Floats, level: float) -> dict[str, str | float]:
    low, high = summary.equal_tailed(draws, level)
    return {
        "priors": name,
        "mean": float(draws.mean()),
        "sd": float(draws.std(ddof=1)),
        "low": low,
        "high": high,
        "p_above_zero": summary.beyond(draws, 0.0),
    }


def _without_priors(problem: Problem, level: float) -> dict[str, str | float]:
    """Return the mean of the raw effects with its t interval: no prior, no pooling."""
    from scipy import stats

    raw = problem.raw
    mean = float(raw.effect.mean())
    error = raw.sigma * float(np.sqrt(raw.noise.sum())) / len(raw.effect)
    reach = error * float(stats.t.ppf((1 + level) / 2, raw.df))
    above = float(stats.t.cdf(mean / error, raw.df))
    name = "none: mean of the raw effects, t interval"
    return {
        "priors": name,
        "mean": mean,
        "sd": error,
        "low": mean - reach,
        "high": mean + reach,
        "p_above_zero": above,
    }


def _sensitivity_check(table: pd.DataFrame, change: float) -> Check:
    """Judge by the halved and doubled priors; report what the sceptic is left with."""
    names = table["priors"].to_numpy(dtype=str)
    mean, sd, above = (table[key].to_numpy(dtype=float) for key in ("mean", "sd", "p_above_zero"))
    wide = np.char.find(names, "as wide") >= 0
    moved = float(np.abs(mean[wide] - mean[0]).max() / sd[0])  # the first row is "as planned"
    sure, doubt = (max(p, 1 - p) for p in (above[0], above[names == "sceptical"][0]))
    verdict: Verdict = "concern" if moved > 0.25 or (sure > 0.95 and doubt < 0.9) else "pass"
    meaning = (
        f"With priors half and twice as wide the mean effect moves by at most {moved:.2f} of its "
        f"standard deviation. A sceptic who held an effect of {abs(change):.3g} or more to be "
        f"unlikely (5 %) would now be {100 * doubt:.0f} % sure of the direction, against "
        f"{100 * sure:.0f} % under the planned priors. Each row was sampled anew."
    )
    return Check("prior sensitivity", moved, None, verdict, meaning)


def pre_trend(effects: SiteEffects) -> Check:
    """Say whether the treated sites had already moved against the others before the start."""
    name = "pre-trend"
    if effects.kind != "change":
        why = "Does not apply: the comparison is not over time."
        return Check(name, None, None, "information", why)
    if effects.trend is None or effects.trend.std_error == 0:
        why = "Cannot be told: there is only one period before the start, or nothing varies then."
        return Check(name, None, None, "information", why)
    return _trend_check(effects.trend)


def _trend_check(trend: Trend) -> Check:
    from scipy import stats

    ratio = trend.difference / trend.std_error
    p_value = float(2 * stats.t.sf(abs(ratio), trend.df))
    moved = "risen" if trend.difference > 0 else "fallen"
    meaning = (
        f"Set against {trend.early}, the treated sites had {moved} by {abs(trend.difference):.3g} "
        f"more than the comparison sites in {trend.late}, the last period before the start "
        f"(standard error {trend.std_error:.2g}). "
        + (
            "They were already on another path, so the estimate may show that path and not an "
            "effect."
            if p_value < 0.1
            else "That is within chance; it does not show that their paths would have stayed alike."
        )
    )
    verdict: Verdict = "concern" if p_value < 0.1 else "pass"
    return Check("pre-trend", trend.difference, p_value, verdict, meaning)


def _quantity(
    name: str, draws: Floats, seen: float | None, level: float
) -> dict[str, str | float | None]:
    low, high = summary.equal_tailed(draws, level)
    return {
        "quantity": name,
        "low": low,
        "median": float(np.median(draws)),
        "high": high,
        "observed": seen,
        "share_as_large": None if seen is None else float((draws >= seen).mean()),
    }


def _root(noise: Floats) -> Floats:
    """Return R with ``R' R = noise``, so that rows of standard normals times R have that covariance."""
    value, vector = np.linalg.eigh(noise)
    return np.asarray(np.sqrt(np.maximum(value, 0.0))[:, None] * vector.T)


def _largest_normal(count: int, rng: np.random.Generator) -> Floats:
    """Draw the largest of `count` absolute standard normals by inverting its distribution."""
    from scipy import stats

    # P(largest <= x) = (2 Phi(x) - 1)^count, so the upper tail is 1 - u^(1 / count), halved
    tail = -np.expm1(np.log(rng.uniform(size=REPLICATIONS)) / count) / 2
    return np.asarray(stats.norm.isf(tail))
