"""Over-identification, endogeneity and direct effects."""

import math

import numpy as np
import pytest
from linearmodels.iv import IV2SLS, IVGMM

from evalkit.impact.instruments import validity
from evalkit.impact.instruments.anderson_rubin import moments
from evalkit.impact.instruments.reduced import reduce
from evalkit.impact.instruments.two_stage import structural


def parts(frame, names):
    return frame["y"], frame[["x"]].assign(one=1.0), frame[["d"]], frame[names]


@pytest.mark.parametrize("seed", range(5))
def test_tests_are_those_of_linearmodels(make_frame, make_sample, seed):
    frame, sample = make_frame(seed, instruments=3), make_sample(seed, instruments=3)
    reduced = reduce(sample)
    found = validity.over_identification(sample, reduced, structural(sample, reduced, "2sls"))
    two = IV2SLS(*parts(frame, ["z0", "z1", "z2"])).fit(cov_type="unadjusted")
    gmm = IVGMM(*parts(frame, ["z0", "z1", "z2"]), weight_type="robust").fit()
    assert found[0].statistic == pytest.approx(two.sargan.stat)
    assert found[0].p_value == pytest.approx(two.sargan.pval)
    assert found[1].statistic == pytest.approx(gmm.j_stat.stat, rel=1e-6)
    hausman = two.wu_hausman()
    mine = validity.endogeneity(sample, reduced)[0]
    assert mine.statistic == pytest.approx(hausman.stat)
    assert mine.p_value == pytest.approx(hausman.pval, abs=1e-12)


def test_one_instrument_has_nothing_to_test(make_sample):
    sample = make_sample()
    reduced = reduce(sample)
    assert not validity.over_identification(sample, reduced, structural(sample, reduced, "2sls"))


def test_an_instrument_with_a_direct_effect_is_found_out(make_frame):
    from evalkit.impact.instruments.sample import Columns, read_sample

    frame = make_frame(n=500, instruments=2).assign(y=lambda t: t["y"] + 3 * t["z1"])
    sample, _ = read_sample(frame, Columns("y", "d", ("z0", "z1"), ("x",)))
    reduced = reduce(sample)
    found = validity.over_identification(sample, reduced, structural(sample, reduced, "2sls"))
    assert max(one.p_value for one in found) < 0.001


def leading(found, reduced, *, weak):
    return validity.Leading(
        found.conventional, found.rows_df, moments(reduced) if weak else None, 0.95
    )


@pytest.mark.parametrize("count", [1, 3])
def test_direct_effects_move_the_estimate_as_they_are_said_to(make_frame, make_sample, count):
    """A known direct effect at the corner gives exactly the outer estimate of the table."""
    from evalkit.impact.instruments.sample import Columns, read_sample

    frame, sample = make_frame(instruments=count), make_sample(instruments=count)
    reduced = reduce(sample)
    found = structural(sample, reduced, "2sls")
    table = validity.direct_effects(reduced, found.value, leading(found, reduced, weak=False))
    row = table[table["share"] == 0.5].iloc[0]
    sign = np.sign(validity._line(reduced))
    names = tuple(f"z{j}" for j in range(count))
    direct = frame[list(names)].to_numpy() @ (0.5 * np.abs(reduced.to_y) * sign)
    moved, _ = read_sample(frame.assign(y=frame["y"] - direct), Columns("y", "d", names, ("x",)))
    again = structural(moved, reduce(moved), "2sls")
    assert row["estimate_low"] == pytest.approx(again.value)
    assert table["low"].is_monotonic_decreasing
    assert table["high"].is_monotonic_increasing


@pytest.mark.parametrize("weak", [True, False])
def test_at_the_breakdown_share_the_interval_reaches_zero(make_sample, weak):
    reduced = reduce(sample := make_sample(strength=0.5))
    found = structural(sample, reduced, "2sls")
    leads = leading(found, reduced, weak=weak)
    share = validity.breakdown(reduced, found.value, leads)
    most = share * np.abs(reduced.to_y) * np.sign(validity._line(reduced))
    reach = float(most @ validity._line(reduced))
    ends = validity._union((found.value - reach, found.value + reach), most, leads)
    assert min(abs(one) for one in ends) == pytest.approx(0.0, abs=1e-6)


def test_several_weak_instruments_have_no_single_share(make_sample):
    reduced = reduce(sample := make_sample(strength=0.1, instruments=2))
    found = structural(sample, reduced, "2sls")
    leads = leading(found, reduced, weak=True)
    assert validity.breakdown(reduced, found.value, leads) is None
    assert not math.isnan(validity.direct_effects(reduced, found.value, leads)["low"].iloc[0])
