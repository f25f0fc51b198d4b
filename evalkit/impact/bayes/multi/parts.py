"""From rows to the parts of a joint model: one an outcome, or one a subgroup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.joint import Joint, Part, joint_of
from evalkit.impact.bayes.multi.moderators import site_moderators
from evalkit.impact.bayes.multi.read import Bools, Seen, rows_for
from evalkit.impact.bayes.rows import Columns, row_faults
from evalkit.impact.bayes.sites import SiteEffects, site_effects
from evalkit.impact.frame import Faults


def outcome_parts(seen: Seen, asked: Asked) -> tuple[tuple[Part, ...], Faults]:
    """Return one part for each outcome, or every reason why one cannot be had."""
    parts, faults = [], []
    for k, name in enumerate(asked.outcomes):
        part, found = _part(seen, k, asked, None)
        told = f"`{name}`: " if asked.several else ""
        faults += [(told + wrong, do) for wrong, do in found]
        if part is not None:
            wanted = asked.wanted(name) if asked.several else 1.0
            domain = asked.domains.get(name, "")
            parts.append(replace(part, name=name, domain=domain, wanted=wanted))
    return tuple(parts), faults


def group_parts(
    seen: Seen, asked: Asked, groups: Sequence[tuple[str, Bools]]
) -> tuple[tuple[Part, ...], dict[str, str]]:
    """Return one part for each subgroup that can be estimated, and why the others cannot.

    All are measured by the standard deviation of the whole sample, so that gaps are in one unit.
    """
    whole, _ = _part(seen, 0, asked, None)
    parts, lost = [], {}
    for name, rows in groups:
        part, found = _part(seen, 0, asked, rows)
        if part is None or whole is None:
            lost[name] = " ".join(wrong for wrong, _ in found)
        else:
            effects = replace(part.effects, sd=whole.effects.sd)
            parts.append(replace(part, name=name, effects=effects))
    return tuple(parts), lost


def joint_with(seen: Seen, asked: Asked, parts: Sequence[Part]) -> tuple[Joint | None, Faults]:
    """Return the joint problem of some parts, with the moderators of their treated sites."""
    names = seen.label[asked.columns.site].names
    sites = tuple(sorted({site for part in parts for site in part.effects.sites}, key=names.index))
    codes = np.array([names.index(site) for site in sites])
    moderators, faults = site_moderators(seen.place, seen.label[asked.columns.site].code, codes)
    if faults:
        return None, faults
    return joint_of(parts, moderators, sites), []


def _part(seen: Seen, outcome: int, asked: Asked, keep: Bools | None) -> tuple[Part | None, Faults]:
    columns = replace(asked.columns, outcome=asked.outcomes[outcome], moderators=())
    use = ~np.isnan(seen.y[:, outcome])
    if keep is not None:
        use = use & keep
    if not use.any():
        return None, [(f"`{columns.outcome}` holds no values here.", "Check the column.")]
    rows = rows_for(seen, outcome, columns, keep)
    faults = row_faults(rows, columns)
    if faults:
        return None, faults
    effects, faults = site_effects(rows, columns)
    if effects is None:
        return None, faults
    return Part(asked.outcomes[outcome], "", effects, _keys(seen, use, effects, columns)), []


def _keys(seen: Seen, use: Bools, effects: SiteEffects, columns: Columns) -> tuple[object, ...]:
    """Return what each residual belongs to: an untreated site, a row, or a cluster and arm."""
    if effects.kind != "within":
        return effects.compared
    label = seen.label[columns.site]
    code = [label.names.index(site) for site in effects.sites]
    inside = use & np.isin(label.code, code)
    if not columns.cluster or columns.cluster == columns.site:
        return tuple(seen.row[inside].tolist())
    named = [seen.label[columns.cluster].code, label.code, seen.treated]
    cells = np.unique(np.array(named).T[inside], axis=0)
    return tuple(map(tuple, cells.tolist()))
