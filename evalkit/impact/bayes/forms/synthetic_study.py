"""From a checked sample to the Bayesian `Estimate` of `synthetic_control`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.forms import common_show as show
from evalkit.impact.bayes.forms import synthetic as core
from evalkit.impact.bayes.forms.common_priors import Asked, Beliefs
from evalkit.impact.bayes.forms.common_show import prior_draws
from evalkit.impact.bayes.forms.gap_show import Answer, shown, standardised
from evalkit.impact.bayes.forms.synthetic_courses import DONORS, courses_of
from evalkit.impact.bayes.forms.synthetic_placebos import follow_donors, typical
from evalkit.impact.checks import decision_grade
from evalkit.impact.estimate import Check, Estimate, Verdict
from evalkit.impact.least_squares import Floats
from evalkit.impact.synthetic.sample import Sample

EFFECT = "average effect from the start on"
TOTAL, LAST = "sum of the effects", "effect in the last period"
ERROR = "spread of the average gap where nothing was done"
NOISE, COUNT = "residual spread before the start", "weight: number of donors that have any"
REPLICATIONS = 4000
GOOD, POOR = 0.25, 0.5
"""Spread around the donors before the start, in SD between donors: good up to, poor from."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is followed, and what was asked for that has no bearing here."""

    pooled: bool
    idle: tuple[str, ...] = ()


def study(sample: Sample, choices: Choices, asked: Asked) -> Estimate:
    """Sample the weights, follow the donors as placebos, and return the effect.

    Raises
    ------
    DesignError
        When donors do not differ, or the sampling does not converge.
    """
    courses = courses_of(sample, pooled=choices.pooled)
    beliefs = core.beliefs_in_units(asked, courses)
    placebos = follow_donors(courses, beliefs, asked.seed)
    fitted = core.fit(courses, beliefs, placebos, asked.seed)
    answer = _answer(fitted, asked.seed)
    named, priors = _quantities(fitted)
    tables, found = shown(answer, named, priors, _predicted(fitted, asked.seed), asked)
    tables |= _tables(sample, fitted, asked.level)
    effect = answer.effect
    treated, donors = len(sample.treated_names), len(sample.donor_names)
    which = (
        f"of `{sample.roles.outcome}` between the {donors} donors in "
        f"{sample.period(sample.before - 1)}, the last period before the start"
    )
    later = [sample.period(k) for k in range(sample.before, len(sample.times))]
    return Estimate(
        id="synthetic_control",
        design="synthetic_control",
        estimator="Bayesian synthetic control: sparse weights, errors as large as the donors' own "
        "placebo gaps",
        estimand=_estimand(sample, choices),
        outcome=sample.roles.outcome,
        value=float(effect.mean()),
        std_error=float(effect.std(ddof=1)),
        interval=summary.credible(effect, asked.level),
        p_value=None,
        n_units=treated + donors,
        n_observations=(treated + donors) * len(sample.times),
        n_clusters=treated + donors,
        n_treated=treated,
        standardised=standardised(effect, courses.unit, asked.level, which),
        table=tables,
        checks=(
            *found,
            _fit_before(fitted),
            _placebo_check(fitted),
            _weights_check(fitted),
            decision_grade(treated, donors),
        ),
        assumptions=_assumptions(sample),
        draws=effect.ravel(),
        seed=asked.seed,
        notes=_notes(sample, fitted, choices, tables["priors"]),
        native=show.native_of(
            {
                "effect": effect,
                "effect_by_period": fitted.paths * courses.unit,
                "weight": fitted.followed.w,
            },
            {
                "effect_by_period": ("period", later),
                "weight": ("donor", list(sample.donor_names)),
            },
        ),
    )


def _answer(fitted: core.FittedSynthetic, seed: int) -> Answer:
    courses, beliefs, unit = fitted.courses, fitted.beliefs, fitted.courses.unit

    def again(other: Beliefs) -> Floats:
        same = all(other[name] == beliefs[name] for name in ("level", "noise"))
        followed = fitted.followed if same else core.follow(courses, other, core.AGAIN, seed)
        made = core.combine(courses, followed, fitted.placebos, other, seed)
        return np.asarray(made.theta * unit)

    def before(rng: np.random.Generator) -> Floats:
        return prior_draws(beliefs["placebo"], rng, half=True) * unit

    return Answer(
        fitted.theta * unit,
        fitted.mean * unit,
        fitted.error * unit,
        beliefs,
        core.SLOTS,
        unit,
        fitted.log_prior,
        fitted.log_likelihood,
        fitted.attempts,
        again,
        before,
    )


def _quantities(fitted: core.FittedSynthetic) -> tuple[dict[str, Floats], dict[str, str]]:
    unit = fitted.courses.unit
    named = {
        EFFECT: fitted.theta * unit,
        TOTAL: fitted.paths.sum(axis=-1) * unit,
        LAST: fitted.paths[..., -1] * unit,
        ERROR: fitted.spread * unit,
        NOISE: fitted.followed.noise.mean(axis=0) * unit,
        COUNT: (fitted.followed.w > 0).sum(axis=-1).astype(float),
    }
    return named, {EFFECT: "effect", ERROR: "placebo", NOISE: "noise"}


def _predicted(
    fitted: core.FittedSynthetic, seed: int
) -> tuple[dict[str, float], dict[str, Floats]]:
    """Set the most extreme placebo, in its own SD, beside the most extreme of as many normals."""
    rng = np.random.default_rng([seed, 149])
    placebos = fitted.placebos
    relative = placebos.fit / typical(placebos)
    spread, power = float(fitted.spread.mean()), float(fitted.power.mean())
    own = np.sqrt(placebos.doubt + placebos.apart**2 + (spread * relative**power) ** 2)
    sizes = np.abs(placebos.paths.mean(axis=1)) / own
    again = np.abs(rng.standard_normal((REPLICATIONS, len(sizes))))
    observed = {
        "largest placebo gap, in SDs": float(sizes.max()),
        "middle placebo gap, in SDs": float(np.median(sizes)),
    }
    return observed, {
        "largest placebo gap, in SDs": again.max(axis=1),
        "middle placebo gap, in SDs": np.median(again, axis=1),
    }


def _tables(sample: Sample, fitted: core.FittedSynthetic, level: float) -> dict[str, pd.DataFrame]:
    ends = [(1 - level) / 2, (1 + level) / 2]
    courses, unit = fitted.courses, fitted.courses.unit
    w = fitted.followed.w.reshape(-1, len(courses.donors))
    low, high = np.quantile(w, ends, axis=0)
    weights = pd.DataFrame(
        {
            "donor": list(sample.donor_names),
            "weight": w.mean(axis=0),
            "low": low,
            "high": high,
            "p_any": (w > 0).mean(axis=0),
        }
    )
    order = sorted(
        range(len(weights)),
        key=lambda i: (-round(float(w[:, i].mean()), 12), str(sample.donor_names[i])),
    )
    paths = fitted.paths.reshape(-1, fitted.paths.shape[-1]) * unit
    low, high = np.quantile(paths, ends, axis=0)
    observed = (courses.share @ courses.treated)[courses.before :] * unit + courses.centre
    periods = pd.DataFrame(
        {
            "period": [sample.period(k) for k in range(sample.before, len(sample.times))],
            "observed": observed,
            "expected": observed - paths.mean(axis=0),
            "expected_low": observed - high,
            "expected_high": observed - low,
            "effect": paths.mean(axis=0),
            "low": low,
            "high": high,
            "p_above_zero": (paths > 0).mean(axis=0),
        }
    )
    placebos = fitted.placebos
    units = pd.DataFrame(
        {
            "donor": [sample.donor_names[j] for j in placebos.chosen],
            "gap": placebos.paths.mean(axis=1) * unit,
            "std_error": np.sqrt(placebos.doubt) * unit,
            "spread_before": placebos.fit * unit,
        }
    )
    return {
        "weights": weights.iloc[order].reset_index(drop=True),
        "periods": periods,
        "placebo_units": units,
    }


def _fit_before(fitted: core.FittedSynthetic) -> Check:
    spread = float(fitted.followed.noise.mean())
    verdict: Verdict = "pass" if spread <= GOOD else "concern" if spread <= POOR else "fail"
    meaning = (
        f"Before the start the treated lie around the weighted donors with a spread of "
        f"{spread * fitted.courses.unit:.3g}, {spread:.2f} of the SD between donors: "
        + ("close." if verdict == "pass" else "the donors cannot follow them well.")
    )
    return Check("pre-period fit", spread, None, verdict, meaning)


def _placebo_check(fitted: core.FittedSynthetic) -> Check:
    sizes = np.abs(fitted.placebos.paths.mean(axis=1))
    own = abs(float(fitted.mean.mean()))
    larger, count = int((sizes >= own).sum()), len(sizes)
    share = (1 + larger) / (1 + count)
    meaning = (
        f"The average gap is {own * fitted.courses.unit:.3g} in size; of {count} donors to which "
        f"nothing was done, {larger} have one as large. How much they vary is the error of the "
        "effect; a rank among so few gives no smaller probability than "
        f"{1 / (1 + count):.3g}."
    )
    verdict: Verdict = "pass" if share <= 0.1 else "concern"
    return Check("placebo in space", share, None, verdict, meaning)


def _weights_check(fitted: core.FittedSynthetic) -> Check:
    w = fitted.followed.w
    some = (w > 0).mean(axis=(0, 1))
    sure, count = int((some > 0.9).sum()), float((w > 0).sum(axis=-1).mean())
    meaning = (
        f"About {count:.1f} donors have weight at a time, of {w.shape[-1]}; {sure} of them nearly "
        "always. Which others do is open, and the interval allows for it."
    )
    return Check("weights", count, None, "information", meaning)


def _estimand(sample: Sample, choices: Choices) -> str:
    roles, last = sample.roles, len(sample.times) - 1
    names = [str(name) for name in sample.treated_names]
    listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    each = (
        ""
        if len(names) == 1
        else ", averaged over the treated"
        + (", followed as their average" if choices.pooled else ", each followed by its own donors")
    )
    return (
        f"Average effect on `{roles.outcome}` of {listed} of being treated against not, over "
        f"{sample.period(sample.before)} to {sample.period(last)}, each period counting alike{each}: "
        "against what a weighted average of donors, as far as it can be known from before the "
        f"start, would have led to ({len(sample.donor_names)} donors)."
    )


def _assumptions(sample: Sample) -> tuple[str, ...]:
    return (
        (
            "Without the treatment the treated would have gone on as the weighted donors did, apart from "
            "an error like those of the donors themselves, to which nothing was done."
        ),
        (
            "Treated and donors are exchangeable but for the treatment, and for how well they can be "
            "followed before the start."
        ),
        "Nothing was done differently before the start because the treatment was expected.",
        "The treatment did not change the outcome of any donor (no spillover).",
        "Nothing else began at the same time in the treated or in the donors that have weight.",
        *(
            ("Errors of several treated units are independent of each other.",)
            if len(sample.treated_names) > 1
            else ()
        ),
    )


def _notes(
    sample: Sample,
    fitted: core.FittedSynthetic,
    choices: Choices,
    priors: pd.DataFrame,
) -> tuple[str, ...]:
    notes = [*sample.notes, *choices.idle]
    if len(fitted.placebos.chosen) < len(sample.donor_names):
        notes.append(f"Placebos are {len(fitted.placebos.chosen)} donors drawn at random.")
    notes += [
        (
            f"Prior, donors: about {DONORS:.0f} have weight (geometric), any set of so many alike "
            "likely, their weights uniform: most donors have none."
        ),
        "Where other priors are tried (`sensitivity`), the donors' own placebo fits are kept.",
        *show.priors_in_words(priors, fitted.courses.unit, core.UNIT_RULE),
    ]
    return tuple(notes)
