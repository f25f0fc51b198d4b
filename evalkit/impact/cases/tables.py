"""Tables of single cases: each case, its phases, overlap."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.cases.overlap import Tau, nap, pnd, tau_u
from evalkit.impact.cases.read import Case, Cases
from evalkit.impact.least_squares import Floats

WINDOW = 3
"""Points on either side of a change that tell what happened at once."""


def pairs_of(case: Case) -> list[tuple[Floats, Floats]]:
    """Return each baseline with the intervention that follows it."""
    phases = case.phases()
    return list(zip(phases[::2], phases[1::2], strict=False))


def difference(case: Case) -> float:
    """Return the mean of all intervention points less that of all baseline points."""
    on = case.treated == 1
    return float(case.y[on].mean() - case.y[~on].mean())


def phase_table(cases: Cases) -> pd.DataFrame:
    """Return level, trend and spread of each phase of each case."""
    rows = []
    for case in cases.cases:
        where = np.split(case.position, list(case.changes))
        for i, (values, at) in enumerate(zip(case.phases(), where, strict=True)):
            rows.append(
                {
                    "case": case.label,
                    "phase": i + 1,
                    "condition": cases.words[i % 2],
                    "from": cases.times[at[0]],
                    "to": cases.times[at[-1]],
                    "points": len(values),
                    "mean": float(values.mean()),
                    "median": float(np.median(values)),
                    "trend": theil_sen(values, at.astype(float)),
                    "sd": float(values.std(ddof=1)) if len(values) > 1 else math.nan,
                }
            )
    return pd.DataFrame(rows)


def theil_sen(values: Floats, at: Floats) -> float:
    """Return the median slope over all pairs of points (Theil 1950, Sen 1968)."""
    if len(values) < 2:
        return math.nan
    i, j = np.triu_indices(len(values), 1)
    return float(np.median((values[j] - values[i]) / (at[j] - at[i])))


def case_table(cases: Cases, direction: int) -> pd.DataFrame:
    """Return the measures of each case; overlap counts the wanted direction."""
    return pd.DataFrame([_case_row(case, direction) for case in cases.cases])


def _case_row(case: Case, direction: int) -> dict[str, Any]:
    on = case.treated == 1
    before, after = case.y[~on], case.y[on]
    sd = float(before.std(ddof=1)) if len(before) > 1 else math.nan
    change = difference(case)
    correct = 1 - 3 / (4 * (len(before) - 1) - 1) if len(before) > 2 else math.nan
    positive = min(before.mean(), after.mean()) > 0
    pairs = [(direction * a, direction * b) for a, b in pairs_of(case)]
    sizes = np.array([len(a) * len(b) for a, b in pairs], dtype=float)
    shares = np.array([nap(a, b) for a, b in pairs])
    return {
        "case": case.label,
        "phases": len(case.changes) + 1,
        "baseline_points": len(before),
        "intervention_points": len(after),
        "baseline_mean": float(before.mean()),
        "intervention_mean": float(after.mean()),
        "difference": change,
        "immediate": immediate(case),
        "baseline_sd": sd,
        "within_case_g": correct * change / sd if sd > 0 else math.nan,
        "log_ratio": math.log(after.mean() / before.mean()) if positive else math.nan,
        "nap": float((sizes * shares).sum() / sizes.sum()),
        "pnd": float(np.average([pnd(a, b) for a, b in pairs], weights=[len(b) for _, b in pairs])),
    }


def immediate(case: Case) -> float:
    """Return the mean change over `WINDOW` points on either side of the changes."""
    phases, total = case.phases(), 0.0
    for i, (one, other) in enumerate(itertools.pairwise(phases)):
        step = float(other[:WINDOW].mean() - one[-WINDOW:].mean())
        total += step if i % 2 == 0 else -step
    return total / (len(phases) - 1)


def tau_table(cases: Cases, direction: int, level: float) -> pd.DataFrame:
    """Return the Tau-U family of each case, and over all cases.

    Phases that come back are added up pair by pair (A1-B1, A2-B2). Over cases: weighted by the
    inverse squared error of Mann and Whitney where there is one, else by the number of pairs.
    """
    rows = []
    kept: dict[str, list[Tau]] = {}
    for case in cases.cases:
        found = _added([tau_u(direction * a, direction * b) for a, b in pairs_of(case)])
        for name, tau in found.items():
            kept.setdefault(name, []).append(tau)
            rows.append(_tau_row(case.label, name, tau.value, tau.std_error, level) | _counts(tau))
    for name, taus in kept.items():
        errors = np.array([tau.std_error for tau in taus])
        known = bool(np.isfinite(errors).all())
        weights = 1 / errors**2 if known else np.array([tau.pairs for tau in taus], dtype=float)
        value = float(np.average([tau.value for tau in taus], weights=weights))
        error = math.sqrt(1 / weights.sum()) if known else math.nan
        total = Tau(sum(tau.sign_sum for tau in taus), sum(tau.pairs for tau in taus), error)
        rows.append(_tau_row("all cases", name, value, error, level) | _counts(total))
    return pd.DataFrame(rows)


def _added(parts: list[dict[str, Tau]]) -> dict[str, Tau]:
    made = {}
    for name in parts[0]:
        taus = [part[name] for part in parts]
        pairs = sum(tau.pairs for tau in taus)
        variance = sum((tau.pairs * tau.std_error) ** 2 for tau in taus)
        made[name] = Tau(sum(tau.sign_sum for tau in taus), pairs, math.sqrt(variance) / pairs)
    return made


def _counts(tau: Tau) -> dict[str, float]:
    return {"sign_sum": tau.sign_sum, "pairs": float(tau.pairs)}


def _tau_row(case: str, name: str, value: float, error: float, level: float) -> dict[str, Any]:
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + level / 2)) * error
    return {
        "case": case,
        "measure": name,
        "estimate": value,
        "std_error": error,
        "low": max(value - reach, -1.0) if math.isfinite(reach) else math.nan,
        "high": min(value + reach, 1.0) if math.isfinite(reach) else math.nan,
    }


def series_table(cases: Cases) -> pd.DataFrame:
    """Return every point: case, time, phase, condition, outcome."""
    rows = []
    for case in cases.cases:
        phase = np.searchsorted(case.changes, np.arange(len(case.y)), side="right") + 1
        rows.append(
            pd.DataFrame(
                {
                    "case": case.label,
                    "time": [cases.times[i] for i in case.position],
                    "phase": phase,
                    "condition": [cases.words[int(one)] for one in case.treated],
                    "observed": case.y,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)
