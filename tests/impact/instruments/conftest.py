"""Simulated data with instruments, and arrays made of them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.instruments.sample import Columns, Sample, read_sample


def simulate(seed=1, n=300, *, strength=0.8, instruments=1, clusters=None, effect=2.0):
    """A dose moved by instruments and by what is hidden; the true effect is `effect`."""
    rng = np.random.default_rng(seed)
    g = np.arange(n) if clusters is None else rng.permutation(np.arange(n) % clusters)
    z = rng.normal(size=(g.max() + 1, instruments))[g] + 0.2 * rng.normal(size=(n, instruments))
    x, hidden = rng.normal(size=n), rng.normal(size=n)
    shared = rng.normal(size=g.max() + 1)[g] if clusters else 0.0
    d = strength * z.sum(axis=1) + 0.5 * x + hidden + 0.5 * rng.normal(size=n)
    y = 10 + effect * d + x - 2 * hidden + shared + rng.normal(size=n) * (1 + 0.5 * np.abs(x))
    frame = pd.DataFrame({"y": y, "d": d, "x": x, "w": rng.uniform(0.5, 2, n)})
    for j in range(instruments):
        frame[f"z{j}"] = z[:, j]
    return frame.assign(g=[f"g{one:03d}" for one in g])


def sample_of(frame, *, weights=None, cluster=None) -> Sample:
    names = tuple(name for name in frame.columns if name.startswith("z"))
    made, faults = read_sample(frame, Columns("y", "d", names, ("x",), weights, cluster))
    assert not faults
    return made


@pytest.fixture
def make_frame() -> Callable[..., pd.DataFrame]:
    return simulate


@pytest.fixture
def make_sample() -> Callable[..., Sample]:
    def make(seed=1, n=300, *, weights=None, cluster=None, **more) -> Sample:
        return sample_of(simulate(seed, n, **more), weights=weights, cluster=cluster)

    return make
