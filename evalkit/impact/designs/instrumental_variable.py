"""Instrumental variables: an effect told from what moves the treatment and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.instruments.sample import Columns, Sample, read_sample
from evalkit.impact.instruments.study import study
from evalkit.impact.instruments.two_stage import ESTIMATORS
from evalkit.impact.subgroups import with_subgroups

NAME = "instrumental_variable"


@with_subgroups
def instrumental_variable(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    treatment: str,
    instruments: str | Sequence[str],
    estimator: str = "2sls",
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    margin: float | None = None,
) -> Estimate:
    """Estimate the effect of a treatment on those whom the instruments move.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row for each person or place.
    outcome, treatment : str
        Columns; the treatment is 0 and 1, or a dose.
    instruments : str or list of str
        Columns that move the treatment and the outcome through it alone.
    estimator : {"2sls", "liml", "gmm"}
        Two-stage least squares; limited-information maximum likelihood, which leans less towards
        least squares with several weak instruments; two-step GMM, which weighs several instruments
        by their robust errors. With one instrument all three agree.
    covariates : str or list of str, optional
        Columns in both stages; text ones become dummies.
    weights : str, optional
        Column of sampling or precision weights.
    cluster : str, optional
        Column of the clusters that were given the instrument; rows where none is named.
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups: each is estimated alone, and the gap between them.
    seed : int
        Seed of the wild bootstrap.
    inference : str
        Only "frequentist" for this design.
    margin : float, optional
        Smallest change that matters, in the outcome's units.

    Returns
    -------
    Estimate
        The effect on compliers with its interval, its checks and what it assumes.

    Raises
    ------
    DesignError
        When the data cannot carry the design, with every reason and what to do.

    References
    ----------
    Imbens and Angrist (1994), Econometrica 62; Andrews, Stock and Sun (2019), Annual Review of
    Economics 11; Wooldridge (2010), Econometric Analysis of Cross Section and Panel Data, ch. 5.
    """
    sample, faults = prepare(
        frame,
        outcome=outcome,
        treatment=treatment,
        instruments=instruments,
        estimator=estimator,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
    )
    refuse(faults, NAME)
    return study(
        cast("Sample", sample),
        design=NAME,
        estimator=estimator,
        level=level,
        seed=seed,
        margin=margin,
    )


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    treatment: str,
    instruments: str | Sequence[str],
    estimator: str = "2sls",
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
) -> tuple[Sample | None, Faults]:
    """Return the sample, or None and every reason why the design cannot be run, and what to do."""
    faults = option_faults(level=level, inference=inference)
    faults += choice_fault("estimator", estimator, ESTIMATORS)
    columns = Columns(
        outcome, treatment, names_of(instruments), names_of(covariates), weights, cluster
    )
    sample, found = read_sample(frame, columns)
    faults += found
    if sample is not None and estimator == "gmm":
        faults += _gmm_faults(sample)
    return (None, faults) if faults else (sample, [])


def _gmm_faults(sample: Sample) -> Faults:
    groups = len(sample.labels) or sample.n
    moments = sample.x.shape[1] + len(sample.instruments)
    if groups > moments:
        return []
    return [
        (
            f"GMM weighs {moments} moments by their spread between {groups} clusters, which is too few.",
            "Write `estimator: 2sls` or `liml`, or use fewer covariates.",
        )
    ]
