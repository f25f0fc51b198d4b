"""What a Gaussian hierarchical linear model is made of: arrays in, no labels.

::

    y_g = W_g @ coef + e_g,      e_g ~ Normal(0, noise_g^2)         g: noise groups

`coef` holds every coefficient, those of groups included. Blocks of it have their own prior: `Fixed`
(known) or `Varying` (the covariance is learnt). Rows enter by their `Gram` matrices only, so nothing
here grows with their number. The caller standardises, so that scales are of the order of one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Gram:
    """Sums over the rows of one noise group, which say all that a Gaussian model asks of them.

    Attributes
    ----------
    xx : numpy.ndarray, shape (m, m)
        Sum of ``w x x'`` over all coefficients' columns.
    xy : numpy.ndarray, shape (m,)
        Sum of ``w x y``.
    yy : float
        Sum of ``w y y``.
    n : float
        Number of rows (not the sum of weights).
    """

    xx: Floats
    xy: Floats
    yy: float
    n: float


@dataclass(frozen=True)
class Fixed:
    """Coefficients with a known normal prior, independent of each other.

    Attributes
    ----------
    columns : numpy.ndarray of int, shape (k,)
        Which coefficients.
    mean, sd : numpy.ndarray, shape (k,)
        ``sd=np.inf`` is a flat prior.
    """

    columns: Ints
    mean: Floats
    sd: Floats


@dataclass(frozen=True)
class Varying:
    """Coefficients of groups: each group's vector ~ Normal(0, covariance), the covariance learnt.

    Attributes
    ----------
    columns : numpy.ndarray of int, shape (groups, d)
        Which coefficients belong to each group.
    scale : numpy.ndarray, shape (d,)
        Each standard deviation ~ half-Student-t(`scale_df`) of this scale.
    correlated : bool
        LKJ(2) correlation over the d coefficients of a group; otherwise they are independent.
    relation : numpy.ndarray, shape (groups, groups), optional
        Known correlation between groups, for instance of sites held against the same comparison.
    label : str
        What messages call it.
    scale_df : float
        Degrees of freedom of the prior of the standard deviations; infinite is half-normal, 1 is
        half-Cauchy.
    """

    columns: Ints
    scale: Floats
    correlated: bool = True
    relation: Floats | None = None
    label: str = ""
    scale_df: float = np.inf


@dataclass(frozen=True)
class Noise:
    """The residual standard deviation of each noise group.

    Attributes
    ----------
    scale : float
        Each ~ half-normal(scale); when `pooled`, their typical value is.
    pooled : bool
        ``log noise_g ~ Normal(log typical, spread^2)``, ``spread ~ half-normal(0.5)``.
    known : numpy.ndarray, shape (groups,), optional
        Known standard deviations (a meta-analysis): nothing is sampled then.
    cross : tuple of Gram, optional
        Residual correlation between noise groups that are several outcomes of the same rows: the
        sums over pairs of outcomes, in the order (1, 0), (2, 0), (2, 1), (3, 0)..., where ``xx`` is
        the sum of ``x_g x_h' + x_h x_g'``, ``xy`` of ``x_g y_h + x_h y_g`` and ``yy`` of
        ``2 y_g y_h``. The correlation has an LKJ(2) prior. See `cross_grams`.
    """

    scale: float
    pooled: bool = False
    known: Floats | None = None
    cross: tuple[Gram, ...] = ()


@dataclass(frozen=True)
class Model:
    """A whole model; every coefficient is in exactly one `Fixed` or `Varying`."""

    grams: tuple[Gram, ...]
    fixed: tuple[Fixed, ...]
    varying: tuple[Varying, ...]
    noise: Noise


@dataclass(frozen=True)
class Draws:
    """Draws from a posterior or a prior; every array starts with (chains, draws).

    Attributes
    ----------
    coef : numpy.ndarray, shape (chains, draws, m)
    scales : tuple of numpy.ndarray, shape (chains, draws, d)
        Standard deviations, one array a `Varying`.
    correlations : tuple of numpy.ndarray, shape (chains, draws, d, d)
        The identity where a `Varying` is not correlated.
    noise : numpy.ndarray, shape (chains, draws, groups)
    log_prior : numpy.ndarray, shape (chains, draws)
        Of the fixed coefficients, standard deviations, correlations and noise: what was assumed,
        without the distribution of the groups, which is part of the model. Flat priors add nothing.
    log_likelihood : numpy.ndarray, shape (chains, draws)
        Of the rows, given the coefficients and the noise.
    accepted : float
        Share of proposals accepted; 1 when nothing had to be proposed.
    attempts : int
        Which attempt was enough, from 1.
    noise_typical, noise_spread : numpy.ndarray, shape (chains, draws)
        When the noise is pooled; otherwise of shape (chains, draws, 0).
    noise_correlation : numpy.ndarray, shape (chains, draws, groups, groups)
        When outcomes' residuals are correlated; otherwise of shape (chains, draws, 0, 0).
    """

    coef: Floats
    scales: tuple[Floats, ...]
    correlations: tuple[Floats, ...]
    noise: Floats
    log_prior: Floats
    log_likelihood: Floats
    accepted: float
    attempts: int
    noise_typical: Floats
    noise_spread: Floats
    noise_correlation: Floats
