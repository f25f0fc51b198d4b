"""Learning from codings, and holding sources out."""

import numpy as np
import pytest

from evalkit.coding.learn import features, held_out, judged, train
from evalkit.coding.model import Code, Codebook, Coding, Segment, Source
from evalkit.errors import CodingError

CODEBOOK = Codebook((Code("wait", "Waiting"), Code("home", "Home"), Code("rare", "Rare")))
WORDS = {
    "wait": ["waited", "weeks", "queue", "late"],
    "home": ["home", "visits", "door", "family"],
    "": ["weather", "colour", "music", "table"],
}


def made(seed=3, sources=30):
    """Invented answers of three sentences, whose words mostly go with their codes."""
    generator = np.random.default_rng(seed)
    found, codings = [], []
    for at in range(sources):
        parts, spans, start = [], [], 0
        for _ in range(3):
            code = str(generator.choice(["wait", "home", ""]))
            sentence = " ".join(["We", *generator.choice(WORDS[code], 3)]) + "."
            spans.append((start, start + len(sentence), code))
            parts.append(sentence)
            start += len(sentence) + 1
        text = " ".join(parts)
        found.append(Source(f"s{at:02}", text))
        codings += [
            Coding(Segment(f"s{at:02}", first, last, text[first:last]), code, "ann")
            for first, last, code in spans
            if code
        ]
    codings.append(Coding(codings[0].segment, "rare", "ann"))
    return found, codings


def test_precision_is_that_of_sources_that_were_not_learnt_from():
    sources, codings = made()
    table = held_out(codings, sources, CODEBOOK)
    assert table.loc["wait", "precision"] > 0.8
    assert table.loc["wait", "low"] < table.loc["wait", "precision"] <= table.loc["wait", "high"]
    assert table.loc["rare", "reason"] == "only 1 units to learn from"


def test_words_that_go_with_a_code_by_chance_give_the_precision_of_guessing():
    sources, codings = made()
    generator = np.random.default_rng(5)
    shuffled = generator.permutation([it.code for it in codings[:-1]])
    mixed = [
        Coding(it.segment, str(code), "ann") for it, code in zip(codings, shuffled, strict=False)
    ]
    table = held_out(mixed, sources, CODEBOOK)
    assert table.loc["wait", "precision"] < 0.7


def test_a_source_is_never_on_both_sides():
    """Every source has a word of its own, which only a leak could have learnt."""
    sources = [Source(f"s{at}", f"Word{'abcdefghij'[at] * 4}. Other.") for at in range(10)]
    codings = [Coding(Segment(it.id, 0, 9, it.text[:9]), "home", "ann") for it in sources[:5]] + [
        Coding(Segment(it.id, 10, 16, "Other."), "wait", "ann") for it in sources[5:]
    ]
    table = held_out(codings, sources, CODEBOOK, least=2)
    assert table.loc["home", "right"] == 0 or table.loc["home", "precision"] < 0.6


def test_the_same_seed_and_any_order_give_the_same_table():
    sources, codings = made()
    one = held_out(codings, sources, CODEBOOK)
    assert one.equals(held_out(codings[::-1], sources[::-1], CODEBOOK))


def test_sources_that_nobody_read_teach_nothing():
    sources, codings = made()
    more = [*sources, Source("unread", "We waited for weeks. " * 50)]
    one, other = train(codings, sources, CODEBOOK), train(codings, more, CODEBOOK)
    assert one.examples == other.examples
    words = features("We waited weeks")
    assert one.scores(words) == other.scores(words)
    read = train(codings, more, CODEBOOK, read=["unread"])
    assert read.scores(words) != one.scores(words)


def test_codings_made_by_a_rule_teach_nothing():
    sources, codings = made()
    rule = [Coding(codings[0].segment, "rare", "m", origin="rule") for _ in range(30)]
    assert train([*codings, *rule], sources, CODEBOOK).too_few == {"rare": 1}


def test_words_are_seen_by_their_stems():
    assert features("The visits, a visiting nurse's visit") == {"visit": True, "nurs": True}


def test_too_little_to_learn_from_is_refused():
    sources, codings = made(sources=2)
    with pytest.raises(CodingError, match="No code has 50 units"):
        train(codings, sources, CODEBOOK, least=50)
    with pytest.raises(CodingError, match="nothing can be held out"):
        held_out(codings[:1], sources[:1], CODEBOOK)


def test_nothing_suggested_has_a_reason_and_no_precision():
    table = judged(["home"], [frozenset({"home"})], [frozenset()])
    assert table.loc["home", "reason"] == "nothing was suggested"
    assert np.isnan(table.loc["home", "precision"])
    assert table.loc["home", "recall"] == 0


def test_the_interval_is_wilsons():
    coded, suggested = [frozenset("a")] * 8 + [frozenset()] * 2, [frozenset("a")] * 10
    table = judged(["a"], coded, suggested)
    from statsmodels.stats.proportion import proportion_confint

    assert table.loc["a", ["low", "high"]].tolist() == pytest.approx(
        proportion_confint(8, 10, method="wilson")
    )
