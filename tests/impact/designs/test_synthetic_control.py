"""The synthetic control as a user meets it: published values, simulated truth, wrong input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from evalkit.errors import DesignError
from evalkit.impact.designs.synthetic_control import prepare, synthetic_control

GOLDEN = Path(__file__).parents[2] / "golden" / "synthetic_control"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
ADH = [
    {"lnincome": [1980, 1988]},
    {"beer": [1984, 1988]},
    {"age15to24": [1980, 1988]},
    {"retprice": [1980, 1988]},
    {"outcome": [1975, 1980, 1988]},
]
PROP99 = {
    "outcome": "cigsale",
    "unit": "state",
    "time": "year",
    "treated": "California",
    "start": 1989,
}
ROLES = {"outcome": "score", "unit": "place", "time": "year", "treated": "p00", "start": 2014}
ESTIMATORS = ("classic", "synthetic_did", "augmented")


def panel(seed=1, units=25, treated=1, effect=2.0, before=14, later=6):
    """Two common courses; those treated lie within the others; effect from period `before` on."""
    rng = np.random.default_rng(seed)
    periods = before + later
    loads = rng.dirichlet(np.ones(3), units)
    loads[:treated] = 0.5 * loads[:treated] + 0.5 / 3
    y = 20 + 3 * np.cumsum(rng.normal(0, 1, (periods, 3)), axis=0) @ loads.T
    y += rng.normal(0, 0.4, (periods, units))
    y[before:, :treated] += effect
    return pd.DataFrame(
        {
            "place": np.repeat([f"p{i:02d}" for i in range(units)], periods),
            "year": np.tile(2000 + np.arange(periods), units),
            "score": y.T.ravel(),
            "trait": np.repeat(loads[:, 0], periods),
            "people": np.repeat(rng.uniform(1, 9, units), periods),
            "side": np.repeat(np.where(np.arange(units) % 2, "odd", "even"), periods),
        }
    )


def run(frame, **more):
    return synthetic_control(frame, **{**ROLES, "seed": 7, **more})


def same(left, right, factor=1.0):
    for one, other in [
        (left.value, right.value),
        (left.std_error, right.std_error),
        (left.interval.low, right.interval.low),
        (left.interval.high, right.interval.high),
    ]:
        assert one * factor == pytest.approx(other, rel=1e-6, abs=1e-8 * factor)
    assert left.p_value == pytest.approx(right.p_value)
    assert [one.verdict for one in left.checks] == [one.verdict for one in right.checks]


@pytest.fixture(scope="module")
def prop99():
    return pd.read_csv(GOLDEN / "prop99.csv")


def test_synthetic_did_of_proposition_99_is_as_published(prop99):
    made = synthetic_control(prop99, **PROP99, estimator="synthetic_did")
    golden = EXPECTED["prop99"]
    assert made.value == pytest.approx(golden["synthetic_did"], abs=5e-6)
    weights = made.table["weights"].set_index("donor")["weight"]
    for name, weight in golden["weights"].items():
        assert weights[name] == pytest.approx(weight, abs=6e-5)
    periods = made.table["period_weights"].set_index("time")["weight"]
    for year, weight in golden["periods"].items():
        assert periods[int(year)] == pytest.approx(weight, abs=6e-5)
    others = made.table["comparison"].set_index("estimator")["estimate"]
    assert others["difference in differences"] == pytest.approx(
        golden["difference_in_differences"], abs=5e-7
    )
    assert others["synthetic control, Frank-Wolfe"] == pytest.approx(
        golden["synthetic_control_frank_wolfe"], abs=5e-6
    )
    low, high = golden["placebo_standard_errors_seen"]
    assert low < made.std_error < high


def test_without_predictors_the_minimum_is_below_that_of_a_general_solver(prop99):
    """SLSQP from equal weights on the same problem."""
    made = synthetic_control(prop99, **PROP99)
    wide = prop99.pivot_table(index="year", columns="state", values="cigsale").loc[:1988]
    own, donors = wide["California"].to_numpy(), wide.drop(columns="California").to_numpy()
    other = minimize(
        lambda w: ((donors @ w - own) ** 2).mean(),
        np.full(38, 1 / 38),
        jac=lambda w: 2 * donors.T @ (donors @ w - own) / 19,
        bounds=[(0, 1)] * 38,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-12},
    )
    gaps = made.table["gaps"]
    loss = (gaps.loc[gaps["time"] < 1989, "gap"] ** 2).mean()
    assert loss <= other.fun
    assert loss == pytest.approx(2.743662, abs=1e-6)
    assert made.value == pytest.approx(-19.5136, abs=1e-3)


@pytest.mark.slow
def test_the_predictors_of_abadie_and_others_give_their_weights_and_rank(prop99):
    made = synthetic_control(prop99, **PROP99, predictors=ADH)
    golden = EXPECTED["prop99"]
    gaps = made.table["gaps"]
    loss = (gaps.loc[gaps["time"] < 1989, "gap"] ** 2).mean()
    assert loss <= golden["predictors_lowest_loss_known"] * (1 + 1e-4)
    assert loss < golden["predictors_loss_of_synth"]
    weights = made.table["weights"].set_index("donor")["weight"]
    for name, weight in golden["predictors_weights"].items():
        assert weights[name] == pytest.approx(weight, abs=1e-3)
    assert made.value == pytest.approx(golden["predictors_gap"], abs=2e-3)
    first, of = golden["predictors_p"]
    assert made.p_value == pytest.approx(first / of)
    space = made.check("placebo in space")
    assert space.p_value == pytest.approx(first / of)
    assert space.statistic == pytest.approx(golden["predictors_ratio"], abs=0.05)
    assert made.table["placebo_units"]["unit"].iloc[0] == "California"
    assert "within 5 %" in made.check("weights").meaning


@pytest.mark.parametrize(
    ("start", "value"), [(1970, "mean_gap_1970_1997"), (1975, "mean_gap_1975_1997")]
)
def test_the_basque_country_is_as_published(start, value):
    golden = EXPECTED["basque"]
    frame = pd.read_csv(GOLDEN / "basque.csv").merge(pd.read_csv(GOLDEN / "basque_predictors.csv"))
    more = [name for name in frame if name.startswith(("school", "sec", "invest", "popdens"))]
    made = synthetic_control(
        frame,
        outcome="gdpcap",
        unit="regionname",
        time="year",
        treated="Basque Country (Pais Vasco)",
        start=start,
        predictors=[*more, {"gdpcap": [1960, 1969]}],
        fit_over=[1960, 1969],
        placebo=False,
    )
    weights = made.table["weights"].set_index("donor")["weight"]
    for name, weight in golden["weights"].items():
        assert weights[name] == pytest.approx(weight, abs=6e-5)
    gaps = made.table["gaps"].set_index("time")["gap"]
    assert (gaps.loc[1960:1969] ** 2).mean() <= golden["loss_of_synth"]
    assert made.value == pytest.approx(golden[value], abs=1e-5)
    for year, gap in golden["gaps"].items():
        assert gaps[int(year)] == pytest.approx(gap, abs=6e-5)


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ["classic", "augmented"])
def test_kansas_is_as_published(estimator):
    golden = EXPECTED["kansas"]
    frame = pd.read_csv(GOLDEN / "kansas.csv").melt("quarter", var_name="fips", value_name="y")
    made = synthetic_control(
        frame,
        outcome="y",
        unit="fips",
        time="quarter",
        treated=20,
        start=2012.25,
        estimator=estimator,
        placebo=False,
    )
    assert made.value == pytest.approx(golden[estimator], abs=6e-5)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_it_finds_the_truth(estimator):
    """Simulated: 12 panels with an effect of 2."""
    made = [run(panel(seed), estimator=estimator) for seed in range(12)]
    values = np.array([one.value for one in made])
    assert values.mean() == pytest.approx(2.0, abs=3 * values.std() / np.sqrt(len(values)))
    assert sum(one.interval.low <= 2 <= one.interval.high for one in made) >= 10


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_order_of_rows_and_labels_do_not_matter(estimator):
    frame = panel()
    shuffled = frame.sample(frac=1, random_state=3)
    renamed = shuffled.assign(place="z" + shuffled["place"].str[::-1])
    first = run(frame, estimator=estimator)
    same(first, run(shuffled, estimator=estimator))
    same(first, run(renamed, estimator=estimator, treated="z00p"))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_it_follows_the_unit_of_the_outcome(estimator, factor):
    frame = panel()
    first = run(frame, estimator=estimator)
    other = run(frame.assign(score=frame["score"] * factor), estimator=estimator)
    same(first, other, factor)
    assert first.standardised.hedges_g == pytest.approx(other.standardised.hedges_g, rel=1e-6)


@given(seed=st.integers(0, 10_000), units=st.integers(8, 16))
@settings(max_examples=20, deadline=None)
def test_donors_without_weight_and_their_order_do_not_change_the_estimate(seed, units):
    """All but two of the donors without weight are taken out; the others are named backwards."""
    frame = panel(seed, units=units, before=8, later=3)
    options = {"start": 2008, "placebo": False}
    first = run(frame, **options)
    weights = first.table["weights"].set_index("donor")["weight"]
    idle = weights.index[weights < 1e-9].tolist()[2:]
    fewer = run(frame[~frame["place"].isin(idle)], **options)
    assert fewer.value == pytest.approx(first.value, abs=1e-6)
    listed = sorted(set(frame["place"]) - {"p00"}, reverse=True)
    assert run(frame, donors=listed, **options).value == first.value


@pytest.mark.parametrize("predictors", [["trait"], ["trait", "people"]])
def test_with_predictors_too_donors_without_weight_do_not_matter(predictors):
    """Half of the donors without weight are taken out."""
    for seed in range(3):
        frame = panel(seed)
        options = {"predictors": predictors, "placebo": False}
        first = run(frame, **options)
        weights = first.table["weights"].set_index("donor")["weight"]
        idle = weights.index[weights < 1e-9].tolist()[::2]
        fewer = run(frame[~frame["place"].isin(idle)], **options)
        assert fewer.value == pytest.approx(first.value, abs=2e-3)


def test_the_same_seed_gives_the_same_numbers_in_any_process():
    """Whatever the hash seed."""
    program = (
        "import pandas as pd, sys; from evalkit.impact.designs.synthetic_control import "
        "synthetic_control as s; f = pd.read_csv(sys.stdin); "
        "e = s(f, outcome='score', unit='place', time='year', treated=['p00', 'p01'], start=2014, "
        "predictors=['trait'], placebo=False); print(repr(e.value), e.table['weights'].to_csv())"
    )
    text = panel(treated=2).to_csv(index=False)
    printed = [
        subprocess.run(
            [sys.executable, "-c", program],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1]


def test_polars_gives_the_same_and_no_frame_is_changed():
    frame = panel()
    before = frame.copy()
    first = run(frame, predictors=["trait"], placebo=False)
    polars = pl.DataFrame(frame.to_dict(orient="list"))
    assert run(polars, predictors=["trait"], placebo=False).value == first.value
    pd.testing.assert_frame_equal(frame, before)


def test_the_row_that_leads_is_the_interval():
    made = run(panel())
    rows = made.table["inference"]
    leads = rows[rows["leads"]]
    assert len(leads) == 1
    assert leads["method"].iloc[0] == made.interval.method
    assert leads["low"].iloc[0] == made.interval.low
    assert leads["p_value"].iloc[0] == made.p_value


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_several_treated_units_are_averaged(estimator):
    """Simulated: three treated with an effect of 2, by the column of people too."""
    frame = panel(3, treated=3)
    treated = ["p00", "p01", "p02"]
    made = run(frame, treated=treated, estimator=estimator)
    assert made.n_treated == 3
    assert made.interval.low <= 2 <= made.interval.high
    assert made.value == pytest.approx(2, abs=1)
    weighted = run(frame, treated=treated, estimator=estimator, weights="people")
    assert weighted.value != made.value
    assert "by the weights `people`" in weighted.estimand


def test_many_small_donors_are_balanced_exactly_for_the_average_of_the_treated():
    """Simulated: over 300 donors, as their average, met in every predictor."""
    frame = panel(4, units=340, treated=8, before=6, later=2)
    made = run(
        frame,
        treated=[f"p{i:02d}" for i in range(8)],
        start=2006,
        predictors=["trait", "people", {"outcome": list(range(2000, 2006))}],
        placebo=False,
    )
    table = made.table["predictors"]
    np.testing.assert_allclose(table["synthetic_value"], table["treated_value"], rtol=1e-9)
    assert "followed as their average" in made.estimand
    assert made.value == pytest.approx(2, abs=0.5)


def test_subgroups_without_a_treated_unit_say_so():
    """The other subgroup is estimated; the gap is not invented."""
    made = run(panel(), by="side", placebo=False)
    parts = made.table["subgroups"].set_index("group")
    assert parts.loc["even", "why"] == ""
    assert "p00" in parts.loc["odd", "why"]
    assert not len(made.table["subgroup_gaps"])


def test_few_donors_give_no_interval_and_the_reason():
    made = run(panel(units=9, before=8, later=3), start=2008)
    assert np.isinf(made.interval.low)
    assert any(note.startswith("No finite interval") for note in made.notes)
    assert made.check("donors").verdict == "concern"
    assert made.check("placebo in space").p_value >= 1 / 9


HOPELESS = {
    "no such unit": ({"treated": "p00x"}, None, "Did you mean `p00`?"),
    "no such column": ({"outcome": "scor"}, None, "Did you mean `score`?"),
    "no such estimator": ({"estimator": "clasic"}, None, "Did you mean `classic`?"),
    "no such way with several": ({"several": "pool"}, None, "Did you mean `pooled`?"),
    "a level of 95": ({"level": 95}, None, "no confidence level"),
    "an unknown form": ({"inference": "bayes"}, None, "is unknown"),
    "predictors for synthetic DiD": (
        {"estimator": "synthetic_did", "predictors": ["trait"]},
        None,
        "has no meaning for",
    ),
    "no donors": ({"treated": [f"p{i:02d}" for i in range(25)]}, None, "every period: 0"),
    "a treated donor": ({"donors": ["p00", "p01", "p02"]}, None, "among the donors"),
    "no time before": ({"start": 1990}, None, "before the start (1990): 0"),
    "no time after": ({"start": 2050}, None, "No period lies at or after"),
    "text as outcome": ({}, lambda f: f.assign(score="high"), "not numbers"),
    "infinite values": (
        {},
        lambda f: f.assign(score=f["score"].where(f["year"] > 2001, np.inf)),
        "infinite",
    ),
    "an outcome that is all missing": ({}, lambda f: f.assign(score=np.nan), "No row has a value"),
    "an outcome that never varies": ({}, lambda f: f.assign(score=1.0), "the same value"),
    "rows twice": ({}, lambda f: pd.concat([f, f]), "more than one row"),
    "no rows": ({}, lambda f: f.head(0), "no rows"),
    "a blank unit": ({}, lambda f: f.assign(place=f["place"].where(f["year"] > 2000)), "blank"),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_hopeless_data_are_refused_with_a_remedy(name):
    options, change, word = HOPELESS[name]
    frame = panel() if change is None else change(panel())
    with pytest.raises(DesignError) as caught:
        run(frame, **options)
    assert word in caught.value.wrong
    assert caught.value.do


def test_every_fault_is_named_at_once():
    _, faults = prepare(
        panel(), **{**ROLES, "outcome": "scor"}, estimator="clasic", level=3, predictors=["trat"]
    )
    text = " ".join(wrong for wrong, _ in faults)
    for word in ("`score`", "`classic`", "`trait`", "no confidence level"):
        assert word in text


def test_importing_it_costs_numpy_and_pandas_only():
    program = (
        "import evalkit.impact.designs.synthetic_control, sys; "
        "print([m for m in ('scipy.stats', 'scipy.optimize', 'statsmodels', 'pymc') if m in sys.modules])"
    )
    made = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert made.stdout.strip() == "[]"
