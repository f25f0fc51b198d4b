"""Missing outcomes: how unlike those seen they would have to be for the conclusion to fall."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.impact.bayes.described.decision import RULES, UNSURE, decide
from evalkit.impact.bayes.described.model import Floats, Quantity, Setting, aim_of, refuse_faults
from evalkit.impact.frame import Faults

SCENARIOS: dict[str, tuple[int, int]] = {
    "those missing under the programme differ": (1, 0),
    "those missing without it differ": (0, 1),
    "both differ, in opposite directions": (1, -1),
    "both differ, in the same direction": (1, 1),
}
"""Which missing outcomes lie away from those seen in their arm: treated, untreated (sign of each)."""


@dataclass(frozen=True)
class NotAtRandom:
    """What it would take for missing outcomes to overturn a result.

    Attributes
    ----------
    word : str
        The decision while missing outcomes are taken to be like those seen.
    table : pandas.DataFrame
        One row a scenario: `scenario`, `missing_treated`, `missing_untreated` (shares), `moves`
        (how much the effect moves for each unit of shift), `shift_for_word` (shift of the missing
        outcomes, in outcome units, at which the decision becomes another), `word_then`,
        `shift_for_direction` (at which the direction held more likely is no longer so),
        `shift_for_word_in_sd`, `shift_for_direction_in_sd`. The shift is signed, and that of the
        treated where both differ. Infinite where no shift does it.
    words : str
    """

    word: str
    table: pd.DataFrame
    words: str


def not_at_random(
    quantity: Quantity,
    *,
    missing_treated: float,
    missing_untreated: float,
    sd: float,
    setting: Setting,
) -> NotAtRandom:
    """Return the shift of the missing outcomes that would overturn the decision.

    A pattern mixture (Little 1993; Rubin 1977): the mean of an arm is that of those seen plus the
    share missing times `shift`, how far the missing lie from those seen (given covariates). The
    effect moves by a constant, so where a probability crosses its limit is a quantile of the draws,
    and nothing is sampled again.

    Parameters
    ----------
    quantity : Quantity
        The effect, estimated as if the missing were like those seen.
    missing_treated, missing_untreated : float
        Share of outcomes missing in each arm, 0 to below 1.
    sd : float
        Standard deviation of the outcome.
    setting : Setting

    Raises
    ------
    DesignError
        When a share or the standard deviation is out of range.
    """
    refuse_faults([quantity], setting)
    _refuse(missing_treated, missing_untreated, sd)
    start = decide(quantity, setting)
    turn = -float(np.median(quantity.draws))
    pointed = start.favours in ("benefit", "harm")
    fall = _fall_of_word(quantity, setting, start.word, math.copysign(1, turn) if pointed else 0)
    rows = []
    for name, (treated, untreated) in SCENARIOS.items():
        moves = treated * missing_treated - untreated * missing_untreated
        rows.append(_row(name, moves, fall, turn))
    table = pd.DataFrame(rows)
    table.insert(1, "missing_treated", missing_treated)
    table.insert(2, "missing_untreated", missing_untreated)
    for key in ("shift_for_word", "shift_for_direction"):
        table[f"{key}_in_sd"] = table[key] / sd
    return NotAtRandom(start.word, table, _words(start.word, table, setting.unit))


@dataclass(frozen=True, slots=True)
class _Fall:
    """The smallest constant by which the effect must move for the word to change, and the word then."""

    move: float
    word: str


def _fall_of_word(quantity: Quantity, setting: Setting, word: str, side: float) -> _Fall:
    """Return where the word changes first as the effect is moved.

    The probabilities of the rule are step functions of the constant; they cross their limits at
    quantiles of the draws around zero or a margin. Those are the only places where the word can
    change, so the nearest one that does change it is looked for: on the `side` (1 up, -1 down) that
    weakens a word of help or harm, on both (0) for any other word.
    """
    edges = _edges(quantity, setting)
    width = float(np.ptp(quantity.draws)) or 1.0

    def at(move: float) -> str:
        return decide(replace(quantity, draws=quantity.draws + move), setting).word

    down = _first([edge for edge in edges if edge <= 0][::-1], at, word, -1e-9 * width)
    up = _first([edge for edge in edges if edge >= 0], at, word, 1e-9 * width)
    if side:
        return up if side > 0 else down
    return min(down, up, key=lambda one: abs(one.move))


def _first(edges: list[float], at: Callable[[float], str], word: str, beyond: float) -> _Fall:
    for edge in edges:
        then = at(edge + beyond)
        if then != word:
            return _Fall(edge, then)
    return _Fall(math.copysign(math.inf, beyond), word)


def _edges(quantity: Quantity, setting: Setting) -> list[float]:
    """Return every constant at which a probability of the rule crosses its limit, in order."""
    aim = aim_of(setting, quantity)
    draws = np.sort(np.ravel(quantity.draws))
    bounds = [0.0] if aim.size is None else [0.0, aim.size, -aim.size]
    needed = {_needed(draws, rule.at_least) for rule in RULES.values()}
    # `needed` draws above a bound (or below it) is a matter of one draw in their order
    turning = [one for count in needed for one in (draws[-count], draws[count - 1])]
    edges = {float(bound - one) for bound in bounds for one in turning}
    if aim.size is not None:
        edges |= {one for count in needed for one in _inside_edges(draws, aim.size, count)}
    return sorted(edges)


def _needed(draws: Floats, limit: float) -> int:
    """Return the smallest number of draws whose share reaches the limit."""
    return math.ceil(limit * len(draws) - 1e-9)


def _inside_edges(ordered: Floats, size: float, inside: int) -> tuple[float, ...]:
    """Return the constants between which `inside` of the draws lie within the margin.

    The windows of that many draws in order that are no wider than twice the margin can be moved
    inside it: the first by ``size - its upper end``, the last by ``-size - its lower end``.
    """
    upper, lower = ordered[inside - 1 :], ordered[: len(ordered) - inside + 1]
    fits = upper - lower <= 2 * size
    if not fits.any():
        return ()
    return float((-size - lower[fits]).min()), float((size - upper[fits]).max())


def _row(name: str, moves: float, fall: _Fall, turn: float) -> dict[str, object]:
    possible = moves != 0
    return {
        "scenario": name,
        "moves": moves,
        "shift_for_word": fall.move / moves if possible else math.inf,
        "word_then": fall.word if possible else "",
        "shift_for_direction": turn / moves if possible else math.inf,
    }


def _refuse(missing_treated: float, missing_untreated: float, sd: float) -> None:
    faults: Faults = []
    for arm, share in (("treated", missing_treated), ("untreated", missing_untreated)):
        if not 0 <= share < 1:
            wrong = f"The share missing among the {arm}, {share}, is not between 0 and 1."
            faults.append((wrong, "Give a share such as 0.12."))
    if not 0 < sd < math.inf:
        faults.append((f"The standard deviation {sd} is not above zero.", "Give the outcome's."))
    if faults:
        wrong = " ".join(text for text, _ in faults)
        raise DesignError(wrong, do=" ".join(remedy for _, remedy in faults))


def _words(word: str, table: pd.DataFrame, unit: str) -> str:
    of = f" {unit}" if unit else ""
    shares = float(table["missing_treated"].iloc[0]), float(table["missing_untreated"].iloc[0])
    if max(shares) == 0:
        return "No outcome is missing, so none can overturn the result."
    start = (
        f"{100 * shares[0]:.1f} % of outcomes are missing under the programme and "
        f"{100 * shares[1]:.1f} % without it; they are taken to be like those seen in their arm. "
    )
    worst = table.iloc[int(table["shift_for_word"].abs().to_numpy().argmin())]
    shift, in_sd = float(worst["shift_for_word"]), float(worst["shift_for_word_in_sd"])
    if word == UNSURE:
        return f"{start}The result is “{word}” as it is; missing outcomes add to that."
    if not math.isfinite(shift):
        return f"{start}No shift of theirs would change “{word}”."
    return (
        f"{start}“{word}” would become “{worst['word_then']}” if the missing outcomes lay "
        f"{abs(shift):.3g}{of} ({abs(in_sd):.2g} SD) {'above' if shift > 0 else 'below'} those seen "
        f"({worst['scenario']}). Whether that is far-fetched is for people who know why they are "
        "missing to say."
    )
