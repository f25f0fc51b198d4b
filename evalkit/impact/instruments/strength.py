"""How strong the instruments are: F statistics of the first stage and what they must reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.instruments.reduced import Reduced
from evalkit.impact.least_squares import Floats

WORST_BIAS = 0.10
"""Weak: the bias of 2SLS may exceed this share of its worst case (Montiel Olea and Pflueger)."""
SIZE = 0.05


@dataclass(frozen=True, slots=True)
class Strength:
    """F statistics of the first stage.

    Attributes
    ----------
    effective, critical : float
        Effective F of Montiel Olea and Pflueger (2013), and the value it must exceed (their
        simplified, conservative one) for instruments to count as strong.
    critical_df : float
        Effective degrees of freedom of the critical value.
    plain : float
        F under equal spread (Cragg-Donald with one treatment).
    robust : float
        Robust F (Kleibergen-Paap with one treatment): the Wald statistic over its number.
    df : tuple of int
        Degrees of freedom of `plain` and `robust`: instruments; rows less coefficients, or
        clusters less one.
    partial_r2 : float
        Share of what covariates leave of the treatment that the instruments explain.
    """

    effective: float
    critical: float
    critical_df: float
    plain: float
    robust: float
    df: tuple[int, int]
    partial_r2: float

    @property
    def weak(self) -> bool:
        """Whether the effective F does not reach its critical value."""
        return not self.effective > self.critical


def strength(reduced: Reduced) -> Strength:
    """Return how strong the instruments are.

    The robust variances are adjusted for leverage (CR2, or HC2 without clusters), so that the
    effective F is a little below the one without a small-sample factor.

    References
    ----------
    Montiel Olea and Pflueger (2013), Journal of Business & Economic Statistics 31, section 3;
    Andrews, Stock and Sun (2019), Annual Review of Economics 11.
    """
    gram = reduced.z.T @ reduced.z
    explained = float(reduced.to_d @ gram @ reduced.to_d)
    covariance = reduced.of_d.covariance
    total = float(reduced.d @ reduced.d)
    count, rows = reduced.count, reduced.df
    left = max(total - explained, 0.0)
    # In instruments made orthonormal the first stage is L'pi, its covariance L'VL (LL' = gram).
    root = np.linalg.cholesky(gram)
    inner = root.T @ covariance @ root
    spread = float(np.trace(inner))
    critical, df = critical_value(inner)
    return Strength(
        effective=explained / spread if spread > 0 else np.inf,
        critical=critical,
        critical_df=df,
        plain=explained / count / (left / rows) if left > 0 else np.inf,
        robust=_wald(reduced.to_d, covariance) / count,
        df=(count, reduced.groups - 1 if reduced.units is not None else rows),
        partial_r2=explained / total,
    )


def _wald(coefficients: Floats, covariance: Floats) -> float:
    errors = np.sqrt(np.diag(covariance))
    if not (errors > 0).all():
        return np.inf
    t = coefficients / errors
    return float(t @ np.linalg.pinv(covariance / np.outer(errors, errors), hermitian=True) @ t)


def critical_value(
    inner: Floats, *, tau: float = WORST_BIAS, size: float = SIZE
) -> tuple[float, float]:
    """Return the critical value of the effective F and its effective degrees of freedom.

    Parameters
    ----------
    inner : ndarray, shape (K, K)
        Covariance of the first stage in orthonormal instruments, up to scale.
    tau : float
        Share of the worst-case bias that is tolerated.
    size : float
        Probability of calling weak instruments strong.

    References
    ----------
    Montiel Olea and Pflueger (2013), section 3.2: with ``x = 1 / tau``, Patnaik's noncentral
    chi-squared with ``K_eff`` degrees of freedom and noncentrality ``x K_eff``, over ``K_eff``.
    """
    from scipy.special import chndtrix

    trace = float(np.trace(inner))
    if not trace > 0:
        return 0.0, 1.0
    x = 1 / tau
    largest = float(np.linalg.eigvalsh(inner)[-1])
    df = trace**2 * (1 + 2 * x) / (float((inner**2).sum()) + 2 * x * trace * largest)
    return float(chndtrix(1 - size, df, x * df)) / df, df
