"""Prior against posterior: how much the data taught, and whether the prior had expected it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.described.model import Floats, Quantity, Setting, refuse_faults
from evalkit.impact.bayes.described.table import NOTHING, spread

NARROWER: tuple[tuple[float, str], ...] = (
    (0.5, "Learnt mostly from the data"),
    (0.1, "Learnt from the data and the prior together"),
    (-0.1, "The data said little: this rests on the prior"),
    (-np.inf, "The data made this less certain than the prior held it: the two may be at odds"),
)
"""Words for how much narrower the posterior is than the prior, each from that share up."""


def prior_against_posterior(quantities: Sequence[Quantity], setting: Setting) -> pd.DataFrame:
    """Return each quantity's prior beside its posterior.

    Parameters
    ----------
    quantities : sequence of Quantity
        Those without prior draws are left out.
    setting : Setting

    Returns
    -------
    pandas.DataFrame
        `quantity`; `prior_low`, `prior_high`, `posterior_low`, `posterior_high` (equal-tailed);
        `overlap` (area that the two densities share, 0 to 1); `narrower` (1 less the ratio of
        standard deviations); `prior_tail` (probability, before the data, of a value as far from the
        prior's median as the posterior's median is); `words`. No row where no prior was given.
    """
    refuse_faults(quantities, setting)
    rows = [_row(one, one.prior, setting) for one in quantities if one.prior is not None]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS = (
    "quantity",
    *("prior_low", "prior_high", "posterior_low", "posterior_high"),
    *("overlap", "narrower", "prior_tail", "words"),
)


def _row(one: Quantity, prior: Floats, setting: Setting) -> dict[str, float | str]:
    before, after = np.ravel(prior), np.ravel(one.draws)
    wide = spread(before)
    narrower = 1 - spread(after) / wide if wide > 0 else NOTHING
    tail = _tail(before, float(np.median(after)))
    prior_low, prior_high = summary.equal_tailed(before, setting.level)
    low, high = summary.equal_tailed(after, setting.level)
    return {
        "quantity": one.name,
        "prior_low": prior_low,
        "prior_high": prior_high,
        "posterior_low": low,
        "posterior_high": high,
        "overlap": overlap(before, after),
        "narrower": narrower,
        "prior_tail": tail,
        "words": _words(narrower, tail, setting.unit, (prior_low, prior_high, low, high)),
    }


def _tail(before: Floats, centre: float) -> float:
    """Return the two-sided probability, under the prior, of a value as far out as `centre`."""
    above = float((before >= centre).mean())
    below = float((before <= centre).mean())
    return min(1.0, 2 * min(above, below))


def overlap(before: Floats, after: Floats) -> float:
    """Return the area that two densities share (Weitzman 1970), from shares in common bins.

    The bins hold equal shares of both sets of draws together, so that neither the unit nor a long
    tail changes the answer; their number grows with the cube root of the smaller set.
    """
    bins = int(np.clip(2 * min(before.size, after.size) ** (1 / 3), 2, 100))
    grid = np.linspace(0, 1, bins + 1)
    # half the edges from each, so that a narrow posterior is resolved inside a wide prior
    edges = np.unique(np.concatenate([np.quantile(before, grid), np.quantile(after, grid)]))
    if edges.size < 2:
        return 1.0
    shares = [np.histogram(one, edges)[0] / one.size for one in (before, after)]
    return float(np.minimum(*shares).sum())


def _words(narrower: float, tail: float, unit: str, ends: tuple[float, float, float, float]) -> str:
    of = f" {unit}" if unit else ""
    if np.isnan(narrower):
        learnt = "The prior fixed this: the data could not change it"
    else:
        learnt = next(words for least, words in NARROWER if narrower >= least)
    surprise = " The data lie where the prior had hardly expected them." if tail < 0.05 else ""
    return (
        f"{learnt}. Before the data: {ends[0]:.3g} to {ends[1]:.3g}{of}; after: {ends[2]:.3g} to "
        f"{ends[3]:.3g}{of}.{surprise}"
    )
