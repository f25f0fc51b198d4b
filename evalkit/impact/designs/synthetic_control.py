"""Synthetic control: one or few treated units against weighted donors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.panel import Roles
from evalkit.impact.subgroups import with_subgroups
from evalkit.impact.synthetic.course import ESTIMATORS
from evalkit.impact.synthetic.result import Setting, estimate
from evalkit.impact.synthetic.sample import Sample, Wanted, read_sample
from evalkit.impact.synthetic.weights import MANY

NAME = "synthetic_control"
SEVERAL = ("separate", "pooled")


@with_subgroups
def synthetic_control(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: Any,
    start: Any,
    predictors: Any = None,
    donors: Any = None,
    estimator: str = "classic",
    placebo: bool = True,
    fit_over: Sequence[Any] | None = None,
    several: str | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    by: str | None = None,  # noqa: ARG001 (with_subgroups)
    seed: int = 0,
    inference: str = "frequentist",
    margin: float | None = None,
) -> Estimate:
    """Estimate the effect on one or few treated units from a weighted average of donors.

    The weights make the donors follow the treated before the start; the gap after it is the effect.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row for each unit and period, complete for the treated.
    outcome, unit, time : str
        Columns.
    treated : str or list
        Name of the treated unit as it stands in `unit`, or several.
    start : number or date
        First treated period, the same for all treated units.
    predictors : str, mapping or list of these, optional
        What the donors are to share with the treated besides the course of the outcome: ``"beer"``
        (mean before the start), ``{"beer": [1984, 1988]}``, ``{"outcome": 1975}``,
        ``{"column": "beer", "over": [1984, 1988], "how": "mean"}``. Left out, the weights are fitted
        to the outcome in every period before the start.
    donors : list, optional
        Units to compare with; all others when left out.
    estimator : {"classic", "synthetic_did", "augmented"}
        Abadie et al. (2010); Arkhangelsky et al. (2021); Ben-Michael et al. (2021).
    placebo : bool
        Whether the method is also applied to every donor, as if treated.
    fit_over : pair of periods, optional
        First and last period before the start whose fit chooses the weights; all when left out.
    several : {"separate", "pooled"}, optional
        Whether several treated units are followed one by one and their effects averaged, or as their
        average. Left out: one by one up to 300 donors, as their average beyond, where the units are
        many and small. Synthetic DiD always follows the average.
    covariates : str or list of str, optional
        Columns that vary over time; what they explain among donors is taken out of the outcome.
    weights : str, optional
        Column: how much each treated unit counts in the average (its mean before the start).
    cluster : str, optional
        Only where it is the unit itself: whole units are compared.
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups: each is estimated alone, and the gap between them.
    seed : int
        Of the starts of the search and of random sets of donors.
    inference : str
        Only "frequentist" for this design.
    margin : float, optional
        Smallest change that matters, in the outcome's units.

    Returns
    -------
    Estimate
        The average gap from the start on, with its interval, its checks and what it assumes.

    Raises
    ------
    DesignError
        When the data cannot carry the design, with every reason and what to do.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), Journal of the American Statistical Association 105;
    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review 111;
    Ben-Michael, Feller and Rothstein (2021), Journal of the American Statistical Association 116;
    Chernozhukov, Wuthrich and Zhu (2021), Journal of the American Statistical Association 116.
    """
    sample, faults = prepare(
        frame,
        outcome=outcome,
        unit=unit,
        time=time,
        treated=treated,
        start=start,
        predictors=predictors,
        donors=donors,
        estimator=estimator,
        fit_over=fit_over,
        several=several,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
    )
    refuse(faults, NAME)
    from threadpoolctl import threadpool_limits

    read = cast("Sample", sample)
    if several is None:
        several = "pooled" if len(read.donor_names) > MANY else "separate"
    pooled = several == "pooled" or estimator == "synthetic_did"
    setting = Setting(estimator, pooled, bool(placebo), level, seed, margin)
    # Thousands of tiny systems are solved: threads for each would cost more than they bring.
    with threadpool_limits(limits=1):
        return estimate(read, setting)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: Any,
    start: Any,
    predictors: Any = None,
    donors: Any = None,
    estimator: str = "classic",
    fit_over: Sequence[Any] | None = None,
    several: str | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
) -> tuple[Sample | None, Faults]:
    """Return treated and donors, or None and every reason why they cannot be compared."""
    faults = option_faults(level=level, inference=inference)
    faults += choice_fault("estimator", estimator, ESTIMATORS)
    faults += choice_fault("several", several, SEVERAL) if several is not None else []
    for name, value in {"predictors": predictors, "fit_over": fit_over}.items():
        if estimator == "synthetic_did" and value is not None:
            faults.append(
                (
                    f"`{name}` has no meaning for `estimator: synthetic_did`.",
                    (
                        "Leave it out, write columns that vary over time as `covariates`, or use "
                        "`estimator: classic`."
                    ),
                )
            )
    roles = Roles(outcome, unit, time, cluster, weights, names_of(covariates))
    wanted = Wanted(roles, treated, start, donors, predictors, fit_over)
    sample, found = read_sample(frame, wanted)
    faults += found
    return (None, faults) if faults else (sample, [])
