"""From checked estimates of many studies to the pooled `Estimate`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.impact.checks import smallest_detectable
from evalkit.impact.estimate import Check, Estimate
from evalkit.impact.inference import detectable, interval_of, known
from evalkit.impact.pooling import checks, tables
from evalkit.impact.pooling.methods import RULE, Pooled, fit, rows_of
from evalkit.impact.pooling.read import Studies

NAMES = {
    "reml": "random effects, REML",
    "ml": "random effects, maximum likelihood",
    "dl": "random effects, DerSimonian-Laird",
    "pm": "random effects, Paule-Mandel",
    "fixed": "fixed (equal) effect, inverse variance",
    "three_level": "three-level random effects, REML",
    "three_level_ml": "three-level random effects, maximum likelihood",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """How the estimates are pooled."""

    estimator: str
    adjust: str
    correlation: float
    level: float
    margin: float | None
    seed: int


def study(studies: Studies, choices: Choices) -> Estimate:
    """Pool the estimates, with every inference, table and check."""
    level = choices.level
    pooled = fit(studies, choices.estimator, choices.adjust, choices.correlation)
    rows = rows_of(pooled, level=level)
    leads = next(row for row in rows if row["leads"])
    shown = _tables(pooled, choices)
    found, more = _checks(pooled, shown, choices)
    clusters = studies.clusters if studies.groups is not None else studies.labels
    parts = None
    if pooled.robust is not None:
        parts = dict(zip(clusters, pooled.robust.parts[:, 0].tolist(), strict=True))
    return Estimate(
        id="pooled",
        design="pooled",
        estimator=NAMES[choices.estimator],
        estimand=_estimand(pooled),
        outcome=studies.roles.estimate,
        value=float(pooled.beta[0]),
        std_error=math.sqrt(float(pooled.model_covariance[0, 0])),
        interval=interval_of(leads, level),
        p_value=known(leads["p_value"]),
        n_units=len(studies.y),
        n_observations=len(studies.y),
        n_clusters=len(clusters),
        n_treated=len(clusters),
        standardised=None,
        table={"inference": pd.DataFrame(rows), **shown, **more},
        checks=found,
        assumptions=_assumptions(pooled),
        seed=choices.seed,
        notes=_notes(pooled, leads["std_error"]),
        contributions=parts,
    )


def _tables(pooled: Pooled, choices: Choices) -> dict[str, pd.DataFrame]:
    level = choices.level
    made = {
        "heterogeneity": tables.heterogeneity(pooled, level),
        "prediction": tables.prediction(pooled, level),
        "sites": tables.sites(pooled, level),
        "forest": tables.forest(pooled, level),
        "leave_one_out": tables.leave_one_out(pooled, level, choices.correlation),
    }
    if pooled.studies.x.shape[1] > 1:
        made["moderators"] = tables.moderator_table(pooled, level)
        made["moderator_tests"] = tables.moderator_tests(pooled)
    return made


def _checks(
    pooled: Pooled, shown: dict[str, pd.DataFrame], choices: Choices
) -> tuple[tuple[Check, ...], dict[str, pd.DataFrame]]:
    lead = tables.lead_of(pooled, choices.level)
    small, tests, funnel = checks.small_study(pooled)
    effect = detectable(lead, None, float(pooled.beta[0]), choices.level)
    if not np.isfinite(effect):
        from scipy.special import ndtri

        effect = float(ndtri(0.5 + choices.level / 2) + ndtri(0.8)) * lead["std_error"]
    found = (
        checks.number(pooled),
        checks.heterogeneity(pooled, shown["heterogeneity"], shown["prediction"]),
        small,
        checks.influence(pooled, shown["leave_one_out"], known(lead["p_value"])),
        checks.dependence(pooled),
        checks.convergence(pooled),
        smallest_detectable(effect, lead["method"], choices.level, choices.margin),
    )
    return found, {"small_study": tests, "funnel": funnel}


def _estimand(pooled: Pooled) -> str:
    studies = pooled.studies
    roles = studies.roles
    where = f" at the average of {', '.join(roles.moderators)}" if roles.moderators else ""
    if pooled.estimator == "fixed":
        what = f"The one effect `{roles.estimate}` that all {len(studies.y)} estimates are taken to share"
        weights = "weighted by the inverse of their sampling variances"
    else:
        what = (
            f"Mean of the true effects `{roles.estimate}` in the population of studies or sites of "
            f"which these {len(studies.y)} estimates are taken as a sample"
        )
        weights = (
            "each estimate weighted by the inverse of its sampling variance plus the variance "
            "between true effects"
        )
    if pooled.nested is not None:
        what += f" ({len(studies.clusters)} clusters, which count alike in the long run)"
    return f"{what}{where}, in the units, contrast and period of the single studies; {weights}."


def _assumptions(pooled: Pooled) -> tuple[str, ...]:
    same = (
        "All studies estimate one and the same true effect."
        if pooled.estimator == "fixed"
        else "The studies are a fair sample of those that could have been done: none is missing "
        "because of what it found."
    )
    apart = (
        "Estimates of different clusters are independent."
        if pooled.studies.groups is not None
        else "The estimates are independent: no study, place or comparison group stands in two rows."
    )
    return (
        same,
        apart,
        "Each estimate is unbiased for its own study, and its standard error is right.",
        "The effects are of the same outcome on the same scale, and of contrasts that can be averaged.",
        "A moderator was not assigned to studies: what goes with it may go with something else.",
    )


def _notes(pooled: Pooled, leading_error: float) -> tuple[str, ...]:
    model = math.sqrt(float(pooled.model_covariance[0, 0]))
    notes = [*pooled.studies.notes, RULE]
    notes.append(
        "The standard error is that of the model; the interval and p-value are of the method named "
        "with them."
    )
    if leading_error < model * (1 - 1e-9):
        notes.append(
            f"The leading error ({leading_error:.3g}) is below the model's ({model:.3g}): these "
            "estimates differ less than their standard errors would have them. The wider interval "
            "stands in the table."
        )
    notes.append("No standardised effect: the estimates are taken in the units of the studies.")
    return tuple(notes)
