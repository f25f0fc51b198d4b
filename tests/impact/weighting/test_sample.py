import numpy as np
import pandas as pd
import pytest

from evalkit.impact.weighting.sample import Roles, keep, pair, read_sample


def test_rows_are_sorted_by_content_and_keep_their_place(make_frame):
    frame = make_frame(rows=40)
    roles = Roles("score", "treated", ("a", "b"))
    one, _ = read_sample(frame, roles)
    other, _ = read_sample(frame.sample(frac=1, random_state=1), roles)
    np.testing.assert_array_equal(one.y, other.y)
    np.testing.assert_array_equal(frame["score"].to_numpy()[one.row], one.y)


def test_collinear_covariates_are_left_out_and_named(make_frame):
    frame = make_frame().assign(twice=lambda d: 2 * d["a"] + 1)
    sample, _ = read_sample(frame, Roles("score", "treated", ("a", "b", "twice")))
    assert sample.x.shape[1] == 2
    assert any("`twice`" in note for note in sample.notes)


def test_missing_values_are_left_out_and_counted(make_frame):
    frame = make_frame()
    frame.loc[[1, 5], "a"] = np.nan
    sample, _ = read_sample(frame, Roles("score", "treated", ("a", "b")))
    assert sample.n == 298
    assert "2 of 300 rows" in sample.notes[0]


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("treated", 1, "no comparison"),
        ("score", 3.0, "same value"),
        ("score", np.inf, "infinite"),
        ("score", np.nan, "No row"),
        ("score", "many", "not numbers"),
        ("w", -1.0, "zero or below"),
    ],
)
def test_hopeless_columns_are_faults(make_frame, column, value, word):
    frame = make_frame().assign(**{column: value})
    sample, faults = read_sample(frame, Roles("score", "treated", ("a",), weights="w"))
    assert sample is None
    assert any(word in wrong for wrong, _ in faults)


def test_a_dose_is_no_treatment(make_frame):
    frame = make_frame().assign(treated=lambda d: d["a"])
    faults = read_sample(frame, Roles("score", "treated", ("b",)))[1]
    assert "a dose" in faults[0][0]


def test_outcome_among_the_covariates_is_a_fault(make_frame):
    faults = read_sample(make_frame(), Roles("score", "treated", ("a", "score^2")))[1]
    assert "among the covariates" in faults[0][0]


def test_a_pair_holds_one_treatment_and_the_reference(make_frame):
    frame = make_frame().assign(treated=lambda d: np.arange(len(d)) % 3)
    sample, _ = read_sample(frame, Roles("score", "treated", ("a", "b"), cluster="school"))
    both = pair(sample, 2)
    assert both.labels == ("0", "2")
    assert both.n == 200
    assert keep(sample, sample.arm == 1).n == 100
    assert both.clusters[int(both.cluster.max())] in set(sample.clusters)


def test_booleans_and_text_are_treatments():
    frame = pd.DataFrame(
        {"y": [1.0, 2, 3, 5], "t": [True, False, True, False], "x": [1.0, 2, 3, 4]}
    )
    assert read_sample(frame, Roles("y", "t", ("x",)))[0].labels == ("0", "1")
    frame["t"] = frame["t"].map({True: "yes", False: "no"})
    assert read_sample(frame, Roles("y", "t", ("x",)))[0].labels == ("no", "yes")
