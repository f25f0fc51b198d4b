"""What a discontinuity design says of itself: target, formula, assumptions, notes."""

from __future__ import annotations

from evalkit.impact.discontinuity.bandwidth import Settings
from evalkit.impact.discontinuity.evidence import RULE, Evidence
from evalkit.impact.discontinuity.sample import Sample

DEGREES = ("constant", "linear", "quadratic", "cubic", "quartic")


def estimand(sample: Sample, settings: Settings) -> str:
    """Return the target: unit, population, contrast, and what the number is an average over."""
    roles = sample.roles
    at = f"`{roles.running}` = {roles.cutoff:g}"
    change = "the level" if settings.derivative == 0 else "the slope"
    if sample.fuzzy:
        who = (
            f"of units at {at} whose `{roles.received}` changes because they are on the treated side "
            "(compliers)"
        )
        contrast = f"one unit more of `{roles.received}`"
    else:
        who = f"of units at {at}"
        contrast = f"being on the treated side ({roles.treated_side} the cutoff) against the other"
    weights = f"weighted by `{roles.weights}`" if roles.weights else "each row counted once"
    kink = (
        ""
        if settings.derivative == 0
        else " Read from a kink: from the change of slope at the cutoff, not from a jump."
    )
    return (
        f"Average change in {change} of `{roles.outcome}` "
        f"{who}, due to {contrast}: the effect at the cutoff only, in the limit of a narrowing window, "
        f"{weights}; it says nothing of units far from the cutoff.{kink}"
    )


def estimator(sample: Sample, settings: Settings) -> str:
    """Return the formula in words."""
    degree = DEGREES[settings.polynomial]
    kind = ("fuzzy " if sample.fuzzy else "sharp ") + ("kink" if settings.derivative else "jump")
    adjusted = ", adjusted for covariates alike on both sides" if sample.roles.covariates else ""
    return (
        f"local {degree} regression on each side, {settings.kernel} kernel, {kind}{adjusted}; "
        "robust bias-corrected interval"
    )


def assumptions(sample: Sample, settings: Settings) -> tuple[str, ...]:
    """Return what the estimate rests on."""
    what = "slope" if settings.derivative else "level"
    made = [
        (
            f"Without treatment, the {what} of the outcome would not change at the cutoff: nothing "
            "else starts or stops there."
        ),
        "Units cannot place themselves exactly on the side they prefer.",
        "The outcome is a smooth function of the running variable near the cutoff on each side.",
        "The treatment of one unit does not change the outcome of another.",
    ]
    if sample.fuzzy:
        made += [
            "Being on the treated side changes the outcome only through the treatment received.",
            "No one receives less because of being on the treated side (no defiers).",
        ]
    if sample.roles.covariates:
        made.append("The covariates were measured before treatment and do not jump at the cutoff.")
    return tuple(made)


def notes(
    sample: Sample, evidence: Evidence, every: int, *, selected: str, why_not: str
) -> tuple[str, ...]:
    """Return everything else a reader must know."""
    effect, roles = evidence.effect, sample.roles
    h, b = effect.bands.h, effect.bands.b
    made = [
        *sample.notes,
        (
            f"Bandwidths ({selected}): {h[0]:.6g} below and {h[1]:.6g} above for the effect, "
            f"{b[0]:.6g} and {b[1]:.6g} for its bias; the sample has {sample.n} rows."
        ),
        (
            "`value` and `std_error` are the conventional estimate and its error; bias-corrected it "
            f"is {effect.corrected:.6g}, and the leading interval ({evidence.leads['method']}) need "
            "not be centred on `value`."
        ),
        RULE,
    ]
    if roles.weights:
        made.append(
            f"`{roles.weights}` are taken as sampling weights, times the kernel; the density test and "
            "local randomisation do not use them."
        )
    if every > sample.n:
        made.append(f"The density test uses all {every} rows with `{roles.running}`.")
    if why_not:
        made.append(f"No standardised effect: {why_not}.")
    return tuple(made)
