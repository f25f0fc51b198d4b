"""Hidden confounding in words: verdicts, the table, and what follows from units and clusters."""

import dataclasses

import numpy as np
import pytest

from evalkit.impact.confounding.check import (
    COLUMNS,
    e_value_check,
    hidden_confounding,
    selection_check,
    study_confounding,
)
from evalkit.impact.confounding.partial_r2 import Regression


def data(seed=0, effect=1.0, pull=0.3, n=400):
    """Simulated: covariates `a` (of strength `pull` on the treatment) and `b`."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    d = (pull * x[:, 0] + 0.1 * x[:, 1] + rng.normal(size=n) > 0).astype(float)
    y = effect * d + x @ [pull, 0.1] + rng.normal(size=n)
    return Regression(y, d, x, ("a", "b"))


def run(one, **more):
    return study_confounding(one, outcome="score", treatment="programme", **more)


def test_a_strong_effect_passes_and_says_how_strong_a_confounder_must_be():
    (check, *_), table = run(data(effect=2.0))
    assert check.verdict == "pass"
    assert check.name == "hidden confounding"
    assert "of what is left of both `programme` and `score`" in check.meaning
    assert "times as strong" in check.meaning
    assert "`a`" in check.meaning
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 7


def test_an_effect_made_by_the_covariates_fails():
    one = data(seed=2, effect=0.5, pull=2.0)
    assert run(one)[0][0].verdict == "fail"


def test_an_effect_that_chance_may_have_made_is_information():
    check = run(data(effect=0.0))[0][0]
    assert check.verdict == "information"
    assert "holds zero already" in check.meaning


def test_without_covariates_it_is_a_concern():
    one = data(effect=2.0)
    alone = dataclasses.replace(one, x=np.zeros((len(one.y), 0)), names=())
    (check, selection, _), table = run(alone)
    assert check.verdict == "concern"
    assert selection.verdict == "information"
    assert len(table) == 1


def test_the_first_row_is_the_estimate_itself():
    one = data(effect=2.0)
    _, table = run(one)
    full = np.column_stack([one.d, one.x, np.ones(len(one.y))])
    assert table["estimate"].iloc[0] == pytest.approx(
        np.linalg.lstsq(full, one.y, rcond=None)[0][0]
    )


def test_stronger_confounders_move_the_estimate_further():
    _, table = run(data(effect=2.0), groups={"both": ("a", "b")})
    for _, part in table[table["benchmark"] != ""].groupby("benchmark"):
        assert part["estimate"].is_monotonic_decreasing
    assert "both" in set(table["benchmark"])


def test_it_follows_the_unit_of_the_outcome():
    one = data(effect=2.0)
    checks, table = run(one)
    again, scaled = run(dataclasses.replace(one, y=one.y * 1000))
    for left, right in zip(checks, again, strict=True):
        assert left.statistic == pytest.approx(right.statistic)
        assert left.verdict == right.verdict
    assert scaled["low"].to_numpy() == pytest.approx(1000 * table["low"].to_numpy())


def test_the_sign_of_the_effect_does_not_matter():
    one = data(effect=2.0)
    flipped = dataclasses.replace(one, y=-one.y)
    assert run(one)[0][0].statistic == pytest.approx(run(flipped)[0][0].statistic)
    assert run(flipped)[1]["estimate"].iloc[1] == pytest.approx(-run(one)[1]["estimate"].iloc[1])


def test_clusters_widen_the_interval_and_lower_its_robustness_value_only():
    one = data(effect=1.0)
    rng = np.random.default_rng(1)
    clusters = rng.integers(0, 8, len(one.y)).astype(np.intp)
    y = one.y + rng.normal(0, 1, 8)[clusters] * one.d
    plain = run(dataclasses.replace(one, y=y))
    grouped = run(dataclasses.replace(one, y=y, clusters=clusters))
    assert grouped[0][0].statistic == pytest.approx(plain[0][0].statistic)
    assert grouped[1]["std_error"].iloc[0] > plain[1]["std_error"].iloc[0]


def test_a_hidden_confounder_as_strong_as_said_takes_the_estimate_away():
    """Coverage of the claim: with the confounder measured, the estimate is at least as bounded."""
    rng = np.random.default_rng(3)
    n = 5000
    x, u = rng.normal(size=n), rng.normal(size=n)
    d = 0.5 * x + 0.5 * u + rng.normal(size=n)
    y = d + x + u + rng.normal(size=n)
    _, table = run(Regression(y, d, x[:, None], ("x",)), multiples=(1.0,))
    assert table["estimate"].iloc[1] == pytest.approx(1.0, abs=0.1)


def test_oster_is_a_concern_when_equal_selection_takes_all_away():
    assert selection_check(data(seed=2, effect=0.2, pull=1.0, n=3000)).verdict == "concern"
    assert selection_check(data(effect=2.0)).verdict == "pass"


def test_a_dose_has_no_e_value():
    one = data(effect=2.0)
    made = run(dataclasses.replace(one, d=one.d * 3.0))[0][2]
    assert made.statistic is None
    assert "dose" in made.meaning


def test_an_estimate_of_any_design_has_an_e_value():
    found = e_value_check(2.0, 1.0, 3.0, sd=4.0, outcome="score", which_sd="of the comparison")
    assert found.statistic == pytest.approx(2.525, abs=0.01)
    assert "of the comparison" in found.meaning
    assert e_value_check(-2.0, -3.0, -1.0, sd=4.0, outcome="s", which_sd="x").statistic == (
        pytest.approx(found.statistic)
    )
    none = e_value_check(2.0, 1.0, 3.0, sd=0.0, outcome="score", which_sd="x")
    assert none.verdict == "information"
    assert none.statistic is None


def test_what_cannot_be_fitted_is_said():
    one = data()
    check, table = hidden_confounding(
        dataclasses.replace(one, d=one.x[:, 0]), outcome="y", treatment="d"
    )
    assert check.verdict == "information"
    assert "Not computed" in check.meaning
    assert table.empty
