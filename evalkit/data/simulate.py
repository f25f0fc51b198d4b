"""Simulated panels with a known effect, for documentation, tests and templates.

Nothing made here is real: units are named ``sim-001`` and so on, and the frame says so in
``frame.attrs["simulated"]``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from evalkit.data.columns import no_cells
from evalkit.data.table import Table
from evalkit.errors import DataError


def simulate_panel(  # noqa: PLR0913 (each option is one feature of the world simulated)
    *,
    units: int = 40,
    periods: int = 8,
    treated: float = 0.5,
    starts: Sequence[int] = (),
    effect: float = 0.3,
    growth: float = 0.0,
    pre_trend: float = 0.0,
    correlation: float = 0.0,
    clusters: int = 0,
    cluster_sd: float = 0.3,
    unit_sd: float = 1.0,
    noise_sd: float = 1.0,
    seed: int = 1,
) -> pd.DataFrame:
    """Simulate a panel of units and periods in which the true effect is known.

    The outcome of unit i in period t is::

        unit_i + period_t + cluster_c(i),t + pre_trend * t * treated_i
        + [effect + growth * (t - start_i)] * (t >= start_i) + e_it

    where ``e_it = correlation * e_i,t-1 + sqrt(1 - correlation^2) * noise`` has standard deviation
    `noise_sd` in every period.

    Parameters
    ----------
    units, periods : int
        Size; periods are numbered from 1.
    treated : float
        Share of units that are treated (rounded; never all but at least one where above 0).
    starts : sequence of int
        First treated periods; treated units take them in turn. By default all start at half time.
    effect, growth : float
        Effect in the first treated period, and what it grows by in each later one.
    pre_trend : float
        What treated units gain on the others in every period anyway, treated or not.
    correlation : float
        Correlation of a unit's noise with that of the period before, above -1 and below 1.
    clusters : int
        Number of clusters; treatment is then given to whole clusters. 0: none.
    cluster_sd, unit_sd, noise_sd : float
        Standard deviations of the cluster's shock in each period, the unit's level, and the noise.
    seed : int
        The same seed gives the same frame.

    Returns
    -------
    pandas.DataFrame
        ``unit, time, cluster`` (where there are clusters)``, treated`` (0/1, ever)``,
        first_treated`` (NaN: never)``, post`` (1 once treated)``, outcome`` and ``true_effect``.
        It is simulated: ``frame.attrs["simulated"]`` says how.

    Raises
    ------
    DataError
        When a size, share, start or correlation is impossible.

    Examples
    --------
    >>> frame = simulate_panel(units=4, periods=3, seed=7)
    >>> frame.shape, frame.unit.iloc[0], frame.attrs["simulated"]
    ((12, 7), 'sim-001', 'simulated with seed 7; no real data')
    """
    first = tuple(starts) or (periods // 2 + 1,)
    _refuse_impossible(units, periods, treated, first, correlation)
    random = np.random.default_rng(seed)
    group = np.arange(units) % clusters if clusters else np.arange(units)
    start = _starts(group, treated, first)
    time = np.arange(1, periods + 1)
    on = time[None, :] >= start[:, None]
    since = np.where(on, time[None, :] - np.where(np.isinf(start), 0, start)[:, None], 0)
    true = np.where(on, effect + growth * since, 0.0)
    ever = np.isfinite(start)
    outcome = random.normal(0, unit_sd, units)[:, None] + random.normal(0, 0.5, periods)[None, :]
    outcome = outcome + pre_trend * time[None, :] * ever[:, None] + true
    outcome = outcome + _noise(random, units, periods, correlation) * noise_sd
    if clusters:
        outcome = outcome + random.normal(0, cluster_sd, (clusters, periods))[group]
    columns = {
        "unit": np.repeat([f"sim-{number:03d}" for number in range(1, units + 1)], periods),
        "time": np.tile(time, units),
        **({"cluster": np.repeat(group + 1, periods)} if clusters else {}),
        "treated": np.repeat(ever.astype(np.int64), periods),
        "first_treated": np.repeat(np.where(ever, start, np.nan), periods),
        "post": on.astype(np.int64).ravel(),
        "outcome": outcome.ravel(),
        "true_effect": true.ravel(),
    }
    frame = pd.DataFrame(columns)
    frame.attrs["simulated"] = f"simulated with seed {seed}; no real data"
    return frame


def _refuse_impossible(
    units: int, periods: int, treated: float, starts: Sequence[int], correlation: float
) -> None:
    wrong = ""
    if units < 2 or periods < 2:
        wrong = f"A panel of {units} units and {periods} periods is too small."
    elif not 0 <= treated <= 1:
        wrong = f"The share treated cannot be {treated}."
    elif any(not 1 <= start <= periods for start in starts):
        wrong = f"Starts {list(starts)} do not all lie in periods 1 to {periods}."
    elif not -1 < correlation < 1:
        wrong = f"The correlation cannot be {correlation}."
    if wrong:
        raise DataError(wrong, do="See the parameters of `simulate_panel`.")


def _starts(
    group: npt.NDArray[np.int64], treated: float, starts: Sequence[int]
) -> npt.NDArray[np.float64]:
    """Return each unit's first treated period (inf: never); whole groups are treated together."""
    groups = int(group.max()) + 1
    number = min(max(round(treated * groups), 1 if treated else 0), groups - 1)
    by_group = np.full(groups, np.inf)
    by_group[:number] = [starts[place % len(starts)] for place in range(number)]
    return by_group[group]


def _noise(
    random: np.random.Generator, units: int, periods: int, correlation: float
) -> npt.NDArray[np.float64]:
    """Return stationary AR(1) noise of variance 1, shape (units, periods)."""
    fresh = random.normal(0, 1, (units, periods))
    noise = fresh.copy()
    for period in range(1, periods):
        kept = correlation * noise[:, period - 1]
        noise[:, period] = kept + np.sqrt(1 - correlation**2) * fresh[:, period]
    return noise


def simulate_table(
    *, units: int = 40, periods: int = 8, effect: float = 0.3, seed: int = 1
) -> Table:
    """Return a simulated panel as a `Table` with its roles, for examples and tests."""
    frame = simulate_panel(units=units, periods=periods, effect=effect, seed=seed)
    return Table(
        id="simulated",
        frame=frame,
        lines=np.arange(1, len(frame) + 1, dtype=np.int64),
        cells=no_cells(),
        unit="unit",
        time="time",
    )
