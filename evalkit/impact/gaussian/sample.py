"""Draws from a Gaussian hierarchical model: checked, or refused with the reason."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.gaussian import hyper, marginal
from evalkit.impact.gaussian.agreement import agreement
from evalkit.impact.gaussian.check import need_sound
from evalkit.impact.gaussian.climb import Top, top
from evalkit.impact.gaussian.coefficients import coefficients, log_parts
from evalkit.impact.gaussian.hamiltonian import LEAST_ACCEPTED, Effort, walked
from evalkit.impact.gaussian.hyper import Hyper
from evalkit.impact.gaussian.mixture import MOST_NUMBERS, independent
from evalkit.impact.gaussian.model import Draws, Floats, Model
from evalkit.impact.gaussian.structure import Part, parts, size

RHAT_LIMIT, ESS_LIMIT = 1.01, 400.0
MIXTURE_EFFORTS, PROPOSALS = (1, 4), 6000
"""How many steps or proposals in all are made at least, however few draws are kept."""
EFFORTS = (Effort(240, 1), Effort(500, 3), Effort(1200, 10))


@dataclass(frozen=True)
class Found:
    """Draws of one part, flat over chains."""

    coef: Floats
    hyper: Hyper
    log_prior: Floats
    log_likelihood: Floats
    accepted: float
    attempt: int


def sample(model: Model, *, draws: int = 1500, chains: int = 4, seed: int = 0) -> Draws:
    """Draw from the posterior of a model.

    Standard deviations, correlations and noise are sampled with the coefficients integrated out:
    by independent proposals from a fitted mixture where they are few, else by Hamiltonian Monte
    Carlo. Coefficients are then drawn exactly. Parts of a model that have nothing in common, such
    as outcomes with hierarchies of their own, are sampled one by one.

    Parameters
    ----------
    model : Model
    draws, chains : int
        Draws kept of each chain, and chains (at least two).
    seed : int
        The same seed gives the same draws.

    Raises
    ------
    DesignError
        When the data cannot carry the model, or the chains do not agree (R-hat above 1.01 or fewer
        than 400 effective draws) after the last attempt, each made with more effort: with at most
        eight free numbers, 6,000 independent proposals (or as many as draws) and then four times as
        many; with more of them, or after that, as many Hamiltonian trajectories, then three and ten
        times as many, after 240, 500 and 1,200 to warm up.
    """
    need_sound(model)
    _need_enough(draws, chains)
    with _one_thread():
        found = [
            (one, _sampled(one, (chains, draws), [seed, number]))
            for number, one in enumerate(parts(model))
        ]
    return together(model, found, (chains, draws))


def _need_enough(draws: int, chains: int) -> None:
    if chains < 2 or draws * chains < ESS_LIMIT or draws < 20:
        raise DesignError(
            f"{chains} chains of {draws} draws cannot show that the sampling converged.",
            do="Take at least 2 chains, and 400 draws in all.",
        )


def _one_thread() -> AbstractContextManager[Any]:
    """Keep linear algebra on one core: the arrays are small, and sums then have one order."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)  # type: ignore[no-any-return]


def _sampled(part: Part, shape: tuple[int, int], seed: list[int]) -> Found:
    p = marginal.problem(part.model)
    free = hyper.count(part.model)
    if not free:
        return _drawn(p, np.zeros((*shape, 0)), np.random.default_rng(seed), (1.0, 1))
    at, attempt, trouble = top(p), 0, ""
    more = max(-(-PROPOSALS // (shape[0] * shape[1])), 1)
    if free <= MOST_NUMBERS:
        for times in MIXTURE_EFFORTS:
            attempt += 1
            found, trouble = _by_mixture(p, at, shape, times * more, [*seed, attempt])
            if found is not None:
                return found
    for effort in EFFORTS:
        attempt += 1
        rng = np.random.default_rng([*seed, attempt])
        own = Effort(effort.warm, effort.thin * more)
        made = walked(p, at, shape, own, rng)
        trouble = _trouble(made.eta)
        if made.slowest < LEAST_ACCEPTED:
            trouble = trouble or "a chain that is stuck"
        if not trouble:
            kept = _every(made.eta, own.thin, shape[1])
            return _drawn(p, kept, rng, (made.accepted, attempt))
    raise DesignError(
        f"The sampling did not converge in {attempt} attempts ({trouble}), so there is no result.",
        do="Give narrower `priors`, or use fewer groups, outcomes or moderators.",
    )


def _by_mixture(
    p: marginal.Problem, at: Top, shape: tuple[int, int], thin: int, seed: list[int]
) -> tuple[Found | None, str]:
    rng = np.random.default_rng(seed)
    made = independent(p, at, shape, thin, rng)
    if made is None:
        return None, "proposals that do not fit"
    steps, accepted = made
    trouble = _trouble(steps)
    if trouble:
        return None, trouble
    return _drawn(p, _every(steps, thin, shape[1]), rng, (accepted, seed[-1])), ""


def _every(steps: Floats, thin: int, draws: int) -> Floats:
    return steps[:, thin - 1 :: thin][:, :draws]


def _drawn(
    p: marginal.Problem, eta: Floats, rng: np.random.Generator, how: tuple[float, int]
) -> Found:
    flat = eta.reshape(eta.shape[0] * eta.shape[1], eta.shape[2])
    coef, it = coefficients(p, flat, rng)
    prior, likelihood = log_parts(p, coef, it)
    return Found(coef, it, prior, likelihood, *how)


def _trouble(eta: Floats) -> str:
    """Return why the draws may not be used, or an empty string; all steps are looked at.

    Few draws would leave R-hat to chance, which is why it is not told from those kept alone.
    Coefficients are independent draws given the free numbers, and so cannot be worse.
    """
    told = agreement(eta)
    worst = float(told.rhat.max())
    least = float(min(told.ess_bulk.min(), told.ess_tail.min()))
    if not worst <= RHAT_LIMIT:
        return f"R-hat {worst:.3f}"
    return "" if least >= ESS_LIMIT else f"only {least:.0f} effective draws"


def together(model: Model, found: list[tuple[Part, Found]], shape: tuple[int, int]) -> Draws:
    """Return the draws of the whole model from those of its independent parts."""
    coef = np.zeros((*shape, size(model)))
    noise = np.zeros((*shape, len(model.grams)))
    scales: dict[int, Floats] = {}
    corr: dict[int, Floats] = {}
    for part, one in found:
        coef[..., part.columns] = one.coef.reshape(*shape, len(part.columns))
        noise[..., part.noise] = one.hyper.noise.sd.reshape(*shape, len(part.noise))
        for v, scale, root in zip(part.varying, one.hyper.scales, one.hyper.corr, strict=True):
            scales[int(v)] = scale.reshape(*shape, -1)
            corr[int(v)] = (root @ root.swapaxes(-1, -2)).reshape(*shape, *root.shape[1:])
    every, first = range(len(model.varying)), found[0][1].hyper.noise
    groups = first.root.shape[-1]
    return Draws(
        coef,
        tuple(scales[v] for v in every),
        tuple(corr[v] for v in every),
        noise,
        np.sum([one.log_prior for _, one in found], axis=0).reshape(shape),
        np.sum([one.log_likelihood for _, one in found], axis=0).reshape(shape),
        min(one.accepted for _, one in found),
        max(one.attempt for _, one in found),
        first.typical.reshape(shape) if first.typical.shape[1] else np.zeros((*shape, 0)),
        first.spread.reshape(shape) if first.spread.shape[1] else np.zeros((*shape, 0)),
        (first.root @ first.root.swapaxes(-1, -2)).reshape(*shape, groups, groups),
    )
