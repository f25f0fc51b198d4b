"""A finding: what one strand says of one link of the theory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Strand = Literal["impact", "coded", "process", "delivery", "prior"]
QuantState = Literal["up", "down", "about nil", "imprecise", "no data"]
QualState = Literal["up", "down", "mixed", "nil reported", "asked but not mentioned", "not asked"]
QUANT_STATES: tuple[QuantState, ...] = ("up", "down", "about nil", "imprecise", "no data")
QUAL_STATES: tuple[QualState, ...] = (
    "up",
    "down",
    "mixed",
    "nil reported",
    "asked but not mentioned",
    "not asked",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one strand says of one link.

    Attributes
    ----------
    id : str
        Stable: made from the strand, what it is of, and the link.
    link : str
        ``"a -> b"``.
    strand : str
        Which strand it comes from.
    says : str
        for, against, mixed, nil, mechanism, context, rival, or unclear.
    state : str
        For impact: one of `QUANT_STATES`, towards what the link claims ("up" = as claimed).
        For coded passages: the code's ``says``.
    words : str
        The finding as a sentence without numbers.
    of : str
        Id of the result it rests on: an estimate, a coding, a test, a prior.
    counts : bool
        False when it is shown but does not enter the verdict (a failed or check-only result).
    cautions : tuple of str
        Why it should be read with care (names of checks that raised concern, and the like).
    rival : str
        Id of the rival it speaks for, when it does.
    """

    id: str
    link: str
    strand: Strand
    says: str
    state: str
    words: str
    of: str
    counts: bool = True
    cautions: tuple[str, ...] = ()
    rival: str = ""
