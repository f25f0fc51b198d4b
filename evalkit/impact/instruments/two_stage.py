"""The effect by 2SLS, LIML or GMM, and its errors.

Coefficients come from linearmodels; errors are built here, because its defaults are z and no
small-sample factor, and because it has no CR2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.impact.instruments.reduced import Reduced
from evalkit.impact.instruments.robust import robust
from evalkit.impact.instruments.sample import Sample
from evalkit.impact.least_squares import Floats, sums_by

ESTIMATORS = ("2sls", "liml", "gmm")
NOTHING_LEFT = 1e-9


@dataclass(frozen=True, slots=True)
class Structural:
    """The effect of the treatment and its errors.

    Attributes
    ----------
    value : float
    conventional : float
        Standard error under equal spread, ``n - k`` in the variance; nan for GMM.
    plain : float
        HC1 or CR1 standard error (for GMM the two-step one with the same factor).
    parts : ndarray, shape (G,)
        Contributions of clusters (or rows): CR2 or HC2, for GMM without leverage.
    adjusted_df : float
        Satterthwaite degrees of freedom that go with `parts`; nan for GMM.
    residuals : ndarray, shape (n,)
        Times the root of the weights.
    rows_df : int
        Rows less coefficients.
    kappa : float
        Of the k-class: 1 for 2SLS, larger for LIML; nan for GMM.
    native : object
        The result of linearmodels.
    """

    value: float
    conventional: float
    plain: float
    parts: Floats
    adjusted_df: float
    residuals: Floats
    rows_df: int
    kappa: float
    native: Any


@dataclass(frozen=True, slots=True)
class _Scaled:
    """What linearmodels is given: the same spaces, in columns that do no harm to its arithmetic.

    Covariates as an orthonormal basis, the rest with covariates taken out and of norm one (`of_y` and
    `of_d` are the norms). Each is an invertible change of columns, so the effect stays what it is by
    2SLS, LIML and GMM, and neither units nor far-off origins decide what counts as singular.
    """

    y: Floats
    d: Floats
    x: Floats
    z: Floats
    of_y: float
    of_d: float


def _scaled(sample: Sample, reduced: Reduced) -> _Scaled:
    root = np.sqrt(sample.w)[:, None]
    of_y, of_d = float(np.linalg.norm(reduced.y)) or 1.0, float(np.linalg.norm(reduced.d))
    return _Scaled(
        y=reduced.y[:, None] / root / of_y,
        d=reduced.d[:, None] / root / of_d,
        x=np.linalg.qr(sample.x * root)[0] / root,
        z=reduced.z / np.linalg.norm(reduced.z, axis=0) / root,
        of_y=of_y,
        of_d=of_d,
    )


def _fit(columns: _Scaled, sample: Sample, estimator: str) -> Any:
    """Return the fit of linearmodels: IV2SLS, IVLIML or (two-step) IVGMM."""
    from linearmodels.iv import IV2SLS, IVGMM, IVLIML

    parts = (columns.y, columns.x, columns.d, columns.z)
    if estimator != "gmm":
        model = {"2sls": IV2SLS, "liml": IVLIML}[estimator](*parts, weights=sample.w)
        return model.fit(cov_type="unadjusted", debiased=True)
    if sample.cluster is None:
        made = IVGMM(*parts, weights=sample.w, weight_type="robust")
        return made.fit(cov_type="robust", debiased=True)
    groups = sample.cluster
    made = IVGMM(*parts, weights=sample.w, weight_type="clustered", clusters=groups)
    return made.fit(cov_type="clustered", debiased=True, clusters=groups)


def structural(sample: Sample, reduced: Reduced, estimator: str) -> Structural:
    """Estimate the effect and its errors.

    Parameters
    ----------
    estimator : {"2sls", "liml", "gmm"}

    References
    ----------
    Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, ch. 5 and 8; Pustejovsky
    and Tipton (2018), JBES 36, for CR2 of two-stage least squares with the fitted treatment.
    """
    columns = _scaled(sample, reduced)
    # Where instruments explain all of treatment or outcome, LIML is 2SLS and its own formula 0 / 0.
    used = "2sls" if estimator == "liml" and _no_residuals(reduced) else estimator
    native = _fit(columns, sample, used)
    beta = np.asarray(native.params, dtype=float) * columns.of_y
    value = float(beta[-1]) / columns.of_d
    root = np.sqrt(sample.w)
    residuals = reduced.y - reduced.d * value - (columns.x @ beta[:-1]) * root
    rows_df = sample.n - sample.x.shape[1] - 1
    if estimator == "gmm":
        return _gmm(sample, columns, native, (value, residuals))
    kappa = 1.0 if used == "2sls" else float(native.kappa)
    fitted = reduced.z @ reduced.to_d
    explained, total = float(fitted @ reduced.d), float(reduced.d @ reduced.d)
    bread = 1 / (total - kappa * (total - explained))
    first = np.column_stack([fitted, sample.x * root[:, None]])
    made = robust(first, residuals, sample.cluster, 1)
    # LIML has the scores of 2SLS and another bread; they differ by one factor for the treatment.
    factor = bread * explained
    return Structural(
        value=value,
        conventional=math.sqrt(float(residuals @ residuals) / rows_df * bread),
        plain=float(made.plain[0]) * factor,
        parts=made.parts[:, 0] * factor,
        adjusted_df=float(made.df[0]),
        residuals=residuals,
        rows_df=rows_df,
        kappa=kappa,
        native=native,
    )


def _no_residuals(reduced: Reduced) -> bool:
    left = np.column_stack([reduced.y, reduced.d])
    sizes = np.linalg.norm(left, axis=0)
    left = left - reduced.z @ np.column_stack([reduced.to_y, reduced.to_d])
    values = np.linalg.svd(left / np.where(sizes > 0, sizes, 1.0), compute_uv=False)
    return bool(values[-1] < NOTHING_LEFT)


def _gmm(sample: Sample, columns: _Scaled, native: Any, found: tuple[float, Floats]) -> Structural:
    """Return the two-step estimate with its errors, ``n/(n-k)`` or the factor of CR1 in them."""
    value, residuals = found
    root = np.sqrt(sample.w)[:, None]
    z = np.column_stack([columns.x, columns.z]) * root
    x = np.column_stack([columns.x, columns.d]) * root
    weight = np.asarray(native.weight_matrix, dtype=float)
    onto = weight @ (z.T @ x)
    line = onto @ np.linalg.inv(x.T @ z @ onto)[:, -1] / columns.of_d
    units = np.arange(sample.n) if sample.cluster is None else sample.cluster
    groups = int(units.max()) + 1
    parts = sums_by((z @ line) * residuals, units, groups)
    df = sample.n - x.shape[1]
    factor = groups / (groups - 1) * (sample.n - 1) / df
    parts = parts * math.sqrt(factor)
    error = math.sqrt(float(parts @ parts))
    return Structural(value, math.nan, error, parts, math.nan, residuals, df, math.nan, native)
