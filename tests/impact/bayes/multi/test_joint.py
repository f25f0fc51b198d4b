"""The joint model: related errors are undone exactly, sites and outcomes stand where they should."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from evalkit.impact.bayes.multi.joint import (
    effects_of,
    joint_of,
    model_of,
    new_site,
    places_of,
    residual_correlation,
    rows_of,
)
from evalkit.impact.bayes.multi.moderators import none
from evalkit.impact.bayes.multi.parts import joint_with, outcome_parts
from evalkit.impact.bayes.multi.scales import Scales

TWO = ("score", "other")


@pytest.fixture
def joint(rows, ask, seen_of):
    asked = ask(TWO, higher={"other": False})
    seen = seen_of(rows, asked)
    parts, _ = outcome_parts(seen, asked)
    made, _ = joint_with(seen, asked, parts)
    return made


def test_the_residuals_relation_is_found_and_drawn_slightly_to_nought(joint, rows):
    """The correlation of residuals, turned as wanted, times df over df + outcomes + 1."""
    cell = rows.groupby(["site", "on"])
    rest = [rows[name] - cell[name].transform("mean") for name in TWO]
    raw = -np.corrcoef(*rest)[0, 1]
    df = joint.parts[0].effects.raw.df
    assert joint.correlation[0, 1] == pytest.approx(raw * df / (df + 3))
    assert 0.4 < joint.correlation[0, 1] < 0.7


def test_rows_that_are_not_shared_are_not_related(joint):
    """Half of the rows in common halves the relation; none ends it."""
    one, two = joint.parts
    half = tuple(key if i % 2 else -i - 1 for i, key in enumerate(two.keys))
    none_shared = tuple(-i - 1 for i in range(len(two.keys)))
    whole = residual_correlation([one, two])[0, 1]
    assert residual_correlation([one, replace(two, keys=half)])[0, 1] == pytest.approx(
        whole / 2, rel=0.25
    )
    assert residual_correlation([one, replace(two, keys=none_shared)])[0, 1] == 0


def test_independent_rows_have_the_likelihood_of_the_related_ones(joint):
    """The sum over rows equals the multivariate normal of all raw effects and their errors."""
    places = places_of(joint)
    rng = np.random.default_rng(0)
    coef = 0.2 * rng.standard_normal(places.count)
    sd = np.array([part.effects.raw.sigma / part.effects.sd for part in joint.parts])
    covariance = joint.correlation * np.outer(sd, sd)
    noise = [part.effects.raw.noise for part in joint.parts]
    symmetric = [_root(one) for one in noise]
    big = np.block(
        [[covariance[k, j] * symmetric[k] @ symmetric[j] for j in range(2)] for k in range(2)]
    )
    y = np.concatenate([part.effects.raw.effect / part.unit for part in joint.parts])
    x = np.vstack([places.mean[k] + places.site[:, k] for k in range(2)])
    rest = y - x @ coef
    direct = rest @ np.linalg.solve(big, rest)
    variance = np.diag(np.linalg.cholesky(covariance)) ** 2
    made = sum(
        weight @ (target - design @ coef) ** 2 / variance[k]
        for k, (design, target, weight) in enumerate(rows_of(joint, places))
    )
    assert made == pytest.approx(direct)


def _root(matrix):
    value, vector = np.linalg.eigh(matrix)
    return (vector * np.sqrt(value)) @ vector.T


def test_a_site_without_an_outcome_lends_what_it_has(rows, ask, seen_of):
    """Rows are as many as raw effects, and a row alone keeps its own variance."""
    frame = rows.copy()
    frame.loc[frame["site"] == "s03", "score"] = np.nan
    asked = ask(TWO)
    seen = seen_of(frame, asked)
    parts, _ = outcome_parts(seen, asked)
    joint, _ = joint_with(seen, asked, parts)
    made = rows_of(joint, places_of(joint))
    assert [len(one[1]) for one in made] == [11, 12]
    lonely = made[1][2][joint.parts[1].effects.sites.index("s03")]
    assert lonely < 1  # nothing else tells of its error, so it weighs less than the others
    assert made[1][2][np.arange(12) != 3] == pytest.approx(1)
    assert joint.has()[3].tolist() == [0.0, 1.0]


def test_grams_hold_the_residual_variance(joint):
    """Degrees of freedom and squares beyond those of the raw effects themselves."""
    places = places_of(joint)
    model = model_of(joint, places, Scales())
    raw = joint.parts[0].effects.raw
    assert model.grams[0].n == pytest.approx(12 + raw.df)
    _, y, weight = rows_of(joint, places)[0]
    first = (raw.sigma / joint.parts[0].effects.sd) ** 2
    assert model.grams[0].yy == pytest.approx(weight @ y**2 + raw.df * first)
    assert [one.label for one in model.varying] == ["outcomes", "sites"]
    assert model.varying[1].correlated


def test_effects_are_sums_of_their_coefficients(joint):
    """Overall, own and site; covariance from scales and correlations."""
    places = places_of(joint)
    coef = np.zeros((1, 1, places.count))
    coef[..., 0], coef[..., 1], coef[..., 2] = 0.5, 0.1, -0.1
    coef[..., places.count - 24] = 1.0
    correlation = np.array([[1, 0.5], [0.5, 1]])[None, None]
    draws = SimpleNamespace(
        coef=coef,
        scales=(np.full((1, 1, 1), 0.3), np.array([[[0.2, 0.4]]])),
        correlations=(np.ones((1, 1, 1, 1)), correlation),
        noise=np.ones((1, 1, 2)),
    )
    made = effects_of(joint, places, draws)
    np.testing.assert_allclose(made.typical[0, 0], [0.6, 0.4])
    assert made.site[0, 0, 0, 0] == pytest.approx(1.6)
    assert made.mean[0, 0, 0] == pytest.approx(0.6 + 1 / 12)
    np.testing.assert_allclose(made.covariance[0, 0], [[0.04, 0.04], [0.04, 0.16]])
    assert (made.noise[0, 0] >= 1).all()


def test_a_new_site_varies_as_the_sites_do(joint):
    """Many draws have the covariance of sites' deviations."""
    places = places_of(joint)
    shape = (2, 20000)
    coef = np.zeros((*shape, places.count))
    correlation = np.broadcast_to(np.array([[1, 0.5], [0.5, 1]]), (*shape, 2, 2))
    scales = (np.full((*shape, 1), 0.3), np.broadcast_to([0.2, 0.4], (*shape, 2)))
    ones = np.ones((*shape, 1, 1))
    draws = SimpleNamespace(
        coef=coef, scales=scales, correlations=(ones, correlation), noise=np.ones((*shape, 2))
    )
    made = new_site(effects_of(joint, places, draws), np.zeros(0), 3).reshape(-1, 2)
    np.testing.assert_allclose(np.cov(made.T), [[0.04, 0.04], [0.04, 0.16]], atol=0.003)


@pytest.mark.parametrize("count", [7, 9])
def test_many_outcomes_are_related_through_domains(joint, count):
    """Beyond six outcomes: one effect a site and domain, and one of each outcome's own."""
    parts = [
        replace(
            joint.parts[0], name=f"o{i}", domain=f"d{i % 2}", keys=tuple((i, j) for j in range(480))
        )
        for i in range(count)
    ]
    many = joint_of(parts, none(12), joint.sites)
    places = places_of(many)
    labels = [one.label for one in model_of(many, places, Scales()).varying]
    assert labels[:3] == ["domains", "outcomes", "sites by domain"]
    assert len(labels) == 3 + count
    assert places.site[0, 0].sum() == 2
    alone = replace(many, parts=tuple(replace(part, domain="") for part in parts))
    assert "domains" not in [
        one.label for one in model_of(alone, places_of(alone), Scales()).varying
    ]


def test_correlations_of_different_rows_are_made_positive(joint):
    """Pairs of outcomes with rows of their own can contradict one another; the matrix must not."""
    part = joint.parts[0]
    rng = np.random.default_rng(0)
    base = rng.standard_normal(300)
    shared = [range(200), range(100, 300), [*range(100), *range(200, 300)]]
    values = [base[:200], base[100:300], -np.concatenate([base[:100], base[200:300]])]
    parts = []
    for keys, rest in zip(shared, values, strict=True):
        raw = replace(part.effects.raw, rest=np.asarray(rest), df=199.0)
        parts.append(replace(part, keys=tuple(keys), effects=replace(part.effects, raw=raw)))
    made = residual_correlation(parts)
    assert np.linalg.eigvalsh(made).min() > 0
    np.testing.assert_allclose(np.diag(made), 1)
