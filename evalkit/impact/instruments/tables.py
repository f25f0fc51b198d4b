"""The tables of an instrumental-variable study."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.inference import t_row
from evalkit.impact.instruments.evidence import t_rows
from evalkit.impact.instruments.reduced import Reduced
from evalkit.impact.instruments.robust import Robust, robust
from evalkit.impact.instruments.sample import Sample
from evalkit.impact.instruments.strength import Strength
from evalkit.impact.instruments.two_stage import ESTIMATORS, Structural, structural
from evalkit.impact.instruments.validity import HypothesisTest
from evalkit.impact.least_squares import Floats

NUMBERS = ("std_error", "df", "low", "high", "p_value")


def of_instruments(
    names: tuple[str, ...], values: Floats, made: Robust, level: float
) -> pd.DataFrame:
    """Return a row for each instrument's coefficient, with robust (CR2 or HC2) inference."""
    rows = [
        {"instrument": name, "coefficient": float(values[j]), **_numbers(values, made, j, level)}
        for j, name in enumerate(names)
    ]
    return pd.DataFrame(rows)


def _numbers(values: Floats, made: Robust, j: int, level: float) -> dict[str, float]:
    found = t_row("", float(values[j]), float(made.errors[j]), float(made.df[j]), level)
    return {name: found[name] for name in NUMBERS}


def first_stage(sample: Sample, reduced: Reduced, level: float) -> pd.DataFrame:
    """Return the first stage: what each instrument does to the treatment."""
    made = of_instruments(sample.instruments, reduced.to_d, reduced.of_d, level)
    left = reduced.d - reduced.z @ reduced.to_d
    inverse = np.diag(np.linalg.inv(reduced.z.T @ reduced.z))
    made["conventional_error"] = np.sqrt(float(left @ left) / reduced.df * inverse)
    return made


def strengths(power: Strength) -> pd.DataFrame:
    """Return the statistics of the instruments' strength, a row each."""
    from scipy.special import fdtrc

    plain_df = (power.df[0], power.df[1])
    rows: list[tuple[str, float, float, float]] = [
        ("effective F (Montiel Olea and Pflueger)", power.effective, power.critical, np.nan),
        ("F, equal spread (Cragg-Donald)", power.plain, np.nan, np.nan),
        (
            "F, robust (Kleibergen-Paap)",
            power.robust,
            np.nan,
            float(fdtrc(*plain_df, power.robust)),
        ),
        ("partial R2", power.partial_r2, np.nan, np.nan),
    ]
    return pd.DataFrame(rows, columns=["statistic", "value", "critical_value", "p_value"])


def tests(found: list[HypothesisTest]) -> pd.DataFrame:
    """Return tests of validity, a row each."""
    rows = [(one.name, one.statistic, one.df[0], one.df[-1], one.p_value) for one in found]
    columns = ["test", "statistic", "df", "df_residual", "p_value"]
    made = pd.DataFrame(rows, columns=columns)
    made.loc[made["df"] == made["df_residual"], "df_residual"] = np.nan
    return made


def alternatives(
    sample: Sample, reduced: Reduced, found: tuple[str, Structural], level: float
) -> pd.DataFrame:
    """Return least squares and every estimator side by side.

    Robust error (CR1 with clusters, HC1 without; GMM its own) and the conventional one.
    """
    rows = [_least_squares(sample, level)]
    for name in ESTIMATORS:
        if name == "gmm" and reduced.groups <= reduced.full.shape[1] and found[0] != "gmm":
            continue  # the weights of the moments would be singular
        made = found[1] if name == found[0] else structural(sample, reduced, name)
        row = t_rows(made, reduced, level)[-2 if name != "gmm" else -1]
        kept = {key: row[key] for key in NUMBERS}
        rows.append(
            {
                "estimator": name,
                "estimate": made.value,
                **kept,
                "conventional_error": made.conventional,
                "kappa": made.kappa,
            }
        )
    return pd.DataFrame(rows)


def _least_squares(sample: Sample, level: float) -> dict[str, Any]:
    root = np.sqrt(sample.w)
    x = np.column_stack([sample.d, sample.x]) * root[:, None]
    y = sample.y * root
    beta = np.linalg.lstsq(x / np.linalg.norm(x, axis=0), y, rcond=None)[0]
    beta = beta / np.linalg.norm(x, axis=0)
    residuals = y - x @ beta
    df = len(y) - x.shape[1]
    made = robust(x, residuals, sample.cluster, 1)
    t_df = df if sample.cluster is None else int(sample.cluster.max())
    row = t_row("", float(beta[0]), float(made.plain[0]), t_df, level)
    left = x[:, 0] - x[:, 1:] @ np.linalg.lstsq(x[:, 1:], x[:, 0], rcond=None)[0]
    return {
        "estimator": "ols",
        "estimate": float(beta[0]),
        **{key: row[key] for key in NUMBERS},
        "conventional_error": float(np.sqrt(residuals @ residuals / df / (left @ left))),
        "kappa": 0.0,
    }
