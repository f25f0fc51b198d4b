"""From a frame to arrays: what is left out, what is refused."""

import numpy as np
import pandas as pd
import pytest

from evalkit.impact.instruments.sample import Columns, read_sample

COLUMNS = Columns("y", "d", ("z0",), ("x",))


def faults_of(frame, columns=COLUMNS):
    sample, faults = read_sample(frame, columns)
    assert sample is None
    return " ".join(text for text, _ in faults)


def test_incomplete_rows_are_left_out_and_counted(make_frame):
    frame = make_frame()
    frame.loc[:4, "y"] = np.nan
    frame.loc[10:11, "z0"] = np.nan
    sample, _ = read_sample(frame, COLUMNS)
    assert sample.n == 293
    assert sample.notes == (
        "5 of 300 rows have no `y` and were left out.",
        "2 of 300 rows have no `z0` and were left out.",
    )


def test_categories_become_dummies_of_one_name(make_frame):
    frame = make_frame().assign(area=lambda t: np.where(t["x"] > 0, "north", "south"))
    sample, _ = read_sample(frame, Columns("y", "d", ("z0",), ("area", "x")))
    assert sample.names == ("area", "x")
    assert sample.x.shape == (300, 3)


def test_collinear_columns_are_dropped_and_said(make_frame):
    frame = make_frame().assign(twice=lambda t: 2 * t["x"], z1=lambda t: t["z0"] + t["x"])
    sample, _ = read_sample(frame, Columns("y", "d", ("z0", "z1"), ("x", "twice")))
    assert sample.instruments == ("z0",)
    assert sample.names == ("x",)
    assert "`twice`" in sample.notes[0]
    assert "`z1`" in sample.notes[1]


def test_an_instrument_that_covariates_explain_is_refused(make_frame):
    frame = make_frame().assign(z0=lambda t: 1 - t["x"])
    assert "nothing of them is left" in faults_of(frame)


def test_a_treatment_that_covariates_explain_is_refused(make_frame):
    frame = make_frame().assign(d=lambda t: 1 - t["x"])
    assert "explain the treatment" in faults_of(frame)


@pytest.mark.parametrize("name", ["y", "d", "z0"])
def test_a_column_without_variation_is_refused(make_frame, name):
    assert "is 3 in every row" in faults_of(make_frame().assign(**{name: 3}))


def test_a_column_with_two_parts_is_refused(make_frame):
    assert "`x` stands under" in faults_of(make_frame(), Columns("y", "d", ("x",), ("x",)))
    assert "`d` stands under" in faults_of(make_frame(), Columns("y", "d", ("d",)))


def test_no_instrument_is_refused(make_frame):
    assert "No instrument" in faults_of(make_frame(), Columns("y", "d", ()))


def test_too_few_rows_are_refused(make_frame):
    assert "complete rows for" in faults_of(make_frame(n=4))


def test_no_rows_and_no_complete_rows_are_refused(make_frame):
    assert "no rows" in faults_of(make_frame().iloc[:0])
    assert "No row has" in faults_of(make_frame().assign(y=np.nan))


def test_infinite_and_text_values_are_refused(make_frame):
    frame = make_frame()
    frame.loc[0, "y"] = np.inf
    assert "infinite" in faults_of(frame)
    frame = make_frame().astype({"d": object})
    frame.loc[0, "d"] = "many"
    assert "`many`" in faults_of(frame)


def test_one_cluster_and_blank_clusters_are_refused(make_frame):
    columns = Columns("y", "d", ("z0",), cluster="g")
    assert "one cluster only" in faults_of(make_frame().assign(g="a"), columns)
    frame = make_frame()
    frame.loc[0, "g"] = None
    assert "blank in 1 rows" in faults_of(frame, columns)


def test_weights_must_be_above_zero(make_frame):
    frame = make_frame()
    frame.loc[0, "w"] = 0
    assert "not all above zero" in faults_of(frame, Columns("y", "d", ("z0",), weights="w"))


def test_names_are_not_categories(make_frame):
    frame = make_frame().assign(who=[f"p{i}" for i in range(300)])
    assert "300 different values" in faults_of(frame, Columns("y", "d", ("z0",), ("who",)))


def test_an_unknown_column_is_named_with_the_nearest(make_frame):
    frame = make_frame().rename(columns={"y": "score"})
    assert "Did you mean `score`?" in faults_of(frame, Columns("scores", "d", ("z0",)))


def test_the_order_of_rows_does_not_matter(make_frame):
    frame = make_frame(clusters=20)
    columns = Columns("y", "d", ("z0",), ("x",), "w", "g")
    one, _ = read_sample(frame, columns)
    other, _ = read_sample(frame.sample(frac=1, random_state=1), columns)
    for name in ("y", "d", "z", "x", "w", "cluster"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.labels == other.labels
    assert isinstance(frame, pd.DataFrame)
