"""From a read sample to the `Estimate` of the design."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from evalkit.impact.checks import decision_grade, smallest_detectable
from evalkit.impact.estimate import Check, Estimate
from evalkit.impact.inference import detectable, interval_of, known
from evalkit.impact.study import hedges_g
from evalkit.impact.weighting import balance, checks, overlap
from evalkit.impact.weighting.hidden import hidden_checks
from evalkit.impact.weighting.propensity import logit
from evalkit.impact.weighting.sample import Sample
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.several import levels_table, solve_levels
from evalkit.impact.weighting.solve import Solved, others, solve
from evalkit.impact.weighting.variance import RULE
from evalkit.impact.weighting.words import assumptions, estimand_words, estimator_words


def estimate_matching(
    sample: Sample, setting: Setting, margin: float | None, name: str
) -> Estimate:
    """Return the estimate with its tables, checks, assumptions and notes.

    Parameters
    ----------
    margin : float or None
        Smallest change that matters, in the outcome's units.
    name : str
        Key of the design.
    """
    several = len(sample.labels) > 2
    solved = solve_levels(sample, setting) if several else [solve(sample, setting)]
    first = solved[0]
    tables = _tables(first, setting)
    if several:
        tables["levels"] = levels_table(sample, solved)
    interval = interval_of(first.leads, setting.level)
    hidden, tables["confounding"] = hidden_checks(first, interval)
    compared = first.sample.y[(first.sample.arm == 0)]
    standard, why_not = hedges_g(
        first.value,
        interval,
        compared,
        f"of `{sample.roles.outcome}` among the {len(compared)} comparison rows, before weighting",
    )
    used = first.weights > 0
    clusters = first.sample.cluster
    return Estimate(
        id=name,
        design=name,
        estimator=estimator_words(setting),
        estimand=estimand_words(sample, first, setting),
        outcome=sample.roles.outcome,
        value=first.value,
        std_error=float(first.leads["std_error"]),
        interval=interval,
        p_value=known(first.leads["p_value"]),
        n_units=first.sample.n,
        n_observations=int(used.sum()),
        n_clusters=int(used.sum()) if clusters is None else len(np.unique(clusters[used])),
        n_treated=_treated(first),
        standardised=standard,
        table=tables,
        checks=(*_checks(first, setting, margin, tables), *hidden),
        assumptions=assumptions(sample, setting),
        seed=setting.seed,
        notes=_notes(sample, first, setting, why_not),
        native=rows_table(first),
        contributions=_labelled(first, sample),
    )


def _treated(solved: Solved) -> int:
    """Return the number of treated rows used; of treated clusters where whole clusters are treated."""
    sample, used = solved.sample, solved.weights > 0
    treated = used & (sample.arm == 1)
    if sample.cluster is not None:
        on = np.unique(sample.cluster[sample.arm == 1])
        off = np.unique(sample.cluster[sample.arm == 0])
        if not np.isin(on, off).any():
            return len(np.unique(sample.cluster[treated]))
    return int(treated.sum())


def rows_table(solved: Solved) -> pd.DataFrame:
    """Return weight and propensity score of each row analysed, by its place in the caller's frame."""
    sample = solved.sample
    made = pd.DataFrame(
        {
            "row": sample.row,
            "treated": sample.arm == 1,
            "propensity": solved.propensity,
            "weight": solved.weights,
        }
    )
    return made.sort_values("row", ignore_index=True)


def _tables(solved: Solved, setting: Setting) -> dict[str, pd.DataFrame]:
    sample = solved.sample
    columns = np.column_stack([solved.propensity, sample.shown])
    names = ("propensity score", *sample.names)
    balanced = balance.balance_table(
        names, columns, sample.t, sample.weights, solved.weights, setting.estimand
    )
    return {
        "inference": pd.DataFrame(list(solved.rows)),
        "balance": balanced,
        "love_plot": balance.love_plot(balanced),
        "overlap": overlap.overlap_table(solved.propensity, sample.t),
        "weights": overlap.weights_table(sample.t, solved.weights, sample.labels),
        "estimators": pd.DataFrame(others(sample, setting)),
    }


def _checks(
    solved: Solved, setting: Setting, margin: float | None, tables: dict[str, pd.DataFrame]
) -> tuple[Check, ...]:
    sample, leads = solved.sample, solved.leads
    smallest = detectable(leads, None, solved.value, setting.level)
    # Trimming changed whom the groups are made of: overlap is judged on those who are left.
    p = logit(sample.x, sample.t, sample.weights).p
    return (
        balance.balance_check(tables["balance"], setting.estimand),
        overlap.overlap_check(p, sample.t, setting.estimand),
        overlap.size_check(sample.t, solved.weights),
        checks.matches_lost(solved, setting),
        checks.estimator_choice(tables["estimators"], solved),
        checks.placebo_outcome(solved, setting),
        checks.few_units(solved, "" if setting.estimator == "nearest" else RULE),
        decision_grade(*solved.sides),
        smallest_detectable(smallest, leads["method"], setting.level, margin),
    )


def _notes(sample: Sample, solved: Solved, setting: Setting, why_not: str) -> tuple[str, ...]:
    notes = list(dict.fromkeys((*sample.notes, *solved.sample.notes, *solved.notes)))
    if solved.tied:
        notes.append(
            f"For {solved.tied} rows several comparison rows were equally near; one was drawn by lot "
            f"(seed {setting.seed}), so another seed gives a slightly different estimate."
        )
    if solved.unmatched:
        notes.append(f"{solved.unmatched} rows found no match and are not part of the estimate.")
    if len(sample.labels) > 2:
        notes.append(
            f"`{sample.roles.treatment}` has {len(sample.labels)} values; {sample.labels[0]} is the "
            f"reference and this estimate is of {sample.labels[1]}. The others stand in the table "
            '"levels", with p-values after Holm.'
        )
    elif sample.labels != ("0", "1"):
        notes.append(
            f"`{sample.roles.treatment}` {sample.labels[1]} counts as treated, {sample.labels[0]} "
            "as comparison (the first in order)."
        )
    if sample.roles.weights:
        notes.append(
            f"`{sample.roles.weights}` are sampling weights: they enter the propensity score and "
            "every mean; a matched row stands in with the weight of the row it is matched to."
        )
    if why_not:
        notes.append(f"No standardised effect: {why_not}.")
    return tuple(notes)


def _labelled(solved: Solved, sample: Sample) -> dict[str, float] | None:
    if solved.contributions is None:
        return None
    count = len(solved.contributions)
    labels = sample.clusters if len(sample.clusters) == count else solved.sample.clusters
    return {
        label: float(part)
        for label, part in zip(labels, solved.contributions, strict=True)
        if math.isfinite(part)
    }
