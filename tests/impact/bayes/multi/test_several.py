"""Several outcomes at once: each in its own units, all together, related as they are."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.impact.bayes.multi import words
from evalkit.impact.bayes.multi.scales import Scales, scale_table
from evalkit.impact.bayes.multi.several import prepare_joint
from evalkit.impact.designs.multilevel import multilevel, prepare

ROLES = {"site": "site", "treatment": "on"}
OPTIONS = {
    **ROLES,
    "outcome": ["score", "other"],
    "higher_is_better": {"other": False},
    "margin": {"score": 3.0, "other": -0.5},
    "seed": 1,
}


@pytest.fixture(scope="module")
def both(rows):
    frame = rows.copy()
    frame.loc[frame.index[:20], "score"] = np.nan
    return multilevel(frame, **OPTIONS)


@pytest.mark.slow
def test_each_outcome_has_its_row_in_its_own_units(both, rows):
    """About the plain differences; no headline is forced on them."""
    table = both.table["outcomes"].set_index("outcome")
    means = rows.groupby(["site", "on"])[["score", "other"]].mean()
    plain = means.xs(1, level="on") - means.xs(0, level="on")
    for name in ("score", "other"):
        row = table.loc[name]
        assert row["low"] < plain[name].mean() < row["high"]
        assert row["estimate_in_sd"] == pytest.approx(row["estimate"] / row["unit_sd"])
    assert table.loc["other", "estimate"] < 0 < table.loc["score", "estimate"]
    assert table.loc["other", "p_wanted"] == pytest.approx(1 - table.loc["other", "p_above_zero"])
    assert "no single" not in both.estimand
    assert "each in standard deviations of its own (turned for other" in both.estimand


@pytest.mark.slow
def test_the_value_is_the_mean_in_sds_with_wanted_directions(both):
    """Aggregation and direction are stated, and the number is that mean."""
    table = both.table["outcomes"]
    turned = table["estimate_in_sd"] * np.where(table["wanted"] == "up", 1, -1)
    assert both.value == pytest.approx(turned.mean())
    assert both.standardised.hedges_g == pytest.approx(both.value)
    assert "each counting the same" in both.estimand
    assert both.table["sites"]["estimate"].mean() == pytest.approx(both.value)


@pytest.mark.slow
def test_all_most_and_none_are_counted_in_joint_draws(both):
    """Both outcomes rise together, so `all` lies above the product of the two."""
    table = both.table["together"].set_index("how")
    assert {"all", "most", "any", "none"} <= set(table.columns)
    margins = both.table["outcomes"]["p_beyond_margin"]
    assert table.loc["beyond the margin", "all"] >= margins.prod() - 0.01
    assert table.loc["moved as wanted", "all"] > 0.9
    assert both.table["how_many"]["probability"].sum() == pytest.approx(1)
    assert both.check("outcomes together").meaning


@pytest.mark.slow
def test_relations_of_residuals_are_reported_in_wanted_directions(both):
    """0.6 was put in, opposite in sign in the raw columns."""
    row = both.table["correlations"].iloc[0]
    assert row["of_residuals"] == pytest.approx(0.6, abs=0.1)
    assert row["low"] < row["high"]


@pytest.mark.slow
def test_a_new_site_has_a_row_for_each_outcome_and_for_all(both):
    """Benefit means a fall where less is better."""
    table = both.table["new_site"].set_index("quantity")
    other = table.loc["other"]
    assert other["low"] < other["mean"] < other["high"]
    assert other["mean"] < 0
    assert other["p_benefit"] > 0.5
    assert {"score", "other", "mean over outcomes, in SD"} == set(table.index)


@pytest.mark.slow
def test_missing_outcomes_are_counted_by_arm(both):
    """Twenty of one outcome, none of the other."""
    table = both.table["missing"].set_index(["outcome", "arm"])
    assert table.loc[("score", "treated"), "missing"] == 10
    assert np.isfinite(table.loc[("score", "treated"), "shift_for_direction"])
    assert np.isinf(table.loc[("other", "treated"), "shift_for_direction"])
    assert both.check("missing outcomes")


@pytest.mark.slow
def test_the_record_is_whole(both):
    """Tables, checks, draws, native."""
    names = {
        *("outcomes", "together", "how_many", "whatever_weights", "sites", "sites_by_outcome"),
        *("correlations", "new_site", "posterior", "decision", "power_scaling", "priors"),
        *("sensitivity", "prior_predictive", "posterior_predictive", "missing", "not_at_random"),
    }
    assert set(both.table) == names
    assert both.check("convergence").verdict == "pass"
    assert both.draws.shape == (6000,)
    assert "site_effect" in both.native["posterior"]
    assert both.n_observations == 480


@pytest.mark.slow
def test_units_and_order_of_rows_do_not_matter(rows, both):
    """Pence for pounds in one outcome: the same value to many digits."""
    frame = rows.copy()
    frame.loc[frame.index[:20], "score"] = np.nan
    frame = frame.assign(score=frame["score"] * 1000).sample(frac=1, random_state=1)
    other = multilevel(frame, **{**OPTIONS, "margin": {"score": 3000.0, "other": -0.5}})
    assert other.value == pytest.approx(both.value, rel=1e-6)
    one, two = (e.table["outcomes"].set_index("outcome") for e in (both, other))
    assert two.loc["score", "estimate"] / 1000 == pytest.approx(
        one.loc["score", "estimate"], rel=1e-6
    )
    assert two.loc["score", "p_beyond_margin"] == one.loc["score", "p_beyond_margin"]


def test_more_outcomes_than_degrees_of_freedom_are_taken_and_said(panel_frame, ask, seen_of):
    """Eight outcomes, six sites to compare with, two domains: what rests on what is in the notes."""
    rng = np.random.default_rng(0)
    names = [f"o{i}" for i in range(8)]
    few = panel_frame[panel_frame["site"] < "site 12"]
    more = {name: few["score"] + 3 * rng.standard_normal(len(few)) for name in names}
    domains = {name: "first" if i < 4 else "second" for i, name in enumerate(names)}
    asked = ask(names, time="year", domains=domains)
    problem, faults = prepare_joint(seen_of(few.assign(**more), asked), asked)
    assert faults == []
    assert np.linalg.eigvalsh(problem.joint.correlation).min() > 0
    slots = words.several_slots(problem.joint)
    assert {"outcomes", "domains"} <= set(slots)
    table = scale_table(Scales(), slots, 1.0, None, "standard deviations")
    notes = words.several_notes(problem.joint, asked, table)
    assert any("8 outcomes and only 5 degrees of freedom" in note for note in notes)
    assert any("related through domains" in note for note in notes)


@pytest.mark.slow
def test_domains_have_a_mean_of_their_own(rows):
    """Two outcomes of one domain and one of another; the mean of a domain is that of its outcomes."""
    frame = rows.assign(third=rows["score"] + np.random.default_rng(1).normal(0, 8, len(rows)))
    made = multilevel(
        frame,
        outcome=["score", "third", "other"],
        **ROLES,
        domains={"score": "reading", "third": "reading", "other": "conduct"},
        higher_is_better={"other": False},
        new_site=False,
    )
    table = made.table["domains"].set_index("domain")
    rows_ = made.table["outcomes"].set_index("outcome")["estimate_in_sd"]
    assert table.loc["reading", "estimate"] == pytest.approx(rows_[["score", "third"]].mean())
    assert table.loc["conduct", "outcomes"] == 1
    assert "domains" in set(made.table["priors"]["prior"])
    assert "new_site" not in made.table


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outcome": ["score", "scores"]}, "Did you mean"),
        ({"margin": {"scores": 1.0}}, "Did you mean `score`"),
        ({"by": "sex"}, "one normal outcome at a time"),
        ({"family": "poisson"}, "modelled as normal"),
        ({"new_site": {"dose": 2}}, "no moderator"),
    ],
)
def test_what_cannot_be_is_refused_before_sampling(rows, change, words):
    """Each with what to do."""
    options = {key: value for key, value in {**OPTIONS, **change}.items() if key != "seed"}
    _, faults = prepare(rows, **options)
    assert any(words in wrong for wrong, _ in faults), faults
