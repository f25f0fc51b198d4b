import numpy as np
import pytest

from evalkit.impact.randomised.balance import balance_table, control_sd, pooled_sd


def test_means_and_differences_are_those_of_the_arms(make_people, make_model):
    frame = make_people(2)
    frame.loc[:9, "y"] = np.nan
    trial, _ = make_model(frame, "ancova", baseline=("pre",))
    table = balance_table(trial, 0.95).set_index("sample")
    for sample, rows in (("as randomised", frame), ("as analysed", frame[frame["y"].notna()])):
        one, other = (rows.loc[rows["arm"] == k, "pre"] for k in (1, 0))
        pooled = np.sqrt(
            ((len(one) - 1) * one.var() + (len(other) - 1) * other.var()) / (len(rows) - 2)
        )
        line = table.loc[sample]
        assert line["difference"] == pytest.approx(one.mean() - other.mean())
        assert line["standardised"] == pytest.approx((one.mean() - other.mean()) / pooled)
        assert line["n"] == len(one)


def test_a_constant_covariate_has_no_line(make_people, make_model):
    trial, _ = make_model(make_people(2).assign(same=1.0), covariates=("same",))
    assert len(balance_table(trial, 0.95)) == 0


def test_pooled_and_control_sd(make_people, make_model):
    frame = make_people(2)
    trial, _ = make_model(frame)
    one, other = (frame.loc[frame["arm"] == k, "y"] for k in (1, 0))
    assert control_sd(trial) == pytest.approx(other.std())
    assert pooled_sd(trial, 1) == pytest.approx(np.sqrt((one.var() + other.var()) / 2))
