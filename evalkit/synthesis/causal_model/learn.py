"""What many cases teach of the shares of types: PyMC, every case with what was seen of it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import DataError, nearest
from evalkit.synthesis.causal_model.exact import World, caused, seen, world_of
from evalkit.synthesis.causal_model.model import CausalModel

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
CHAINS, TUNE, DRAWS = 4, 1000, 2000
MOST_LEARNT = 20_000
MOST_RHAT, LEAST_ESS = 1.01, 400.0
AT_ONCE = 100


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """Shares of types after many cases.

    Attributes
    ----------
    world : World
    shares : mapping of str to ndarray, shape (chains, draws, types)
        Of each node.
    cases : int
    rhat, ess : float
        The worst over all shares.
    divergences : int
    """

    world: World
    shares: Mapping[str, Floats]
    cases: int
    rhat: float
    ess: float
    divergences: int

    @property
    def settled(self) -> bool:
        """Whether the chains agree: nothing may be read off them otherwise."""
        return self.rhat < MOST_RHAT and self.ess > LEAST_ESS and self.divergences == 0

    def share_of(self, event: NDArray[np.bool_], given: NDArray[np.bool_] | None = None) -> Floats:
        """Return the draws of the share of an event, among cases like `given`: (chains x draws,)."""
        flat = {name: one.reshape(-1, one.shape[-1]) for name, one in self.shares.items()}
        total = len(next(iter(flat.values())))
        rows = np.ones(len(event), dtype=bool) if given is None else given
        columns = np.stack([event & rows, rows], axis=1).astype(float)
        parts = []
        for start in range(0, total, AT_ONCE):
            weight = np.ones((min(AT_ONCE, total - start), len(event)))
            for name, one in flat.items():
                weight *= one[start : start + AT_ONCE][:, self.world.pick[name]]
            parts.append(weight @ columns)
        made = np.concatenate(parts)
        return np.asarray(made[:, 0] / made[:, 1])

    def effect(self, cause: str, effect: str) -> Floats:
        """Return the draws of the average effect of one node on another."""
        on, off = (self.world.values({cause: one})[effect] for one in (True, False))
        return self.share_of(on & ~off) - self.share_of(off & ~on)

    def caused(self, cause: str, effect: str, case: Mapping[str, int | None]) -> Floats:
        """Return the draws of the probability that the cause made the effect in such a case."""
        return self.share_of(caused(self.world, cause, effect), seen(self.world, case))


def learn(model: CausalModel, cases: pd.DataFrame, *, seed: int = 0) -> Learnt:
    """Return the shares of types after cases, by Hamiltonian Monte Carlo (PyMC, nutpie).

    Parameters
    ----------
    model : CausalModel
        Weights of types are the parameters of their Dirichlet priors.
    cases : pandas.DataFrame
        One row a case, a column for each node that was looked at: 0, 1 or blank.
    seed : int

    Returns
    -------
    Learnt

    Raises
    ------
    DataError
        Columns that are no nodes, values other than 0 and 1, cases that the model rules out, or
        more combinations of types than can be sampled.

    References
    ----------
    Humphreys and Jacobs (2023), Integrated Inferences, ch. 9.
    """
    patterns, counts = _patterns(model, cases)
    world = world_of(model)
    if len(world.weight) > MOST_LEARNT:
        raise DataError(
            f"The model has {len(world.weight):,} combinations of types; {MOST_LEARNT:,} can be "
            "learnt from cases.",
            do="Restrict types, or take a part of the model.",
        )
    fits = np.array([seen(world, one) for one in patterns])
    ruled_out = [one for one, fit in zip(patterns, fits, strict=True) if not fit.any()]
    if ruled_out:
        raise DataError(
            f"The model rules out a case that was seen: {ruled_out[0]}.",
            do="Take back the restriction it breaks.",
        )
    return _sampled(world, fits.astype(float), counts, seed)


def _patterns(model: CausalModel, cases: pd.DataFrame) -> tuple[list[dict[str, int]], Floats]:
    """Return what was seen, each pattern once, and of how many cases."""
    import pandas as pd

    for name in cases.columns:
        if name not in model.names:
            raise DataError(
                f"`{name}` is no node of the model.{nearest(str(name), model.names)}",
                do="Name columns as the nodes.",
            )
    table = cases.apply(pd.to_numeric, errors="coerce")
    wrong = (table.notna() & ~table.isin([0, 1])) | (cases.notna() & table.isna())
    if wrong.to_numpy().any():
        column = str(wrong.any(axis=0).idxmax())
        raise DataError(f"`{column}` has values other than 0, 1 and blank.", do="Make it 0 and 1.")
    if table.empty:
        raise DataError("There are no cases.", do="Give one row a case.")
    grouped = table.groupby(list(table.columns), dropna=False, sort=True).size()
    keys = [key if isinstance(key, tuple) else (key,) for key in grouped.index]
    made = [
        {str(n): int(v) for n, v in zip(table.columns, key, strict=True) if not pd.isna(v)}
        for key in keys
    ]
    return made, grouped.to_numpy(dtype=float)


def _sampled(world: World, fits: Floats, counts: Floats, seed: int) -> Learnt:
    from evalkit.impact.bayes import adapter
    from evalkit.impact.bayes.engine import no_compiler

    names = [node.name for node in world.model.nodes]
    with adapter.quiet(), no_compiler():
        import nutpie

        compiled = nutpie.compile_pymc_model(_model(world, fits, counts), backend="numba")
        trace = nutpie.sample(
            compiled,
            draws=DRAWS,
            tune=TUNE,
            chains=CHAINS,
            cores=1,
            seed=seed,
            target_accept=0.9,
            progress_bar=False,
        )
    shares = adapter.arrays(trace, [f"share_{at}" for at in range(len(names))])
    found = [
        adapter.diagnostics(one[..., k]) for one in shares.values() for k in range(one.shape[-1])
    ]
    return Learnt(
        world=world,
        shares={name: shares[f"share_{at}"] for at, name in enumerate(names)},
        cases=int(counts.sum()),
        rhat=max(one.rhat for one in found),
        ess=min(min(one.ess_bulk, one.ess_tail) for one in found),
        divergences=adapter.divergences(trace),
    )


def _model(world: World, fits: Floats, counts: Floats) -> Any:
    import pymc as pm

    pt: Any = importlib.import_module("pytensor.tensor")  # its functions declare no types
    with pm.Model() as model:
        weight: Any = 1.0
        for at, node in enumerate(world.model.nodes):
            share = pm.Dirichlet(f"share_{at}", a=np.maximum(node.weights, 1e-3).astype(float))
            weight = weight * share[world.pick[node.name]]
        chance = pt.dot(fits, weight)
        pm.Potential("cases", (counts * pt.log(chance)).sum())
    return model
