"""What is refused before any sampling: every fault of a model at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.gaussian.correlation import pairs
from evalkit.impact.gaussian.model import Model, Varying
from evalkit.impact.gaussian.structure import size

EXACT = 1e-11
"""Share of the sum of squares below which a residual is rounding."""


def need_sound(model: Model) -> None:
    """Refuse a model whose numbers cannot be used.

    Raises
    ------
    DesignError
        Naming every fault.
    """
    if not model.grams:
        raise DesignError("The model has no rows.", do="Give at least one Gram matrix.")
    faults = list(_of_grams(model)) or [
        *_of_columns(model),
        *_of_fixed(model),
        *(fault for v, one in enumerate(model.varying) for fault in _of_varying(one, v)),
        *_of_noise(model),
    ]
    faults = faults or [*_of_flat(model), *_of_exact_fits(model)]
    if faults:
        raise DesignError(
            " ".join(faults), do="Mend these numbers, or leave out what they belong to."
        )


def _of_grams(model: Model) -> Iterator[str]:
    m = size(model)
    for g, one in enumerate((*model.grams, *model.noise.cross)):
        if one.xx.shape != (m, m) or one.xy.shape != (m,):
            yield f"Gram matrix {g} has shapes {one.xx.shape} and {one.xy.shape}, not {m}."
        elif not (np.isfinite(one.xx).all() and np.isfinite(one.xy).all() and np.isfinite(one.yy)):
            yield f"Gram matrix {g} holds a missing or infinite number."


def _of_columns(model: Model) -> Iterator[str]:
    m = size(model)
    each = [np.asarray(one.columns) for one in model.fixed]
    each += [np.asarray(one.columns).ravel() for one in model.varying]
    columns = np.concatenate([np.zeros(0, dtype=np.int64), *each])
    if len(columns) and (columns.min() < 0 or columns.max() >= m):
        yield f"A column is not among the {m} coefficients."
        return
    cover = np.bincount(columns, minlength=m)
    if (cover != 1).any():
        yield f"{int((cover != 1).sum())} coefficients have no prior, or more than one."


def _of_fixed(model: Model) -> Iterator[str]:
    for one in model.fixed:
        if not np.isfinite(one.mean).all() or np.isnan(one.sd).any() or not (one.sd > 0).all():
            yield "A prior of a fixed coefficient has a mean that is not finite, or no spread."


def _of_varying(one: Varying, v: int) -> Iterator[str]:
    name = one.label or f"grouping {v}"
    groups, d = one.columns.shape
    scale = np.asarray(one.scale, dtype=float)
    if scale.shape != (d,) or not (np.isfinite(scale) & (scale > 0)).all() or not one.scale_df > 0:
        yield f"{name}: the scales of the priors must be {d} finite numbers above 0."
    if one.relation is None:
        return
    if one.relation.shape != (groups, groups) or not np.isfinite(one.relation).all():
        yield f"{name}: `relation` must be {groups} by {groups} finite numbers."
    elif not np.linalg.eigvalsh(one.relation).min() > 1e-10:
        yield f"{name}: `relation` is no correlation matrix of full rank."


def _of_noise(model: Model) -> Iterator[str]:
    noise, groups = model.noise, len(model.grams)
    if noise.known is not None:
        known = np.asarray(noise.known, dtype=float)
        if known.shape != (groups,) or not (np.isfinite(known) & (known > 0)).all():
            yield f"`known` must be {groups} finite standard deviations above 0."
    elif not (np.isfinite(noise.scale) and noise.scale > 0):
        yield "The scale of the noise's prior must be a finite number above 0."
    if not noise.cross:
        return
    if noise.known is not None or noise.pooled:
        yield "Correlated residuals need noise that is neither known nor pooled."
    if len(noise.cross) != pairs(groups):
        yield f"`cross` has {len(noise.cross)} pairs of {groups} outcomes, not {pairs(groups)}."
    if len({one.n for one in (*model.grams, *noise.cross)}) != 1:
        yield "Outcomes with correlated residuals must have the same rows."


def _of_flat(model: Model) -> Iterator[str]:
    flat = [one.columns[np.isinf(one.sd)] for one in model.fixed]
    columns = np.concatenate([np.zeros(0, dtype=np.int64), *flat])
    total = np.sum([one.xx for one in model.grams], axis=0)[np.ix_(columns, columns)]
    length = np.sqrt(np.diag(total))
    scaled = total / np.where(length > 0, np.outer(length, length), 1.0)
    if len(columns) and np.linalg.matrix_rank(scaled, tol=1e-10) < len(columns):
        yield (
            "Coefficients with a flat prior cannot be told apart with these data; a finite spread "
            "would make them."
        )


def _of_exact_fits(model: Model) -> Iterator[str]:
    """Without any residual the posterior of the noise has no finite mass (it piles up at zero)."""
    if model.noise.known is not None:
        return
    for g, one in enumerate(model.grams):
        touched = np.flatnonzero(np.diag(one.xx) > 0)
        length = np.sqrt(np.diag(one.xx)[touched])
        scaled = one.xx[np.ix_(touched, touched)] / np.outer(length, length)
        value, axes = np.linalg.eigh(scaled)
        seen = value > 1e-10
        fit = (one.xy[touched] / length) @ axes[:, seen]
        left = one.yy - float(fit**2 @ (1 / value[seen]))
        if one.n > seen.sum() and left <= EXACT * one.yy:
            yield (
                f"Noise group {g}: its {one.n:.0f} rows leave no residual, so its noise cannot be "
                "learnt (or the outcome was not centred)."
            )
