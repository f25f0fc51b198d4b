"""One decision object an estimate: prose, tables and pictures all read the state from here."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.evaluation.model import Evaluation
from evalkit.impact.estimate import Estimate
from evalkit.protocol.model import Analysis, Outcome, Protocol
from evalkit.report.number import places_for
from evalkit.synthesis.finding import QuantState
from evalkit.synthesis.states import margin_of, read_estimate, settle, wanted_sign

_MEAN = "mean effect in the treated sites"


@dataclass(frozen=True)
class Decision:
    """What is to be said of an estimate.

    Attributes
    ----------
    estimate, outcome, analysis
        The estimate, its outcome and its analysis, as far as the protocol has them.
    state : str
        One of `QUANT_STATES`, its checks considered: "up" is towards what is wanted.
    alone : str
        The state its interval alone would give.
    cautions : tuple of str
        What weakens it; see `evalkit.synthesis.states.settle`.
    margin : float or None
        Smallest change that matters, in the outcome's units.
    checks : tuple of Estimate
        Estimates of the same outcome planned as checks on it.
    wanted : {1, -1, 0}
        The direction that is wanted; 0 when neither is.
    exploratory : bool
        It was not in the locked plan.
    led_by : Estimate or None
        The main estimate of the same outcome, which decides what is said of it; None for main
        estimates, and where there is none.
    """

    estimate: Estimate
    outcome: Outcome | None
    analysis: Analysis | None
    state: QuantState
    alone: QuantState
    cautions: tuple[str, ...]
    margin: float | None
    checks: tuple[Estimate, ...]
    wanted: int
    exploratory: bool
    led_by: Estimate | None = None

    @property
    def role(self) -> str:
        """Main, check or support."""
        return self.analysis.role if self.analysis else "support"

    @property
    def places(self) -> int:
        """Decimal places for values of this estimate."""
        interval = self.estimate.interval
        return places_for(interval.high - interval.low)

    @property
    def chance_above(self) -> tuple[int, float] | None:
        """Row of the posterior table, and the probability of an effect above nought in it.

        None for frequentist results.
        """
        table = self.estimate.table.get("posterior")
        if table is None or "p_above_zero" not in table.columns:
            return None
        quantities = table["quantity"].tolist()
        if _MEAN not in quantities:
            return None
        at = quantities.index(_MEAN)
        return at, float(table["p_above_zero"].iloc[at])


def decide(evaluation: Evaluation) -> tuple[Decision, ...]:
    """Return the decision on every estimate, in the order of the record."""
    return tuple(_decide(estimate, evaluation) for estimate in evaluation.estimates)


def analysis_of(estimate: Estimate, protocol: Protocol) -> Analysis | None:
    """Return the analysis an estimate came from, or None when the protocol no longer has it."""
    return protocol.analyses.get(estimate.id.partition("/")[0])


def _decide(estimate: Estimate, evaluation: Evaluation) -> Decision:
    protocol = evaluation.protocol
    outcome, analysis = protocol.outcomes.get(estimate.outcome), analysis_of(estimate, protocol)
    checks = tuple(
        other
        for other in evaluation.estimates
        if analysis is not None
        and other.outcome == estimate.outcome
        and (its := analysis_of(other, protocol)) is not None
        and its.checks == analysis.id
    )
    state, cautions = settle(estimate, outcome, [(other, outcome) for other in checks])
    neither = outcome is not None and outcome.higher_is == "neither"
    return Decision(
        estimate=estimate,
        outcome=outcome,
        analysis=analysis,
        state=state,
        alone=read_estimate(estimate, outcome).state,
        cautions=cautions,
        margin=margin_of(estimate, outcome),
        checks=checks,
        wanted=0 if neither else wanted_sign(outcome),
        exploratory=estimate.id in evaluation.exploratory,
        led_by=_led_by(estimate, analysis, evaluation),
    )


def _led_by(
    estimate: Estimate, analysis: Analysis | None, evaluation: Evaluation
) -> Estimate | None:
    if analysis is not None and analysis.role == "main":
        return None
    for other in evaluation.estimates:
        its = analysis_of(other, evaluation.protocol)
        same = other.outcome == estimate.outcome and other.id not in evaluation.exploratory
        if same and its is not None and its.role == "main":
            return other
    return None


def headline(decisions: tuple[Decision, ...]) -> Decision | None:
    """Return the one the headline is about: the outcome marked `main`, else the first main one."""
    mains = [one for one in decisions if one.role == "main" and not one.exploratory]
    marked = [one for one in mains if one.outcome is not None and one.outcome.main]
    return next(iter(marked or mains), None)
