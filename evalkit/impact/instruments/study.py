"""From a checked sample to the `Estimate` of an instrumental-variable study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.impact.checks import smallest_detectable
from evalkit.impact.estimate import Check, Estimate, Standardised
from evalkit.impact.instruments import checks, tables, validity, words
from evalkit.impact.instruments.compliers import Compliers, compliers
from evalkit.impact.instruments.evidence import Evidence, gather
from evalkit.impact.instruments.reduced import Reduced, reduce
from evalkit.impact.instruments.sample import Sample
from evalkit.impact.instruments.strength import Strength, strength
from evalkit.impact.instruments.two_stage import Structural, structural
from evalkit.impact.least_squares import sums_by
from evalkit.impact.study import hedges_g


@dataclass(frozen=True, slots=True)
class _Study:
    """All that was computed, for tables and checks."""

    sample: Sample
    reduced: Reduced
    found: Structural
    power: Strength
    evidence: Evidence
    sides: tuple[int, int]
    level: float

    @property
    def leads(self) -> validity.Leading:
        """How the leading interval is made, with the t method that would lead beside it."""
        row = self.evidence.plain_row
        if not np.isfinite(row["std_error"]):
            row = next(one for one in reversed(self.evidence.rows) if np.isfinite(one["std_error"]))
        return validity.Leading(row["std_error"], row["df"], self.evidence.moments, self.level)


def study(
    sample: Sample,
    *,
    design: str,
    estimator: str,
    level: float,
    seed: int,
    margin: float | None,
) -> Estimate:
    """Estimate the effect with every inference, table and check.

    Parameters
    ----------
    estimator : {"2sls", "liml", "gmm"}
    margin : float or None
        Smallest change that matters, in the outcome's units.
    """
    reduced = reduce(sample)
    found = structural(sample, reduced, estimator)
    power = strength(reduced)
    sides = sides_of(sample)
    evidence = gather(sample, reduced, found, power, sides=sides, level=level, seed=seed)
    whole = _Study(sample, reduced, found, power, evidence, sides, level)
    who = compliers(sample)
    made, checked = _tables_and_checks(whole, estimator, who, margin)
    standard, why_not = _standardise(sample, found, evidence)
    clustered = sample.cluster is not None
    return Estimate(
        id=design,
        design=design,
        estimator=words.NAMES[estimator],
        estimand=words.estimand(sample),
        outcome=sample.columns.outcome,
        value=found.value,
        std_error=evidence.std_error,
        interval=evidence.interval,
        p_value=evidence.p_value,
        n_units=sample.n,
        n_observations=sample.n,
        n_clusters=reduced.groups,
        n_treated=int((sample.d != 0).sum()),
        standardised=standard,
        table=made,
        checks=checked,
        assumptions=words.assumptions(
            sample.columns, sample.instruments, covariates=bool(sample.names)
        ),
        seed=seed,
        notes=_notes(sample, evidence, why_not),
        native=found.native,
        contributions=dict(zip(sample.labels, found.parts.tolist(), strict=True))
        if clustered
        else None,
    )


def _tables_and_checks(
    whole: _Study, estimator: str, who: Compliers | str, margin: float | None
) -> tuple[dict[str, pd.DataFrame], tuple[Check, ...]]:
    sample, reduced, found, level = whole.sample, whole.reduced, whole.found, whole.level
    clustered = sample.cluster is not None
    over = validity.over_identification(sample, reduced, found)
    differs = validity.endogeneity(sample, reduced)
    direct = validity.direct_effects(reduced, found.value, whole.leads)
    share = validity.breakdown(reduced, found.value, whole.leads)
    beside = tables.alternatives(sample, reduced, (estimator, found), level)
    hidden, confounding = checks.confounded_instrument(sample, reduced, level)
    made: dict[str, Any] = {
        "inference": pd.DataFrame(list(whole.evidence.rows)),
        "confidence_set": pd.DataFrame(list(whole.evidence.tested.pieces), columns=["low", "high"]),
        "first_stage": tables.first_stage(sample, reduced, level),
        "instrument_strength": tables.strengths(whole.power),
        "reduced_form": tables.of_instruments(
            sample.instruments, reduced.to_y, reduced.of_y, level
        ),
        "alternatives": beside,
        "validity_tests": tables.tests([*over, *differs]),
        "direct_effects": direct,
        "confounding": confounding,
        "compliers": None if isinstance(who, str) else who.table,
    }
    checked = (
        checks.instrument_strength(sample, whole.power),
        checks.anderson_rubin(whole.evidence.tested, level),
        checks.leading(whole.evidence, whole.sides, clustered=clustered),
        checks.grade(whole.sides, clustered=clustered),
        checks.over_identification(over),
        checks.endogeneity(differs, float(beside["estimate"].iloc[0]), found.value),
        checks.who_complies(who, sample),
        checks.exclusion(share, direct),
        hidden,
        smallest_detectable(
            whole.evidence.detectable, whole.evidence.interval.method, level, margin
        ),
    )
    return {name: table for name, table in made.items() if table is not None}, checked


def sides_of(sample: Sample) -> tuple[int, int]:
    """Return the clusters on either side of the instrument: above its mean, and not.

    Where an instrument varies within clusters, every cluster is on both sides. With several
    instruments, the scarcest sides of all; rows where there are no clusters.
    """
    n = sample.n
    units = np.arange(n) if sample.cluster is None else sample.cluster
    count = int(units.max()) + 1
    found = []
    for z in sample.z.T:
        middle = 0.5 * (z.min() + z.max())
        high = sums_by((z > middle).astype(float), units, count) > 0
        low = sums_by((z <= middle).astype(float), units, count) > 0
        found.append((int(high.sum()), int(low.sum())))
    return min(found, key=min)


def _standardise(
    sample: Sample, found: Structural, evidence: Evidence
) -> tuple[Standardised | None, str]:
    if set(np.unique(sample.d)) != {0.0, 1.0}:
        return None, "the treatment is a dose; an effect in SD would depend on its unit"
    values = sample.y[sample.d == 0]
    which = f"of `{sample.columns.outcome}` among the {len(values):,} untreated rows"
    return hedges_g(found.value, evidence.interval, values, which)


def _notes(sample: Sample, evidence: Evidence, why_not: str) -> tuple[str, ...]:
    notes = [*sample.notes]
    if why_not:
        notes.append(f"No standardised effect: {why_not}.")
    if sample.columns.weights:
        notes.append(
            f"Rows count by `{sample.columns.weights}` (sampling or precision weights) everywhere."
        )
    kind = (
        "cluster-robust (CR1)"
        if sample.cluster is not None
        else evidence.rows[0]["method"].split(",")[0]
    )
    notes.append(
        f"The standard error is {kind}, with rows less coefficients in it as most published tables "
        "have it; the interval and p-value are of the method named with them."
    )
    return tuple(notes)
