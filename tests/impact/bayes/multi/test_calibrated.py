"""Simulation-based calibration of the families that are sampled: ranks of the truth are uniform."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.impact.bayes import calibration
from evalkit.impact.bayes.engine import Effort
from evalkit.impact.bayes.multi import general
from evalkit.impact.bayes.multi.family_rows import every_row, fewer, units_of
from evalkit.impact.bayes.multi.general import prior_of, sample_family
from evalkit.impact.bayes.multi.layout import layout_of
from evalkit.impact.bayes.multi.scales import Scales

SIMULATIONS, RANKS = 50, 63
SCALES = Scales(effect=1.0, spread=0.5, levels=0.5)


def simulate(made, layout, rng):
    """Draw every parameter from its prior and outcomes of a binomial family from these."""
    mean, sd = prior_of(layout, made, "binomial", SCALES)
    beta = mean + sd * rng.standard_normal(2)
    level, effect = (scale * np.abs(rng.standard_normal()) for scale in (0.5, 0.5))
    rho = 2 * rng.beta(2, 2) - 1
    z = rng.standard_normal((12, 2))
    own = np.column_stack(
        [level * z[:, 0], effect * (rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1])]
    )
    eta = made.fixed @ beta + (own[made.site] * made.features).sum(axis=1)
    y = rng.binomial(made.size.astype(int), 1 / (1 + np.exp(-eta))).astype(float)
    new = beta[1] + effect * rng.standard_normal()
    return replace(made, y=y), {"effect": beta[1], "spread": effect, "new site": new}


def found_in(fitted, rng):
    """Return thinned draws of the same quantities."""
    spread = fitted.spreads[0][..., 1]
    new = fitted.beta[..., 1] + spread * rng.standard_normal(spread.shape)
    drawn = {"effect": fitted.beta[..., 1], "spread": spread, "new site": new}
    return {name: calibration.thinned(one, RANKS) for name, one in drawn.items()}


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [False, True])
def test_ranks_of_a_binomial_model_stay_in_the_envelope(rows, ask, seen_of, monkeypatch, wrong):
    """Effect, spread and a new site; data from twice the spread of effects leave it."""
    monkeypatch.setattr(general, "_trouble", lambda *_: "")
    monkeypatch.setattr(general, "EFFORTS", ((Effort(400, 250, 0.9), False),))
    monkeypatch.setattr(general, "LEVEL_SD", 0.5)
    asked = ask("passed", family="bernoulli")
    layout, _ = layout_of(seen_of(rows, asked), asked)
    units = units_of(layout, "bernoulli")
    made = fewer(every_row(layout, "bernoulli", units), "bernoulli")
    used = replace(SCALES, spread=0.05) if wrong else SCALES
    truth, drawn = {}, {}
    for i in range(SIMULATIONS):
        rng = np.random.default_rng([9, i])
        data, true = simulate(made, layout, rng)
        held = replace(data, y=made.y)  # the level's prior stays where it was
        monkeypatch.setattr(general, "_level", lambda *_, held=held: _level(held))
        fitted = sample_family(layout, data, "bernoulli", units, used, i)
        for name, one in found_in(fitted, rng).items():
            truth.setdefault(name, []).append(true[name])
            drawn.setdefault(name, []).append(one)
    limits = calibration.band(SIMULATIONS, RANKS)
    outside = {
        name: len(
            calibration.outside(
                calibration.ranks(np.array(truth[name]), np.array(drawn[name])), limits
            )
        )
        for name in truth
    }
    if wrong:
        assert outside["spread"] > 0
    else:
        assert outside == dict.fromkeys(truth, 0)


def _level(rows):
    """Return the level that the priors of the unchanged data are centred at."""
    off = rows.treated == 0
    share = (rows.y[off].sum() + 0.5) / (rows.size[off].sum() + 1)
    return float(np.log(share / (1 - share)))
