"""Single cases: counted examples, known truths, and every refusal."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DesignError
from evalkit.impact.designs.single_case import single_case

GOLDEN = Path(__file__).parents[2] / "golden" / "single_case"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))


def one_case(y, changes):
    phase = np.searchsorted(changes, np.arange(len(y)), side="right") % 2
    return pd.DataFrame({"day": range(len(y)), "y": y, "phase": np.where(phase == 1, "B", "A")})


def cases(seed=0, *, starts=(5, 8, 11, 14), n=20, effect=3.0, rho=0.0):
    """Simulated: a multiple baseline over several children."""
    rng = np.random.default_rng(seed)
    frames = []
    for i, start in enumerate(starts):
        error = np.zeros(n)
        for k in range(n):
            error[k] = (rho * error[k - 1] if k else 0.0) + rng.normal()
        y = 10 + rng.normal(0, 2) + effect * (np.arange(n) >= start) + error
        frames.append(one_case(y, [start]).assign(child=f"c{i}"))
    return pd.concat(frames, ignore_index=True)


def run(frame, **more):
    call = {"outcome": "y", "time": "day", "phase": "phase"}
    if "child" in frame.columns:
        call["case"] = "child"
    return single_case(frame, **{**call, **more})


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_counted_examples_are_reproduced(name):
    example = EXPECTED[name]
    found = run(one_case(example["y"], example["changes"]))
    wanted = example["expected"]
    assert found.value == pytest.approx(wanted["value"], rel=1e-12)
    assert found.p_value == pytest.approx(wanted["p_value"], rel=1e-12)
    assert found.check("smallest p-value").statistic == pytest.approx(1 / wanted["layouts"])
    assert found.table["cases"]["nap"].iloc[0] == pytest.approx(wanted["nap"])
    tau = found.table["tau_u"].query("case != 'all cases'").set_index("measure")["estimate"]
    for measure in tau.index:
        assert tau[measure] == pytest.approx(wanted[measure]), measure


def test_a_multiple_baseline_agrees_with_a_count_over_every_layout():
    frame = cases(2, starts=(4, 6, 7), n=10)
    found = run(frame)
    stats = []
    for starts in itertools.product(range(3, 8), repeat=3):
        per = []
        for (_, case), start in zip(frame.groupby("child"), starts, strict=True):
            y = case["y"].to_numpy()
            per.append(y[start:].mean() - y[:start].mean())
        stats.append(np.mean(per))
    seen = found.value
    assert found.p_value == pytest.approx(np.mean(np.abs(stats) >= abs(seen) - 1e-12))
    assert found.check("smallest p-value").statistic == pytest.approx(1 / 125)


def test_the_order_of_cases_agrees_with_a_count_over_every_order():
    frame = cases(4)
    found = run(frame, randomisation="case_order")
    ys = [case["y"].to_numpy() for _, case in frame.groupby("child")]
    stats = [
        np.mean([y[s:].mean() - y[:s].mean() for y, s in zip(ys, order, strict=True)])
        for order in itertools.permutations((5, 8, 11, 14))
    ]
    assert found.p_value == pytest.approx(np.mean(np.abs(stats) >= abs(found.value) - 1e-12))
    assert found.check("smallest p-value").statistic == pytest.approx(1 / 24)


def test_starts_that_were_drawn_from_a_list_are_the_only_ones_tried():
    found = run(cases(1), starts=[5, 8, 11, 14])
    assert found.check("smallest p-value").statistic == pytest.approx(1 / 256)


def test_the_truth_is_found_and_covered():
    rng = np.random.default_rng(1)
    made = [run(cases(seed, starts=tuple(rng.integers(4, 17, size=4)))) for seed in range(20)]
    values = np.array([one.value for one in made])
    assert values.mean() == pytest.approx(3.0, abs=3 * values.std() / math.sqrt(20))
    assert sum(one.interval.low <= 3 <= one.interval.high for one in made) >= 17


def test_the_effect_between_cases_is_comparable_with_a_group_design():
    made = [run(cases(seed, starts=tuple(np.linspace(4, 16, 10).astype(int)))) for seed in range(8)]
    # Truth: 3 over the root of 2^2 + 1.
    values = [one.standardised.hedges_g for one in made]
    assert np.mean(values) == pytest.approx(3 / math.sqrt(5), abs=0.25)


@pytest.mark.parametrize("more", [{}, {"randomisation": "case_order"}, {"statistic": "immediate"}])
def test_order_labels_units_and_kind_of_frame_do_not_matter(more):
    frame = cases(5)
    found = run(frame, **more)
    shuffled = frame.sample(frac=1, random_state=1)
    shuffled = shuffled.assign(child="z" + shuffled["child"].str[::-1])
    before = shuffled.copy()
    again = run(shuffled, **more)
    pd.testing.assert_frame_equal(shuffled, before)
    assert again.value == pytest.approx(found.value, rel=1e-10)
    assert again.p_value == pytest.approx(found.p_value)
    assert again.interval.low == pytest.approx(found.interval.low, rel=1e-9)
    other = run(pl.from_pandas(frame), **more)
    assert (other.value, other.interval, other.p_value) == (
        found.value,
        found.interval,
        found.p_value,
    )
    large = run(frame.assign(y=frame["y"] * 1000), **more)
    assert large.value == pytest.approx(1000 * found.value, rel=1e-9)
    assert large.p_value == pytest.approx(found.p_value)


def test_layouts_are_drawn_by_seed_where_there_are_too_many():
    frame = cases(6, starts=(5, 7, 9, 11, 13, 15))
    one, two, other = (run(frame, seed=seed) for seed in (1, 1, 2))
    assert one.p_value == two.p_value
    assert one.interval == two.interval
    assert other.interval != one.interval
    assert any("drawn at random" in note for note in one.notes)


@pytest.mark.parametrize(
    "words", [(0, 1), ("A", "B"), ("baseline", "coaching"), ("a1", "b1"), (False, True)]
)
def test_phases_may_be_written_in_many_ways(words):
    frame = one_case(EXPECTED["reversal"]["y"], EXPECTED["reversal"]["changes"])
    plain = run(frame).value
    renamed = frame.assign(phase=[words[int(one == "B")] for one in frame["phase"]])
    assert run(renamed).value == pytest.approx(plain)


def test_one_case_with_two_phases_is_said_to_be_weak():
    example = EXPECTED["baseline and intervention"]
    found = run(one_case(example["y"], example["changes"]))
    assert found.check("phases and replications").verdict == "fail"
    assert found.check("smallest p-value").verdict == "fail"
    assert found.interval.high == math.inf
    assert found.check("decision grade").verdict == "fail"
    assert found.standardised is None


def test_what_chance_decided_is_said():
    frame = cases(1)
    verdicts = [
        run(frame, randomised=said).check("randomisation").verdict for said in (True, None, False)
    ]
    assert verdicts == ["pass", "concern", "fail"]


def test_a_rising_baseline_is_a_concern():
    found = run(one_case(EXPECTED["rising baseline"]["y"], [5]))
    assert found.check("baseline trend").verdict == "concern"


def test_lower_may_be_better():
    frame = cases(1, effect=-3.0)
    up, down = run(frame), run(frame, direction="lower")
    assert up.table["cases"]["nap"].max() < 0.5 < down.table["cases"]["nap"].min()
    assert up.p_value == down.p_value


def test_every_promise_of_an_estimate_is_kept():
    found = run(cases(1), margin=1.0)
    led = found.table["inference"].query("leads")
    assert len(led) == 1
    assert (led["low"].iloc[0], led["high"].iloc[0]) == (found.interval.low, found.interval.high)
    assert "no one else" in found.estimand
    assert sum(v**2 for v in found.contributions.values()) == pytest.approx(found.std_error**2)


def test_subgroups_of_cases_are_compared():
    frame = cases(1, starts=(5, 6, 8, 11, 13, 14))
    frame["kind"] = np.where(frame["child"].isin(["c0", "c1", "c2"]), "young", "old")
    gaps = run(frame, by="kind").table["subgroup_gaps"]
    assert gaps["std_error"].iloc[0] > 0


FRAME = cases(0)
ONE = one_case(EXPECTED["reversal"]["y"], EXPECTED["reversal"]["changes"])
HOPELESS = [
    (FRAME.assign(y=1.0), {}, "every row"),
    (FRAME.assign(y=np.nan), {}, "0 rows"),
    (FRAME.assign(y="text"), {}, "not numbers"),
    (FRAME.assign(y=np.inf), {}, "infinite"),
    (FRAME.assign(phase="A"), {}, "1 conditions"),
    (FRAME.assign(phase=["A", "B", "C", "D"] * 20), {}, "4 conditions"),
    (pd.concat([FRAME, FRAME]), {}, "repeat a time"),
    (FRAME, {"case": None}, "name the column|repeat a time"),
    (FRAME.assign(phase=FRAME["phase"].map({"A": "B", "B": "A"})), {}, "no baseline first"),
    (ONE.head(4), {}, "4 rows"),
    (FRAME, {"phase": "fase"}, "no column `fase`"),
    (FRAME, {"min_phase": 9}, "fewer than"),
    (FRAME, {"min_phase": 0}, "min_phase"),
    (FRAME, {"starts": [5]}, "not among"),
    (FRAME, {"starts": [99]}, "no time of the data"),
    (ONE, {"starts": [5]}, "two phases"),
    (ONE, {"randomisation": "case_order"}, "several cases"),
    (FRAME, {"randomisation": "starts"}, "start"),
    (FRAME, {"statistic": "mean"}, "mean_difference"),
    (FRAME, {"covariates": "day"}, "no place"),
    (FRAME, {"inference": "bayes"}, "is unknown"),
    (pd.concat([FRAME, ONE.assign(child="r")]), {}, "different numbers of phases"),
    (FRAME.assign(day="monday"), {}, "cannot be read"),
]


@pytest.mark.parametrize(("frame", "more", "words"), HOPELESS)
def test_hopeless_data_are_refused_with_a_remedy(frame, more, words):
    with pytest.raises(DesignError, match=words) as caught:
        run(frame, **more)
    assert len(caught.value.do) > 10
