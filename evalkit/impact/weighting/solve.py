"""One treatment against one reference: the estimate, its weights and every method of inference."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.least_squares import Floats, Ints
from evalkit.impact.weighting.abadie_imbens import Matched, matched_effect
from evalkit.impact.weighting.doubly_robust import doubly_robust
from evalkit.impact.weighting.effect import Arms, Effect, difference_of_means
from evalkit.impact.weighting.entropy import entropy_balancing
from evalkit.impact.weighting.ipw import ipw
from evalkit.impact.weighting.mahalanobis import scaled, too_far, whitened, within_groups
from evalkit.impact.weighting.nearest import Matches, Space, without_replacement
from evalkit.impact.weighting.propensity import Logit, logit
from evalkit.impact.weighting.sample import Sample, keep, with_note
from evalkit.impact.weighting.setting import Setting
from evalkit.impact.weighting.variance import (
    ABADIE_IMBENS,
    CONTRIBUTIONS,
    SCORE_ALLOWED,
    Refit,
    Units,
    error_row,
    matched_set_rows,
    parts_of,
    sandwich_row,
    units_of,
    weighting_rows,
)


@dataclass(frozen=True, slots=True)
class Solved:
    """An estimate with what it is made of.

    Attributes
    ----------
    sample : Sample
        The rows analysed: two arms.
    value : float
    rows : tuple of dict
        Of the inference table, one of them leading.
    weights : ndarray, shape (n,)
        Zero for rows that stand in for no one.
    propensity : ndarray, shape (n,)
    contributions : ndarray or None
        Of each cluster to the error, where clusters are named.
    sides : (int, int)
        Treated and comparison clusters (rows, if none are named).
    unmatched, tied : int
        Target rows without a match; choices made by lot.
    notes : tuple of str
    """

    sample: Sample
    value: float
    rows: tuple[dict[str, Any], ...]
    weights: Floats
    propensity: Floats
    contributions: Floats | None
    sides: tuple[int, int]
    unmatched: int = 0
    tied: int = 0
    notes: tuple[str, ...] = ()

    @property
    def leads(self) -> dict[str, Any]:
        """The row of the inference table that leads."""
        return next(one for one in self.rows if one["leads"])


def arms_of(sample: Sample) -> Arms:
    """Return the arrays that estimators start from."""
    return Arms(sample.y, sample.t, sample.x, sample.weights)


def score_of(sample: Sample) -> Logit:
    """Return the propensity score of the treatment against the reference."""
    return logit(sample.x, sample.t, sample.weights)


def trimmed(sample: Sample, setting: Setting) -> Sample:
    """Return the rows whose propensity score has counterparts (Crump and others 2009).

    For the effect on the treated only scores near one are left out; scores near zero do no harm.
    """
    if setting.trim is None:
        return sample
    p = score_of(sample).p
    inside = p <= 1 - setting.trim
    if setting.estimand == "ate":
        inside &= p >= setting.trim
    counts = np.bincount(sample.arm[inside], minlength=2)
    if counts.min() < 2:
        raise DesignError(
            f"matching cannot be estimated: with `trim: {setting.trim}` fewer than two rows are "
            "left in one of the groups.",
            do="Trim less, or look for covariates that all but decide who is treated.",
        )
    note = (
        f"{int((~inside).sum())} rows were trimmed: their propensity score is beyond "
        f"{setting.trim:g} from the edge. The score was then estimated again; the estimate is of "
        "those who are left, and its error takes the bounds as given."
    )
    return with_note(keep(sample, inside), note)


def solve(sample: Sample, setting: Setting, *, quick: bool = False) -> Solved:
    """Return the estimate of one treatment against the reference.

    Parameters
    ----------
    sample : Sample
        Two arms.
    quick : bool
        Without the jackknife: for comparisons and checks.
    """
    sample = trimmed(sample, setting)
    fitted = score_of(sample)
    if fitted.separated:
        raise DesignError(
            "matching cannot be estimated: the covariates tell the two groups apart completely, so "
            "no one has a counterpart.",
            do="Leave out covariates that decide who is treated, or find comparison rows like them.",
        )
    if setting.estimator == "nearest":
        return _nearest(sample, fitted, setting)
    return _weighted(sample, fitted, setting, quick=quick)


def _weighted(sample: Sample, fitted: Logit, setting: Setting, *, quick: bool) -> Solved:
    arms = arms_of(sample)
    effect = weighted_effect(arms, fitted, setting)
    if effect is None:
        raise DesignError(
            "matching cannot be estimated: no weights give the comparison rows the wanted means, "
            "as these lie outside what the comparison rows span.",
            do="Name fewer covariates or terms, join rare categories, use `trim`, or another `estimator`.",
        )
    units = units_of(sample.cluster, sample.t, effect.weights)

    def again(rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float | None:
        return _refitted(arms.take(rows), setting)

    refit: Refit | None = None if quick else again
    influences = (effect.influence, effect.known)
    rows, note = weighting_rows(effect.value, influences, units, refit, setting.level)
    return Solved(
        sample=sample,
        value=effect.value,
        rows=tuple(rows),
        weights=effect.weights,
        propensity=fitted.p,
        contributions=_scaled(effect.influence, units, rows),
        sides=units.sides(),
        notes=(note,) if note else (),
    )


def weighted_effect(arms: Arms, fitted: Logit, setting: Setting) -> Effect | None:
    """Return the estimate of one of the three weighting estimators."""
    if setting.estimator == "ipw":
        return ipw(
            arms,
            fitted,
            estimand=setting.estimand,
            stabilised=setting.stabilised,
            cap=setting.truncate,
        )
    if setting.estimator == "doubly_robust":
        return doubly_robust(arms, fitted, estimand=setting.estimand)
    return entropy_balancing(arms, estimand=setting.estimand)


def _refitted(arms: Arms, setting: Setting) -> float | None:
    if min((arms.t == 0).sum(), (arms.t == 1).sum()) < 2:
        return None
    fitted = logit(arms.x, arms.t, arms.weights)
    if fitted.separated:
        return None
    made = weighted_effect(arms, fitted, setting)
    return None if made is None else made.value


def _scaled(influence: Floats, units: Units, rows: list[dict[str, Any]]) -> Floats | None:
    """Return contributions of clusters whose squares sum to that of the leading error."""
    if not units.named:
        return None
    parts = parts_of(influence, units)
    size = float(np.sqrt((parts**2).sum()))
    error = float(next(one["std_error"] for one in rows if one["leads"]))
    return parts * (error / size) if size > 0 and math.isfinite(error) else parts


def _nearest(sample: Sample, fitted: Logit, setting: Setting) -> Solved:
    space = space_of(sample, fitted, setting)
    if setting.replaced:
        return _with_replacement(sample, fitted, setting, space)
    return _without_replacement(sample, fitted, setting, space)


def space_of(sample: Sample, fitted: Logit, setting: Setting) -> Space:
    """Return where rows lie by the chosen distance, with the caliper in its units.

    The caliper is in SD of the score that is matched on (of the log odds for distances between
    covariates): the root of the mean of the variances of the two groups (Austin 2011,
    Pharmaceutical Statistics 10).
    """
    kind = setting.distance
    score = fitted.p if kind == "propensity" else fitted.linear
    points = {
        "propensity": lambda: score[:, None],
        "logit": lambda: score[:, None],
        "mahalanobis": lambda: whitened(sample.x, sample.weights),
        "scaled": lambda: scaled(sample.x),
    }[kind]()
    placed = within_groups(points, sample.group)
    limit = too_far(points, sample.group)
    if setting.caliper is None:
        return Space(placed, limit)
    spread = math.sqrt(sum(float(score[sample.arm == arm].var(ddof=1)) for arm in (0, 1)) / 2)
    return Space(placed, limit, score, setting.caliper * spread)


def _without_replacement(sample: Sample, fitted: Logit, setting: Setting, space: Space) -> Solved:
    treated, compared = np.flatnonzero(sample.arm == 1), np.flatnonzero(sample.arm == 0)
    order = treated[np.argsort(-fitted.p[treated], kind="stable")]
    found = without_replacement(space, order, compared, ratio=setting.ratio, seed=setting.seed)
    _need_matches(found)
    weights = np.zeros(sample.n)
    weights[found.target] = sample.weights[found.target]
    weights[found.donor] = found.share * sample.weights[found.target]
    value, influence = difference_of_means(arms_of(sample), weights)
    used = np.flatnonzero(weights > 0)
    sets = np.full(sample.n, -1, dtype=np.intp)
    sets[found.target] = found.target
    sets[found.donor] = found.target
    _, code = np.unique(sets[used], return_inverse=True)
    cluster = None if sample.cluster is None else sample.cluster[used]
    rows = matched_set_rows(value, influence[used], code.astype(np.intp), cluster, setting.level)
    units = units_of(sample.cluster, sample.t, weights)
    inside = units_of(_recoded(cluster), sample.t[used], weights[used])
    return Solved(
        sample=sample,
        value=value,
        rows=tuple(rows),
        weights=weights,
        propensity=fitted.p,
        contributions=_scaled(influence, units, rows),
        sides=inside.sides(),
        unmatched=len(found.unmatched),
        tied=found.tied,
    )


def _recoded(cluster: Ints | None) -> Ints | None:
    return None if cluster is None else np.unique(cluster, return_inverse=True)[1].astype(np.intp)


def _need_matches(found: Matches) -> None:
    if len(np.unique(found.target)) < 2:
        raise DesignError(
            f"matching cannot be estimated: {len(np.unique(found.target))} rows found a match.",
            do="Widen the `caliper`, name fewer `exact` columns, or add comparison rows.",
        )


def _with_replacement(sample: Sample, fitted: Logit, setting: Setting, space: Space) -> Solved:
    scored = setting.distance in ("propensity", "logit")
    # The theorem on estimated scores is for plain matching on the score alone.
    plain = setting.caliper is None and not sample.group.any() and not setting.bias_adjusted
    made, matches = matched_effect(
        arms_of(sample),
        space,
        estimand=setting.estimand,
        ratio=setting.ratio,
        bias_adjusted=setting.bias_adjusted,
        fitted=fitted if scored and plain else None,
    )
    _need_matches(matches)
    units = units_of(sample.cluster, sample.t, made.weights)
    rows = _replacement_rows(made, units, setting, scored=scored)
    notes: tuple[str, ...] = ()
    if scored and made.adjusted is None and not setting.bias_adjusted:
        notes = (
            (
                "The error does not allow for the estimation of the propensity score; for the "
                "average effect it is then on the safe side, for the effect on the treated mostly so."
            ),
        )
    return Solved(
        sample=sample,
        value=made.value,
        rows=tuple(rows),
        weights=made.weights,
        propensity=fitted.p,
        contributions=_scaled(made.influence, units, rows),
        sides=units.sides(),
        unmatched=len(np.unique(matches.unmatched)),
        notes=notes,
    )


def _replacement_rows(
    made: Matched, units: Units, setting: Setting, *, scored: bool
) -> list[dict[str, Any]]:
    """Return the rows of matching with replacement: the last leads, the wider if bias-adjusted.

    Clusters need contributions. After bias adjustment on a score neither error is quite at home:
    rows near in the score differ in the covariates, which the adjustment takes out of the estimate
    but Abadie and Imbens' variance among neighbours leaves in.
    """
    value, level, part = made.value, setting.level, made.influence
    rows = [error_row(ABADIE_IMBENS, value, made.std_error, part, units, level)]
    if made.adjusted is not None:
        rows.append(error_row(SCORE_ALLOWED, value, made.adjusted, part, units, level))
    if units.named or (scored and setting.bias_adjusted):
        method = CONTRIBUTIONS.format(unit="cluster" if units.named else "row")
        rows.append(sandwich_row(method, value, part, units, level))
    if setting.bias_adjusted and not units.named:
        leads = max(rows[0], rows[-1], key=lambda one: float(one["std_error"]))
    else:
        leads = rows[-1]
    leads["leads"] = True
    return rows


def others(sample: Sample, setting: Setting) -> list[dict[str, Any]]:
    """Return the estimates of every estimator on the same rows, the plain difference first."""
    arms = arms_of(sample)
    rows = [_regression_row(arms, sample, setting, adjusted=one) for one in (False, True)]
    for name in ("nearest", "ipw", "doubly_robust", "entropy_balancing"):
        chosen = name == setting.estimator
        own = (
            setting
            if chosen
            else Setting(name, setting.estimand, level=setting.level, seed=setting.seed)
        )
        rows.append(_estimator_row(sample, own, chosen=chosen))
    return rows


def _estimator_row(sample: Sample, setting: Setting, *, chosen: bool) -> dict[str, Any]:
    made = {"estimator": setting.estimator, "chosen": chosen}
    try:
        solved = solve(sample, replace(setting), quick=True)
    except DesignError as error:
        nothing = dict.fromkeys(("estimate", "std_error", "low", "high"), math.nan)
        return {**made, **nothing, "why": error.wrong}
    row = solved.leads
    ends = {key: row[key] for key in ("std_error", "low", "high")}
    return {**made, "estimate": solved.value, **ends, "why": ""}


def _regression_row(
    arms: Arms, sample: Sample, setting: Setting, *, adjusted: bool
) -> dict[str, Any]:
    """Return the difference of means, or the treatment's coefficient beside the covariates."""
    z = np.column_stack([np.ones(len(arms.y)), arms.t, *(arms.x.T if adjusted else ())])
    root = np.sqrt(arms.weights)[:, None]
    inverse = np.linalg.pinv((z * root).T @ (z * root), hermitian=True)
    beta = inverse @ (z.T @ (arms.weights * arms.y))
    left = arms.y - z @ beta
    spare = math.sqrt(len(left) / max(len(left) - z.shape[1], 1))
    influence = (z @ inverse[1]) * arms.weights * left * spare
    units = units_of(sample.cluster, sample.t, sample.weights)
    name = "regression" if adjusted else "difference of means"
    row = sandwich_row(name, float(beta[1]), influence, units, setting.level)
    ends = {key: row[key] for key in ("std_error", "low", "high")}
    return {"estimator": name, "chosen": False, "estimate": float(beta[1]), **ends, "why": ""}
