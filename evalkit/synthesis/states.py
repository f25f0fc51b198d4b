"""The state of each strand on a link: one decision that prose, tables and pictures all use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from evalkit.impact.estimate import Estimate
from evalkit.protocol.model import Outcome
from evalkit.synthesis.finding import Finding, QualState, QuantState

STATE_RULES: tuple[tuple[str, str], ...] = (
    ("no data", "there is no estimate for the outcome of this link"),
    ("about nil", "the whole interval lies inside the smallest change that matters"),
    (
        "up",
        "the interval leaves out nil on the side the link claims, and the checks leave it standing",
    ),
    ("down", "the interval leaves out nil on the other side, and the checks leave it standing"),
    (
        "imprecise",
        (
            "anything else: the interval holds nil and changes that matter, or the answer depends on "
            "which reasonable comparison is made, or a check of the design failed"
        ),
    ),
)
"""How a quantitative state is read off an estimate; printed in every report."""


_WORDS = ("coded", "process")
"""Strands made of what people said and showed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An estimate read against what its outcome should do.

    Attributes
    ----------
    state : str
        The state of the estimate by itself, one of `QUANT_STATES`.
    margin : float or None
        Smallest change that matters in the outcome's units; None when none was stated.
    """

    state: QuantState
    margin: float | None


def margin_of(estimate: Estimate, outcome: Outcome | None) -> float | None:
    """Return the smallest change that matters in the outcome's own units, or None."""
    if outcome is None or outcome.margin is None:
        return None
    if outcome.margin.unit == "points":
        return outcome.margin.value
    return outcome.margin.value * estimate.standardised.sd if estimate.standardised else None


def wanted_sign(outcome: Outcome | None) -> int:
    """Return 1 when a rise is wanted, -1 when a fall is."""
    return -1 if outcome is not None and outcome.higher_is == "worse" else 1


def read_estimate(estimate: Estimate, outcome: Outcome | None) -> Reading:
    """Read one estimate by `STATE_RULES`, its checks left aside.

    "Up" means towards what is wanted of the outcome: for an outcome where higher is worse, a fall
    is "up". An interval that only touches nil is imprecise, never "no effect".
    """
    margin = margin_of(estimate, outcome)
    low, high = estimate.interval.low, estimate.interval.high
    if wanted_sign(outcome) < 0:
        low, high = -high, -low
    if margin is not None and -margin < low and high < margin:
        return Reading("about nil", margin)
    if low > 0:
        return Reading("up", margin)
    return Reading("down" if high < 0 else "imprecise", margin)


def settle(
    estimate: Estimate, outcome: Outcome | None, checks: Sequence[tuple[Estimate, Outcome | None]]
) -> tuple[QuantState, tuple[str, ...]]:
    """Return the state that enters the joint display, and what weakens it.

    A state other than "imprecise" stands only when no check inside the estimate failed and every
    planned check on it (another comparison group, another estimator) reads the same.

    Parameters
    ----------
    estimate, outcome
        The main estimate and its outcome.
    checks : sequence of (Estimate, Outcome or None)
        Estimates of analyses planned as checks on it.

    Returns
    -------
    state : str
        One of `QUANT_STATES`.
    cautions : tuple of str
        Names of failed or worrying checks, and ids of check analyses that read otherwise.
    """
    state = read_estimate(estimate, outcome).state
    failed = [check.name for check in estimate.checks if check.verdict == "fail"]
    worrying = [check.name for check in estimate.checks if check.verdict == "concern"]
    other = [
        f"differs in {check.id}"
        for check, measured in checks
        if read_estimate(check, measured).state != state
    ]
    cautions = tuple(failed + other + worrying)
    return ("imprecise" if failed or other else state), cautions


def qualitative_state(findings: Iterable[Finding], link: str, asked: Collection[str]) -> QualState:
    """Return the state of what people said and showed of one link.

    Coded passages and process tests count; how it works (mechanism), when (context) and what is
    said of a rival explain but do not take a side on the link. Silence is "asked but not mentioned" only where everybody was asked.
    """
    sides = {
        finding.says
        for finding in findings
        if finding.link == link
        and finding.strand in _WORDS
        and finding.counts
        and not finding.rival
    }
    if "mixed" in sides or {"for", "against"} <= sides:
        return "mixed"
    if "for" in sides:
        return "mixed" if "nil" in sides else "up"
    if "against" in sides:
        return "down"
    if "nil" in sides:
        return "nil reported"
    return "asked but not mentioned" if link in asked else "not asked"
