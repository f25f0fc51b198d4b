"""Theories to test with: small ones by hand, and generated ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from evalkit.theory.model import SECTIONS, Link, Node, Theory
from evalkit.theory.read import read_theory

SOUND = """\
format: evalkit/1
version: 2
purpose: Children do well
inputs:
  lead: A lead in each school
activities:
  coaching: Coach works with staff
  meetings: Leads meet
early_outcomes:
  know: {words: Staff can spot needs, measure: knowledge}
  spread: Practice moves between schools
outcomes:
  skills: {words: Children have skills, measure: [score, gap]}
links:
  - lead -> coaching
  - lead, coaching -> meetings
  - from: coaching
    to: [know]
    because: staff see it tried
    assumes: time is kept
    in: small schools
    expect: within two terms
    belief: likely
    if_true_we_see: [staff name a strategy]
    if_false_we_see: [the coach works alone]
    prior: {says: for, words: a trial found so, source: Lee 2010, distance: other country}
  - meetings -> spread
  - know, spread -> skills
  - {from: spread, to: coaching, loop: true, prior: not known}
works_when:
  - {in: few staff, people: hand over, so: not spread}
other_explanations:
  - {id: growth, words: Children grow, check: compare classes, links: [know -> skills]}
who_shaped_this:
  - {who: parents, when: 2023-06, put_forward: [skills], disagreed_with: [coaching->know]}
  - {who: schools, put_forward: meetings}
changes:
  - {version: 2, when: 2024-07, what: added a loop, why: leads said so, agreed_by: schools}
agreed_by: [charity]
"""


@pytest.fixture(scope="session")
def sound_text() -> str:
    """Return a theory file that uses every key."""
    return SOUND


@pytest.fixture
def read(tmp_path: Path):
    """Return a function that reads a theory from text."""

    def reading(text: str) -> Theory:
        path = tmp_path / "theory.yaml"
        path.write_text(text, encoding="utf-8")
        return read_theory(path)

    return reading


@pytest.fixture
def sound(read) -> Theory:
    """Return the theory of `sound_text`."""
    return read(SOUND)


@pytest.fixture(scope="session")
def make():
    """Return a function that makes a theory of boxes (id to section) and links (``=>``: a loop)."""
    return theory_of


@pytest.fixture(scope="session")
def theories():
    """Return a hypothesis strategy for theories of any shape: loops, arcs, long links, orphans."""
    return drawn()


@pytest.fixture(scope="session", params=["talking_together", "ready_for_school"])
def example(request) -> Theory:
    """Return each of the two worked examples."""
    folder = Path(__file__).parents[2] / "case_studies" / request.param
    return read_theory(folder / "theory.yaml")


def theory_of(boxes: dict[str, str], *links: str) -> Theory:
    nodes = [
        Node(id, section, f"Words of {id}", line=at)
        for at, (id, section) in enumerate(boxes.items(), 2)
    ]
    nodes.sort(key=lambda node: SECTIONS.index(node.section))
    made = []
    for at, link in enumerate(links, 20):
        source, arrow, target = link.split()
        made.append(Link(source, target, loop=arrow == "=>", line=at))
    return Theory("To see", tuple(nodes), tuple(made))


def drawn(most_boxes: int = 14, most_links: int = 22):
    words = st.text(min_size=0, max_size=120)

    @st.composite
    def theories(draw) -> Theory:
        sections = draw(st.lists(st.sampled_from(SECTIONS), min_size=1, max_size=most_boxes))
        nodes = [
            Node(f"n{at}", section, draw(words), ("m",) if draw(st.booleans()) else ())
            for at, section in enumerate(sorted(sections, key=SECTIONS.index))
        ]
        ends = st.integers(0, len(nodes) - 1)
        pairs = draw(st.lists(st.tuples(ends, ends), max_size=most_links, unique=True))
        links = [Link(f"n{a}", f"n{b}", loop=draw(st.booleans())) for a, b in pairs if a != b]
        return Theory("", tuple(nodes), tuple(links))

    return theories()
