"""Truth tables, models and their robustness, checked against brute force and wrong input."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evalkit.errors import DataError
from evalkit.synthesis.configurations import calibrate, minimise, necessity, truth_table
from evalkit.synthesis.configurations.implicants import minimal_covers, prime_implicants


def cases(rows, names="ABC"):
    return pd.DataFrame(rows, columns=[*names, "Y"])


XOR = cases([(0, 0, 0, 0), (0, 1, 0, 1), (1, 0, 1, 1), (1, 1, 0, 0), (1, 0, 0, 1)])


def brute_primes(positive, forbidden, levels):
    """Every term without forbidden rows from which no condition can be dropped."""
    terms = itertools.product(*(range(-1, level) for level in levels))

    def holds(term, rows):
        return [row for row in rows if all(t in (-1, v) for t, v in zip(term, row, strict=True))]

    fine = {term for term in terms if holds(term, positive) and not holds(term, forbidden)}
    shorter = {
        term: [(*term[:at], -1, *term[at + 1 :]) for at in range(len(term)) if term[at] >= 0]
        for term in fine
    }
    return {term for term, others in shorter.items() if not any(one in fine for one in others)}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_prime_implicants_and_covers_equal_brute_force(data):
    levels = data.draw(st.lists(st.integers(2, 3), min_size=1, max_size=4))
    rows = list(itertools.product(*(range(level) for level in levels)))
    kinds = data.draw(st.lists(st.sampled_from("10?"), min_size=len(rows), max_size=len(rows)))
    positive = [row for row, kind in zip(rows, kinds, strict=True) if kind == "1"]
    forbidden = [row for row, kind in zip(rows, kinds, strict=True) if kind == "0"]
    if not positive:
        return
    width = len(levels)
    primes = prime_implicants(
        np.array(positive).reshape(-1, width), np.array(forbidden, dtype=int).reshape(-1, width)
    )
    assert set(primes) == brute_primes(positive, forbidden, levels)
    assume(len(primes) <= 14)  # the slow way looks at every choice of them
    chart = np.array(
        [
            [all(t in (-1, v) for t, v in zip(p, row, strict=True)) for row in positive]
            for p in primes
        ]
    )
    covers = minimal_covers(chart)
    size = next(
        size
        for size in range(1, len(primes) + 1)
        if any(
            chart[list(one)].any(0).all()
            for one in itertools.combinations(range(len(primes)), size)
        )
    )
    expected = {
        one
        for one in itertools.combinations(range(len(primes)), size)
        if chart[list(one)].any(0).all()
    }
    if len(expected) < 500:
        assert set(covers) == expected


def test_order_of_cases_and_conditions_does_not_change_the_models():
    table = truth_table(XOR, "Y", ["A", "B", "C"])
    other = truth_table(XOR.sample(frac=1, random_state=1), "Y", ["C", "B", "A"])
    first, second = (
        {frozenset("*".join(sorted(t.expression.split("*"))) for t in m.terms) for m in one.models}
        for one in (minimise(table, "parsimonious"), minimise(other, "parsimonious"))
    )
    assert first == second
    assert frozenset({"A*~B", "B*~A"}) in first


def test_a_condition_exactly_at_one_half_belongs_nowhere_and_is_named():
    frame = XOR.assign(A=[0.5, 0.2, 0.9, 0.8, 0.7], name=list("vwxyz"))
    table = truth_table(frame, "Y", ["A", "B"], case="name")
    assert table.count.sum() == 4
    assert "row of the table: v" in table.notes[0]


def test_missing_values_leave_a_case_out_by_name():
    frame = XOR.assign(name=list("vwxyz"), B=[np.nan, 1, 0, 1, 0])
    table = truth_table(frame, "Y", ["A", "B"], case="name")
    assert table.sets.cases == tuple("wxyz")
    assert "missing value: v" in table.notes[0]


def test_rows_below_the_frequency_are_remainders():
    table = truth_table(XOR, "Y", ["A", "B"], frequency=2)
    assert table.out.tolist() == ["?", "?", "1", "?"]


def test_too_many_conditions_are_said():
    assert any("fit almost anything" in note for note in truth_table(XOR, "Y", ["A", "B"]).notes)


def test_no_combination_is_a_result_with_a_reason():
    made = minimise(truth_table(XOR.assign(Y=0), "Y", ["A", "B"]), "parsimonious")
    assert made.models == ()
    assert any("No combination" in note for note in made.notes)
    assert len(made.negated.models) == 1


def test_untenable_assumptions_are_left_out_of_the_enhanced_solution():
    """A row assumed for the outcome and for its absence cannot be both."""
    frame = cases([(1, 1, 1, 1), (0, 0, 0, 0)])
    table = truth_table(frame, "Y", ["A", "B", "C"])
    plain = minimise(table, "parsimonious")
    assert plain.contradictory_assumptions
    enhanced = minimise(table, "parsimonious", enhanced=True)
    assert not enhanced.contradictory_assumptions


def test_rows_that_pass_for_the_outcome_and_its_absence_are_named():
    frame = pd.DataFrame({"A": [0.6, 0.6, 0.55], "Y": [0.5, 0.55, 0.5]})
    made = minimise(truth_table(frame, "Y", ["A"], inclusion=0.7), "conservative")
    assert made.both_ways == (2,)


def test_robustness_names_each_change_and_chance_is_a_share():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.integers(0, 2, (40, 3)), columns=list("ABC"))
    frame["Y"] = frame["A"] & frame["B"]
    table = truth_table(frame, "Y", ["A", "B", "C"])
    made = minimise(table, "parsimonious", robustness=True, shuffles=30, seed=2)
    assert made.models[0].expression == "A*B"
    assert len(made.robustness) >= 40
    assert (made.robustness["same_terms"] == 1).all()
    assert made.chance == pytest.approx(1 / 31)
    again = minimise(table, "parsimonious", shuffles=30, seed=2)
    assert again.chance == made.chance
    noise = frame.assign(Y=rng.integers(0, 2, 40))
    table = truth_table(noise, "Y", ["A", "B", "C"], inclusion=0.6)
    assert minimise(table, "parsimonious", shuffles=30).chance > 0.05


def test_expectations_may_be_named_and_without_any_nothing_is_easy():
    table = truth_table(cases([(1, 1, 0, 1), (0, 0, 0, 0), (0, 1, 1, 0)]), "Y", ["A", "B", "C"])
    named = minimise(table, "intermediate", {"A": 1, "B": 1, "C": "-"})
    assert [one.expression for one in named.models] == ["A*B*~C"]
    toward = minimise(table, "intermediate", {"C": 1})
    # One for each parsimonious model it lies below: A, and B*~C.
    assert {one.expression for one in toward.models} == {"A*B", "A*B*~C"}
    none = minimise(table, "intermediate")
    assert none.models == minimise(table, "conservative").models
    assert any("No expectations" in note for note in none.notes)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: truth_table(XOR, "Y", ["A", "b"]), "no column `b`"),
        (lambda: truth_table(XOR, "Y", ["A", "A"]), "once each"),
        (lambda: truth_table(XOR, "Y", []), "once each"),
        (lambda: truth_table(XOR, "Y", ["A", "Y"]), "cannot be one of them"),
        (lambda: truth_table(XOR.assign(A=list("abcde")), "Y", ["A"]), "holds text"),
        (lambda: truth_table(XOR.assign(A=[1.5, 0, 0, 0, 0]), "Y", ["A"]), "no membership"),
        (lambda: truth_table(XOR.assign(A=-1), "Y", ["A"]), "no membership"),
        (lambda: truth_table(XOR.assign(Y=2), "Y", ["A"]), "values above 1"),
        (lambda: truth_table(XOR.assign(A=np.nan), "Y", ["A"]), "No case"),
        (lambda: truth_table(XOR, "Y", ["A"], inclusion=1.2), "between 0 and 1"),
        (lambda: truth_table(XOR, "Y", ["A"], contradictions="none"), "is unknown"),
        (lambda: minimise(truth_table(XOR, "Y", ["A"]), "parsimonius"), "Did you mean"),
        (lambda: minimise(truth_table(XOR, "Y", ["A"]), "intermediate", [1, 1]), "2 expectations"),
        (lambda: minimise(truth_table(XOR, "Y", ["A"]), "intermediate", {"B": 1}), "`B`"),
        (lambda: minimise(truth_table(XOR, "Y", ["A"]), "intermediate", {"A": 2}), "no value"),
        (lambda: necessity(XOR, "Z", ["A"]), "no column `Z`"),
        (lambda: calibrate([1, 2], anchors=(1, 1, 2)), "are not exclusion"),
        (lambda: calibrate([1, 2], anchors=(), method="crisp"), "one threshold"),
        (lambda: calibrate([1, 2], anchors=(), method="indirect"), "coded by hand"),
    ],
)
def test_wrong_input_is_refused_with_a_remedy(call, words):
    with pytest.raises(DataError) as caught:
        call()
    assert words in caught.value.wrong
    assert caught.value.do


def test_calibration_of_other_kinds():
    assert calibrate([1, 5, np.nan], anchors=(5,), method="crisp")[:2].tolist() == [0, 1]
    assert calibrate([1, 5, 9], anchors=(2, 8), method="multi-value").tolist() == [0, 1, 2]
    middle = calibrate([0, 2, 4, 5, 6, 8, 10], anchors=(1, 2, 4, 6, 8, 9))
    assert middle[[1, 5]] == pytest.approx([0.5, 0.5])
    assert (middle[2:5] > 0.94).all()
    falling = calibrate([2, 8], anchors=(8, 5, 2))
    assert falling == pytest.approx([0.95, 0.05])
    coded = calibrate([1, 2, 3, 4, 5], anchors=(), method="indirect", coded=[0, 0.2, 0.4, 0.8, 1])
    assert (np.diff(coded) > 0).all()
