from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import pytest

from evalkit.report.document import Details, Heading, Messages, NestedList, TableBlock, plain
from evalkit.report.sections import STANDARD


def blocks_of(value):
    """Return every block inside a section, at any depth."""
    found = []
    for one in value:
        found.append(one)
        if is_dataclass(one):
            for item in fields(one):
                inner = getattr(one, item.name)
                if isinstance(inner, tuple) and inner and is_dataclass(inner[0]):
                    found += blocks_of(inner)
                elif isinstance(inner, TableBlock | NestedList):
                    found += blocks_of((inner,))
    return found


def text_of(section):
    words = []
    for block in blocks_of(section.blocks):
        for name in ("text", "parts", "headline", "more", "caption", "title", "summary"):
            value = getattr(block, name, ())
            words.append(plain(value) if isinstance(value, tuple) else str(value))
        for row in getattr(block, "rows", ()):
            words += [plain(cell) for cell in row]
    return " ".join(words)


@pytest.mark.parametrize("name", STANDARD)
def test_ids_of_tables_are_unique_and_rows_fit_their_heads(whole, name):
    tables = [one for one in blocks_of(STANDARD[name](whole).blocks) if isinstance(one, TableBlock)]
    assert len({table.id for table in tables}) == len(tables)
    for table in tables:
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert table.caption


def test_sections_come_in_the_order_of_their_pages(whole):
    pages = [make(whole).page for make in STANDARD.values()]
    assert pages == sorted(pages, key=["one", "three", "all"].index)
    assert pages.count("one") == 1


def test_page_one_has_few_messages_the_main_outcome_first(whole):
    messages = next(one for one in STANDARD["one_page"](whole).blocks if isinstance(one, Messages))
    assert 3 <= len(messages.items) <= 6
    assert plain(messages.items[0].headline) == (
        "Reading and writing at age 11: 2.4 percentage points higher than the comparison. It cannot "
        "be told apart from another explanation: Towns chosen at their lowest point rise anyway "
        "(regression to the mean)."
    )
    assert plain(messages.items[1].headline).startswith("A possible harm. Suspensions: 2.2 per 100")


def test_page_one_says_what_it_cannot_say_and_what_would_settle_it(whole):
    text = text_of(STANDARD["one_page"](whole))
    assert "Towns chosen at their lowest point rise anyway (regression to the mean)" in text
    assert "Whether a second reader would have read the texts in the same way." in text
    assert "More places or years" in text


def test_the_story_puts_checks_behind_their_outcome(whole):
    text = text_of(STANDARD["story"](whole))
    assert "No measured outcome meets" not in text
    assert "suspensions rise" in text
    none = text_of(STANDARD["story"](replace(whole, harms=())))
    assert "That is not proof that there was none." in none


def test_the_links_show_voices_on_both_sides(whole):
    text = text_of(STANDARD["links"](whole))
    assert "Reading is better now, I see it in Year 6." in text
    assert "results would have risen anyway" in text
    assert "Left standing: Towns chosen at their lowest point" in text


def test_why_names_each_explanation_with_its_signs(whole):
    section = STANDARD["why"](whole)
    heads = [plain(one.text) for one in section.blocks if isinstance(one, Heading)]
    assert [head.partition(":")[0] for head in heads[:4]] == [
        "Theory",
        "Delivery",
        "Evaluation",
        "Context",
    ]
    assert "a change that matters could have gone unseen" in text_of(section)


def test_equity_tells_the_gap_or_that_there_is_none(whole):
    assert "Gap at age 11" in text_of(STANDARD["equity"](whole))
    none = replace(whole, estimates=whole.estimates[:1])
    assert "cannot say who gained" in text_of(STANDARD["equity"](none))


def test_the_programme_is_told_by_its_headings_and_what_is_missing_is_named(whole):
    text = text_of(STANDARD["programme"](whole))
    assert "Why it should work" in text
    assert "1,500,000" in text
    assert "Not described:" in text


def test_the_theory_tells_its_reasons_its_doubters_and_its_advice(whole):
    text = text_of(STANDARD["theory"](whole))
    assert "what is practised stays" in text
    assert "disagreed with" in text
    assert "No reason is given. Say why." in text


def test_the_questions_tell_the_plan_and_its_lock(whole):
    text = text_of(STANDARD["questions"](whole))
    assert "has been changed since" in text
    assert "compared with the 30 lowest by read11 over 2016 to 2017" in text
    assert "Ministers chose the 6 towns." in text


def test_each_estimate_tells_its_methods_checks_and_assumptions(whole):
    section = STANDARD["estimates"](whole)
    text = text_of(section)
    assert sum(isinstance(one, Details) for one in section.blocks) == len(whole.estimates)
    assert "permutation of treated clusters" in text
    assert "Normal(0, 3)" in text
    assert "twice as wide" in text
    assert "Exploratory: it was not in the locked plan" in text


def test_the_data_tell_every_change_and_what_is_missing_and_why(whole):
    text = text_of(STANDARD["data"](whole))
    assert "symbol `c` read as missing" in text
    assert "not collected in 2017" in text
    assert "held up by: an agreement" in text


def test_the_texts_tell_codebook_and_passages(whole):
    text = text_of(STANDARD["texts"](whole))
    assert "Looked, not seen" in text


def test_the_signs_tell_what_was_found_and_what_it_adds_up_to(whole):
    text = text_of(STANDARD["signs"](whole))
    assert "yes: seen in 4 of 5 schools" in text
    assert "straw in the wind" in text
    assert " dB" not in text
    assert "the signs do not settle it" in text


def test_departures_are_computed_and_told_apart_from_what_was_not_run(whole):
    text = text_of(STANDARD["departures"](whole))
    assert "was 2, is 1.5" in text
    assert "Year 2020 left out" in text
    assert "No unit is treated in 2015." in text


def test_the_rules_are_printed(whole):
    text = text_of(STANDARD["rules"](whole))
    for words in ("fairly sure", "almost certain", "dissonance", "contradicted", "possible harm"):
        assert words in text


def test_the_provenance_names_versions_seeds_and_files(whole):
    text = text_of(STANDARD["provenance"](whole))
    assert "20260101" in text
    assert "ef56ef56" in text
