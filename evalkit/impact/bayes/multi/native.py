"""The libraries' own record of the draws, and one part of a joint model as a model of its own."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evalkit.impact.bayes import adapter
from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.engine import EFFORTS, Posterior
from evalkit.impact.bayes.engine import Problem as Single
from evalkit.impact.bayes.multi.joint import Effects, Joint


def joint_native(joint: Joint, effects: Effects) -> Any:
    """Return an ``InferenceData`` or ``DataTree`` of the joint draws, in SDs as wanted."""
    named = {
        "typical": effects.typical,
        "site_effect": effects.site,
        "mean_effect": effects.mean,
        "spread": np.sqrt(np.einsum("...kk->...k", effects.covariance)),
        "sigma": effects.noise,
    }
    dims = {
        "typical": ["outcome"],
        "site_effect": ["site", "outcome"],
        "mean_effect": ["outcome"],
        "spread": ["outcome"],
        "sigma": ["outcome"],
    }
    if joint.moderators.names:
        named["gamma"] = effects.gamma
        dims["gamma"] = ["outcome", "moderator"]
    coords = {
        "outcome": [part.name for part in joint.parts],
        "site": list(joint.sites),
        "moderator": list(joint.moderators.names),
    }
    return record(named, coords, dims)


def record(
    named: Mapping[str, Floats],
    coords: Mapping[str, Sequence[str]],
    dims: Mapping[str, Sequence[str]],
) -> Any:
    """Return draws with labels as ArviZ keeps them, the same from either of its generations."""
    with adapter.quiet():
        arviz: Any = importlib.import_module("arviz")
        labels = {
            "coords": {name: list(values) for name, values in coords.items()},
            "dims": {name: list(values) for name, values in dims.items()},
        }
        groups = {"posterior": dict(named)}
        if int(arviz.__version__.split(".")[0]) >= 1:
            return arviz.from_dict(groups, **labels)
        return arviz.from_dict(**groups, **labels)


def as_single(
    joint: Joint, effects: Effects, k: int, at: Sequence[int]
) -> tuple[Single, Posterior]:
    """Return one part as the single-outcome code knows it, in the part's own units."""
    part = joint.parts[k]
    problem = Single(part.effects.raw, joint.moderators.standard[list(at)], part.effects.sd)
    posterior = Posterior(
        effects.typical[..., k] * part.unit,
        np.sqrt(effects.covariance[..., k, k]) * part.effects.sd,
        effects.noise[..., k] * part.effects.sd,
        effects.gamma[..., k, :] * part.unit,
        effects.site[..., list(at), k] * part.unit,
        0,
        EFFORTS[0],
        1,
    )
    return problem, posterior
