"""Bayesian form of `randomised`: arms, strata, covariates, and clusters that differ.

Whenever clusters are named they have levels of their own (random intercepts), so that more rows of
the same clusters do not count as more lots drawn. Where clusters, or at least three strata, hold
several arms, the effect differs between them too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evalkit.errors import DesignError
from evalkit.impact.bayes.forms.common import (
    DIGITS,
    FLAT,
    Common,
    Form,
    Group,
    in_units,
)
from evalkit.impact.bayes.forms.common_gram import Grouped, collapse
from evalkit.impact.bayes.forms.common_slots import RANDOMISED
from evalkit.impact.least_squares import Floats, Ints, absorb
from evalkit.impact.randomised.balance import pooled_sd
from evalkit.impact.randomised.read import useful_strata
from evalkit.impact.randomised.regression import Model, build
from evalkit.impact.randomised.trial import Trial

CONTRAST = 1
"""The arm whose contrast is the value: the first after the reference arm."""
FEWEST_SITES = 3
"""Fewer strata or clusters with both arms than this cannot show how effects differ."""
UNIT_RULE = "the standard deviation of the outcome within the arms, total and unadjusted"


@dataclass(frozen=True)
class Collapsed:
    """A trial as a form.

    Attributes
    ----------
    form : Form
    trial : Trial
        The rows analysed.
    model : Model
        Of the same rows in units.
    sites : ndarray of int or None
        Cluster or stratum of each row between which effects differ.
    contrasts : ndarray, shape (m, arms - 1)
        The effect of each arm against the reference arm.
    site_contrasts : ndarray, shape (m, sites), or None
        The effect of the leading arm in each site.
    """

    form: Form
    trial: Trial
    model: Model
    sites: Ints | None
    contrasts: Floats
    site_contrasts: Floats | None


def collapse_trial(trial: Trial) -> Collapsed:
    """Return the form of a trial.

    Parameters
    ----------
    trial : Trial
        The rows analysed.
    """
    unit = pooled_sd(trial, CONTRAST)
    if not unit > 0:
        raise DesignError(
            "randomised cannot be estimated: the outcome does not vary within the arms.",
            do="Check the outcome's column; a Bayesian form needs its spread.",
        )
    model = _model(trial, unit)
    sites = _sites(model.trial)
    z, group, names = _random_columns(model, sites)
    rows = Grouped(
        y=model.ready(model.trial.y[:, None])[:, 0],
        x=model.regressors(),
        z=z,
        group=group,
        weight=np.ones(trial.n),
        absorbed=0 if model.groups is None else int(model.groups.max()) + 1,
    )
    made = collapse(rows)
    arms = model.contrasts
    common = (
        Common("effect", np.arange(arms)),
        Common(FLAT, np.arange(arms, rows.x.shape[1])),
    )
    groups = tuple(
        Group(names, made.columns, "site", tuple(_WORDS[name] for name in names))
        for _ in range(1 if made.columns.size else 0)
    )
    sampled = names if made.taken_out is None else ()
    priors = ("effect", "noise", *sampled)
    slots = {name: slot for name, slot in RANDOMISED.items() if name in priors}
    contrasts, own = _contrasts(model, sites, made.columns, names)
    form = Form(
        made.gram,
        common,
        groups,
        contrasts[:, CONTRAST - 1],
        unit,
        slots,
        residuals=made.residuals,
        taken_out=made.taken_out,
        taken_priors=names if made.taken_out is not None else (),
    )
    return Collapsed(form, trial, model, sites, contrasts, own)


_WORDS = {"levels": "level of a cluster", "spread": "deviation of a site's effect"}


def _model(trial: Trial, unit: float) -> Model:
    """Return the regression columns with outcome and covariates in units."""
    centre = float(np.average(trial.y, weights=trial.w))
    spread = trial.x.std(axis=0)
    x = (trial.x - trial.x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    made = replace(trial, y=in_units(trial.y, centre, unit), x=x.round(DIGITS))
    model, _ = build(made, "ancova" if trial.x_names else "difference_in_means")
    if not model.exact:
        raise DesignError(
            "randomised cannot be estimated: there are too many strata that cut across clusters.",
            do="Merge small strata, or write `inference: frequentist`.",
        )
    return model


def _sites(trial: Trial) -> Ints | None:
    """Return the clusters or strata whose effects may differ: at least three hold both arms."""
    if trial.clustered:
        held = trial.arms_held()
        mixed = int((held[:, 0] & held[:, CONTRAST]).sum())
        return trial.cluster if not trial.by_cluster() and mixed >= FEWEST_SITES else None
    if trial.roles.strata and int(useful_strata(trial).sum()) >= FEWEST_SITES:
        return trial.stratum
    return None


def _random_columns(model: Model, sites: Ints | None) -> tuple[Floats, Ints, tuple[str, ...]]:
    """Return the columns that differ by cluster or stratum, its codes, and their priors' names."""
    trial = model.trial
    parts: list[Floats] = []
    names: tuple[str, ...] = ()
    if trial.clustered and model.groups is None:
        parts, names = [np.ones((trial.n, 1))], ("levels",)
    if sites is not None:
        arms = trial.arm[:, None] == np.arange(1, len(trial.arms))
        parts.append(arms.astype(float))
        names += ("spread",) * arms.shape[1]
    codes = trial.cluster if trial.clustered else trial.stratum
    z = np.column_stack(parts) if parts else np.zeros((trial.n, 0))
    return absorb(z, model.groups, trial.w), codes, names


def _contrasts(
    model: Model, sites: Ints | None, columns: Ints, names: tuple[str, ...]
) -> tuple[Floats, Floats | None]:
    """Return which coefficients are the effect of each arm, and of the leading one by site.

    With clusters the effects are of clusters like these (their mean); in strata of people they are
    of the people analysed: the mean of the strata's own effects, weighted by their rows.
    """
    trial, arms = model.trial, model.contrasts
    p = model.regressors().shape[1]
    m = p + columns.size
    contrasts = np.zeros((m, arms))
    contrasts[np.arange(arms), np.arange(arms)] = 1.0
    if sites is None or not columns.size:
        return contrasts, None
    first = len(names) - arms
    if not trial.clustered:
        useful = useful_strata(trial)
        weight = np.bincount(sites, weights=trial.w) * useful
        for arm in range(arms):
            contrasts[columns[:, first + arm], arm] = weight / weight.sum()
    own = np.zeros((m, len(columns)))
    own[CONTRAST - 1] = 1.0
    own[columns[:, first + CONTRAST - 1], np.arange(len(columns))] = 1.0
    return contrasts, own
