"""One series before and after the start of a programme, with or without a control series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from evalkit.impact.bayes.forms.common_priors import Asked, form_faults
from evalkit.impact.bayes.forms.series import SLOTS
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import BOTH, Faults, choice_fault, names_of, option_faults, refuse
from evalkit.impact.series.model import Form
from evalkit.impact.series.read import Roles, Series, read_series
from evalkit.impact.series.study import Choices, study
from evalkit.impact.subgroups import with_subgroups

NAME = "interrupted_time_series"
ESTIMATORS = ("segmented", "arima", "structural")
FAMILIES = ("normal", "poisson", "negative_binomial")
CHANGES = ("level_and_slope", "level", "slope")
REPEATED = ("refuse", "mean", "sum")
ERRORS = ("auto", "newey_west", "prais_winsten")
MOST_PERIODS = 5000


@with_subgroups
def interrupted_time_series(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    time: str,
    start: Any,
    comparison: str | None = None,
    season: int | None = None,
    estimator: str = "segmented",
    ramp: int | None = None,
    change: str | None = None,
    family: str = "normal",
    offset: str | None = None,
    harmonics: int = 2,
    errors: str = "auto",
    lags: int | None = None,
    order: Sequence[int] | None = None,
    repeated: str = "refuse",
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
    """Estimate the change of a series at the start of a programme.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row a period (and one more for each period of a control series).
    outcome, time : str
        Columns. Times are numbers, dates, or text that reads as one of them.
    start : number, date or str
        First period of the programme, written like the times.
    comparison : str, optional
        Column that marks the rows of a control series with 1 (others 0; or labels, one of them
        ``control``); or, where each period stands in one row, the column with the control
        series' own values.
    season : int, optional
        Periods in a cycle (12 for months, 4 for quarters).
    estimator : {"segmented", "arima", "structural"}
        Least squares or count regression; ARIMA errors; a level that wanders.
    ramp : int, optional
        Periods until the full effect (gradual onset, even steps); a step where left out.
    change : {"level_and_slope", "level", "slope"}, optional
        Form of the change. Default: level and slope for normal outcomes, level for counts.
    family : {"normal", "poisson", "negative_binomial"}
        Counts are read as rates; the value is then the rate ratio.
    offset : str, optional
        Column of the population (not its log) of each period, for counts.
    harmonics : int
        Pairs of sine and cosine that hold the season; 0 for a dummy of each period.
    errors : {"auto", "newey_west", "prais_winsten"}
        What leads for a segmented regression; "auto" follows the rule in the notes.
    lags : int, optional
        Lags of Newey-West.
    order : (p, d, q), optional
        Of the ARIMA errors; chosen by the rule in the notes where left out.
    repeated : {"refuse", "mean", "sum"}
        What is done with several rows of one period (as with `by`): refused, averaged, or added up
        (the population with them).
    covariates : str or list of str, optional
        Columns that the programme does not change.
    weights : str, optional
        Column of precision weights (normal outcomes, segmented).
    cluster : str, optional
        Not used: a series is one cluster. Taken so that a table may name its clusters.
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups: each has a series of its own.
    seed : int
        Of the posterior's draws; the frequentist form has nothing random.
    inference : {"frequentist", "bayesian"}
        A change of the form that was written down, or the average difference of the later periods
        from a posterior of what they would have been, learnt before the start.
    priors : mapping, optional
        Of the Bayesian form, in outcome units: any of ``{"effect": {"mean", "sd"}, "noise": {"sd",
        "df"}, "memory": {"mean", "sd"}, "wander": {"sd", "df"}, "season", "control",
        "covariates"}``. The rest follow the documented rule.
    margin : float, optional
        Smallest change that matters, in the outcome's units.

    Returns
    -------
    Estimate
        The level change (the slope change for ``change="slope"``); for counts the rate ratio. In the
        Bayesian form the average difference from the start on.

    Raises
    ------
    DesignError
        When the data cannot carry the design, with every reason and what to do.

    References
    ----------
    Wagner, Soumerai, Zhang and Ross-Degnan (2002), Journal of Clinical Pharmacy and Therapeutics 27.
    Lopez Bernal, Cummins and Gasparrini (2017), International Journal of Epidemiology 46.
    """
    series, faults = prepare(
        frame,
        outcome=outcome,
        time=time,
        start=start,
        comparison=comparison,
        season=season,
        estimator=estimator,
        ramp=ramp,
        change=change,
        family=family,
        offset=offset,
        harmonics=harmonics,
        errors=errors,
        lags=lags,
        order=order,
        repeated=repeated,
        covariates=covariates,
        weights=weights,
        level=level,
        inference=inference,
        priors=priors,
    )
    refuse(faults, NAME)
    if inference == "bayesian":
        made = _bayesian(
            cast("Series", series),
            Asked(priors, level, margin, seed),
            season=int(season or 0),
            harmonics=harmonics,
            wanders=estimator == "structural",
            idle={
                "ramp": ramp is not None,
                "change": change is not None,
                "errors": errors != "auto",
                "lags": lags is not None,
                "order": order is not None,
            },
        )
        return _with_cluster(made, cluster)
    form = Form(
        change=change or ("level_and_slope" if family == "normal" else "level"),
        ramp=int(ramp or 1),
        season=int(season or 0),
        harmonics=harmonics,
        family=family,
    )
    choices = Choices(
        form=form,
        estimator=estimator,
        errors=errors,
        lags=lags,
        order=None if order is None else tuple(order),
        level=level,
        margin=margin,
        seed=seed,
    )
    return _with_cluster(study(cast("Series", series), choices), cluster)


def _with_cluster(made: Estimate, cluster: str | None) -> Estimate:
    if cluster is None:
        return made
    from dataclasses import replace

    said = f"`cluster: {cluster}` is not used: a series is one cluster, followed over time."
    return replace(made, notes=(*made.notes, said))


def _bayesian(
    series: Series,
    asked: Asked,
    *,
    season: int,
    harmonics: int,
    wanders: bool,
    idle: Mapping[str, bool],
) -> Estimate:
    from evalkit.impact.bayes.forms import series_study as bayesian

    given = ", ".join(f"`{name}`" for name, set_ in idle.items() if set_)
    said = (
        (f"{given} have no bearing here: the difference may take any form from the start on.",)
        if given
        else ()
    )
    return bayesian.study(series, bayesian.Choices(season, harmonics, wanders, said), asked)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    time: str,
    start: Any,
    comparison: str | None = None,
    season: int | None = None,
    estimator: str = "segmented",
    ramp: int | None = None,
    change: str | None = None,
    family: str = "normal",
    offset: str | None = None,
    harmonics: int = 2,
    errors: str = "auto",
    lags: int | None = None,
    order: Sequence[int] | None = None,
    repeated: str = "refuse",
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
) -> tuple[Series | None, Faults]:
    """Return the series, or None and every reason why the design cannot be run, and what to do."""
    faults = option_faults(level=level, inference=inference, built=BOTH)
    faults += form_faults(inference, priors, SLOTS)
    faults += _not_in_bayesian(inference, family, offset, weights)
    faults += choice_fault("estimator", estimator, ESTIMATORS)
    faults += choice_fault("family", family, FAMILIES)
    faults += choice_fault("errors", errors, ERRORS)
    faults += choice_fault("repeated", repeated, REPEATED)
    if change is not None:
        faults += choice_fault("change", change, CHANGES)
    faults += _whole("season", season, 2) + _whole("ramp", ramp, 0)
    faults += _whole("harmonics", harmonics, 0) + _whole("lags", lags, 0)
    faults += _order_fault(order)
    faults += _together(family, estimator, errors, offset, weights)
    roles = Roles(outcome, time, start, comparison, offset, names_of(covariates), weights, repeated)
    series, found = read_series(frame, roles, counts=family != "normal")
    faults += found
    if series is not None and series.labels and len(series.labels) > MOST_PERIODS:
        faults.append(
            (
                f"The series spans {len(series.labels)} periods.",
                "Sum it up to weeks or months first.",
            )
        )
    if series is not None and weights and series.control is not None:
        faults.append(
            (
                "`weights` cannot be used together with a control series.",
                "Leave out one of the two.",
            )
        )
    return (None if faults else series), faults


def _not_in_bayesian(
    inference: str, family: str, offset: str | None, weights: str | None
) -> Faults:
    if inference != "bayesian":
        return []
    faults: Faults = []
    if family != "normal" or offset:
        faults.append(
            (
                "The Bayesian form is for normal outcomes.",
                "Take the log of the rate as the outcome, or write `inference: frequentist`.",
            )
        )
    if weights:
        faults.append(
            (
                "The Bayesian form has no place for `weights`.",
                "Leave them out, or write `inference: frequentist`.",
            )
        )
    return faults


def _whole(option: str, value: Any, least: int) -> Faults:
    if value is None:
        return []
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        return [
            (f"`{option}: {value}` is no number of periods.", f"Write a whole number from {least}.")
        ]
    return []


def _order_fault(order: Sequence[int] | None) -> Faults:
    if order is None:
        return []
    parts = list(order) if isinstance(order, list | tuple) else []
    limits = (5, 1, 5)
    good = len(parts) == 3 and all(
        isinstance(part, int) and 0 <= part <= most
        for part, most in zip(parts, limits, strict=True)
    )
    if good:
        return []
    return [
        (
            f"`order: {order}` is no order (p, d, q).",
            "Write three whole numbers, such as [1, 0, 0]; d is 0 or 1.",
        )
    ]


def _together(
    family: str, estimator: str, errors: str, offset: str | None, weights: str | None
) -> Faults:
    faults: Faults = []
    if family == "normal" and offset:
        faults.append(
            (
                f"`offset: {offset}` is for counts, and `family` is normal.",
                "Write `family: poisson`, or divide the outcome by the population.",
            )
        )
    if family != "normal" and (estimator != "segmented" or errors == "prais_winsten"):
        faults.append(
            (
                "Counts are estimated by a segmented regression only.",
                (
                    "Write `estimator: segmented` and `errors: auto`, or take the log of the rate as "
                    "a normal outcome."
                ),
            )
        )
    if weights and (family != "normal" or estimator != "segmented"):
        faults.append(
            (
                "`weights` are for normal outcomes in a segmented regression.",
                "Leave them out (a count's precision is known from its size), or change the others.",
            )
        )
    return faults
