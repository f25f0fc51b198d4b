"""Synthetic control: one or few treated units against weighted donors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from evalkit.impact.bayes.forms.common_priors import Asked, form_faults
from evalkit.impact.bayes.forms.synthetic import SLOTS
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import BOTH, Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.panel import Roles
from evalkit.impact.subgroups import with_subgroups
from evalkit.impact.synthetic.course import ESTIMATORS
from evalkit.impact.synthetic.result import Setting, estimate
from evalkit.impact.synthetic.sample import Sample, Wanted, read_sample
from evalkit.impact.synthetic.weights import MANY

NAME = "synthetic_control"
SEVERAL = ("separate", "pooled")
MOST_APART = 5
"""Treated units that the Bayesian form follows one by one where nothing is said."""


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
    priors: Mapping[str, Any] | None = None,
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
        Of the starts of the search and of random sets of donors, or of the posterior's draws.
    inference : {"frequentist", "bayesian"}
        Weights that fit best and tests by placebos, or the posterior of sparse weights with errors
        as large as the donors' own placebo gaps.
    priors : mapping, optional
        Of the Bayesian form, in outcome units: any of ``{"effect": {"mean", "sd"}, "level": {"sd"},
        "noise": {"sd"}, "placebo": {"sd"}}``. The rest follow the documented rule.
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
        priors=priors,
    )
    refuse(faults, NAME)
    from threadpoolctl import threadpool_limits

    read = cast("Sample", sample)
    if several is None:
        apart = MOST_APART if inference == "bayesian" else len(read.treated_names)
        many = len(read.donor_names) > MANY or len(read.treated_names) > apart
        several = "pooled" if many else "separate"
    pooled = several == "pooled" or estimator == "synthetic_did"
    if inference == "bayesian":
        idle = {"predictors": predictors is not None, "placebo": not placebo}
        with threadpool_limits(limits=1):
            return _bayesian(read, Asked(priors, level, margin, seed), pooled=pooled, idle=idle)
    setting = Setting(estimator, pooled, bool(placebo), level, seed, margin)
    # Thousands of tiny systems are solved: threads for each would cost more than they bring.
    with threadpool_limits(limits=1):
        return estimate(read, setting)


def _bayesian(sample: Sample, asked: Asked, *, pooled: bool, idle: Mapping[str, bool]) -> Estimate:
    from evalkit.impact.bayes.forms import synthetic_study as bayesian

    words = {
        "predictors": "`predictors` have no bearing here: donors are to follow the outcome's course.",
        "placebo": "`placebo: false` has no bearing here: the error is learnt from placebos.",
    }
    said = tuple(words[name] for name, set_ in idle.items() if set_)
    return bayesian.study(sample, bayesian.Choices(pooled, said), asked)


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
    priors: Mapping[str, Any] | None = None,
) -> tuple[Sample | None, Faults]:
    """Return treated and donors, or None and every reason why they cannot be compared."""
    faults = option_faults(level=level, inference=inference, built=BOTH)
    changed = ["estimator"] if estimator != "classic" else []
    faults += form_faults(inference, priors, SLOTS, changed)
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
