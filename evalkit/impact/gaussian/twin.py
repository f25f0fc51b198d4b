"""The same model whole in PyMC, for export, extension and as a cross-check."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from evalkit.impact.gaussian.check import need_sound
from evalkit.impact.gaussian.correlation import ETA
from evalkit.impact.gaussian.model import Fixed, Gram, Model, Noise, Varying
from evalkit.impact.gaussian.noise import SPREAD
from evalkit.impact.gaussian.structure import size


def twin(model: Model) -> Any:
    """Return a PyMC model with every coefficient a parameter, from the same Gram matrices.

    It is slower, and samples groups that hardly differ less well, than `sample`; nothing is
    integrated out, so that it can be extended.

    Parameters
    ----------
    model : Model

    Returns
    -------
    pymc.Model
        With variables ``coef``, ``noise`` and, for each `Varying`, ``scale_0``, ... and
        ``correlation_0``, ... where it is correlated; ``noise_correlation`` where residuals are.
    """
    pm, pt = _libraries()
    need_sound(model)
    with pm.Model() as made:
        coef = pt.zeros(size(model))
        for k, one in enumerate(model.fixed):
            coef = _with_fixed(coef, one, k)
        for k, v in enumerate(model.varying):
            coef = pt.set_subtensor(coef[v.columns], _varying(v, k))
        coef = pm.Deterministic("coef", coef)
        if model.noise.cross:
            _rows_together(model, coef)
        else:
            noise = _noise(model.noise, len(model.grams))
            for g, rows in enumerate(model.grams):
                half = 0.5 * _squares(rows, coef) / noise[g] ** 2
                pm.Potential(f"rows_{g}", -rows.n * pt.log(noise[g]) - half)
    return made


def _libraries() -> tuple[Any, Any]:
    """Import PyMC and its tensors when they are needed; their type hints cover parts only."""
    return importlib.import_module("pymc"), importlib.import_module("pytensor.tensor")


def _squares(rows: Gram, coef: Any) -> Any:
    """Return the residual sum of squares."""
    pt = _libraries()[1]
    return rows.yy - 2 * pt.dot(coef, rows.xy) + pt.dot(coef, pt.dot(rows.xx, coef))


def _with_fixed(coef: Any, one: Fixed, k: int) -> Any:
    pm, pt = _libraries()
    flat = np.isinf(one.sd)
    if flat.any():
        free = pm.Flat(f"flat_{k}", shape=int(flat.sum()))
        coef = pt.set_subtensor(coef[one.columns[flat]], free)
    if not flat.all():
        apart = pm.Normal(f"fixed_{k}", 0, 1, shape=int((~flat).sum()))
        values = one.mean[~flat] + one.sd[~flat] * apart
        coef = pt.set_subtensor(coef[one.columns[~flat]], values)
    return coef


def _varying(one: Varying, k: int) -> Any:
    pm, pt = _libraries()
    d, scale = one.columns.shape[1], np.asarray(one.scale, dtype=float)
    normal = np.isinf(one.scale_df)
    z = pm.Normal(f"apart_{k}", 0, 1, shape=one.columns.shape)
    if one.relation is not None:
        z = pt.dot(np.linalg.cholesky(one.relation), z)
    if not one.correlated or d == 1:
        more = {"sigma": scale, "shape": d}
        name = f"scale_{k}"
        own = (
            pm.HalfNormal(name, **more)
            if normal
            else pm.HalfStudentT(name, nu=one.scale_df, **more)
        )
        return z * own
    sds = (
        pm.HalfNormal.dist(scale, shape=d)
        if normal
        else pm.HalfStudentT.dist(nu=one.scale_df, sigma=scale, shape=d)
    )
    root, correlation, sd = pm.LKJCholeskyCov(
        f"covariance_{k}", n=d, eta=ETA, sd_dist=sds, compute_corr=True, store_in_trace=False
    )
    pm.Deterministic(f"scale_{k}", sd)
    pm.Deterministic(f"correlation_{k}", correlation)
    return pt.dot(z, root.T)


def _noise(noise: Noise, groups: int) -> Any:
    pm, pt = _libraries()
    if noise.known is not None:
        return pt.as_tensor_variable(np.asarray(noise.known, dtype=float))
    if not noise.pooled:
        return pm.HalfNormal("noise", noise.scale, shape=groups)
    typical = pm.HalfNormal("noise_typical", noise.scale)
    spread = pm.HalfNormal("noise_spread", SPREAD)
    apart = pm.Normal("noise_apart", 0, 1, shape=groups)
    return pm.Deterministic("noise", pt.exp(pt.log(typical) + spread * apart))


def _rows_together(model: Model, coef: Any) -> None:
    """Add the likelihood of outcomes whose residuals are correlated."""
    pm, pt = _libraries()
    groups = len(model.grams)
    root, correlation, sd = pm.LKJCholeskyCov(
        "residuals",
        n=groups,
        eta=ETA,
        sd_dist=pm.HalfNormal.dist(model.noise.scale, shape=groups),
        compute_corr=True,
        store_in_trace=False,
    )
    pm.Deterministic("noise", sd)
    pm.Deterministic("noise_correlation", correlation)
    precision = pt.linalg.inv(pt.dot(root, root.T))
    fit = -model.grams[0].n * pt.log(pt.diag(root)).sum()
    for g, rows in enumerate(model.grams):
        fit = fit - 0.5 * precision[g, g] * _squares(rows, coef)
    for (g, h), rows in zip(_pairs(groups), model.noise.cross, strict=True):
        fit = fit - 0.5 * precision[g, h] * _squares(rows, coef)
    pm.Potential("rows", fit)


def _pairs(groups: int) -> list[tuple[int, int]]:
    return [(g, h) for g in range(groups) for h in range(g)]
