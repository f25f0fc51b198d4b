"""The record of a trial: outcome, arm, strata, clusters and baseline of the people analysed.

Rows are put into an order that their content decides (never labels or the order of the file), and
clusters and strata are numbered in the same way, so that every sum and every random draw is the
same to the last bit however the file is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.least_squares import Floats, Ints, sums_by

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column is what."""

    outcome: str
    treatment: str
    strata: tuple[str, ...] = ()
    baseline: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    received: str | None = None
    cluster: str | None = None
    weights: str | None = None

    def columns(self) -> list[str]:
        """Return every column that is read."""
        optional = (self.received, self.cluster, self.weights)
        named = [self.outcome, self.treatment, *self.strata, *self.baseline, *self.covariates]
        return [*named, *(one for one in optional if one)]


@dataclass(frozen=True, slots=True)
class Trial:
    """Everyone who was randomised; those with outcome and baseline are `seen`.

    Attributes
    ----------
    arms : tuple of str
        Labels; the reference (control) arm first.
    y, w, received : ndarray, shape (n,)
        Outcome (NaN where missing), weight (mean 1), treatment received (or None).
    arm, stratum, cluster : ndarray of int, shape (n,)
        Codes from 0; without strata all zero, without clusters one for each row.
    x : ndarray, shape (n, p)
        Baseline and covariates, text turned into 0 and 1.
    x_names : tuple of str
    seen : ndarray of bool, shape (n,)
        Rows with outcome and every covariate.
    labels : ndarray, shape (G,), or None
        Label of each cluster, when clusters are named.
    """

    roles: Roles
    arms: tuple[str, ...]
    y: Floats
    w: Floats
    arm: Ints
    stratum: Ints
    cluster: Ints
    x: Floats
    x_names: tuple[str, ...]
    seen: Bools
    received: Floats | None = None
    labels: NDArray[np.object_] | None = None
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def clustered(self) -> bool:
        """Whether clusters are named."""
        return self.roles.cluster is not None

    @property
    def n_clusters(self) -> int:
        """Number of clusters; of rows where none are named."""
        return int(self.cluster.max()) + 1

    def analysed(self) -> Trial:
        """Return the rows with outcome and covariates, with codes counted anew."""
        return self.keep(self.seen)

    def keep(self, rows: Bools) -> Trial:
        """Return some of the rows, with codes and weights counted anew."""
        stratum = np.unique(self.stratum[rows], return_inverse=True)[1]
        held, cluster = np.unique(self.cluster[rows], return_inverse=True)
        return replace(
            self,
            y=self.y[rows],
            w=self.w[rows] / self.w[rows].mean(),
            arm=self.arm[rows],
            stratum=stratum.astype(np.intp),
            cluster=cluster.astype(np.intp),
            x=self.x[rows],
            seen=self.seen[rows],
            received=None if self.received is None else self.received[rows],
            labels=None if self.labels is None else self.labels[held],
        )

    def mixed_clusters(self) -> int:
        """Return how many clusters hold more than one arm."""
        return int((self.arms_held().sum(axis=1) > 1).sum())

    def arms_held(self) -> Bools:
        """Return which arms each cluster holds, shape (G, arms)."""
        held = np.zeros((self.n_clusters, len(self.arms)), dtype=bool)
        held[self.cluster, self.arm] = True
        return held

    def by_cluster(self) -> bool:
        """Return whether whole clusters were assigned: none, or fewer than half, hold two arms."""
        return self.clustered and 2 * self.mixed_clusters() < self.n_clusters

    def sides(self, arm: int) -> tuple[int, int]:
        """Return the clusters (or people) in an arm and in the reference arm."""
        held = self.arms_held()
        return int(held[:, arm].sum()), int(held[:, 0].sum())


def canonical(trial: Trial) -> Trial:
    """Return the trial with rows, clusters and strata ordered by their content."""
    received = np.zeros(trial.n) if trial.received is None else trial.received
    keys = (*trial.x.T[::-1], received, trial.w, trial.arm, trial.y)
    order = np.lexsort(keys)
    clusters, strata = trial.cluster[order], trial.stratum[order]
    values = np.nan_to_num(np.column_stack([trial.y, trial.y**2, trial.arm, trial.w])[order])
    new_cluster, from_cluster = _ranked(clusters, values)
    new_stratum, _ = _ranked(strata, values)
    order_again = np.lexsort((new_stratum, new_cluster, *(key[order] for key in keys)))
    order = order[order_again]
    return replace(
        trial,
        y=trial.y[order],
        w=trial.w[order],
        arm=trial.arm[order],
        stratum=new_stratum[order_again],
        cluster=new_cluster[order_again] if trial.clustered else np.arange(trial.n, dtype=np.intp),
        x=trial.x[order],
        seen=trial.seen[order],
        received=None if trial.received is None else trial.received[order],
        labels=None if trial.labels is None else trial.labels[from_cluster],
    )


def _ranked(codes: Ints, values: Floats) -> tuple[Ints, Ints]:
    """Return codes numbered by what each group holds, and the old code of each new one."""
    count = int(codes.max()) + 1
    sums = sums_by(np.column_stack([np.ones(len(codes)), values]), codes, count)
    old = np.lexsort(sums.T[::-1]).astype(np.intp)
    new = np.empty(count, dtype=np.intp)
    new[old] = np.arange(count)
    return new[codes], old
