"""The row model with normal outcomes: collapsed to Gram matrices and sampled by the Gaussian core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.impact.bayes.collapse import Floats, Ints
from evalkit.impact.bayes.engine import DIGITS
from evalkit.impact.bayes.multi.describe import Densities
from evalkit.impact.bayes.multi.general import Fitted
from evalkit.impact.bayes.multi.layout import Layout
from evalkit.impact.bayes.multi.scales import Scales

if TYPE_CHECKING:
    from evalkit.impact.gaussian import Gram, Model

NEARLY_FLAT = 10.0
"""Prior SD, in SDs of the outcome, of the level and of slopes per SD: wide, and yet proper, so that
columns that say the same twice do no harm."""


def scale_of(layout: Layout) -> tuple[float, float]:
    """Return the centre and standard deviation of the outcome among rows not under the programme.

    With `time` the standard deviation is that within periods.
    """
    off = layout.treated == 0
    y = layout.y[off]
    named = [
        name for name, role in zip(layout.names, layout.roles, strict=True) if role == "adjust"
    ]
    periods = [layout.names.index(name) for name in named if _is_period(layout, name)]
    code = layout.fixed[off][:, periods] @ np.arange(1, len(periods) + 1) if periods else 0 * y
    kept, place = np.unique(code, return_inverse=True)
    place = np.asarray(place).ravel()
    means = np.bincount(place, y) / np.bincount(place)
    apart = y - means[place]
    sd = float(np.sqrt(apart @ apart / max(len(y) - len(kept), 1)))
    return float(y.mean()), sd


def _is_period(layout: Layout, name: str) -> bool:
    column = layout.fixed[:, layout.names.index(name)]
    return layout.kind == "change" and bool(np.isin(column, (0.0, 1.0)).all())


def places_of(layout: Layout) -> tuple[list[Ints], int]:
    """Return the coefficients of each block, (groups, features), and how many there are in all."""
    at, made = layout.fixed.shape[1], []
    for block in layout.blocks:
        shape = (len(block.names), len(block.features))
        made.append(at + np.arange(shape[0] * shape[1]).reshape(shape))
        at += shape[0] * shape[1]
    return made, at


def design_of(layout: Layout) -> Any:
    """Return the rows of all coefficients, sparse: each row is in few groups."""
    from scipy import sparse

    count, columns = layout.fixed.shape
    places, width = places_of(layout)
    rows = [np.repeat(np.arange(count), columns)]
    at = [np.tile(np.arange(columns), count)]
    values = [layout.fixed.round(DIGITS).ravel()]
    for block, place in zip(layout.blocks, places, strict=True):
        for j, feature in enumerate(block.features):
            rows.append(np.repeat(np.arange(count), block.codes.shape[1]))
            at.append(place[block.codes.ravel(), j])
            values.append((block.share * layout.multiplier(feature)[:, None]).ravel())
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(at)))
    return sparse.coo_matrix(entries, shape=(count, width)).tocsr()


def grams_of(layout: Layout, y: Floats, *, by_site: bool) -> tuple[Gram, ...]:
    """Return one Gram of all rows, or one a site where sites have noise of their own."""
    from evalkit.impact.gaussian import Gram

    x = design_of(layout)
    weight = layout.weight / layout.weight.mean()
    group = np.unique(layout.site, return_inverse=True)[1] if by_site else 0 * layout.site
    group = np.asarray(group).ravel()
    made = []
    for one in range(int(group.max()) + 1):
        rows = group == one
        part, w, own = x[rows], weight[rows], y[rows]
        weighted = part.multiply(w[:, None]).tocsr()
        xx = np.asarray((weighted.T @ part).todense())
        made.append(Gram(xx, np.asarray(weighted.T @ own), float(w @ own**2), float(rows.sum())))
    return tuple(made)


def model_of(layout: Layout, y: Floats, scales: Scales, *, by_site: bool) -> Model:
    """Return the collapsed model; the level and what is adjusted for have next to flat priors."""
    from evalkit.impact.gaussian import Fixed, Model, Noise, Varying

    places, _ = places_of(layout)
    sd = {"effect": scales.effect, "moderators": scales.moderators}
    wide = np.array([sd.get(role, NEARLY_FLAT) for role in layout.roles])
    mean = np.array([scales.effect_mean if role == "effect" else 0.0 for role in layout.roles])
    fixed = Fixed(np.arange(len(layout.roles)), mean, wide)
    varying = [
        Varying(
            place,
            np.array(
                [scales.spread if one == "effect" else scales.levels for one in block.features]
            ),
            correlated=len(block.features) > 1,
            label=f"{block.name}: {', '.join(block.features)}",
        )
        for block, place in zip(layout.blocks, places, strict=True)
    ]
    grams = grams_of(layout, y, by_site=by_site)
    return Model(grams, (fixed,), tuple(varying), Noise(scales.noise, pooled=by_site))


def sample_linear(
    layout: Layout,
    scales: Scales,
    seed: int,
    *,
    by_site: bool = False,
    draws: int = 1500,
) -> tuple[Fitted, Densities]:
    """Sample the normal row model, in standard deviations of the outcome.

    Raises
    ------
    DesignError
        When the chains do not agree after the stated retries.
    """
    from evalkit.impact.gaussian import sample

    centre, sd = scale_of(layout)
    y = ((layout.y - centre) / sd).round(DIGITS)
    made = sample(model_of(layout, y, scales, by_site=by_site), draws=draws, seed=seed)
    places, _ = places_of(layout)
    correlations = tuple(
        one[..., 0, 1] if one.shape[-1] == 2 else np.zeros(one.shape[:2])
        for one in made.correlations
    )
    again = "" if made.attempts == 1 else f", reached at attempt {made.attempts}"
    fitted = Fitted(
        made.coef[..., : layout.fixed.shape[1]],
        tuple(made.coef[..., place] for place in places),
        tuple(made.scales),
        correlations,
        {"sigma": made.noise},
        f"Four chains of the collapsed model{again}",
    )
    return fitted, Densities(made.log_prior, made.log_likelihood)
