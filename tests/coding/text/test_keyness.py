"""Keyness against scipy's G-test."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from evalkit.coding.model import Segment
from evalkit.coding.text.keyness import keyness, log_likelihood
from evalkit.errors import CodingError


def segments(*texts):
    return [Segment(f"s{at}", 0, len(text), text) for at, text in enumerate(texts)]


@given(st.integers(0, 50), st.integers(0, 50), st.integers(60, 500), st.integers(60, 500))
def test_log_likelihood_is_scipys_g(a, b, n_a, n_b):
    ours = log_likelihood(np.array([float(a)]), np.array([float(b)]), n_a, n_b)[0]
    if a + b == 0:
        assert ours == 0
        return
    g = chi2_contingency([[a, n_a - a], [b, n_b - b]], correction=False, lambda_="log-likelihood")
    assert ours == pytest.approx(g.statistic, abs=1e-9)


def test_words_of_the_target_come_with_a_positive_log_ratio():
    found = keyness(segments("home home home visits", "home school"), segments("school " * 8))
    table = found.set_index("word")
    assert table.log_ratio["home"] > 0 > table.log_ratio["school"]
    assert (table.target["home"], table.reference["home"], table.sources["home"]) == (4, 0, 2)
    assert table.per_1000_target["home"] == pytest.approx(1000 * 4 / 6)
    assert "visits" not in table.index


def test_twice_as_common_is_a_log_ratio_of_one():
    target, reference = "home " * 200 + "other " * 9800, "home " * 100 + "other " * 9900
    found = keyness(segments(target), segments(reference), stop=False).set_index("word")
    assert found.log_ratio["home"] == pytest.approx(1, abs=0.01)


def test_stop_words_are_left_out_unless_wanted():
    both = segments("the the the the home home home"), segments("a a a a")
    assert keyness(*both).word.tolist() == ["home"]
    assert "the" in keyness(*both, stop=False).word.tolist()


def test_a_side_without_words_is_refused():
    with pytest.raises(CodingError, match="The reference has no words"):
        keyness(segments("home"), segments("..."))
