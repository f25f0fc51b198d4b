"""Subgroups in one model: effects in each, the gap between them, and the lowest tenth.

Each subgroup has its own raw effect in every site; subgroups and sites are pooled together, sites'
effects are related over subgroups, and so are residuals of clusters or sites that hold several of
them. The gap is the difference of two subgroups' effects in each joint draw, over the same sites.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.bayes import adapter, summary
from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.described.model import Quantity
from evalkit.impact.bayes.multi import checks
from evalkit.impact.bayes.multi.asked import Asked
from evalkit.impact.bayes.multi.describe import quantity
from evalkit.impact.bayes.multi.joint import Effects, Joint
from evalkit.impact.bayes.multi.parts import group_parts, joint_with
from evalkit.impact.bayes.multi.read import Bools, Seen
from evalkit.impact.bayes.multi.scales import scales_of
from evalkit.impact.bayes.multi.several import fit
from evalkit.impact.estimate import Check, Estimate
from evalkit.impact.frame import Faults

MOST_GROUPS = 12
TENTH = 0.1
LOWEST, OTHERS = "lowest tenth", "the others"
METHOD = "joint multilevel model of subgroups and sites"


def group_faults(seen: Seen, asked: Asked) -> Faults:
    """Return what stands in the way of subgroups."""
    faults: Faults = []
    if asked.by:
        count = len(np.unique(seen.label[asked.by].code))
        if not 2 <= count <= MOST_GROUPS:
            wrong = f"`by: {asked.by}` has {count} different values."
            do = f"Choose a column with 2 to {MOST_GROUPS} values; put numbers into bands first."
            faults.append((wrong, do))
    if asked.tail:
        first = seen.adjust[:, 0]
        if len(np.unique(first)) < 10:
            wrong = f"`{asked.columns.adjust[0]}` has too few different values for a lowest tenth."
            faults.append((wrong, "Leave `tail` out, or use `by` with bands of your own."))
    return faults


def with_groups(estimate: Estimate, seen: Seen, asked: Asked) -> Estimate:
    """Return the estimate with subgroups, gaps and the lowest tenth, each from a joint model."""
    if asked.by:
        label = seen.label[asked.by]
        groups = [(name, label.code == i) for i, name in enumerate(label.names)]
        groups = [(name, rows) for name, rows in groups if rows.any()]
        table, gaps, check = _compared(seen, asked, groups, asked.by)
        estimate = replace(
            estimate,
            table={**estimate.table, "subgroups": table, "subgroup_gaps": gaps},
            checks=(*estimate.checks, check),
        )
    if asked.tail:
        estimate = _with_tail(estimate, seen, asked)
    return estimate


def _with_tail(estimate: Estimate, seen: Seen, asked: Asked) -> Estimate:
    name = asked.columns.adjust[0]
    edge = float(np.quantile(seen.adjust[:, 0], TENTH))
    low = seen.adjust[:, 0] <= edge
    groups = [(OTHERS, ~low), (LOWEST, low)]
    table, gaps, check = _compared(seen, asked, groups, f"the lowest tenth of {name}")
    table = pd.concat([table, gaps.assign(group="gap: lowest tenth less the others")])
    table = table.drop(columns=["against"]).reset_index(drop=True)
    note = f"The lowest tenth of `{name}`: {int(low.sum())} rows at or below {edge:.4g}."
    return replace(
        estimate,
        table={**estimate.table, "tail": table},
        checks=(*estimate.checks, replace(check, name="lowest tenth")),
        notes=(*estimate.notes, note),
    )


def _compared(
    seen: Seen, asked: Asked, groups: Sequence[tuple[str, Bools]], words: str
) -> tuple[pd.DataFrame, pd.DataFrame, Check]:
    parts, lost = group_parts(seen, asked, groups)
    if len(parts) < 2:
        raise DesignError(
            f"`multilevel` cannot compare by {words}: fewer than two groups can be estimated "
            f"({' '.join(f'{name}: {why}' for name, why in lost.items())})",
            do="Leave it out, or make groups that hold treated and untreated rows in several sites.",
        )
    joint, faults = joint_with(seen, replace(asked, columns=_without(asked)), parts)
    if joint is None:
        raise DesignError(faults[0][0], do=faults[0][1])
    scales = scales_of(asked.priors, parts[0].effects.sd)
    scales = replace(scales, outcomes=scales.groups)
    made, _, _ = checks.settled(
        lambda draws: fit(joint, scales, asked.seed, draws),
        lambda one: _watched(joint, one.effects),
    )
    effects = made.effects
    rows = [_row(joint, effects, name, asked, lost) for name, _ in groups]
    gaps = [_gap_row(joint, effects, (at, 0), asked) for at in range(1, len(joint.parts))]
    return pd.DataFrame(rows), pd.DataFrame(gaps), _check(words, rows, gaps)


def _watched(joint: Joint, effects: Effects) -> list[Quantity]:
    """Return the effects that must have settled before they are compared."""
    return [quantity(part.name, effects.mean[..., k]) for k, part in enumerate(joint.parts)]


def _without(asked: Asked) -> Any:
    """Return the roles without moderators: subgroups share the sites that these would explain."""
    return replace(asked.columns, moderators=())


def _row(
    joint: Joint, effects: Effects, name: str, asked: Asked, lost: dict[str, str]
) -> dict[str, Any]:
    if name in lost:
        blank = dict.fromkeys(("estimate", "std_error", "low", "high", "p_value"), math.nan)
        sizes = {"n_units": 0, "n_clusters": 0, "method": ""}
        return {"group": name, **blank, "p_above_zero": math.nan, **sizes, "why": lost[name]}
    at = [part.name for part in joint.parts].index(name)
    part = joint.parts[at]
    draws = effects.mean[..., at] * part.unit
    count = len(part.effects.sites) + part.effects.comparison_sites
    sizes = {"n_units": count, "n_clusters": count, "method": METHOD, "why": ""}
    return {"group": name, **_numbers(draws, asked), **sizes}


def _numbers(draws: Floats, asked: Asked) -> dict[str, float]:
    low, high = summary.equal_tailed(draws, asked.level)
    made = {
        "estimate": float(draws.mean()),
        "std_error": float(draws.std(ddof=1)),
        "low": low,
        "high": high,
        "p_value": math.nan,
        "p_above_zero": float((draws > 0).mean()),
    }
    margin = asked.margins.get(asked.outcomes[0])
    if margin is not None:
        made["p_beyond_margin"] = summary.beyond(draws, margin)
    return made


def _gap_row(joint: Joint, effects: Effects, pair: tuple[int, int], asked: Asked) -> dict[str, Any]:
    """Return the gap of two subgroups over the sites that have both (all, where none has)."""
    one, other = pair
    has = joint.has()
    both = np.flatnonzero((has[:, one] * has[:, other]) > 0)
    both = both if len(both) else np.arange(len(has))
    unit = joint.parts[one].unit
    draws = (effects.site[..., both, one] - effects.site[..., both, other]).mean(axis=-1) * unit
    found = adapter.diagnostics(draws)
    return {
        "group": joint.parts[one].name,
        "against": joint.parts[other].name,
        **_numbers(draws, asked),
        "n_sites": len(both),
        "method": METHOD,
        "rhat": found.rhat,
        "ess_bulk": found.ess_bulk,
    }


def _check(words: str, rows: list[dict[str, Any]], gaps: list[dict[str, Any]]) -> Check:
    sure = [max(gap["p_above_zero"], 1 - gap["p_above_zero"]) for gap in gaps]
    at = int(np.argmax(sure))
    gap = gaps[at]
    lost = [row["group"] for row in rows if row["why"]]
    told = f" Not to be had in: {', '.join(lost)}." if lost else ""
    meaning = (
        f"Compared by {words} in one model of subgroups and sites.{told} The gap of `{gap['group']}` to "
        f"`{gap['against']}` is {gap['estimate']:.3g} ({gap['low']:.3g} to {gap['high']:.3g}), above zero "
        f"with probability {gap['p_above_zero']:.2f}. "
        + (
            "Why they differ, this design does not say: membership was not changed by anyone."
            if sure[at] > 0.95
            else "That does not show that the effects are alike."
        )
    )
    return Check("subgroups", gap["estimate"], None, "information", meaning)
