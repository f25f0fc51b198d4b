"""The top of the density of the free numbers, its curvature there, and density that never breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.gaussian import marginal, noise
from evalkit.impact.gaussian import slopes as exact
from evalkit.impact.gaussian.hyper import count, cuts
from evalkit.impact.gaussian.marginal import Problem
from evalkit.impact.gaussian.model import Floats

FAR = 14.0
"""Logs of standard deviations beyond this (in units of the prior) are given no probability."""
STEP = 1e-4
FLATTEST = 0.1
"""Curvature is taken to be at least this: no free number is looked for over more than three."""


@dataclass(frozen=True)
class Top:
    """The highest point, and the covariance its curvature stands for."""

    at: Floats
    cov: Floats


def density(p: Problem, eta: Floats) -> Floats:
    """Return the log density, minus infinity where it is out of reach of the arithmetic."""
    return _reached(p, eta, lambda one: marginal.log_density(p, one)[:, None])[:, 0]


def slopes(p: Problem, eta: Floats) -> tuple[Floats, Floats]:
    """Return log density and slopes; minus infinity and zeros where out of reach."""
    found = _reached(p, eta, lambda one: np.column_stack(exact.slopes(p, one)))
    lost = np.asarray(~np.isfinite(found).all(axis=1))
    return np.where(lost, -np.inf, found[:, 0]), np.where(lost[:, None], 0.0, found[:, 1:])


def _reached(p: Problem, eta: Floats, of: Callable[[Floats], Floats]) -> Floats:
    """Return what a function gives within reach; elsewhere the first column is minus infinity."""
    with np.errstate(all="ignore"):
        near = _within_reach(p, eta)
        found = _tried(eta[near], of) if near.any() else np.zeros((0, 1))
    out = np.full((len(eta), max(found.shape[1], 1)), -np.inf)
    out[near] = np.where(np.isnan(found), -np.inf, found)
    return out if near.any() else np.full((len(eta), 1 + eta.shape[1]), -np.inf)


def _within_reach(p: Problem, eta: Floats) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = np.abs(eta).max(axis=1, initial=0.0) < FAR
    if not p.model.noise.pooled or p.model.noise.known is not None:
        return near
    sd = noise.unpack(p.model, eta[:, cuts(p.model)[2]], p.guess).sd / p.model.noise.scale
    return np.asarray(near & (np.abs(np.log(sd)) < FAR).all(axis=1))


def _tried(eta: Floats, of: Callable[[Floats], Floats]) -> Floats:
    """Return what a function gives, looking for the points at which it breaks down by halving."""
    try:
        return of(eta)
    except np.linalg.LinAlgError:
        if len(eta) == 1:
            return np.full((1, 1 + eta.shape[1]), -np.inf)
    halves = [_tried(one, of) for one in np.array_split(eta, 2)]
    width = min(one.shape[1] for one in halves)
    return np.concatenate([one[:, :width] for one in halves])


def top(p: Problem) -> Top:
    """Return the highest of what is found from two starts, and the covariance there."""
    from scipy.optimize import minimize

    def down(eta: Floats) -> tuple[float, Floats]:
        value, slope = slopes(p, eta[None])
        return (-float(value[0]), -slope[0]) if np.isfinite(value[0]) else (1e300, -slope[0])

    limits = [(-FAR + 1, FAR - 1)] * count(p.model)
    found: list[Any] = [
        minimize(down, one, jac=True, method="L-BFGS-B", bounds=limits) for one in _starts(p)
    ]
    best = np.asarray(min(found, key=lambda one: float(one.fun)).x)
    return Top(best, _covariance(p, best))


def _starts(p: Problem) -> list[Floats]:
    """Return two starts: groups that differ, and groups that hardly do."""
    free = count(p.model)
    scales, _, noise_cut = cuts(p.model)
    level = np.clip(p.guess.log_noise, 2 - FAR, FAR - 2)
    starts = []
    for lower in (1.0, 3.0):
        start = np.zeros(free)
        start[: scales[-1].stop if scales else 0] = -lower
        if p.model.noise.known is None:
            typical = [float(level.mean()), -1.0]
            told = np.append(0 * level, typical) if p.model.noise.pooled else level
            start[noise_cut.start : noise_cut.start + len(told)] = told
        starts.append(start)
    return starts


def _covariance(p: Problem, at: Floats) -> Floats:
    """Return the inverse of the curvature, made positive where the top is flat."""
    k = len(at)
    move = np.vstack([STEP * np.eye(k), -STEP * np.eye(k)])
    slope = slopes(p, at + move)[1]
    bend = -(slope[:k] - slope[k:]) / (2 * STEP)
    value, axes = np.linalg.eigh((bend + bend.T) / 2)
    return np.asarray((axes / np.clip(value, FLATTEST, None)) @ axes.T)
