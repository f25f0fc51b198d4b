"""Tables of the Bayesian pool: heterogeneity, studies, forest, a new site, moderators, priors alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.forms import common_show as show
from evalkit.impact.bayes.forms.common import Fitted
from evalkit.impact.least_squares import Floats
from evalkit.impact.pooling.model import typical_variance
from evalkit.impact.pooling.read import Studies

MEAN, NEW = "mean effect", "effect in a new study or site"


def scales_of(studies: Studies) -> Floats:
    """Return what each column is divided by: 1 for the constant, else its SD."""
    spread = studies.x.std(axis=0, ddof=1)
    spread[0] = 1.0
    return np.asarray(spread)


def heterogeneity(fitted: Fitted, studies: Studies, level: float) -> pd.DataFrame:
    """Return how much true effects differ; `most_likely` is where the restricted likelihood tops."""
    spreads = [fitted.spread(k) for k in range(len(fitted.form.groups))]
    total = np.asarray(sum(one**2 for one in spreads))
    typical = typical_variance(studies.v, studies.x)
    named: dict[str, Floats] = {
        "tau2": total,
        "tau": np.sqrt(total),
        "I2": total / (total + typical),
    }
    if studies.groups is not None:
        named |= {"tau2 between clusters": spreads[0] ** 2, "tau2 within clusters": spreads[1] ** 2}
    best = _most_likely(
        studies, [(one / fitted.form.unit) ** 2 for one in spreads], fitted.form.unit
    )
    rows = []
    for name, draws in named.items():
        low, high = summary.equal_tailed(draws, level)
        rows.append(
            {
                "statistic": name,
                "estimate": float(draws.mean()),
                "median": float(np.median(draws)),
                "low": low,
                "high": high,
                "most_likely": float(draws.ravel()[best]),
            }
        )
    return pd.DataFrame(rows)


MOST_CELLS = 4_000_000
"""Draws times estimates squared that are looked at for the top of the likelihood."""


def _most_likely(studies: Studies, variances: Sequence[Floats], unit: float) -> int:
    """Return the draw at which the restricted likelihood of the variances is highest.

    The mean and slopes are integrated out under flat priors (Harville 1974), so that this is where
    REML ends, but for the distance between draws.
    """
    k = len(studies.y)
    flat = [one.ravel() for one in variances]
    step = max(1, math.ceil(len(flat[0]) * k**2 / MOST_CELLS))
    pick = np.arange(0, len(flat[0]), step)
    own = flat[-1][pick, None] + studies.v / unit**2
    v = own[:, :, None] * np.eye(k)
    if studies.groups is not None:
        together = studies.groups[:, None] == studies.groups[None, :]
        v = v + flat[0][pick, None, None] * together
    columns = np.column_stack([studies.x, studies.y / unit])
    solved = np.linalg.solve(v, np.broadcast_to(columns, (len(pick), *columns.shape)))
    cross = columns.T @ solved
    xx, xy, yy = cross[:, :-1, :-1], cross[:, :-1, -1:], cross[:, -1, -1]
    square = yy - (xy * np.linalg.solve(xx, xy)).sum(axis=(1, 2))
    value = np.linalg.slogdet(v)[1] + np.linalg.slogdet(xx)[1] + square
    return int(pick[value.argmin()])


def prediction(new: Floats, level: float, margin: float | None) -> pd.DataFrame:
    """Return where the true effect in a new study or site lies, and with which probability."""
    row = {"method": "posterior predictive", **show.summed(new, level)}
    if margin is not None:
        row["p_beyond_margin"] = summary.beyond(new, margin)
    return pd.DataFrame([{**row, "leads": True}])


def sites(fitted: Fitted, studies: Studies, level: float) -> pd.DataFrame:
    """Return each estimate beside its partially pooled value."""
    from scipy.special import ndtri

    k, m = len(studies.y), len(fitted.form.gram.xy)
    weights = np.zeros((m, k))
    weights[: studies.x.shape[1]] = (studies.x / scales_of(studies)).T
    for group in fitted.form.groups:
        whole = group.label == "study"
        codes = np.arange(k) if whole or studies.groups is None else studies.groups
        weights[group.columns[codes, 0], np.arange(k)] = 1.0
    own = fitted.contrast(weights).reshape(-1, k)
    low, high = np.quantile(own, [(1 - level) / 2, (1 + level) / 2], axis=0)
    error, reach = np.sqrt(studies.v), float(ndtri(0.5 + level / 2))
    total = sum(fitted.spread(j) ** 2 for j in range(len(fitted.form.groups)))
    weight = 1 / (studies.v + float(np.mean(total)))
    table = pd.DataFrame(
        {
            "study": studies.labels,
            "estimate": studies.y,
            "std_error": error,
            "low": studies.y - reach * error,
            "high": studies.y + reach * error,
            "weight": weight / weight.sum(),
            "shrunken": own.mean(axis=0),
            "shrunken_std_error": own.std(axis=0, ddof=1),
            "shrunken_low": low,
            "shrunken_high": high,
            "p_above_zero": (own > 0).mean(axis=0),
        }
    )
    if studies.groups is not None:
        table.insert(1, "cluster", [studies.clusters[g] for g in studies.groups])
    return _by_name(table)


def _by_name(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by label, labels that are numbers in the order of these."""
    made = pd.to_numeric(table["study"], errors="coerce")
    key = made if bool(made.notna().all()) else table["study"]
    return table.iloc[np.argsort(key.to_numpy(), kind="stable")].reset_index(drop=True)


def forest(sites: pd.DataFrame, effect: Floats, new: Floats, level: float) -> pd.DataFrame:
    """Return the rows of a forest plot: every estimate, the pooled one, the new study."""
    rows = sites[["study", "estimate", "low", "high", "weight"]].assign(kind="study")
    more = []
    for name, draws, kind in (("pooled", effect, "pooled"), ("a new study", new, "prediction")):
        low, high = summary.equal_tailed(draws, level)
        mean = float(draws.mean())
        more.append(
            {
                "study": name,
                "estimate": mean,
                "low": low,
                "high": high,
                "weight": math.nan,
                "kind": kind,
            }
        )
    return pd.concat([rows, pd.DataFrame(more)], ignore_index=True)


def moderators(quantities: Mapping[str, Floats], level: float) -> pd.DataFrame:
    """Return the slopes of the moderators in their own units."""
    rows = []
    for name, draws in quantities.items():
        if name.startswith("slope of "):
            moderator = name.removeprefix("slope of ")
            rows.append({"moderator": moderator, **show.summed(draws, level)})
    return pd.DataFrame(rows)


def prior_predictive(fitted: Fitted, studies: Studies, seed: int, level: float) -> pd.DataFrame:
    """Return what the priors alone lead to expect, beside what was seen."""
    rng = np.random.default_rng([seed, 11])
    unit, beliefs, slots = fitted.form.unit, fitted.beliefs, fitted.form.slots
    effect = show.prior_draws(beliefs["effect"], rng, half=False) * unit
    spreads = [
        show.prior_draws(beliefs[name], rng, half=True) * unit
        for name in ("spread", "within")
        if name in slots
    ]
    total = np.sqrt(sum(one**2 for one in spreads))
    one = effect + total * rng.standard_normal(len(effect))
    error = math.sqrt(float(np.median(studies.v)))
    seen = one + error * rng.standard_normal(len(effect))
    shape = (len(effect), len(studies.y))
    many = np.sqrt(total[:, None] ** 2 + studies.v) * rng.standard_normal(shape)
    return pd.DataFrame(
        [
            show.quantity(MEAN, effect, None, level),
            show.quantity(NEW, one, None, level),
            show.quantity("one estimate", seen, float(np.median(studies.y)), level),
            show.quantity(
                "spread (SD) of estimates",
                many.std(axis=1, ddof=1),
                float(studies.y.std(ddof=1)),
                level,
            ),
        ]
    )
