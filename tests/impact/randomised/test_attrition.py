import numpy as np
import pytest

from evalkit.impact.randomised.attrition import (
    attrition_table,
    differential,
    imbens_manski,
    inverse_shares,
    lee_bounds,
)


def with_losses(frame, seed=0, more=0.25):
    rng = np.random.default_rng(seed)
    lost = rng.random(len(frame)) < 0.05 + more * (frame["arm"] == 0)
    return frame.assign(y=frame["y"].where(~lost))


def test_lee_bounds_are_those_of_trimming_by_hand(make_people, make_model):
    frame = with_losses(make_people(2, n=400))
    trial, _ = make_model(frame)
    made = lee_bounds(trial, 1, level=0.95, seed=0)
    one, other = (frame.loc[frame["arm"] == k, "y"] for k in (1, 0))
    excess = 1 - other.notna().mean() / one.notna().mean()
    y = np.sort(one.dropna().to_numpy())
    kept = (1 - excess) * len(y)
    whole = int(kept)
    low = (y[:whole].sum() + (kept - whole) * y[whole]) / kept
    high = (y[::-1][:whole].sum() + (kept - whole) * y[::-1][whole]) / kept
    assert made.share == pytest.approx(excess)
    assert made.trimmed == "1"
    assert made.low == pytest.approx(low - other.mean())
    assert made.high == pytest.approx(high - other.mean())
    assert made.worst[0] < made.low < made.high < made.worst[1]
    assert made.interval[0] < made.low < made.high < made.interval[1]


def test_bounds_hold_the_truth_where_losses_depend_on_the_outcome(make_people, make_model):
    held = 0
    for seed in range(15):
        frame = make_people(seed, n=400, effect=1.0)
        gone = (frame["arm"] == 0) & (frame["y"] < frame["y"].quantile(0.15))
        trial, _ = make_model(frame.assign(y=frame["y"].where(~gone)))
        made = lee_bounds(trial, 1, level=0.95, seed=0)
        held += made.interval[0] <= 1.0 <= made.interval[1]
    assert held >= 14


def test_without_a_gap_the_bounds_are_one_number(make_people, make_model):
    frame = make_people(2)
    rows = frame.groupby("arm").head(5).index
    frame.loc[rows, "y"] = np.nan
    trial, _model = make_model(frame)
    made = lee_bounds(trial, 1, level=0.95, seed=0)
    assert made.share == pytest.approx(0)
    assert made.low == pytest.approx(made.high)


def test_counts_and_gap(make_people, make_model):
    frame = with_losses(make_people(2, n=400))
    trial, _ = make_model(frame)
    table = attrition_table(trial).set_index("arm")
    assert table["randomised"].sum() == 400
    assert table["lost"].sum() == frame["y"].isna().sum()
    gap, p = differential(trial, 1, 0.95)
    assert gap == pytest.approx(table.loc["1", "share_lost"] - table.loc["0", "share_lost"])
    assert p < 0.05


def test_weights_make_strata_alike(make_people, make_model):
    frame = make_people(2)
    frame["arm"] = np.where(frame["block"] < 2, frame["arm"], np.arange(len(frame)) % 4 == 0)
    trial, _ = make_model(frame, strata=("block",))
    weight = inverse_shares(trial)
    totals = [weight[trial.arm == k].sum() for k in (0, 1)]
    assert totals == pytest.approx([trial.n, trial.n])


def test_imbens_manski_runs_from_two_sided_to_one_sided():
    assert imbens_manski((0, 0), (1, 1), 0.95) == pytest.approx((-1.96, 1.96), abs=1e-3)
    assert imbens_manski((0, 50), (1, 1), 0.95) == pytest.approx((-1.645, 51.645), abs=1e-3)
    assert imbens_manski((0, 1), (0, 0), 0.95) == (0, 1)
