"""Rows whose predictors are complete are kept, outcomes may have gaps, arms are counted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from evalkit.impact.bayes.multi.read import label_of, read, rows_for


def test_an_outcome_may_be_missing_where_another_is_known(rows, ask, seen_of):
    """A row with one of two outcomes stays; one without both goes."""
    frame = rows.copy()
    frame.loc[[0, 1], "score"] = np.nan
    frame.loc[[1], "other"] = np.nan
    asked = ask(("score", "other"))
    seen = seen_of(frame, asked)
    assert len(seen.y) == len(frame) - 1
    assert seen.dropped == 1
    arms = seen.arms.set_index(["outcome", "arm"])["missing"]
    assert arms["score", "treated"] == 1
    assert arms["score", "untreated"] == 1
    assert arms["other", "untreated"] == 0


def test_a_missing_predictor_takes_its_row_out_and_is_no_missing_outcome(rows, ask, seen_of):
    """Only rows whose arm and predictors are known are counted by arm."""
    frame = rows.copy()
    frame.loc[[3, 4], "pre"] = np.nan
    seen = seen_of(frame, ask("score", adjust=("pre",)))
    assert seen.dropped == 2
    assert seen.arms["missing"].sum() == 0


def test_order_of_rows_and_kind_of_frame_do_not_change_the_codes(rows, ask, seen_of):
    """Sorted labels; polars is read as pandas is."""
    asked = ask("score", area="area")
    plain, shuffled = seen_of(rows, asked), seen_of(rows.sample(frac=1, random_state=3), asked)
    other = seen_of(pl.DataFrame(rows.to_dict(orient="list")), asked)
    assert plain.label["site"].names == shuffled.label["site"].names == other.label["site"].names
    np.testing.assert_array_equal(plain.label["area"].code, other.label["area"].code)


def test_membership_columns_share_their_units(rows, ask, seen_of):
    """The same unit has the same code in each column; a blank second one is allowed."""
    frame = rows.assign(first="a", second="b", third=None)
    frame.loc[5, "first"], frame.loc[5, "second"] = "b", None
    seen = seen_of(frame, ask("score", members=("first", "second", "third")))
    assert seen.label["first"].names == seen.label["second"].names == ("a", "b")
    assert seen.label["first"].code[5] == seen.label["second"].code[0]
    assert seen.label["second"].code[5] == -1
    assert seen.dropped == 0


def test_labels_are_written_as_people_write_them(rows):
    """2019 rather than 2019.0, and numbers mixed with words are sorted as words."""
    assert label_of(rows["pupil"].astype(float) + 2019).names[0] == "2019"
    mixed = rows["site"].astype(object).where(rows["pupil"] > 3, 7)
    assert label_of(mixed).names[0] == "7"


def test_rows_of_one_outcome_are_dense(rows, ask, seen_of):
    """A site without the outcome has no code."""
    frame = rows.copy()
    frame.loc[frame["site"] == "s03", "other"] = np.nan
    asked = ask(("score", "other"))
    seen = seen_of(frame, asked)
    made = rows_for(seen, 1, asked.columns)
    assert "s03" not in made.sites
    assert made.site.max() == len(made.sites) - 1
    girls = seen.row < 100
    assert len(rows_for(seen, 0, asked.columns, girls).y) == 100


@pytest.mark.parametrize(
    ("change", "more", "words"),
    [
        ({"site": "one"}, {}, "one site only"),
        ({"on": 1}, {}, "Every row is treated"),
        ({"on": 0}, {}, "Every row is untreated"),
        ({"on": 2}, {}, "must be 0 or 1"),
        ({"score": 3.0}, {}, "is the same (3)"),
        ({"score": "good"}, {}, "not numbers"),
        ({"score": np.nan}, {}, "no values at all"),
        ({"pre": -1.0}, {"weights": "pre"}, "weights of zero or below"),
        ({"pre": 0.0}, {"family": "poisson", "exposure": "pre"}, "zero or below"),
        ({"pre": -1.0}, {"members": ("area",), "member_weights": ("pre",)}, "below zero"),
    ],
)
def test_frames_that_cannot_be_read_are_refused(rows, ask, change, more, words):
    """Each says what is wrong with which column."""
    _, faults = read(rows.assign(**change), ask("score", **more))
    assert any(words in wrong for wrong, _ in faults)


def test_a_lost_column_is_named_with_the_nearest_one(rows, ask):
    """A misspelt grouping is found before anything else."""
    _, faults = read(rows, ask("score", area="aera"))
    assert "Did you mean `area`" in faults[0][0]
