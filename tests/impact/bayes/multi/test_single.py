"""A described new site, and kinds of place, in the site-effects model."""

from __future__ import annotations

import pytest

from evalkit.impact.designs.multilevel import multilevel

ROLES = {"outcome": "score", "site": "site", "treatment": "on", "seed": 1}


@pytest.fixture(scope="module")
def described(rows):
    return multilevel(
        rows,
        **ROLES,
        moderators=["dose", "place"],
        new_site={"dose": 1.2, "place": "town"},
        margin=5.0,
    )


@pytest.mark.slow
def test_a_higher_dose_promises_more(rows, described):
    """The effect rises by ten points for each unit of dose."""
    low = multilevel(
        rows, **ROLES, moderators=["dose", "place"], new_site={"dose": 0.2, "place": "town"}
    )
    high, other = (one.table["new_site"].iloc[0] for one in (described, low))
    assert high["mean"] > other["mean"]
    assert high["p_benefit"] > other["p_benefit"]
    assert "dose 1.2, place town" in high["place"]
    assert described.value == pytest.approx(low.value, rel=1e-9)


@pytest.mark.slow
def test_it_agrees_with_the_site_effects_model_sampled_by_nuts(rows):
    """The same priors through two samplers: means within a tenth of a posterior SD."""
    plain = multilevel(rows, **ROLES)
    other = multilevel(rows, **ROLES, new_site={})
    one, two = (e.table["posterior"].set_index("quantity") for e in (plain, other))
    for name in ("mean effect in the treated sites", "spread of effects between sites"):
        assert one.loc[name, "mean"] == pytest.approx(
            two.loc[name, "mean"], abs=0.1 * two.loc[name, "sd"]
        )
        assert one.loc[name, "sd"] == pytest.approx(two.loc[name, "sd"], rel=0.1)


@pytest.mark.slow
def test_the_record_is_whole(described):
    """As for any other multilevel estimate, with what is held against what."""
    names = {
        *("sites", "posterior", "priors", "prior_predictive", "posterior_predictive"),
        *("sensitivity", "decision", "power_scaling", "new_site"),
    }
    assert set(described.table) == names
    assert described.check("convergence").verdict == "pass"
    assert any("held against `coast`" in note for note in described.notes)
    words = set(described.table["posterior"]["quantity"])
    assert "change in effect where place is town rather than coast" in words
