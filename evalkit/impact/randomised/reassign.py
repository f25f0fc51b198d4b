"""Randomisation inference: the treatment given again to others, as the trial's own lottery might.

Whole clusters are re-assigned where clusters were, people where people were, always within strata.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.inference import Permuted
from evalkit.impact.least_squares import Floats, Ints, sums_by
from evalkit.impact.permutation import (
    MOST_EXACT,
    Assignments,
    PathProducts,
    path_products,
    permuted_coefficients,
)
from evalkit.impact.randomised.regression import Model
from evalkit.impact.randomised.trial import Trial

Paths = NDArray[np.int8]

MOST_DRAWS = 9_999
FEWEST_DRAWS = 299
MOST_CELLS = 6_000_000
"""Units times draws: with many units fewer draws are made."""
COUNTLESS = 10**12
CHUNK = 2_000_000
"""Units times draws held in memory at once."""


@dataclass(frozen=True, slots=True)
class Lottery:
    """Who was drawn: the unit of each row, the arm and the block of each unit."""

    unit: Ints
    arm: Ints
    block: Ints
    blocks_kept: bool

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.arm)


def lottery(trial: Trial) -> Lottery | str:
    """Return the lottery of a trial, or why it cannot be repeated."""
    if not trial.by_cluster():
        pairs = trial.stratum * trial.n_clusters + (trial.cluster if trial.clustered else 0)
        block = np.unique(pairs, return_inverse=True)[1].astype(np.intp)
        return Lottery(np.arange(trial.n, dtype=np.intp), trial.arm, block, blocks_kept=True)
    if trial.mixed_clusters():
        return (
            f"{trial.mixed_clusters()} of {trial.n_clusters} clusters hold more than one arm, so it "
            "is not clear what was drawn"
        )
    count = trial.n_clusters
    arm, stratum = (np.zeros(count, dtype=np.intp) for _ in range(2))
    arm[trial.cluster], stratum[trial.cluster] = trial.arm, trial.stratum
    kept = bool((stratum[trial.cluster] == trial.stratum).all())
    return Lottery(trial.cluster, arm, stratum if kept else np.zeros_like(stratum), kept)


def possible_within(arm: Ints, block: Ints) -> int:
    """Return how many ways there are to give these arms to the units within their blocks.

    Counting ends at `COUNTLESS`.
    """
    counts = np.zeros((int(block.max()) + 1, int(arm.max()) + 1), dtype=np.intp)
    np.add.at(counts, (block, arm), 1)
    ways = 1
    for row in counts:
        left = 0
        for count in row.tolist():
            left += count
            ways *= math.comb(left, count) if min(count, left - count) < 40 else COUNTLESS
        if ways >= COUNTLESS:
            return COUNTLESS
    return ways


def draw(arm: Ints, block: Ints, draws: int, rng: np.random.Generator) -> Paths:
    """Return random assignments within blocks, shape (draws, units)."""
    keys = rng.random((draws, len(arm)))
    keys += block
    places = np.argsort(keys, axis=1)
    order = np.argsort(block, kind="stable")
    drawn = np.empty((draws, len(arm)), dtype=np.int8)
    np.put_along_axis(drawn, places, np.broadcast_to(arm[order].astype(np.int8), drawn.shape), 1)
    return drawn


def every(arm: Ints, block: Ints) -> Paths:
    """Return all assignments of two arms within blocks, shape (possible, units)."""
    first = int(arm.min())
    other = int(arm.max())
    whole = np.full((1, len(arm)), first, dtype=np.int8)
    for each in range(int(block.max()) + 1):
        members = np.flatnonzero(block == each)
        size = int((arm[members] == other).sum())
        chosen = np.array(list(itertools.combinations(members, size)), dtype=np.intp)
        part = np.zeros((len(chosen), len(arm)), dtype=np.int8)
        np.put_along_axis(part, chosen.reshape(len(chosen), size), np.int8(other - first), axis=1)
        whole = (whole[:, None, :] + part[None, :, :]).reshape(-1, len(arm))
    return whole


def reassign(model: Model, y: Floats, contrast: int, seed: int) -> Permuted | str:
    """Return the coefficient of one arm under re-assignment of it and of the reference arm.

    The other arms stay where they are. `Permuted.b` is of the outcome, `Permuted.a` of the arm's
    own observed column, both of shape (draws, 1).
    """
    drawn = lottery(model.trial)
    if isinstance(drawn, str):
        return drawn
    block = drawn.block * (len(model.trial.arms) + 1)
    block = block + np.where(np.isin(drawn.arm, (0, contrast)), 0, drawn.arm)
    block = np.unique(block, return_inverse=True)[1].astype(np.intp)
    possible = possible_within(drawn.arm, block)
    if possible < 2:
        return "no other assignment was possible within the strata"
    products = _products(model, y, drawn, contrast)
    if isinstance(products, str):
        return products
    b, a, exact = _coefficients(products, drawn, block, possible, seed)
    return Permuted(b[:, :1], a[:, :1], exact, possible)


def reassign_all(model: Model, y: Floats, seed: int) -> Floats | str:
    """Return the coefficients of all arms when all are re-assigned, shape (draws, arms - 1)."""
    drawn = lottery(model.trial)
    if isinstance(drawn, str):
        return drawn
    possible = possible_within(drawn.arm, drawn.block)
    products = _products(model, y, drawn, 1)
    if isinstance(products, str):
        return products
    b, _, _ = _coefficients(products, drawn, drawn.block, possible, seed, all_arms=True)
    return b[:, : model.contrasts]


def _products(model: Model, y: Floats, drawn: Lottery, contrast: int) -> PathProducts | str:
    """Return the products, the columns of `contrast` first, or why they cannot be had."""
    trial, count = model.trial, len(model.trial.arms)
    under = np.stack([model.columns(np.full(trial.n, s, dtype=np.intp)) for s in range(count)])
    first = [contrast - 1, *(j for j in range(under.shape[2]) if j != contrast - 1)]
    under, others = under[:, :, first], model.others
    if model.groups is not None and _shares_fixed(model):
        under = under - _group_shares(model, first)
    elif model.groups is not None:
        effects = _effect_columns(model)
        if isinstance(effects, str):
            return effects
        others = np.column_stack([effects, others])
    return path_products(
        under,
        others,
        model.ready(y),
        clusters=drawn.unit,
        units=None,
        weights=trial.w,
        observed=drawn.arm,
    )


def _shares_fixed(model: Model) -> bool:
    """Return whether each absorbed group keeps its shares of the arms when rows are re-assigned."""
    alike = float(np.ptp(model.trial.w)) < 1e-12
    return alike and not model.moderators.shape[1] and not model.trial.by_cluster()


def _group_shares(model: Model, order: list[int]) -> Floats:
    """Return the share of each arm in the absorbed group of each row."""
    groups = model.groups if model.groups is not None else np.zeros(model.trial.n, dtype=np.intp)
    count = int(groups.max()) + 1
    on = model.columns(model.trial.arm)[:, order]
    size = sums_by(np.ones(len(on)), groups, count)
    return np.asarray((sums_by(on, groups, count) / size[:, None])[groups])


def _effect_columns(model: Model) -> Floats | str:
    """Return the absorbed effects as columns with the root of the weights."""
    groups = model.groups if model.groups is not None else np.zeros(model.trial.n, dtype=np.intp)
    count = int(groups.max()) + 1
    if count * model.trial.n * len(model.trial.arms) > MOST_CELLS:
        return f"there are {count} strata, too many to re-assign within at these weights"
    on = (groups[:, None] == np.arange(count)).astype(float)
    return np.asarray(on * np.sqrt(model.trial.w)[:, None])


def _coefficients(
    products: PathProducts,
    drawn: Lottery,
    block: Ints,
    possible: int,
    seed: int,
    *,
    all_arms: bool = False,
) -> tuple[Floats, Floats, bool]:
    """Return coefficients under all assignments where they are few, else under random ones."""
    arm, count = drawn.arm, drawn.count
    if possible <= MOST_EXACT and not all_arms and possible * count <= MOST_CELLS:
        paths = _every_of_two(arm, block)
        return (
            *permuted_coefficients(products, Assignments(paths, exact=True, possible=possible)),
            True,
        )
    draws = int(np.clip(MOST_CELLS // count, FEWEST_DRAWS, MOST_DRAWS))
    step = max(CHUNK // count, 1)
    rng = np.random.default_rng([seed, 1])
    parts = [
        permuted_coefficients(
            products,
            Assignments(
                draw(arm, block, min(step, draws - start), rng), exact=False, possible=possible
            ),
        )
        for start in range(0, draws, step)
    ]
    return np.concatenate([b for b, _ in parts]), np.concatenate([a for _, a in parts]), False


def _every_of_two(arm: Ints, block: Ints) -> Paths:
    """Return all assignments where each block holds at most two arms."""
    moving = np.array(
        [len(np.unique(arm[block == each])) > 1 for each in range(int(block.max()) + 1)]
    )[block]
    local = np.unique(block[moving], return_inverse=True)[1].astype(np.intp)
    some = every(arm[moving], local)
    paths = np.tile(arm.astype(np.int8), (len(some), 1))
    paths[:, moving] = some
    return paths
