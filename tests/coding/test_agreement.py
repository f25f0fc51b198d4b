"""Coefficients of agreement: published values, peers on random tables, and what is undefined."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.coding import coefficients
from evalkit.coding.agreement import (
    NO_PAIR,
    NO_VARIATION,
    agreement,
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent,
    scott_pi,
)
from evalkit.coding.estimated import gathered
from evalkit.coding.model import ONE_CODER, Code, Codebook, Coding, Segment, Source
from evalkit.coding.ratings import read_ratings
from evalkit.coding.weights import agreement_weights
from evalkit.errors import CodingError

GOLDEN = Path(__file__).parents[1] / "golden" / "agreement" / "cases.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))
EXPECTED = [
    pytest.param(case, *expected, id=f"{case['name']}: {expected[0]} {expected[1]}")
    for case in CASES
    for expected in case["expected"]
]
COEFFICIENTS = {
    "alpha": krippendorff_alpha,
    "fleiss": fleiss_kappa,
    "ac1": gwet_ac1,
    "cohen": lambda ratings, **options: cohen_kappa(*ratings, **options),
    "scott_pi": scott_pi,
    "brennan_prediger": brennan_prediger,
    "percent": percent,
}
LEVELS = ("nominal", "ordinal", "interval", "ratio")


def ratings_of(case):
    if case["form"] == "coders":
        return case["data"]
    if case["form"] == "table":
        pairs = [
            (row, column)
            for row, counts in enumerate(case["data"])
            for column, count in enumerate(counts)
            for _ in range(count)
        ]
        return [list(coder) for coder in zip(*pairs, strict=True)]
    units = [
        [category for category, count in enumerate(counts) for _ in range(count)]
        for counts in case["data"]
    ]
    return [list(coder) for coder in zip(*units, strict=True)]


def random_ratings(seed, categories=4):
    generator = np.random.default_rng(seed)
    truth = generator.integers(1, categories + 1, 30)
    noise = generator.integers(1, categories + 1, (4, 30))
    ratings = np.where(generator.random((4, 30)) < 0.6, truth, noise).astype(float)
    ratings[generator.random((4, 30)) < 0.15] = np.nan
    return ratings


@pytest.mark.parametrize(("case", "name", "level", "value", "digits"), EXPECTED)
def test_published_values_are_reproduced_to_their_last_digit(case, name, level, value, digits):
    found = value_of(name, level, ratings_of(case))
    assert abs(found - value) <= 0.5000001 * 10**-digits


def value_of(name, level, ratings):
    if name == "ac2":
        return gwet_ac2(ratings, level, draws=0).value
    if name == "light":
        pairs = itertools.combinations(ratings, 2)
        return np.mean([cohen_kappa(a, b, draws=0).value for a, b in pairs])
    if name == "gwet_alpha":  # Gwet's weights in alpha: his ordinal ones are not Krippendorff's
        read = read_ratings(ratings)
        counts = gathered(read, None)
        apart = 1 - agreement_weights(level, read.scores("interval"))
        alpha = coefficients.of_weights(coefficients.alpha(counts.rows, apart))
        return alpha(counts.spread(counts.times[None, :]))[0]
    options = {"draws": 0, "level": level} if level else {"draws": 0}
    return COEFFICIENTS[name](ratings, **options).value


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(25))
def test_alpha_equals_the_krippendorff_package_on_random_ratings(seed, level):
    ratings = random_ratings(seed)
    ours = krippendorff_alpha(ratings, level, draws=0).value
    theirs = krippendorff.alpha(ratings, level_of_measurement=level)
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_five_hundred_random_tables_equal_nltks():
    from nltk.metrics.agreement import AnnotationTask

    words = np.array(["", "for", "against", "mixed", "nil"])
    for seed in range(500):
        complete = np.nan_to_num(random_ratings(seed), nan=2).astype(int)
        said = words[complete]
        two = AnnotationTask([(c, str(u), str(said[c, u])) for c in range(2) for u in range(30)])
        size = len(np.unique(said[:2]))
        pairs = [
            (krippendorff_alpha(said[:2], draws=0), two.alpha()),
            (cohen_kappa(said[0], said[1], draws=0), two.kappa()),
            (scott_pi(said[0], said[1], draws=0), two.pi()),
            (brennan_prediger(said[:2], categories=size, draws=0), two.S()),
            (percent(said[:2], draws=0), two.avg_Ao()),
        ]
        for ours, theirs in pairs:
            assert ours.value == pytest.approx(theirs, abs=1e-9), (seed, ours.coefficient)


def test_five_hundred_random_tables_equal_statsmodels():
    from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa
    from statsmodels.stats.inter_rater import fleiss_kappa as fleiss

    for seed in range(500):
        complete = np.nan_to_num(random_ratings(seed), nan=1).astype(int)
        table = aggregate_raters(complete.T)[0]
        square = np.zeros((4, 4))
        np.add.at(square, (complete[0] - 1, complete[1] - 1), 1)
        pairs = [
            (fleiss_kappa(complete, draws=0), fleiss(table)),
            (brennan_prediger(complete, draws=0), fleiss(table, method="randolph")),
            (cohen_kappa(complete[0], complete[1], draws=0), cohens_kappa(square).kappa),
        ]
        for ours, theirs in pairs:
            assert ours.value == pytest.approx(theirs, abs=1e-12), (seed, ours.coefficient)


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_coders_who_never_differ_agree_perfectly_and_have_no_interval(name):
    found = COEFFICIENTS[name]([["a", "b", "b", "c"], ["a", "b", "b", "c"]])
    assert found.value == pytest.approx(1, abs=1e-12)
    assert found.low is None
    assert "no disagreement was seen" in found.note


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_one_category_only_is_undefined_and_not_one(name):
    found = COEFFICIENTS[name]([["yes"] * 9, ["yes"] * 9])
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.reason == NO_VARIATION


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_one_coder_is_undefined(name):
    found = COEFFICIENTS[name]([["yes", "no", "no"], [None, None, None]])
    assert (found.value, found.reason, found.n_coders) == (None, ONE_CODER, 1)


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_coders_without_a_unit_in_common_are_undefined(name):
    found = COEFFICIENTS[name]([["yes", "no", None, None], [None, None, "yes", "no"]])
    assert (found.value, found.reason, found.n_pairable) == (None, NO_PAIR, 0)


def test_no_ratings_at_all_are_undefined():
    assert krippendorff_alpha([[], []]).reason == ONE_CODER


def test_two_coders_who_always_swap_their_words_disagree_beyond_chance():
    assert krippendorff_alpha([["a", "b"] * 10, ["b", "a"] * 10], draws=0).value < -0.9


def test_a_unit_with_a_single_rating_does_not_change_alpha():
    ratings = CASES[0]["data"]
    without = [row[:11] for row in ratings]
    for level in LEVELS:
        whole = krippendorff_alpha(ratings, level, draws=0)
        part = krippendorff_alpha(without, level, draws=0)
        assert whole.value == pytest.approx(part.value, abs=1e-12)
        assert (whole.n_units, part.n_units, whole.n_pairable, part.n_pairable) == (12, 11, 40, 40)


def test_frames_arrays_and_lists_give_the_same_alpha():
    rows = CASES[0]["data"]
    frame = pd.DataFrame(rows)
    array = frame.to_numpy(dtype=float)
    nullable = frame.astype("Int64")
    other = pl.DataFrame(array, schema=[f"u{at}" for at in range(12)])
    values = {krippendorff_alpha(it, draws=0).value for it in (rows, frame, array, nullable, other)}
    assert len(values) == 1


def test_words_with_missing_ones_in_a_frame_are_read():
    frame = pd.DataFrame([["a", "b", None], ["a", pd.NA, float("nan")]])
    found = krippendorff_alpha(frame, draws=0)
    assert (found.n_units, found.n_pairable) == (2, 2)


@pytest.mark.parametrize("level", LEVELS)
def test_the_interval_holds_the_value_and_is_the_same_for_the_same_seed(level):
    first = krippendorff_alpha(random_ratings(3), level, seed=5)
    again = krippendorff_alpha(random_ratings(3), level, seed=5)
    other = krippendorff_alpha(random_ratings(3), level, seed=6)
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)
    assert first.low < first.value < first.high


def test_the_bootstrap_equals_one_that_draws_units_one_by_one():
    ratings = random_ratings(7)
    ours = krippendorff_alpha(ratings, draws=4000)
    generator = np.random.default_rng(1)
    slow = [
        krippendorff.alpha(
            ratings[:, generator.integers(0, 30, 30)], level_of_measurement="nominal"
        )
        for _ in range(4000)
    ]
    assert np.quantile(slow, [0.025, 0.975]) == pytest.approx([ours.low, ours.high], abs=0.02)


def test_intervals_over_sources_are_wider_when_passages_of_a_source_are_alike():
    generator = np.random.default_rng(2)
    good = np.repeat(generator.random(12) < 0.5, 10)
    truth = generator.integers(0, 2, 120)
    other = np.where(good, truth, generator.integers(0, 2, 120))
    alone = krippendorff_alpha([truth, other])
    grouped = krippendorff_alpha([truth, other], groups=list(np.repeat(range(12), 10)))
    assert grouped.value == pytest.approx(alone.value, abs=1e-12)
    assert grouped.high - grouped.low > 1.2 * (alone.high - alone.low)


def test_an_interval_from_few_units_is_called_rough():
    assert "rough" in krippendorff_alpha([[1, 2, 2, 1, 1], [1, 2, 1, 1, 2]]).note


def test_one_unit_gives_no_interval():
    found = krippendorff_alpha([[1], [2]])
    assert found.low is None
    assert "only one unit" in found.note


def test_rare_variation_gives_no_interval_and_says_so():
    found = krippendorff_alpha([[1] * 20, [1] * 19 + [2]])
    assert found.value is not None
    assert found.low is None
    assert "have no variation" in found.note


def test_ac1_uses_the_number_of_categories_that_could_be_chosen():
    ratings = [["a", "b", "a", "a"], ["a", "b", "b", "a"]]
    assert gwet_ac1(ratings, categories=4).value > gwet_ac1(ratings).value
    with pytest.raises(CodingError, match="2 categories were used, and `categories` is 1"):
        gwet_ac1(ratings, categories=1)


@pytest.mark.parametrize(
    ("ratings", "options", "message"),
    [
        ([1, 2, 3], {}, "two dimensions"),
        ([[1, 2], [1]], {}, "different numbers of ratings"),
        ([["a", "b"], ["a", "a"]], {"level": "ordinal"}, "must be numbers"),
        ([[-1, 2], [1, 2]], {"level": "ratio"}, "start at 0"),
        ([[1, 2], [1, 2]], {"level": "ordnial"}, "Did you mean `ordinal`"),
        ([[1, 2], [1, 2]], {"groups": ["a"]}, "2 units and 1 groups"),
        (np.arange(40_000.0).reshape(2, -1), {"level": "interval"}, "Round the ratings"),
    ],
)
def test_ratings_that_cannot_be_used_are_refused_with_a_remedy(ratings, options, message):
    with pytest.raises(CodingError, match=message):
        krippendorff_alpha(ratings, **options)


@given(
    st.lists(
        st.lists(st.sampled_from([0, 1, 2, 3, None]), min_size=6, max_size=6),
        min_size=2,
        max_size=4,
    )
)
def test_alpha_never_exceeds_one_and_knows_no_order_of_units_or_coders(ratings):
    turned = [row[::-1] for row in ratings[::-1]]
    for level in LEVELS:
        value = krippendorff_alpha(ratings, level, draws=0).value
        mirrored = krippendorff_alpha(turned, level, draws=0).value
        assert (value is None) == (mirrored is None)
        if value is not None:
            assert value <= 1
            assert value == pytest.approx(mirrored, abs=1e-9)


# --- The agreement of a project's codings ---------------------------------------------------

TEXT = "We read at home. He likes it. The visits helped a lot. Nothing changed at school."
SOURCES = (Source("s1", TEXT), Source("s2", TEXT), Source("s3", TEXT))
CODEBOOK = Codebook(tuple(Code(id, id) for id in ("home", "visits", "nil", "unused")))


def code(source, quote, name, coder):
    start = TEXT.index(quote)
    return Coding(Segment(source, start, start + len(quote), quote), name, coder)


def test_with_one_coder_agreement_is_not_known():
    found = agreement([code("s1", "read at home", "home", "ann")], SOURCES, CODEBOOK)
    assert [(it.value, it.reason) for it in found] == [(None, ONE_CODER)]


def test_without_codings_agreement_is_not_known():
    found = agreement([], SOURCES, CODEBOOK)
    assert [(it.value, it.reason) for it in found] == [
        (None, "nothing is coded: agreement not known")
    ]


def test_coders_of_different_sources_are_not_compared():
    codings = [code("s1", "read at home", "home", "ann"), code("s2", "visits", "visits", "ben")]
    found = agreement(codings, SOURCES, CODEBOOK)
    assert [(it.value, it.n_coders) for it in found] == [(None, 2)]
    assert found[0].reason == "no source was coded by two coders: agreement not known"


def test_coders_who_mark_other_words_of_the_same_sentences_agree():
    codings = [
        code("s1", "read at home", "home", "ann"),
        code("s1", "home", "home", "ben"),
        code("s1", "The visits helped", "visits", "ann"),
        code("s1", "helped a lot", "visits", "ben"),
    ]
    found = agreement(codings, SOURCES, CODEBOOK)
    assert [(it.code, it.value, it.n_units, it.unit) for it in found] == [
        ("", 1.0, 4, "sentence"),
        ("home", 1.0, 4, "sentence"),
        ("visits", 1.0, 4, "sentence"),
    ]
    assert "Compared: every sentence of the one source that two coders had." in found[0].note


def test_only_sources_that_two_coders_had_count():
    codings = [
        code("s1", "read at home", "home", "ann"),
        code("s1", "home", "home", "ben"),
        code("s2", "The visits helped", "visits", "ann"),
    ]
    assert [it.code for it in agreement(codings, SOURCES, CODEBOOK)] == ["", "home"]
    listed = agreement(codings, SOURCES, CODEBOOK, double_coded=["s2"])
    assert [(it.code, it.n_units) for it in listed] == [("", 8), ("home", 8), ("visits", 8)]
    assert listed[2].value < 0.5


def test_the_value_of_a_code_is_alpha_of_the_sentences_by_hand():
    codings = [
        code("s1", "read at home", "home", "ann"),
        code("s1", "He likes it", "home", "ann"),
        code("s1", "home", "home", "ben"),
    ]
    by_hand = krippendorff_alpha([[1, 1, 0, 0], [1, 0, 0, 0]], draws=0).value
    assert agreement(codings, SOURCES, CODEBOOK)[1].value == pytest.approx(by_hand, abs=1e-12)


def test_over_all_codes_sets_are_compared_as_nltk_compares_them():
    from nltk.metrics.agreement import AnnotationTask
    from nltk.metrics.distance import masi_distance

    codings = [
        code("s1", "read at home", "home", "ann"),
        code("s1", "read at home", "visits", "ann"),
        code("s1", "home", "home", "ben"),
        code("s1", "Nothing changed", "nil", "ben"),
        code("s1", "visits helped", "visits", "ann"),
        code("s1", "visits", "visits", "ben"),
    ]
    ann = [{"home", "visits"}, set(), {"visits"}, set()]
    ben = [{"home"}, set(), {"visits"}, {"nil"}]
    # nltk's distance divides by the size of the union, so the empty set needs a stand-in.
    data = [
        (coder, str(at), frozenset(codes or {"none"}))
        for coder, row in (("ann", ann), ("ben", ben))
        for at, codes in enumerate(row)
    ]
    expected = AnnotationTask(data, distance=masi_distance).alpha()
    found = agreement(codings, SOURCES, CODEBOOK)[0]
    assert found.value == pytest.approx(expected, abs=1e-9)
    assert found.level_of_measurement == "sets of codes (MASI)"


def test_the_order_of_codings_changes_nothing():
    codings = [
        code(source, quote, name, coder)
        for source in ("s1", "s2", "s3")
        for quote, name, coder in (
            ("read at home", "home", "ann"),
            ("home", "home", "ben"),
            ("visits", "visits", "ann"),
            ("Nothing", "nil", "ben"),
        )
    ]
    assert agreement(codings, SOURCES, CODEBOOK) == agreement(codings[::-1], SOURCES, CODEBOOK)


def test_ratings_that_are_all_missing_have_a_reason_at_every_level():
    for level in ("nominal", "ordinal", "interval", "ratio"):
        made = krippendorff_alpha([[None, None], [None, None]], level, draws=0)
        assert made.value is None
        assert made.reason


def test_rounds_that_are_taken_together_are_named():
    codings = [code("s1", "read at home", "home", who) for who in ("ann", "ben")]
    rounds = [replace(it, round="first") for it in codings]
    later = replace(codings[0], round="consensus")
    note = agreement([*rounds, later], SOURCES, CODEBOOK)[0].note
    assert "Rounds taken together: consensus, first." in note
