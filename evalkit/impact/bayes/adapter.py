"""The one place that knows ArviZ: the same numbers from 0.23 (PyMC 5) and from 1.x (PyMC 6).

Nothing else in evalkit calls ArviZ, and none of its default summaries or intervals is ever used.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Diagnostics(NamedTuple):
    """How well the chains agree on one quantity (Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021).

    `rhat` is rank-normalised and split, `ess_bulk` and `ess_tail` are effective numbers of draws,
    `mcse` is the Monte Carlo standard error of the mean.
    """

    rhat: float
    ess_bulk: float
    ess_tail: float
    mcse: float


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what the libraries say on import and on compiling; their settings stay untouched.

    They announce their own refactoring, and miss a C compiler that is not used here.
    """
    logger = logging.getLogger("pytensor.configdefaults")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _arviz() -> Any:
    """Import ArviZ when it is needed; its type hints differ between the versions."""
    return importlib.import_module("arviz")


def diagnostics(draws: Floats) -> Diagnostics:
    """Return the convergence diagnostics of one quantity.

    Parameters
    ----------
    draws : numpy.ndarray, shape (chains, draws)
    """
    with quiet():
        arviz = _arviz()
        rhat = float(arviz.rhat(draws, method="rank"))
        bulk = float(arviz.ess(draws, method="bulk"))
        tail = float(arviz.ess(draws, method="tail", prob=(0.05, 0.95)))
        own = float(arviz.ess(draws, method="mean"))
    mcse = float(draws.std(ddof=1) / np.sqrt(own))
    return Diagnostics(rhat, bulk, tail, mcse)


def arrays(trace: Any, names: Sequence[str]) -> dict[str, Floats]:
    """Return posterior draws by name, shape (chains, draws, ...), from either kind of trace."""
    posterior = trace.posterior if hasattr(trace, "posterior") else trace["posterior"]
    return {name: np.asarray(posterior[name].values, dtype=float) for name in names}


def divergences(trace: Any) -> int:
    """Return how many transitions diverged after tuning."""
    stats = trace.sample_stats if hasattr(trace, "sample_stats") else trace["sample_stats"]
    return int(np.asarray(stats["diverging"].values).sum())


def native(
    posterior: Mapping[str, Floats], observed: Mapping[str, Floats], sites: list[str]
) -> Any:
    """Return an ``InferenceData`` (ArviZ 0.x) or a ``DataTree`` (ArviZ 1.x) of these draws."""
    with quiet():
        arviz = _arviz()
        groups = {"posterior": dict(posterior), "observed_data": dict(observed)}
        labels: dict[str, Any] = {
            "coords": {"site": sites},
            "dims": {"site_effect": ["site"], "raw_effect": ["site"]},
        }
        if int(arviz.__version__.split(".")[0]) >= 1:
            return arviz.from_dict(groups, **labels)
        return arviz.from_dict(**groups, **labels)
