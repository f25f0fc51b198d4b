import numpy as np
import pandas as pd
import pytest

from evalkit.impact.randomised.read import read_arms, read_trial
from evalkit.impact.randomised.trial import Roles


def arms(values, reference=None, dtype=None):
    return read_arms(pd.Series(values, dtype=dtype), "arm", reference)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 1], ("0", "1")),
        ([0.0, 1.0], ("0", "1")),
        ([True, False], ("False", "True")),
        (["Y", "N"], ("N", "Y")),
        (["Arts", "Control", "Music"], ("Control", "Arts", "Music")),
        (["regular+aide", "small", "regular"], ("regular", "regular+aide", "small")),
        (["b", "a"], ("a", "b")),
        ([2, 0, 1], ("0", "1", "2")),
    ],
)
def test_the_control_arm_comes_first(values, expected):
    labels, codes, _, faults = arms(values)
    assert not faults
    assert labels == expected
    assert [labels[code].lower() for code in codes] == [
        str(int(v) if isinstance(v, float) else v).lower() for v in values
    ]


def test_a_reference_may_be_named_and_categories_keep_their_order():
    assert arms(["a", "b", "c"], "c")[0] == ("c", "a", "b")
    ordered = pd.Categorical(["x", "y", "z"], categories=["z", "y", "x"])
    assert read_arms(pd.Series(ordered), "arm", None)[0] == ("z", "y", "x")


def test_an_unknown_reference_is_answered_with_the_nearest():
    faults = arms(["usual", "new"], "usul")[3]
    assert "Did you mean `usual`" in faults[0][0]


@pytest.mark.parametrize("values", [np.linspace(0, 1, 30), np.arange(30), [0.0, 0.5, 1.0]])
def test_a_dose_is_no_set_of_arms(values):
    faults = arms(values)[3]
    assert "dose" in faults[0][0]
    assert "received" in faults[0][1]


def test_numbers_read_as_arms_are_said(make_people):
    trial, _ = read_trial(make_people(arms=3), Roles("y", "arm"))
    assert any("as arms, not as a dose" in note for note in trial.notes)


def test_a_covariate_of_words_becomes_columns(make_people):
    frame = make_people()
    frame["area"] = np.array(["north", "south", "east"])[np.arange(len(frame)) % 3]
    trial, _ = read_trial(frame, Roles("y", "arm", covariates=("area",)))
    assert trial.x_names == ("area: north", "area: south")
    assert any("but `east`" in note for note in trial.notes)


def test_a_name_for_every_person_is_no_covariate(make_people):
    frame = make_people()
    frame["who"] = [f"p{i}" for i in range(len(frame))]
    faults = read_trial(frame, Roles("y", "arm", covariates=("who",)))[1]
    assert "120 different values" in faults[0][0]


def test_every_fault_is_named_at_once(make_people):
    frame = make_people()
    frame["weight"], frame["took"], frame["pre"] = -1.0, 1.0, "x?"
    frame.loc[0, "pre"] = "3"
    roles = Roles("y", "arm", baseline=("pre",), received="took", weights="weight")
    faults = read_trial(frame, roles)[1]
    assert len(faults) == 3
    assert all(wrong and do for wrong, do in faults)


@pytest.mark.parametrize(
    "roles",
    [
        Roles("y", "arm", baseline=("y",)),
        Roles("y", "arm", covariates=("arm",)),
        Roles("y", "arm", cluster="arm"),
    ],
)
def test_one_column_has_one_role(make_people, roles):
    assert read_trial(make_people(), roles)[1]


def test_rows_without_an_arm_were_not_randomised(make_people):
    frame = make_people()
    frame["arm"] = frame["arm"].astype(float)
    frame.loc[:4, "arm"] = np.nan
    trial, _ = read_trial(frame, Roles("y", "arm"))
    assert trial.n == 115
    assert "5 of 120 rows have no `arm`" in trial.notes[0]


def test_what_those_lost_received_need_not_be_known(make_people):
    frame = make_people()
    frame.loc[3, ["y", "took"]] = np.nan
    assert not read_trial(frame, Roles("y", "arm", received="took"))[1]
    frame.loc[4, "took"] = np.nan
    faults = read_trial(frame, Roles("y", "arm", received="took"))[1]
    assert "1 rows that have an outcome" in faults[0][0]
