"""Links that the plan names must be links of the theory; links nobody examines are pointed out."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.errors import Fault, nearest
from evalkit.protocol.look import Look, pick
from evalkit.theory.model import Theory

HEADING = "testable"


def check_links(look: Look) -> list[Fault]:
    """Return faults of the links, rivals and measures named, and advice on links left alone."""
    named = [_link_fault(look, place, link) for place, link in _named_links(look)]
    found = [fault for fault in named if fault is not None]
    return [*found, *_measures(look), *_tests(look), *_left_alone(look)]


def _named_links(look: Look) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each link that the plan names and where it does so."""
    plan = look.protocol
    for question in plan.questions.values():
        yield from ((("questions", question.id, "links"), link) for link in question.links)
    for analysis in plan.analyses.values():
        yield from ((("analyses", analysis.id, "links"), link) for link in analysis.links)
    for test in plan.tests.values():
        yield ("tests", test.id, "link"), test.link
    if plan.listening:
        yield from ((("listening", "asked_about"), link) for link in plan.listening.asked_about)


def unknown_link(theory: Theory, link: str) -> tuple[str, str] | None:
    """Return what is wrong with a link's name and what to do, or None when the theory has it."""
    links = tuple(it.id for it in theory.links)
    if link in links:
        return None
    nodes = tuple(node.id for node in theory.nodes)
    for end in link.split(" -> "):
        if end not in nodes:
            wrong = f"The link `{link}` names a box `{end}` that the theory does not have."
            return wrong, pick(end, nodes, "boxes")
    do = nearest(link, links).strip() or f"Add it to `links:` in {theory.file}."
    return f"The theory has no link `{link}`.", do


def _link_fault(look: Look, place: tuple[str, ...], link: str) -> Fault | None:
    found = unknown_link(look.theory, link)
    return look.fault(place, *found, HEADING) if found else None


def _measures(look: Look) -> Iterator[Fault]:
    outcomes = look.protocol.outcomes
    for node in look.theory.nodes:
        for measure in node.measure:
            if measure not in outcomes:
                wrong = f"`{node.id}` is measured by `{measure}`, which is no outcome of the plan."
                do = pick(measure, outcomes, f"outcomes in {look.protocol.file}")
                yield Fault(look.theory.file, node.line, wrong, do, heading="verifiable")


def _tests(look: Look) -> Iterator[Fault]:
    rivals = {rival.id: rival for rival in look.theory.rivals}
    for test in look.protocol.tests.values():
        if test.rival and test.rival not in rivals:
            wrong = f"The test `{test.id}` names a rival `{test.rival}` that the theory lacks."
            do = pick(test.rival, rivals, "rivals (`other_explanations`)")
            yield look.fault(("tests", test.id, "rival"), wrong, do, HEADING)
        if test.if_true == test.if_false:
            wrong = f"The test `{test.id}` is as likely if the link holds as if it does not."
            do = "Look for a sign that would tell the two apart, or leave the test out."
            yield look.advice(("tests", test.id), wrong, do, HEADING)


def _left_alone(look: Look) -> Iterator[Fault]:
    examined = {link for _, link in _named_links(look)}
    alone = [link for link in look.theory.links if link.id not in examined]
    if not alone:
        return
    names = ", ".join(f"`{link.id}`" for link in alone)
    count = f"{len(alone)} of {len(look.theory.links)} links"
    wrong = f"{count} of the theory are examined by no question and no test: {names}."
    do = "Ask about those that matter most, or accept that the report will say `not tested`."
    yield Fault(look.theory.file, alone[0].line, wrong, do, "advice", HEADING)
