"""From results to findings: what each estimate, passage, test and study says of each link."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from evalkit.coding.model import Codebook, Coding
from evalkit.impact.estimate import Estimate
from evalkit.protocol.model import Analysis, Outcome, Protocol
from evalkit.synthesis.finding import Finding, QuantState
from evalkit.synthesis.model import TestResult
from evalkit.synthesis.states import settle
from evalkit.synthesis.tracing.chances import range_of
from evalkit.theory.model import Link, Theory

_IMPACT_SAYS = {"up": "for", "down": "against", "about nil": "nil", "imprecise": "unclear"}
_IMPACT_WORDS = {
    "up": "{label} moved the way that is wanted.",
    "down": "{label} moved against what is wanted.",
    "about nil": "{label} changed by less than what matters.",
    "imprecise": "Whether {label} changed because of the programme cannot be told from this.",
}
_CODED_WORDS = {
    "for": "A source says that this link holds.",
    "against": "A source doubts or denies this link.",
    "mixed": "A source says both.",
    "nil": "A source looked for a change and saw none.",
    "mechanism": "A source says how this link works, or is meant to work.",
    "context": "A source says when or where this link holds.",
    "rival": "A source names another explanation.",
}


def outcome_of(estimate: Estimate, protocol: Protocol) -> Outcome | None:
    """Return the protocol's outcome of an estimate, or None for a plain column."""
    return protocol.outcomes.get(estimate.outcome)


def analysis_of(estimate: Estimate, protocol: Protocol) -> Analysis:
    """Return the analysis that an estimate came from (its id, or the part before ``/``)."""
    return protocol.analyses[estimate.id.partition("/")[0]]


def links_of(estimate: Estimate, protocol: Protocol, theory: Theory) -> tuple[str, ...]:
    """Return the links an estimate speaks to.

    Those the analysis names; else those of its question whose end node its outcome measures; else,
    when the question names none of these, every link into a node that the outcome measures.
    """
    analysis = analysis_of(estimate, protocol)
    if analysis.links:
        return analysis.links
    ends = {node.id for node in theory.measured_by(estimate.outcome)}
    question = protocol.questions.get(analysis.question)
    named = question.links if question else ()
    into = [link for link in theory.links if link.target in ends and not link.loop]
    chosen = [link.id for link in into if link.id in named]
    return tuple(chosen or [link.id for link in into])


def impact_findings(
    estimates: Sequence[Estimate],
    protocol: Protocol,
    theory: Theory,
    exploratory: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return the findings of all estimates.

    Those of analyses with another role than "main", and of analyses that were not in the locked
    plan, are shown but do not count; neither does a check that was not planned, beyond a caution.
    """
    return tuple(
        finding
        for estimate in estimates
        for finding in _of_estimate(estimate, estimates, protocol, theory, exploratory)
    )


def _of_estimate(
    estimate: Estimate,
    estimates: Sequence[Estimate],
    protocol: Protocol,
    theory: Theory,
    exploratory: Collection[str],
) -> list[Finding]:
    role = analysis_of(estimate, protocol).role
    state, cautions = _settled(estimate, estimates, protocol, exploratory)
    return [
        Finding(
            id=f"finding:impact:{estimate.id}:{link}",
            link=link,
            strand="impact",
            says=_IMPACT_SAYS[state],
            state=state,
            words=_IMPACT_WORDS[state].format(label=_label(estimate, protocol)),
            of=estimate.id,
            counts=role == "main" and estimate.id not in exploratory,
            cautions=cautions,
        )
        for link in links_of(estimate, protocol, theory)
    ]


def _settled(
    estimate: Estimate,
    estimates: Sequence[Estimate],
    protocol: Protocol,
    exploratory: Collection[str],
) -> tuple[QuantState, tuple[str, ...]]:
    """Return the state by the planned checks, and every caution, of unplanned checks as well."""
    outcome, checks = outcome_of(estimate, protocol), _checks_on(estimate, estimates, protocol)
    planned = [(one, measured) for one, measured in checks if one.id not in exploratory]
    state, _ = settle(estimate, outcome, planned)
    _, cautions = settle(estimate, outcome, checks)
    return state, cautions


def _label(estimate: Estimate, protocol: Protocol) -> str:
    outcome = outcome_of(estimate, protocol)
    return (outcome.label or outcome.id) if outcome else estimate.outcome


def _checks_on(
    estimate: Estimate, estimates: Sequence[Estimate], protocol: Protocol
) -> list[tuple[Estimate, Outcome | None]]:
    """Return the check analyses of an estimate that are of the same outcome."""
    name = analysis_of(estimate, protocol).id
    return [
        (other, outcome_of(other, protocol))
        for other in estimates
        if analysis_of(other, protocol).checks == name and other.outcome == estimate.outcome
    ]


def coded_findings(codings: Iterable[Coding], codebook: Codebook) -> tuple[Finding, ...]:
    """Return a finding for every coded passage and every link its code speaks to."""
    found: list[Finding] = []
    for coding in codings:
        code = codebook.by_id[coding.code]
        found += [
            Finding(
                id=f"finding:{coding.id}:{link}",
                link=link,
                strand="coded",
                says=code.says,
                state=code.says,
                words=_CODED_WORDS[code.says],
                of=coding.id,
                counts=code.says in ("for", "against", "mixed", "nil"),
                rival=code.rival,
            )
            for link in code.links
        ]
    return tuple(found)


def process_findings(tests: Iterable[TestResult]) -> tuple[Finding, ...]:
    """Return the findings of every process test that was looked into and can tell the two apart.

    A test not looked into says nothing. A sign found speaks for the link when it is likelier if the
    link holds than if it does not; a sign looked for and not found speaks the other way.

    A test that names a rival is chosen to tell the link from that rival, so it gives a second
    finding, on the rival: what speaks for the link speaks against the rival, and what speaks
    against the link, or was found in part only, leaves the rival standing.
    """
    return tuple(
        finding
        for test in tests
        if (says := process_says(test))
        for finding in (_on_the_link(test, says), *_on_the_rival(test, says))
    )


def _on_the_link(test: TestResult, says: str) -> Finding:
    return Finding(
        id=f"finding:process:{test.id}:{test.link}",
        link=test.link,
        strand="process",
        says=says,
        state=says,
        words=f"The sign looked for was {_FOUND[test.found]}.",
        of=f"test:{test.id}",
    )


def _on_the_rival(test: TestResult, says: str) -> tuple[Finding, ...]:
    if not test.rival:
        return ()
    against = says == "for"
    return (
        Finding(
            id=f"finding:process:{test.id}:{test.link}:{test.rival}",
            link=test.link,
            strand="process",
            says="against" if against else "rival",
            state="against" if against else "rival",
            words=_RULED_OUT if against else _LEFT_STANDING,
            of=f"test:{test.id}",
            counts=False,
            rival=test.rival,
        ),
    )


_RULED_OUT = "A sign planned to tell this link from another explanation speaks against the other."
_LEFT_STANDING = "A sign planned to tell this link from another explanation does not rule it out."
_FOUND = {"yes": "found", "no": "looked for and not found", "partly": "found in part"}


def process_says(test: TestResult) -> str:
    """Return "for", "against", "mixed", or "" where the test cannot tell or was not looked into."""
    holds, fails = range_of(test.if_true), range_of(test.if_false)
    if test.found == "not looked" or holds == fails:
        return ""
    if test.found == "partly":
        return "mixed"
    return "for" if (test.found == "yes") == (holds > fails) else "against"


def prior_findings(links: Iterable[Link]) -> tuple[Finding, ...]:
    """Return a finding for each piece of earlier research; shown, never counted as evidence here."""
    return tuple(
        Finding(
            id=f"finding:prior:{number}:{link.id}",
            link=link.id,
            strand="prior",
            says=prior.says,
            state=prior.says,
            words=prior.words,
            of=f"prior:{link.id}:{number}",
            counts=False,
            cautions=(f"from elsewhere: {prior.distance}",) if prior.distance else (),
        )
        for link in links
        for number, prior in enumerate(link.prior, start=1)
    )


def test_results(protocol: Protocol, found: Mapping[str, object]) -> tuple[TestResult, ...]:
    """Return every planned process test with what was found of it, "not looked" where nothing was.

    Parameters
    ----------
    protocol
        The plan, whose tests are used in order.
    found
        Test id to an object with ``found, evidence, by, on, because`` (from ``findings.yaml``).
    """
    return tuple(
        TestResult(
            id=test.id,
            link=test.link,
            look_for=test.look_for,
            if_true=test.if_true,
            if_false=test.if_false,
            found=getattr(found.get(test.id), "found", "not looked"),
            evidence=tuple(getattr(found.get(test.id), "evidence", ())),
            by=getattr(found.get(test.id), "by", ""),
            on=getattr(found.get(test.id), "on", ""),
            because=getattr(found.get(test.id), "because", ""),
            rival=test.rival,
        )
        for test in protocol.tests.values()
    )
