"""The designs: what each is called in a protocol, and the function that runs it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from evalkit.impact.designs import (
    difference_in_differences as _did,
)
from evalkit.impact.designs import (
    instrumental_variable as _instrument,
)
from evalkit.impact.designs import (
    interrupted_time_series as _series,
)
from evalkit.impact.designs import (
    matching as _matching,
)
from evalkit.impact.designs import (
    multilevel as _multilevel,
)
from evalkit.impact.designs import (
    panel_fixed_effects as _fixed,
)
from evalkit.impact.designs import (
    pooled as _pooled,
)
from evalkit.impact.designs import (
    randomised as _randomised,
)
from evalkit.impact.designs import (
    regression_discontinuity as _discontinuity,
)
from evalkit.impact.designs import (
    single_case as _single,
)
from evalkit.impact.designs import (
    staggered_adoption as _staggered,
)
from evalkit.impact.designs import (
    synthetic_control as _synthetic,
)
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import Faults

DESIGNS: dict[str, Callable[..., Estimate]] = {
    "randomised": _randomised.randomised,
    "panel_fixed_effects": _fixed.panel_fixed_effects,
    "difference_in_differences": _did.difference_in_differences,
    "staggered_adoption": _staggered.staggered_adoption,
    "regression_discontinuity": _discontinuity.regression_discontinuity,
    "instrumental_variable": _instrument.instrumental_variable,
    "synthetic_control": _synthetic.synthetic_control,
    "interrupted_time_series": _series.interrupted_time_series,
    "matching": _matching.matching,
    "pooled": _pooled.pooled,
    "single_case": _single.single_case,
    "multilevel": _multilevel.multilevel,
}
"""Key in ``protocol.yaml`` -> ``design(frame, *, outcome, ...) -> Estimate``."""

PREPARERS: dict[str, Callable[..., tuple[Any, Faults]]] = {
    "randomised": _randomised.prepare,
    "panel_fixed_effects": _fixed.prepare,
    "difference_in_differences": _did.prepare,
    "staggered_adoption": _staggered.prepare,
    "regression_discontinuity": _discontinuity.prepare,
    "instrumental_variable": _instrument.prepare,
    "synthetic_control": _synthetic.prepare,
    "interrupted_time_series": _series.prepare,
    "matching": _matching.prepare,
    "pooled": _pooled.prepare,
    "single_case": _single.prepare,
    "multilevel": _multilevel.prepare,
}
"""Same keys -> ``prepare(frame, *, ...)``: what the design computes from, or None and the faults."""

_COMMON = ("covariates", "weights", "cluster", "level", "by", "seed", "inference", "priors")

KNOWN_DESIGNS: dict[str, tuple[str, ...]] = {
    "randomised": ("treatment", "strata", "baseline", "received"),
    "difference_in_differences": ("unit", "time", "treated", "start", "post"),
    "staggered_adoption": (
        *("unit", "time", "first_treated", "estimator", "control_group", "base_period"),
        *("anticipation", "method", "aggregate", "bootstrap", "unbalanced", "window"),
    ),
    "regression_discontinuity": (
        *("running", "cutoff", "received", "polynomial", "kernel", "bandwidth", "treated_side"),
    ),
    "instrumental_variable": ("treatment", "instruments", "estimator"),
    "synthetic_control": (
        *("unit", "time", "treated", "start", "predictors", "donors", "estimator", "placebo"),
    ),
    "interrupted_time_series": ("time", "start", "comparison", "season", "estimator", "ramp"),
    "matching": ("treatment", "estimator", "estimand", "caliper", "ratio", "replace", "exact"),
    "panel_fixed_effects": ("unit", "time", "treatment", "effects", "lags"),
    "multilevel": ("site", "treatment", "baseline", "moderators", "new_site"),
    "pooled": ("estimate", "std_error", "study", "moderators"),
    "single_case": ("time", "phase", "case"),
}
"""Every design a protocol may name, with the options of its own; not all are built yet."""


def design_options(name: str) -> frozenset[str]:
    """Return the options of a design: those of its signature, or the planned ones if unbuilt.

    Parameters
    ----------
    name : str
        A key of `KNOWN_DESIGNS`.

    Returns
    -------
    frozenset of str
        Names of its keyword arguments, without ``frame`` and ``outcome``.
    """
    if name in DESIGNS:
        parameters = inspect.signature(DESIGNS[name]).parameters
        return frozenset(parameters) - {"frame", "outcome"}
    return frozenset((*KNOWN_DESIGNS[name], *_COMMON))


def check_design(name: str, frame: Any, **options: Any) -> Faults:
    """Return every reason, seen in the data, why a design cannot be run, and what to do.

    Parameters
    ----------
    name : str
        A key of `DESIGNS`.
    frame : pandas or polars DataFrame
    **options
        Those of the design, ``outcome`` among them.
    """
    prepare = PREPARERS[name]
    wanted = inspect.signature(prepare).parameters
    return prepare(frame, **{key: value for key, value in options.items() if key in wanted})[1]
