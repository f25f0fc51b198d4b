"""Subgroups in one model with the sites: effects, gaps, the lowest tenth."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.impact.bayes.multi.groups import group_faults
from evalkit.impact.designs.multilevel import multilevel, prepare

ROLES = {"outcome": "score", "site": "site", "treatment": "on", "new_site": {}, "seed": 1}


@pytest.fixture(scope="module")
def unequal(rows):
    """Girls gain six points more, those in the lowest tenth eight more than the rest."""
    low = rows["pre"] <= rows["pre"].quantile(0.1)
    gain = 6 * (rows["sex"] == "girls") + 8 * low
    return rows.assign(score=rows["score"] + gain * rows["on"])


@pytest.fixture(scope="module")
def split(unequal):
    return multilevel(unequal, **ROLES, baseline="pre", by="sex", tail=True, margin=2.0)


@pytest.mark.slow
def test_the_gap_is_found_with_its_posterior(split, unequal):
    """About the plain one, drawn towards none; the difference of the two in joint draws."""
    gap = split.table["subgroup_gaps"].iloc[0]
    assert (gap["group"], gap["against"]) == ("girls", "boys")
    means = unequal.groupby(["sex", "site", "on"])["score"].mean().unstack()
    effect = (means[1] - means[0]).groupby("sex").mean()
    plain = effect["girls"] - effect["boys"]
    assert gap["low"] < plain < gap["high"]
    assert 0 < gap["estimate"] < plain + gap["std_error"]
    table = split.table["subgroups"].set_index("group")["estimate"]
    assert gap["estimate"] == pytest.approx(table["girls"] - table["boys"], abs=0.3)
    assert gap["n_sites"] == 12
    assert f"{gap['estimate']:.3g}" in split.check("subgroups").meaning


@pytest.mark.slow
def test_the_lowest_tenth_has_its_own_effect(split):
    """More uncertain than the others, and the rows in it are counted."""
    table = split.table["tail"].set_index("group")
    low, rest = table.loc["lowest tenth"], table.loc["the others"]
    assert low["std_error"] > rest["std_error"]
    assert low["estimate"] > rest["estimate"]
    assert any("lowest tenth of `pre`: 48 rows" in note for note in split.notes)
    assert split.check("lowest tenth")


@pytest.mark.slow
def test_subgroups_that_share_clusters_are_compared_more_surely(unequal):
    """Whole sites treated: what a site has in common drops out of the gap."""
    frame = unequal.assign(on=(unequal["site"] < "s06").astype(int))
    rng = np.random.default_rng(0)
    shock = 30 * rng.standard_normal(12)[frame["site"].str[1:].astype(int)]
    frame = frame.assign(score=frame["score"] + shock)
    made = multilevel(frame, **ROLES, by="sex")
    gap = made.table["subgroup_gaps"].iloc[0]["std_error"]
    alone = made.table["subgroups"]["std_error"]
    assert gap < 0.7 * np.hypot(*alone)


@pytest.mark.slow
def test_groups_that_cannot_be_estimated_are_named_or_refused(rows):
    """A value that stands in one site only has a reason; two such leave nothing to compare."""
    few = rows.assign(sex=np.where(rows["pupil"] < 3, "other", rows["sex"]))
    made = multilevel(few, **ROLES, by="sex")
    row = made.table["subgroups"].set_index("group").loc["other"]
    assert row["why"]
    assert np.isnan(row["estimate"])
    two = rows.assign(sex=np.where(rows["pupil"] < 3, "other", "girls"))
    with pytest.raises(DesignError, match="fewer than two groups"):
        multilevel(two, **ROLES, by="sex")


@pytest.mark.parametrize(
    ("change", "more", "words"),
    [
        ({"sex": "girls"}, {"by": "sex"}, "1 different values"),
        ({}, {"by": "pupil"}, "480 different values"),
        ({}, {"by": "sexe"}, "Did you mean `sex`"),
        ({}, {"tail": True}, "needs a `baseline`"),
        ({"pre": 1.0}, {"tail": True, "baseline": "pre"}, "too few different values"),
    ],
)
def test_groups_that_are_none_are_refused_before_sampling(rows, change, more, words):
    """Constants, identifiers, misspelt columns."""
    options = {key: value for key, value in ROLES.items() if key != "seed"}
    _, faults = prepare(rows.assign(**change), **options, **more)
    assert any(words in wrong for wrong, _ in faults), faults


def test_good_groups_have_no_faults(rows, ask, seen_of):
    """Two values, and a baseline with many."""
    asked = ask("score", adjust=("pre",), by="sex", tail=True)
    assert group_faults(seen_of(rows, asked), asked) == []
