"""The table of a posterior: centre, spread, intervals, diagnostics, probabilities, the word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.impact.bayes import adapter, summary
from evalkit.impact.bayes.described.decision import PROBABILITIES, decide
from evalkit.impact.bayes.described.model import Floats, Quantity, Setting, refuse_faults
from evalkit.impact.estimate import Check, Interval, Verdict

RHAT, ESS = 1.01, 400
"""Limits of convergence (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021)."""
NOTHING = float("nan")


def posterior_table(quantities: Sequence[Quantity], setting: Setting) -> pd.DataFrame:
    """Return everything that is said of each quantity, one row each.

    Parameters
    ----------
    quantities : sequence of Quantity
    setting : Setting

    Returns
    -------
    pandas.DataFrame
        `quantity`; `mean`, `median`, `sd`; `low`, `high` (equal-tailed), `hdi_low`, `hdi_high`
        (narrowest); `rhat`, `ess_bulk`, `ess_tail`, `mcse` (of the mean); `p_above_zero`;
        `p_beyond_margin` and `p_harm_beyond_margin` (wanted and unwanted side), `p_within_margin`
        (region of practical equivalence); `prior_mean`, `prior_sd`; `decision` (word of ``RULES``).
        Columns are always there; cells that do not apply (no margin, no prior, a standard
        deviation) are NaN, and the decision an empty string.

    Raises
    ------
    DesignError
        When draws are missing, infinite or not chains by draws.
    """
    refuse_faults(quantities, setting)
    return pd.DataFrame([_row(one, setting) for one in quantities])


def interval_of(draws: Floats, setting: Setting) -> Interval:
    """Return the equal-tailed credible interval."""
    return summary.credible(draws, setting.level)


def convergence(quantities: Sequence[Quantity], divergences: int = 0, attempts: int = 1) -> Check:
    """Say how well the chains agree on everything reported: R-hat, effective draws, divergences.

    Parameters
    ----------
    quantities : sequence of Quantity
        Those whose draws never vary are named and left out.
    divergences : int
        Transitions that diverged after tuning.
    attempts : int
        How many samplings it took.

    Returns
    -------
    Check
        ``"pass"`` only where R-hat is at most 1.01, at least 400 draws are effective (bulk and
        tail) and none diverged, for every quantity; else ``"fail"``. The statistic is the largest
        R-hat.
    """
    name, moving = "convergence", [one for one in quantities if np.ptp(one.draws) > 0]
    still = [f"`{one.name}`" for one in quantities if np.ptp(one.draws) == 0]
    if not moving:
        return Check(name, None, None, "information", "Does not apply: no draw varies.")
    found = [diagnostics(one.draws) for one in moving]
    ranks = np.array([one.rhat for one in found])
    sizes = np.array([min(one.ess_bulk, one.ess_tail) for one in found])
    at, fewest = int(ranks.argmax()), int(sizes.argmin())  # NaN comes first in both
    rhat, least = float(ranks[at]), float(sizes[fewest])
    good = rhat <= RHAT and least >= ESS and divergences == 0  # NaN is not good
    chains, count = moving[0].draws.shape
    meaning = (
        f"{chains} chains of {count} draws"
        + ("" if attempts == 1 else f" (reached at attempt {attempts})")
        + f": R-hat at most {rhat:.4f} (limit {RHAT}; `{moving[at].name}`), at least {least:.0f} effective "
        f"draws (limit {ESS}; `{moving[fewest].name}`), {divergences} divergent transitions (limit 0)."
        + ("" if good else " The draws do not describe the posterior; do not use them.")
        + (f" Never varies: {', '.join(still)}." if still else "")
    )
    verdict: Verdict = "pass" if good else "fail"
    return Check(name, rhat, None, verdict, meaning)


def diagnostics(draws: Floats) -> adapter.Diagnostics:
    """Return the convergence diagnostics, NaN where draws never vary or are too few to tell."""
    if np.ptp(draws) == 0 or draws.shape[0] < 2 or draws.shape[1] < 4:
        return adapter.Diagnostics(NOTHING, NOTHING, NOTHING, NOTHING)
    return adapter.diagnostics(draws)


def _row(one: Quantity, setting: Setting) -> dict[str, float | str]:
    draws = np.asarray(one.draws, dtype=float)
    low, high = summary.equal_tailed(draws, setting.level)
    hdi_low, hdi_high = summary.highest_density(draws, setting.level)
    return {
        "quantity": one.name,
        "mean": float(draws.mean()),
        "median": float(np.median(draws)),
        "sd": spread(draws),
        "low": low,
        "high": high,
        "hdi_low": hdi_low,
        "hdi_high": hdi_high,
        **diagnostics(draws)._asdict(),
        **_judged(one, setting),
    }


def spread(draws: Floats) -> float:
    """Return the standard deviation of draws, zero for a single one."""
    return float(draws.std(ddof=1)) if draws.size > 1 else 0.0


def _judged(one: Quantity, setting: Setting) -> dict[str, float | str]:
    """Return the probabilities, the prior's mean and spread, and the word, in their columns."""
    judged = decide(one, setting) if one.signed else None
    found = dict.fromkeys(PROBABILITIES, NOTHING) if judged is None else judged.probabilities
    return {
        "p_above_zero": NOTHING if judged is None else summary.beyond(one.draws, 0.0),
        "p_beyond_margin": found["beyond_margin"],
        "p_harm_beyond_margin": found["harm_beyond_margin"],
        "p_within_margin": found["within_margin"],
        "prior_mean": NOTHING if one.prior is None else float(one.prior.mean()),
        "prior_sd": NOTHING if one.prior is None else spread(one.prior),
        "decision": "" if judged is None else judged.word,
    }
