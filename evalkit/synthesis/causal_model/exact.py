"""Exact answers from a binary causal model: every combination of types is counted."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DataError
from evalkit.synthesis.causal_model.model import CausalModel, Node

Values = dict[str, NDArray[np.bool_]]
MOST_COMBINATIONS = 4_000_000
CHAIN_CAUTION = (
    "Confirming every step of a chain says little of the whole: each step could have come about "
    "without the one before it."
)
"""Said wherever a chain is reported; see `chain_caution` for its numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Every combination of types of a model.

    Attributes
    ----------
    model : CausalModel
    pick : dict of str to ndarray of int, shape (combinations,)
        Place of the type of each node.
    weight : ndarray, shape (combinations,)
        Prior weight: whole numbers, as Python's where 64 bits could be too few.
    """

    model: CausalModel
    pick: Mapping[str, NDArray[np.intp]]
    weight: NDArray[np.object_] | NDArray[np.int64]

    def values(self, set_to: Mapping[str, bool | NDArray[np.bool_]] | None = None) -> Values:
        """Return the value of each node in each combination, some nodes set by hand."""
        made: Values = {}
        count = len(self.weight)
        for node in self.model.nodes:
            if set_to is not None and node.name in set_to:
                made[node.name] = np.broadcast_to(np.asarray(set_to[node.name], dtype=bool), count)
                continue
            place = np.zeros(count, dtype=np.int64)
            for parent in node.parents:
                place = 2 * place + made[parent]
            made[node.name] = ((node.types[self.pick[node.name]] >> place) & 1).astype(bool)
        return made


def world_of(model: CausalModel) -> World:
    """Return every combination of types.

    Raises
    ------
    DataError
        More than four million: refused before any memory is taken.
    """
    sizes = [len(node.types) for node in model.nodes]
    total = 1
    for size in sizes:
        total *= size
    if total > MOST_COMBINATIONS:
        raise DataError(
            f"The model has {total:.3g} combinations of types; {MOST_COMBINATIONS:,} can be counted.",
            do="Restrict types (monotone effects), or take a part of the model.",
        )
    index = np.unravel_index(np.arange(total), sizes)
    pick = {node.name: at for node, at in zip(model.nodes, index, strict=True)}
    weight = np.ones(total, dtype=np.int64)
    big = _largest(model.nodes) * total >= 2**62
    made = weight.astype(object) if big else weight
    for node in model.nodes:
        made = made * (node.weights.astype(object) if big else node.weights)[pick[node.name]]
    return World(model, pick, made)


def _largest(nodes: Sequence[Node]) -> int:
    product = 1
    for node in nodes:
        product *= int(node.weights.max())
    return product


def probability(
    world: World, event: NDArray[np.bool_], given: NDArray[np.bool_] | None = None
) -> Fraction | None:
    """Return the probability of an event as an exact fraction; None where `given` cannot be."""
    whole = world.weight if given is None else world.weight[given]
    part = world.weight[event] if given is None else world.weight[event & given]
    total = _sum(whole)
    return Fraction(_sum(part), total) if total else None


def _sum(weights: NDArray[np.int64] | NDArray[np.object_]) -> int:
    return int(sum(weights.tolist())) if len(weights) else 0


def seen(world: World, case: Mapping[str, int | None]) -> NDArray[np.bool_]:
    """Return the combinations that what is seen of a case leaves; None and left-out nodes are open."""
    values = world.values()
    made = np.ones(len(world.weight), dtype=bool)
    for name, value in case.items():
        world.model.node(name)
        if value is not None:
            made &= values[name] == bool(value)
    return made


def caused(world: World, cause: str, effect: str) -> NDArray[np.bool_]:
    """Return the combinations in which, had the cause been otherwise, the effect would have been."""
    world.model.node(cause), world.model.node(effect)
    values = world.values()
    other = world.values({cause: ~values[cause]})
    return np.asarray(values[effect] != other[effect])


def raises(world: World, cause: str, effect: str) -> NDArray[np.bool_]:
    """Return the combinations in which the effect comes with the cause and not without it."""
    on, off = (world.values({cause: one})[effect] for one in (True, False))
    return np.asarray(on & ~off)


def probability_caused(
    model: CausalModel, cause: str, effect: str, case: Mapping[str, int | None]
) -> Fraction | None:
    """Return the probability that a cause made an effect in a case, given what is seen of it.

    Parameters
    ----------
    case : mapping of str to 0, 1 or None
        What is seen; nodes that nobody looked at are None or left out.

    Returns
    -------
    fractions.Fraction or None
        None where the model rules out what was seen.
    """
    world = world_of(model)
    return probability(world, caused(world, cause, effect), seen(world, case))


def average_effect(
    model: CausalModel, cause: str, effect: str, case: Mapping[str, int | None] | None = None
) -> Fraction | None:
    """Return the expected effect of a cause, among cases that look like `case`."""
    world = world_of(model)
    on, off = (world.values({cause: one})[effect] for one in (True, False))
    given = seen(world, case or {})
    up = probability(world, on & ~off, given)
    down = probability(world, off & ~on, given)
    return None if up is None or down is None else up - down


@dataclass(frozen=True, slots=True)
class Clue:
    """What looking at a node would be worth.

    Attributes
    ----------
    node : str
    chance_present : Fraction
        Of finding it, given what is seen already.
    if_present, if_absent : Fraction or None
        The probability then.
    expected_variance : Fraction
        Expected variance of the answer after looking; `now` before.
    now : Fraction
    """

    node: str
    chance_present: Fraction
    if_present: Fraction | None
    if_absent: Fraction | None
    expected_variance: Fraction
    now: Fraction


def value_of_looking(
    model: CausalModel, cause: str, effect: str, case: Mapping[str, int | None], node: str
) -> Clue | None:
    """Return what looking at a node would tell of whether the cause made the effect here.

    None where the model rules out what was seen.
    """
    world = world_of(model)
    query, given = caused(world, cause, effect), seen(world, case)
    present = world.values()[model.node(node).name]
    chance, now = probability(world, present, given), probability(world, query, given)
    if chance is None or now is None:
        return None
    yes, no = (probability(world, query, given & one) for one in (present, ~present))
    after = sum(
        (weight * p * (1 - p) for weight, p in ((chance, yes), (1 - chance, no)) if p is not None),
        Fraction(0),
    )
    return Clue(node, chance, yes, no, after, now * (1 - now))


def chain_caution(steps: int) -> tuple[Fraction, Fraction]:
    """Return the probability that the first of a chain caused the last, seen at both ends and throughout.

    For a chain of `steps` links, none of which ever lowers, nothing else believed beforehand, in a
    case where first and last are present: without looking between, and with every step confirmed.
    """
    from evalkit.synthesis.causal_model.model import causal_model, monotone

    names = [f"N{at}" for at in range(steps + 1)]
    model = causal_model(" -> ".join(names))
    for one, other in itertools.pairwise(names):
        model = monotone(model, one, other)
    ends = {names[0]: 1, names[-1]: 1}
    without = probability_caused(model, names[0], names[-1], ends)
    throughout = probability_caused(model, names[0], names[-1], dict.fromkeys(names, 1))
    return without or Fraction(0), throughout or Fraction(0)
