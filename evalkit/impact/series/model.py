"""A segmented regression of a series: its columns, its fit, and the contrasts that are read off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.least_squares import Floats, independent_columns
from evalkit.impact.series.counts import CountFit, negative_binomial, poisson
from evalkit.impact.series.linear import Block, Ints, fit_block
from evalkit.impact.series.read import Arm, Series
from evalkit.impact.series.regressors import level, season_columns, slope


@dataclass(frozen=True, slots=True)
class Form:
    """What the regression holds.

    Attributes
    ----------
    change : {"level", "slope", "level_and_slope", "none"}
        How the programme is taken to change the series; none where only periods before it are
        looked at.
    ramp : int
        Periods until the full level change; 1 is a step.
    season, harmonics : int
        Periods in a cycle (0 none); Fourier pairs, 0 for dummies.
    family : {"normal", "poisson", "negative_binomial"}
    """

    change: str
    ramp: int = 1
    season: int = 0
    harmonics: int = 2
    family: str = "normal"


@dataclass(frozen=True, slots=True)
class Part:
    """One fitted series of a model: its columns unweighted, and its fit.

    Attributes
    ----------
    x : ndarray, shape (n, k)
        Columns, in the order of `names`.
    y : ndarray, shape (n,)
        What was fitted, weights left out (for counts: the counts).
    block : Block
    count : CountFit or None
    """

    arm: Arm
    x: Floats
    names: tuple[str, ...]
    y: Floats
    block: Block
    count: CountFit | None


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted series: one part, or for counts with a control series two.

    Attributes
    ----------
    beta : ndarray, shape (K,)
        Coefficients of all parts, one after the other.
    sign : tuple of int
        1 for the treated part, -1 for the control part.
    """

    parts: tuple[Part, ...]
    beta: Floats
    sign: tuple[int, ...]
    form: Form
    start: int
    notes: tuple[str, ...]

    @property
    def blocks(self) -> list[Block]:
        """The parts' least-squares fits."""
        return [part.block for part in self.parts]

    def contrast(self, weights: Mapping[str, float]) -> Floats:
        """Return the combination of coefficients, treated less control, shape (K,)."""
        pieces = [
            np.array([sign * weights.get(name, 0.0) for name in part.names])
            for part, sign in zip(self.parts, self.sign, strict=True)
        ]
        return np.concatenate(pieces)

    def has(self, name: str) -> bool:
        """Return whether the model holds a column of this name."""
        return name in self.parts[0].names


def build(series: Series, form: Form) -> Model:
    """Fit the model.

    Normal outcomes with a control series: the regression of their difference (a comparative
    interrupted series; the coefficients are those of the model with every interaction). Counts
    with a control series: one regression each, read as the ratio of their rate ratios.

    Raises
    ------
    DesignError
        When the change cannot be told from the other columns, or too few points are left.
    """
    if series.control is None:
        arms, sign = [series.treated], [1]
    elif form.family == "normal":
        arms, sign = [difference(series.treated, series.control)], [1]
    else:
        arms, sign = [series.treated, series.control], [1, -1]
    parts, notes = [], []
    for arm in arms:
        part, dropped = _part(arm, series, form)
        parts.append(part)
        notes += [f"Left out because other columns already explain them: {dropped}."] * bool(
            dropped
        )
    beta = np.concatenate([part.block.beta for part in parts])
    return Model(tuple(parts), beta, tuple(sign), form, series.start, tuple(dict.fromkeys(notes)))


def difference(one: Arm, other: Arm) -> Arm:
    """Return the treated series less the control series, over the periods both have."""
    _, left, right = np.intersect1d(one.position, other.position, return_indices=True)
    a, b = one.keep(left), other.keep(right)
    return replace(a, y=a.y - b.y, covariates=a.covariates - b.covariates)


def columns(
    position: Ints, covariates: Floats, start: int, form: Form, names: Sequence[str]
) -> tuple[Floats, tuple[str, ...]]:
    """Return the regression's columns (n, k) and their names; the trend is zero at the start."""
    made: dict[str, Floats] = {
        "constant": np.ones(len(position)),
        "trend": (position - start).astype(float),
    }
    if form.change.startswith("level"):
        made["level"] = level(position, start, form.ramp)
    if form.change.endswith("slope"):
        made["slope"] = slope(position, start, form.ramp)
    for j, column in enumerate(season_columns(position, form.season, form.harmonics).T):
        made[f"season {j + 1}"] = column
    for name, column in zip(names, covariates.T, strict=False):
        made[f"covariate {name}"] = column
    return np.column_stack(list(made.values())), tuple(made)


def _part(arm: Arm, series: Series, form: Form) -> tuple[Part, str]:
    x, names = columns(arm.position, arm.covariates, series.start, form, series.roles.covariates)
    # The change comes last, so that it is what is dropped (and refused) when others explain it.
    order = sorted(range(len(names)), key=lambda j: names[j] in {"level", "slope"})
    kept = independent_columns(x[:, order], np.linalg.norm(x[:, order], axis=0))
    held = sorted(order[j] for j in kept)
    lost = [names[j] for j in range(len(names)) if j not in held]
    if {"level", "slope"} & set(lost):
        raise DesignError(
            "interrupted_time_series cannot be estimated: the covariates or the season explain the "
            "change at the start wholly, so it cannot be told from them.",
            do="Leave out the covariate that changes at the start, or the season.",
        )
    if len(x) - len(held) < 2:
        raise DesignError(
            f"interrupted_time_series cannot be estimated: {len(x)} periods cannot carry "
            f"{len(held)} parameters.",
            do="Leave out `season` or covariates, write fewer `harmonics`, or add periods.",
        )
    x, names = x[:, held], tuple(names[j] for j in held)
    return _fitted(arm, x, names, form), ", ".join(f"`{name}`" for name in lost)


def _fitted(arm: Arm, x: Floats, names: tuple[str, ...], form: Form) -> Part:
    if form.family == "normal":
        root = np.sqrt(arm.weights / arm.weights.mean())
        block = fit_block(x * root[:, None], arm.y * root, arm.position)
        return Part(arm, x, names, arm.y, block, None)
    model = poisson if form.family == "poisson" else negative_binomial
    fitted = model(x, arm.y, np.log(arm.population))
    block = fit_block(fitted.x, fitted.y, arm.position)
    return Part(arm, x, names, arm.y, block, fitted)


def average_change(model: Model, position: Ints) -> dict[str, float]:
    """Return the weights of the coefficients in the average change over these positions."""
    after = position[position >= model.start]
    form = model.form
    made = {
        "level": float(level(after, model.start, form.ramp).mean()),
        "slope": float(slope(after, model.start, form.ramp).mean()),
    }
    return {name: weight for name, weight in made.items() if model.has(name)}
