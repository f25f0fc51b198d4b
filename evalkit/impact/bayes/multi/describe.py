"""What is said of every larger model alike: posterior, decision, sensitivity, missing outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evalkit.impact.bayes.collapse import Floats
from evalkit.impact.bayes.described.decision import decide
from evalkit.impact.bayes.described.missing import SCENARIOS, NotAtRandom, not_at_random
from evalkit.impact.bayes.described.model import Quantity, Setting
from evalkit.impact.bayes.described.scaling import power_scaling
from evalkit.impact.bayes.described.table import posterior_table
from evalkit.impact.estimate import Check, Verdict

if TYPE_CHECKING:
    from evalkit.impact.bayes.multi.asked import Asked


@dataclass(frozen=True)
class Densities:
    """Log prior of what is at the top of a model, and log likelihood, shape (chains, draws)."""

    prior: Floats
    likelihood: Floats


def setting_of(asked: Asked) -> Setting:
    """Return how quantities are judged; margins are each quantity's own."""
    return Setting(asked.level, None, seed=asked.seed, wanted=1)


def quantity(
    name: str, draws: Floats, *, margin: float | None = None, wanted: float = 1.0
) -> Quantity:
    """Return a quantity that may be above or below zero, in its own units.

    Parameters
    ----------
    margin : float or None
        Its size counts; the sign follows `wanted`.
    wanted : float
        1 where more is better, -1 where less is.
    """
    way = 1 if wanted > 0 else -1
    signed = abs(margin) * way if margin else None
    return Quantity(name, draws, margin=signed, wanted=way)  # type: ignore[arg-type]


def size(name: str, draws: Floats) -> Quantity:
    """Return a quantity without a direction: a spread, a correlation, a ratio."""
    return Quantity(name, draws, signed=False)


def told_of(
    quantities: Sequence[Quantity], densities: Densities | None, setting: Setting
) -> tuple[dict[str, pd.DataFrame], tuple[Check, ...]]:
    """Return tables and checks of the quantities; the first is what `value` is the mean of."""
    tables = {
        "posterior": posterior_table(quantities, setting),
        "decision": decision_table(quantities, setting),
    }
    checks = [decision_check(quantities[0], setting)]
    if densities is not None:
        both = (densities.prior, densities.likelihood)
        tables["power_scaling"] = power_scaling(quantities, *both, setting)[0]
        # judged by the value alone: with few sites a spread always leans on its prior
        checks.append(power_scaling(quantities[:1], *both, setting)[1])
    return tables, tuple(checks)


def decision_table(quantities: Sequence[Quantity], setting: Setting) -> pd.DataFrame:
    """Return what may be said of each effect, by the printed rule, and why."""
    rows = []
    for one in quantities:
        if one.signed:
            found = decide(one, setting)
            rows.append(
                {
                    "quantity": one.name,
                    "decision": found.word,
                    "because": found.because,
                    "close": found.close,
                    **{f"p_{name}": value for name, value in found.probabilities.items()},
                }
            )
    return pd.DataFrame(rows)


def decision_check(one: Quantity, setting: Setting) -> Check:
    """Return the decision on the value, as information."""
    found = decide(one, setting)
    close = " More draws could change the word." if found.close else ""
    meaning = f"By the printed rule: {found.word}. {found.because}{close}"
    chance = found.probabilities["wanted"]
    return Check("decision", chance, None, "information", meaning)


# --- missing outcomes -----------------------------------------------------------------------------


def missing_of(
    arms: pd.DataFrame, effects: Mapping[str, tuple[Quantity, float]], setting: Setting
) -> tuple[dict[str, pd.DataFrame], tuple[Check, ...]]:
    """Return the tables and the check of missing outcomes; nothing where none is missing.

    Parameters
    ----------
    arms : pandas.DataFrame
        Columns outcome, arm, rows, missing, share_missing.
    effects : mapping of str to (Quantity, float)
        Each outcome's effect in its own units, and its standard deviation.
    """
    if not arms["missing"].sum():
        return {}, ()
    found = {
        name: _not_at_random(arms, name, *effects[name], setting)
        for name in effects
        if arms.loc[arms["outcome"] == name, "missing"].sum()
    }
    every = [one.table.assign(outcome=name) for name, one in found.items()]
    scenarios = pd.concat(every, ignore_index=True)
    scenarios = scenarios[["outcome", *(c for c in scenarios.columns if c != "outcome")]]
    tables = {"missing": _with_shifts(arms, scenarios), "not_at_random": scenarios}
    return tables, (_missing_check(arms, found, scenarios),)


def _with_shifts(arms: pd.DataFrame, scenarios: pd.DataFrame) -> pd.DataFrame:
    """Return each arm with how far its missing outcomes alone must lie off to change the result."""
    arm = {(1, 0): "treated", (0, 1): "untreated"}
    alone = {
        (str(row["outcome"]), arm.get(SCENARIOS[row["scenario"]], "")): row
        for row in scenarios.to_dict("records")
    }
    table = arms.reset_index(drop=True)
    keys = list(zip(table["outcome"], table["arm"], strict=True))
    for name in ("shift_for_word", "shift_for_direction", "shift_for_direction_in_sd"):
        table[name] = [float(alone[key][name]) if key in alone else float("inf") for key in keys]
    return table


def _not_at_random(
    arms: pd.DataFrame, name: str, effect: Quantity, sd: float, setting: Setting
) -> NotAtRandom:
    share = arms[arms["outcome"] == name].set_index("arm")["share_missing"].fillna(0.0)
    return not_at_random(
        effect,
        missing_treated=float(share["treated"]),
        missing_untreated=float(share["untreated"]),
        sd=sd,
        setting=setting,
    )


def _missing_check(
    arms: pd.DataFrame, found: Mapping[str, NotAtRandom], scenarios: pd.DataFrame
) -> Check:
    """Judge by how uneven the arms are, and by the least shift that would turn the direction."""
    share = arms.pivot_table(index="outcome", columns="arm", values="share_missing")
    gap = share["treated"] - share["untreated"]
    shift = scenarios["shift_for_direction_in_sd"].abs()
    worst = str(scenarios.loc[int(shift.to_numpy().argmin()), "outcome"])
    fragile = float(shift.min()) < 0.5 or float(gap.abs().max()) > 0.05
    told = f"`{worst}`: " if len(found) > 1 else ""
    meaning = (
        f"{int(arms['missing'].sum())} outcomes are missing. {told}{found[worst].words} The direction "
        f"itself would turn at {float(shift.min()):.2g} SD."
    )
    verdict: Verdict = "concern" if fragile else "information"
    return Check("missing outcomes", float(np.abs(gap).max()), None, verdict, meaning)
