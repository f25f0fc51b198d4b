"""The words of a decision, from probabilities, by a rule that is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.bayes.described.model import Aim, Floats, Quantity, Setting, aim_of
from evalkit.impact.bayes.summary import beyond

VERY_LIKELY, LIKELY = 0.90, 0.66
"""The limits of "very likely" and "likely", the same as everywhere in a report (after Mastrandrea
and others 2010, the words of the Intergovernmental Panel on Climate Change)."""
NEGLIGIBLE = 0.95
"""How sure one must be to say that nothing that matters changed: more than for saying that something
did, for otherwise scant data, or a narrow prior, would pass for a finding."""
UNSURE = "too uncertain to say"
Favours = Literal["benefit", "harm", "neither", "unclear"]


class Rule(NamedTuple):
    """One row of the rule: the probability that is looked at, and what it must reach."""

    probability: str
    at_least: float
    favours: Favours


RULES: dict[str, Rule] = {
    "very likely helped by a margin that matters": Rule("beyond_margin", VERY_LIKELY, "benefit"),
    "very likely harmed by a margin that matters": Rule("harm_beyond_margin", VERY_LIKELY, "harm"),
    "very likely changed too little to matter": Rule("within_margin", NEGLIGIBLE, "neither"),
    "likely helped by a margin that matters": Rule("beyond_margin", LIKELY, "benefit"),
    "likely harmed by a margin that matters": Rule("harm_beyond_margin", LIKELY, "harm"),
    "very likely helped, but not surely by a margin that matters": Rule(
        "wanted", VERY_LIKELY, "benefit"
    ),
    "very likely harmed, but not surely by a margin that matters": Rule(
        "unwanted", VERY_LIKELY, "harm"
    ),
    "likely helped, but not surely by a margin that matters": Rule("wanted", LIKELY, "benefit"),
    "likely harmed, but not surely by a margin that matters": Rule("unwanted", LIKELY, "harm"),
}
"""The decision, read from the top: the first row whose probability is reached gives the word. Where
none is, the word is `UNSURE`. Without a margin only the last four rows count, and the words from the
comma on are left out."""
PROBABILITIES: dict[str, str] = {
    "wanted": "that the effect lies in the wanted direction",
    "unwanted": "that it lies in the unwanted direction",
    "beyond_margin": "that it is wanted and larger than the smallest change that matters",
    "harm_beyond_margin": "that it is unwanted and larger than the smallest change that matters",
    "within_margin": "that it is no larger than the smallest change that matters, either way",
}


@dataclass(frozen=True)
class Decision:
    """What may be said of an effect.

    Attributes
    ----------
    word : str
        A key of `RULES` (with the words of the quantity), or `UNSURE`.
    favours : {"benefit", "harm", "neither", "unclear"}
    because : str
        The probability that the word rests on, in a sentence.
    probabilities : dict of str to float
        All of `PROBABILITIES`; NaN where there is no margin.
    close : bool
        Whether a probability lies within two Monte Carlo errors of a limit of the rule, so that
        more draws could change the word.
    """

    word: str
    favours: Favours
    because: str
    probabilities: dict[str, float]
    close: bool


def decision(draws: Floats, setting: Setting) -> Decision:
    """Return what the draws of an effect allow to say, by `RULES`.

    Parameters
    ----------
    draws : numpy.ndarray, shape (chains, draws) or any other
        In outcome units.
    setting : Setting

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.linspace(1.0, 5.0, 1000).reshape(1, -1)
    >>> decision(draws, Setting(0.95, 2.0)).word
    'likely helped by a margin that matters'
    """
    return decide(Quantity("the effect", draws), setting)


def decide(quantity: Quantity, setting: Setting) -> Decision:
    """Return the decision on one quantity, with its own margin, direction and words."""
    aim = aim_of(setting, quantity)
    found = probabilities(quantity.draws, aim)
    close = _close(quantity.draws, aim)
    again = " More draws could change the word." if close else ""
    for key, rule in RULES.items():
        if found[rule.probability] >= rule.at_least:
            moved = quantity.moved if aim.wanted else ("rose", "fell")
            word = worded(key, moved, margin=aim.size is not None)
            what, chance = PROBABILITIES[rule.probability], found[rule.probability]
            favours = rule.favours
            if not aim.wanted:
                favours = "neither" if favours == "neither" else "unclear"
                what = what.replace("unwanted", "downward").replace("wanted", "upward")
            because = f"The probability {what} is {chance:.3f} (limit {rule.at_least:g}).{again}"
            return Decision(word, favours, because, found, close)
    because = f"No probability that the rule looks at reaches its limit.{again}"
    return Decision(UNSURE, "unclear", because, found, close)


def worded(key: str, moved: tuple[str, str], *, margin: bool) -> str:
    """Return a key of `RULES` in other words for helped and harmed, and without a margin if so."""
    text = key if margin else key.partition(",")[0]
    return text.replace("helped", moved[0]).replace("harmed", moved[1])


def probabilities(draws: Floats, aim: Aim) -> dict[str, float]:
    """Return the probabilities that `RULES` looks at; NaN where there is no margin."""
    sign = -1.0 if aim.wanted < 0 else 1.0
    toward = sign * np.asarray(draws)
    found = {"wanted": beyond(toward, 0.0), "unwanted": beyond(-toward, 0.0)}
    if aim.size is None:
        return found | dict.fromkeys(
            ("beyond_margin", "harm_beyond_margin", "within_margin"), float("nan")
        )
    return found | {
        "beyond_margin": beyond(toward, aim.size),
        "harm_beyond_margin": beyond(-toward, aim.size),
        "within_margin": float((np.abs(toward) <= aim.size).mean()),
    }


def _close(draws: Floats, aim: Aim) -> bool:
    """Say whether any probability of the rule lies within two Monte Carlo errors of its limit."""
    toward = (-1.0 if aim.wanted < 0 else 1.0) * np.asarray(draws)
    events = {"wanted": toward > 0, "unwanted": toward < 0}
    if aim.size is not None:
        events["beyond_margin"] = toward > aim.size
        events["harm_beyond_margin"] = toward < -aim.size
        events["within_margin"] = np.abs(toward) <= aim.size
    errors = {name: (float(one.mean()), _error(one)) for name, one in events.items()}
    return any(
        abs(errors[rule.probability][0] - rule.at_least) <= 2 * errors[rule.probability][1]
        for rule in RULES.values()
        if rule.probability in errors
    )


def _error(event: NDArray[np.bool_]) -> float:
    """Return the Monte Carlo error of a probability, from the means of batches of its chains."""
    chains = np.atleast_2d(event).reshape(-1, np.atleast_2d(event).shape[-1])
    size = int(np.sqrt(chains.shape[1]))
    kept = chains[:, : chains.shape[1] // size * size]
    means = kept.reshape(-1, size).mean(axis=1)
    if len(means) < 2:
        return 0.0
    return float(means.std(ddof=1) / np.sqrt(len(means)))


def rules_table(*, margin: bool = True) -> pd.DataFrame:
    """Return `RULES` as a table for print: word, probability looked at, limit."""
    rows = [
        (
            worded(key, ("helped", "harmed"), margin=margin),
            PROBABILITIES[rule.probability],
            rule.at_least,
        )
        for key, rule in RULES.items()
        if margin or rule.probability in ("wanted", "unwanted")
    ]
    rows.append((UNSURE, "none of the above", float("nan")))
    return pd.DataFrame(rows, columns=["word", "when the probability", "is at least"])
