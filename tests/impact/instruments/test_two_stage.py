"""Estimates and errors against linearmodels, on 200 simulated data sets, and by hand."""

import numpy as np
import pytest
from linearmodels.iv import IV2SLS, IVGMM, IVLIML

from evalkit.impact.instruments.reduced import reduce
from evalkit.impact.instruments.sample import Columns, read_sample
from evalkit.impact.instruments.two_stage import structural

CASES = [(seed, 1 + seed % 3, seed % 2 == 1, seed % 4 >= 2) for seed in range(200)]


def peer(frame, estimator, clustered, weighted):
    """linearmodels' own estimate, conventional error, and robust or clustered one."""
    names = [name for name in frame.columns if name.startswith("z")]
    parts = (frame["y"], frame[["x"]].assign(one=1.0), frame[["d"]], frame[names])
    weights = frame["w"] if weighted else None
    groups = {"clusters": frame["g"].str[1:].astype(int)} if clustered else {}
    kind = {"cov_type": "clustered", **groups} if clustered else {"cov_type": "robust"}
    if estimator == "gmm":
        how = {"weight_type": "clustered", **groups} if clustered else {"weight_type": "robust"}
        fit = IVGMM(*parts, weights=weights, **how).fit(**kind, debiased=True)
        return fit.params["d"], np.nan, fit.std_errors["d"]
    model = {"2sls": IV2SLS, "liml": IVLIML}[estimator](*parts, weights=weights)
    plain = model.fit(cov_type="unadjusted", debiased=True)
    again = model.fit(**kind, debiased=True)
    return plain.params["d"], plain.std_errors["d"], again.std_errors["d"]


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(10))
def test_200_data_sets_agree_with_linearmodels(make_frame, make_sample, batch):
    for seed, count, clustered, weighted in CASES[batch::10]:
        shape = {"n": 90, "instruments": count, "clusters": 25 if clustered else None}
        frame = make_frame(seed, **shape)
        sample = make_sample(
            seed,
            **shape,
            cluster="g" if clustered else None,
            weights="w" if weighted else None,
        )
        reduced = reduce(sample)
        for estimator in ("2sls", "liml", "gmm"):
            found = structural(sample, reduced, estimator)
            value, plain, robust = peer(frame, estimator, clustered, weighted)
            assert found.value == pytest.approx(value, rel=1e-6)
            assert found.plain == pytest.approx(robust, rel=1e-5)
            if estimator != "gmm":
                assert found.conventional == pytest.approx(plain, rel=1e-6)


def test_one_binary_instrument_gives_the_wald_ratio(make_frame):
    frame = make_frame().assign(z0=lambda t: (t["z0"] > 0).astype(int))
    sample, _ = read_sample(frame, Columns("y", "d", ("z0",)))
    means = frame.groupby("z0")[["y", "d"]].mean()
    wald = (means.loc[1, "y"] - means.loc[0, "y"]) / (means.loc[1, "d"] - means.loc[0, "d"])
    found = [structural(sample, reduce(sample), one).value for one in ("2sls", "liml", "gmm")]
    assert found == pytest.approx([wald] * 3)


@pytest.mark.parametrize("estimator", ["2sls", "liml", "gmm"])
def test_units_of_the_columns_do_not_matter(make_frame, estimator):
    frame = make_frame(instruments=2)
    scaled = frame.assign(z0=frame["z0"] * 1e6, x=frame["x"] * 1e-4, d=frame["d"] * 1e3)
    made = [read_sample(one, Columns("y", "d", ("z0", "z1"), ("x",)))[0] for one in (frame, scaled)]
    one, other = (structural(sample, reduce(sample), estimator) for sample in made)
    assert other.value * 1e3 == pytest.approx(one.value, rel=1e-9)
    assert other.plain * 1e3 == pytest.approx(one.plain, rel=1e-8)


@pytest.mark.parametrize("estimator", ["2sls", "liml", "gmm"])
@pytest.mark.parametrize("cluster", [None, "g"])
def test_contributions_make_the_error(make_sample, estimator, cluster):
    sample = make_sample(n=200, instruments=2, clusters=30, cluster=cluster)
    found = structural(sample, reduce(sample), estimator)
    assert np.sqrt((found.parts**2).sum()) == pytest.approx(found.plain, rel=0.1)


def test_perfect_compliance_leaves_liml_equal_to_two_stages(make_frame):
    frame = make_frame(instruments=2).assign(d=lambda t: t["z0"] + 2 * t["z1"])
    sample, _ = read_sample(frame, Columns("y", "d", ("z0", "z1")))
    found = structural(sample, reduce(sample), "liml")
    assert found.value == pytest.approx(structural(sample, reduce(sample), "2sls").value)
    assert found.kappa == 1.0
