"""The search for what a quotation that is not there may have meant."""

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding.model import Source
from evalkit.coding.passages import around, folded, nearest_passages

WORDS = ("visits", "helped", "school", "read", "home", "teacher", "talk", "early", "late", "us")


def long_source():
    parts = [f"{WORDS[at % 10]} {WORDS[at * 7 % 9]} number {at % 613}." for at in range(5000)]
    parts[3210] = "Our health visitor came every second week and never once was late."
    return Source("s", " ".join(parts))


def test_the_nearest_passage_of_a_long_source_is_found_quickly():
    source = long_source()
    assert len(source.text) > 100_000
    began = time.perf_counter()
    found = nearest_passages(source, "our health visitors came each second week and was never late")
    assert time.perf_counter() - began < 1
    start = source.text.index("Our health")
    assert found[0].start == start
    assert 0.5 < found[0].likeness < 1


def test_a_difference_of_form_only_comes_first_and_counts_as_alike():
    source = Source("s", "Say “home” and home and “Home”.")
    assert [(it.start, it.end, it.likeness) for it in nearest_passages(source, '"home"')] == [
        (4, 10, 1.0),
        (24, 30, 1.0),
    ]


def test_passages_do_not_overlap_and_are_the_same_each_time():
    source = long_source()
    found = nearest_passages(source, "visits helped by numbers")
    assert found == nearest_passages(source, "visits helped by numbers")
    spans = sorted((it.start, it.end) for it in found)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_a_very_long_quotation_is_placed_by_its_first_words():
    source = long_source()
    quote = source.text[5000:60_000].replace("number", "nummer")
    assert abs(nearest_passages(source, quote)[0].start - 5000) < 60


def test_context_is_on_one_line_and_long_passages_are_shortened():
    text = "before " + "x" * 500 + "\nafter and more and more and more"
    shown = around(text, 7, 507)
    assert "\n" not in shown
    assert len(shown) < 200
    assert shown.startswith("before [xxx")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_each_folded_character_knows_where_it_came_from(text):
    plain, places = folded(text)
    assert len(plain) == len(places)
    assert places == sorted(places)
    assert not places or places[-1] < len(text)
