"""The libraries' own record has labels, and one part of a joint model stands alone."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from evalkit.impact.bayes.multi.joint import effects_of, places_of
from evalkit.impact.bayes.multi.native import as_single, joint_native, record
from evalkit.impact.bayes.multi.parts import joint_with, outcome_parts


def made(rows, ask, seen_of):
    asked = ask(("score", "other"), higher={"other": False})
    seen = seen_of(rows, asked)
    parts, _ = outcome_parts(seen, asked)
    joint, _ = joint_with(seen, asked, parts)
    places, shape = places_of(joint), (2, 5)
    rng = np.random.default_rng(0)
    eye = np.broadcast_to(np.eye(2), (*shape, 2, 2))
    draws = SimpleNamespace(
        coef=rng.standard_normal((*shape, places.count)),
        scales=(np.ones((*shape, 1)), np.full((*shape, 2), 0.3)),
        correlations=(np.ones((*shape, 1, 1)), eye),
        noise=np.ones((*shape, 2)),
    )
    return joint, effects_of(joint, places, draws)


def test_outcomes_and_sites_are_labelled(rows, ask, seen_of):
    """By name, whatever the version of the library."""
    joint, effects = made(rows, ask, seen_of)
    posterior = joint_native(joint, effects)["posterior"]
    assert posterior["site_effect"].dims == ("chain", "draw", "site", "outcome")
    assert posterior["outcome"].values.tolist() == ["score", "other"]


def test_a_part_alone_is_in_its_own_units_and_direction(rows, ask, seen_of):
    """Less is better in the second: its sign turns back, spreads stay above zero."""
    joint, effects = made(rows, ask, seen_of)
    problem, posterior = as_single(joint, effects, 1, range(12))
    sd = joint.parts[1].effects.sd
    np.testing.assert_allclose(posterior.mu, -effects.typical[..., 1] * sd)
    np.testing.assert_allclose(posterior.tau, 0.3 * sd)
    assert problem.raw is joint.parts[1].effects.raw


def test_any_draws_can_be_recorded():
    """With their labels."""
    kept = record({"a": np.zeros((2, 3, 2))}, {"x": ["u", "v"]}, {"a": ["x"]})
    assert kept["posterior"]["a"].dims == ("chain", "draw", "x")
