"""The theory as a graph, against answers worked out by hand and by networkx."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.theory import graph
from evalkit.theory.model import Link, Node, Theory

BOXES = {
    "a": "activities",
    "b": "activities",
    "e": "early_outcomes",
    "f": "early_outcomes",
    "o": "outcomes",
    "i": "impact",
    "alone": "context",
}


def test_paths_come_in_the_order_of_the_file(make):
    theory = make(BOXES, "a -> f", "a -> e", "e -> o", "f -> o", "o -> i", "o => a")
    assert graph.paths(theory, "a", "i") == (("a", "f", "o", "i"), ("a", "e", "o", "i"))
    assert graph.paths(theory, "i", "a") == ()
    assert graph.paths(theory, "a", "i", limit=1) == (("a", "f", "o", "i"),)


def test_pathways_lead_from_each_activity_to_each_outcome_and_impact(make):
    theory = make(BOXES, "a -> e", "e -> o", "o -> i", "b -> f")
    assert graph.pathways(theory) == (("a", "e", "o"), ("a", "e", "o", "i"))
    assert graph.count_pathways(theory) == 2
    assert graph.pathways_note(theory) == ""


def test_pathways_that_are_cut_are_shared_out_and_said(make):
    middle = {f"m{at}": "early_outcomes" for at in range(8)}
    boxes = {"a": "activities", "b": "activities", **middle, "o": "outcomes"}
    links = [f"{start} -> m{at}" for start in "ab" for at in range(8)]
    theory = make(boxes, *links, *(f"m{at} -> o" for at in range(8)), "o => a")
    ways = graph.pathways(theory, limit=5)
    assert [way[0] for way in ways] == ["a", "a", "a", "b", "b"]
    assert graph.pathways_note(theory, limit=5) == (
        "There are 16 pathways; 5 of them are shown. 1 feedback loop is not part of any pathway."
    )


def test_mediators_lie_between_and_not_beside(make):
    theory = make(BOXES, "a -> e", "e -> o", "b -> o", "a -> f", "o -> i", "i => a")
    assert graph.mediators(theory, "a", "o") == ("e",)
    assert graph.mediators(theory, "a", "i") == ("e", "o")


def test_circles_are_found_unless_a_link_is_marked(make):
    theory = make(BOXES, "a -> e", "e -> o", "o -> a")
    assert graph.unmarked_circles(theory) == (("a", "e", "o"),)
    assert graph.unmarked_circles(make(BOXES, "a -> e", "e -> o", "o => a")) == ()


def test_a_loop_knows_the_ways_that_it_feeds(make):
    theory = make(BOXES, "a -> e", "e -> o", "o => a", "i => b")
    (loop, ways), (idle, none) = graph.feedback_loops(theory)
    assert (loop.id, ways) == ("o -> a", (("a", "e", "o"),))
    assert (idle.id, none) == ("i -> b", ())


def test_orphans_gaps_and_blind_ends_are_named(make):
    theory = make(BOXES, "a -> o", "b -> f", "e -> i", "i -> b")
    assert graph.orphans(theory) == ("alone",)
    assert [(link.id, over) for link, over in graph.gaps(theory)] == [
        ("a -> o", ("early_outcomes",)),
        ("e -> i", ("outcomes",)),
    ]
    assert [link.id for link in graph.against_order(theory)] == ["i -> b"]
    assert graph.activities_without_outcome(theory) == ("b",)
    assert graph.outcomes_without_activity(theory) == ("i",)


def test_only_sections_with_boxes_can_be_jumped(make):
    theory = make({"a": "activities", "o": "outcomes"}, "a -> o")
    assert graph.columns(theory) == ("activities", "outcomes")
    assert graph.gaps(theory) == ()


def test_a_collider_separates_until_it_is_held_constant(make):
    theory = make(BOXES, "a -> o", "b -> o", "o -> i")
    assert graph.d_separated(theory, {"a"}, {"b"})
    assert not graph.d_separated(theory, {"a"}, {"b"}, {"o"})
    assert not graph.d_separated(theory, {"a"}, {"b"}, {"i"})
    assert graph.d_separated(theory, {"a"}, {"i"}, {"o"})


def test_a_common_cause_must_be_held_constant(make):
    theory = make(
        {"need": "context", **BOXES}, "need -> a", "need -> o", "a -> e", "e -> o", "o => a"
    )
    found = graph.adjustment_sets(theory, "a", "o")
    assert found.sets == (("need",),)
    assert found.never == ("e",)
    assert found.left_out == ("o -> a",)
    assert found.because == (
        "By this theory it is enough to hold constant: need."
        " Left out of this, as feedback loops: o -> a."
    )


def test_nothing_need_be_held_constant_where_nothing_confounds(make):
    found = graph.adjustment_sets(make(BOXES, "a -> o"), "a", "o")
    assert found.sets == ((),)


def test_an_unmeasured_common_cause_leaves_no_set(make):
    theory = make({"need": "context", **BOXES}, "need -> a", "need -> o", "a -> o")
    found = graph.adjustment_sets(theory, "a", "o", observed=["e"])
    assert found.sets == ()
    assert "No set" in found.because


def test_pearls_example_has_its_published_sets(make):
    # Pearl (2009, figure 3.4): {x3, x4} and {x4, x5} are sufficient, {x4} alone is not
    boxes = {"x1": "context", "x2": "context", "x3": "context", "x4": "context", "x5": "context"}
    boxes |= {"xi": "activities", "x6": "early_outcomes", "xj": "outcomes"}
    theory = make(
        boxes, "x1 -> x3", "x1 -> x4", "x2 -> x4", "x2 -> x5", "x3 -> xi", "x4 -> xi", "x4 -> xj",
        "x5 -> xj", "xi -> x6", "x6 -> xj",
    )  # fmt: skip
    sets = graph.adjustment_sets(theory, "xi", "xj").sets
    assert ("x3", "x4") in sets
    assert ("x4", "x5") in sets
    assert ("x4",) not in sets
    assert not any("x6" in names for names in sets)


@settings(max_examples=80, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14, unique=True))
def test_separation_agrees_with_networkx(make, pairs):
    ids = [f"n{at}" for at in range(7)]
    links = [f"n{a} -> n{b}" for a, b in pairs if a < b]
    theory = make(dict.fromkeys(ids, "outcomes"), *links)
    other = nx.DiGraph()
    other.add_nodes_from(ids)
    other.add_edges_from(link.split(" -> ") for link in links)
    for a, b, c in combinations(ids, 3):
        expected = nx.is_d_separator(other, {a}, {c}, {b})
        assert graph.d_separated(theory, {a}, {c}, {b}) == expected


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_pathways_are_counted_exactly(theories, data):
    theory = data.draw(theories)
    if not graph.unmarked_circles(theory):
        total = graph.count_pathways(theory)
        assert len(graph.pathways(theory, limit=10_000)) == min(total, 10_000)
        assert len(set(graph.pathways(theory, limit=7))) == min(total, 7)


def test_ways_do_not_run_round_a_circle_that_was_not_marked():
    nodes = (
        Node("a", "activities", "A"),
        Node("b", "early_outcomes", "B"),
        Node("c", "early_outcomes", "C"),
        Node("z", "outcomes", "Z"),
    )
    links = (Link("a", "b"), Link("b", "c"), Link("c", "b"), Link("c", "z"))
    theory = Theory("Simulated", nodes, links)
    assert graph.pathways(theory) == (("a", "b", "c", "z"),)
