"""Every question needs a method, and every way of joining a question."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.errors import Fault
from evalkit.protocol.look import Look, pick
from evalkit.protocol.model import Question

HEADING = "questions"


def check_questions(look: Look) -> list[Fault]:
    """Return faults of what is joined, and advice on questions that nothing answers."""
    return [*_joining(look), *_without_method(look), *_harms(look)]


def _joining(look: Look) -> Iterator[Fault]:
    plan = look.protocol
    known = (*plan.outcomes, *(node.id for node in look.theory.nodes))
    for at, joined in enumerate(plan.rest.get("joining", ())):
        question, outcome = str(joined["question"]), str(joined.get("outcome", ""))
        if question not in plan.questions:
            wrong = f"`joining` names a question `{question}` that is not asked."
            yield _at(look, at, wrong, pick(question, plan.questions, "questions"))
        if outcome and outcome not in known:
            wrong = f"`joining` names `{outcome}`, which is neither an outcome nor a box."
            yield _at(look, at, wrong, pick(outcome, known, "outcomes and boxes"))


def _at(look: Look, at: int, wrong: str, do: str) -> Fault:
    line = look.line_of("joining", at)
    return Fault(look.protocol.file, line, wrong, do, heading=HEADING)


def _without_method(look: Look) -> Iterator[Fault]:
    for question in look.protocol.questions.values():
        place = ("questions", question.id)
        analysed = any(it.question == question.id for it in look.protocol.analyses.values())
        if question.kind == "impact" and not analysed:
            wrong = f"The impact question `{question.id}` has no analysis."
            do = "Add one under `analyses:`, or ask it as a question of contribution."
            yield look.advice(place, wrong, do, HEADING)
        elif not analysed and not _answered(look, question):
            wrong = f"Nothing in the plan answers the question `{question.id}`."
            do = _REMEDY.get(question.kind, "Add an analysis, a test, or people to listen to.")
            yield look.advice(place, wrong, do, HEADING)


_REMEDY = {
    "delivery": "Say under `delivery:` in which table delivery is recorded.",
    "cost": "List the costs under `money:` in evaluation.yaml.",
    "equity": "Add an outcome with `gap_in:`, or an analysis with `by:`.",
}


def _answered(look: Look, question: Question) -> bool:
    plan = look.protocol
    if question.kind == "cost":
        return bool(look.about.money)
    if question.kind == "delivery" and plan.rest.get("delivery"):
        return True
    if question.kind == "equity" and any(it.gap_in for it in plan.outcomes.values()):
        return True
    joined = any(str(it["question"]) == question.id for it in plan.rest.get("joining", ()))
    tested = any(test.link in question.links for test in plan.tests.values())
    return joined or tested or plan.listening is not None


def _harms(look: Look) -> Iterator[Fault]:
    kinds = {question.kind for question in look.protocol.questions.values()}
    if "impact" in kinds and not look.protocol.harms_to_watch:
        wrong = "The plan names no harm that could come of the programme."
        do = "Write what could go wrong under `harms_to_watch:`, and measure it where you can."
        yield look.advice((), wrong, do, "outcomes")
