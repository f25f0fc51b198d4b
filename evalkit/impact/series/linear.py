"""Linear regression of one series, or of a linearised one, with errors that hang together in time.

Count models come here too: at convergence they are a weighted linear regression of the working
outcome, so every covariance below serves both. A series may have gaps: rows carry positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.least_squares import Floats

Ints = NDArray[np.intp]

LOWEST, HIGHEST = -0.9, 0.98
"""Bounds of the autocorrelation."""


@dataclass(frozen=True, slots=True)
class Block:
    """A least-squares fit of one series.

    Attributes
    ----------
    x : ndarray, shape (n, k)
        Independent columns, times the root of the weights.
    position : ndarray of int, shape (n,)
        Period of each row, rising.
    beta : ndarray, shape (k,)
    bread : ndarray, shape (k, k)
        Inverse of ``x'x``.
    residuals : ndarray, shape (n,)
    """

    x: Floats
    position: Ints
    beta: Floats
    bread: Floats
    residuals: Floats

    @property
    def df(self) -> int:
        """Rows less parameters."""
        return int(self.x.shape[0] - self.x.shape[1])

    @property
    def variance(self) -> float:
        """Residual variance (the dispersion of a count model)."""
        return float(self.residuals @ self.residuals) / self.df


def fit_block(x: Floats, y: Floats, position: Ints) -> Block:
    """Fit `y` (n,) on the independent columns `x` (n, k)."""
    scale = np.linalg.norm(x, axis=0)
    q, r = np.linalg.qr(x / scale)
    beta = np.linalg.solve(r, q.T @ y) / scale
    back = np.linalg.solve(r, np.eye(len(r))) / scale[:, None]
    residuals = y - x @ beta
    residuals = np.where(np.abs(residuals) > 1e-12 * np.abs(y).max(), residuals, 0.0)
    return Block(x, position, beta, back @ back.T, residuals)


def independent_errors(blocks: Sequence[Block]) -> Floats:
    """Return the covariance under independent errors of equal variance, block by block."""
    return diagonal([block.bread * block.variance for block in blocks])


def newey_west(blocks: Sequence[Block], lags: int) -> Floats:
    """Return the covariance of Newey and West (1987), times n / (n - k), of all blocks at once.

    Scores of several series in one period are added up before they are lagged, so correlation
    between series is allowed for. Periods not seen count as zero scores.
    """
    length = max(int(block.position[-1]) for block in blocks) + 1
    width = sum(block.x.shape[1] for block in blocks)
    influence, at = np.zeros((length, width)), 0
    for block in blocks:
        n, k = block.x.shape
        parts = (block.x * block.residuals[:, None]) @ block.bread * np.sqrt(n / (n - k))
        influence[block.position, at : at + k] = parts
        at += k
    total = influence.T @ influence
    for lag in range(1, min(lags, length - 1) + 1):
        cross = influence[lag:].T @ influence[:-lag]
        total = total + (1 - lag / (lags + 1)) * (cross + cross.T)
    return np.asarray(total)


@dataclass(frozen=True, slots=True)
class AutoRegression:
    """First-order autoregressive errors of a block, fitted by REML.

    Attributes
    ----------
    rho, variance : float
        Autocorrelation and variance of the errors.
    curvature : ndarray, shape (2, 2)
        Observed information of (log variance, rho).
    """

    rho: float
    variance: float
    curvature: Floats


def whiten(columns: Floats, position: Ints, rho: float) -> Floats:
    """Return columns (n, ...) freed of first-order autocorrelation, the first row kept whole.

    The transformation of Prais and Winsten (1954), with ``rho ** gap`` across gaps.
    """
    gap = np.diff(position)
    power = np.sign(rho) ** gap * np.abs(rho) ** gap
    shape = (-1, *([1] * (columns.ndim - 1)))
    rest = (columns[1:] - power.reshape(shape) * columns[:-1]) / np.sqrt(1 - power**2).reshape(
        shape
    )
    return np.concatenate([columns[:1], rest])


def restricted_likelihood(block: Block) -> AutoRegression:
    """Return the REML fit of first-order autoregressive errors.

    Patterson and Thompson (1971); for interrupted series, Turner et al. (2021, BMC Medical Research
    Methodology 21), who find it the least biased in short ones.
    """
    from scipy.optimize import minimize_scalar

    grid = np.linspace(LOWEST, HIGHEST, 48)
    values = [_profile(block, rho) for rho in grid]
    i = int(np.argmin(values))
    ends = (grid[max(i - 1, 0)], grid[min(i + 1, len(grid) - 1)])
    found = minimize_scalar(
        partial(_profile, block), bounds=ends, method="bounded", options={"xatol": 1e-7}
    )
    rho = float(found.x)
    h = min(1e-3, (1 - abs(rho)) / 4)
    fits = [_given(block, rho + step) for step in (-h, 0.0, h)]
    square = [one[0] for one in fits]
    variance = square[1] / block.df
    if variance <= 0:
        return AutoRegression(0.0, 0.0, np.eye(2))
    parts = [0.5 * (one[1] + one[0] / variance) for one in fits]
    curvature = np.array(
        [
            [block.df / 2, -(square[2] - square[0]) / (4 * h * variance)],
            [0.0, (parts[2] - 2 * parts[1] + parts[0]) / h**2],
        ]
    )
    curvature[1, 0] = curvature[0, 1]
    return AutoRegression(rho, variance, curvature)


def _given(block: Block, rho: float) -> tuple[float, float, Floats]:
    """Return the generalised sum of squares, the log determinants, and the coefficients' inverse."""
    x = whiten(block.x, block.position, rho)
    e = whiten(block.residuals, block.position, rho)
    q, r = np.linalg.qr(x)
    left = e - q @ (q.T @ e)
    gap = np.diff(block.position)
    determinant = float(np.log1p(-(np.abs(rho) ** (2 * gap))).sum())
    determinant += 2 * float(np.log(np.abs(np.diag(r))).sum())
    return float(left @ left), determinant, r


def _profile(block: Block, rho: float) -> float:
    square, determinant, _ = _given(block, rho)
    return float(0.5 * (block.df * np.log(max(square, np.finfo(float).tiny)) + determinant))


def autoregressive_covariance(block: Block, rho: float, variance: float) -> Floats:
    """Return the covariance of the *least-squares* coefficients under these errors.

    ``(x'x)^-1 x'V x (x'x)^-1``: the coefficients stay those of least squares, their error is that
    of autocorrelated data.
    """
    from scipy.signal import lfilter

    spread = np.zeros((int(block.position[-1]) + 1, block.x.shape[1]))
    spread[block.position] = block.x @ block.bread
    ahead = lfilter([1.0], [1.0, -rho], spread, axis=0)
    behind = lfilter([1.0], [1.0, -rho], spread[::-1], axis=0)[::-1]
    return np.asarray(variance * spread.T @ (ahead + behind - spread))


def satterthwaite(block: Block, errors: AutoRegression, contrast: Floats) -> float:
    """Return the degrees of freedom of a contrast's variance under `autoregressive_covariance`.

    ``2 v^2 / var(v)`` by the delta method over (log variance, rho).
    """

    def variance(rho: float) -> float:
        made = autoregressive_covariance(block, rho, errors.variance)
        return float(contrast @ made @ contrast)

    h = min(1e-3, (1 - abs(errors.rho)) / 4)
    v = variance(errors.rho)
    slope = np.array([v, (variance(errors.rho + h) - variance(errors.rho - h)) / (2 * h)])
    if v <= 0 or np.linalg.eigvalsh(errors.curvature).min() <= 0:
        return 2.0
    spread = float(slope @ np.linalg.solve(errors.curvature, slope))
    return float(np.clip(2 * v**2 / spread, 1.0, block.df))


def prais_winsten(x: Floats, y: Floats, position: Ints) -> tuple[Block, float]:
    """Return the fit on data freed of autocorrelation, iterated, and the autocorrelation.

    Prais and Winsten (1954); rho is the regression of residuals on those of the period before.
    """
    rho, block = 0.0, fit_block(x, y, position)
    for _ in range(100):
        e = y - x @ block.beta
        follows = np.diff(position) == 1
        before, after = e[:-1][follows], e[1:][follows]
        below = float(before @ before)
        new = float(np.clip(before @ after / below, LOWEST, HIGHEST)) if below > 0 else 0.0
        block = fit_block(whiten(x, position, new), whiten(y, position, new), position)
        if abs(new - rho) < 1e-9:
            break
        rho = new
    return block, rho


def first_autocorrelation(residuals: Floats, position: Ints, lag: int = 1) -> tuple[float, int]:
    """Return the autocorrelation at a lag over pairs that are seen, and their number."""
    spread = np.full(int(position[-1]) + 1, np.nan)
    spread[position] = residuals
    products = spread[lag:] * spread[:-lag]
    pairs = int(np.isfinite(products).sum())
    below = float(residuals @ residuals)
    if pairs < 3 or below == 0:
        return 0.0, 0
    return float(np.nansum(products)) / below, pairs


def ljung_box(residuals: Floats, position: Ints, lags: int) -> tuple[float, float]:
    """Return the statistic of Ljung and Box (1978) and its p-value on `lags` degrees of freedom."""
    from scipy.special import chdtrc

    n, total = len(residuals), 0.0
    for lag in range(1, lags + 1):
        r, pairs = first_autocorrelation(residuals, position, lag)
        total += r**2 / pairs if pairs else 0.0
    statistic = n * (n + 2) * total
    return float(statistic), float(chdtrc(lags, statistic))


def diagonal(parts: Sequence[Floats]) -> Floats:
    """Return square matrices as the blocks of one."""
    size = sum(len(part) for part in parts)
    made, at = np.zeros((size, size)), 0
    for part in parts:
        made[at : at + len(part), at : at + len(part)] = part
        at += len(part)
    return made
