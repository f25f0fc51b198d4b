"""Which interval leads, by the printed rule."""

import math

import pytest

from evalkit.impact.inference import CR1, CR2
from evalkit.impact.instruments import evidence as ev
from evalkit.impact.instruments.reduced import reduce
from evalkit.impact.instruments.strength import strength
from evalkit.impact.instruments.study import sides_of
from evalkit.impact.instruments.two_stage import structural


def gathered(sample, estimator="2sls"):
    reduced = reduce(sample)
    return ev.gather(
        sample,
        reduced,
        structural(sample, reduced, estimator),
        strength(reduced),
        sides=sides_of(sample),
        level=0.95,
        seed=1,
    )


def names(found):
    return [one["method"] for one in found.rows]


@pytest.mark.parametrize("cluster", [None, "g"])
@pytest.mark.parametrize("strong", [0.02, 0.8])
@pytest.mark.parametrize("estimator", ["2sls", "liml", "gmm"])
def test_exactly_one_row_leads_and_it_is_the_interval(make_sample, cluster, strong, estimator):
    found = gathered(
        make_sample(n=240, strength=strong, instruments=2, clusters=60, cluster=cluster), estimator
    )
    (leads,) = [one for one in found.rows if one["leads"]]
    assert leads["method"] == found.interval.method
    assert (leads["low"], leads["high"]) == (found.interval.low, found.interval.high)


def test_weak_instruments_let_anderson_rubin_lead(make_sample):
    found = gathered(make_sample(strength=0.05))
    assert found.interval.method in {ev.AR_ROWS, ev.AR_EQUAL}
    assert found.moments is not None


def test_strong_instruments_without_clusters_let_the_wider_error_lead(make_sample):
    found = gathered(make_sample())
    widths = {one["method"]: one["high"] - one["low"] for one in found.rows}
    assert found.interval.method == max((ev.CONVENTIONAL, ev.HC2), key=widths.__getitem__)
    assert found.moments is None


def test_many_clusters_let_cr1_lead_and_few_let_cr2(make_sample):
    many = gathered(make_sample(n=400, clusters=80, cluster="g"))
    assert many.interval.method == CR1
    fewer = gathered(make_sample(n=400, clusters=30, cluster="g"))
    assert fewer.interval.method == CR2
    few = gathered(make_sample(n=400, clusters=12, strength=3.0, cluster="g"))
    assert few.interval.method in {CR2, ev.AR_CLUSTERS}


def test_the_standard_error_is_the_conventional_or_the_cluster_robust_one(make_sample):
    assert gathered(make_sample()).std_error == gathered(make_sample()).rows[0]["std_error"]
    found = gathered(make_sample(clusters=40, cluster="g"))
    assert found.std_error == next(r["std_error"] for r in found.rows if r["method"] == CR1)


def test_the_wild_bootstrap_is_near_the_set_it_refines(make_sample):
    found = gathered(make_sample(n=600, clusters=60, cluster="g"))
    rows = {one["method"]: one for one in found.rows}
    wild, tested = rows[ev.WILD], rows[ev.AR_CLUSTERS]
    assert wild["low"] == pytest.approx(tested["low"], abs=0.3 * (tested["high"] - tested["low"]))
    assert wild["high"] == pytest.approx(tested["high"], abs=0.3 * (tested["high"] - tested["low"]))


def test_an_interval_that_cannot_be_had_is_never_the_wider_one():
    none = {"low": math.nan, "high": math.nan}
    some = {"low": 0.0, "high": 1.0}
    endless = {"low": -math.inf, "high": math.inf}
    assert not ev._wider(none, some)
    assert ev._wider(some, none)
    assert ev._wider(endless, some)
    assert not ev._wider(some, endless)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [{"clusters": 12}, {"clusters": 12, "strength": 0.1}, {}])
def test_the_leading_interval_covers_the_truth(make_sample, shape):
    cluster = "g" if shape else None
    covered = 0
    for seed in range(100):
        found = gathered(make_sample(seed, n=120, cluster=cluster, **shape))
        covered += found.interval.low <= 2.0 <= found.interval.high
    assert covered >= 90
