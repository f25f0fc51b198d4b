"""Shares and traits of compliers in populations where they are known."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from evalkit.impact.instruments.compliers import compliers, propensity
from evalkit.impact.instruments.sample import Columns, read_sample


def people(seed=0, n=20_000):
    """Simulated: kinds depend on `x`; the instrument's chance depends on `x` too."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, n)
    kind = np.where(rng.uniform(size=n) < 0.3 + 0.4 * x, "c", rng.choice(["a", "n"], n))
    z = (rng.uniform(size=n) < 0.3 + 0.3 * x).astype(int)
    d = np.where(kind == "c", z, kind == "a").astype(int)
    y = 1 + d * (1 + x) + x + rng.normal(size=n)
    return pd.DataFrame({"y": y, "d": d, "z": z, "x": x, "kind": kind})


def read(frame, instruments=("z",), covariates=("x",)):
    return read_sample(frame, Columns("y", "d", instruments, covariates))[0]


def test_shares_and_traits_are_those_of_the_population():
    frame = people()
    found = compliers(read(frame))
    theirs = frame[frame["kind"] == "c"]
    assert found.compliers == pytest.approx(len(theirs) / len(frame), abs=0.015)
    assert found.always == pytest.approx((frame["kind"] == "a").mean(), abs=0.015)
    assert found.never == pytest.approx((frame["kind"] == "n").mean(), abs=0.015)
    assert found.table["compliers"].iloc[0] == pytest.approx(theirs["x"].mean(), abs=0.02)
    assert found.table["everyone"].iloc[0] == pytest.approx(frame["x"].mean())


def test_an_instrument_turned_round_moves_the_same_people():
    frame = people(n=3000)
    one, other = compliers(read(frame)), compliers(read(frame.assign(z=1 - frame["z"])))
    assert other.turned
    assert not one.turned
    assert one.compliers == pytest.approx(other.compliers)
    assert one.table["compliers"].iloc[0] == pytest.approx(other.table["compliers"].iloc[0])


def test_without_covariates_shares_are_differences_of_means():
    frame = people(n=2000)
    found = compliers(read(frame, covariates=()))
    means = frame.groupby("z")["d"].mean()
    assert found.compliers == pytest.approx(means[1] - means[0])
    assert found.always == pytest.approx(means[0])
    assert found.table.empty


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"d": lambda t: t["d"] * 2 + t["x"]}, "treatment is not 0 and 1"),
        ({"z": lambda t: t["z"] + t["x"]}, "instrument is not 0 and 1"),
        ({"x": lambda t: t["z"] + 0.1 * np.sin(t["y"])}, "all but decide"),
    ],
)
def test_where_it_cannot_be_said_there_is_a_reason(change, why):
    assert why in compliers(read(people(n=2000).assign(**change)))


def test_several_instruments_have_no_compliers_in_common():
    frame = people(n=2000).assign(other=lambda t: (t["y"] > 2).astype(int))
    assert "several instruments" in compliers(read(frame, instruments=("z", "other")))


def test_an_instrument_that_moves_nobody_has_none():
    rng = np.random.default_rng(1)
    frame = people(n=4000).assign(d=rng.integers(0, 2, 4000), z=rng.integers(0, 2, 4000))
    found = compliers(read(frame))
    assert isinstance(found, str) or found.compliers < 0.1


def test_the_chance_of_the_instrument_is_that_of_statsmodels():
    frame = people(n=2000)
    x = np.column_stack([np.ones(2000), frame["x"], frame["y"]])
    w = np.linspace(0.5, 2, 2000)
    fit = sm.GLM(frame["z"], x, family=sm.families.Binomial(), freq_weights=w).fit()
    found = propensity(x, frame["z"].to_numpy(dtype=float), w)
    assert found == pytest.approx(fit.fittedvalues.to_numpy(), abs=1e-8)
