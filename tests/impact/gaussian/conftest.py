"""Small simulated data sets for the Gaussian core, and the same model in dense algebra."""

from dataclasses import dataclass

import numpy as np
import pytest

from evalkit.impact.gaussian import (
    Fixed,
    Gram,
    Model,
    Noise,
    Varying,
    cross_grams,
    gram,
    grams,
    hyper,
)
from evalkit.impact.gaussian.marginal import problem


@dataclass(frozen=True)
class Data:
    """Rows of one outcome and the columns they are in."""

    x: np.ndarray
    y: np.ndarray
    site: np.ndarray
    sites: np.ndarray  # columns, (sites, 2)
    areas: np.ndarray  # columns, (areas, 1)


def simulated(sites=8, rows=200, areas=0, seed=0, share=1.0):
    """Sites with intercepts and effects of their own; `areas` cross them, two to a row."""
    rng = np.random.default_rng(seed)
    site, treated = rng.integers(0, sites, rows), rng.integers(0, 2, rows)
    x = np.zeros((rows, 3 + 2 * sites + areas))
    x[:, :3] = np.column_stack([np.ones(rows), treated, rng.normal(size=rows)])
    columns = 3 + np.arange(2 * sites).reshape(sites, 2)
    x[np.arange(rows), columns[site, 0]] = 1.0
    x[np.arange(rows), columns[site, 1]] = treated
    crossed = 3 + 2 * sites + np.arange(areas)[:, None]
    coef = np.concatenate(
        [[0.2, 0.3, 0.5], rng.normal(0, 0.4, 2 * sites), rng.normal(0, 0.5, areas)]
    )
    if areas:
        first = rng.integers(0, areas, rows)
        x[np.arange(rows), crossed[first, 0]] += 0.5 * share
        x[np.arange(rows), crossed[(first + 1) % areas, 0]] += 1 - 0.5 * share
    y = x @ coef + rng.normal(size=rows)
    return Data(x, y, site, columns, crossed)


FIXED = Fixed(np.arange(3), np.array([0.0, 0.2, 0.0]), np.array([np.inf, 1.0, 2.0]))
SCALES = np.array([1.0, 0.5])


def sites_of(data, **options):
    return Varying(data.sites, SCALES, **options)


def one_noise():
    data = simulated()
    return Model((gram(data.x, data.y),), (FIXED,), (sites_of(data),), Noise(1.0))


def uncorrelated():
    data = simulated()
    its = (sites_of(data, correlated=False, scale_df=3.0),)
    return Model((gram(data.x, data.y),), (FIXED,), its, Noise(1.0))


def crossed():
    data = simulated(areas=5)
    its = (sites_of(data), Varying(data.areas, np.array([1.0]), scale_df=3.0))
    return Model((gram(data.x, data.y),), (FIXED,), its, Noise(1.0))


def noisy_sites():
    data = simulated()
    own = grams(data.x, data.y, data.site)
    return Model(own, (FIXED,), (sites_of(data),), Noise(1.0, pooled=True))


def unpooled_noise_and_crossed():
    data = simulated(areas=5)
    its = (sites_of(data), Varying(data.areas, np.array([1.0])))
    return Model(grams(data.x, data.y, data.site), (FIXED,), its, Noise(1.0))


def related():
    data = simulated()
    relation = 0.5 * np.eye(8) + 0.5
    return Model(
        (gram(data.x, data.y),), (FIXED,), (sites_of(data, relation=relation),), Noise(1.0)
    )


def nested():
    """Areas of two or three sites each; one leaf an area, with an empty slot in some."""
    data = simulated()
    area = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    x = np.hstack([data.x, np.eye(3)[area[data.site]]])
    areas = 3 + 16 + np.arange(3)[:, None]
    its = (sites_of(data), Varying(areas, np.array([1.0])))
    return Model((gram(x, data.y),), (FIXED,), its, Noise(1.0))


def meta():
    effect = np.array([28, 8, -3, 7, -1, 1, 18, 12.0])
    error = np.array([15, 10, 16, 11, 9, 11, 10, 18.0])
    x = np.column_stack([np.ones(8), np.eye(8)])
    fixed = Fixed(np.array([0]), np.array([0.0]), np.array([5.0]))
    schools = Varying(np.arange(1, 9)[:, None], np.array([5.0]), scale_df=1.0)
    known = Noise(1.0, known=error)
    return Model(grams(x, effect, np.arange(8)), (fixed,), (schools,), known)


def several(cross):
    """Three outcomes of the same rows; sites' effects on them are correlated."""
    rng = np.random.default_rng(5)
    rows, sites, k = 150, 6, 3
    site = rng.integers(0, sites, rows)
    m = k + k * sites
    noise = rng.normal(size=(rows, k)) @ np.linalg.cholesky(0.4 * np.eye(k) + 0.6).T
    own = rng.normal(0, 0.5, (sites, k))
    xs, ys = [], []
    for j in range(k):
        x = np.zeros((rows, m))
        x[:, j] = 1.0
        x[np.arange(rows), k + site * k + j] = 1.0
        xs.append(x)
        ys.append(own[site, j] + noise[:, j] * (1 + j))
    fixed = Fixed(np.arange(k), np.zeros(k), np.ones(k))
    its = Varying(k + np.arange(sites * k).reshape(sites, k), np.ones(k))
    pairs = cross_grams(tuple(xs), tuple(ys)) if cross else ()
    own_grams = tuple(gram(x, y) for x, y in zip(xs, ys, strict=True))
    return Model(own_grams, (fixed,), (its,), Noise(1.5, cross=pairs))


MODELS = {
    "one noise": one_noise(),
    "uncorrelated": uncorrelated(),
    "crossed, multiple membership": crossed(),
    "noisy sites": noisy_sites(),
    "unpooled noise, crossed": unpooled_noise_and_crossed(),
    "related groups": related(),
    "sites in areas": nested(),
    "known noise": meta(),
    "several outcomes": several(cross=False),
    "several outcomes, residuals correlated": several(cross=True),
}


@pytest.fixture(params=list(MODELS))
def model(request):
    return MODELS[request.param]


def dense(model, eta):
    """The log density of free numbers by dense algebra in the coefficients themselves."""
    p = problem(model)
    it = hyper.unpack(model, eta[None], p.guess)
    m = len(p.mean)
    prior = np.zeros((m, m))  # precision
    log_det = 0.0
    for one in model.fixed:
        on = np.isfinite(one.sd)
        prior[one.columns[on], one.columns[on]] = one.sd[on] ** -2.0
        log_det -= 2 * np.log(one.sd[on]).sum()
    for one, root in zip(model.varying, it.roots(), strict=True):
        between = np.eye(len(one.columns)) if one.relation is None else one.relation
        cov = np.kron(between, root[0] @ root[0].T)
        at = one.columns.ravel()
        prior[np.ix_(at, at)] = np.linalg.inv(cov)
        log_det -= np.linalg.slogdet(cov)[1]
    weight = it.noise.weight[0]
    total = Gram(np.zeros((m, m)), np.zeros(m), 0.0, 0.0)
    for w, g in zip(weight, (*model.grams, *model.noise.cross), strict=True):
        yy = g.yy - 2 * p.mean @ g.xy + p.mean @ g.xx @ p.mean
        xy = g.xy - g.xx @ p.mean
        total = Gram(total.xx + w * g.xx, total.xy + w * xy, total.yy + w * yy, 0.0)
    precision = prior + total.xx
    fit = total.xy @ np.linalg.solve(precision, total.xy)
    value = 0.5 * (log_det - np.linalg.slogdet(precision)[1] - total.yy + fit)
    value += (it.log_prior + it.jacobian)[0] - it.noise.log_det[0] @ p.n
    return value, precision, np.linalg.solve(precision, total.xy) + p.mean
