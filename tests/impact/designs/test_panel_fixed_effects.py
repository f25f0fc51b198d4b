"""Panel fixed effects as a user meets them: published values, effects, lags, words, refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact import study, two_way
from evalkit.impact.designs.panel_fixed_effects import panel_fixed_effects, prepare
from evalkit.impact.least_squares import cr1

GOLDEN = Path(__file__).parents[2] / "golden"
NESTED = "cluster-robust CR1, effects nested in clusters not counted"
INDEPENDENT = "independent errors"


def read(folder, name):
    return json.loads((GOLDEN / folder / name).read_text(encoding="utf-8"))


def simulated(seed=1, units=40, periods=7):
    """Simulated units in five regions with a dose that works at once (2) and a period later (1)."""
    rng = np.random.default_rng(seed)
    unit, year = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    dose = np.where(
        rng.uniform(size=(units, periods)) < 0.5, 0.0, rng.uniform(0, 2, (units, periods))
    )
    dose[:, 0] = 0.0
    before = np.column_stack([np.zeros(units), dose[:, :-1]])
    region = unit % 5
    shock = rng.normal(0, 2, (5, periods))[region, year]
    y = rng.normal(0, 3, units)[unit] + shock + 2 * dose.ravel() + before.ravel()
    return pd.DataFrame(
        {
            "site": [f"s{i:02d}" for i in unit],
            "year": 2010 + year,
            "region": [f"r{i}" for i in region],
            "dose": dose.ravel(),
            "x": rng.normal(size=unit.size),
            "y": y + rng.normal(size=unit.size),
        }
    )


ROLES = {"outcome": "y", "unit": "site", "time": "year", "treatment": "dose"}


def fixed(frame, **more):
    return panel_fixed_effects(frame, **{**ROLES, **more})


def jtrain(**more):
    rows = pd.read_csv(GOLDEN / "panel_fixed_effects" / "jtrain.csv")
    return panel_fixed_effects(
        rows, outcome="lscrap", unit="fcode", time="year", treatment="grant", **more
    )


@pytest.mark.parametrize("how", [{"lags": 1}, {"covariates": "grant_1"}])
def test_job_training_agrees_with_the_textbook(how):
    """Wooldridge, table 14.1, with the lag made here or given as a column."""
    expected = read("panel_fixed_effects", "expected_jtrain.json")
    estimate = jtrain(**how)
    lags = estimate.table["lags"]["estimate"].tolist()
    assert estimate.value == pytest.approx(expected["grant"][0], abs=1e-9)
    assert lags[:2] == pytest.approx([expected["grant"][0], expected["grant_1"][0]], abs=1e-9)
    assert lags[2] == pytest.approx(sum(lags[:2]))
    assert [round(one, 3) for one in lags[:2]] == [
        expected["published"]["grant"][0],
        expected["published"]["grant_1"][0],
    ]
    rows = estimate.table["inference"].set_index("method")
    plain = rows[rows.index.str.startswith(INDEPENDENT)]["std_error"].iloc[0]
    assert plain == pytest.approx(expected["grant"][1], abs=1e-9)
    assert estimate.n_observations == expected["rows"]


def test_a_treatment_that_ends_is_refused_and_lags_are_named_as_the_way_out():
    with pytest.raises(DesignError, match="switches off again in 19") as caught:
        jtrain()
    assert "lags" in caught.value.do


def test_counties_agree_with_fixest_in_its_own_convention():
    """fixest 0.14.2 leaves effects nested in clusters out of the count: 0.01326516."""
    rows = pd.read_csv(GOLDEN / "staggered_adoption" / "mpdta.csv")
    on = (rows["first_treat"] > 0) & (rows["year"] >= rows["first_treat"])
    estimate = panel_fixed_effects(
        rows.assign(on=on), outcome="lemp", unit="countyreal", time="year", treatment="on"
    )
    inference = estimate.table["inference"].set_index("method")
    assert estimate.value == pytest.approx(-0.03654894, abs=5e-9)
    assert inference.loc[NESTED, "std_error"] == pytest.approx(0.01326516, abs=5e-9)
    cells = estimate.table["weights_by_cell"].set_index(["start", "period"])["weight"]
    assert cells[(2004, 2007)] < 0
    assert estimate.table["decomposition"]["weight"].sum() == pytest.approx(1)


def test_math_reform_is_taken_apart_as_bacondecomp_does():
    expected = read("trends", "expected.json")["math reform"]
    rows = pd.read_csv(GOLDEN / "trends" / "math_reform.csv")
    estimate = panel_fixed_effects(
        rows, outcome="incearn_ln", unit="state", time="class", treatment="reform_math"
    )
    parts = estimate.table["decomposition"].assign(part=lambda t: t["weight"] * t["estimate"])
    sums = parts.groupby("kind")[["weight", "part"]].sum()
    assert estimate.value == pytest.approx(expected["two_way"], abs=5e-10)
    for kind, weight in expected["weight"].items():
        assert sums.loc[kind, "weight"] == pytest.approx(weight, abs=5e-6)
        average = sums.loc[kind, "part"] / sums.loc[kind, "weight"]
        assert average == pytest.approx(expected["estimate"][kind], abs=5e-6)
    check = estimate.check("two-way weights")
    assert check.verdict == "concern"
    assert "staggered_adoption" in check.meaning


def test_growing_effects_turn_the_sign_and_the_check_says_so():
    """Simulated: every effect is positive and grows; the two-way estimate is negative."""
    unit, year = np.repeat(np.arange(30), 12), np.tile(np.arange(12), 30)
    start = np.where(unit % 2 == 0, 2, 7)
    effect = np.where(year >= start, (year - start + 1.0) ** 2, 0.0)
    noise = np.random.default_rng(3).normal(0, 0.1, unit.size)
    frame = pd.DataFrame(
        {"site": unit, "year": year, "dose": (year >= start) * 1, "y": effect + noise}
    )
    estimate = fixed(frame)
    assert estimate.value < 0
    check = estimate.check("two-way weights")
    assert check.verdict == "fail"
    assert "staggered_adoption" in check.meaning


def dummies(frame, sets):
    parts = [
        pd.get_dummies(frame[s].astype(str).agg("-".join, axis=1)).to_numpy(float) for s in sets
    ]
    return np.column_stack(parts)


EFFECT_CASES = [
    (["unit", "time", "region*year"], [["site"], ["region", "year"]]),
    (["site", "region * time"], [["site"], ["region", "year"]]),
    (["time", "region"], [["year"], ["region"]]),
    ("region*year", [["region", "year"]]),
    (["unit", "time"], [["site"], ["year"]]),
]


@pytest.mark.parametrize(("effects", "sets"), EFFECT_CASES)
@pytest.mark.parametrize("swept", [False, True])
def test_any_list_of_effects_is_as_dummy_variables_say(monkeypatch, effects, sets, swept):
    """Estimate and error, written down as columns or swept out."""
    frame = simulated().sample(frac=0.9, random_state=2)
    if swept:
        monkeypatch.setattr(two_way, "MOST_DUMMIES", 3)
    x = np.column_stack([frame["dose"], frame["x"], dummies(frame, sets)])
    k, codes = np.linalg.matrix_rank(x), pd.factorize(frame["site"])[0]
    y = frame["y"].to_numpy()
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    left = y - x @ b
    n, g = len(frame), frame["site"].nunique()
    bread = np.linalg.pinv(x.T @ x, rcond=1e-10, hermitian=True)
    scores = np.stack([x[codes == i].T @ left[codes == i] for i in range(g)])
    meat = scores.T @ scores * (g / (g - 1)) * (n - 1) / (n - k)
    estimate = fixed(frame, effects=effects, covariates="x")
    assert estimate.value == pytest.approx(b[0], abs=1e-9)
    assert estimate.std_error == pytest.approx(np.sqrt((bread @ meat @ bread)[0, 0]), rel=1e-7)


@pytest.mark.parametrize("seed", range(200))
def test_two_way_estimates_agree_with_linearmodels(seed):
    from linearmodels.panel import PanelOLS

    frame = simulated(seed, units=12 + seed, periods=4 + seed % 4).sample(
        frac=0.85, random_state=seed
    )
    frame = frame[frame.groupby("site")["y"].transform("size") > 1]
    indexed = frame.set_index(["site", "year"])
    fitted = PanelOLS(
        indexed["y"], indexed[["dose", "x"]], entity_effects=True, time_effects=True
    ).fit(cov_type="clustered", cluster_entity=True, group_debias=True)
    estimate = fixed(frame, covariates="x")
    assert estimate.value == pytest.approx(fitted.params["dose"], abs=1e-9)
    assert estimate.std_error == pytest.approx(fitted.std_errors["dose"], rel=2e-3)


def test_lags_are_found_with_their_sum():
    """Simulated: 2 at once, 1 a period later, 3 in all."""
    made = [fixed(simulated(seed), lags=1, effects=["unit", "region*year"]) for seed in range(12)]
    tables = [one.table["lags"] for one in made]
    estimates = np.array([table["estimate"] for table in tables])
    errors = estimates.std(axis=0) / np.sqrt(12)
    assert (np.abs(estimates.mean(axis=0) - [2, 1, 3]) < 4 * errors).all()
    held = sum((table["low"] <= [2, 1, 3]) & (table["high"] >= [2, 1, 3]) for table in tables)
    assert held.min() >= 9
    assert "1 before" in made[0].estimand
    assert any("no effect after more than 1 period" in one for one in made[0].assumptions)


def test_the_error_of_the_sum_is_that_of_the_covariance_matrix():
    panel, _ = prepare(simulated(), **ROLES, lags=2)
    model = two_way.build(panel, "two_way")
    fitted, lags = model.fit(), [name for name in model.names if "before" in name]
    total = study._sum_fit(model, lags)
    places = [0, *(1 + model.names.index(name) for name in lags)]
    share = np.concatenate([[1.0], model.scale])[places]
    v = cr1(fitted)[np.ix_(places, places)] / np.outer(share, share)
    assert total.beta[0] == pytest.approx((fitted.beta[places] / share).sum())
    assert cr1(total)[0, 0] == pytest.approx(v.sum())


def test_lags_use_periods_whose_outcome_is_missing_and_say_what_is_left_out():
    frame = simulated()
    whole = fixed(frame, lags=1)
    frame.loc[frame["year"] == 2012, "y"] = np.nan
    estimate = fixed(frame, lags=1)
    assert estimate.n_observations == whole.n_observations - 40
    early = fixed(frame[frame["year"] > 2010], lags=1)
    assert any("further rows lack a covariate" in note for note in early.notes)
    assert any("taken to have had none" in note for note in estimate.notes)


def test_bands_are_wider_than_intervals_and_the_same_for_the_same_seed():
    frame = simulated()
    late = frame["site"].str[1:].astype(int) % 2 == 0
    frame["dose"] = (late & (frame["year"] >= 2013)).astype(int)
    events = fixed(frame, seed=4).table["event_study"]
    known = events[~events["reference"]]
    assert (known["band_low"] < known["low"]).all()
    assert (known["band_high"] > known["high"]).all()
    pd.testing.assert_frame_equal(events, fixed(frame, seed=4).table["event_study"])


def test_units_that_move_between_clusters_are_counted_and_named():
    frame = simulated()
    frame.loc[(frame["site"] == "s03") & (frame["year"] > 2013), "region"] = "r4"
    with pytest.raises(DesignError, match="1 of 40 `site` move between `region`, the first: s03"):
        fixed(frame, cluster="region")
    estimate = fixed(frame, effects=["unit", "time", "region"])
    assert any("1 of 40 `site` move between `region`" in note for note in estimate.notes)


def test_effects_that_say_nothing_more_are_said():
    estimate = fixed(simulated(), effects=["unit", "time", "region", "region*year"])
    notes = " ".join(estimate.notes)
    assert "Effects of `year` say nothing that those of `region*year`" in notes
    assert "Effects of `region` lie within those of `site`" in notes


def test_rows_alone_in_a_level_are_left_out_and_counted():
    frame = simulated()
    frame.loc[frame.index[8], "region"] = "alone"
    estimate = fixed(frame, effects=["unit", "region*year"])
    assert estimate.n_observations == len(frame) - 1
    assert any("1 rows are alone" in note for note in estimate.notes)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"effects": "unitt"}, "Did you mean `unit`"),
        ({"effects": ["unit", "regoin*time"]}, "Did you mean `region`"),
        ({"effects": []}, "names no effects"),
        ({"effects": 3}, "names no effects"),
        ({"lags": -1}, "no number of periods"),
        ({"lags": 1.5}, "no number of periods"),
        ({"effects": ["unit", "site*year"]}, "Nothing of the treatment is left"),
    ],
)
def test_options_that_make_no_sense_are_refused_with_a_remedy(options, words):
    with pytest.raises(DesignError, match=words) as caught:
        fixed(simulated(), **options)
    assert len(caught.value.do) > 10


def test_every_fault_is_told_at_once():
    _, faults = prepare(simulated(), **{**ROLES, "outcome": "z"}, effects="both", lags=-2, level=95)
    assert len(faults) == 4


def test_blank_levels_of_an_effect_are_a_fault():
    frame = simulated()
    frame.loc[3, "region"] = None
    with pytest.raises(DesignError, match="blank in 1 rows"):
        fixed(frame, effects=["unit", "region*year"])


@pytest.mark.parametrize("more", [{"lags": 2}, {"effects": ["unit", "time", "region*year"]}])
def test_order_labels_units_and_kinds_of_frame_do_not_matter(more):
    frame = simulated()
    before = frame.copy(deep=True)
    first = fixed(frame, **more)
    mixed = frame.sample(frac=1, random_state=5).assign(
        site=lambda t: "z" + t["site"].str[::-1], region=lambda t: t["region"].str[::-1]
    )
    for other, factor in (
        (fixed(mixed, **more), 1),
        (fixed(pl.from_pandas(frame), **more), 1),
        (fixed(frame.assign(y=frame["y"] * 1000), **more), 1000),
    ):
        ends = [first.value, first.std_error, first.interval.low, first.interval.high]
        found = [other.value, other.std_error, other.interval.low, other.interval.high]
        assert found == pytest.approx([one * factor for one in ends], rel=1e-8)
        assert [one.verdict for one in other.checks] == [one.verdict for one in first.checks]
    pd.testing.assert_frame_equal(frame, before)
