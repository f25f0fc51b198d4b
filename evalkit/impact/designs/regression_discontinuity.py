"""Regression discontinuity: treatment changes where a running variable passes a cutoff."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from evalkit.impact.bayes.forms.common_priors import Asked, form_faults
from evalkit.impact.bayes.forms.discontinuity import SLOTS
from evalkit.impact.discontinuity.bandwidth import Settings
from evalkit.impact.discontinuity.read import (
    bandwidth_faults,
    choice_faults,
    pair_of,
    read_sample,
)
from evalkit.impact.discontinuity.result import NAME, Plan, result
from evalkit.impact.discontinuity.sample import Roles
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import BOTH, Faults, names_of, option_faults, refuse
from evalkit.impact.subgroups import with_subgroups


@with_subgroups
def regression_discontinuity(  # noqa: PLR0913 (options of the design are its contract)
    frame: Any,
    *,
    outcome: str,
    running: str,
    cutoff: float = 0.0,
    received: str | None = None,
    polynomial: int | None = None,
    kernel: str = "triangular",
    bandwidth: float | str | Sequence[float] | None = None,
    treated_side: str = "above",
    derivative: int = 0,
    donut: float = 0.0,
    bias_bandwidth: float | Sequence[float] | None = None,
    mass_points: str = "adjust",
    variance: str | None = None,
    curvature: float | None = None,
    density_bandwidth: float | Sequence[float] | None = None,
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
    """Estimate the effect of a treatment given from a cutoff of a running variable on.

    Local polynomials on either side of the cutoff, with robust bias-corrected intervals.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        One row for each unit.
    outcome, running : str
        Columns: the outcome, and the score that decides on treatment.
    cutoff : float
        Where treatment changes; a row exactly there is on the treated side.
    received : str, optional
        Column with the treatment received, where it does not follow the cutoff strictly (fuzzy).
    polynomial : int, optional
        Degree: 1, or 2 for a kink, when left out.
    kernel : {"triangular", "epanechnikov", "uniform"}
    bandwidth : float, [below, above], or str, optional
        Width of the window, or what chooses it (``"mserd"`` when left out; ``"msetwo"``,
        ``"msesum"``, ``"msecomb1"``, ``"msecomb2"``, and the same with ``"cer"``).
    treated_side : {"above", "below"}
    derivative : {0, 1}
        0 for a jump, 1 for a kink.
    donut : float
        Rows nearer to the cutoff than this are left out.
    bias_bandwidth : float or [below, above], optional
        Window of the bias; like `bandwidth` where that is a number.
    mass_points : {"adjust", "off"}
        Whether bandwidths allow for repeated values of the running variable.
    variance : str, optional
        ``"nearest_neighbour"`` (without clusters, when left out), ``"hc0"`` to ``"hc3"``,
        ``"homoskedastic"``; with clusters ``"cr1"`` (when left out), ``"cr2"``, ``"cr3"``,
        ``"nearest_neighbour"``.
    curvature : float, optional
        Greatest second derivative of the outcome on either side, for the honest interval.
    density_bandwidth : float or [below, above], optional
        Window of the density test.
    covariates : str or list of str, optional
        Columns measured before treatment: they sharpen the estimate, and are placebo outcomes.
    weights, cluster : str, optional
        Columns: sampling weights; groups whose rows are not independent.
    level : float
        Confidence level.
    by : str, optional
        Column of subgroups: each is estimated alone, and the gap between them.
    seed : int
        Seed of the permutations, or of the posterior's draws.
    inference : {"frequentist", "bayesian"}
        Local polynomials with robust intervals, or the posterior of lines that may bend.
    priors : mapping, optional
        Of the Bayesian form, in outcome units: any of ``{"effect": {"mean", "sd"}, "noise": {"sd"},
        "bend": {"sd"}, "clusters": {"sd"}, "covariates": {"mean", "sd"}}``. The rest follow the
        documented rule.
    margin : float, optional
        Smallest change that matters, in the outcome's units.

    Returns
    -------
    Estimate
        ``value`` is the conventional estimate, ``interval`` the robust bias-corrected one; in the
        Bayesian form both are of the posterior.

    Raises
    ------
    DesignError
        When the data cannot carry the design, with every reason and what to do.

    References
    ----------
    Calonico, Cattaneo and Titiunik (2014), Econometrica 82; Calonico, Cattaneo, Farrell and Titiunik
    (2019), Review of Economics and Statistics 101; Card, Lee, Pei and Weber (2015), Econometrica 83.
    """
    plan, faults = prepare(
        frame,
        outcome=outcome,
        running=running,
        cutoff=cutoff,
        received=received,
        polynomial=polynomial,
        kernel=kernel,
        bandwidth=bandwidth,
        treated_side=treated_side,
        derivative=derivative,
        donut=donut,
        bias_bandwidth=bias_bandwidth,
        mass_points=mass_points,
        variance=variance,
        curvature=curvature,
        density_bandwidth=density_bandwidth,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
        level=level,
        inference=inference,
        priors=priors,
    )
    refuse(faults, NAME)
    if inference == "bayesian":
        from evalkit.impact.bayes.forms import discontinuity_study as bayesian

        return bayesian.study(cast("Plan", plan), Asked(priors, level, margin, seed))
    return result(cast("Plan", plan), level=level, seed=seed, margin=margin)


def prepare(  # noqa: PLR0913 (the options of the design that bear on the data)
    frame: Any,
    *,
    outcome: str,
    running: str,
    cutoff: float = 0.0,
    received: str | None = None,
    polynomial: int | None = None,
    kernel: str = "triangular",
    bandwidth: float | str | Sequence[float] | None = None,
    treated_side: str = "above",
    derivative: int = 0,
    donut: float = 0.0,
    bias_bandwidth: float | Sequence[float] | None = None,
    mass_points: str = "adjust",
    variance: str | None = None,
    curvature: float | None = None,
    density_bandwidth: float | Sequence[float] | None = None,
    covariates: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    inference: str = "frequentist",
    priors: Mapping[str, Any] | None = None,
) -> tuple[Plan | None, Faults]:
    """Return the sample and settings, or None and every reason why the design cannot be run."""
    faults = option_faults(level=level, inference=inference, built=BOTH)
    faults += form_faults(inference, priors, SLOTS, ["received"] if received else [])
    faults += choice_faults(
        kernel=kernel,
        treated_side=treated_side,
        variance=variance,
        mass_points=mass_points,
        polynomial=polynomial,
        derivative=derivative,
        clustered=cluster is not None,
    )
    faults += bandwidth_faults(bandwidth, bias_bandwidth, {"donut": donut, "curvature": curvature})
    faults += _cutoff_faults(cutoff)
    place = 0.0 if faults else float(cutoff)
    named = names_of(covariates)
    roles = Roles(outcome, running, place, treated_side, received, named, cluster, weights)
    read, found = read_sample(frame, roles, 0.0 if faults else float(donut))
    faults += found
    if faults or read is None:
        return None, faults
    settings = Settings(
        polynomial=derivative + 1 if polynomial is None else polynomial,
        derivative=derivative,
        kernel=kernel,
        variance=variance or ("nearest_neighbour" if cluster is None else "cr1"),
        selector=bandwidth if isinstance(bandwidth, str) else "mserd",
        mass_points=mass_points == "adjust",
    )
    return Plan(
        sample=read[0],
        every=read[1],
        settings=settings,
        h=pair_of(bandwidth),
        b=pair_of(bias_bandwidth),
        curvature=curvature,
        density_h=pair_of(density_bandwidth),
    ), []


def _cutoff_faults(cutoff: Any) -> Faults:
    if isinstance(cutoff, int | float) and math.isfinite(cutoff):
        return []
    return [(f"`cutoff: {cutoff}` is no number.", "Write the value at which treatment changes.")]
