"""What is refused before any sampling, all faults at once."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.gaussian import Fixed, Gram, Model, Noise, Varying, gram, sample

from .conftest import FIXED, MODELS, simulated, sites_of

GOOD = MODELS["one noise"]
SITES = GOOD.varying[0]


def with_varying(**changes):
    return replace(GOOD, varying=(replace(SITES, **changes),))


def with_noise(**changes):
    return replace(GOOD, noise=replace(GOOD.noise, **changes))


def with_gram(**changes):
    return replace(GOOD, grams=(replace(GOOD.grams[0], **changes),))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (replace(GOOD, grams=()), "no rows"),
        (with_gram(yy=np.nan), "missing or infinite"),
        (with_gram(xy=np.zeros(4)), "has shapes"),
        (replace(GOOD, varying=()), "16 coefficients have no prior"),
        (replace(GOOD, fixed=(FIXED, FIXED)), "3 coefficients have no prior, or more than one"),
        (with_varying(columns=SITES.columns + 90), "not among the 19"),
        (replace(GOOD, fixed=(replace(FIXED, sd=np.zeros(3)),)), "no spread"),
        (replace(GOOD, fixed=(replace(FIXED, mean=np.full(3, np.inf)),)), "not finite"),
        (with_varying(scale=np.array([1.0, -1.0])), "grouping 0: the scales"),
        (with_varying(scale=np.ones(1), label="schools"), "schools: the scales"),
        (with_varying(relation=np.eye(3)), "8 by 8"),
        (with_varying(relation=np.ones((8, 8))), "full rank"),
        (with_noise(scale=0.0), "scale of the noise"),
        (with_noise(known=np.zeros(1)), "1 finite standard deviations"),
        (with_noise(cross=GOOD.grams), "`cross` has 1 pairs of 1 outcomes, not 0"),
        (with_noise(cross=GOOD.grams, pooled=True), "neither known nor pooled"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused(model, words):
    with pytest.raises(DesignError, match=words):
        sample(model)


def test_every_fault_is_told_at_once():
    bad = replace(with_varying(scale=np.array([np.nan, 1.0])), noise=Noise(-1.0))
    with pytest.raises(DesignError, match=r"scales of the priors.*scale of the noise"):
        sample(bad)


def test_flat_coefficients_that_cannot_be_told_apart_are_refused():
    x = np.column_stack([np.ones(30), np.ones(30)])
    both = Fixed(np.arange(2), np.zeros(2), np.full(2, np.inf))
    own = gram(x, np.random.default_rng(0).normal(size=30))
    with pytest.raises(DesignError, match="told apart"):
        sample(Model((own,), (both,), (), Noise(1.0)))


@pytest.mark.parametrize("what", ["constant", "exact", "far from centred"])
def test_rows_without_residual_are_refused(what):
    data = simulated()
    y = {"constant": np.zeros(200), "exact": data.x @ np.ones(19), "far from centred": data.y + 1e7}
    with pytest.raises(DesignError, match="leave no residual"):
        sample(Model((gram(data.x, y[what]),), (FIXED,), (sites_of(data),), Noise(1.0)))


def test_outcomes_with_different_rows_have_no_correlated_residuals():
    model = MODELS["several outcomes, residuals correlated"]
    first = model.grams[0]
    other = Gram(first.xx, first.xy, first.yy, first.n - 1)
    with pytest.raises(DesignError, match="same rows"):
        sample(replace(model, grams=(other, *model.grams[1:])))


def test_groups_of_one_column_need_no_correlation():
    columns = SITES.columns.reshape(-1, 1)
    made = sample(replace(GOOD, varying=(Varying(columns, np.ones(1)),)), draws=200)
    assert made.correlations[0].shape == (4, 200, 1, 1)
