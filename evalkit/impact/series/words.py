"""What an interrupted time series says of itself."""

from __future__ import annotations

from evalkit.impact.series.model import Form
from evalkit.impact.series.read import Series
from evalkit.impact.series.tables import Fitted

FAMILIES = {
    "normal": "least squares",
    "poisson": "Poisson regression",
    "negative_binomial": "negative binomial regression",
}


def estimator(series: Series, fitted: Fitted, kind: str, errors: str) -> str:
    """Return the formula in words."""
    form = fitted.model.form
    if fitted.state is not None:
        return fitted.state.words
    how = "Prais-Winsten regression" if errors == "prais_winsten" else FAMILIES[form.family]
    offset = f" with the log of `{series.roles.offset}` as offset" if series.roles.offset else ""
    held = {"level": "level", "slope": "slope", "level_and_slope": "level and slope"}[form.change]
    return f"{kind} {how} of the series{offset}, a change of {held} at the start"


def estimand(series: Series, form: Form, which: str) -> str:
    """Return the target in words."""
    roles = series.roles
    start = f"`{roles.time}` {series.labels[series.start]}"
    last = series.labels[int(series.treated.position[-1])]
    target = f"the rate of `{roles.outcome}`" if form.family != "normal" else f"`{roles.outcome}`"
    against = (
        "against what its trend before the start"
        + (" and the season" if form.season else "")
        + (", and the change of the control series," if series.control is not None else "")
        + " would have led to"
    )
    if which == "slope":
        what = f"Change of the slope a period of {target} from {start} on"
        when = f"the same in every period to {last}"
    elif form.change == "level":
        what = f"Change of the level of {target} from {start} on"
        when = f"the same in every period to {last}; every period counts alike"
    else:
        what = f"Change of the level of {target} at {start}"
        when = (
            "in that first period, before the change of slope adds to it (later periods stand in "
            "the table `changes`)"
        )
    if form.ramp > 1 and which != "slope":
        when = f"once it is reached in full, in {form.ramp} even steps; " + when.replace(
            "in that first period, before", "before"
        )
    ratio = ", as a ratio of rates" if form.family != "normal" else ""
    weights = f"; periods weighted by `{roles.weights}`" if roles.weights else ""
    return (
        f"{what}{ratio}, {against}; one series, the place where it was measured; {when}{weights}."
    )


def assumptions(series: Series, form: Form) -> tuple[str, ...]:
    """Return what must hold, in words."""
    line = "on a straight line" if form.family == "normal" else "on a straight line of its log"
    kept = (
        "Without the programme, the treated series would have gone on as before, apart from what "
        "changed in the control series too."
        if series.control is not None
        else f"Without the programme, the series would have gone on {line}."
    )
    return (
        kept,
        "Nothing else that touches the outcome began at the same time"
        + (" in the treated series only." if series.control is not None else "."),
        "The start was not chosen because the series was unusually high or low just before it.",
        "The outcome was measured in the same way, in the same people or places, throughout.",
        "Nobody acted differently before the start because the programme was expected.",
        "The change has the form that was written down beforehand"
        + (f" (full after {form.ramp} periods)." if form.ramp > 1 else "."),
    )
