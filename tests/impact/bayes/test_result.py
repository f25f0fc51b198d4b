"""The estimate says in words what was compared and assumed."""

from __future__ import annotations

import pytest

from evalkit.impact.bayes import result
from evalkit.impact.bayes.rows import Columns, read_rows
from evalkit.impact.bayes.sites import site_effects


@pytest.mark.parametrize(
    ("source", "columns", "words"),
    [
        (
            "panel",
            Columns("score", "site", "on", time="year"),
            "against the same change in 40 untreated sites",
        ),
        ("pupils", Columns("score", "site", "on"), "treated against untreated rows"),
    ],
)
def test_the_estimand_names_the_comparison(request, source, columns, words):
    """Sites, weighting, contrast and period are all in the sentence."""
    rows, _ = read_rows(request.getfixturevalue(source), columns)
    effects, _ = site_effects(rows, columns)
    estimand = result.estimand(effects, columns)
    assert words in estimand
    assert "each site counting the same" in estimand
    assert len(result.assumptions(effects, columns)) >= 5


def test_staggered_starts_are_noted(panel):
    """What is taken as known with several windows is said."""
    panel.loc[panel["site"].eq("site 00") & panel["year"].eq(2018), "on"] = 0
    columns = Columns("score", "site", "on", time="year", cluster="site")
    rows, _ = read_rows(panel, columns)
    effects, _ = site_effects(rows, columns)
    request = result.Request(columns, None, None, 0.95, 0, new_site=True)
    priors = result.prior_table(result.choose_priors(None, effects.sd), effects.sd, None, 0)
    notes = result.notes(effects, priors, request)
    assert any("Sites start at different times" in note for note in notes)
