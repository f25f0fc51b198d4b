"""Numbers are standardised, kinds of place become contrasts, and a new site is placed among them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.bayes.multi.moderators import (
    at_new_site,
    new_site_faults,
    new_site_words,
    none,
    site_moderators,
)

SITE = np.repeat(np.arange(8), 2)
PLACE = pd.DataFrame(
    {
        "dose": np.repeat([1.0, 2, 3, 4, 1, 2, 3, 4], 2),
        "kind": np.repeat(["town", "coast", "rural", "town", "coast", "rural", "town", "town"], 2),
    }
)


@pytest.fixture
def known():
    made, faults = site_moderators(PLACE, SITE, np.arange(8))
    assert faults == []
    return made


def test_numbers_have_mean_nought_and_spread_one(known):
    """Over the treated sites; kinds of place are centred at their share."""
    assert known.standard[:, 0].mean() == pytest.approx(0)
    assert known.standard[:, 0].std() == pytest.approx(1)
    np.testing.assert_allclose(known.standard[:, 1:].mean(axis=0), 0, atol=1e-12)
    assert known.reference == {"kind": "coast"}
    assert known.names[2] == "change in effect where kind is town rather than coast"


def test_a_described_site_gets_the_regressors_of_a_studied_one(known):
    """Describing the first site gives the first row; leaving all out gives the average."""
    np.testing.assert_allclose(at_new_site({"dose": 1, "kind": "town"}, known), known.standard[0])
    np.testing.assert_array_equal(at_new_site(True, known), np.zeros(3))  # noqa: FBT003 (an option)


def test_words_say_what_is_assumed_and_what_is_an_extrapolation(known):
    """What is left out is named, and so is a value beyond those studied."""
    assert "kind as in the average" in new_site_words({"dose": 2}, known)
    assert "extrapolation" in new_site_words({"dose": 9}, known)
    assert "extrapolation" not in new_site_words({"dose": 4, "kind": "rural"}, known)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("yes", "neither true or false"),
        ({"doses": 2}, "Did you mean `dose`"),
        ({"kind": "twon"}, "Did you mean `town`"),
        ({"dose": "much"}, "is no number"),
        ({"area": "north"}, "not in the data"),
    ],
)
def test_a_site_that_cannot_be_placed_is_refused(known, asked, words):
    """With the nearest right name."""
    faults = new_site_faults(asked, known, {"area": ("south", "west")})
    assert any(words in wrong for wrong, _ in faults)
    assert new_site_faults({"dose": 2, "area": "west"}, known, {"area": ("south", "west")}) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dose": np.arange(16.0)}, "differs between rows"),
        ({"dose": 1.0}, "the same in every treated site"),
        ({"kind": [f"k{i}" for i in SITE]}, "too many for 8"),
    ],
)
def test_moderators_that_explain_nothing_are_refused(change, words):
    """A pupil's own value, a constant, or one kind a site."""
    made, faults = site_moderators(PLACE.assign(**change), SITE, np.arange(8))
    assert any(words in wrong for wrong, _ in faults)
    assert made.standard.shape == none(8).standard.shape
