"""The site-effects model in PyMC, sampled by nutpie; no C compiler is ever called.

In standard deviations of the outcome, with one raw effect a treated site (`RawEffects`)::

    raw          ~ Normal(site_effect, sigma^2 * noise)
    site_effect  ~ Normal(mu + moderators @ gamma, tau^2)
    mu ~ Normal, tau ~ HalfNormal, sigma ~ HalfNormal, gamma ~ Normal

The site effects are integrated out exactly before sampling and drawn from their exact conditional
distribution afterwards, so that only ``mu, tau, sigma`` (and ``gamma``) are sampled: no funnel, and
one compiled model serves every outcome and any number of sites. `full_model` is the same model
with the site effects left in; the tests hold one against the other.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.adapter import Diagnostics
from evalkit.impact.bayes.collapse import RawEffects
from evalkit.impact.bayes.priors import Priors

Floats = NDArray[np.float64]
CHAINS, DIGITS = 4, 10
RHAT_LIMIT, ESS_LIMIT = 1.01, 400.0


@dataclass(frozen=True)
class Effort:
    """How hard to sample: the answer to chains that do not agree is more of it, and says so."""

    tune: int
    draws: int
    target_accept: float


EFFORTS = (Effort(1000, 1500, 0.9), Effort(3000, 3000, 0.98), Effort(6000, 6000, 0.995))


@dataclass(frozen=True)
class Posterior:
    """Draws in outcome units, shape (chains, draws) with a last axis for sites or moderators.

    Attributes
    ----------
    mu, tau, sigma : numpy.ndarray, shape (chains, draws)
        Typical effect, spread of effects between sites, residual standard deviation.
    gamma : numpy.ndarray, shape (chains, draws, moderators)
    site_effect : numpy.ndarray, shape (chains, draws, sites)
    divergences : int
    effort : Effort
        The sampling that was enough.
    attempts : int
        Which attempt that was, from 1.
    """

    mu: Floats
    tau: Floats
    sigma: Floats
    gamma: Floats
    site_effect: Floats
    divergences: int
    effort: Effort
    attempts: int

    @property
    def mean_effect(self) -> Floats:
        """Mean of the treated sites' own effects, shape (chains, draws)."""
        return np.asarray(self.site_effect.mean(axis=-1))


@dataclass(frozen=True)
class Problem:
    """What one run of the model needs.

    Attributes
    ----------
    raw : RawEffects
    moderators : numpy.ndarray, shape (sites, moderators)
        Standardised over the treated sites.
    sd : float
        The outcome's standard deviation, the unit in which it is sampled.
    """

    raw: RawEffects
    moderators: Floats
    sd: float


def sample_posterior(
    problem: Problem, priors: Priors, seed: int, efforts: tuple[Effort, ...] = EFFORTS
) -> Posterior:
    """Sample until the chains agree, with more effort each time.

    Raises
    ------
    DesignError
        When R-hat stays above 1.01, an effective sample size below 400, or any transition diverges.
    """
    trouble = ""
    for attempt, effort in enumerate(efforts, start=1):
        posterior = _sample(problem, priors, seed, effort, attempt)
        trouble = _trouble(posterior)
        if not trouble:
            return posterior
    raise DesignError(
        f"The sampling did not converge in {len(efforts)} attempts ({trouble}), "
        "so there is no result to report.",
        do="Give narrower `priors`, drop moderators, or use a design that needs fewer sites.",
    )


def new_site_draws(posterior: Posterior, seed: int) -> Floats:
    """Return draws of the effect in one more site like these, at the moderators' mean."""
    rng = np.random.default_rng([seed, 7])
    return np.asarray(posterior.mu + posterior.tau * rng.standard_normal(posterior.tau.shape))


def _trouble(posterior: Posterior) -> str:
    """Return why the draws may not be used, or an empty string."""
    if posterior.divergences:
        return f"{posterior.divergences} divergent transitions"
    worst = worst_diagnostics(posterior)
    if not worst.rhat <= RHAT_LIMIT:
        return f"R-hat {worst.rhat:.3f}"
    smallest = min(worst.ess_bulk, worst.ess_tail)
    return "" if smallest >= ESS_LIMIT else f"only {smallest:.0f} effective draws"


def worst_diagnostics(posterior: Posterior) -> Diagnostics:
    """Return the worst of each diagnostic over everything sampled and the mean effect."""
    each = [posterior.mu, posterior.tau, posterior.sigma, posterior.mean_effect]
    each += [posterior.gamma[..., k] for k in range(posterior.gamma.shape[-1])]
    found = [adapter.diagnostics(draws) for draws in each]
    return Diagnostics(
        max(one.rhat for one in found),
        min(one.ess_bulk for one in found),
        min(one.ess_tail for one in found),
        max(one.mcse for one in found),
    )


def _sample(problem: Problem, priors: Priors, seed: int, effort: Effort, attempt: int) -> Posterior:
    data, rotation = _rotate(problem)
    count = problem.moderators.shape[1]
    with adapter.quiet(), no_compiler():
        import nutpie

        compiled = _compiled(count)
        trace = nutpie.sample(
            compiled.with_data(rows=data, known=_known(problem, priors)),
            draws=effort.draws,
            tune=effort.tune,
            chains=CHAINS,
            cores=1,  # the chains take a tenth of a second; cores stay free for other analyses
            seed=seed,
            target_accept=effort.target_accept,
            progress_bar=False,
        )
    drawn = adapter.arrays(trace, ["mu", "signed_tau", "log_ratio", *["gamma"] * bool(count)])
    mu, tau = drawn["mu"], np.abs(drawn["signed_tau"])
    sigma = _known(problem, priors)[5] * np.exp(drawn["log_ratio"])
    gamma = drawn.get("gamma", np.zeros((*mu.shape, 0)))
    rng = np.random.default_rng([seed, attempt])
    site_effect = _draw_sites(data, rotation, (mu, tau, sigma, gamma), rng)
    sd = problem.sd
    return Posterior(
        mu * sd,
        tau * sd,
        sigma * sd,
        gamma * sd,
        site_effect * sd,
        adapter.divergences(trace),
        effort,
        attempt,
    )


def _rotate(problem: Problem) -> tuple[Floats, Floats]:
    """Return rows (raw, intercept, noise, moderators...) by independent direction, and the rotation.

    In the eigenvectors of `noise` the raw effects are independent, whatever errors they share.
    Rounding to a ten-thousand-millionth of a standard deviation first makes the draws the same
    in any unit of the outcome and any order of rows, which a last bit would otherwise change.
    """
    value, rotation = np.linalg.eigh(problem.raw.noise.round(DIGITS))
    parts = [
        rotation.T @ (problem.raw.effect / problem.sd).round(DIGITS),
        rotation.sum(axis=0),
        np.maximum(value, 0.0),
        *(rotation.T @ column for column in problem.moderators.round(DIGITS).T),
    ]
    return np.array(parts), rotation


def _known(problem: Problem, priors: Priors) -> Floats:
    """Return the seven known numbers of the model, in standard deviations."""
    sd, raw = problem.sd, problem.raw
    scales = (priors.effect_mean, priors.effect_sd, priors.spread_sd, priors.noise_sd)
    known = [*(scale / sd for scale in scales), raw.df, raw.sigma / sd, priors.moderators_sd / sd]
    return np.array(known).round(DIGITS)


def _draw_sites(
    data: Floats, rotation: Floats, drawn: tuple[Floats, ...], rng: np.random.Generator
) -> Floats:
    """Draw the site effects given everything else: Gaussian, and independent after rotation."""
    mu, tau, sigma, gamma = (one[..., None] for one in drawn)
    centre = mu * data[1] + (gamma * data[3:]).sum(axis=-2)
    noise = sigma**2 * data[2]
    keep = tau**2 / (tau**2 + noise)
    mean = centre + keep * (data[0] - centre)
    own = rng.standard_normal(mean.shape)
    return np.asarray((mean + np.sqrt(keep * noise) * own) @ rotation.T)


@contextmanager
def no_compiler() -> Iterator[None]:
    """Keep PyTensor from calling a C compiler here, and leave the user's own settings as they were.

    Only the small functions around the model run in Python; the model itself is compiled by numba.
    """
    pytensor: Any = importlib.import_module("pytensor")  # it does not export its own settings
    flags = {"cxx": "", "mode": "FAST_COMPILE"}
    with suppress(Exception):  # older PyTensor cannot change its linker, and need not
        pytensor.config.linker = pytensor.config.linker
        flags["linker"] = "py"
    with pytensor.config.change_flags(**flags):
        yield


@lru_cache(maxsize=8)
def _compiled(moderators: int) -> Any:
    """Return the compiled model; its data are put in later, so it is compiled once a process."""
    import nutpie

    return nutpie.compile_pymc_model(collapsed_model(moderators), backend="numba", var_names=[])


def collapsed_model(moderators: int) -> Any:
    """Return the PyMC model with the site effects integrated out, in standard deviations.

    Its parameters are free of bounds, and the same in every version of the libraries: ``signed_tau``
    is normal and ``tau`` its size, which is a half-normal ``tau`` exactly, and smooth at zero as the
    likelihood knows only its square; ``log_ratio`` is the log of ``sigma`` over its estimate.

    `rows` and `known` are packed into one array each because every further input costs numba about
    a fifth of a second in each new process.
    """
    import pymc as pm

    with pm.Model(check_bounds=False) as model:
        rows = pm.Data("rows", np.ones((3 + moderators, 3)))
        known = pm.Data("known", np.ones(7))
        mean, effect_sd, spread_sd, noise_sd, df, estimated = (known[i] for i in range(6))
        mu = pm.Normal("mu", mean, effect_sd)
        signed_tau = pm.Normal("signed_tau", 0, spread_sd)
        log_ratio = pm.Flat("log_ratio")
        ratio = pm.math.exp(2 * log_ratio)
        centre = mu * rows[1]
        if moderators:
            gamma = pm.Normal("gamma", 0, known[6], shape=moderators)
            centre = centre + (gamma[:, None] * rows[3:]).sum(axis=0)
        total = signed_tau**2 + estimated**2 * ratio * rows[2]
        fit = (pm.math.log(total) + (rows[0] - centre) ** 2 / total).sum()
        pm.Potential("raw_effects", -0.5 * fit)
        pm.Potential("residuals", -df * log_ratio - 0.5 * df / ratio)
        # sigma ~ HalfNormal(noise_sd), with the Jacobian of its logarithm
        pm.Potential("noise_prior", log_ratio - 0.5 * ratio * (estimated / noise_sd) ** 2)
    return model


def full_model(problem: Problem, priors: Priors) -> Any:
    """Return the same PyMC model with every site's effect as a parameter, in outcome units.

    For export, extension and cross-checking; `sample_posterior` is faster and samples better.
    """
    import pymc as pm

    raw, (sites, count) = problem.raw, problem.moderators.shape
    with pm.Model() as model:
        mu = pm.Normal("mu", priors.effect_mean, priors.effect_sd)
        tau = pm.HalfNormal("tau", priors.spread_sd)
        sigma = pm.HalfNormal("sigma", priors.noise_sd)
        apart = pm.Normal("apart", 0, 1, shape=sites)
        centre = mu
        if count:
            gamma = pm.Normal("gamma", 0, priors.moderators_sd, shape=count)
            centre = mu + pm.math.dot(problem.moderators, gamma)
        site_effect = pm.Deterministic("site_effect", centre + tau * apart)
        root = np.linalg.cholesky(raw.noise)
        pm.MvNormal("raw_effect", site_effect, chol=sigma * root, observed=raw.effect)
        residuals = -raw.df * pm.math.log(sigma) - 0.5 * raw.df * raw.sigma**2 / sigma**2
        pm.Potential("residuals", residuals)
    return model
