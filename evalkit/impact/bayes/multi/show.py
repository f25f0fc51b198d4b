"""Tables of several outcomes: each in its own units, together, by site, and how they are related."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.impact.bayes import adapter, summary
from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.joint import Effects, Joint


def units_of(joint: Joint) -> Floats:
    """Return what one standard deviation in the wanted direction is in each outcome's units."""
    return np.array([part.unit for part in joint.parts])


def margins_of(joint: Joint, asked: Asked) -> Floats:
    """Return each outcome's margin in its wanted direction, in its own units; NaN where none."""
    return np.array([abs(asked.margins.get(part.name, np.nan)) for part in joint.parts])


def outcome_table(joint: Joint, effects: Effects, asked: Asked) -> pd.DataFrame:
    """Return one row an outcome: the effect in its own units and in SDs, with probabilities."""
    rows = []
    margins = margins_of(joint, asked)
    for k, part in enumerate(joint.parts):
        draws = effects.mean[..., k]
        own = draws * part.unit
        low, high = summary.equal_tailed(own, asked.level)
        in_sd = draws * part.wanted
        low_sd, high_sd = summary.equal_tailed(in_sd, asked.level)
        found = adapter.diagnostics(own)
        rows.append(
            {
                "outcome": part.name,
                "domain": part.domain,
                "wanted": "up" if part.wanted > 0 else "down",
                "estimate": float(own.mean()),
                "sd": float(own.std(ddof=1)),
                "low": low,
                "high": high,
                "estimate_in_sd": float(in_sd.mean()),
                "low_in_sd": low_sd,
                "high_in_sd": high_sd,
                "unit_sd": part.effects.sd,
                "p_above_zero": float((own > 0).mean()),
                "p_wanted": float((draws > 0).mean()),
                "margin": asked.margins.get(part.name, float("nan")),
                "p_beyond_margin": _beyond(own * part.wanted, margins[k]),
                "unpooled": float(part.effects.raw.effect.mean()),
                "spread_between_sites": float(
                    np.sqrt(effects.covariance[..., k, k]).mean() * part.effects.sd
                ),
                "n_sites": len(part.effects.sites),
                "n_observations": part.effects.rows,
                "rhat": found.rhat,
                "ess_bulk": found.ess_bulk,
                "ess_tail": found.ess_tail,
            }
        )
    return pd.DataFrame(rows)


def _beyond(draws: Floats, margin: float) -> float:
    return float((draws > margin).mean()) if np.isfinite(margin) else float("nan")


def domain_table(joint: Joint, effects: Effects, level: float) -> pd.DataFrame:
    """Return the mean effect of each domain's outcomes, in SDs in the wanted direction."""
    rows = []
    for domain in joint.domains:
        at = [k for k, part in enumerate(joint.parts) if part.domain == domain]
        draws = effects.mean[..., at].mean(axis=-1)
        low, high = summary.equal_tailed(draws, level)
        rows.append(
            {
                "domain": domain,
                "outcomes": len(at),
                "estimate": float(draws.mean()),
                "sd": float(draws.std(ddof=1)),
                "low": low,
                "high": high,
                "p_wanted": float((draws > 0).mean()),
            }
        )
    return pd.DataFrame(rows)


def site_outcomes(joint: Joint, effects: Effects, level: float) -> pd.DataFrame:
    """Return the effect of each site on each outcome, in the outcome's own units."""
    rows = []
    for k, part in enumerate(joint.parts):
        raw = dict(zip(part.effects.sites, part.effects.raw.effect.tolist(), strict=True))
        for s, site in enumerate(joint.sites):
            draws = effects.site[..., s, k] * part.unit
            low, high = summary.equal_tailed(draws, level)
            rows.append(
                {
                    "site": site,
                    "outcome": part.name,
                    "estimate": float(draws.mean()),
                    "low": low,
                    "high": high,
                    "raw_estimate": raw.get(site, float("nan")),
                    "p_above_zero": float((draws > 0).mean()),
                    "p_wanted": float((draws * part.wanted > 0).mean()),
                }
            )
    return pd.DataFrame(rows)


def site_means(joint: Joint, effects: Effects, level: float) -> pd.DataFrame:
    """Return each site's mean effect over the outcomes, in SDs in the wanted direction."""
    draws = effects.site.mean(axis=-1).reshape(-1, len(joint.sites))
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    raw = [
        float(np.mean([_raw(joint, site, k) for k in range(len(joint.parts))]))
        for site in joint.sites
    ]
    return pd.DataFrame(
        {
            "site": list(joint.sites),
            "estimate": draws.mean(axis=0),
            "low": low,
            "high": high,
            "raw_estimate": raw,
            "p_above_zero": (draws > 0).mean(axis=0),
        }
    )


def _raw(joint: Joint, site: str, k: int) -> float:
    """Return a site's raw effect on an outcome in SDs, or NaN where it has none."""
    part = joint.parts[k]
    if site not in part.effects.sites:
        return float("nan")
    return float(part.effects.raw.effect[part.effects.sites.index(site)] / part.unit)


def correlation_table(joint: Joint, effects: Effects, level: float) -> pd.DataFrame:
    """Return, for each pair of outcomes, how site effects and residuals are related.

    Both are in the wanted directions: above zero where sites that did well on one did well on the
    other.
    """
    size = np.sqrt(np.einsum("...kk->...k", effects.covariance))
    rows = []
    for i, one in enumerate(joint.parts):
        for j in range(i + 1, len(joint.parts)):
            draws = effects.covariance[..., i, j] / np.maximum(size[..., i] * size[..., j], 1e-12)
            low, high = summary.equal_tailed(draws, level)
            rows.append(
                {
                    "outcome": one.name,
                    "other": joint.parts[j].name,
                    "mean": float(draws.mean()),
                    "low": low,
                    "high": high,
                    "of_residuals": float(joint.correlation[i, j]),
                }
            )
    return pd.DataFrame(rows)


def new_site_table(
    names: list[str], draws: Floats, wanted: Floats, margins: Floats, level: float
) -> pd.DataFrame:
    """Return what to expect in a site that was not studied.

    Parameters
    ----------
    names : list of str
        One a column of `draws`.
    draws : numpy.ndarray, shape (chains, draws, columns)
        Effects there, in their own units and direction.
    wanted : numpy.ndarray, shape (columns,)
        1 where more is better, -1 where less is: what benefit and harm mean.
    margins : numpy.ndarray, shape (columns,)
        Above zero; NaN where none is named.
    """
    return pd.DataFrame(
        [
            _new_site_row(name, draws[..., k], (wanted[k], margins[k]), level)
            for k, name in enumerate(names)
        ]
    )


def _new_site_row(
    name: str, draws: Floats, wanted: tuple[float, float], level: float
) -> dict[str, float | str]:
    low, high = summary.equal_tailed(draws, level)
    good = draws * wanted[0]
    return {
        "quantity": name,
        "mean": float(draws.mean()),
        "median": float(np.median(draws)),
        "sd": float(draws.std(ddof=1)),
        "low": low,
        "high": high,
        "p_benefit": float((good > 0).mean()),
        "p_harm": float((good < 0).mean()),
        "p_beyond_margin": _beyond(good, wanted[1]),
        "p_harm_beyond_margin": _beyond(-good, wanted[1]),
    }
