"""A binary causal model: nodes, the types each may be of, and what is believed of them beforehand.

A type of a node says what it would be for every combination of its parents. With k parents there
are ``2**(2**k)`` types; restrictions (such as "never lowers") take some away. A case is of one type
on every node; what is seen of it rules types out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DataError, nearest

Ints = NDArray[np.int64]
MOST_PARENTS = 4
_ARROW = re.compile(r"\s*(<-|->)\s*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
Keep = Callable[[NDArray[np.bool_]], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A node with its types.

    Attributes
    ----------
    name : str
    parents : tuple of str
    types : ndarray of int, shape (t,)
        Each a row of bits: bit j is the value for the j-th combination of parents, the first
        parent counting most.
    weights : ndarray of int, shape (t,)
        Prior weights of the types; all 1 where nothing is believed beforehand.
    """

    name: str
    parents: tuple[str, ...]
    types: Ints
    weights: Ints

    def table(self) -> NDArray[np.bool_]:
        """Return the value of each type for each combination of parents, shape (t, 2**k)."""
        return ((self.types[:, None] >> np.arange(2 ** len(self.parents))) & 1).astype(bool)


@dataclass(frozen=True, slots=True, eq=False)
class CausalModel:
    """A binary causal model; `nodes` stand in an order in which parents come first."""

    nodes: tuple[Node, ...]

    def node(self, name: str) -> Node:
        """Return a node by name; raise where there is none."""
        for one in self.nodes:
            if one.name == name:
                return one
        names = [one.name for one in self.nodes]
        raise DataError(
            f"The model has no node `{name}`.{nearest(name, names)}",
            do=f"Its nodes: {', '.join(names)}.",
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the nodes, parents first."""
        return tuple(one.name for one in self.nodes)


def causal_model(statement: str) -> CausalModel:
    """Return the model of a statement such as ``"X -> M -> Y; X -> Y"``, nothing restricted.

    Raises
    ------
    DataError
        A name that is none, a circle, or a node with more than four parents.

    References
    ----------
    Humphreys and Jacobs (2023), Integrated Inferences, ch. 2 and 5 (nodal types).
    """
    parents: dict[str, list[str]] = {}
    for part in statement.split(";"):
        words = [word for word in _ARROW.split(part.strip()) if word]
        if not words:
            continue
        if len(words) % 2 == 0 or any(not _NAME.match(word) for word in words[::2]):
            raise DataError(
                f"`{part.strip()}` is no part of a model.",
                do="Write, for example, X -> M -> Y; X -> Y.",
            )
        for name in words[::2]:
            parents.setdefault(name, [])
        for left, arrow, right in zip(words[::2], words[1::2], words[2::2], strict=False):
            cause, effect = (left, right) if arrow == "->" else (right, left)
            if cause not in parents[effect]:
                parents[effect].append(cause)
    return CausalModel(tuple(_node(name, parents[name]) for name in _in_order(parents)))


def of_links(links: Iterable[tuple[str, str]]) -> CausalModel:
    """Return the model of links (from, to), such as those of a theory without its loops."""
    return causal_model("; ".join(f"{one} -> {other}" for one, other in links))


def _in_order(parents: Mapping[str, Sequence[str]]) -> list[str]:
    order: list[str] = []
    left = dict(parents)
    while left:
        ready = [name for name, above in left.items() if all(one in order for one in above)]
        if not ready:
            raise DataError(
                f"These nodes go round in a circle: {', '.join(left)}.",
                do="Leave the link out that closes the circle, or give the later state its own node.",
            )
        order += ready
        left = {name: above for name, above in left.items() if name not in ready}
    return order


def _node(name: str, parents: Sequence[str]) -> Node:
    if len(parents) > MOST_PARENTS:
        raise DataError(
            f"`{name}` has {len(parents)} parents: {2 ** (2 ** len(parents)):.3g} types.",
            do=f"At most {MOST_PARENTS} parents can be enumerated; join some or leave some out.",
        )
    types = np.arange(2 ** (2 ** len(parents)), dtype=np.int64)
    return Node(name, tuple(parents), types, np.ones(len(types), dtype=np.int64))


def restrict(model: CausalModel, node: str, keep: Keep) -> CausalModel:
    """Return the model with only some types of a node.

    Parameters
    ----------
    keep : callable
        Told the values of a type as an array with one axis of length 2 for each parent; whether
        the type is possible.

    Raises
    ------
    DataError
        No type would be left.
    """
    old = model.node(node)
    shape = (2,) * len(old.parents)
    kept = np.array([keep(one.reshape(shape)) for one in old.table()], dtype=bool)
    if not kept.any():
        raise DataError(
            f"No type of `{node}` would be left.", do="Take one of its restrictions back."
        )
    new = replace(old, types=old.types[kept], weights=old.weights[kept])
    return _with(model, new)


def monotone(model: CausalModel, cause: str, effect: str, *, falls: bool = False) -> CausalModel:
    """Return the model in which a cause never lowers its effect (or, with `falls`, never raises it)."""
    axis = _axis(model, cause, effect)

    def keep(values: NDArray[np.bool_]) -> bool:
        off, on = np.moveaxis(values, axis, 0)
        return bool((on <= off).all() if falls else (off <= on).all())

    return restrict(model, effect, keep)


def no_direct_effect(model: CausalModel, cause: str, effect: str) -> CausalModel:
    """Return the model in which a parent changes nothing by itself."""
    axis = _axis(model, cause, effect)

    def keep(values: NDArray[np.bool_]) -> bool:
        off, on = np.moveaxis(values, axis, 0)
        return bool((off == on).all())

    return restrict(model, effect, keep)


def complements(model: CausalModel, one: str, other: str, effect: str) -> CausalModel:
    """Return the model in which two causes strengthen each other, wherever other parents stand."""
    axes = (_axis(model, one, effect), _axis(model, other, effect))

    def keep(values: NDArray[np.bool_]) -> bool:
        v = np.moveaxis(values, axes, (0, 1)).astype(int)
        return bool(((v[1, 1] - v[0, 1]) > (v[1, 0] - v[0, 0])).all())

    return restrict(model, effect, keep)


def believe(model: CausalModel, node: str, weights: Sequence[int]) -> CausalModel:
    """Return the model with prior weights (whole numbers) for the types of a node, in their order."""
    old = model.node(node)
    made = np.asarray(weights)
    if (
        made.shape != old.types.shape
        or (made < 0).any()
        or not made.any()
        or made.dtype.kind not in "iu"
    ):
        raise DataError(
            f"`{node}` has {len(old.types)} types; {weights!r} are no weights for them.",
            do="Give a whole number from 0 for each type, not all 0.",
        )
    return _with(model, replace(old, weights=made.astype(np.int64)))


def _axis(model: CausalModel, cause: str, effect: str) -> int:
    parents = model.node(effect).parents
    if cause not in parents:
        raise DataError(
            f"`{cause}` is no parent of `{effect}`.{nearest(cause, parents)}",
            do=f"Its parents: {', '.join(parents) or 'none'}.",
        )
    return parents.index(cause)


def _with(model: CausalModel, node: Node) -> CausalModel:
    return CausalModel(tuple(node if one.name == node.name else one for one in model.nodes))
