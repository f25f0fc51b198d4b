"""Effects that are a gap: what was seen less what was to be expected, normal given a few parameters.

Series, discontinuities and single cases have few parameters (a spread, a memory) that are not
linear; given these, every coefficient and the effect itself are normal and are integrated out
exactly. What is left has two to five dimensions: a Student-t that is fitted to it by population
Monte Carlo proposes, and Metropolis accepts, so that draws are nearly independent and every number
is computed for thousands of draws at once.

References
----------
Cappé, Guillin, Marin and Robert (2004), Journal of Computational and Graphical Statistics 13.
Tierney (1994), Annals of Statistics 22, section 2.3.3 (independence chains).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.forms.common_priors import Beliefs
from evalkit.impact.bayes.forms.gap_form import (
    Evaluated,
    Gap,
    evaluate,
    natural,
    posterior_of,
    transformed,
)
from evalkit.impact.least_squares import Floats, Ints

CHAINS, DRAWS, WARM, DRAWS_AGAIN = 4, 1500, 200, 700
RHAT, ESS = 1.01, 400
ATTEMPTS = ((1.4, 1), (2.0, 2), (3.0, 4))
"""How much wider than the fitted covariance the proposal is, and how many times the draws."""
STAGES, STAGES_AGAIN, POPULATION = 7, 2, 700
TAIL = 5.0
"""Degrees of freedom of the proposals: heavier tails than any target here, in logs."""


@dataclass(frozen=True)
class FittedGap:
    """Draws, in units.

    Attributes
    ----------
    hyper : ndarray, shape (chains, draws, d)
    mean, variance : ndarray, shape (chains, draws)
        Of the effect given the parameters, before its own prior.
    theta : ndarray, shape (chains, draws)
        The effect.
    attempts : int
    accepted : float
        Share of proposals accepted.
    log_prior, log_likelihood : ndarray, shape (chains, draws)
        Of the parameters and the effect; the coefficients are integrated out of the second.
    """

    form: Gap
    beliefs: Beliefs
    hyper: Floats
    mean: Floats
    variance: Floats
    theta: Floats
    attempts: int
    accepted: float
    log_prior: Floats
    log_likelihood: Floats

    @property
    def effect(self) -> Floats:
        """Draws of the effect, in outcome units."""
        return self.theta * self.form.unit

    def spread(self, slot: str) -> Floats:
        """Return draws of a standard deviation, in outcome units."""
        return np.asarray(self.hyper[..., self.form.index(slot)] * self.form.unit)


def fit(form: Gap, beliefs: Beliefs, seed: int, *, near: FittedGap | None = None) -> FittedGap:
    """Sample a form under its priors.

    Parameters
    ----------
    form : Gap
    beliefs : mapping
    seed : int
    near : FittedGap, optional
        The same form under other priors or on other rows: where to begin, and with fewer draws.

    Raises
    ------
    DesignError
        When the chains do not agree after the stated retries.
    """
    worst = (np.nan, 0.0)
    for attempt, (wider, times) in enumerate(ATTEMPTS):
        rng = np.random.default_rng([seed, 101, attempt])
        draws = (DRAWS if near is None else DRAWS_AGAIN) * times
        made = _chains(form, beliefs, wider, draws, rng, near)
        if made is None:
            continue
        fitted = _with_effect(form, beliefs, made, attempt + 1, rng)
        worst = _worst(fitted)
        if worst[0] <= RHAT and worst[1] >= ESS:
            return fitted
    raise DesignError(
        f"{form.design} cannot be estimated: the sampling did not converge in {len(ATTEMPTS)} "
        f"attempts with wider proposals and more draws (R-hat {worst[0]:.3f}, limit {RHAT}; "
        f"{worst[1]:.0f} effective draws, limit {ESS}).",
        do="Look at the outcome for single wild values, give narrower `priors`, or write "
        "`inference: frequentist`.",
    )


@dataclass(frozen=True)
class _Chains:
    hyper: Floats
    found: Evaluated
    accepted: float


def _chains(
    form: Gap,
    beliefs: Beliefs,
    wider: float,
    draws: int,
    rng: np.random.Generator,
    near: FittedGap | None = None,
) -> _Chains | None:
    """Return independence chains, or None where no proposal could be fitted."""
    proposal = _fitted_proposal(form, beliefs, rng, near)
    if proposal is None:
        return None
    centre, root = proposal
    root = root * np.sqrt(wider)
    count = CHAINS * (draws + WARM)
    points = _student(centre, root, count, rng)
    found = evaluate(form, beliefs, points)
    weight = found.target - _student_log(points, centre, root)
    if not np.isfinite(weight).any():
        return None
    lots = np.log(rng.uniform(size=(CHAINS, draws + WARM)))
    kept = _accept(weight.reshape(CHAINS, -1), lots)
    at = (kept + np.arange(CHAINS)[:, None] * (draws + WARM))[:, WARM:]
    accepted = float((np.diff(at, axis=1) != 0).mean())
    chosen = Evaluated(*(getattr(found, name)[at] for name in Evaluated.__slots__))
    return _Chains(natural(form, points)[at], chosen, accepted)


def _accept(weight: Floats, lots: Floats) -> Ints:
    """Return which proposal each chain is at, by Metropolis on independent proposals."""
    kept = np.zeros(weight.shape, dtype=np.intp)
    for chain, (own, lot) in enumerate(zip(weight.tolist(), lots.tolist(), strict=True)):
        here = max(range(WARM), key=own.__getitem__)
        for step, value in enumerate(own):
            if lot[step] < value - own[here]:
                here = step
            kept[chain, step] = here
    return kept


def _with_effect(
    form: Gap, beliefs: Beliefs, made: _Chains, attempts: int, rng: np.random.Generator
) -> FittedGap:
    found, belief = made.found, beliefs["effect"]
    centre, spread = posterior_of(found.mean, found.variance, belief)
    theta = centre + spread * rng.standard_normal(centre.shape)
    own = -0.5 * ((theta - belief.mean) / belief.sd) ** 2
    fits = -0.5 * (np.log(found.variance) + (found.mean - theta) ** 2 / found.variance)
    return FittedGap(
        form,
        beliefs,
        made.hyper,
        found.mean,
        found.variance,
        theta,
        attempts,
        made.accepted,
        found.log_prior + own,
        found.loglik + fits,
    )


def _fitted_proposal(
    form: Gap, beliefs: Beliefs, rng: np.random.Generator, near: FittedGap | None = None
) -> tuple[Floats, Floats] | None:
    """Return centre and root of a Student-t fitted to the target by population Monte Carlo."""
    centre, root = _beginning(form, near)
    for _ in range(STAGES if near is None else STAGES_AGAIN):
        points = _student(centre, root, POPULATION, rng)
        log = evaluate(form, beliefs, points).target - _student_log(points, centre, root)
        if not np.isfinite(log).any():
            root = root * 2.0
            continue
        share = _tempered(log)
        centre = np.asarray(share @ points, dtype=float)
        away = points - centre
        spread = (share[:, None] * away).T @ away
        # kept apart from zero, as few points may carry the weight at first
        root = np.asarray(
            np.linalg.cholesky(spread + np.diag(1e-8 + 0.02 * np.diag(spread))), dtype=float
        )
    return (centre, root) if np.isfinite(centre).all() and np.isfinite(root).all() else None


def _beginning(form: Gap, near: FittedGap | None) -> tuple[Floats, Floats]:
    """Return where the search for a proposal begins: at the given starts, or at earlier draws."""
    if near is None:
        starts = np.array([[one.start for one in form.hyper]])
        return transformed(form, starts)[0], np.eye(len(form.hyper))
    points = transformed(form, near.hyper.reshape(-1, len(form.hyper)))
    spread = np.cov(points.T).reshape(len(form.hyper), -1)
    wider = spread + np.diag(1e-8 + 0.5 * np.diag(spread))
    return points.mean(axis=0), np.asarray(np.linalg.cholesky(wider), dtype=float)


def _tempered(log: Floats) -> Floats:
    """Return weights that add up to one, flattened until a fifth of the points count."""
    log = np.where(np.isfinite(log), log, -np.inf) - log[np.isfinite(log)].max()
    for power in (1.0, 0.7, 0.5, 0.35, 0.2, 0.1, 0.05, 0.02):
        weight = np.exp(power * log)
        if weight.sum() ** 2 / (weight**2).sum() > 0.1 * len(log):
            break
    return np.asarray(weight / weight.sum())


def _student(centre: Floats, root: Floats, count: int, rng: np.random.Generator) -> Floats:
    normal = rng.standard_normal((count, len(centre)))
    mixed = np.sqrt(TAIL / rng.chisquare(TAIL, count))
    return np.asarray(centre + (normal * mixed[:, None]) @ root.T)


def _student_log(points: Floats, centre: Floats, root: Floats) -> Floats:
    z = np.linalg.solve(root, (points - centre).T)
    inside = np.log1p((z**2).sum(axis=0) / TAIL)
    return np.asarray(-0.5 * (TAIL + len(centre)) * inside - np.log(np.diag(root)).sum())


def _worst(fitted: FittedGap) -> tuple[float, float]:
    """Return the largest R-hat and the fewest effective draws of the effect and the parameters."""
    looked = [fitted.theta, *np.moveaxis(fitted.hyper, -1, 0)]
    found = [adapter.diagnostics(one) for one in looked]
    rhat = max(one.rhat for one in found)
    return rhat, min(min(one.ess_bulk, one.ess_tail) for one in found)
