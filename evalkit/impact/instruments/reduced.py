"""First stage and reduced form: the treatment, and the outcome, on the instruments.

Taking covariates out of every column leaves 2SLS, LIML and the Anderson-Rubin statistic as they are
(Frisch, Waugh and Lovell). Arrays in, arrays out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.impact.instruments.robust import Robust, robust
from evalkit.impact.instruments.sample import Sample
from evalkit.impact.least_squares import Floats, Ints


@dataclass(frozen=True, slots=True)
class Reduced:
    """Both regressions on the instruments.

    Attributes
    ----------
    y, d : ndarray, shape (n,)
        Outcome and treatment, times the root of the weights, covariates taken out.
    z : ndarray, shape (n, K)
        Instruments likewise.
    to_y, to_d : ndarray, shape (K,)
        Coefficients of the instruments in the reduced form and in the first stage.
    of_y, of_d : Robust
        Robust inference on them.
    full : ndarray, shape (n, K + k)
        Instruments and covariates, times the root of the weights.
    units : ndarray of int, shape (n,), or None
        Clusters; None where every row stands alone.
    """

    y: Floats
    d: Floats
    z: Floats
    to_y: Floats
    to_d: Floats
    of_y: Robust
    of_d: Robust
    full: Floats
    units: Ints | None

    @property
    def count(self) -> int:
        """Number of instruments."""
        return int(self.z.shape[1])

    @property
    def df(self) -> int:
        """Rows less the coefficients of the first stage."""
        return int(len(self.y) - self.full.shape[1])

    @property
    def groups(self) -> int:
        """Number of clusters, or of rows where there are none."""
        return len(self.y) if self.units is None else int(self.units.max()) + 1


def reduce(sample: Sample) -> Reduced:
    """Return first stage and reduced form of a sample."""
    root = np.sqrt(sample.w)
    x, raw = sample.x * root[:, None], sample.z * root[:, None]
    q = np.linalg.qr(x)[0]
    y, d = _less(sample.y * root, q), _less(sample.d * root, q)
    z = _less(raw, q)
    full = np.column_stack([raw, x])
    to_y, to_d = (np.asarray(np.linalg.lstsq(z, one, rcond=None)[0], dtype=float) for one in (y, d))
    return Reduced(
        y=y,
        d=d,
        z=z,
        to_y=to_y,
        to_d=to_d,
        of_y=robust(full, y - z @ to_y, sample.cluster, z.shape[1]),
        of_d=robust(full, d - z @ to_d, sample.cluster, z.shape[1]),
        full=full,
        units=sample.cluster,
    )


def _less(values: Floats, basis: Floats) -> Floats:
    left = values - basis @ (basis.T @ values)
    return np.asarray(left - basis @ (basis.T @ left))
