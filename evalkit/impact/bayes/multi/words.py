"""What the larger models estimate, assume and were given, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.impact.bayes.multi.asked import Asked

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.impact.bayes.multi.joint import Joint

SEVERAL_ESTIMATOR = (
    "Bayesian multilevel model of several outcomes, partially pooled over sites and outcomes"
)
SEVERAL_SD = "each outcome's own, among rows not under the programme, within periods"


def sampled(attempts: int) -> str:
    """Say how the collapsed model was sampled."""
    again = "" if attempts == 1 else f", reached at attempt {attempts}"
    return f"Four chains of the collapsed model{again}"


def comparison_words(joint: Joint) -> str:
    """Say what the treated sites are held against."""
    effects = joint.parts[0].effects
    return {
        "change": f"{effects.window}, against the same change in untreated sites",
        "within": "treated against untreated rows of the same site",
        "between": "site means, against untreated sites",
    }[effects.kind]


def several_estimand(joint: Joint, asked: Asked) -> str:
    """Return the target of the mean over outcomes, with its aggregation."""
    down = [part.name for part in joint.parts if part.wanted < 0]
    direction = (
        f" (turned for {', '.join(down)}, where less is better)"
        if down
        else " (more of each is taken as wanted)"
    )
    names = ", ".join(f"`{part.name}`" for part in joint.parts)
    return (
        f"Mean effect of `{asked.columns.treatment}` over {len(joint.parts)} outcomes ({names}), "
        f"each in standard deviations of its own{direction} and each counting the same, averaged over the "
        f"{len(joint.sites)} treated sites (`{asked.columns.site}`) that were studied, each site "
        f"counting the same: {comparison_words(joint)}. It summarises; the outcomes stand one by one "
        "in the table `outcomes`."
    )


def several_slots(joint: Joint) -> tuple[str, ...]:
    """Return which priors the joint model has."""
    more = ("moderators",) if joint.moderators.names else ()
    outcomes = ("outcomes",) if len(joint.parts) > 1 else ()
    domains = ("domains",) if len(joint.domains) > 1 else ()
    return ("effect", *outcomes, *domains, "spread", "noise", *more)


def kind_assumptions(kind: str, *, adjusted: bool) -> tuple[str, ...]:
    """Return what must hold for the comparison that was made."""
    rest = " once adjusted for baseline and covariates." if adjusted else "."
    return {
        "change": (
            "Without the programme the treated sites would have changed as the untreated ones did"
            + (" that had the same baseline and covariates." if adjusted else "."),
            (
                "A site's change is one number, so its years may be correlated in any way; the changes of "
                "treated sites vary by chance as much as those of untreated ones."
            ),
        ),
        "within": (
            f"Inside a site, treated and untreated rows differ only by the treatment{rest}",
            (
                "Rows (or clusters, where named) of one site and arm are independent, with the same "
                "residual spread in all sites."
            ),
        ),
        "between": (
            f"Treated and untreated sites differ only by the treatment{rest}",
            (
                "Treated site means vary by chance as much as untreated ones; every site counts the same, "
                "whatever its size."
            ),
        ),
    }[kind]


def several_assumptions(joint: Joint, asked: Asked) -> tuple[str, ...]:
    """Return what the joint model takes for granted."""
    kind = joint.parts[0].effects.kind
    return (
        *kind_assumptions(kind, adjusted=bool(asked.columns.adjust)),
        "Sites do not influence one another.",
        "The effects on the outcomes, in standard deviations and in the wanted direction, come from one "
        "distribution"
        + (" within each domain, and those of domains from another" if asked.domains else "")
        + ": none is known beforehand to be larger.",
        "The sites' true effects follow a normal distribution, related over outcomes.",
        (
            "Residuals are normal; how those of different outcomes are related is taken from the data as if "
            "known, drawn slightly towards no relation."
        ),
    )


def several_notes(joint: Joint, asked: Asked, priors: pd.DataFrame) -> tuple[str, ...]:
    """Return the scales, the priors and everything the parts noted, each once."""
    scales = ", ".join(f"{part.name} {part.effects.sd:.4g}" for part in joint.parts)
    notes = [
        f"One standard deviation in outcome units: {scales}.",
        *(
            f"Prior, {row.parameter}: {row.distribution} ({row.source}). {row.words}"
            for row in priors.itertuples()
        ),
    ]
    for part in joint.parts:
        notes += [f"{part.name}: {note}" for note in part.effects.notes]
    if len(joint.parts) > 6:
        notes.append(
            "With more than six outcomes sites' effects are related through domains where these are "
            "given, and not at all otherwise: pairs would be too many to learn."
        )
    if asked.columns.cluster and joint.parts[0].effects.kind != "within":
        notes.append(
            f"Rows are averaged over `{asked.columns.site}`, so `{asked.columns.cluster}` inside a "
            "site changes nothing."
        )
    least = min(part.effects.raw.df for part in joint.parts)
    if least <= len(joint.parts):
        notes.append(
            f"There are {len(joint.parts)} outcomes and only {least:.0f} degrees of freedom to learn how "
            "their residuals are related: that rests largely on the assumption of weak relations."
        )
    return tuple(dict.fromkeys(notes))
