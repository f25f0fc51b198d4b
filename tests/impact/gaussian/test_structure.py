"""How a model falls into parts, leaves and hubs."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.impact.gaussian import Gram, Noise
from evalkit.impact.gaussian.structure import layout, parts

from .conftest import MODELS


@pytest.mark.parametrize(
    ("name", "leaves", "width", "hubs"),
    [
        ("one noise", 8, 2, 3),
        ("crossed, multiple membership", 8, 2, 8),
        ("noisy sites", 8, 2, 3),
        ("several outcomes", 6, 3, 3),
        ("known noise", 8, 1, 1),
    ],
)
def test_groups_are_leaves_and_what_crosses_them_hubs(name, leaves, width, hubs):
    found = layout(MODELS[name])
    assert (found.leaf.shape, len(found.hub)) == ((leaves, width), hubs)


def test_related_groups_are_hubs():
    found = layout(MODELS["related groups"])
    assert len(found.hub) == 19
    assert found.slots == ()
    assert (found.leaf == -1).all()


def test_every_coefficient_has_one_place(model):
    found = layout(model)
    leaf = found.leaf[found.leaf >= 0]
    assert sorted([*found.hub, *leaf]) == list(range(len(model.grams[0].xy)))


def test_sites_in_an_area_share_its_leaf_when_that_is_less_work():
    """Many areas with a site or two each: a leaf an area, some slots of which are empty."""
    model = MODELS["sites in areas"]
    areas = np.repeat(np.arange(30), 2)[:59]
    m = 1 + 30 + 59
    x = np.zeros((59, m))
    x[:, 0] = 1.0
    x[np.arange(59), 1 + areas] = 1.0
    x[np.arange(59), 31 + np.arange(59)] = 1.0
    one = Gram(x.T @ x, x.sum(axis=0), 59.0, 59.0)
    area, site = model.varying[1], model.varying[1]
    whole = replace(
        model,
        grams=(one,),
        fixed=(replace(model.fixed[0], columns=np.array([0])),),
        varying=(
            replace(area, columns=1 + np.arange(30)[:, None]),
            replace(site, columns=31 + np.arange(59)[:, None]),
        ),
    )
    found = layout(whole)
    assert found.leaf.shape == (30, 3)
    assert (found.leaf == -1).sum() == 1


def test_pooled_or_correlated_noise_keeps_outcomes_together():
    model = MODELS["several outcomes"]
    alone = tuple(
        replace(model.varying[0], columns=model.varying[0].columns[:, [k]], scale=np.ones(1))
        for k in range(3)
    )
    apart = replace(model, varying=alone)
    assert [one.noise.tolist() for one in parts(apart)] == [[0], [1], [2]]
    assert len(parts(replace(apart, noise=Noise(1.0, pooled=True)))) == 1
    assert len(parts(replace(apart, noise=Noise(1.0, cross=apart.grams)))) == 1
    known = replace(apart, noise=Noise(1.0, known=np.array([1.0, 2.0, 3.0])))
    assert [one.model.noise.known.tolist() for one in parts(known)] == [[1.0], [2.0], [3.0]]


def test_coefficients_no_row_speaks_of_are_not_lost():
    model = MODELS["one noise"]
    empty = Gram(np.zeros((19, 19)), np.zeros(19), 0.0, 0.0)
    found = parts(replace(model, grams=(empty, empty)))
    assert sorted(np.concatenate([one.columns for one in found])) == list(range(19))
    assert sorted(np.concatenate([one.varying for one in found])) == [0]
