"""The regression of a series with ARIMA errors, or with a level that wanders, by statsmodels."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.impact.least_squares import Floats
from evalkit.impact.series.linear import Ints
from evalkit.impact.series.model import Model

Order = tuple[int, int, int]
KPSS = 0.146
"""Five per cent point of the statistic of Kwiatkowski, Phillips, Schmidt and Shin (1992), trend."""
ORDERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (2, 1), (1, 2))
ORDER_RULE = (
    f"Differenced once when the KPSS statistic of the regression's residuals is above {KPSS}; of the "
    f"orders (p, q) in {', '.join(str(one) for one in ORDERS)} that converge, the one with the "
    "lowest corrected Akaike criterion."
)


@dataclass(frozen=True, slots=True)
class StateSpace:
    """A fitted state space regression.

    Attributes
    ----------
    beta : ndarray, shape (K,)
        Coefficients in the order of the model's columns (0 for a constant that drops out).
    covariance : ndarray, shape (K, K)
    df : int
        Periods less parameters of the mean and of the errors.
    fitted, residuals : ndarray, shape (n,)
        One-step predictions and their errors, burn-in of differencing included.
    words : str
        What was fitted.
    converged : bool
    tried : tuple of (order, criterion)
    """

    beta: Floats
    covariance: Floats
    df: int
    fitted: Floats
    residuals: Floats
    words: str
    converged: bool
    tried: tuple[tuple[Order, float], ...]


def fit_state_space(model: Model, estimator: str, order: Sequence[int] | None) -> StateSpace:
    """Fit a normal model's mean with ARIMA errors or a wandering level.

    Parameters
    ----------
    model : Model
        Of one part.
    estimator : {"arima", "structural"}
    order : (p, d, q), optional
        Else chosen by `ORDER_RULE`.

    Notes
    -----
    Maximum likelihood; the covariance is the inverse of the numerical Hessian times n / (n - k),
    as in a regression.
    """
    part = model.parts[0]
    scale = math.sqrt(part.block.variance) or 1.0
    length = int(part.arm.position[-1]) + 1
    y = np.full(length, np.nan)
    y[part.arm.position] = part.y / scale
    x = np.zeros((length, len(part.names)))
    x[part.arm.position] = part.x
    if estimator == "structural":
        return _structural(model, y, x, scale)
    d = _differences(part.block.residuals) if order is None else int(order[1])
    tried: list[tuple[Order, float]] = []
    best: tuple[float, Any, Order] | None = None
    wanted = ORDERS if order is None else ((int(order[0]), int(order[2])),)
    for p, q in wanted:
        found = _sarimax(y, x[:, d > 0 :], (p, d, q))
        criterion = _criterion(found, len(part.y) - d)
        tried.append(((p, d, q), criterion))
        better = best is None or criterion < best[0]
        if better and (np.isfinite(criterion) or best is None):
            best = (criterion, found, (p, d, q))
    assert best is not None  # noqa: S101 (there is at least one order; told to the type checker)
    words = f"regression with ARIMA({', '.join(map(str, best[2]))}) errors, maximum likelihood"
    return _read(best[1], model, scale, d, words, tuple(tried))


def kpss(residuals: Floats) -> float:
    """Return the statistic of Kwiatkowski, Phillips, Schmidt and Shin (1992).

    The long-run variance has ``floor(4 (n / 100)^(1/4))`` lags of the Bartlett kernel.
    """
    n = len(residuals)
    lags = math.floor(4 * (n / 100) ** 0.25)
    long_run = float(residuals @ residuals)
    for lag in range(1, lags + 1):
        long_run += 2 * (1 - lag / (lags + 1)) * float(residuals[lag:] @ residuals[:-lag])
    if long_run <= 0:
        return 0.0
    return float((np.cumsum(residuals) ** 2).sum() / n / long_run)


def _differences(residuals: Floats) -> int:
    return int(kpss(residuals) > KPSS)


def _sarimax(y: Floats, x: Floats, order: Order) -> Any:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    with warnings.catch_warnings():
        # Starting values and non-convergence are read from the result and said there.
        warnings.simplefilter("ignore")
        try:
            return _search(SARIMAX(y, exog=x, order=order))
        except (np.linalg.LinAlgError, ValueError):
            return None


def _search(model: Any) -> Any:
    """Return the fit by BFGS; where that stops short, by Powell's search from there.

    The library's default search stops early enough for the fifth digit to depend on the unit.
    """
    found = model.fit(method="bfgs", gtol=1e-6, disp=False, maxiter=200, cov_type="approx")
    if found.mle_retvals.get("converged", False):
        return found
    start = np.asarray(found.params)
    return model.fit(start, method="powell", disp=False, maxiter=200, cov_type="approx")


def _structural(model: Model, y: Floats, x: Floats, scale: float) -> StateSpace:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        found = _search(UnobservedComponents(y, level="local level", exog=x[:, 1:]))
    words = "regression with a level that wanders (local level model), maximum likelihood"
    return _read(found, model, scale, 1, words, ())


def _criterion(found: Any, n: int) -> float:
    """Return the Akaike criterion corrected for short series (Hurvich and Tsai 1989)."""
    if found is None or not found.mle_retvals.get("converged", False):
        return math.inf
    k = len(found.params)
    return float(-2 * found.llf + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 0.1))


def _read(
    found: Any,
    model: Model,
    scale: float,
    d: int,
    words: str,
    tried: tuple[tuple[Order, float], ...],
) -> StateSpace:
    part = model.parts[0]
    size = len(part.names)
    position: Ints = part.arm.position
    if found is None:
        nothing = np.full(size, math.nan)
        return StateSpace(
            *(nothing, np.full((size, size), math.nan), 0, nothing, nothing, words),
            converged=False,
            tried=tried,
        )
    names = list(found.model.param_names)
    places = [i for i, name in enumerate(names) if name.startswith(("x", "const", "beta."))]
    skipped = int(d > 0)  # the constant drops out of differences and of a wandering level
    n, k = len(part.y) - skipped, len(names)
    df = n - k
    beta, covariance = np.zeros(size), np.zeros((size, size))
    beta[skipped:] = np.asarray(found.params)[places] * scale
    inner = np.asarray(found.cov_params())[np.ix_(places, places)]
    factor = scale**2 * n / max(df, 1)
    covariance[skipped:, skipped:] = inner * factor
    fitted = np.asarray(found.fittedvalues)[position] * scale
    return StateSpace(
        beta,
        covariance,
        df,
        fitted,
        part.y - fitted,
        words,
        bool(found.mle_retvals.get("converged", False)) and bool(np.isfinite(inner).all()),
        tried,
    )
