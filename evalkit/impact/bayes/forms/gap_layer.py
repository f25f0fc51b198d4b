"""The Gaussian layer: coefficients that are integrated out, for many sets of parameters at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.bayes.forms.gap_form import Conditional
from evalkit.impact.least_squares import Floats

TINY = 1e-10


@dataclass(frozen=True, slots=True)
class System:
    """Normal rows and normal priors of their coefficients, for each of B sets of parameters.

    Attributes
    ----------
    whole : ndarray, shape (B, k + 1, k + 1)
        Products of columns and, last, the outcome, whitened by the errors' covariance.
    logdet : ndarray, shape (B,)
        Log determinant of that covariance.
    precision : ndarray, shape (B, k)
        Of the coefficients' priors; zero is flat.
    centre : ndarray, shape (k,)
        Their means.
    """

    whole: Floats
    logdet: Floats
    precision: Floats
    centre: Floats

    def joined(self) -> Floats:
        """Return the products with the priors taken in, as if each were one more row."""
        made, k = self.whole.copy(), self.precision.shape[1]
        at, pull = np.arange(k), self.precision * self.centre
        made[:, at, at] += self.precision
        made[:, at, k] += pull
        made[:, k, at] += pull
        made[:, k, k] += (pull * self.centre).sum(axis=1) + TINY
        return made

    def density(self, diagonal: Floats) -> Floats:
        """Return the log density of the data from the diagonal of the factor of `joined`."""
        known = np.log(np.where(self.precision > 0, self.precision, 1.0)).sum(axis=1)
        det = 2 * np.log(diagonal[:, :-1]).sum(axis=1)
        return np.asarray(-0.5 * (self.logdet + diagonal[:, -1] ** 2 + det - known))


@dataclass(frozen=True, slots=True)
class Layer:
    """The coefficients given the parameters.

    Attributes
    ----------
    loglik : ndarray, shape (B,)
        Log density of the data, the coefficients integrated out.
    mean : ndarray, shape (B, k)
    root : ndarray, shape (B, k, k)
        Lower Cholesky factor of the coefficients' precision.
    """

    loglik: Floats
    mean: Floats
    root: Floats

    def variance(self, contrast: Floats) -> Floats:
        """Return the variance of a combination of coefficients, (k,) or one each (B, k)."""
        wanted = np.broadcast_to(contrast, self.mean.shape)[..., None]
        half = np.linalg.solve(self.root, wanted)[..., 0]
        return np.asarray((half**2).sum(axis=-1))

    def draw(self, rng: np.random.Generator) -> Floats:
        """Return one draw of the coefficients for each set of parameters, shape (B, k)."""
        normal = rng.standard_normal(self.mean.shape)[..., None]
        away = np.linalg.solve(np.swapaxes(self.root, -1, -2), normal)[..., 0]
        return np.asarray(self.mean + away)

    def draw_with(self, place: int, theta: Floats, rng: np.random.Generator) -> Floats:
        """Return a draw of the coefficients in which the one at `place` is `theta` (B,)."""
        drawn = self.draw(rng)
        unit = np.zeros((*self.mean.shape, 1))
        unit[:, place] = 1.0
        half = np.linalg.solve(self.root, unit)
        along = np.linalg.solve(np.swapaxes(self.root, -1, -2), half)[..., 0]
        move = (theta - drawn[:, place]) / along[:, place]
        return np.asarray(drawn + move[:, None] * along)


def layer(system: System) -> Layer:
    """Return the coefficients given the parameters, and the density of the data.

    References
    ----------
    Lindley and Smith (1972), Journal of the Royal Statistical Society B 34, section 2.
    """
    factor = np.asarray(np.linalg.cholesky(system.joined()), dtype=float)
    root = factor[:, :-1, :-1]
    half = factor[:, -1, :-1, None]
    mean = np.linalg.solve(np.swapaxes(root, -1, -2), half)[..., 0]
    return Layer(system.density(np.diagonal(factor, axis1=-2, axis2=-1)), mean, root)


def evidence(system: System, place: int) -> Conditional:
    """Return the density of the data and the moments of one flat coefficient, at little cost.

    In the Cholesky factor of all products, with the outcome last and the coefficient before it, the
    entries at the end give the coefficient and its variance: no system is solved.

    Parameters
    ----------
    system : System
    place : int
        Of the coefficient.
    """
    k = system.precision.shape[1]
    order = np.array([*(j for j in range(k) if j != place), place, k])
    made = system.joined()[:, order[:, None], order[None, :]]
    factor = np.asarray(np.linalg.cholesky(made), dtype=float)
    diagonal = np.diagonal(factor, axis1=-2, axis2=-1)
    own = diagonal[:, -2]
    return Conditional(system.density(diagonal), factor[:, -1, -2] / own, 1 / own**2)
