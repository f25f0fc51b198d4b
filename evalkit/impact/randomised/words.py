"""What a trial estimates and what that rests on, in the user's own names."""

from __future__ import annotations

from evalkit.impact.randomised.trial import Trial

ESTIMATOR_WORDS = {
    "difference_in_means": "difference in means",
    "ancova": "least squares adjusted for baseline and covariates (ANCOVA)",
    "lin": "least squares with covariates centred and crossed with the arms (Lin 2013)",
    "multilevel": "multilevel model with random intercepts (REML)",
}


def estimator_words(trial: Trial, estimator: str) -> str:
    """Return the formula in words."""
    words = ESTIMATOR_WORDS[estimator]
    if trial.roles.strata and estimator in ("difference_in_means", "ancova"):
        words += ", with an effect for every stratum"
    return words


def estimand(trial: Trial, arm: int, estimator: str) -> str:
    """Return the target: contrast, outcome, population, time, aggregation."""
    roles = trial.roles
    where = f" in {trial.n_clusters} `{roles.cluster}`" if trial.clustered else ""
    return (
        f"Average effect on `{roles.outcome}`, when it was measured, of being assigned to "
        f"`{roles.treatment}` = {trial.arms[arm]} rather than {trial.arms[0]} (intention to treat), "
        f"whatever was then received, among the {trial.n} rows analysed{where}; "
        f"{_aggregation(trial, estimator)}."
    )


def _aggregation(trial: Trial, estimator: str) -> str:
    roles = trial.roles
    if estimator == "multilevel":
        grouped = f"`{roles.cluster}`" if trial.clustered else "strata"
        return (
            f"averaged over {grouped} by the precision of each, between counting every one alike and "
            "counting every row alike"
        )
    each = f"rows weighted by `{roles.weights}`" if roles.weights else "averaged over rows alike"
    if trial.by_cluster():
        each += ", so that large clusters count for more"
    if roles.strata and estimator != "lin":
        names = ", ".join(f"`{one}`" for one in roles.strata)
        each += (
            f" within strata of {names}, strata weighted by how much their rows and shares of the "
            "arms tell (size times share in the arm times share out of it)"
        )
    elif roles.strata:
        each += ", strata by their size"
    return each


def assumptions(trial: Trial) -> tuple[str, ...]:
    """Return what the estimate rests on."""
    lots = "clusters" if trial.by_cluster() else "people"
    within = " within strata" if trial.roles.strata else ""
    made = [
        f"Lots alone decided which {lots} went to which arm{within}.",
        "Those lost after the lots were drawn were lost for reasons that do not differ by arm.",
        "The outcome was measured alike in all arms, best by someone who did not know the arm.",
        f"What one of the {lots} received did not change the outcome of others.",
        "Everyone is counted in the arm drawn for them, whatever they then received.",
    ]
    if trial.clustered and trial.by_cluster():
        made.append("People did not join or leave clusters because of the arm drawn.")
    if trial.roles.received:
        made += [
            "For the complier effect: assignment works only through what was received.",
            "For the complier effect: no one received it only because not assigned to it.",
        ]
    return tuple(made)
