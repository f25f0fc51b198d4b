"""The panel as sites by periods, and each treated site's own window before and after its start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.bayes.collapse import Floats, Ints, cell_means
from evalkit.impact.bayes.rows import Columns, Rows
from evalkit.impact.frame import Faults


def as_grid(rows: Rows, cell: Ints) -> Grid:
    """Return the site-by-period means of outcome and treatment.

    Parameters
    ----------
    rows : Rows
    cell : numpy.ndarray of int, shape (rows,)
        ``site * periods + period``.
    """
    on = _wide(rows.treated.astype(float), rows, cell)
    return Grid(_wide(rows.y, rows, cell), on, rows.times)


def _wide(values: Floats, rows: Rows, cell: Ints) -> Floats:
    """Return site-by-period means, NaN where a site has no rows in a period."""
    shape = (len(rows.sites), len(rows.times))
    padded = np.full(shape[0] * shape[1], np.nan)
    means = cell_means(values, cell, rows.weight)
    padded[: len(means)] = means
    return padded.reshape(shape)


@dataclass(frozen=True)
class Windows:
    """Before-and-after windows: which periods a treated site is observed in, before and after.

    `weights` has a row for each kind of window; `early` compares the last period before with the
    periods before that. `kind` says which window a treated site has; `sites` which sites these are.
    """

    sites: Ints
    kind: Ints
    weights: Floats
    early: Floats
    first_start: int

    @property
    def has_trend(self) -> bool:
        """Whether every window has at least two periods before the start."""
        return bool(self.early.any(axis=1).all())


@dataclass(frozen=True)
class Grid:
    """Outcome and treatment by site and period."""

    y: Floats
    on: Floats
    times: tuple[str, ...]

    @property
    def ever(self) -> NDArray[np.bool_]:
        """Which sites are ever under the programme."""
        return np.asarray((self.on == 1).any(axis=1))

    def starts(self) -> Ints:
        """Return each site's first period under the programme (or the number of periods)."""
        return np.where(self.ever, (self.on == 1).argmax(axis=1), len(self.times))

    def before(self) -> NDArray[np.bool_]:
        """Return the site-periods observed before the site's own start."""
        periods = np.arange(len(self.times))
        return np.asarray(~np.isnan(self.y) & (periods < self.starts()[:, None]))

    def usable(self) -> NDArray[np.bool_]:
        """Return the treated sites that were seen before their start."""
        return self.ever & self.before().any(axis=1)

    def faults(self, rows: Rows, columns: Columns) -> Faults:
        """Return why no change can be taken: a programme that stops, or no time before it."""
        after = np.arange(len(self.times)) >= self.starts()[:, None]
        off = ((self.on == 0) & after).any(axis=1)
        if off.any():
            site = rows.sites[int(off.argmax())]
            wrong = f"`{columns.treatment}` goes back to 0 in {off.sum()} sites, such as `{site}`."
            return [(wrong, "A programme that stops needs another design; end the rows there.")]
        if not self.usable().any():
            wrong = f"No treated site was observed before its start (`{columns.treatment}` = 0)."
            return [(wrong, "Add earlier periods, with 0 in them, or leave out `time:`.")]
        return []

    def windows(self) -> Windows:
        """Return the before-and-after windows of the usable treated sites."""
        sites = np.flatnonzero(self.usable())
        before = self.before()[sites]
        after = ~np.isnan(self.y[sites]) & ~before
        last = np.zeros_like(before)
        last[np.arange(len(sites)), before.shape[1] - 1 - before[:, ::-1].argmax(axis=1)] = True
        both = np.hstack([_contrast(after, before), _contrast(last, before & ~last)])
        kinds, kind = np.unique(both, axis=0, return_inverse=True)
        count = len(self.times)
        return Windows(
            sites,
            np.asarray(kind).ravel(),
            kinds[:, :count],
            kinds[:, count:],
            int(self.starts()[sites].min()),
        )


def _contrast(late: NDArray[np.bool_], early: NDArray[np.bool_]) -> Floats:
    """Return weights that take the mean of the early periods from the mean of the late ones."""
    n_late, n_early = (np.maximum(part.sum(axis=1, keepdims=True), 1) for part in (late, early))
    weights = late / n_late - early / n_early
    weights[~early.any(axis=1)] = 0.0
    return np.asarray(weights)
