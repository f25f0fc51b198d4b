"""Bayesian form of `synthetic_control`: sparse weights, and errors as large as the donors' own.

The weights' posterior says how the donors may be combined to follow the treated before the start. It
does not say how far such a combination goes astray afterwards; that is learnt from the donors, each
followed in the same way by the others, to whom nothing was done (placebos in space).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.forms.common_priors import (
    Asked,
    Belief,
    Beliefs,
    Slot,
    Slots,
    beliefs_of,
)
from evalkit.impact.bayes.forms.gap_form import posterior_of, prior_density
from evalkit.impact.bayes.forms.synthetic_courses import Courses, weights_prior
from evalkit.impact.bayes.forms.synthetic_placebos import (
    Placebos,
    error_paths,
    spread_draws,
    with_average,
    worse,
)
from evalkit.impact.bayes.forms.synthetic_weights import Weights, chains
from evalkit.impact.least_squares import Floats

CHAINS = 4
EFFORTS = ((2500, 300), (4000, 600), (10000, 1000))
"""Sweeps kept and left out at first, of each attempt."""
AGAIN = (800, 200)
RHAT, ESS = 1.01, 400
UNIT_RULE = "the standard deviation between the donors in the last period before the start"
SLOTS: Slots = {
    "effect": Slot("average effect from the start on", 2.0),
    "level": Slot("constant difference in level between the treated and the weighted donors", 0.15),
    "noise": Slot(
        "spread of one period around the weighted donors before the start", 0.5, half=True
    ),
    "placebo": Slot("spread of the average gap where nothing was done", 1.0, half=True),
}
"""Every prior a synthetic control has, in units."""


@dataclass(frozen=True)
class Followed:
    """Draws of the treated's gaps and weights; shapes begin with (chains, draws).

    `noise` has the treated courses first; `apart`, shape (N,), is their average gap before the start
    that neither weights nor level explain.
    """

    gaps: Floats
    w: Floats
    level: Floats
    noise: Floats
    loglik: Floats
    log_prior: Floats
    apart: Floats


@dataclass(frozen=True)
class FittedSynthetic:
    """A synthetic control, in units.

    Attributes
    ----------
    theta : ndarray, shape (chains, draws)
        The average effect.
    mean, error : ndarray, shape (chains, draws)
        The average gap, and the spread of its error.
    gaps, paths : ndarray, shape (chains, draws, h)
        Gaps, and effects, of each period from the start on.
    spread, power : ndarray, shape (chains, draws)
        Of the placebos' average gaps: at a typical fit before the start, and how it rises with it.
    """

    courses: Courses
    followed: Followed
    placebos: Placebos
    beliefs: Beliefs
    theta: Floats
    mean: Floats
    error: Floats
    paths: Floats
    spread: Floats
    power: Floats
    log_prior: Floats
    log_likelihood: Floats
    attempts: int


def beliefs_in_units(asked: Asked, courses: Courses) -> dict[str, Belief]:
    """Return the priors in units."""
    return beliefs_of(asked, SLOTS, courses.unit)


def follow(courses: Courses, beliefs: Beliefs, effort: tuple[int, int], seed: int) -> Followed:
    """Draw the weights of every treated course, and the gaps that they leave."""
    prior = weights_prior(beliefs)
    draws, warm = effort
    parts = [
        list(
            chains(
                y[courses.window],
                courses.donors[:, courses.window],
                prior,
                count=CHAINS,
                draws=draws,
                warm=warm,
                seed=seed + 1009 * place,
            )
        )
        for place, y in enumerate(courses.treated)
    ]
    w, level, noise, squares = (
        np.array([[getattr(one, name) for one in part] for part in parts])
        for name in Weights.__slots__
    )
    b = courses.before
    gaps = courses.treated[:, None, None, b:] - w @ courses.donors[:, b:] - level[..., None]
    early = courses.treated[:, courses.window].mean(axis=1)[:, None, None]
    apart = early - w @ courses.donors[:, courses.window].mean(axis=1) - level
    periods = int(courses.window.sum())
    loglik = -periods * np.log(noise) - squares / (2 * noise**2)
    own = -0.5 * (noise / prior.noise) ** 2 - 0.5 * (level / prior.level) ** 2
    return Followed(
        np.einsum("n,n...->...", courses.share, gaps),
        np.einsum("n,n...->...", courses.share, w),
        np.einsum("n,n...->...", courses.share, level),
        noise,
        loglik.sum(axis=0),
        own.sum(axis=0),
        apart.mean(axis=(1, 2)),
    )


def fit(courses: Courses, beliefs: Beliefs, placebos: Placebos, seed: int) -> FittedSynthetic:
    """Sample the effect.

    Raises
    ------
    DesignError
        When the chains do not agree after the stated retries.
    """
    worst = (np.nan, 0.0)
    for attempt, effort in enumerate(EFFORTS):
        followed = follow(courses, beliefs, effort, seed + attempt)
        made = combine(courses, followed, placebos, beliefs, seed, attempts=attempt + 1)
        found = [adapter.diagnostics(one) for one in (made.theta, made.mean, *followed.noise)]
        worst = max(one.rhat for one in found), min(min(o.ess_bulk, o.ess_tail) for o in found)
        if worst[0] <= RHAT and worst[1] >= ESS:
            return made
    raise DesignError(
        f"synthetic_control cannot be estimated: the sampling of the weights did not converge in "
        f"{len(EFFORTS)} attempts with more draws (R-hat {worst[0]:.3f}, limit {RHAT}; {worst[1]:.0f} "
        f"effective draws, limit {ESS}).",
        do="Leave out donors that are copies of each other, or write `inference: frequentist`.",
    )


def combine(
    courses: Courses,
    followed: Followed,
    placebos: Placebos,
    beliefs: Beliefs,
    seed: int,
    *,
    attempts: int = 1,
) -> FittedSynthetic:
    """Join what the weights say of the gap with what the placebos say of its error."""
    rng = np.random.default_rng([seed, 139])
    shape = followed.gaps.shape[:2]
    spread, power, log_spread, log_placebo = spread_draws(placebos, beliefs, shape, rng)
    error2 = np.zeros(shape)
    fits = followed.noise.mean(axis=(1, 2))
    for part, own, apart in zip(courses.share, fits, followed.apart, strict=True):
        # a gap that was there before, and that nothing explains, may as well go as stay
        error2 += part**2 * ((spread * worse(placebos, float(own), power)) ** 2 + apart**2)
    mean = followed.gaps.mean(axis=-1)
    belief = beliefs["effect"]
    at = _reweighted(prior_density(mean, error2, belief), rng)
    lane = np.arange(shape[0])[:, None]
    followed = _at(followed, lane, at)
    mean, error2, spread, power = (one[lane, at] for one in (mean, error2, spread, power))
    centre, sd = posterior_of(mean, error2, belief)
    theta = centre + sd * rng.standard_normal(shape)
    errors = error_paths(placebos, np.sqrt(error2), rng)
    # the path of the error is given its average by Gaussian conditioning
    paths = followed.gaps - with_average(errors, mean - theta, placebos)
    prior = (
        followed.log_prior + log_spread[lane, at] - 0.5 * ((theta - belief.mean) / belief.sd) ** 2
    )
    data = followed.loglik + log_placebo[lane, at]
    data = data - 0.5 * np.log(error2) - (mean - theta) ** 2 / (2 * error2)
    return FittedSynthetic(
        courses,
        followed,
        placebos,
        beliefs,
        theta,
        mean,
        np.sqrt(error2),
        paths,
        spread,
        power,
        prior,
        data,
        attempts,
    )


def _at(followed: Followed, lane: Any, at: Any) -> Followed:
    return Followed(
        followed.gaps[lane, at],
        followed.w[lane, at],
        followed.level[lane, at],
        followed.noise[:, lane, at],
        followed.loglik[lane, at],
        followed.log_prior[lane, at],
        followed.apart,
    )


def _reweighted(log: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return which draw stands at each step when draws are to be weighed (Metropolis on proposals)."""
    lots = np.log(rng.uniform(size=log.shape)).tolist()
    at = np.zeros(log.shape, dtype=np.intp)
    for chain, own in enumerate(log.tolist()):
        here = 0
        for step, value in enumerate(own):
            if lots[chain][step] < value - own[here]:
                here = step
            at[chain, step] = here
    return at
