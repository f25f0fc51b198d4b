"""The normal row model: Grams of all rows, and agreement with REML where little is assumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from evalkit.impact.bayes.multi.layout import layout_of
from evalkit.impact.bayes.multi.linear import (
    design_of,
    grams_of,
    places_of,
    sample_linear,
    scale_of,
)
from evalkit.impact.bayes.multi.rowwise import linear_sites
from evalkit.impact.bayes.multi.scales import Scales

STAR = Path(__file__).parents[3] / "golden" / "randomised" / "star.csv"
FLAT = Scales(effect=100.0, spread=10.0, levels=10.0, noise=10.0)


def test_the_design_holds_levels_effects_and_shares(rows, ask, seen_of):
    """A row times coefficients is the sum over fixed columns and blocks."""
    frame = rows.assign(first=rows["trust"], second=np.roll(rows["trust"], 60))
    asked = ask("score", area="area", members=("first", "second"))
    layout, _ = layout_of(seen_of(frame, asked), asked)
    places, width = places_of(layout)
    coef = np.random.default_rng(0).standard_normal(width)
    made = design_of(layout) @ coef
    by_hand = layout.fixed @ coef[: layout.fixed.shape[1]]
    for block, place in zip(layout.blocks, places, strict=True):
        for j, feature in enumerate(block.features):
            own = (coef[place[block.codes, j]] * block.share).sum(axis=1)
            by_hand = by_hand + own * layout.multiplier(feature)
    np.testing.assert_allclose(made, by_hand)


def test_grams_of_sites_add_up_to_that_of_all_rows(rows, ask, seen_of):
    """Sums of products, with weights of mean one."""
    asked = ask("score", weights="dose")
    layout, _ = layout_of(seen_of(rows.assign(dose=1 + rows["pupil"] % 3), asked), asked)
    whole = grams_of(layout, layout.y, by_site=False)[0]
    parts = grams_of(layout, layout.y, by_site=True)
    assert len(parts) == 12
    np.testing.assert_allclose(sum(one.xx for one in parts), whole.xx)
    assert sum(one.yy for one in parts) == pytest.approx(whole.yy)
    assert whole.n == 480
    weight = layout.weight / layout.weight.mean()
    assert whole.yy == pytest.approx(weight @ layout.y**2)


def test_the_scale_is_that_of_untreated_rows_within_periods(panel_frame, ask, seen_of):
    """Years apart by a hundred do not widen it."""
    asked = ask("score", time="year")
    layout, _ = layout_of(seen_of(panel_frame, asked), asked)
    _, plain = scale_of(layout)
    frame = panel_frame.assign(score=panel_frame["score"] + 100 * (panel_frame["year"] - 2015))
    shifted, _ = layout_of(seen_of(frame, asked), asked)
    assert scale_of(shifted)[1] == pytest.approx(plain)


@pytest.mark.slow
def test_star_agrees_with_reml_when_little_is_assumed(ask, seen_of):
    """Small classes in 79 schools, levels and effects related: within 0.1 posterior SD."""
    frame = pd.read_csv(STAR).dropna(subset=["total", "school"])
    frame = frame[frame["arm"] != "aide"]
    frame = frame.assign(on=(frame["arm"] == "small").astype(int), site=frame["school"])
    frame = frame[frame["school"] != 14]  # one arm only
    asked = ask("total")
    layout, _ = layout_of(seen_of(frame, asked), asked)
    keep = [i for i, name in enumerate(layout.names) if name in ("level", "effect")]
    layout = replace(
        layout,
        fixed=layout.fixed[:, keep],
        names=tuple(layout.names[i] for i in keep),
        roles=tuple(layout.roles[i] for i in keep),
    )
    fitted, _ = sample_linear(layout, FLAT, 1)
    centre, sd = scale_of(layout)
    reml = smf.mixedlm("total ~ on", frame, groups="site", re_formula="on").fit(reml=True)
    for j, name in enumerate(("Intercept", "on")):
        draws = fitted.beta[..., j] * sd + (centre if name == "Intercept" else 0.0)
        assert draws.mean() == pytest.approx(reml.params[name], abs=0.1 * draws.std())
    spread = fitted.spreads[0][..., 1] * sd
    assert np.quantile(spread, 0.025) < reml.cov_re.iloc[1, 1] ** 0.5 < np.quantile(spread, 0.975)
    sigma = fitted.noise["sigma"] * sd
    assert sigma.mean() == pytest.approx(reml.scale**0.5, abs=0.2 * sigma.std())


@pytest.mark.slow
def test_sites_with_more_noise_are_found(rows, ask, seen_of):
    """Noise three times as large in half of the sites; effects still near their truth."""
    rng = np.random.default_rng(4)
    loud = rows["site"] >= "s06"
    score = 50 + 2 * rows["on"] + rng.standard_normal(len(rows)) * np.where(loud, 6.0, 2.0)
    asked = ask("score", heteroskedastic=True)
    layout, _ = layout_of(seen_of(rows.assign(score=score), asked), asked)
    fitted, densities = sample_linear(layout, Scales(), 1, by_site=True)
    sigma = fitted.noise["sigma"].mean(axis=(0, 1)) * scale_of(layout)[1]
    assert sigma[:6] == pytest.approx(2.0, rel=0.35)
    assert sigma[6:] == pytest.approx(6.0, rel=0.35)
    assert sigma[6:].min() > sigma[:6].max()
    made = linear_sites(layout, fitted, scale_of(layout)[1]).natural.mean(axis=-1)
    assert made.mean() == pytest.approx(2.0, abs=4 * made.std())
    assert densities.prior.shape == densities.likelihood.shape == fitted.beta.shape[:2]
