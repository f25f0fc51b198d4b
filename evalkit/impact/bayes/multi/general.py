"""Outcomes of other families: rows made few, sampled in PyMC, effects on the natural scale."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.bayes.engine import CHAINS, DIGITS, ESS_LIMIT, RHAT_LIMIT, Effort, no_compiler
from evalkit.impact.bayes.multi.blocks import Block
from evalkit.impact.bayes.multi.family_rows import SUMMED, Rows, Units
from evalkit.impact.bayes.multi.layout import Layout
from evalkit.impact.bayes.multi.pymc_model import (
    Shape,
    compiled,
    group_draws,
    noise_draws,
    parameters,
    row_model,
)
from evalkit.impact.bayes.multi.scales import Scales

EFFORTS = (
    (Effort(1000, 1500, 0.95), False),
    (Effort(2500, 2500, 0.99), False),
    (Effort(4000, 4000, 0.997), False),
    (Effort(2500, 2500, 0.99), True),
)
"""Effort, and whether groups are centred: the last attempt writes the groups down another way,
which suits groups of which much is known."""
ADJUST_SD, LEVEL_SD = 2.5, 2.5


@dataclass(frozen=True)
class Fitted:
    """Draws of a row model on the scale of its predictor, shape (chains, draws, ...).

    Attributes
    ----------
    beta : numpy.ndarray, shape (..., columns)
    groups : tuple of numpy.ndarray, shape (..., groups, features)
        One a block.
    spreads : tuple of numpy.ndarray, shape (..., features)
    correlations : tuple of numpy.ndarray, shape (...)
        Between the two features of a block; zeros where it has one.
    noise : mapping of str to numpy.ndarray
        ``sigma``, ``df``, ``overdispersion``, ``cuts``: what the family has.
    attempts : int
    how : str
        The sampling that was enough, in words.
    """

    beta: Floats
    groups: tuple[Floats, ...]
    spreads: tuple[Floats, ...]
    correlations: tuple[Floats, ...]
    noise: dict[str, Floats]
    how: str


# --- sampling -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Places:
    """Where the effects of each block stand in the one vector of all group effects.

    Attributes
    ----------
    effects : tuple of numpy.ndarray of int, shape (groups, features)
        One a block.
    spreads : tuple of numpy.ndarray of int, shape (features,)
    pairs : tuple of int
        Which correlation a block with two features has; -1 where it has one.
    groups : numpy.ndarray, shape (all effects, spreads + pairs + all effects)
        The same for the model, see `row_model`.
    """

    effects: tuple[Ints, ...]
    spreads: tuple[Ints, ...]
    pairs: tuple[int, ...]
    groups: Floats


def places_of(layout: Layout) -> Places:
    """Return the places of all blocks, one after another."""
    effects, spreads, pairs = [], [], []
    at = spread = pair = 0
    for block in layout.blocks:
        shape = (len(block.names), len(block.features))
        effects.append(at + np.arange(shape[0] * shape[1]).reshape(shape))
        spreads.append(spread + np.arange(shape[1]))
        pairs.append(pair if shape[1] == 2 else -1)
        at, spread, pair = at + shape[0] * shape[1], spread + shape[1], pair + (shape[1] == 2)
    groups = np.zeros((at, spread + pair + at))
    for own, sizes, which in zip(effects, spreads, pairs, strict=True):
        groups[own, sizes] = 1.0
        if which >= 0:
            groups[own[:, 1], spread + which] = 1.0
            groups[own[:, 1], spread + pair + own[:, 0]] = 1.0
    return Places(tuple(effects), tuple(spreads), tuple(pairs), groups)


def shape_of(layout: Layout, rows: Rows, family: str, units: Units) -> Shape:
    """Return what the compiled model depends on."""
    named = "binomial" if family == "bernoulli" else family
    spreads = sum(len(block.features) for block in layout.blocks)
    pairs = sum(len(block.features) == 2 for block in layout.blocks)
    effects = sum(len(block.features) * len(block.names) for block in layout.blocks)
    columns = rows.fixed.shape[1]
    return Shape(named, columns, effects, spreads, pairs, len(units.scores))


def data_of(
    layout: Layout, rows: Rows, family: str, units: Units, scales: Scales
) -> dict[str, Any]:
    """Return everything that is put into the compiled model."""
    mean, sd = prior_of(layout, rows, family, scales)
    widths = [
        scales.spread if feature == "effect" else scales.levels
        for block in layout.blocks
        for feature in block.features
    ]
    cuts = _first_cuts(rows, units) if family == "ordinal" else []
    places = places_of(layout)
    keys = np.column_stack([rows.codes, rows.features])
    _, first, cell = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    cells, at = np.zeros((len(first), len(places.groups))), 0
    for b, own in enumerate(places.effects):
        for j in range(own.shape[1]):
            cells[np.arange(len(first)), own[rows.codes[first, b], j]] = rows.features[first, at]
            at += 1
    return {
        "fixed": rows.fixed,
        "rows": np.array([rows.y, rows.size, rows.weight]),
        "cell": np.asarray(cell).ravel().astype("int64"),
        "cells": cells,
        "groups": places.groups,
        "prior": np.array([mean, sd]),
        "scales": np.array([*widths, scales.noise, *cuts]),
    }


def prior_of(layout: Layout, rows: Rows, family: str, scales: Scales) -> tuple[Floats, Floats]:
    """Return prior means and standard deviations of the fixed columns, on the link scale."""
    sd = {
        "level": LEVEL_SD,
        "effect": scales.effect,
        "moderators": scales.moderators,
        "adjust": ADJUST_SD,
    }
    mean = {"level": _level(rows, family), "effect": scales.effect_mean}
    means = np.array([mean.get(role, 0.0) for role in layout.roles])
    return means.round(DIGITS), np.array([sd[role] for role in layout.roles])


def _level(rows: Rows, family: str) -> float:
    """Return the link of the mean of the untreated rows, kept off the ends."""
    off = rows.treated == 0
    if family in ("student_t", "ordinal"):
        return 0.0
    y, size = rows.y[off] * rows.weight[off], rows.size[off] * rows.weight[off]
    if family in ("bernoulli", "binomial"):
        share = (y.sum() + 0.5) / (size.sum() + 1.0)
        return float(np.log(share / (1 - share)))
    return float(np.log((y.sum() + 0.5) / size.sum()))


def _first_cuts(rows: Rows, units: Units) -> list[float]:
    """Return the log odds of lying in or below each category but the last."""
    count = np.bincount(rows.y.astype(int), rows.weight, len(units.scores)) + 0.5
    share = np.cumsum(count)[:-1] / count.sum()
    return [float(one) for one in np.log(share / (1 - share))]


def sample_family(
    layout: Layout, rows: Rows, family: str, units: Units, scales: Scales, seed: int
) -> Fitted:
    """Sample a row model until the chains agree, with stated changes each time.

    Raises
    ------
    DesignError
        When R-hat stays above 1.01, an effective number of draws below 400, or any step diverges.
    """
    data = data_of(layout, rows, family, units, scales)
    shape = shape_of(layout, rows, family, units)
    trouble = ""
    for attempt, (effort, centred) in enumerate(EFFORTS, start=1):
        form = replace(shape, centred=centred)
        trace = _sample(form, data, seed, effort)
        words = _how(effort, attempt, centred=centred)
        fitted = _fitted(trace, form, data, places_of(layout), words)
        trouble = _trouble(trace, fitted)
        if not trouble:
            return fitted
    raise DesignError(
        f"The sampling of the {family} model did not converge in {len(EFFORTS)} attempts "
        f"({trouble}), so there is no result to report.",
        do="Give narrower `priors`, drop covariates or groupings, or use `family: normal`.",
    )


def _sample(shape: Shape, data: dict[str, Any], seed: int, effort: Effort) -> Any:
    """Run nutpie where it is installed, PyMC's own NUTS otherwise."""
    if importlib.util.find_spec("nutpie") is None:
        return _sample_pymc(shape, data, seed, effort)
    import nutpie

    with adapter.quiet(), no_compiler():
        return nutpie.sample(
            compiled(shape).with_data(**data),
            draws=effort.draws,
            tune=effort.tune,
            chains=CHAINS,
            cores=1,
            seed=seed,
            target_accept=effort.target_accept,
            progress_bar=False,
        )


def _sample_pymc(shape: Shape, data: dict[str, Any], seed: int, effort: Effort) -> Any:
    import pymc as pm

    with adapter.quiet(), row_model(shape):
        pm.set_data(data)
        return pm.sample(
            draws=effort.draws,
            tune=effort.tune,
            chains=CHAINS,
            cores=1,
            random_seed=seed,
            target_accept=effort.target_accept,
            progressbar=False,
        )


def _trouble(trace: Any, fitted: Fitted) -> str:
    """Return why the draws may not be used, or an empty string."""
    diverged = adapter.divergences(trace)
    if diverged:
        return f"{diverged} divergent transitions"
    watched = {"coefficients": fitted.beta, **fitted.noise}
    for b, (spread, rho) in enumerate(zip(fitted.spreads, fitted.correlations, strict=True)):
        watched[f"spread {b}"] = spread
        if rho.any():
            watched[f"correlation {b}"] = rho
    for name, draws in watched.items():
        flat = draws.reshape(*draws.shape[:2], -1)
        for j in range(flat.shape[-1]):
            found = adapter.diagnostics(flat[..., j])
            if not found.rhat <= RHAT_LIMIT:
                return f"R-hat {found.rhat:.3f} of {name}"
            if min(found.ess_bulk, found.ess_tail) < ESS_LIMIT:
                return f"only {min(found.ess_bulk, found.ess_tail):.0f} effective draws of {name}"
    return ""


def _fitted(trace: Any, shape: Shape, data: Mapping[str, Any], places: Places, how: str) -> Fitted:
    drawn = adapter.arrays(trace, parameters(shape))
    effects = group_draws(shape, drawn, data["groups"])
    spread = np.exp(drawn["log_spread"])
    none = np.zeros(spread.shape[:-1])
    rho = np.tanh(drawn["turn"]) if shape.pairs else none[..., None]
    return Fitted(
        drawn["beta"],
        tuple(effects[..., own] for own in places.effects),
        tuple(spread[..., own] for own in places.spreads),
        tuple(rho[..., pair] if pair >= 0 else none for pair in places.pairs),
        noise_draws(shape, drawn, data["scales"]),
        how,
    )


def _how(effort: Effort, attempt: int, *, centred: bool) -> str:
    which = "centred" if centred else "non-centred"
    again = "" if attempt == 1 else f", reached at attempt {attempt} with more tuning"
    return (
        f"Four chains of {effort.draws} draws after {effort.tune} of tuning, target acceptance "
        f"{effort.target_accept:g}, groups {which}{again}; no divergent transition"
    )


# --- what the draws mean --------------------------------------------------------------------------


def link_effects(layout: Layout, rows: Rows, fitted: Fitted) -> Floats:
    """Return the effect on the predictor of every row under the programme, (chains, draws, rows)."""
    on = np.flatnonzero(rows.treated == 1)
    mine = [role in ("effect", "moderators") for role in layout.roles]
    effect = fitted.beta[..., mine] @ rows.fixed[on][:, mine].T
    for b, block in enumerate(layout.blocks):
        if "effect" in block.features:
            j = block.features.index("effect")
            effect = effect + fitted.groups[b][..., rows.codes[on, b], j]
    return np.asarray(effect)


def predictor(layout: Layout, rows: Rows, fitted: Fitted, at: Ints) -> Floats:
    """Return the predictor of some rows as they are, shape (chains, draws, rows)."""
    eta = fitted.beta @ rows.fixed[at].T
    place = 0
    for b, block in enumerate(layout.blocks):
        for j in range(len(block.features)):
            eta = eta + fitted.groups[b][..., rows.codes[at, b], j] * rows.features[at, place]
            place += 1
    return np.asarray(eta)


def row_weights(rows: Rows, at: Ints, family: str) -> Floats:
    """Return how much each row counts in an average: persons, trials or exposure."""
    size = rows.size[at] if family in (*SUMMED, "negative_binomial") else 1.0
    return np.asarray(rows.weight[at] * size)


def treated_block(layout: Layout) -> Block:
    """Return the block in which the effects of sites vary."""
    name = layout.blocks[0].name
    return next(b for b in layout.blocks if b.name == name and "effect" in b.features)
