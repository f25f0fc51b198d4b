"""Missing outcomes: the shift that overturns a word is where the word changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.described import UNSURE, Quantity, Setting, decide, not_at_random

SHARES = {"missing_treated": 0.2, "missing_untreated": 0.1}


@pytest.mark.parametrize(("mean", "sd"), [(4, 0.5), (1.5, 0.6), (1.0, 0.5), (0.3, 0.2), (-4, 0.5)])
@pytest.mark.parametrize("margin", [1.0, -1.0, None])
def test_the_word_changes_at_the_shift_and_not_before(z, mean, sd, margin):
    setting = Setting(0.95, margin)
    effect = Quantity("effect", mean + sd * z)
    found = not_at_random(effect, **SHARES, sd=2.0, setting=setting)
    for row in found.table.to_dict("records"):
        move = row["moves"] * row["shift_for_word"]
        nudge = np.sign(move) * 0.01 * sd
        before, after = (
            decide(replace(effect, draws=effect.draws + move + by), setting).word
            for by in (-nudge, nudge)
        )
        assert before == found.word
        assert after == row["word_then"] != found.word


def test_the_direction_turns_where_the_median_is_zero(z):
    found = not_at_random(
        Quantity("effect", 2 + z), **SHARES, sd=4.0, setting=Setting(0.95, 1.0)
    ).table.set_index("scenario")
    shifts = found["shift_for_direction"]
    assert shifts["those missing under the programme differ"] == pytest.approx(-10, abs=0.01)
    assert shifts["those missing without it differ"] == pytest.approx(20, abs=0.02)
    assert shifts["both differ, in opposite directions"] == pytest.approx(-2 / 0.3, abs=0.01)
    assert found["shift_for_direction_in_sd"].iloc[0] == pytest.approx(-2.5, abs=0.01)


def test_a_result_of_help_is_asked_what_would_weaken_it(z):
    """Not what would strengthen it, which is nearer here."""
    found = not_at_random(
        Quantity("effect", 2.25 + z), **SHARES, sd=1.0, setting=Setting(0.95, 1.0)
    )
    assert found.word == "likely helped by a margin that matters"
    assert (found.table["shift_for_word"] * found.table["moves"] < 0).all()


def test_nothing_missing_can_overturn_nothing(z):
    found = not_at_random(
        Quantity("effect", 2 + z),
        missing_treated=0.0,
        missing_untreated=0.0,
        sd=1.0,
        setting=Setting(0.95, 1.0),
    )
    assert np.isinf(found.table["shift_for_word"]).all()
    assert found.words.startswith("No outcome is missing")


def test_equal_losses_that_differ_alike_cancel(z):
    found = not_at_random(
        Quantity("effect", 2 + z),
        missing_treated=0.15,
        missing_untreated=0.15,
        sd=1.0,
        setting=Setting(0.95, 1.0),
    ).table.set_index("scenario")
    assert np.isinf(found.loc["both differ, in the same direction", "shift_for_word"])


def test_the_words_name_shift_scenario_and_both_decisions(z):
    found = not_at_random(
        Quantity("effect", 4 + 0.5 * z), **SHARES, sd=2.0, setting=Setting(0.95, 1.0, "points")
    )
    for said in ("20.0 %", found.word, "likely helped by a margin", "points", "SD", "below"):
        assert said in found.words
    unsure = not_at_random(Quantity("effect", 5 * z), **SHARES, sd=2.0, setting=Setting(0.95, 1.0))
    assert unsure.word == UNSURE
    assert "add to that" in unsure.words


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_the_unit_changes_no_shift_in_sd(z, factor):
    one, other = (
        not_at_random(
            Quantity("effect", k * (3 + z)), **SHARES, sd=2 * k, setting=Setting(0.95, k)
        ).table
        for k in (1.0, factor)
    )
    for key in ("shift_for_word_in_sd", "shift_for_direction_in_sd"):
        assert other[key].to_numpy() == pytest.approx(one[key].to_numpy(), rel=1e-6)


def test_shares_and_spread_out_of_range_are_all_told(z):
    with pytest.raises(DesignError) as caught:
        not_at_random(
            Quantity("effect", z),
            missing_treated=1.0,
            missing_untreated=-0.1,
            sd=0.0,
            setting=Setting(0.95, 1.0),
        )
    for said in ("treated, 1.0", "untreated, -0.1", "deviation 0.0"):
        assert said in str(caught.value)
