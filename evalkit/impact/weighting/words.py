"""What a matching or weighting estimate is of, how it was made, and what it rests on, in words."""

from __future__ import annotations

from evalkit.impact.weighting.sample import Sample
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.several import joint
from evalkit.impact.weighting.solve import Solved

_DISTANCE = {
    "propensity": "the propensity score",
    "logit": "the log odds of the propensity score",
    "mahalanobis": "the Mahalanobis distance between covariates",
    "scaled": "the distance between covariates over their SD",
}


def estimator_words(setting: Setting) -> str:
    """Return the estimator in words."""
    if setting.estimator == "nearest":
        how = "with" if setting.replaced else "without"
        parts = [f"nearest {setting.ratio} on {_DISTANCE[setting.distance]}, {how} replacement"]
        if not setting.replaced:
            parts.append("largest propensity score first")
        if setting.caliper is not None:
            score = "propensity score" if setting.distance == "propensity" else "log odds"
            parts.append(f"caliper {setting.caliper:g} SD of the {score}")
        if setting.bias_adjusted:
            parts.append("bias-adjusted (Abadie and Imbens 2011)")
        return ", ".join(parts)
    cut = f", weights cut at their quantile {setting.truncate:g}" if setting.truncate else ""
    return {
        "ipw": f"inverse probability weighting, normalised{cut}",
        "doubly_robust": "augmented inverse probability weighting (doubly robust), linear outcome model",
        "entropy_balancing": "entropy balancing of the covariates' means",
    }[setting.estimator]


def estimand_words(sample: Sample, solved: Solved, setting: Setting) -> str:
    """Return the target: unit, population, contrast, period, and how rows are averaged."""
    roles = sample.roles
    one, zero = sample.labels[1], sample.labels[0]
    contrast = f"`{roles.treatment}` {one} against {zero}"
    count = int((solved.sample.arm == 1).sum())
    if setting.estimand == "att":
        kind, who = "treated", f"the {count - solved.unmatched} rows with `{roles.treatment}` {one}"
        who += " that found a match" if solved.unmatched else " analysed"
    else:
        kind = "all"
        everyone = sample.n if joint(setting) else solved.sample.n
        who = f"all {everyone - solved.unmatched} rows analysed, had they been treated or not"
    averaged = (
        f"averaged with the weights `{roles.weights}`"
        if roles.weights
        else "each row counting the same"
    )
    return (
        f"Average effect on the {kind}: change in `{roles.outcome}` of {who}, due to {contrast}, in "
        f"the one period in which the outcome was measured; {averaged}."
    )


def assumptions(sample: Sample, setting: Setting) -> tuple[str, ...]:
    """Return what must hold, in words."""
    named = ", ".join(f"`{one}`" for one in sample.roles.covariates[:12])
    more = " and others" if len(sample.roles.covariates) > 12 else ""
    whom = "everyone treated" if setting.estimand == "att" else "everyone"
    model = {
        "nearest": "Those matched are near enough that what is left between them does not matter.",
        "ipw": "The model of the propensity score is right.",
        "doubly_robust": "The model of the propensity score or the linear model of the outcome is right.",
        "entropy_balancing": "With equal means of the covariates the comparison group tells what the "
        "treated would have been (the outcome, or the log odds of treatment, is linear in them).",
    }[setting.estimator]
    return (
        (
            "Treated and comparison rows that are alike in the covariates would have had the same "
            f"outcomes without treatment (nothing else matters for both): {named}{more}."
        ),
        f"For {whom} there was a chance to be in the other group (overlap).",
        model,
        "The covariates were measured before the treatment and were not changed by it.",
        "The treatment of one row does not change the outcome of another, and there is one version of it.",
    )
