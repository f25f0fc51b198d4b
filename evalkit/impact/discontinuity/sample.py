"""The sample of a discontinuity design: two sides of a cutoff, on arrays without labels.

Rows are put into an order that their content decides, so that every sum is the same to the last
bit however the file is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.least_squares import Floats, Ints

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column is what, where the cutoff is, and which side is treated."""

    outcome: str
    running: str
    cutoff: float
    treated_side: str = "above"
    received: str | None = None
    covariates: tuple[str, ...] = ()
    cluster: str | None = None
    weights: str | None = None

    def columns(self) -> list[str]:
        """Return every column that is read."""
        optional = (self.received, self.cluster, self.weights)
        return [self.outcome, self.running, *(one for one in optional if one), *self.covariates]


@dataclass(frozen=True, slots=True)
class Side:
    """Rows of one side of the cutoff.

    Attributes
    ----------
    x : ndarray, shape (n,)
        Running variable less the cutoff, ascending.
    d : ndarray, shape (n, m)
        Outcome, treatment received where it is fuzzy, covariates.
    w : ndarray, shape (n,)
        Weights, mean 1 over both sides.
    cluster : ndarray of int, shape (n,), or None
    """

    x: Floats
    d: Floats
    w: Floats
    cluster: Ints | None

    def keep(self, rows: Bools | Ints) -> Side:
        """Return some of the rows."""
        cluster = None if self.cluster is None else self.cluster[rows]
        return Side(self.x[rows], self.d[rows], self.w[rows], cluster)


@dataclass(frozen=True, slots=True)
class Sample:
    """All rows with outcome, running variable and whatever else is used.

    Attributes
    ----------
    x, w : ndarray, shape (n,)
        Running variable less the cutoff, ascending; weights, mean 1.
    d : ndarray, shape (n, m)
        Outcome; treatment received when `fuzzy`; covariates.
    upper : ndarray of bool, shape (n,)
        Rows above the cutoff (a row at the cutoff is on the treated side).
    sign : float
        1 when the treated side is above, else -1.
    cluster : ndarray of int, shape (n,), or None
    labels : ndarray, shape (G,), or None
    """

    roles: Roles
    x: Floats
    d: Floats
    w: Floats
    upper: Bools
    sign: float
    fuzzy: bool
    cluster: Ints | None = None
    labels: NDArray[np.object_] | None = None
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.x)

    @property
    def y(self) -> Floats:
        """Outcome."""
        return self.d[:, 0]

    @property
    def n_clusters(self) -> int:
        """Number of clusters; of rows where none are named."""
        return self.n if self.labels is None else len(self.labels)

    @property
    def treated(self) -> Bools:
        """Rows on the treated side."""
        return self.upper if self.sign > 0 else ~self.upper

    def sides(self) -> tuple[Side, Side]:
        """Return the rows below and above the cutoff."""
        whole = Side(self.x, self.d, self.w, self.cluster)
        return whole.keep(~self.upper), whole.keep(self.upper)

    def keep(self, rows: Bools) -> Sample:
        """Return some of the rows; clusters keep their codes."""
        return replace(
            self,
            x=self.x[rows],
            d=self.d[rows],
            w=self.w[rows],
            upper=self.upper[rows],
            cluster=None if self.cluster is None else self.cluster[rows],
        )

    def with_outcome(self, values: Floats) -> Sample:
        """Return the sharp design on another outcome, without covariates."""
        return replace(self, d=values[:, None], fuzzy=False)

    def at(self, cutoff: float) -> Sample:
        """Return the rows measured from another cutoff (in units from the present one)."""
        x = self.x - cutoff
        return replace(self, x=x, upper=x >= 0 if self.sign > 0 else x > 0)


def build(
    roles: Roles,
    running: Floats,
    columns: Floats,
    *,
    weights: Floats,
    clusters: NDArray[np.object_] | None,
    fuzzy: bool,
    notes: tuple[str, ...] = (),
) -> Sample:
    """Return the sample, rows in the order of their content.

    Parameters
    ----------
    running : ndarray, shape (n,)
        In its own units.
    columns : ndarray, shape (n, m)
        Outcome, treatment received when `fuzzy`, covariates.
    """
    order = np.lexsort((*columns.T[::-1], weights, running))
    x = (running - roles.cutoff)[order]
    above = roles.treated_side == "above"
    codes, labels = (None, None) if clusters is None else _codes(clusters[order])
    return Sample(
        roles=roles,
        x=x,
        d=columns[order],
        w=weights[order] / weights.mean(),
        upper=x >= 0 if above else x > 0,
        sign=1.0 if above else -1.0,
        fuzzy=fuzzy,
        cluster=codes,
        labels=labels,
        notes=notes,
    )


def _codes(clusters: NDArray[np.object_]) -> tuple[Ints, NDArray[np.object_]]:
    """Return codes of the clusters, in the order in which sorted rows meet them, and labels."""
    place: dict[object, int] = {}
    codes = np.array([place.setdefault(one, len(place)) for one in clusters], dtype=np.intp)
    return codes, np.array([str(one) for one in place], dtype=object)
