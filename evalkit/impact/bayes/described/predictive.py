"""Predictive checks: statistics of the real data beside the same of simulated data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from evalkit.errors import DesignError, nearest
from evalkit.impact.bayes import summary
from evalkit.impact.bayes.described.model import Floats, Setting
from evalkit.impact.estimate import Check, Verdict
from evalkit.impact.frame import Faults

ODD = 0.01
"""Two-sided probability below which a statistic of the data is unlike the simulated ones."""
Which = Literal["posterior", "prior"]


def predictive_check(
    observed: Mapping[str, float],
    replicated: Mapping[str, Floats],
    setting: Setting,
    which: Which = "posterior",
) -> tuple[pd.DataFrame, Check]:
    """Compare statistics of the data with replications from the model.

    Parameters
    ----------
    observed : mapping of str to float
        What each statistic is in the data.
    replicated : mapping of str to numpy.ndarray, shape (draws,)
        The same statistic in data simulated from the fitted model (``which="posterior"``), or from
        the priors alone (``which="prior"``).
    setting : Setting
    which : {"posterior", "prior"}

    Returns
    -------
    pandas.DataFrame
        `statistic`, `observed`, `low`, `median`, `high`, `share_as_large` (ties count half),
        `two_sided`, `odd`.
    Check
        ``"concern"`` where the two-sided probability of any statistic is below 0.01.

    Raises
    ------
    DesignError
        When the names differ, or replications are missing.

    References
    ----------
    Gelman, Meng and Stern (1996), "Posterior predictive assessment of model fitness"; Box (1980)
    for the prior predictive.
    """
    _refuse(observed, replicated)
    rows = [_row(name, float(observed[name]), replicated[name], setting) for name in observed]
    table = pd.DataFrame(rows)
    return table, _check(table, which)


def _row(name: str, seen: float, draws: Floats, setting: Setting) -> dict[str, float | str | bool]:
    low, high = summary.equal_tailed(draws, setting.level)
    share = float((draws > seen).mean() + (draws == seen).mean() / 2)
    two_sided = min(1.0, 2 * min(share, 1 - share))
    return {
        "statistic": name,
        "observed": seen,
        "low": low,
        "median": float(np.median(draws)),
        "high": high,
        "share_as_large": share,
        "two_sided": two_sided,
        "odd": two_sided < ODD,
    }


def _refuse(observed: Mapping[str, float], replicated: Mapping[str, Floats]) -> None:
    faults: Faults = []
    if not observed:
        faults.append(("There is no statistic to check.", "Give at least one."))
    for name in [*observed, *(name for name in replicated if name not in observed)]:
        have, other = (observed, replicated) if name not in observed else (replicated, observed)
        if name not in have:
            side = "replications" if name in other and have is replicated else "observed value"
            wrong = f"`{name}` has no {side}.{nearest(name, [x for x in have if x not in other])}"
            faults.append((wrong, "Give each statistic both, under one name."))
        elif not np.isfinite(replicated[name]).all() or not np.size(replicated[name]):
            faults.append((f"Replications of `{name}` are missing.", "Find out in the model why."))
        elif not np.isfinite(observed[name]):
            faults.append((f"The observed `{name}` is missing.", "Leave the statistic out."))
    if faults:
        wrong = " ".join(text for text, _ in faults)
        raise DesignError(wrong, do=" ".join(dict.fromkeys(do for _, do in faults)))


def _check(table: pd.DataFrame, which: Which) -> Check:
    worst = table.iloc[int(table["two_sided"].to_numpy().argmin())]
    odd = [f"`{name}`" for name in table.loc[table["odd"], "statistic"]]
    source = "the fitted model" if which == "posterior" else "the priors alone"
    meaning = f"Data simulated from {source} were set beside the real ones. "
    if odd:
        unlike = (
            "does not fit that part of the data" if which == "posterior" else "had not expected it"
        )
        meaning += (
            f"{', '.join(odd)} of the real data is unlike the simulated ones: the "
            f"{'model' if which == 'posterior' else 'prior'} {unlike}."
        )
    else:
        meaning += (
            f"The least alike is `{worst['statistic']}`, and it is within what they give. That does "
            "not show that the model is right."
        )
    verdict: Verdict = "concern" if odd else "pass"
    share = float(worst["share_as_large"])
    return Check(f"{which} predictive", share, float(worst["two_sided"]), verdict, meaning)
