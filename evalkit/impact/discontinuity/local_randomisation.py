"""Local randomisation: a window so narrow that the side of the cutoff is as good as random.

Cattaneo, Frandsen and Titiunik (2015, Journal of Causal Inference 3): the window is the widest in
which covariates are balanced (every test has p of at least 0.15); within it, inference is by
permutation with the numbers on each side fixed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evalkit.impact.discontinuity.sample import Sample
from evalkit.impact.least_squares import Floats, Ints
from evalkit.impact.permutation import assign, invert_permutation, two_sided

LEAST = 10
"""Rows on each side of the narrowest window."""
BALANCED = 0.15
"""A window is kept as long as no covariate has a smaller p-value (Cattaneo et al. 2015)."""
WINDOWS = 20
STEP = 2
DRAWS = 1_999
FEWER = 499
MOST_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class LocalTrial:
    """Difference in means within the window, and its permutation inference.

    ``windows`` has a row (half-width, rows below, rows above, smallest p) for each tried.
    """

    window: float
    rows: tuple[int, int]
    value: float
    std_error: float
    low: float
    high: float
    p_value: float
    smallest_p: float
    chosen_by: str
    windows: tuple[tuple[float, int, int, float], ...]


def local_randomisation(
    sample: Sample, covariates: Floats, *, seed: int, level: float
) -> LocalTrial | str:
    """Return the effect in the chosen window, or why there is none.

    Parameters
    ----------
    covariates : ndarray, shape (n, k)
        Measured before treatment; with none, the narrowest window is taken.
    """
    widths = _widths(sample)
    if not len(widths):
        return f"one side has fewer than {LEAST} rows"
    tried: list[tuple[float, int, int, float]] = []
    for place, width in enumerate(widths):
        inside = np.abs(sample.x) <= width
        p = _smallest(sample, covariates, inside, (seed, 11, place))
        treated = int((inside & sample.treated).sum())
        tried.append((float(width), int(inside.sum()) - treated, treated, p))
        if not covariates.shape[1] or p < BALANCED:
            break
    kept = [one for one in tried if not one[3] < BALANCED]
    by = "balance of covariates" if covariates.shape[1] else "fewest rows, no covariates"
    if not kept:
        kept, by = tried[:1], "fewest rows; covariates are not balanced even there"
    return _trial(sample, kept[-1], by, tuple(tried), seed=seed, level=level)


def _widths(sample: Sample) -> Floats:
    """Return half-widths: the narrowest with `LEAST` rows a side, then `STEP` more a side each."""
    low, high = (np.sort(np.abs(side.x)) for side in sample.sides())
    if min(len(low), len(high)) < LEAST:
        return np.zeros(0)
    most = min(len(low), len(high))
    places = np.arange(LEAST, most + 1, max(STEP, LEAST // 5))[:WINDOWS] - 1
    return np.unique(np.maximum(low[places], high[places]))


def _smallest(sample: Sample, covariates: Floats, inside: Floats, seed: tuple[int, ...]) -> float:
    if not covariates.shape[1]:
        return math.nan
    on = sample.treated[inside].astype(np.intp)
    made = [
        two_sided(draws, value, exact=exact)
        for values in covariates[inside].T
        if np.ptp(values) > 0
        for value, draws, _, exact in [_differences(on, values, seed, FEWER)]
    ]
    return min(made, default=1.0)


def _differences(
    on: Ints, values: Floats, seed: tuple[int, ...], most: int
) -> tuple[float, Floats, Floats, bool]:
    """Return the difference in means, its permuted values, those of treatment, and if exact."""
    draws = min(most, max(99, MOST_CELLS // len(on)))
    order = np.lexsort((on, values)).astype(np.intp)
    drawn = assign(on, draws, np.random.default_rng(seed), order)
    treated, n = int(on.sum()), len(on)
    sums = drawn.paths @ np.column_stack([values, on.astype(float)])
    totals = np.array([values.sum(), float(treated)])
    gaps = sums / treated - (totals - sums) / (n - treated)
    value = float(values[on == 1].mean() - values[on == 0].mean())
    return value, gaps[:, 0], gaps[:, 1], drawn.exact


def _trial(
    sample: Sample,
    chosen: tuple[float, int, int, float],
    by: str,
    tried: tuple[tuple[float, int, int, float], ...],
    *,
    seed: int,
    level: float,
) -> LocalTrial:
    inside = np.abs(sample.x) <= chosen[0]
    on, y = sample.treated[inside].astype(np.intp), sample.y[inside]
    value, b, a, exact = _differences(on, y, (seed, 12), DRAWS)
    low, high = invert_permutation(b, a, value, exact=exact, level=level)
    spread = [float(y[on == arm].var(ddof=1)) / int((on == arm).sum()) for arm in (0, 1)]
    return LocalTrial(
        window=chosen[0],
        rows=(chosen[1], chosen[2]),
        value=value,
        std_error=math.sqrt(sum(spread)),
        low=low,
        high=high,
        p_value=two_sided(b, value, exact=exact),
        smallest_p=chosen[3],
        chosen_by=by,
        windows=tried,
    )
