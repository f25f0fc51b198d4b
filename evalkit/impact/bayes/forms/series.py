"""Bayesian form of `interrupted_time_series`: the counterfactual, learnt before the start.

A line, the season, a control series and covariates are fitted to the periods before the start, with
errors that remember (AR(1)), or a level that wanders; what they lead to expect afterwards, with all
its uncertainty, is taken from what was seen. No form of the change is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common_priors import Belief, Beliefs, Slot, Slots
from evalkit.impact.bayes.forms.gap import FittedGap
from evalkit.impact.bayes.forms.gap_form import Conditional, Gap, Hyper
from evalkit.impact.bayes.forms.gap_layer import Layer, System, layer
from evalkit.impact.bayes.forms.series_filter import Whitened, look_ahead, simulate, whiten
from evalkit.impact.least_squares import Floats, Ints, independent_columns
from evalkit.impact.series.read import Series
from evalkit.impact.series.regressors import season_columns

DIGITS = 10
UNIT_RULE = "the standard deviation of the series around its line before the start"
SLOTS: Slots = {
    "effect": Slot("average difference from the start on", 10.0),
    "noise": Slot("spread of a period around what was to be expected", 1.0, half=True),
    "memory": Slot("correlation of one period's error with the next (no unit)", 0.4),
    "wander": Slot("spread of the steps by which the level wanders, a period", 0.25, half=True),
    "season": Slot("height of each wave of the season", 1.0),
    "control": Slot("what follows one SD of the control series (around its own line)", 1.0),
    "covariates": Slot("what follows one SD of a covariate", 1.0),
}
"""Every prior a series may have, in units; level and slope are flat."""


@dataclass(frozen=True)
class Data:
    """A series in units, split at the start.

    Attributes
    ----------
    x : ndarray, shape (n, k)
        Level, line, season, control, covariates, every period that is seen.
    y : ndarray, shape (n,)
    position : ndarray of int, shape (n,)
    before : int
        How many periods lie before the start.
    priors : tuple of str
        Name of the prior of each column; empty for flat.
    centre, unit : float
        What was taken from the outcome, and by what it was divided.
    wanders : bool
    names : tuple of str
    """

    x: Floats
    y: Floats
    position: Ints
    before: int
    priors: tuple[str, ...]
    centre: float
    unit: float
    wanders: bool
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def after(self) -> slice:
        """The periods from the start on."""
        return slice(self.before, None)


def read_data(series: Series, *, season: int, harmonics: int, wanders: bool) -> Data:
    """Return the series in units.

    Raises
    ------
    DesignError
        When it does not vary before the start, or too few periods are seen there.
    """
    arm, other = series.treated, series.control
    control = None
    if other is not None:
        _, left, right = np.intersect1d(arm.position, other.position, return_indices=True)
        arm, control = arm.keep(left), other.y[right]
    early = arm.position < series.start
    line = np.column_stack([np.ones(len(arm.y)), (arm.position - series.start).astype(float)])
    _refuse_short(int(early.sum()), int((~early).sum()))
    residual, centre = _around(arm.y, line, early)
    unit = float(np.sqrt((residual[early] ** 2).sum() / max(int(early.sum()) - 2, 1)))
    if not unit > 1e-9 * float(np.abs(arm.y).max()):
        raise DesignError(
            "interrupted_time_series cannot be estimated: the series lies exactly on a line before "
            "the start, so nothing tells how much it varies.",
            do="Check that the series is not made by a formula; use the outcome as it was measured.",
        )
    span = max(float(np.abs(line[:, 1]).max()), 1.0)
    columns, priors, names = [line[:, 0], line[:, 1] / span], ["", ""], ["level", "slope"]
    for j, column in enumerate(season_columns(arm.position, season, harmonics).T):
        columns.append(column)
        priors.append("season")
        names.append(f"season {j + 1}")
    extra = [("control", "control series", control)] if control is not None else []
    covered = zip(series.roles.covariates, arm.covariates.T, strict=False)
    extra += [("covariates", f"covariate {name}", column) for name, column in covered]
    for prior, name, values in extra:
        left_over, _ = _around(values, line, early)
        sd = float(left_over[early].std())
        if sd > 1e-9 * float(np.abs(values).max() or 1.0):
            columns.append(left_over / sd)
            priors.append(prior)
            names.append(name)
    x = np.column_stack(columns).round(DIGITS)
    kept = independent_columns(x[early], np.linalg.norm(x[early], axis=0) + 1e-300)
    lost = [names[j] for j in range(len(names)) if j not in kept and priors[j] != "season"]
    notes = (f"Left out as they do not vary before the start: {', '.join(lost)}.",) if lost else ()
    held = [j for j in range(len(names)) if j in kept or priors[j]]
    return Data(
        x[:, held],
        ((arm.y - centre) / unit).round(DIGITS),
        arm.position,
        int(early.sum()),
        tuple(priors[j] for j in held),
        centre,
        unit,
        wanders,
        tuple(names[j] for j in held),
        notes,
    )


def _around(values: Floats, line: Floats, early: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Return values less their line before the start, and their mean there."""
    centre = float(values[early].mean())
    fitted, *_ = np.linalg.lstsq(line[early], values[early] - centre, rcond=None)
    return np.asarray(values - centre - line @ fitted), centre


def _refuse_short(before: int, after: int) -> None:
    if before < 4 or after < 1:
        raise DesignError(
            f"interrupted_time_series cannot be estimated: {before} periods before the start and "
            f"{after} from it on have both series.",
            do="Add periods, or leave out the control series.",
        )


def form_of(data: Data) -> Gap:
    """Return the form: two parameters that are not linear, everything else integrated out."""
    hyper = (
        (Hyper("noise", "spread", 0.7), Hyper("wander", "spread", 0.1))
        if data.wanders
        else (Hyper("noise", "spread", 0.9), Hyper("memory", "memory", 0.2))
    )
    used = ("effect", *(one.slot for one in hyper), *data.priors)
    slots = {name: slot for name, slot in SLOTS.items() if name in used}

    def given(values: Floats, beliefs: Beliefs) -> Conditional:
        made = _whitened(data, values)
        linear = coefficients(data, made, beliefs)
        mean, variance = average(data, values, made, linear)
        return Conditional(linear.loglik, mean, variance)

    return Gap("interrupted_time_series", hyper, given, data.unit, slots)


def _whitened(data: Data, values: Floats) -> Whitened:
    early = slice(0, data.before)
    columns = np.column_stack([data.x[early], data.y[early]])
    memory = np.ones(len(values)) if data.wanders else values[:, 1]
    return whiten(columns, data.position[early], *variances(data, values), memory)


def variances(data: Data, values: Floats) -> tuple[Floats, Floats, Floats]:
    """Return variance of the state at first, of its steps, and of the noise of a period."""
    noise2 = values[:, 0] ** 2
    if data.wanders:
        return np.zeros(len(values)), values[:, 1] ** 2, noise2
    return noise2, noise2 * (1 - values[:, 1] ** 2), np.zeros(len(values))


def coefficients(data: Data, made: Whitened, beliefs: Beliefs) -> Layer:
    """Return the Gaussian layer of the periods before the start."""
    flat = Belief(0.0, np.inf)
    own = [beliefs[name] if name else flat for name in data.priors]
    precision = np.array([1 / one.sd**2 for one in own])
    centre = np.array([one.mean for one in own])
    precision = np.broadcast_to(precision, (len(made.logdet), len(own)))
    return layer(System(made.products, made.logdet, precision, centre))


def average(data: Data, values: Floats, made: Whitened, linear: Layer) -> tuple[Floats, Floats]:
    """Return mean and variance of the average difference from the start on, given parameters.

    What was seen less the line is, on average, the effect, plus what is left of the last error
    before the start, plus later steps and noise.
    """
    later = look_ahead(_ahead(data), _memory(data, values))
    # the state at the end of the early periods is what the filter left of y less that of x
    slopes = data.x[data.after].mean(axis=0) - later.kept[:, None] * made.state[:, :-1]
    seen = float(data.y[data.after].mean()) - later.kept * made.state[:, -1]
    mean = seen - (slopes * linear.mean).sum(axis=1)
    _, step, noise = variances(data, values)
    variance = linear.variance(slopes) + later.kept**2 * made.variance
    return mean, variance + step * later.spread + noise / len(_ahead(data))


def _memory(data: Data, values: Floats) -> Floats:
    return np.ones(len(values)) if data.wanders else values[:, 1]


def _ahead(data: Data) -> Ints:
    return np.asarray(data.position[data.after] - data.position[data.before - 1])


def paths(data: Data, fitted: FittedGap, seed: int) -> tuple[Floats, Floats]:
    """Return draws of the counterfactual from the start on, and of the difference, in units.

    Both have shape (chains, draws, periods). The differences average to the effect's own draws: of
    its path only what the average leaves open is drawn anew (Gaussian conditioning).
    """
    rng = np.random.default_rng([seed, 103])
    values = fitted.hyper.reshape(-1, fitted.hyper.shape[-1])
    made = [
        _paths(data, values[rows], fitted.theta.ravel()[rows], fitted.beliefs, rng)
        for rows in np.array_split(np.arange(len(values)), max(1, len(values) // 1000))
    ]
    difference = np.concatenate(made).reshape(*fitted.theta.shape, -1)
    return data.y[data.after] - difference, difference


def _paths(
    data: Data, values: Floats, theta: Floats, beliefs: Beliefs, rng: np.random.Generator
) -> Floats:
    made, memory, ahead = _whitened(data, values), _memory(data, values), _ahead(data)
    linear, later = coefficients(data, made, beliefs), look_ahead(ahead, memory)
    _, step, noise = variances(data, values)
    x, y = data.x[data.after], data.y[data.after]
    coef = linear.draw(rng)
    last = made.state[:, -1] - (made.state[:, :-1] * coef).sum(axis=1)
    last = last + np.sqrt(made.variance) * rng.standard_normal(len(last))
    errors = simulate(ahead, last, memory, step, rng)
    errors = errors + np.sqrt(noise)[:, None] * rng.standard_normal(errors.shape)
    drawn = y - coef @ x.T - errors
    # covariance of each period with the average: of the coefficients, the last state, later errors
    slopes = x[None] - later.reach[:, :, None] * made.state[:, None, :-1]
    half = np.linalg.solve(linear.root, np.swapaxes(slopes, 1, 2))
    with_average = (half * half.mean(axis=2, keepdims=True)).sum(axis=1)
    with_average += (made.variance * later.kept)[:, None] * later.reach
    with_average += step[:, None] * later.towards + noise[:, None] / len(ahead)
    towards = with_average / with_average.mean(axis=1, keepdims=True)
    return np.asarray(drawn + towards * (theta - drawn.mean(axis=1))[:, None])
