"""What is shown of an effect that is a gap: posterior, priors, predictions, sensitivity, checks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.errors import EvalkitError
from evalkit.impact.bayes import summary
from evalkit.impact.bayes.described import (
    Quantity,
    convergence,
    posterior_table,
    power_scaling,
    predictive_check,
    prior_against_posterior,
)
from evalkit.impact.bayes.forms.common_priors import (
    Asked,
    Beliefs,
    Slots,
    prior_table,
    variants,
)
from evalkit.impact.bayes.forms.common_show import (
    REPLICATIONS,
    Tables,
    decided,
    prior_draws,
    setting_of,
)
from evalkit.impact.bayes.forms.gap import FittedGap, fit
from evalkit.impact.estimate import Check, Standardised, Verdict
from evalkit.impact.least_squares import Floats

SMALL_SHARE = 0.1
"""What a sceptic doubts where no margin is named: this share of the default scale of the effect."""
PRIOR_SETS = 1000
MOVED = 0.25
"""From so many of its standard deviations on, a move of the effect is worth a look."""


@dataclass(frozen=True)
class Answer:
    """A sampled form, as it is shown; draws in outcome units.

    Attributes
    ----------
    effect : ndarray, shape (chains, draws)
    estimate, error : ndarray, shape (chains, draws)
        The effect without its own prior, given the other parameters, and its standard error.
    beliefs, slots : mapping
    unit : float
    log_prior, log_likelihood : ndarray, shape (chains, draws)
    attempts : int
    again : callable
        From other priors to draws of the effect under them.
    before : callable
        From a generator of random numbers to standard errors of the effect under the priors alone.
    unitless : frozenset of str
        Priors that have no unit.
    """

    effect: Floats
    estimate: Floats
    error: Floats
    beliefs: Beliefs
    slots: Slots
    unit: float
    log_prior: Floats
    log_likelihood: Floats
    attempts: int
    again: Callable[[Beliefs], Floats]
    before: Callable[[np.random.Generator], Floats]
    unitless: frozenset[str] = frozenset()


def answer_of(fitted: FittedGap, seed: int) -> Answer:
    """Return a fitted gap as it is shown."""
    form = fitted.form

    def again(beliefs: Beliefs) -> Floats:
        return fit(form, beliefs, seed, near=fitted).effect

    def before(rng: np.random.Generator) -> Floats:
        drawn = []
        for one in form.hyper:
            belief = fitted.beliefs[one.slot]
            values = prior_draws(belief, rng, half=one.kind == "spread")[:PRIOR_SETS]
            inside = (1e-6, np.inf) if one.kind == "spread" else (-0.999, 0.999)
            drawn.append(np.clip(values, *inside))
        found = form.given(np.column_stack(drawn), fitted.beliefs)
        return np.sqrt(found.variance) * form.unit

    return Answer(
        fitted.effect,
        fitted.mean * form.unit,
        np.sqrt(fitted.variance) * form.unit,
        fitted.beliefs,
        form.slots,
        form.unit,
        fitted.log_prior,
        fitted.log_likelihood,
        fitted.attempts,
        again,
        before,
        frozenset(one.slot for one in form.hyper if one.kind == "memory"),
    )


def shown(
    answer: Answer,
    named: Mapping[str, Floats],
    priors: Mapping[str, str],
    predicted: tuple[Mapping[str, float], Mapping[str, Floats]],
    asked: Asked,
) -> tuple[Tables, tuple[Check, ...]]:
    """Return the tables and checks that every form of this kind has.

    Parameters
    ----------
    answer : Answer
    named : mapping of str to ndarray, shape (chains, draws)
        Everything reported, in outcome units; the effect that leads first.
    priors : mapping of str to str
        Quantities that have a prior of their own, with its name.
    predicted : pair of mappings
        Statistics of the data, and of data simulated from the fitted model.
    asked : Asked
    """
    setting = setting_of(asked)
    quantities = _quantities(answer, named, priors, asked.seed)
    change = _change(answer, asked)
    moved, moves = _sensitivity(answer, change, asked.level)
    again, fits = predictive_check(*predicted, setting)
    # of the effects alone: that a spread leans on its prior matters only as far as they move
    effects = [one for one in quantities if one.signed]
    scaled, powers = power_scaling(effects, answer.log_prior, answer.log_likelihood, setting)
    tables = {
        "posterior": posterior_table(quantities, setting),
        "priors": priors_table(answer, asked),
        "prior_posterior": prior_against_posterior(quantities, setting),
        "prior_predictive": _prior_predictive(answer, asked),
        "posterior_predictive": again,
        "sensitivity": moved,
        "power_scaling": scaled,
    }
    agreed = convergence(quantities, attempts=answer.attempts)
    return tables, (agreed, moves, powers, fits, decided(quantities[0], setting))


UNSIGNED = ("spread", "residual", "share", "correlation", "bend", "weight")
"""Quantities whose names begin so have no direction that helps or harms."""


def _quantities(
    answer: Answer, named: Mapping[str, Floats], priors: Mapping[str, str], seed: int
) -> tuple[Quantity, ...]:
    made = []
    for place, (name, draws) in enumerate(named.items()):
        before = None
        if name in priors:
            slot = priors[name]
            rng = np.random.default_rng([seed, 107, place])
            before = prior_draws(answer.beliefs[slot], rng, half=answer.slots[slot].half)
            before = np.clip(before, -1, 1) if slot in answer.unitless else before * answer.unit
        made.append(Quantity(name, draws, signed=not name.startswith(UNSIGNED), prior=before))
    return tuple(made)


def priors_table(answer: Answer, asked: Asked) -> pd.DataFrame:
    """Return the priors in outcome units and in words, those without unit as they are."""
    parts = []
    for name, slot in answer.slots.items():
        unit = 1.0 if name in answer.unitless else answer.unit
        own = {name: answer.beliefs[name]}
        parts.append(prior_table(own, {name: slot}, unit, asked.priors))
    return pd.concat(parts, ignore_index=True)


def _change(answer: Answer, asked: Asked) -> float:
    """Return the change that a sceptic doubts, in units, on the side of the effect."""
    small = SMALL_SHARE * answer.slots["effect"].sd
    size = abs(asked.margin) / answer.unit if asked.margin else small
    return math.copysign(size, float(answer.effect.mean()) or 1.0)


def _sensitivity(answer: Answer, change: float, level: float) -> tuple[pd.DataFrame, Check]:
    """Sample again under other priors, and without one of the effect; show how far it moves."""
    rows = [_row("as planned", answer.effect, level)]
    for name, other in variants(answer.beliefs, change).items():
        try:
            rows.append(_row(name, answer.again(other), level))
        except EvalkitError as error:
            nothing = dict.fromkeys(("mean", "sd", "low", "high", "p_above_zero"), math.nan)
            rows.append({"priors": name, **nothing, "why": error.wrong})
    table = pd.DataFrame(rows)
    return table, _moved(table, abs(change) * answer.unit)


def _row(name: str, draws: Floats, level: float) -> dict[str, str | float]:
    low, high = summary.equal_tailed(draws, level)
    return {
        "priors": name,
        "mean": float(draws.mean()),
        "sd": float(draws.std(ddof=1)),
        "low": low,
        "high": high,
        "p_above_zero": summary.beyond(draws, 0.0),
        "why": "",
    }


def _moved(table: pd.DataFrame, doubted: float) -> Check:
    """Judge by the halved and doubled priors; report what the sceptic is left with."""
    mean, sd, above = (table[key].to_numpy(dtype=float) for key in ("mean", "sd", "p_above_zero"))
    names = table["priors"].to_numpy(dtype=str)
    known = (np.char.find(names, "as wide") >= 0) & np.isfinite(mean)
    moved = float(np.abs(mean[known] - mean[0]).max() / sd[0])
    sure, doubt = (max(p, 1 - p) for p in (above[0], above[names == "sceptical"][0]))
    failed = int(np.isnan(mean).sum())
    verdict: Verdict = "concern" if moved > MOVED or (sure > 0.95 and doubt < 0.9) else "pass"
    meaning = (
        f"Each prior was made half and twice as wide and all was sampled anew: the effect moves by "
        f"at most {moved:.2f} of its standard deviation. A sceptic who held an effect of "
        f"{doubted:.3g} or more to be unlikely (5 %) would now be {100 * doubt:.0f} % sure of the "
        f"direction, against {100 * sure:.0f} % under the planned priors."
        + (f" {failed} of the samplings did not converge and are blank." if failed else "")
    )
    return Check("prior sensitivity", moved, None, verdict, meaning)


def _prior_predictive(answer: Answer, asked: Asked) -> pd.DataFrame:
    """Set the estimate, as it is without a prior of the effect, beside what the priors expect."""
    rng = np.random.default_rng([asked.seed, 109])
    errors = answer.before(rng)
    effect = prior_draws(answer.beliefs["effect"], rng, half=False)[: len(errors)] * answer.unit
    seen = effect + errors * rng.standard_normal(len(errors))
    name = "estimate without a prior of the effect"
    observed = {name: float(answer.estimate.mean())}
    return predictive_check(observed, {name: seen}, setting_of(asked), "prior")[0]


def standardised(effect: Floats, unit: float, level: float, which: str) -> Standardised:
    """Return the effect in units, with its interval."""
    low, high = summary.equal_tailed(effect / unit, level)
    return Standardised(float(effect.mean() / unit), low, high, unit, which)


def errors_beside_normals(
    x: Floats, y: Floats, root: Floats, centre: Floats, rng: np.random.Generator
) -> tuple[dict[str, float], dict[str, Floats]]:
    """Return statistics of whitened errors, and of independent normals fitted in the same way.

    Parameters
    ----------
    x, y : ndarray, shapes (n, k) and (n,)
        Whitened, in order of time, so that their errors should be independent with SD 1.
    root, centre : ndarray, shape (k,)
        Root of the precision, and mean, of each coefficient's prior.
    """
    whole = np.vstack([x, np.diag(root)])
    inverse = np.linalg.pinv(whole)
    left = y - x @ (inverse @ np.append(y, root * centre))
    again = rng.standard_normal((max(100, min(REPLICATIONS, MOST_NUMBERS // len(y))), len(y)))
    # the same columns are fitted to the replications, so that they lie as close as the data
    again = again - (again @ inverse[:, : len(y)].T) @ x.T
    observed = {name: float(take(left[None])[0]) for name, take in STATISTICS.items()}
    return observed, {name: take(again) for name, take in STATISTICS.items()}


def _largest(errors: Floats) -> Floats:
    return np.asarray(np.abs(errors).max(axis=1))


def _neighbours(errors: Floats) -> Floats:
    return np.asarray((errors[:, 1:] * errors[:, :-1]).sum(axis=1) / (errors**2).sum(axis=1))


STATISTICS: dict[str, Callable[[Floats], Floats]] = {
    "largest error, in SDs": _largest,
    "correlation of neighbouring errors": _neighbours,
}
MOST_NUMBERS = 2_000_000
