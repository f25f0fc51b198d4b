"""Priors: defaults in SDs, what is given in outcome units, words for both."""

from __future__ import annotations

import pytest

from evalkit.impact.bayes.multi.scales import Scales, change_of, scale_table, scales_of, variants


def test_what_is_given_is_brought_to_the_models_units():
    """Outcome units over the SD; the rest stays at the rule."""
    made = scales_of({"effect": {"mean": 5, "sd": 20}, "levels": {"sd": 10}}, 10.0)
    assert (made.effect_mean, made.effect, made.levels) == (0.5, 2.0, 1.0)
    assert made.spread == Scales().spread
    assert scales_of(None, 3.0) == Scales()


def test_the_sceptic_holds_the_change_to_be_unlikely():
    """Five per cent beyond it; the enthusiast is centred there."""
    made = variants(Scales(), -0.3)
    assert made["sceptical"].effect == pytest.approx(0.3 / 1.645)
    assert made["enthusiastic"].effect_mean == -0.3
    assert change_of(5.0, 10.0, -1.0) == -0.5
    assert change_of(None, 10.0, 1.0) == 0.2


def test_the_table_speaks_in_the_units_of_the_outcome():
    """Words, distribution and source of each prior of the model."""
    given = {"effect": {"sd": 20}}
    table = scale_table(
        scales_of(given, 10.0), ("effect", "spread"), 10.0, given, "in points"
    ).set_index("prior")
    assert table.loc["effect", "distribution"] == "Normal(0, 20)"
    assert table["source"].to_dict() == {"effect": "given", "spread": "default"}
    assert "between -39.2 and 39.2 in points" in table.loc["effect", "words"]
    assert "nought not ruled out" in table.loc["spread", "words"]
