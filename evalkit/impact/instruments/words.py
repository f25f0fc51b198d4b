"""What is said of an instrumental-variable estimate: sets, strength, target and assumptions."""

from __future__ import annotations

import numpy as np

from evalkit.impact.instruments.anderson_rubin import ConfidenceSet
from evalkit.impact.instruments.sample import Columns, Sample
from evalkit.impact.least_squares import Floats

NAMES = {
    "2sls": "two-stage least squares",
    "liml": "limited-information maximum likelihood (LIML)",
    "gmm": "two-step generalised method of moments (GMM)",
}


def listed(names: tuple[str, ...]) -> str:
    """Return names in backticks with commas."""
    return ", ".join(f"`{name}`" for name in names)


def of_set(found: ConfidenceSet, level: float) -> str:
    """Return an Anderson-Rubin set in words, whatever its shape."""
    pieces = [f"{low:.4g} to {high:.4g}" for low, high in found.pieces]
    shape = found.shape
    if shape == "empty":
        return (
            f"The Anderson-Rubin set at {level:.0%} is empty: no value of the effect agrees with all "
            "instruments at once, so at least one of them is not valid or the effect differs between "
            "the people they move."
        )
    if shape == "whole line":
        return (
            f"The Anderson-Rubin set at {level:.0%} is the whole line: the instruments move the "
            "treatment too little to refuse any value of the effect."
        )
    if shape == "interval":
        return (
            f"The Anderson-Rubin set at {level:.0%} runs from {pieces[0]}; it holds whatever the "
            "strength of the instruments."
        )
    if shape == "unbounded":
        low, high = found.pieces[0]
        end = f"from {low:.4g} upwards" if low > float("-inf") else f"up to {high:.4g}"
        return (
            f"The Anderson-Rubin set at {level:.0%} runs {end} without end: the instruments do not "
            "bound the effect on one side."
        )
    return (
        f"The Anderson-Rubin set at {level:.0%} is in {len(pieces)} pieces ({' and '.join(pieces)}); the "
        "interval given is the smallest that holds them all."
    )


def estimand(sample: Sample) -> str:
    """Return the target in words."""
    columns = sample.columns
    binary = _binary(sample.d)
    given = " given the covariates" if sample.names else ""
    contrast = (
        f"having `{columns.treatment}` against not having it"
        if binary
        else f"a rise of one in `{columns.treatment}`"
    )
    weighted = f", rows weighted by `{columns.weights}`" if columns.weights else ""
    who = (
        f"those whose `{columns.treatment}` is changed by {listed(sample.instruments)} (compliers)"
    )
    return (
        f"Average effect on `{columns.outcome}` of {contrast}, among {who}{given}, in the "
        f"{sample.n:,} rows of the sample{weighted}; people count by how far the instruments move "
        "their treatment. It is not the average over everyone unless effects are alike."
    )


def assumptions(
    columns: Columns, instruments: tuple[str, ...], *, covariates: bool
) -> tuple[str, ...]:
    """Return what must hold, in words."""
    z = listed(instruments)
    given = " once the covariates are taken into account" if covariates else ""
    return (
        (
            f"{z} might as well have been given out by chance{given}: nothing that moves "
            f"`{columns.outcome}` goes with it (independence)."
        ),
        (
            f"{z} moves `{columns.outcome}` through `{columns.treatment}` alone and by no other way "
            "(exclusion). No test can show this; the table of direct effects says how much it matters."
        ),
        (
            f"{z} moves `{columns.treatment}` in the same direction for everybody it moves, so there "
            "are no defiers (monotonicity)."
        ),
        f"{z} does move `{columns.treatment}` (relevance; see instrument strength).",
        "One person's instrument or treatment does not change another's outcome.",
    )


def _binary(values: Floats) -> bool:
    return set(np.unique(values)) <= {0.0, 1.0}
