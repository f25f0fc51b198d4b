from __future__ import annotations

from itertools import combinations, pairwise, permutations, product

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.synthesis.contribution import (
    ORDER,
    VERDICTS,
    WORDS,
    contributions,
    link_verdict,
    pathway_verdict,
    strongest_pathway,
)
from evalkit.synthesis.finding import QUAL_STATES, QUANT_STATES
from evalkit.synthesis.joint import joint_display, joint_row
from evalkit.synthesis.model import Contribution
from evalkit.theory.model import Link, Node, Theory

SILENT = ("asked but not mentioned", "not asked")


def _rank(verdict):
    return ORDER.index(verdict)


def test_every_pair_of_states_has_its_verdict_and_every_verdict_its_words():
    assert set(VERDICTS) == set(product(QUANT_STATES, QUAL_STATES))
    assert len(VERDICTS) == 30
    assert set(VERDICTS.values()) == set(ORDER) == set(WORDS)


def test_only_numbers_and_words_together_support_a_link():
    assert [pair for pair, it in VERDICTS.items() if it == "supported"] == [("up", "up")]


@pytest.mark.parametrize("numbers", ["imprecise", "no data"])
@pytest.mark.parametrize("words", QUAL_STATES)
def test_numbers_that_cannot_tell_contradict_nothing(numbers, words):
    assert VERDICTS[numbers, words] != "contradicted"


@pytest.mark.parametrize(("numbers", "silence"), list(product(QUANT_STATES, SILENT)))
def test_not_mentioned_weighs_the_same_as_not_asked(numbers, silence):
    assert VERDICTS[numbers, silence] == VERDICTS[numbers, "not asked"]


def _verdict(theory, findings, link="a -> b"):
    return link_verdict(joint_row(findings, link, ()), theory, findings)


def _every_set(finding):
    """Every choice of up to four among the findings that a link may have."""
    states = ("up", "down", "about nil", "imprecise")
    pool = [finding("n", "impact", n=n, state=state) for n, state in enumerate(states)]
    pool += [finding(says, n=9) for says in ("for", "against", "nil", "mixed")]
    return [chosen for size in range(5) for chosen in combinations(pool, size)]


def test_no_verdict_improves_when_what_speaks_for_it_is_taken_away(theory, finding):
    for findings in _every_set(finding):
        whole = _rank(_verdict(theory, findings).verdict)
        for one in findings:
            if one.says == "for" or one.state == "up":
                less = [other for other in findings if other is not one]
                assert _rank(_verdict(theory, less).verdict) <= whole, findings


def test_the_order_of_findings_changes_no_verdict(theory, finding):
    findings = [finding("for"), finding("against", n=2), finding("n", "impact", state="up")]
    told = {
        (one.verdict, one.words, one.would_change_if, frozenset(one.because))
        for order in permutations(findings)
        for one in [_verdict(theory, order)]
    }
    assert len(told) == 1


@pytest.mark.parametrize(("numbers", "words"), list(product(QUANT_STATES, QUAL_STATES)))
def test_with_a_rival_left_standing_no_link_is_supported(theory, numbers, words, finding):
    said = {"up": ["for"], "down": ["against"], "mixed": ["mixed"], "nil reported": ["nil"]}
    findings = [finding(one, link="b -> c") for one in said.get(words, [])]
    if numbers != "no data":
        findings.append(finding("n", "impact", link="b -> c", state=numbers))
    asked = ["b -> c"] if words == "asked but not mentioned" else []
    one = link_verdict(joint_row(findings, "b -> c", asked), theory, findings)
    assert one.rivals == ("chance",)
    cap = "plausible" if numbers == "up" else "not shown"
    assert _rank(one.verdict) == min(_rank(VERDICTS[numbers, words]), _rank(cap))


def _supported(finding):
    return [
        finding("for", link="b -> c"),
        finding("n", "impact", link="b -> c", state="up"),
    ]


def test_a_rival_is_ruled_out_only_by_what_speaks_against_it_on_this_link(theory, finding):
    on = _supported(finding)
    against = finding("against", "process", link="b -> c", rival="chance", counts=False)
    assert _verdict(theory, on, "b -> c").verdict == "plausible"
    assert _verdict(theory, [*on, against], "b -> c").verdict == "supported"
    elsewhere = finding("against", "process", link="a -> b", rival="chance", counts=False)
    assert _verdict(theory, [*on, elsewhere], "b -> c").verdict == "plausible"


def test_a_rival_that_something_speaks_for_stands_whatever_speaks_against_it(theory, finding):
    on = _supported(finding)
    against = finding("against", "process", link="b -> c", rival="chance", counts=False)
    speaks = finding("rival", link="a -> b", rival="chance", counts=False)
    one = _verdict(theory, [*on, against, speaks], "b -> c")
    assert one.verdict == "plausible"
    assert "cannot be told apart" in one.words
    assert speaks.id in one.because


def test_every_verdict_says_what_would_change_it(theory, finding):
    for numbers, said in product((*QUANT_STATES[:4], None), ("for", "against", None)):
        findings = [finding("n", "impact", state=numbers)] if numbers else []
        findings += [finding(said)] if said else []
        assert _verdict(theory, findings).would_change_if


def _links(verdicts):
    return {
        link: Contribution(link, (), verdict, "", "", (), "") for link, verdict in verdicts.items()
    }


@given(st.lists(st.sampled_from(ORDER), min_size=1, max_size=6))
def test_a_pathway_is_as_strong_as_its_weakest_link_and_names_it(verdicts):
    nodes = [f"n{n}" for n in range(len(verdicts) + 1)]
    links = _links(dict(zip((f"{a} -> {b}" for a, b in pairwise(nodes)), verdicts, strict=True)))
    one = pathway_verdict(nodes, links)
    assert one.verdict == min(verdicts, key=_rank)
    assert links[one.weakest].verdict == one.verdict


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")).filter(
            lambda x: x[0] != x[1]
        ),
        st.sampled_from(ORDER),
        max_size=18,
    )
)
@settings(max_examples=200)
def test_the_best_pathway_is_the_one_that_trying_all_of_them_finds(given_links):
    nodes = tuple(Node(id, "activities", id) for id in "abcdef")
    theory = Theory("", nodes, tuple(Link(*ends) for ends in given_links))
    links = _links({f"{a} -> {b}": verdict for (a, b), verdict in given_links.items()})
    graph = nx.DiGraph(list(given_links))
    graph.add_nodes_from("af")

    def worth(path):
        strength = min(_rank(given_links[step]) for step in pairwise(path))
        return (-strength, len(path), tuple(path))

    best = min(nx.all_simple_paths(graph, "a", "f"), key=worth, default=())
    assert strongest_pathway("a", "f", theory, links) == tuple(best)


def test_there_is_a_verdict_on_every_link_and_on_the_pathway_to_each_outcome(theory, finding):
    findings = _supported(finding)
    rows = joint_display(findings, [link.id for link in theory.links], ())
    told = contributions(theory, rows, findings)
    assert [one.link for one in told] == ["a -> b", "b -> c", ""]
    assert told[-1].pathway == ("a", "b", "c")
    assert (told[-1].verdict, told[-1].weakest) == ("not tested", "a -> b")
    assert told[-1].rivals == ("chance",)
    assert len({one.id for one in told}) == 3
