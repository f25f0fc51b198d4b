"""Sampling: two ways that agree, the same draws every time, and faults that are told."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes import adapter
from evalkit.impact.gaussian import Fixed, Gram, Model, Noise, Varying, gram, grams, sample
from evalkit.impact.gaussian.agreement import agreement
from evalkit.impact.gaussian.structure import parts

from .conftest import FIXED, MODELS, SCALES, simulated, sites_of


def module():
    import importlib

    return importlib.import_module("evalkit.impact.gaussian.sample")


def everything(made):
    shape = made.noise.shape[:2]
    pairs = [one.reshape(*shape, -1) for one in made.correlations]
    return np.concatenate([made.coef, *made.scales, *pairs, made.noise], axis=-1)


@pytest.mark.parametrize("draws", [125, 130])
def test_few_draws_are_thinned_from_many_and_nearly_independent(draws):
    made = sample(MODELS["several outcomes"], draws=draws)
    told = agreement(np.concatenate([made.scales[0], made.noise], axis=-1))
    assert made.attempts == 1
    assert told.ess_bulk.min() > 0.6 * 4 * draws


@pytest.mark.parametrize("name", ["one noise", "noisy sites", "sites in areas"])
def test_the_same_seed_gives_the_same_bytes(name):
    model = MODELS[name]
    first, again = (sample(model, draws=200, seed=4) for _ in range(2))
    assert everything(first).tobytes() == everything(again).tobytes()
    assert not np.array_equal(first.coef, sample(model, draws=200, seed=5).coef)


def test_draws_have_the_stated_shapes(model):
    made, m = sample(model, draws=250, chains=3), len(model.grams[0].xy)
    assert made.coef.shape == (3, 250, m)
    assert made.noise.shape == (3, 250, len(model.grams))
    for one, scale, corr in zip(model.varying, made.scales, made.correlations, strict=True):
        d = one.columns.shape[1]
        assert (scale.shape, corr.shape) == ((3, 250, d), (3, 250, d, d))
    assert made.log_prior.shape == made.log_likelihood.shape == (3, 250)
    assert np.isfinite(everything(made)).all()


@pytest.mark.parametrize("name", ["crossed, multiple membership", "known noise"])
def test_hamiltonian_and_independent_draws_agree(name, monkeypatch):
    independent = everything(sample(MODELS[name], draws=1000, seed=1))
    monkeypatch.setattr(module(), "MOST_NUMBERS", 0)
    walked = everything(sample(MODELS[name], draws=1000, seed=1))
    for k in range(walked.shape[-1]):
        pair = independent[..., k], walked[..., k]
        if pair[0].std() > 0:
            error = np.hypot(*(adapter.diagnostics(one).mcse for one in pair))
            assert abs(pair[0].mean() - pair[1].mean()) < 4.5 * error


def test_outcomes_with_hierarchies_of_their_own_are_sampled_one_by_one():
    data, m = simulated(), 19
    own = gram(data.x, data.y)
    each = []
    for k in range(2):
        at = k * m + np.arange(m)
        xx, xy = np.zeros((2 * m, 2 * m)), np.zeros(2 * m)
        xx[np.ix_(at, at)], xy[at] = own.xx, own.xy
        each.append(Gram(xx, xy, own.yy, own.n))
    fixed = tuple(replace(FIXED, columns=FIXED.columns + k * m) for k in range(2))
    varying = tuple(Varying(data.sites + k * m, SCALES) for k in range(2))
    both = Model(tuple(each), fixed, varying, Noise(1.0))
    assert [one.columns.tolist() for one in parts(both)] == [
        list(range(m)),
        list(range(m, 2 * m)),
    ]
    made, alone = sample(both, draws=300), sample(MODELS["one noise"], draws=300)
    assert made.coef[..., :m].tobytes() == alone.coef.tobytes()
    assert made.noise[..., :1].tobytes() == alone.noise.tobytes()
    assert np.abs(np.corrcoef(made.coef[..., 1].ravel(), made.coef[..., m + 1].ravel())[0, 1]) < 0.1


def test_units_of_the_outcome_do_not_matter():
    data = simulated()
    found = []
    for unit in (1.0, 1000.0, 0.001):
        fixed = replace(FIXED, mean=FIXED.mean * unit, sd=FIXED.sd * unit)
        its = Varying(data.sites, SCALES * unit)
        model = Model((gram(data.x, data.y * unit),), (fixed,), (its,), Noise(unit))
        found.append(sample(model, draws=200).coef / unit)
    for other in found[1:]:
        # a last bit may decide about a proposal here and there, after which chains meet again
        assert np.isclose(found[0], other, atol=1e-4).mean() > 0.8
        assert other.mean(axis=(0, 1)) == pytest.approx(found[0].mean(axis=(0, 1)), abs=0.05)


def test_an_offset_of_thousands_of_standard_deviations_does_not_hurt():
    data = simulated()
    made = [
        sample(
            Model((gram(data.x, data.y + far),), (FIXED,), (sites_of(data),), Noise(1.0)),
            draws=200,
        )
        for far in (0.0, 1e3)
    ]
    assert made[0].coef[..., 1] == pytest.approx(made[1].coef[..., 1], abs=1e-3)


def test_correlated_residuals_are_found():
    made = sample(MODELS["several outcomes, residuals correlated"], draws=500)
    assert made.noise_correlation.shape == (4, 500, 3, 3)
    i, j = np.tril_indices(3, -1)
    assert made.noise_correlation.mean(axis=(0, 1))[i, j] == pytest.approx(0.6, abs=0.15)
    without = sample(MODELS["several outcomes"], draws=500)
    assert without.noise_correlation.shape == (4, 500, 0, 0)


def test_noise_of_sites_is_pooled_towards_the_typical():
    rng = np.random.default_rng(3)
    site = np.repeat(np.arange(12), 20)
    sd = np.exp(0.5 * rng.standard_normal(12))
    y = sd[site] * rng.standard_normal(240)
    x = np.column_stack([np.ones(240), np.eye(12)[site]])
    fixed = Fixed(np.array([0]), np.zeros(1), np.ones(1))
    its = Varying(1 + np.arange(12)[:, None], np.ones(1))
    raw = np.log([y[site == s].std() for s in range(12)])
    made = sample(Model(grams(x, y, site), (fixed,), (its,), Noise(1.0, pooled=True)), draws=500)
    pooled = np.log(made.noise).mean(axis=(0, 1))
    assert 0.6 * raw.std() < pooled.std() < raw.std()
    assert np.log(made.noise_typical).mean() == pytest.approx(raw.mean(), abs=0.15)
    assert made.noise_spread.mean() == pytest.approx(raw.std(), abs=0.2)


def test_a_group_without_rows_keeps_its_prior():
    data = simulated()
    x = np.hstack([data.x, np.zeros((200, 2))])
    its = Varying(np.vstack([data.sites, [[19, 20]]]), SCALES)
    made = sample(Model((gram(x, data.y),), (FIXED,), (its,), Noise(1.0)))
    expected = np.sqrt((made.scales[0][..., 0] ** 2).mean())
    assert made.coef[..., 19].mean() == pytest.approx(0, abs=0.03)
    assert made.coef[..., 19].std() == pytest.approx(expected, rel=0.05)


def test_a_noise_group_without_rows_keeps_its_prior():
    data, m = simulated(), 19
    empty = Gram(np.zeros((m, m)), np.zeros(m), 0.0, 0.0)
    own = (gram(data.x, data.y), empty)
    made = sample(Model(own, (FIXED,), (sites_of(data),), Noise(1.0)))
    assert made.noise[..., 1].mean() == pytest.approx(np.sqrt(2 / np.pi), abs=0.04)


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_few_rows_give_an_answer_close_to_the_prior(rows):
    data = simulated()
    fixed = Fixed(np.arange(3), np.zeros(3), np.ones(3))
    own = gram(data.x[:rows], data.y[:rows])
    made = sample(Model((own,), (fixed,), (sites_of(data),), Noise(1.0)), draws=500)
    assert 0.4 < made.coef[..., 1].std() < 1.2


def test_columns_that_say_the_same_share_the_effect():
    data = simulated()
    x = data.x.copy()
    x[:, 2] = x[:, 1]
    fixed = Fixed(np.arange(3), np.zeros(3), np.ones(3))
    made = sample(Model((gram(x, data.y),), (fixed,), (sites_of(data),), Noise(1.0)), draws=500)
    apart = made.coef[..., 1] - made.coef[..., 2]
    assert apart.mean() == pytest.approx(0, abs=0.2)
    assert apart.std() == pytest.approx(np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("factor", [1e-3, 1e4])
def test_priors_far_from_the_data_still_converge(factor):
    data = simulated()
    its = Varying(data.sites, SCALES * factor)
    made = sample(Model((gram(data.x, data.y),), (FIXED,), (its,), Noise(factor)), draws=200)
    assert made.attempts <= 2
    assert np.isfinite(made.coef).all()


def test_a_plain_regression_with_known_noise_is_exact():
    data = simulated()
    x = data.x[:, :3]
    fixed = Fixed(np.arange(3), np.zeros(3), np.full(3, np.inf))
    made = sample(Model((gram(x, data.y),), (fixed,), (), Noise(1.0, known=np.ones(1))))
    expected = np.linalg.lstsq(x, data.y)[0]
    error = np.sqrt(np.diag(np.linalg.inv(x.T @ x)))
    assert made.coef.mean(axis=(0, 1)) == pytest.approx(expected, abs=0.1 * error.max())
    assert made.coef.std(axis=(0, 1)) == pytest.approx(error, rel=0.05)
    assert made.accepted == 1.0


def test_chains_that_do_not_agree_are_refused_after_every_attempt(monkeypatch):
    monkeypatch.setattr(module(), "RHAT_LIMIT", 0.5)
    monkeypatch.setattr(module(), "PROPOSALS", 800)
    efforts = tuple(module().Effort(10, 1) for _ in range(2))
    monkeypatch.setattr(module(), "EFFORTS", efforts)
    with pytest.raises(DesignError, match=r"did not converge in 4 attempts \(R-hat"):
        sample(MODELS["one noise"], draws=200)


def test_a_stuck_walker_is_told(monkeypatch):
    monkeypatch.setattr(module(), "MOST_NUMBERS", 0)
    monkeypatch.setattr(module(), "LEAST_ACCEPTED", 1.0)
    monkeypatch.setattr(module(), "EFFORTS", (module().Effort(200, 1),))
    with pytest.raises(DesignError, match="stuck"):
        sample(MODELS["known noise"], draws=1500)


@pytest.mark.parametrize(("draws", "chains"), [(50, 4), (1000, 1)])
def test_too_few_draws_to_tell_are_refused(draws, chains):
    with pytest.raises(DesignError, match="cannot show"):
        sample(MODELS["one noise"], draws=draws, chains=chains)
