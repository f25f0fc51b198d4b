"""Matching and weighting: treated rows against comparison rows made alike in what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import Faults, names_of, refuse
from evalkit.impact.subgroups import with_subgroups
from evalkit.impact.weighting.result import estimate_matching
from evalkit.impact.weighting.sample import Roles, Sample, read_sample
from evalkit.impact.weighting.setting import Setting, setting_faults
from evalkit.impact.weighting.solve import score_of

NAME = "matching"


@with_subgroups
def matching(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    treatment: str,
    covariates: str | Sequence[str] | None = None,
    estimator: str = "nearest",
    estimand: str = "att",
    caliper: float | None = None,
    ratio: int = 1,
    replace: bool | None = None,
    exact: str | Sequence[str] | None = None,
    distance: str = "propensity",
    bias_adjusted: bool = False,
    stabilised: bool = True,
    trim: float | None = None,
    truncate: float | None = None,
    terms: str | Sequence[str] | None = None,
    baseline: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    margin: float | None = None,
) -> Estimate:
    """Estimate an effect from groups made alike in what was measured about them.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row a person, school or place.
    outcome, treatment : str
        Columns. The treatment has two values (the lower is the reference), or a few.
    covariates : str or list of str
        Columns measured before the treatment. Text is made into dummies. From Python also terms
        such as ``"age^2"``, ``"a:b"`` and ``"C(code)"``.
    estimator : {"nearest", "ipw", "doubly_robust", "entropy_balancing"}
    estimand : {"att", "ate"}
        Effect on the treated, or on all.
    caliper : float, optional
        Nearest: widest distance, in SD of the score matched on.
    ratio : int
        Nearest: comparison rows for each treated one.
    replace : bool, optional
        Nearest: whether a row may be used again. Default: no for "att", yes for "ate".
    exact : str or list of str, optional
        Nearest: columns in which matches must be equal.
    distance : {"propensity", "logit", "mahalanobis", "scaled"}
        Nearest: what is to be near.
    bias_adjusted : bool
        Nearest with replacement: take out what covariates left between matches predict.
    stabilised : bool
        Weights times the share of their group; the estimate is the same.
    trim : float, optional
        Leave out rows with a propensity score this near to 1 (and, for "ate", to 0).
    truncate : float, optional
        IPW: quantile of each group's weights at which they are cut.
    terms : str or list of str, optional
        Squares and products beside the covariates.
    baseline : str, optional
        An outcome from before the treatment, as a placebo.
    weights : str, optional
        Column of sampling weights.
    cluster : str, optional
        Column of clusters whose rows are not independent.
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups: each is estimated alone, and the gap between them.
    seed : int
        Seed of the lot among equally near rows.
    inference : str
        Only "frequentist" for this design.
    margin : float, optional
        Smallest change that matters, in the outcome's units.

    Returns
    -------
    Estimate
        Tables: ``inference, balance, love_plot, overlap, weights, estimators,
        confounding``, and ``levels``
        when there are several treatments. `native` holds the weight of every row.

    Raises
    ------
    DesignError
        When the data cannot carry the design, with every reason and what to do.

    References
    ----------
    Rosenbaum and Rubin (1983), Biometrika 70. Abadie and Imbens (2006), Econometrica 74; (2011),
    Journal of Business & Economic Statistics 29; (2016), Econometrica 84. Hainmueller (2012),
    Political Analysis 20. Lunceford and Davidian (2004), Statistics in Medicine 23.
    """
    sample, faults = prepare(
        frame,
        outcome=outcome,
        treatment=treatment,
        covariates=covariates,
        estimator=estimator,
        estimand=estimand,
        caliper=caliper,
        ratio=ratio,
        replace=replace,
        exact=exact,
        distance=distance,
        bias_adjusted=bias_adjusted,
        trim=trim,
        truncate=truncate,
        terms=terms,
        baseline=baseline,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
    )
    refuse(faults, NAME)
    setting = Setting(
        estimator=estimator,
        estimand=estimand,
        caliper=caliper,
        ratio=int(ratio),
        replace=replace,
        distance=distance,
        bias_adjusted=bias_adjusted,
        stabilised=stabilised,
        trim=trim,
        truncate=truncate,
        level=level,
        seed=seed,
    )
    return estimate_matching(cast("Sample", sample), setting, margin, NAME)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    treatment: str,
    covariates: str | Sequence[str] | None = None,
    estimator: str = "nearest",
    estimand: str = "att",
    caliper: float | None = None,
    ratio: int = 1,
    replace: bool | None = None,
    exact: str | Sequence[str] | None = None,
    distance: str = "propensity",
    bias_adjusted: bool = False,
    trim: float | None = None,
    truncate: float | None = None,
    terms: str | Sequence[str] | None = None,
    baseline: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
) -> tuple[Sample | None, Faults]:
    """Return the rows to compare, or None and every reason why they cannot be, and what to do."""
    setting = Setting(
        estimator=estimator,
        estimand=estimand,
        caliper=caliper,
        ratio=ratio,
        replace=replace,
        distance=distance,
        bias_adjusted=bias_adjusted,
        trim=trim,
        truncate=truncate,
        level=level,
    )
    faults = setting_faults(setting, inference, names_of(exact))
    adjusted = (*names_of(covariates), *names_of(terms)) if covariates else ()
    roles = Roles(outcome, treatment, adjusted, names_of(exact), weights, cluster, baseline)
    sample, found = read_sample(frame, roles)
    faults += found
    if sample is None or faults:
        return None, faults
    faults += _comparable(sample)
    return (None if faults else sample), faults


def _comparable(sample: Sample) -> Faults:
    """Return faults of a sample that no estimator could do anything with."""
    faults: Faults = []
    if sample.x.shape[1] == 0:
        wrong = "No covariate varies among the rows that can be used."
        faults.append((wrong, "Name covariates in which the groups may differ."))
    elif len(sample.labels) == 2 and score_of(sample).separated:
        wrong = "The covariates tell the two groups apart completely, so no one has a counterpart."
        do = "Leave out covariates that decide who is treated, or find comparison rows like them."
        faults.append((wrong, do))
    if sample.cluster is not None and len(sample.clusters) < 2:
        wrong = f"All rows are of one `{sample.roles.cluster}`, so its error cannot be known."
        faults.append((wrong, "Leave `cluster` out, or add clusters."))
    return faults
