"""Every method of inference side by side, and one printed rule for which of them leads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.impact.estimate import Interval
from evalkit.impact.frame import Floats
from evalkit.impact.inference import FEW, interval_of, known, row, t_row
from evalkit.impact.synthetic.conformal import joint_interval, joint_p
from evalkit.impact.synthetic.course import (
    Course,
    Method,
    Target,
    average,
    donors_alone,
    follow,
    sets_alone,
)
from evalkit.impact.synthetic.placebo import (
    PlaceboTest,
    average_gap_test,
    draw,
    floor_of,
    ratio_test,
)
from evalkit.impact.synthetic.sample import Sample
from evalkit.impact.synthetic.synthetic_did import (
    SyntheticDid,
    bootstrap_error,
    jackknife_error,
)

SCALED = (
    "placebos in space, average gap over the error before the start, interval by test inversion"
)
PLAIN = "placebos in space, average gap, interval by test inversion"
RATIO = "placebos in space, ratio of mean squared gaps after and before (a test only)"
PLACEBO_SD = "SD of placebos in space, t with their number - 1 df"
CONFORMAL = "conformal, moving blocks of time, the same effect in every period"
JACKKNIFE = "jackknife over units, weights kept, t with treated units - 1 df"
BOOTSTRAP = "bootstrap of units, t with treated units - 1 df"
NOTHING = "none: neither placebos nor time give an interval"

RULE = (
    "Placebos in space lead where there are enough of them for the level (19 donors for 95 %); else "
    "the conformal interval, where there are enough periods for the level and it holds the estimate; "
    f"else there is no interval, and its ends are infinite. Synthetic DiD with at least {FEW} treated units and {FEW} "
    "donors leads with the jackknife. Never the SD of the gaps over time: it is no sampling error."
)
SETS = 200
"""Random sets of donors taken for treated, where several treated units are followed as one."""
BOOTSTRAPS = 200
MOST_ALONE = 400
"""Most donors taken for treated in turn; of more, so many are drawn."""
MOST_DONORS = 300
"""With more donors than this no conformal interval is computed: it fits weights anew many times."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The estimate: what is followed, how, by which weights.

    Attributes
    ----------
    sample : Sample
    method : Method
    targets : tuple of Target
        One a treated unit, or one for their average.
    share : ndarray
        How much each target counts.
    courses : tuple of Course
    """

    sample: Sample
    method: Method
    targets: tuple[Target, ...]
    share: Floats
    courses: tuple[Course, ...]

    @property
    def gap(self) -> Floats:
        """Average gap in each period, shape (T,)."""
        return average(self.courses, self.share)

    @property
    def value(self) -> float:
        """Average gap from the start on."""
        return float(self.gap[self.method.before :].mean())

    @property
    def whole(self) -> Target:
        """Average of the treated, against the donors."""
        share = self.sample.share
        return Target(
            self.sample.treated @ share,
            self.sample.donors,
            self.sample.x_treated @ share,
            self.sample.x_donors,
        )

    @property
    def again(self) -> Method:
        """The same method with the penalties found, for placebos and leaving out donors."""
        found = [one.penalty for one in self.courses if one.penalty is not None]
        middle = float(np.median(found)) if found else None
        if self.method.estimator == "augmented":
            return replace(self.method, ridge=middle, published=False)
        return replace(self.method, zeta=middle, published=False)


@dataclass(frozen=True, slots=True)
class Placebos:
    """Gaps of donors taken for treated, or why there are none.

    Attributes
    ----------
    donors : ndarray of int, shape (p,)
        Which donors were taken alone; empty when sets of them were.
    gaps : ndarray, shape (p, T)
        Theirs.
    draws : ndarray, shape (B, T)
        Gaps under no effect, as the treated one is compared with.
    test : PlaceboTest or None
    ratio, ratio_p : float
    reason : str
    """

    donors: Any
    gaps: Floats
    draws: Floats
    test: PlaceboTest | None
    ratio: float = math.nan
    ratio_p: float = math.nan
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows of ``table["inference"]``, the one that leads, and what they rest on."""

    rows: tuple[dict[str, Any], ...]
    interval: Interval
    p_value: float | None
    std_error: float
    detectable: float
    placebos: Placebos
    conformal_p: float
    why_no_conformal: str


def fit(sample: Sample, method: Method, *, pooled: bool) -> Fitted:
    """Return the estimate of a sample."""
    share = sample.share
    if pooled:
        means = [(sample.treated @ share, sample.x_treated @ share)]
        share = np.ones(1)
    else:
        means = list(zip(sample.treated.T, sample.x_treated.T, strict=True))
    targets = tuple(Target(y, sample.donors, x, sample.x_donors) for y, x in means)
    courses = tuple(follow(one, method) for one in targets)
    return Fitted(sample, method, targets, share, courses)


def infer(fitted: Fitted, *, level: float, seed: int, placebo: bool) -> Evidence:
    """Return every method of inference and the one that leads by `RULE`."""
    placebos = placebos_of(fitted, level, seed) if placebo else _no_placebos("`placebo: false`")
    rows = _placebo_rows(fitted, placebos, level)
    rows += _unit_rows(fitted, level, seed)
    why = _why_no_conformal(fitted, level)
    p = math.nan
    if not why:
        made, p = _conformal_row(fitted, level)
        rows.append(made)
    lead = leading(rows, placebos, fitted)
    if lead is None:
        lead = row(NOTHING, math.nan, math.nan, (math.nan, math.nan), math.nan)
        rows.append(lead)
    lead["leads"] = True
    return Evidence(
        rows=tuple(rows),
        interval=interval_of(lead, level),
        p_value=known(lead["p_value"]),
        std_error=_error(lead, rows),
        detectable=_detectable(lead, placebos, level),
        placebos=placebos,
        conformal_p=p,
        why_no_conformal=why,
    )


def _error(lead: dict[str, Any], rows: Sequence[dict[str, Any]]) -> float:
    """Return the standard error of the leading method, or else that of the placebos."""
    if math.isfinite(lead["std_error"]):
        return float(lead["std_error"])
    return next((one["std_error"] for one in rows if math.isfinite(one["std_error"])), math.nan)


def _no_placebos(reason: str) -> Placebos:
    nothing = np.zeros((0, 0))
    return Placebos(np.zeros(0, dtype=np.intp), nothing, nothing, None, reason=reason)


def placebos_of(fitted: Fitted, level: float, seed: int) -> Placebos:
    """Return the placebos in space of an estimate."""
    sample, method = fitted.sample, fitted.again
    count, several = sample.donors.shape[1], sample.treated.shape[1]
    together = len(fitted.targets) < several
    if count < (several + 2 if together else 3):
        return _no_placebos(f"{count} donors are too few to take some of them for treated")
    alone = np.zeros(0, dtype=np.intp)
    if together:
        gaps = draws = sets_alone(fitted.targets[0], method, sample.share, SETS, seed)
    else:
        alone = np.arange(count, dtype=np.intp)
        if count > MOST_ALONE:
            alone = np.sort(np.random.default_rng([seed, 6]).permutation(count)[:MOST_ALONE])
        gaps = donors_alone(fitted.targets[0], method, alone.tolist())
        draws = draw(gaps, sample.share, seed)
    floor = floor_of(sample.donors, method.before)
    scaled = method.estimator == "classic"
    test = average_gap_test(fitted.gap, draws, method.before, floor if scaled else None, level)
    ratio, p = ratio_test(fitted.gap, draws, method.before, floor)
    return Placebos(alone, gaps, draws, test, ratio, p)


def _placebo_rows(fitted: Fitted, placebos: Placebos, level: float) -> list[dict[str, Any]]:
    test = placebos.test
    if test is None:
        return []
    name = SCALED if fitted.method.estimator == "classic" else PLAIN
    rows = [row(name, test.spread, math.nan, (test.low, test.high), test.p_value)]
    if fitted.method.estimator != "synthetic_did":
        ends = (math.nan, math.nan)
        rows.append(row(RATIO, math.nan, math.nan, ends, placebos.ratio_p))
    df = max(len(placebos.gaps) - 1, 1)
    rows.append(t_row(PLACEBO_SD, fitted.value, test.spread, float(df), level))
    return rows


def _unit_rows(fitted: Fitted, level: float, seed: int) -> list[dict[str, Any]]:
    """Return jackknife and bootstrap of synthetic DiD with several treated units."""
    sample, method = fitted.sample, fitted.method
    several = sample.treated.shape[1]
    if method.estimator != "synthetic_did" or several < 2:
        return []
    course = fitted.courses[0]
    found = SyntheticDid(fitted.value, course.weights, course.periods, course.synthetic)
    errors = {JACKKNIFE: jackknife_error(sample.treated, sample.share, sample.donors, found)}
    if sample.donors.shape[1] <= MOST_DONORS:
        errors[BOOTSTRAP] = bootstrap_error(
            sample.treated,
            sample.share,
            sample.donors,
            method.before,
            draws=BOOTSTRAPS,
            seed=seed,
        )
    return [
        t_row(name, fitted.value, error, several - 1.0, level) for name, error in errors.items()
    ]


def _why_no_conformal(fitted: Fitted, level: float) -> str:
    sample = fitted.sample
    if fitted.method.estimator == "synthetic_did":
        return "its weights of periods leave no error of each period to compare"
    if sample.donors.shape[1] > MOST_DONORS:
        return f"with more than {MOST_DONORS} donors it takes too long"
    periods = len(sample.times)
    if 1 / periods > 1 - level + 1e-12:
        return f"{periods} periods are too few for a level of {level:g}"
    if periods - sample.before > sample.before:
        return "more periods lie after the start than before it, so weights can take up the effect"
    return ""


def _conformal_row(fitted: Fitted, level: float) -> tuple[dict[str, Any], float]:
    whole, before = fitted.whole, fitted.method.before
    ends = joint_interval(whole.y, whole.donors, before, fitted.value, level=level)
    p = joint_p(whole.y, whole.donors, before, 0.0)
    return row(CONFORMAL, math.nan, math.nan, ends, p), p


def leading(
    rows: Sequence[dict[str, Any]], placebos: Placebos, fitted: Fitted
) -> dict[str, Any] | None:
    """Return the row that leads by `RULE`, or None."""
    by_name = {one["method"]: one for one in rows}
    fewest = min(fitted.sample.treated.shape[1], fitted.sample.donors.shape[1])
    jackknife = by_name.get(JACKKNIFE)
    if jackknife is not None and fewest >= FEW and math.isfinite(jackknife["low"]):
        return jackknife
    placebo = by_name.get(SCALED, by_name.get(PLAIN))
    if placebo is not None and placebos.test is not None and math.isfinite(placebo["low"]):
        return placebo
    conformal = by_name.get(CONFORMAL)
    if conformal is not None and _says_something(conformal, fitted.value):
        return conformal
    return placebo


def _says_something(conformal: dict[str, Any], value: float) -> bool:
    """Return whether an interval over time has an end and is about the same estimate.

    Its weights are fitted to all periods and to the outcome alone, so that it can miss the value.
    """
    low, high = conformal["low"], conformal["high"]
    return low <= value <= high and (math.isfinite(low) or math.isfinite(high))


def _detectable(lead: dict[str, Any], placebos: Placebos, level: float) -> float:
    from scipy.special import stdtrit

    if lead["method"] in {SCALED, PLAIN} and placebos.test is not None:
        return placebos.test.detectable
    df = lead["df"]
    if not (math.isfinite(df) and df > 0 and math.isfinite(lead["std_error"])):
        return math.nan
    return float((stdtrit(df, 0.5 + level / 2) + stdtrit(df, 0.8)) * lead["std_error"])
