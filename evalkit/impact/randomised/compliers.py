"""The effect on compliers: assignment as instrument for what was received."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.inference import row, t_row
from evalkit.impact.least_squares import Floats, cr1
from evalkit.impact.randomised.evidence import parts_of
from evalkit.impact.randomised.regression import Least, Model, least
from evalkit.impact.randomised.trial import Trial

STRONG = 104.7
"""First-stage F from which the usual t test of 2SLS holds (Lee, McCrary, Moreira, Porter 2022)."""
WEAK = 10.0


@dataclass(frozen=True, slots=True)
class Compliers:
    """The complier effect by every method, the first stage, and who received what."""

    rows: tuple[dict[str, Any], ...]
    first_stage: float
    f: float
    split: bool
    compliance: pd.DataFrame


def complier_effect(model: Model, arm: int, level: float) -> Compliers | str:
    """Return the effect on compliers of one arm, or why there is none.

    The ratio of two effects of assignment: on the outcome and on what was received (Wald; with
    covariates this is 2SLS with assignment as instrument). The Anderson-Rubin set holds every
    effect ``b`` for which assignment has no effect on ``outcome - b * received``, judged by the
    same robust error and degrees of freedom as the estimate itself.
    """
    trial, j = model.trial, arm - 1
    if trial.received is None:
        return "`received` is not named"
    y, d = least(model, trial.y), least(model, trial.received)
    reduced, first = float(y.solved.beta[j]), float(d.solved.beta[j])
    (of_y, df), (of_d, _) = parts_of(y, j), parts_of(d, j)
    error = float(np.sqrt((of_d**2).sum()))
    if abs(first) < 1e-9 * float(np.ptp(trial.received)):
        return "assignment did not change what was received, so there are no compliers to see"
    f = (first / error) ** 2 if error > 0 else math.inf
    effect = reduced / first
    parts = (of_y - effect * of_d) / first
    kind = "CR2" if trial.clustered else "HC2"
    rows = [
        _classic(y, d, j, effect, level),
        t_row(
            f"2SLS, {kind}, t with Satterthwaite df",
            effect,
            float(np.sqrt((parts**2).sum())),
            df,
            level,
        ),
    ]
    ends, split = anderson_rubin((reduced, first), of_y, of_d, df, level)
    p = t_row("", reduced, float(np.sqrt((of_y**2).sum())), df, level)["p_value"]
    rows.append(row(f"Anderson-Rubin, {kind}", math.nan, df, ends, p))
    rows[1 if f >= STRONG else 2]["leads"] = True
    made = tuple({"estimate": effect, **one} for one in rows)
    return Compliers(made, first, f, split, compliance(trial))


def _classic(y: Least, d: Least, j: int, effect: float, level: float) -> dict[str, Any]:
    """Return 2SLS with the error that most packages print (HC1, or CR1 with clusters)."""
    first = float(d.solved.beta[j])
    if y.fitted is None or d.fitted is None:
        s = y.solved
        left = s.residuals - effect * d.solved.residuals
        raw = ((s.loading(j) * left) ** 2).sum() * s.n / max(s.n - s.k, 1)
        return t_row("2SLS, HC1", effect, float(np.sqrt(raw)) / abs(first), s.n - s.k, level)
    both = replace(y.fitted, scores=y.fitted.scores - effect * d.fitted.scores)
    error = math.sqrt(max(cr1(both)[j, j], 0.0)) / abs(first)
    return t_row("2SLS, CR1, t with clusters - 1 df", effect, error, both.clusters - 1, level)


def anderson_rubin(
    effects: tuple[float, float], of_y: Floats, of_d: Floats, df: float, level: float
) -> tuple[tuple[float, float], bool]:
    """Return the ends of the Anderson-Rubin set, and whether values between them are refused too.

    The test of ``b`` is ``(ry - b rd)^2 <= c^2 sum (a - b e)^2``, quadratic in ``b``: an interval
    when the first stage is distinct from zero at this level, else everything outside an interval,
    or everything (Fieller 1954).
    """
    from scipy.special import stdtrit

    reduced, first = effects
    if not (np.isfinite(df) and df > 0):
        return (math.nan, math.nan), False
    c2 = float(stdtrit(df, 0.5 + level / 2)) ** 2
    a = first**2 - c2 * float(of_d @ of_d)
    b = -2 * (reduced * first - c2 * float(of_y @ of_d))
    c = reduced**2 - c2 * float(of_y @ of_y)
    inside = b * b - 4 * a * c
    if a <= 0:
        return (-math.inf, math.inf), inside > 0
    root = math.sqrt(max(inside, 0.0))
    return ((-b - root) / (2 * a), (-b + root) / (2 * a)), False


def compliance(trial: Trial) -> pd.DataFrame:
    """Return what was received in each arm."""
    received = trial.received if trial.received is not None else np.zeros(trial.n)
    rows = [
        {
            "arm": label,
            "n": int((trial.arm == i).sum()),
            "mean_received": float(
                np.average(received[trial.arm == i], weights=trial.w[trial.arm == i])
            ),
            "share_any": float(
                np.average(received[trial.arm == i] != 0, weights=trial.w[trial.arm == i])
            ),
        }
        for i, label in enumerate(trial.arms)
    ]
    return pd.DataFrame(rows)
