"""The signs planned on each link, weighed: what they add up to, whatever one believed before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evalkit.synthesis.model import TestResult
from evalkit.synthesis.tracing import PRIORS, Sign, Span, Weight, weigh
from evalkit.synthesis.tracing.weigh import Found
from evalkit.theory.model import Theory

_FOUND: dict[str, Found] = {
    "yes": "found",
    "no": "absent",
    "partly": "partly",
    "not looked": "not looked",
}


NOT_LOOKED = "nobody has looked yet"


@dataclass(frozen=True, slots=True)
class LinkTrace:
    """What the signs on one link add up to.

    Attributes
    ----------
    link : str
    verdict : str
        "towards the link", "away from the link" or "cannot tell", from even odds; `NOT_LOOKED`.
    posterior : tuple of Span
        Probability of the link, for each prior of `PRIORS`.
    rivals : mapping of str to Span
        Probability of each rival, from even odds.
    decibels : Span
    signs : tuple of Weight
    packages : int
        Independent packages: signs that share a source are one.
    notes : tuple of str
    with_late : Span or None
        The probability, from even odds, with signs that were planned after the lock.
    """

    link: str
    verdict: str
    posterior: tuple[Span, ...]
    rivals: dict[str, Span]
    decibels: Span
    signs: tuple[Weight, ...]
    packages: int
    notes: tuple[str, ...] = ()
    with_late: Span | None = None


def trace_links(
    tests: Sequence[TestResult], theory: Theory, late: Collection[str] = ()
) -> tuple[LinkTrace, ...]:
    """Return what the planned signs say of each link that has any.

    Parameters
    ----------
    tests : sequence of TestResult
    theory : Theory
        For the other explanations of each link.
    late : collection of str
        Ids of tests that were not in the locked plan.
    """
    links = dict.fromkeys(test.link for test in tests)
    return tuple(
        _trace(link, [test for test in tests if test.link == link], theory, late) for link in links
    )


def _trace(
    link: str, tests: Sequence[TestResult], theory: Theory, late: Collection[str]
) -> LinkTrace:
    packages = _packages(tests)
    named = [rival.id for rival in theory.rivals if link in rival.links]
    named += [test.rival for test in tests if test.rival]
    signs = [
        Sign(
            id=test.id,
            if_true=test.if_true,
            if_false=test.if_false,
            found=_FOUND[test.found],
            package=packages[test.id],
            late=test.id in late,
            look_for=test.look_for,
        )
        for test in tests
    ]
    made = weigh(signs, rivals=list(dict.fromkeys(named)))
    return LinkTrace(
        link=link,
        verdict=made.verdict if made.packages else NOT_LOOKED,
        posterior=tuple(made.by_prior[prior] for prior in PRIORS),
        rivals=dict(made.rivals),
        decibels=made.decibels,
        signs=made.signs,
        packages=made.packages,
        notes=made.notes,
        with_late=None if made.with_late is None else made.with_late.posterior,
    )


def _packages(tests: Sequence[TestResult]) -> dict[str, str]:
    """Return the package of each test: tests that share a source, directly or through others."""
    held = {test.id: {one.partition(":")[0] for one in test.evidence} for test in tests}
    package = {test.id: "" for test in tests}
    for id, sources in held.items():
        if package[id] or not sources:
            continue
        group = set(sources)
        while more := [s for s in held.values() if s & group and not s <= group]:
            group |= set().union(*more)
        name = min(group)
        package.update({one: name for one, others in held.items() if others & group})
    return package
