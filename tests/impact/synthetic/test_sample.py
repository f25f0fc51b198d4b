"""From a frame to treated units and donors, or every fault."""

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.panel import Roles
from evalkit.impact.synthetic.sample import Wanted, read_sample


def read(frame, treated="p00", start=2014, **more):
    names = {key: more.pop(key) for key in ("cluster", "weights", "covariates") if key in more}
    return read_sample(
        frame, Wanted(Roles("score", "place", "year", **names), treated, start, **more)
    )


def test_treated_and_donors_stand_in_columns_over_time(make_panel):
    frame = make_panel()
    sample, faults = read(frame)
    assert not faults
    assert sample.treated.shape == (20, 1)
    assert sample.donors.shape == (20, 24)
    assert sample.before == 14
    wide = frame.pivot_table(index="year", columns="place", values="score")
    np.testing.assert_array_equal(sample.treated[:, 0], wide["p00"])
    for name, course in zip(sample.donor_names, sample.donors.T, strict=True):
        np.testing.assert_array_equal(course, wide[name])


def test_donors_stand_in_the_order_of_their_content(make_panel):
    """So that labels and rows do not matter to anything that follows."""
    frame = make_panel()
    other = frame.assign(place="z" + frame["place"].str[::-1]).sample(frac=1, random_state=2)
    first, second = read(frame)[0], read(other, "z00p")[0]
    np.testing.assert_array_equal(first.donors, second.donors)


def test_donors_with_gaps_are_left_out_and_counted(make_panel):
    frame = make_panel()
    frame.loc[(frame["place"] == "p07") & (frame["year"] == 2003), "score"] = np.nan
    sample, faults = read(frame)
    assert not faults
    assert "p07" not in sample.donor_names
    assert any("1 of 24 donors lack the outcome" in note and "p07" in note for note in sample.notes)


def test_whole_numbers_and_text_name_the_same_unit(make_panel):
    frame = make_panel().assign(place=lambda one: one["place"].str[1:].astype(float))
    for name in (0, 0.0, "0", [0], np.int64(0)):
        assert read(frame, name)[0].treated_names == (0,)


def test_dates_are_periods_too(make_panel):
    frame = make_panel()
    dated = frame.assign(year=pd.to_datetime(frame["year"].astype(str) + "-01-01"))
    sample, faults = read(dated, start="2014-01-01", predictors=[{"outcome": "2005-01-01"}])
    assert not faults
    assert (sample.before, sample.period(0)) == (14, "2000-01-01")
    assert sample.x_treated.shape == (1, 1)


def test_weights_say_how_much_each_treated_counts(make_panel):
    frame = make_panel(treated=3)
    sample, _ = read(frame, ["p00", "p01", "p02"], weights="people")
    people = frame.groupby("place")["people"].first()
    wanted = people[list(sample.treated_names)]
    np.testing.assert_allclose(sample.share, wanted / wanted.sum())


def test_what_covariates_explain_among_donors_is_taken_out(make_panel):
    """A covariate with slope 4 leaves what there was without it, but for noise in the slope."""
    frame = make_panel()
    moved = frame.assign(score=frame["score"] + 4 * frame["rain"])
    plain, adjusted = read(frame)[0], read(moved, covariates=("rain",))[0]
    assert "slopes among donors: rain" in adjusted.notes[-1]
    slope = float(adjusted.notes[-1].split()[-1].rstrip("."))
    assert slope == pytest.approx(4, abs=0.15)
    apart = adjusted.treated[:, 0] - plain.treated[:, 0]
    rain = frame.loc[frame["place"] == "p00", "rain"].to_numpy()
    np.testing.assert_allclose(apart, (4 - slope) * rain, atol=1e-3)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"treated": "p00x"}, "Did you mean `p00`?"),
        ({"treated": "score"}, "is a column, not a unit"),
        ({"treated": []}, "names no unit"),
        ({"donors": ["p01", "p99"]}, "`donors: p99` is no `place`"),
        ({"donors": ["p00", "p01", "p02"]}, "Treated units stand among the donors: p00"),
        ({"donors": ["p01"]}, "Donors with the outcome in every period: 1"),
        ({"start": 2001}, "Periods before the start (2001): 1"),
        ({"start": 2030}, "No period lies at or after"),
        ({"start": None}, "is no period"),
        ({"start": "soon"}, "is no period"),
        ({"fit_over": [2010, 2016]}, "does not lie within"),
        ({"fit_over": 2010}, "is not a first and a last"),
        ({"weights": "people"}, "with one treated unit it has no meaning"),
        ({"covariates": ("people",)}, "explain: `people`"),
        ({"predictors": ["trat"]}, "Did you mean `trait`?"),
        ({"predictors": [{"trait": [2010, 2015]}]}, "reaches into the time after"),
    ],
)
def test_each_fault_is_found_and_has_a_remedy(make_panel, more, word):
    sample, faults = read(make_panel(), **more)
    assert sample is None
    assert word in " ".join(wrong for wrong, _ in faults)
    assert all(do for _, do in faults)


def test_clusters_of_several_units_are_refused_and_of_one_accepted(make_panel):
    frame = make_panel()
    pairs = frame.assign(region=frame["place"].str[1:].astype(int) // 2)
    assert "holds several `place`" in read(pairs, cluster="region")[1][0][0]
    assert not read(frame.assign(same=frame["place"]), cluster="same")[1]


def test_a_treated_unit_with_gaps_is_refused(make_panel):
    frame = make_panel()
    frame.loc[(frame["place"] == "p00") & (frame["year"] == 2003), "score"] = np.nan
    assert "treated p00 has no `score` in 1 of 20 periods" in read(frame)[1][0][0]


def test_predictors_that_units_lack_are_counted_or_refused(make_panel):
    frame = make_panel()
    frame.loc[frame["place"] == "p05", "trait"] = np.nan
    sample, _ = read(frame, predictors=["trait", "people"])
    assert "p05" not in sample.donor_names
    assert "1 of 24 donors lack a predictor" in sample.notes[-1]
    frame.loc[frame["place"] == "p00", "trait"] = np.nan
    assert (
        "treated p00 has no value of predictor `trait`" in read(frame, predictors="trait")[1][0][0]
    )
    frame.loc[frame["place"] != "p00", "trait"] = np.nan
    assert "Donors with a value of every predictor: 0" in read(frame, predictors="trait")[1][1][0]
