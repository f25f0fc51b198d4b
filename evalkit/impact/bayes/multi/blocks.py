"""Blocks of groups whose levels, changes and effects vary: sites, areas, memberships, clusters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.read import Bools, Seen

Kind = Literal["change", "within", "between"]
Feature = Literal["level", "late", "effect"]


@dataclass(frozen=True)
class Block:
    """Groups that a row belongs to, and which of their features vary.

    Attributes
    ----------
    name : str
        The column, or what was made of it.
    names : tuple of str
        The groups.
    codes : numpy.ndarray of int, shape (rows, memberships)
    share : numpy.ndarray, shape (rows, memberships)
        1 where a row belongs to one group only.
    features : tuple of str
        Two are correlated.
    """

    name: str
    names: tuple[str, ...]
    codes: Ints
    share: Floats
    features: tuple[Feature, ...]


def mixed_groups(site: Ints, treated: Ints, count: int) -> Bools:
    """Return which of some groups hold treated and untreated rows."""
    on = np.bincount(site, treated, count)
    every = np.bincount(site, minlength=count)
    return np.asarray((on > 0) & (on < every))


def blocks_of(
    seen: Seen, asked: Asked, use: Bools, kind: Kind
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return the blocks of a model, and notes on what could not be told apart."""
    label = seen.label[asked.columns.site]
    treated = seen.treated[use]
    made = _site_blocks(asked.columns.site, label.code[use], label.names, treated, kind)
    notes: list[str] = []
    for name in (asked.area, *asked.crossed):
        if name:
            one = seen.label[name]
            found, told = _group_block(name, one.code[use], one.names, treated, kind)
            made += found
            notes += told
    if asked.members:
        made += _member_blocks(seen, asked, use, treated)
    made += _inner_blocks(seen, asked, use, kind)
    return tuple(made), tuple(notes)


def _single(name: str, code: Ints, names: tuple[str, ...], features: tuple[Feature, ...]) -> Block:
    """Return a block of the groups that occur, each row in one of them."""
    kept, dense = np.unique(code, return_inverse=True)
    own = tuple(names[i] for i in kept)
    codes = np.asarray(dense).reshape(-1, 1)
    return Block(name, own, codes, np.ones(codes.shape), features)


def _only(block: Block, rows: Bools) -> Block:
    """Return the block with the groups of some rows alone; the others belong to none."""
    kept, dense = np.unique(block.codes[rows, 0], return_inverse=True)
    codes, share = np.zeros(block.codes.shape, dtype=int), np.zeros(block.share.shape)
    codes[rows, 0], share[rows, 0] = np.asarray(dense).ravel(), 1.0
    return replace(block, names=tuple(block.names[i] for i in kept), codes=codes, share=share)


def _site_blocks(
    name: str, code: Ints, names: tuple[str, ...], treated: Ints, kind: Kind
) -> list[Block]:
    if kind == "within":
        return [_single(name, code, names, ("level", "effect"))]
    level: tuple[Feature, ...] = ("level", "late") if kind == "change" else ("level",)
    every = _single(name, code, names, level)
    return [every, _only(replace(every, features=("effect",)), treated == 1)]


def _group_block(
    name: str, code: Ints, names: tuple[str, ...], treated: Ints, kind: Kind
) -> tuple[list[Block], list[str]]:
    """Return the block of an area or a crossed grouping, with effects where they can be told."""
    mixed = mixed_groups(code, treated, len(names))
    level: Feature = "late" if kind == "change" else "level"
    if mixed.sum() >= 2:
        return [_single(name, code, names, (level, "effect"))], []
    note = (
        f"Fewer than two groups of `{name}` hold treated and untreated rows: how its effects differ "
        "cannot be told from its levels, which alone are modelled."
    )
    return [_single(name, code, names, (level,))], [note]


def _member_blocks(seen: Seen, asked: Asked, use: Bools, treated: Ints) -> list[Block]:
    """Return the block of multiple membership: shares of each row add to one."""
    codes = np.column_stack([seen.label[name].code[use] for name in asked.members])
    if asked.member_weights:
        share = np.column_stack([seen.number[name][use] for name in asked.member_weights])
        share = np.nan_to_num(share)
    else:
        share = np.ones(codes.shape)
    share = np.where(codes >= 0, share, 0.0)
    total = share.sum(axis=1, keepdims=True)
    share = share / np.where(total > 0, total, 1.0)
    names = seen.label[asked.members[0]].names
    on = np.bincount(codes[share > 0], (share * treated[:, None])[share > 0], len(names))
    every = np.bincount(codes[share > 0], share[share > 0], len(names))
    both = ((on > 1e-9) & (on < every - 1e-9)).sum()
    level: Feature = "late" if asked.columns.time else "level"
    features: tuple[Feature, ...] = (level, "effect") if both >= 2 else (level,)
    kept = np.flatnonzero(every > 0)
    place = np.zeros(len(names), dtype=int)
    place[kept] = np.arange(len(kept))
    return [
        Block(
            " + ".join(asked.members),
            tuple(names[i] for i in kept),
            place[np.maximum(codes, 0)],
            share,
            features,
        )
    ]


def _inner_blocks(seen: Seen, asked: Asked, use: Bools, kind: Kind) -> list[Block]:
    """Return the blocks inside sites: clusters in each arm, and cells of site and period."""
    role = asked.columns
    site, treated = seen.label[role.site].code[use], seen.treated[use]
    made: list[Block] = []
    if asked.family == "normal":  # rows are means of these cells already
        return made
    if role.cluster and role.cluster != role.site and kind != "change":
        made.append(_cells(role.cluster, [seen.label[role.cluster].code[use], site, treated]))
    if kind == "change":
        time = seen.label[role.time].code[use]
        cells = _cells(f"{role.site} and {role.time}", [site, time])
        repeated = len(cells.names) < 0.67 * len(site)
        if repeated or asked.family in ("binomial", "poisson"):
            made.append(cells)
    return made


def _cells(name: str, keys: list[Ints]) -> Block:
    code = np.unique(np.array(keys).T, axis=0, return_inverse=True)[1]
    code = np.asarray(code).ravel()
    names = tuple(str(i) for i in range(int(code.max()) + 1))
    return _single(name, code, names, ("level",))
