"""What a row model estimates, assumes and was given, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.family import FAMILY
from evalkit.impact.bayes.multi.family_rows import Units
from evalkit.impact.bayes.multi.general import ADJUST_SD, LEVEL_SD
from evalkit.impact.bayes.multi.layout import Layout
from evalkit.impact.bayes.multi.linear import NEARLY_FLAT
from evalkit.impact.bayes.multi.words import kind_assumptions
from evalkit.impact.estimate import Check, Verdict

if TYPE_CHECKING:
    import pandas as pd

_NAMES = {
    "normal": "normal",
    "student_t": "Student-t",
    "bernoulli": "Bernoulli (log odds)",
    "binomial": "binomial (log odds)",
    "poisson": "Poisson (log rate)",
    "negative_binomial": "negative binomial (log rate)",
    "ordinal": "ordinal (cumulative log odds)",
}


def estimator(asked: Asked) -> str:
    """Return the model in a few words."""
    groups = ["sites", *(["areas"] if asked.area else []), *asked.crossed]
    groups += ["several memberships at once"] if asked.members else []
    noise = ", noise of each site's own" if asked.heteroskedastic else ""
    return (
        f"Bayesian multilevel model of rows, {_NAMES[asked.family]}, levels and effects varying over "
        f"{', '.join(groups)}{noise}"
    )


def measure(asked: Asked) -> str:
    """Return what `value` is measured in."""
    if asked.family in ("normal", "student_t"):
        return "in outcome units"
    family = FAMILY[asked.family]
    if asked.exposure:
        return f"as {family.natural} for each unit of `{asked.exposure}` (average marginal effect)"
    points = " (0.01 is one percentage point)" if family.natural == "probability" else ""
    return f"as a change in {family.natural}{points}, the average marginal effect"


def estimand(layout: Layout, asked: Asked) -> str:
    """Return the target with its contrast and aggregation."""
    role = asked.columns
    against = {
        "change": "their change from the first start on, against that of untreated sites",
        "within": "treated against untreated rows of the same site",
        "between": "against untreated sites",
    }[layout.kind]
    return (
        f"Mean effect of `{role.treatment}` on `{asked.outcomes[0]}` {measure(asked)}, averaged over "
        f"the rows under the programme of each of the {len(layout.studied)} treated sites "
        f"(`{role.site}`) that were studied, each site counting the same: {against}."
    )


def slots(layout: Layout, asked: Asked) -> tuple[str, ...]:
    """Return which priors a row model has."""
    noise = ("noise",) if asked.family in ("normal", "student_t", "negative_binomial") else ()
    more = ("moderators",) if layout.moderators.names else ()
    return ("effect", "spread", "levels", *noise, *more)


def assumptions(layout: Layout, asked: Asked) -> tuple[str, ...]:
    """Return what a row model takes for granted."""
    first, _ = kind_assumptions(layout.kind, adjusted=bool(asked.columns.adjust))
    second = {
        "change": (
            "Every site has a change of its own, as varied among treated sites as among untreated ones, "
            "so its periods do not count as independent."
        ),
        "within": (
            "Rows of one site and arm (or clusters, where named) are independent; levels of sites may go "
            "with their share of rows under the programme, which is adjusted for."
        ),
        "between": "Treated sites vary by chance as much as untreated ones do.",
    }[layout.kind]
    outcome = {
        "normal": "Residuals are normal"
        + (
            ", with a spread of each site's own."
            if asked.heteroskedastic
            else ", as spread in all sites."
        ),
        "student_t": "Residuals follow Student's t, so that single outlying rows weigh less.",
        "poisson": "Counts vary as a Poisson distribution does once the groups are known.",
    }.get(
        asked.family,
        "On the link scale effects of the programme and of what is adjusted for add up.",
    )
    return (
        first,
        second,
        "Sites do not influence one another.",
        (
            "The true effects of sites (and of every further grouping) follow a normal distribution on "
            "the scale of the model; none is known beforehand to be larger."
        ),
        outcome,
    )


def notes(layout: Layout, asked: Asked, priors: pd.DataFrame, units: Units) -> tuple[str, ...]:
    """Return priors and everything else a reader must know."""
    made = []
    if asked.family in ("normal", "student_t"):
        which = (
            "standard deviation" if asked.family == "normal" else "robust spread (from the median)"
        )
        made.append(
            f"Default priors are set in units of the outcome's {which} among rows not under the "
            f"programme: {units.scale:.4g}."
        )
        wide = NEARLY_FLAT if asked.family == "normal" else ADJUST_SD
        made.append(
            f"The level and slopes of what is adjusted for: Normal with SD {wide:g} of them."
        )
    else:
        made.append(
            f"Priors are on the link scale ({FAMILY[asked.family].link}); the level has Normal with SD "
            f"{LEVEL_SD:g} round that of the untreated rows, slopes per SD of what is adjusted for SD "
            f"{ADJUST_SD:g}."
        )
        made.append(
            "No effect in standard deviations is given: the outcome has no constant spread."
        )
    made += [
        f"Prior, {row.parameter}: {row.distribution} ({row.source}). {row.words}"
        for row in priors.itertuples()
    ]
    for name, first in layout.moderators.reference.items():
        made.append(f"Kinds of `{name}` are held against `{first}`.")
    if asked.columns.weights and asked.family != "normal":
        made.append("Weights multiply each row's part of the log-likelihood, scaled to mean one.")
    return (*made, *layout.notes)


def separation(arms: list[str], sites: int) -> Check:
    """Say whether the outcome never or always happens somewhere, and what was assumed then."""
    name = "separation"
    if not arms and not sites:
        return Check(name, 0.0, None, "pass", "Every site and arm holds both outcomes.")
    told = f"{'; '.join(arms)}. " if arms else ""
    meaning = (
        f"{told}{sites} sites have an arm where the outcome never or always happens. Likelihood alone "
        "would put their effects at infinity; here the prior and the other sites keep them finite, "
        + (
            "so that the size of the effect rests largely on the prior."
            if arms
            else "and these sites' own effects lean on the others."
        )
    )
    verdict: Verdict = "concern" if arms else "information"
    return Check(name, float(sites), None, verdict, meaning)


def pre_trend(layout: Layout) -> Check:
    """Say that paths before the start are not tested here, and where they are."""
    name = "pre-trend"
    if layout.kind != "change":
        return Check(
            name, None, None, "information", "Does not apply: the comparison is not over time."
        )
    why = (
        "Not tested in this form of the model; sites' own changes are part of its error. Run it with "
        "`family: normal` and no further groupings to see the paths before the start."
    )
    return Check(name, None, None, "information", why)
