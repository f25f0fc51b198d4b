"""The rules of the theory check, each a function from what is looked at to advice.

Links that no question is about, and measures that are not in the plan, are the protocol's check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalkit.errors import Fault
from evalkit.theory import graph
from evalkit.theory.model import Link, Theory

MOST_WORDS = 12
MOST_BOXES = 40
_TWO_IDEAS = re.compile(r"\band/or\b|;|\.\s+[A-Z]")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NAMED = 8


@dataclass(frozen=True, slots=True)
class Looked:
    """What the rules look at: the theory, and what the rest of the project does with it.

    Attributes
    ----------
    theory : Theory
        The theory.
    tested : tuple of Link
        Links that a question or a process test is about.
    outcomes : frozenset of str or None
        Ids of the protocol's outcomes; None when there is no protocol to compare with.
    newest_data : int
        Last year in the data; 0 when it is not known.
    """

    theory: Theory
    tested: tuple[Link, ...]
    outcomes: frozenset[str] | None
    newest_data: int

    def advice(self, line: int, wrong: str, do: str) -> Fault:
        """Return one piece of advice; its heading is set by `check_theory`."""
        return Fault(self.theory.file, line, wrong, do, "advice")


Rule = Callable[[Looked], Iterator[Fault]]


def purpose(looked: Looked) -> Iterator[Fault]:
    """Ask for the purpose in one sentence."""
    if not looked.theory.purpose.strip():
        yield looked.advice(1, "The theory does not say what it is all for.", "Add `purpose: ...`.")


def short_boxes(looked: Looked) -> Iterator[Fault]:
    """Ask for boxes of one idea in a few words, and not too many of them."""
    for node in looked.theory.nodes:
        count = len(node.words.split())
        if count > MOST_WORDS:
            wrong = f"The box `{node.id}` has {count} words; {MOST_WORDS} can be read at a glance."
            yield looked.advice(node.line, wrong, "Shorten it, and put the rest under `because`.")
        if _TWO_IDEAS.search(node.words):
            wrong = f"The box `{node.id}` seems to hold two ideas."
            yield looked.advice(node.line, wrong, "Make two boxes, so that each can be tested.")
    if len(looked.theory.nodes) > MOST_BOXES:
        wrong = f"The theory has {len(looked.theory.nodes)} boxes; few readers follow {MOST_BOXES}."
        yield looked.advice(1, wrong, "Join boxes that are always tested together.")


def same_words(looked: Looked) -> Iterator[Fault]:
    """Point to two boxes that say the same."""
    first: dict[str, str] = {}
    for node in looked.theory.nodes:
        words = " ".join(node.words.lower().split())
        if words in first:
            wrong = f"The boxes `{first[words]}` and `{node.id}` say the same."
            yield looked.advice(node.line, wrong, "Keep one, or say how they differ.")
        first.setdefault(words, node.id)


def measures(looked: Looked) -> Iterator[Fault]:
    """Ask for a measure of each outcome."""
    for node in looked.theory.nodes:
        if node.section in graph.ENDS and not node.measure:
            wrong = f"Nothing measures `{node.id}` ({node.section})."
            do = "Add `measure:` with an outcome of the protocol, or say in the report why not."
            yield looked.advice(node.line, wrong, do)


def unplaced_outcomes(looked: Looked) -> Iterator[Fault]:
    """Point to outcomes of the protocol that no box is about."""
    for name in sorted(looked.outcomes or ()):
        if not looked.theory.measured_by(name):
            wrong = f"The protocol's outcome `{name}` measures no box of the theory."
            yield looked.advice(1, wrong, f"Name it as `measure: {name}` in the box it is about.")


def signs(looked: Looked) -> Iterator[Fault]:
    """Ask what would be seen if a tested link held, and if it did not."""
    for link in looked.tested:
        lacking = [
            key
            for key, found in (
                ("if_true_we_see", link.if_true_we_see),
                ("if_false_we_see", link.if_false_we_see),
            )
            if not found
        ]
        if lacking:
            wrong = f"The tested link `{link.id}` lacks {_and(lacking)}."
            yield looked.advice(link.line, wrong, "Write down the sign before looking at data.")


def reasons(looked: Looked) -> Iterator[Fault]:
    """Ask why a link should hold: each tested one, and the others in one line."""
    tested = {link.id for link in looked.tested}
    for link in looked.tested:
        if not link.because:
            wrong = f"The tested link `{link.id}` does not say why it should hold."
            yield looked.advice(link.line, wrong, "Add `because: ...`.")
    others = [link.id for link in looked.theory.links if not link.because and link.id not in tested]
    if others:
        wrong = f"{len(others)} further links give no reason: {_some(others)}."
        do = "Add `because: ...` where the reason is not plain to an outsider."
        yield looked.advice(_first_line(looked, others), wrong, do)


def leads_somewhere(looked: Looked) -> Iterator[Fault]:
    """Ask that activities reach outcomes and outcomes are reached, and no box stands alone."""
    theory = looked.theory
    alone = graph.orphans(theory)
    for id in alone:
        wrong = f"No link touches the box `{id}`."
        yield looked.advice(theory.node(id).line, wrong, "Link it, or take it out.")
    for id in graph.activities_without_outcome(theory):
        if id not in alone:
            wrong = f"The activity `{id}` leads to no outcome."
            do = "Add the links by which it should, or say what it is for."
            yield looked.advice(theory.node(id).line, wrong, do)
    for id in graph.outcomes_without_activity(theory):
        if id not in alone:
            wrong = f"No activity leads to `{id}`."
            yield looked.advice(theory.node(id).line, wrong, "Add the links by which one should.")


def leaps(looked: Looked) -> Iterator[Fault]:
    """Point to links that jump over a column, or run backwards."""
    for link, over in graph.gaps(looked.theory):
        wrong = (
            f"The link `{link.id}` jumps over {_and([each.replace('_', ' ') for each in over])}."
        )
        yield looked.advice(link.line, wrong, "Say what happens in between, if anything does.")
    for link in graph.against_order(looked.theory):
        wrong = f"The link `{link.id}` runs back to an earlier column."
        do = "Give it `loop: true` if it is feedback, or move one of its boxes."
        yield looked.advice(link.line, wrong, do)


def loops_close(looked: Looked) -> Iterator[Fault]:
    """Point to links marked as loops that close no circle."""
    for link, ways in graph.feedback_loops(looked.theory):
        if not ways:
            wrong = f"`{link.id}` is marked as a loop, but no links lead from `{link.target}` back."
            do = "Add the links that close the circle, or take `loop: true` out."
            yield looked.advice(link.line, wrong, do)


def voices(looked: Looked) -> Iterator[Fault]:
    """Ask that at least two groups shaped the theory, each with something to say."""
    groups = {shaper.who.strip().lower() for shaper in looked.theory.shaped_by}
    if len(groups) < 2:
        count = "Only one group is" if groups else "No group is"
        wrong = f"{count} said to have shaped the theory."
        do = "Add under `who_shaped_this` who put which parts forward, and who disagreed."
        yield looked.advice(_first(looked.theory.shaped_by), wrong, do)
    for shaper in looked.theory.shaped_by:
        if not shaper.put_forward and not shaper.disagreed_with:
            wrong = f"`{shaper.who}` took part, but no part of the theory is theirs."
            do = "Name what they put forward or disagreed with, or ask them again."
            yield looked.advice(shaper.line, wrong, do)


def earlier_research(looked: Looked) -> Iterator[Fault]:
    """Ask what earlier research says of each tested link."""
    for link in looked.tested:
        if not link.prior and not link.prior_unknown:
            wrong = f"Nothing is said about earlier research on the tested link `{link.id}`."
            yield looked.advice(link.line, wrong, "Add `prior:`, or write `prior: not known`.")


def beliefs(looked: Looked) -> Iterator[Fault]:
    """Ask how likely each tested link was held to be beforehand, and when it should show."""
    for link in looked.tested:
        if link.belief is None:
            wrong = f"It is not said how likely the tested link `{link.id}` is held to be."
            yield looked.advice(link.line, wrong, "Add `belief:` before looking at data.")
        if not link.expect:
            wrong = f"It is not said when `{link.id}` should show."
            do = "Add `expect: within ...`, so that too early is not taken for no effect."
            yield looked.advice(link.line, wrong, do)


def rivals(looked: Looked) -> Iterator[Fault]:
    """Ask for other explanations of the same change, each with a way to check it."""
    if not looked.theory.rivals:
        wrong = "No other explanation of the same change is named."
        yield looked.advice(1, wrong, "Add one or more under `other_explanations`, with `check`.")
    for rival in looked.theory.rivals:
        if not rival.check:
            wrong = f"It is not said how the explanation `{rival.id}` would be checked."
            yield looked.advice(rival.line, wrong, "Add `check: ...`.")


def agreed(looked: Looked) -> Iterator[Fault]:
    """Ask who agreed to this version."""
    theory = looked.theory
    latest = [change for change in theory.changes if change.version == theory.version]
    if not theory.agreed_by and not any(change.agreed_by for change in latest):
        wrong = f"It is not said who agreed to version {theory.version} of the theory."
        do = "Add `agreed_by: [...]` with those who must act on it."
        yield looked.advice(_first(latest), wrong, do)


def kept_up(looked: Looked) -> Iterator[Fault]:
    """Ask that each version has a date and a reason, and that the theory is not behind the data."""
    theory = looked.theory
    told = {change.version for change in theory.changes}
    if theory.version > 1 and theory.version not in told:
        wrong = (
            f"The theory is at version {theory.version}, and `changes` does not say what changed."
        )
        yield looked.advice(1, wrong, "Add an entry with `version, when, what, why`.")
    for change in theory.changes:
        lacking = [key for key, said in (("when", change.when), ("why", change.why)) if not said]
        if lacking:
            wrong = f"The change to version {change.version} lacks {_and(lacking)}."
            yield looked.advice(change.line, wrong, "Add it while someone remembers.")
        if change.version > theory.version:
            wrong = f"A change is to version {change.version}; the theory is at {theory.version}."
            yield looked.advice(change.line, wrong, "Correct one of the two numbers.")
    years = [int(year) for change in theory.changes for year in _YEAR.findall(change.when)]
    if years and looked.newest_data > max(years) + 1:
        wrong = (
            f"The data run to {looked.newest_data}; the theory was last changed in {max(years)}."
        )
        yield looked.advice(1, wrong, "See whether it still says how things work.")


RULES: Mapping[str, tuple[Rule, ...]] = {
    "understandable": (purpose, short_boxes, same_words),
    "verifiable": (measures, unplaced_outcomes),
    "testable": (signs,),
    "explained": (reasons,),
    "complete": (leads_somewhere, leaps, loops_close),
    "inclusive": (voices,),
    "justifiable": (earlier_research,),
    "plausible": (beliefs, rivals),
    "owned": (agreed,),
    "embedded": (kept_up,),
}
"""The rules under each heading of `evalkit.theory.headings`."""


def _and(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


def _first_line(looked: Looked, links: Sequence[str]) -> int:
    return looked.theory.link(links[0]).line


def _first(entries: Sequence[object]) -> int:
    return int(getattr(entries[0], "line", 1)) if entries else 1
