"""The rows of a staggered design as one mean a site and period; blocks of sites where they are many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.frame import Faults
from evalkit.impact.least_squares import Floats, Ints
from evalkit.impact.staggered.sample import Sample

MOST_SITES = 300
"""Sites beyond which those of a group are averaged, so that as many blocks are left."""


@dataclass(frozen=True)
class Sites:
    """One row a site and period.

    Attributes
    ----------
    y, x : ndarray, shapes (n,), (n, k)
        Means.
    site, time : ndarray of int, shape (n,)
    cohort, cluster, size : ndarray, shape (S,)
        First treated period; cluster; how many sites were averaged.
    labels : tuple of str
    """

    y: Floats
    x: Floats
    site: Ints
    time: Ints
    cohort: Ints
    cluster: Ints
    size: Floats
    labels: tuple[str, ...]


def site_faults(sample: Sample) -> Faults:
    """Return why the Bayesian form cannot be had, where the rest of the design can."""
    roles = sample.panel.roles
    if roles.unit is None and roles.cluster is None:
        return [
            (
                (
                    "Rows are not followed over time and no cluster is named, so nothing says how far "
                    "places move apart by chance."
                ),
                "Name the places in `cluster`, or the units in `unit`.",
            )
        ]
    return []


def sites_of(sample: Sample) -> Sites:
    """Return means by site and period; a site is what one cluster holds of one group."""
    rows, panel = sample.rows, sample.panel
    cohort, cluster = rows.cohort[rows.unit], rows.cluster[rows.unit]
    pair = np.stack([cluster, cohort])
    found, site = np.unique(pair, axis=1, return_inverse=True)
    site = np.asarray(site).ravel().astype(np.intp)
    cell = site * rows.periods + rows.time
    held, code = np.unique(cell, return_inverse=True)
    weight = np.bincount(code, rows.w)
    mean = [np.bincount(code, rows.w * part) / weight for part in (rows.y, *rows.x.T)]
    first = np.unique(site, return_index=True)[1]
    labels = first if panel.labels is None else panel.labels[first]
    made = Sites(
        mean[0],
        np.array(mean[1:]).reshape(rows.x.shape[1], len(held)).T,
        held // rows.periods,
        held % rows.periods,
        found[1].astype(np.intp),
        found[0].astype(np.intp),
        np.ones(found.shape[1]),
        tuple(str(one) for one in labels),
    )
    return _averaged(_comparable(made, sample), rows.periods)


def _comparable(sites: Sites, sample: Sample) -> Sites:
    """Return the rows of periods in which some site is not treated yet."""
    early = sites.cohort[sites.site] > sites.time
    seen = np.bincount(sites.time[early], minlength=sample.rows.periods) > 0
    kept = seen[sites.time]
    return Sites(
        sites.y[kept], sites.x[kept], sites.site[kept], sites.time[kept],
        sites.cohort, sites.cluster, sites.size, sites.labels,
    )  # fmt: skip


def _averaged(sites: Sites, periods: int) -> Sites:
    """Return sites of a group averaged into blocks of like size, where there are too many."""
    count = len(sites.cohort)
    if count <= MOST_SITES:
        return sites
    width = len(np.unique(sites.time))
    if len(sites.y) != count * width:
        raise DesignError(
            f"staggered_adoption: {count} sites, some not seen in every period, are too many here.",
            do="Write `unbalanced: drop`, name a `cluster`, or use `inference: frequentist`.",
        )
    block = np.empty(count, dtype=np.intp)
    next_block = 0
    for group in np.unique(sites.cohort):
        mine = np.flatnonzero(sites.cohort == group)
        blocks = max(1, round(MOST_SITES * len(mine) / count))
        block[mine] = next_block + np.arange(len(mine)) % blocks
        next_block += blocks
    size = np.bincount(block).astype(float)
    at = block[sites.site] * periods + sites.time
    held, code = np.unique(at, return_inverse=True)
    total = np.bincount(code)
    mean = [np.bincount(code, part) / total for part in (sites.y, *sites.x.T)]
    first = np.unique(block, return_index=True)[1]
    return Sites(
        mean[0],
        np.array(mean[1:]).reshape(sites.x.shape[1], len(held)).T,
        held // periods,
        held % periods,
        sites.cohort[first],
        np.arange(len(first), dtype=np.intp),
        size,
        tuple(f"block {k + 1}" for k in range(len(first))),
    )


def unit_of(sample: Sample) -> float:
    """Return the standard deviation of rows not treated, within periods."""
    rows = sample.rows
    free = rows.cohort[rows.unit] > rows.time
    y, time = rows.y[free], rows.time[free]
    count = np.bincount(time, minlength=rows.periods)
    mean = np.bincount(time, y, rows.periods) / np.maximum(count, 1)
    spread = float(np.mean((y - mean[time]) ** 2))
    return float(np.sqrt(spread)) if spread > 0 else float(rows.y.std())
