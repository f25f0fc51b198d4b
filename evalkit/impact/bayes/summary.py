"""Numbers that describe draws: computed here, so that no library's default interval is reported."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.engine import Posterior
from evalkit.impact.estimate import Interval

Floats = NDArray[np.float64]
MEAN, TYPICAL = "mean effect in the treated sites", "typical effect of such sites"
SPREAD, NOISE = "spread of effects between sites", "residual standard deviation"
NEW_SITE = "effect in a new site"
SPREADS = (SPREAD, NOISE)


def equal_tailed(draws: Floats, level: float) -> tuple[float, float]:
    """Return the interval that leaves the same probability on either side."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def highest_density(draws: Floats, level: float) -> tuple[float, float]:
    """Return the narrowest interval that holds `level` of the draws (Chen and Shao 1999)."""
    ordered = np.sort(draws, axis=None)
    inside = int(np.ceil(level * len(ordered)))
    widths = ordered[inside - 1 :] - ordered[: len(ordered) - inside + 1]
    start = int(np.argmin(widths))
    return float(ordered[start]), float(ordered[start + inside - 1])


def beyond(draws: Floats, margin: float) -> float:
    """Return the probability of an effect beyond `margin`, on the margin's own side of zero."""
    return float((draws > margin).mean() if margin >= 0 else (draws < margin).mean())


def credible(draws: Floats, level: float) -> Interval:
    """Return the equal-tailed credible interval."""
    low, high = equal_tailed(draws, level)
    return Interval(low, high, level, "credible", "equal-tailed posterior interval")


def posterior_table(
    quantities: dict[str, Floats], level: float, margin: float | None
) -> pd.DataFrame:
    """Return one row a quantity: centre, spread, two intervals, diagnostics, probabilities.

    Probabilities are left blank (NaN) for standard deviations, whose names are in `SPREADS`: they
    are always above zero.
    """
    return pd.DataFrame([_row(name, one, level, margin) for name, one in quantities.items()])


def _row(name: str, draws: Floats, level: float, margin: float | None) -> dict[str, float | str]:
    low, high = equal_tailed(draws, level)
    hdi_low, hdi_high = highest_density(draws, level)
    found = adapter.diagnostics(draws)
    signed = name not in SPREADS
    row: dict[str, float | str] = {
        "quantity": name,
        "mean": float(draws.mean()),
        "median": float(np.median(draws)),
        "sd": float(draws.std(ddof=1)),
        "low": low,
        "high": high,
        "hdi_low": hdi_low,
        "hdi_high": hdi_high,
        "rhat": found.rhat,
        "ess_bulk": found.ess_bulk,
        "ess_tail": found.ess_tail,
        "mcse": found.mcse,
        "p_above_zero": beyond(draws, 0.0) if signed else float("nan"),
    }
    if margin is not None:
        row["p_beyond_margin"] = beyond(draws, margin) if signed else float("nan")
    return row


def site_table(
    names: tuple[str, ...], raw: Floats, posterior: Posterior, level: float
) -> pd.DataFrame:
    """Return each treated site's pooled effect beside its raw one.

    `shrinkage` is how far the raw effect was drawn towards the mean of the raw effects: 0 not at
    all, 1 all the way; blank (NaN) where the raw effect lies at that mean.
    """
    draws = posterior.site_effect.reshape(-1, len(names))
    mean = draws.mean(axis=0)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    distance = raw - raw.mean()
    far = np.abs(distance) > 1e-9 * (np.abs(raw).max() + 1e-300)
    shrinkage = np.full(len(raw), np.nan)
    shrinkage[far] = 1 - (mean - mean.mean())[far] / distance[far]
    return pd.DataFrame(
        {
            "site": list(names),
            "estimate": mean,
            "low": low,
            "high": high,
            "raw_estimate": raw,
            "shrinkage": shrinkage,
            "p_above_zero": (draws > 0).mean(axis=0),
        }
    )
