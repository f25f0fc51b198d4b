"""How a model falls apart: into independent models, and each into leaves around a few hubs.

Given the hubs (fixed coefficients, and groupings that cross others) the leaves are independent of
one another, so that all are eliminated at once, each by its own small matrix. Every leaf has the
same slots, one for a group of each `Varying`; slots that a leaf does not need stay empty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.gaussian.model import Fixed, Gram, Ints, Model, Varying

Bools = NDArray[np.bool_]


def size(model: Model) -> int:
    """Return how many coefficients a model has."""
    return len(model.grams[0].xy)


@dataclass(frozen=True)
class Part:
    """An independent part of a model, and where its pieces stand in the whole."""

    model: Model
    columns: Ints
    noise: Ints
    varying: Ints


def parts(model: Model) -> tuple[Part, ...]:
    """Return the independent models that a model consists of."""
    m, groups = size(model), len(model.grams)
    above = list(range(m + groups + len(model.varying)))
    for g, one in enumerate(model.grams):
        touched = np.flatnonzero((one.xx != 0).any(axis=0) | (one.xy != 0))
        _join(above, [m + g, *touched])
    for v, it in enumerate(model.varying):
        _join(above, [m + groups + v, *it.columns.ravel()])
    if model.noise.known is None and (model.noise.pooled or model.noise.cross):
        _join(above, [m + g for g in range(groups)])
    label = np.array([_top(above, i) for i in range(len(above))])
    first = label[m]  # what no row speaks of keeps its prior, and goes with the first noise group
    label[~np.isin(label, label[m : m + groups])] = first
    cut = (label[:m], label[m : m + groups], label[m + groups :])
    return tuple(
        _part(model, *(np.flatnonzero(one == which) for one in cut))
        for which in dict.fromkeys(label[m : m + groups].tolist())
    )


def _part(model: Model, columns: Ints, noise: Ints, varying: Ints) -> Part:
    if len(columns) == size(model) and len(noise) == len(model.grams):
        return Part(model, columns, noise, varying)
    place = np.full(size(model), -1)
    place[columns] = np.arange(len(columns))
    cut = np.ix_(columns, columns)
    own = tuple(Gram(g.xx[cut], g.xy[columns], g.yy, g.n) for g in (model.grams[i] for i in noise))
    fixed = []
    for it in model.fixed:
        mine = place[it.columns] >= 0
        if mine.any():
            fixed.append(Fixed(place[it.columns[mine]], it.mean[mine], it.sd[mine]))
    its = tuple(replace(v, columns=place[v.columns]) for v in (model.varying[i] for i in varying))
    known = model.noise.known
    kept = replace(model.noise, known=None if known is None else np.asarray(known)[noise])
    return Part(Model(own, tuple(fixed), its, kept), columns, noise, varying)


@dataclass(frozen=True)
class Layout:
    """Which coefficients are hubs, and which leaves there are.

    Attributes
    ----------
    hub : numpy.ndarray of int, shape (r,)
    leaf : numpy.ndarray of int, shape (leaves, width)
        -1 where a leaf leaves a slot empty.
    slots : tuple of (int, int)
        Which `Varying` each slot of a leaf belongs to, and the position at which it begins.
    """

    hub: Ints
    leaf: Ints
    slots: tuple[tuple[int, int], ...]


def layout(model: Model) -> Layout:
    """Return hubs and leaves: the smaller groupings become hubs as long as that saves work."""
    near = np.zeros((size(model), size(model)), dtype=bool)
    for one in (*model.grams, *model.noise.cross):
        near |= one.xx != 0
    order = sorted(range(len(model.varying)), key=lambda v: model.varying[v].columns.size)
    # groups that are related to each other are no leaves
    free = [v for v in order if model.varying[v].relation is None]
    found = [_laid_out(model, near, free[skip:]) for skip in range(len(free) + 1)]
    return min(found, key=_work)


def _work(one: Layout) -> float:
    """Return roughly how many operations one evaluation takes."""
    (leaves, d), r = one.leaf.shape, len(one.hub) + 1
    return float(leaves * d * (2 * d**2 + 2 * d * r + r**2) + 4 * r**3)


def _laid_out(model: Model, near: Bools, free: list[int]) -> Layout:
    hub = [it.columns for it in model.fixed]
    hub += [v.columns.ravel() for i, v in enumerate(model.varying) if i not in free]
    hubs = np.concatenate([np.zeros(0, dtype=np.int64), *hub])
    if not free:
        return Layout(hubs, np.full((1, 1), -1), ())  # one leaf with nothing in it
    owner = _leaf_of(model, near, free)
    count = 1 + max(int(one.max()) for one in owner.values())
    columns: list[Ints] = []
    slots: list[tuple[int, int]] = []
    at = 0
    for v in free:
        d = model.varying[v].columns.shape[1]
        most = int(np.bincount(owner[v]).max())
        slots += [(v, at + s * d) for s in range(most)]
        at += most * d
        columns.append(_in_slots(model.varying[v], owner[v], count, most))
    return Layout(hubs, np.hstack(columns), tuple(slots))


def _in_slots(one: Varying, owner: Ints, leaves: int, most: int) -> Ints:
    """Return the columns of one `Varying` in the slots of the leaves that own its groups."""
    order = np.argsort(owner, kind="stable")
    begins = np.searchsorted(owner[order], owner[order], side="left")
    slot = np.arange(len(owner)) - begins
    out = np.full((leaves, most, one.columns.shape[1]), -1)
    out[owner[order], slot] = one.columns[order]
    return out.reshape(leaves, -1)


def _leaf_of(model: Model, near: Bools, free: list[int]) -> dict[int, Ints]:
    """Return the leaf of each group of each free `Varying`: whatever rows connect is one leaf."""
    starts = np.cumsum([0, *(len(model.varying[v].columns) for v in free)])
    above = list(range(int(starts[-1])))
    group = np.full(size(model), -1)
    for start, v in zip(starts, free, strict=False):
        columns = model.varying[v].columns
        group[columns] = start + np.arange(len(columns))[:, None]
    inside = np.flatnonzero(group >= 0)
    i, j = np.nonzero(near[np.ix_(inside, inside)])
    pairs = np.unique(np.column_stack([group[inside[i]], group[inside[j]]]), axis=0)
    for first, second in pairs.tolist():
        _join(above, [first, second])
    label = np.array([_top(above, i) for i in range(len(above))])
    code = np.unique(label, return_inverse=True)[1].ravel()
    return {
        v: code[start : start + len(model.varying[v].columns)]
        for start, v in zip(starts, free, strict=False)
    }


def _top(above: list[int], one: int) -> int:
    while above[one] != one:
        above[one] = above[above[one]]
        one = above[one]
    return one


def _join(above: list[int], members: list[int]) -> None:
    first = _top(above, int(members[0]))
    for one in members[1:]:
        above[_top(above, int(one))] = first
