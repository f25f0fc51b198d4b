"""The result under other priors (a sceptic's, an enthusiast's, each person's), without sampling again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.bayes import summary
from evalkit.impact.bayes.described.decision import decide
from evalkit.impact.bayes.described.model import Floats, Quantity, Setting, refuse_faults
from evalkit.impact.bayes.described.pareto import smoothed
from evalkit.impact.bayes.described.table import spread
from evalkit.impact.estimate import Check, Verdict

PLANNED = "as planned"
TRUST, LEAST = 0.7, 100
"""Shape of the weights' tail (Vehtari and others 2024), and number of draws that they are worth,
beyond which weighted draws are not to be trusted: sample again under that prior."""


def under_other_priors(
    quantities: Sequence[Quantity], log_ratios: Mapping[str, Floats], setting: Setting
) -> tuple[pd.DataFrame, Check]:
    """Return each quantity under other priors, by weighting the draws.

    Parameters
    ----------
    quantities : sequence of Quantity
    log_ratios : mapping of str to numpy.ndarray, shape (chains, draws)
        For each other prior the log of its density over that of the planned prior, at each draw,
        up to a constant. Minus infinity where the other prior gives no chance at all.
    setting : Setting

    Returns
    -------
    pandas.DataFrame
        `quantity`, `prior` (``"as planned"`` first), `mean`, `sd`, `low`, `high`, `p_above_zero`,
        `p_beyond_margin`, `decision`, `worth` (draws that the weighted ones are worth),
        `tail_shape`, `trusted`.
    Check
        ``"concern"`` where any prior that can be trusted leads to a decision of another direction,
        or to none where the planned one led to one; ``"information"`` where a row is not trusted.

    Raises
    ------
    DesignError
        When ratios do not match the draws, or are missing.

    References
    ----------
    Vehtari, Simpson, Gelman, Yao and Gabry (2024), "Pareto smoothed importance sampling",
    *Journal of Machine Learning Research* 25. Spiegelhalter, Freedman and Parmar (1994) for the
    sceptic and the enthusiast.
    """
    refuse_faults(quantities, setting)
    _refuse(quantities, log_ratios)
    size = quantities[0].draws.size
    picks: dict[str, _Pick] = {PLANNED: (np.arange(size), float(size), 0.0)}
    picks |= {name: _pick(np.ravel(ratio)) for name, ratio in log_ratios.items()}
    rows = [_row(one, name, found, setting) for one in quantities for name, found in picks.items()]
    table = pd.DataFrame(rows)
    check = _check(table)
    return table.drop(columns="favours"), check


_Pick = tuple[NDArray[np.intp], float, float]


def _pick(log_ratio: Floats) -> _Pick:
    """Return which draws to take, with repetition, and how far that can be trusted.

    Systematic resampling (Kitagawa 1996) with the offset fixed at a half: nothing is random, and a
    draw of weight w is taken ``w n`` times, rounded up or down.
    """
    kept = np.isfinite(log_ratio)
    found = smoothed(log_ratio[kept])
    weights = np.zeros(log_ratio.size)
    weights[kept] = found.weights
    size = log_ratio.size
    even = np.ptp(log_ratio[kept]) == 0
    at = (np.arange(size) + 0.5) / size
    chosen = np.searchsorted(np.cumsum(weights), at * weights.sum())
    worth = 1 / float((weights**2).sum())
    return np.minimum(chosen, size - 1), worth, 0.0 if even else found.shape


def _row(one: Quantity, name: str, found: _Pick, setting: Setting) -> dict[str, float | str | bool]:
    at, worth, shape = found
    draws = np.ravel(one.draws)[at]
    low, high = summary.equal_tailed(draws, setting.level)
    again = Quantity(
        one.name, draws[None, :], margin=one.margin, wanted=one.wanted, moved=one.moved
    )
    judged = decide(again, setting) if one.signed else None
    nothing = float("nan")
    return {
        "quantity": one.name,
        "prior": name,
        "mean": float(draws.mean()),
        "sd": spread(draws),
        "low": low,
        "high": high,
        "p_above_zero": nothing if judged is None else summary.beyond(draws, 0.0),
        "p_beyond_margin": nothing if judged is None else judged.probabilities["beyond_margin"],
        "decision": "" if judged is None else judged.word,
        "worth": worth,
        "tail_shape": shape,
        "trusted": shape < TRUST and worth >= min(LEAST, len(at)),
        "favours": "" if judged is None else judged.favours,
    }


def _check(table: pd.DataFrame) -> Check:
    planned = table[table["prior"] == PLANNED].set_index("quantity")
    others = table[table["prior"] != PLANNED]
    trusted = others[others["trusted"]]
    before = trusted["quantity"].map(planned["favours"])
    turned = trusted[trusted["favours"].ne(before)]
    doubtful = list(dict.fromkeys(others.loc[~others["trusted"], "prior"]))
    told = "; ".join(
        f"`{row.quantity}` reads “{row.decision}” under the prior “{row.prior}”"
        for row in turned.itertuples()
    )
    meaning = "The draws were weighted as if other priors had been held. "
    meaning += f"{told}." if told else "No prior that can be judged so turns a decision."
    if doubtful:
        names = ", ".join(f"“{name}”" for name in doubtful)
        meaning += f" Too far from the planned prior to be judged so: {names}; sample again."
    verdict: Verdict = "concern" if told else "information" if doubtful else "pass"
    return Check("other priors", float(len(turned)), None, verdict, meaning)


def _refuse(quantities: Sequence[Quantity], log_ratios: Mapping[str, Floats]) -> None:
    do = "Give the log density of the other prior less that of the planned one, at each draw."
    if not log_ratios:
        raise DesignError("There is no other prior.", do=do)
    for name, ratio in log_ratios.items():
        if any(np.shape(ratio) != one.draws.shape for one in quantities):
            wrong = (
                f"The ratios of the prior `{name}` have shape {np.shape(ratio)}, not the draws'."
            )
            raise DesignError(wrong, do=do)
        if np.isnan(ratio).any() or np.isposinf(ratio).any() or not np.isfinite(ratio).any():
            raise DesignError(f"Ratios of the prior `{name}` are missing or infinite.", do=do)
