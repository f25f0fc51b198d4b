"""The regressions of a trial: difference in means, ANCOVA, Lin's interacted adjustment.

All are least squares with a column for each arm but the reference one. Strata are effects: absorbed
where the errors still count them right, columns of their own elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evalkit.impact.frame import Faults
from evalkit.impact.inference import MOST_GRAM_CELLS
from evalkit.impact.least_squares import Fit, Floats, Ints, absorb, fit, independent_columns
from evalkit.impact.randomised.robust import Solved, solve
from evalkit.impact.randomised.trial import Trial

ESTIMATORS = ("difference_in_means", "ancova", "lin", "multilevel")


@dataclass(frozen=True, slots=True)
class Model:
    """The columns of a regression.

    Attributes
    ----------
    trial : Trial
        The rows analysed.
    moderators : ndarray, shape (n, m)
        Centred columns that are multiplied with the arms (Lin); none otherwise.
    others : ndarray, shape (n, p)
        Everything but the arms, with effects absorbed and the root of the weights; independent.
    groups : ndarray of int or None
        Effects that are absorbed; None: the constant is one of `others`.
    exact : bool
        Whether the absorbed effects leave CR2 exact.
    dropped : tuple of str
        Covariates that others explain.
    """

    trial: Trial
    moderators: Floats
    others: Floats
    groups: Ints | None
    exact: bool
    dropped: tuple[str, ...] = ()

    @property
    def contrasts(self) -> int:
        """Number of arms but the reference one."""
        return len(self.trial.arms) - 1

    def columns(self, arm: Ints) -> Floats:
        """Return the columns of the arms, and of arms times moderators, for these arms."""
        on = (arm[:, None] == np.arange(1, self.contrasts + 1)).astype(float)
        crossed = [on[:, [j]] * self.moderators for j in range(self.contrasts)]
        return np.column_stack([on, *crossed])

    def ready(self, columns: Floats) -> Floats:
        """Return columns less the absorbed effects, times the root of the weights."""
        return absorb(columns, self.groups, self.trial.w)

    def regressors(self) -> Floats:
        """Return all regressors, those of the arms first."""
        return np.column_stack([self.ready(self.columns(self.trial.arm)), self.others])


@dataclass(frozen=True, slots=True)
class Least:
    """Least squares of one outcome: row by row, and through clusters where they are named."""

    solved: Solved
    fitted: Fit | None
    exact: bool = True


def build(trial: Trial, estimator: str) -> tuple[Model, Faults]:
    """Return the model of an estimator, and a fault when the arms cannot be told apart in it."""
    adjusted = estimator != "difference_in_means"
    x = trial.x if adjusted else np.zeros((trial.n, 0))
    names = trial.x_names if adjusted else ()
    dummies = stratum_columns(trial)
    groups, exact = _absorbed(trial, estimator, x.shape[1] + dummies.shape[1])
    if groups is not None and estimator != "lin":
        dummies = dummies[:, :0]
    constant = np.ones((trial.n, 1)) if groups is None else np.zeros((trial.n, 0))
    if estimator == "lin":
        both = np.column_stack([x, dummies])
        x = both - np.average(both, axis=0, weights=trial.w)
        dummies = dummies[:, :0]
    raw = np.column_stack([constant, dummies, x])
    made = absorb(raw, groups, trial.w)
    kept = independent_columns(made, _norms(raw, trial.w))
    first = raw.shape[1] - x.shape[1]
    dropped = tuple(name for i, name in enumerate(names) if first + i not in kept)
    chosen = x[:, [j - first for j in kept if j >= first]]
    moderators = chosen if estimator == "lin" else chosen[:, :0]
    model = Model(trial, moderators, made[:, kept], groups, exact, dropped)
    if estimator == "lin":
        model = _identified(model)
    return model, _collinear(model)


def stratum_columns(trial: Trial) -> Floats:
    """Return a column of 0 and 1 for every stratum but the first."""
    count = int(trial.stratum.max()) + 1
    return np.asarray(trial.stratum[:, None] == np.arange(1, count), dtype=float)


def nested(trial: Trial) -> bool:
    """Return whether every stratum lies within one cluster."""
    pairs = trial.stratum.astype(np.int64) * trial.n_clusters + trial.cluster
    return len(np.unique(pairs)) == int(trial.stratum.max()) + 1


def _absorbed(trial: Trial, estimator: str, wide: int) -> tuple[Ints | None, bool]:
    """Return the effects to absorb, and whether CR2 stays exact (always, where rows are alone)."""
    if not trial.clustered:
        none = np.zeros(trial.n, dtype=np.intp)
        return (none if estimator == "lin" else trial.stratum), True
    if estimator == "lin" or trial.stratum.max() == 0:
        return None, True
    if nested(trial):
        return trial.stratum, True
    small = trial.n_clusters * (wide + len(trial.arms)) ** 2 <= MOST_GRAM_CELLS
    return (None, True) if small else (trial.stratum, False)


def _norms(columns: Floats, weights: Floats) -> Floats:
    """Return the spread of each column (its size for a constant): what absorption is judged by."""
    root = np.sqrt(weights)[:, None]
    return np.asarray(np.linalg.norm(columns * root, axis=0), dtype=float)


def _identified(model: Model) -> Model:
    """Leave out moderators that some arm cannot show."""
    raw = model.columns(model.trial.arm)
    made = model.ready(raw)
    kept = set(independent_columns(made, _norms(raw, model.trial.w), after=model.others).tolist())
    k, m = model.contrasts, model.moderators.shape[1]
    good = [j for j in range(m) if all(k + i * m + j in kept for i in range(k))]
    return replace(model, moderators=model.moderators[:, good])


def _collinear(model: Model) -> Faults:
    trial = model.trial
    raw = model.columns(trial.arm)[:, : model.contrasts]
    kept = independent_columns(model.ready(raw), _norms(raw, trial.w), after=model.others)
    lost = [trial.arms[j + 1] for j in range(model.contrasts) if j not in kept]
    if not lost:
        return []
    return [
        (
            f"The covariates or strata fully explain who is in the arm {', '.join(lost)}.",
            "Leave out the covariate or stratum that says the same as the treatment.",
        )
    ]


def lin_faults(trial: Trial) -> Faults:
    """Return a fault when a stratum lacks an arm, which Lin's adjustment cannot bridge."""
    count = int(trial.stratum.max()) + 1
    held = np.zeros((count, len(trial.arms)), dtype=bool)
    held[trial.stratum, trial.arm] = True
    lacking = int((~held.all(axis=1)).sum())
    if not lacking:
        return []
    return [
        (
            f"`estimator: lin` needs every arm in every stratum; {lacking} of {count} lack one.",
            "Merge small strata, or write `estimator: ancova`.",
        )
    ]


def least(model: Model, y: Floats) -> Least:
    """Solve the model for an outcome `y` (n,)."""
    trial = model.trial
    x, left = model.regressors(), model.ready(y)
    solved = solve(x, left, model.groups, trial.w)
    if not trial.clustered:
        return Least(solved, None)
    absorbed = 0 if model.groups is None else int(model.groups.max()) + 1
    return Least(solved, fit(x, left, trial.cluster, absorbed), model.exact)
