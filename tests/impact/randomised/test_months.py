import math

import pytest

from evalkit.impact.estimate import Standardised
from evalkit.impact.randomised.months import CONVERSIONS, months, months_table


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (0.0, 0),
        (0.03, 0),
        (0.05, 1),
        (0.094, 1),
        (0.095, 2),
        (0.18, 2),
        (0.19, 3),
        (0.44, 5),
        (0.52, 6),
        (0.61, 7),
        (0.69, 8),
        (0.95, 11),
        (0.96, 12),
        (2.0, 12),
        (-0.03, 0),
        (-0.27, -4),
    ],
)
def test_bands_of_project_reports(effect, expected):
    assert months(effect, CONVERSIONS["eef_projects"]) == expected


def test_editions_differ_only_at_the_bottom():
    assert [months(0.05, one) for one in CONVERSIONS.values()] == [1, 1, 0]
    assert [months(0.03, one) for one in CONVERSIONS.values()] == [0, 1, 0]
    assert len({months(0.3, one) for one in CONVERSIONS.values()}) == 1


def test_the_ends_are_converted_too_and_the_source_is_named():
    table = months_table(Standardised(0.2, -0.1, math.inf, 1.0, ""), "eef_projects")
    leads = table[table["leads"]].iloc[0]
    assert (leads["months"], leads["low"]) == (3, -2)
    assert math.isinf(leads["high"])
    assert "unchecked" in leads["status"]
