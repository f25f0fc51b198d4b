"""The sensitivity of published event studies, and what the record says."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.impact.trends.honest import KINDS, breakdown_table, honest, honest_check, table

GOLDEN = Path(__file__).parents[2] / "golden" / "trends"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
BETA = pd.read_csv(GOLDEN / "bc_betahat.csv")["betahat"].to_numpy()
SIGMA = pd.read_csv(GOLDEN / "bc_sigma.csv").to_numpy()
WEIGHTS = {"first": None, "average": [0.25] * 4}
CASES = [name for name in EXPECTED["restaurants"] if name != "source"]


@pytest.mark.parametrize("case", CASES)
def test_restaurants_agree_with_an_independent_program(case):
    kind, target = case.split(", ")
    published = EXPECTED["restaurants"][case]
    bounds = [float(one) for one in published]
    found = honest(BETA, SIGMA, 4, 4, weights=WEIGHTS[target], kind=kind, bounds=bounds)
    within = 1e-4 if kind == "smoothness" else 0.0029  # its grid has steps of 0.0025 to 0.0028
    for low, high, ends in zip(found.low, found.high, published.values(), strict=True):
        assert [low, high] == pytest.approx(ends, abs=within)


def test_the_breakdown_values_of_the_restaurants():
    """Rambachan and Roth (2023, section 6.1) read a smoothness of about 0.22 from their figure."""
    smooth = honest(BETA, SIGMA, 4, 4, kind="smoothness")
    assert smooth.breakdown == pytest.approx(0.22, abs=0.01)
    relative = honest(BETA, SIGMA, 4, 4)
    around = honest(
        BETA, SIGMA, 4, 4, bounds=[relative.breakdown * 0.999, relative.breakdown * 1.001]
    )
    assert around.low[0] > 0 > around.low[1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factor", [1000.0, 0.001, -1.0])
def test_it_follows_the_unit_and_the_sign_of_the_outcome(kind, factor):
    one = honest(BETA, SIGMA, 4, 4, kind=kind)
    other = honest(BETA * factor, SIGMA * factor**2, 4, 4, kind=kind)
    ends = np.sort(np.column_stack([one.low, one.high]) * factor, axis=1)
    assert np.column_stack([other.low, other.high]) == pytest.approx(ends, rel=1e-6)
    size = abs(factor) if kind == "smoothness" else 1.0
    assert other.breakdown == pytest.approx(one.breakdown * size, rel=1e-6)
    assert other.bounds == pytest.approx([bound * size for bound in one.bounds])


def test_a_breakdown_is_zero_where_nothing_is_found_and_infinite_where_nothing_was_seen_before():
    nothing = honest([0.01, -0.02, 0.01], np.eye(3), 2, 1)
    assert nothing.breakdown == 0
    assert honest_check(nothing).verdict == "information"
    assert "not evidence of no effect" in honest_check(nothing).meaning
    flat = honest([0.0, 0.0, 5.0], np.diag([1e-12, 1e-12, 1e-2]), 2, 1)
    assert flat.breakdown > 1e4 or math.isinf(flat.breakdown)
    assert honest_check(flat).verdict == "pass"


def test_the_check_speaks_of_the_bound_and_never_validates():
    found = honest(BETA, SIGMA, 4, 4)
    check = honest_check(found, "2009")
    assert check.verdict == "pass"
    assert check.statistic == found.breakdown
    assert "2009" in check.meaning
    assert "validate" not in check.meaning
    weak = honest(BETA * [1, 1, 1, 1, 0.3, 1, 1, 1], SIGMA, 4, 4)
    assert 0 < weak.breakdown < 1
    assert honest_check(weak).verdict == "concern"


def test_the_tables_hold_every_bound_and_the_breakdown():
    found = [("2009", honest(BETA, SIGMA, 4, 4, kind=kind)) for kind in KINDS]
    made = table(found)
    assert len(made) == 4 + 5 + 4
    assert (made["holds_zero"] == ((made["low"] <= 0) & (made["high"] >= 0))).all()
    assert breakdown_table(found)["breakdown"].tolist() == [one.breakdown for _, one in found]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_pre": 3}, "do not fit"),
        ({"kind": "smothness"}, "Did you mean `smoothness`"),
        ({"level": 95}, "no confidence level"),
        ({"bounds": [-1.0]}, "not below zero"),
        ({"weights": [1.0]}, "do not fit"),
        ({"beta": BETA * np.nan}, "missing or infinite"),
        ({"covariance": SIGMA * 0}, "without sampling error"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_a_remedy(change, words):
    given = {"beta": BETA, "covariance": SIGMA, "n_pre": 4, "n_post": 4, **change}
    with pytest.raises(DesignError, match=words) as caught:
        honest(**given)
    assert len(caught.value.do) > 10


def test_one_period_before_has_no_change_of_slope_to_compare_with():
    with pytest.raises(DesignError, match="no change of slope"):
        honest([0.1, 1.0], np.eye(2), 1, 1, kind="relative_smoothness")
    assert honest([0.1, 9.0], np.eye(2), 1, 1).breakdown > 0
