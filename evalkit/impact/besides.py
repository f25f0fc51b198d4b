"""What an analysis may ask of any design besides its own options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evalkit.errors import DesignError, nearest
from evalkit.impact.again import Design
from evalkit.impact.dose import with_dose
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import names_of
from evalkit.impact.missing import HOW, with_missing_outcomes
from evalkit.impact.quantiles import QUANTILES, with_quantiles
from evalkit.impact.specifications import unknown_choices, with_specifications
from evalkit.impact.spillover import with_neighbours

Add = Callable[[Estimate, Design, Any, Mapping[str, Any], Any], Estimate]
_MISSING = ("how", "predictors", "imputations", "between")


def _missing(
    estimate: Estimate, design: Design, frame: Any, options: Mapping[str, Any], asked: Any
) -> Estimate:
    said = asked if isinstance(asked, Mapping) else {"how": asked}
    between = said.get("between")
    return with_missing_outcomes(
        estimate,
        design,
        frame,
        options,
        how=str(said.get("how", HOW[0])),
        predictors=names_of(said.get("predictors")),
        imputations=int(said.get("imputations", 20)),
        between=None if between is None else (float(between[0]), float(between[1])),
    )


BESIDES: dict[str, Add] = {
    "missing_outcomes": _missing,
    "neighbours": lambda estimate, design, frame, options, asked: with_neighbours(
        estimate, design, frame, options, neighbours=str(asked)
    ),
    "dose": lambda estimate, _design, frame, options, asked: with_dose(
        estimate, frame, options, dose=str(asked)
    ),
    "quantiles": lambda estimate, _design, frame, options, asked: with_quantiles(
        estimate, frame, options, quantiles=QUANTILES if asked is True else asked
    ),
    "vary": lambda estimate, design, frame, options, asked: with_specifications(
        estimate, design, frame, options, vary=asked
    ),
}
"""Key of an analysis -> what it adds to the estimate of any design, in this order."""


def split(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of the design itself, and what is asked besides."""
    own = {name: value for name, value in options.items() if name not in BESIDES}
    return own, {name: options[name] for name in BESIDES if name in options}


def with_besides(
    estimate: Estimate,
    design: Design,
    frame: Any,
    options: Mapping[str, Any],
    asked: Mapping[str, Any],
) -> Estimate:
    """Return the estimate with all that was asked besides."""
    for name, add in BESIDES.items():
        if name in asked:
            estimate = add(estimate, design, frame, options, asked[name])
    return estimate


def columns_besides(asked: Mapping[str, Any], is_column: Callable[[str], bool]) -> list[str]:
    """Return the columns that what is asked besides needs; `is_column` tells which options name some."""
    named = [str(asked[name]) for name in ("neighbours", "dose") if name in asked]
    said = asked.get("missing_outcomes")
    if isinstance(said, Mapping):
        named += names_of(said.get("predictors"))
    for option, values in (asked.get("vary") or {}).items():
        if is_column(option) or option == "outcome":
            for value in values if isinstance(values, list | tuple) else ():
                named += names_of(value)
    return [name for name in dict.fromkeys(named) if name]


def refuse_besides(asked: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise when what is asked besides is not in the form it must have.

    Raises
    ------
    DesignError
        With the nearest right word.
    """
    said = asked.get("missing_outcomes")
    if said is not None:
        parts = said if isinstance(said, Mapping) else {"how": said}
        wrong = [name for name in parts if name not in _MISSING]
        if wrong:
            raise DesignError(
                f"`missing_outcomes` has no part `{wrong[0]}`.{nearest(wrong[0], _MISSING)}",
                do=f"Its parts: {', '.join(_MISSING)}.",
            )
    vary = asked.get("vary")
    if vary is not None and not isinstance(vary, Mapping):
        raise DesignError("`vary` is no mapping.", do="Write `vary: {level: [0.9, 0.95]}`.")
    faults = unknown_choices(vary or {}, [*known, "outcome"])
    if faults:
        raise DesignError(faults[0], do="Vary options that the design has.")
