"""Which model answers what was asked: one outcome, several at once, or the rows themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from evalkit.impact.bayes import summary
from evalkit.impact.bayes.described.model import Quantity
from evalkit.impact.bayes.engine import Posterior, Problem, new_site_draws
from evalkit.impact.bayes.multi import groups, row_estimate, several, single
from evalkit.impact.bayes.multi.asked import Asked, asked_faults
from evalkit.impact.bayes.multi.densities import site_densities
from evalkit.impact.bayes.multi.describe import missing_of, quantity, setting_of, size, told_of
from evalkit.impact.bayes.multi.read import Seen, read
from evalkit.impact.bayes.multi.row_tables import Model
from evalkit.impact.bayes.priors import SLOTS, choose_priors
from evalkit.impact.bayes.result import Request, estimate_sites
from evalkit.impact.bayes.sites import SiteEffects
from evalkit.impact.estimate import Estimate
from evalkit.impact.frame import Faults


@dataclass(frozen=True)
class Prepared:
    """Rows that were read, and the model made of them."""

    seen: Seen
    model: SiteEffects | several.Problem | Model


def prepare(frame: Any, asked: Asked, inference: str) -> tuple[Prepared | None, Faults]:
    """Return the model that answers what was asked, or every reason why there is none."""
    faults = asked_faults(asked, inference)
    if not asked.outcomes:
        return None, faults
    seen, found = read(frame, asked)
    faults += found
    if seen is None or faults:
        return None, faults
    model, faults = _model(seen, asked)
    faults = faults + groups.group_faults(seen, asked) + _by_faults(asked)
    if model is None or faults:
        return None, faults
    return Prepared(seen, model), []


def _by_faults(asked: Asked) -> Faults:
    if not (asked.by or asked.tail) or not (asked.several or asked.family != "normal"):
        return []
    wrong = "Subgroups (`by`, `tail`) are compared for one normal outcome at a time."
    return [(wrong, "Leave them out, or plan an analysis of its own for each subgroup or outcome.")]


def _model(seen: Seen, asked: Asked) -> tuple[SiteEffects | several.Problem | Model | None, Faults]:
    if asked.family != "normal" or asked.grouped:
        return row_estimate.prepare_rows(seen, asked)
    problem, faults = several.prepare_joint(seen, asked)
    if problem is None or asked.several or _described(problem, asked):
        return problem, faults
    part = problem.joint.parts[0]
    return replace(part.effects, moderators=problem.joint.moderators.standard), []


def _described(problem: several.Problem, asked: Asked) -> bool:
    """Whether a new site is described, or kinds of place are among the moderators."""
    return isinstance(asked.new_site, Mapping) or any(problem.joint.moderators.kind)


def estimate(prepared: Prepared, asked: Asked) -> Estimate:
    """Sample the model and return everything that is reported of it.

    Raises
    ------
    DesignError
        When the sampling does not converge, or subgroups cannot be compared.
    """
    made = _estimate(prepared, asked)
    return groups.with_groups(made, prepared.seen, asked)


def _estimate(prepared: Prepared, asked: Asked) -> Estimate:
    model = prepared.model
    if isinstance(model, Model):
        return row_estimate.estimate_rows(model, asked)
    if isinstance(model, several.Problem):
        if asked.several:
            return several.estimate_several(model, asked)
        return single.estimate_described(model, asked)
    return _plain(model, prepared.seen, asked)


def _plain(model: SiteEffects, seen: Seen, asked: Asked) -> Estimate:
    """Return the estimate of the site-effects model, with what is said of every model."""
    margin, wanted = asked.margins.get(asked.outcomes[0]), asked.wanted(asked.outcomes[0])
    own = {slot: value for slot, value in (asked.priors or {}).items() if slot in SLOTS}
    request = Request(asked.columns, own, margin, asked.level, asked.seed, bool(asked.new_site))
    made, posterior = estimate_sites(model, request)
    problem = Problem(model.raw, model.moderators, model.sd)
    densities = site_densities(problem, posterior, choose_priors(own, model.sd))
    setting = setting_of(asked)
    quantities = _quantities(posterior, asked, (margin, wanted))
    told, more = told_of(quantities, densities, setting)
    missing, lost = missing_of(seen.arms, {asked.outcomes[0]: (quantities[0], model.sd)}, setting)
    return replace(
        made,
        table={**made.table, **told, "posterior": made.table["posterior"], **missing},
        checks=(*made.checks, *more, *lost),
    )


def _quantities(
    posterior: Posterior, asked: Asked, aim: tuple[float | None, float]
) -> list[Quantity]:
    named = {summary.MEAN: posterior.mean_effect, summary.TYPICAL: posterior.mu}
    if asked.new_site is not False:
        named[summary.NEW_SITE] = new_site_draws(posterior, asked.seed)
    made = [quantity(name, draws, margin=aim[0], wanted=aim[1]) for name, draws in named.items()]
    return [*made, size(summary.SPREAD, posterior.tau), size(summary.NOISE, posterior.sigma)]
