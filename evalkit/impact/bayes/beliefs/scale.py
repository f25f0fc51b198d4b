"""The words of `belief:` on a link as a prior: it holds with a probability, or it does not."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from evalkit.impact.bayes.beliefs.model import Belief, believed
from evalkit.impact.bayes.beliefs.shape import normal

BELIEFS: dict[str, float] = {
    "unlikely": 0.2,
    "possible": 0.5,
    "likely": 0.8,
    "very likely": 0.95,
}
"""Probability that the link holds, for each word that a theory may use."""
SMALL = 0.2
"""A small effect in standard deviations (Cohen 1988), where no change that matters is named."""


class Supposed(NamedTuple):
    """What is supposed of the effect in a case, in multiples of the change that matters."""

    mean: float
    sd: float


HOLDS = Supposed(1.5, 1.5)
FAILS = Supposed(0.0, 0.5)
"""If the link holds, the effect is supposed to be around one and a half times the smallest change
that matters, anywhere from somewhat against to more than four times it; if not, near nought."""


def from_word(word: str, change: float, *, wanted: int = 1, unit: str = "") -> Belief:
    """Return the belief that a word on a link stands for: two normals, kept whole.

    A word says how likely a link is, not how large an effect; sizes come from `HOLDS` and `FAILS`.

    Parameters
    ----------
    word : str
        A key of `BELIEFS`.
    change : float
        Smallest change that matters, in outcome units, above zero.
    wanted : {1, -1}
        Direction of the effect if the link holds.
    unit : str
    """
    chance = BELIEFS[word]
    cases = (("the link holds", chance, HOLDS), ("it does not hold", 1 - chance, FAILS))
    parts = [
        normal(wanted * one.mean * change, one.sd * change, weight=share, name=name)
        for name, share, one in cases
    ]
    table = pd.DataFrame(
        {
            "case": [name for name, _, _ in cases],
            "probability": [share for _, share, _ in cases],
            "mean": [part.centre for part in parts],
            "sd": [part.scale for part in parts],
        }
    )
    say = (
        f"From the belief “{word}” in the theory: the link holds with probability {chance:g}; then the "
        f"effect is supposed to be around {parts[0].centre:.3g}, else near nought."
    )
    return believed(parts, "belief", table, say, unit=unit)


def word_table() -> pd.DataFrame:
    """Return `BELIEFS` for print, with mean and spread of each in changes that matter."""
    found = [(word, from_word(word, 1.0)) for word in BELIEFS]
    return pd.DataFrame(
        {
            "word": [word for word, _ in found],
            "the link holds": [BELIEFS[word] for word, _ in found],
            "mean": [one.mean for _, one in found],
            "sd": [one.sd for _, one in found],
        }
    )
