"""The row model of a family in PyMC: group effects non-centred, data put in after compiling.

    eta = fixed @ beta + (cells @ u)[cell],   u = S (sqrt(1 - rho^2) z + rho z of the partner)
    beta ~ Normal(prior mean, prior sd), z ~ Normal(0, 1), S ~ HalfNormal(scale)
    p(rho) proportional to 1 - rho^2, which is LKJ(2) for two (Lewandowski, Kurowicka and Joe 2009)

All group effects stand in one vector `u`, whatever the blocks: which spread and which correlation
each has, and which effect of the same group is its partner, are data. So one compiled model serves
every arrangement of groups with as many effects, and has few operations, which is what compiling
takes its time for. Rows with the same groups share a cell. Log-likelihoods are written out, so that
rows may stand for several (`weight`) and a Bernoulli outcome is a binomial one.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.engine import no_compiler


@dataclass(frozen=True)
class Shape:
    """What a compiled model depends on; everything else is data.

    Attributes
    ----------
    family : str
    fixed : int
        Columns of the fixed part.
    effects, spreads, pairs : int
        Group effects in all, their spreads, and how many of these are correlated pairs.
    categories : int
        Of an ordinal outcome; 0 otherwise.
    centred : bool
        Whether group effects are sampled themselves rather than in units of their spread.
    """

    family: str
    fixed: int
    effects: int
    spreads: int
    pairs: int
    categories: int = 0
    centred: bool = False


def row_model(shape: Shape) -> Any:
    """Return the PyMC model of a shape, with data of one row to be replaced.

    Its parameters are free of bounds, so that nothing but the density is compiled. `group_draws` and
    `noise_draws` turn draws of them into what is reported.

    Its data are ``fixed`` (rows, columns); ``rows`` (3, rows): outcome, size and weight; ``cell``
    (rows,) and ``cells`` (cells, effects): features of each cell; ``groups`` (effects, spreads +
    pairs + effects): which spread, which correlation (for the second of a pair) and which partner
    each effect has; ``prior`` (2, columns): means and standard deviations; ``scales``: one a spread,
    then that of the noise, then a starting place for each cut between categories.
    """
    import pymc as pm

    extra = max(shape.categories - 1, 0)
    width = shape.spreads + shape.pairs + shape.effects
    with pm.Model(check_bounds=False) as model:
        fixed = pm.Data("fixed", np.ones((1, shape.fixed)))
        rows = pm.Data("rows", np.ones((3, 1)))
        cell = pm.Data("cell", np.zeros(1, dtype="int64"))
        cells = pm.Data("cells", np.ones((1, shape.effects)))
        groups = pm.Data("groups", np.ones((shape.effects, width)))
        prior = pm.Data("prior", np.ones((2, shape.fixed)))
        scales = pm.Data("scales", 1.0 + np.arange(shape.spreads + 1 + extra))
        beta = pm.Flat("beta", shape=shape.fixed)
        pm.Potential("beta_prior", -0.5 * (((beta - prior[0]) / prior[1]) ** 2).sum())
        u = _group_effects(shape, groups, scales[: shape.spreads])
        eta = fixed @ beta + (cells @ u)[cell]
        fit = _log_likelihood(shape, eta, rows, scales[shape.spreads :])
        pm.Potential("outcomes", (fit * rows[2]).sum())
    return model


def _positive(name: str, scale: Any, shape: int) -> Any:
    """Return half-normal variables by their logarithms, which are free of bounds."""
    import pymc as pm

    log = pm.Flat(f"log_{name}", shape=shape)
    value = pm.math.exp(log)
    # HalfNormal(scale) with the Jacobian of the logarithm
    pm.Potential(f"{name}_prior", (log - 0.5 * (value / scale) ** 2).sum())
    return value


def _group_effects(shape: Shape, groups: Any, scale: Any) -> Any:
    """Return all group effects; those of a pair are correlated."""
    import pymc as pm

    spread = _positive("spread", scale, shape.spreads)
    own = groups[:, : shape.spreads] @ pm.math.log(spread)
    z = pm.Flat("z", shape=shape.effects)
    partner = groups[:, shape.spreads + shape.pairs :]
    if shape.pairs:
        turn = pm.Flat("turn", shape=shape.pairs)
        # LKJ(2) is 1 - rho^2, and the Jacobian of tanh is that once more
        pm.Potential("turn_prior", 2 * pm.math.log(1 - pm.math.tanh(turn) ** 2).sum())
        rho = pm.math.tanh(groups[:, shape.spreads : shape.spreads + shape.pairs] @ turn)
        rest = pm.math.log(1 - rho**2) / 2
    else:
        rho, rest = 0.0, 0.0
    if not shape.centred:
        pm.Potential("groups_prior", -0.5 * (z**2).sum())
        return pm.math.exp(own) * (pm.math.exp(rest) * z + rho * (partner @ z))
    size = z * pm.math.exp(-own)
    apart = (size - rho * (partner @ size)) * pm.math.exp(-rest)
    pm.Potential("groups_prior", -(0.5 * apart**2 + own + rest).sum())
    return z


def _log_likelihood(shape: Shape, eta: Any, rows: Any, scales: Any) -> Any:
    """Return the log-likelihood of each row, up to a constant."""
    import pymc as pm

    y, size = rows[0], rows[1]
    if shape.family in ("bernoulli", "binomial"):
        return y * eta - size * pm.math.log1pexp(eta)
    if shape.family == "poisson":
        return y * eta - size * pm.math.exp(eta)
    if shape.family == "negative_binomial":
        return _negative_binomial(y, eta + pm.math.log(size), scales[0])
    if shape.family == "student_t":
        return _student(y - eta, scales[0])
    return _ordinal(shape, y, eta, scales[1:])


def _negative_binomial(y: Any, eta: Any, scale: Any) -> Any:
    """Return the log-likelihood with variance ``mean + mean^2 * overdispersion^2``."""
    import pymc as pm

    pt: Any = importlib.import_module("pytensor.tensor")

    overdispersion = _positive("overdispersion", scale, 1)[0]
    size = 1 / overdispersion**2
    together = pm.math.logaddexp(eta, pm.math.log(size))
    return (
        pt.gammaln(y + size)
        - pt.gammaln(size)
        + size * (pm.math.log(size) - together)
        + y * (eta - together)
    )


def _student(rest: Any, scale: Any) -> Any:
    """Return the log-likelihood of Student's t; df - 1 ~ Gamma(2, 0.1) (Juarez and Steel 2010)."""
    import pymc as pm

    pt: Any = importlib.import_module("pytensor.tensor")

    sigma = _positive("sigma", scale, 1)[0]
    log = pm.Flat("log_more")
    more = pm.math.exp(log)
    pm.Potential("more_prior", 2 * log - 0.1 * more)
    df = 1 + more
    return (
        pt.gammaln((df + 1) / 2)
        - pt.gammaln(df / 2)
        - 0.5 * pm.math.log(df)
        - pm.math.log(sigma)
        - (df + 1) / 2 * pt.log1p(rest**2 / (df * sigma**2))
    )


def _ordinal(shape: Shape, y: Any, eta: Any, start: Any) -> Any:
    """Return the log-likelihood of cumulative log odds; cuts as a first one and log steps."""
    import pymc as pm

    pt: Any = importlib.import_module("pytensor.tensor")

    count = shape.categories - 1
    # in units of their priors, so that sampling starts near cuts that give the shares seen
    first = start[0] + 2.5 * pm.Normal("first_cut", 0, 1)
    apart = pm.Normal("log_steps", 0, 1, shape=count - 1)
    steps = (start[1:] - start[:-1]) * pm.math.exp(apart)
    cuts = pt.concatenate([first[None], first + pt.cumsum(steps)])
    far = pt.constant(np.array([40.0]))
    ends = pt.concatenate([-far + 0 * first, cuts, far + 0 * first])
    code = pt.cast(y, "int64")
    high, low = ends[code + 1] - eta, ends[code] - eta
    # log(F(high) - F(low)) without cancelling: F(high) F(-low) (1 - exp(low - high))
    return -pt.softplus(-high) - pt.softplus(low) + pt.log1p(-pt.exp(low - high))


def parameters(shape: Shape) -> list[str]:
    """Return the names of what is sampled."""
    names = ["beta", "log_spread", "z", *(["turn"] if shape.pairs else [])]
    return names + {
        "student_t": ["log_sigma", "log_more"],
        "negative_binomial": ["log_overdispersion"],
        "ordinal": ["first_cut", "log_steps"],
    }.get(shape.family, [])


def group_draws(shape: Shape, drawn: Mapping[str, Floats], groups: Floats) -> Floats:
    """Return draws of all group effects, shape (..., effects).

    Parameters
    ----------
    groups : numpy.ndarray
        The data of that name.
    """
    z = drawn["z"]
    if shape.centred:
        return z
    spreads, pairs = shape.spreads, shape.pairs
    size = np.exp(drawn["log_spread"] @ groups[:, :spreads].T)
    if not pairs:
        return np.asarray(size * z)
    rho = np.tanh(drawn["turn"] @ groups[:, spreads : spreads + pairs].T)
    partner = z @ groups[:, spreads + pairs :].T
    return np.asarray(size * (np.sqrt(1 - rho**2) * z + rho * partner))


def noise_draws(shape: Shape, drawn: Mapping[str, Floats], scales: Floats) -> dict[str, Floats]:
    """Return what else a family has: sigma and df, overdispersion, or cuts."""
    if shape.family == "student_t":
        return {"sigma": np.exp(drawn["log_sigma"][..., 0]), "df": 1 + np.exp(drawn["log_more"])}
    if shape.family == "negative_binomial":
        return {"overdispersion": np.exp(drawn["log_overdispersion"][..., 0])}
    if shape.family != "ordinal":
        return {}
    start = scales[-(shape.categories - 1) :]
    first = start[0] + 2.5 * drawn["first_cut"][..., None]
    steps = np.diff(start) * np.exp(drawn["log_steps"])
    return {"cuts": np.concatenate([first, first + np.cumsum(steps, axis=-1)], axis=-1)}


@lru_cache(maxsize=16)
def compiled(shape: Shape) -> Any:
    """Return nutpie's compiled model of a shape; kept, so that a second one compiles no more."""
    import nutpie

    with adapter.quiet(), no_compiler():
        return nutpie.compile_pymc_model(row_model(shape), backend="numba", var_names=[])
