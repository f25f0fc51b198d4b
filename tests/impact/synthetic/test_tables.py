"""Tidy tables."""

import numpy as np
import pytest

from evalkit.impact.synthetic.evidence import infer
from evalkit.impact.synthetic.tables import tables


def made(fitted):
    return tables(fitted, infer(fitted, level=0.9, seed=1, placebo=True), 0.9)


def test_weights_gaps_and_placebos_are_whole(make_panel, read):
    fitted = read(make_panel())
    found = made(fitted)
    assert found["weights"]["weight"].sum() == pytest.approx(1)
    assert found["weights"]["weight"].is_monotonic_decreasing
    gaps = found["gaps"]
    np.testing.assert_allclose(gaps["treated"] - gaps["synthetic"], gaps["gap"])
    assert gaps.loc[gaps["after"], "gap"].mean() == pytest.approx(fitted.value)
    assert gaps.loc[gaps["after"], ["low", "high"]].notna().all().all()
    assert found["placebo"].groupby("unit").size().eq(20).all()
    assert found["placebo"]["unit"].nunique() == 24
    units = found["placebo_units"]
    assert units["ratio"].is_monotonic_decreasing
    assert units["treated"].sum() == 1


def test_several_treated_have_their_own_weights_and_effects(make_panel, read):
    found = made(read(make_panel(treated=3), ["p00", "p01", "p02"]))
    assert found["weights"].groupby("treated")["weight"].sum().round(9).eq(1).all()
    assert found["treated"]["share"].sum() == pytest.approx(1)
    assert found["treated"]["estimate"].mean() == pytest.approx(
        found["gaps"].loc[found["gaps"]["after"], "gap"].mean()
    )
    pooled = made(read(make_panel(treated=3), ["p00", "p01", "p02"], pooled=True))
    assert set(pooled["weights"]["treated"]) == {"average of 3 treated"}
    assert pooled["treated"]["estimate"].isna().all()
    assert pooled["placebo"]["unit"].iloc[0] == "set 1"


def test_predictors_penalties_and_periods_have_tables_where_they_exist(make_panel, read):
    predictors = made(read(make_panel(), predictors=["trait", {"outcome": 2013}]))["predictors"]
    assert list(predictors["predictor"]) == ["trait", "score 2013"]
    assert predictors["importance"].sum() == pytest.approx(1)
    assert "penalties" in made(read(make_panel(), estimator="augmented"))
    did = made(read(make_panel(), estimator="synthetic_did"))
    assert did["period_weights"]["weight"].sum() == pytest.approx(1)
    assert len(did["comparison"]) == 3
